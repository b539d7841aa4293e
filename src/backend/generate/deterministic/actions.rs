//! What is done: which tools are called, by a verb and a name, by the words of the tool itself, in lists.

use super::cursor::Cursor;
use super::meaning::{Choice, What};
use super::tools::{self, Found, Marker, Meant};
use super::verbs::{Named, has_a_clause, of_one_object};
use super::who;
use crate::model::Tool;

/// Verbs for calling any tool; with `ing`, and as nouns.
const VERBS: [&str; 30] = [
    "make calls to",
    "making calls to",
    "make use of",
    "have access to",
    "having access to",
    "gain access to",
    "get access to",
    "invocation of",
    "invocations of",
    "calls to",
    "use of",
    "access to",
    "invoke",
    "invoking",
    "use",
    "using",
    "call",
    "calling",
    "access",
    "accessing",
    "run",
    "running",
    "execute",
    "executing",
    "trigger",
    "triggering",
    "perform",
    "performing",
    "do",
    "doing",
];
const ONE: [&str; 7] = [
    "tool",
    "action",
    "operation",
    "function",
    "api",
    "endpoint",
    "target",
];
const MANY: [&str; 9] = [
    "tool calls",
    "tool invocations",
    "tools",
    "actions",
    "operations",
    "functions",
    "apis",
    "endpoints",
    "targets",
];
const ALL: [&str; 8] = [
    "all of the",
    "all the",
    "all",
    "any of the",
    "any",
    "every",
    "each",
    "the",
];
const BUT: [&str; 7] = [
    "except for",
    "except",
    "other than",
    "apart from",
    "excluding",
    "but not",
    "but",
];
/// The longest name of a tool, in words.
const LONGEST_NAME: usize = 8;

/// The tools that are named here, behind `to`, `from` or nothing.
pub(super) fn what(cursor: &mut Cursor<'_>) -> Option<What> {
    cursor.attempt(|cursor| {
        if let Some(what) = cursor.attempt(everything) {
            return Some(what);
        }
        let named = list(cursor)?;
        if let Some(why) = named.doubt {
            cursor.ground.stop_forbidding(why);
        }
        Some(What::These(named.choice))
    })
}

/// `any tool`, `all tools except x`, `use tools`, `anything`.
fn everything(cursor: &mut Cursor<'_>) -> Option<What> {
    let verb = cursor.eat_any(&VERBS);
    if cursor.eat_any(&["anything", "everything"]).is_some() {
        return Some(all_but(cursor));
    }
    let all = cursor.eat_any(&ALL);
    cursor.eat_any(&["available", "gateway"]);
    let word = match cursor.eat_any(&MANY) {
        None => {
            all.filter(|all| *all != "the")?;
            cursor.eat_any(&ONE)?
        }
        Some(_) if all.is_none() && verb.is_none() => return None,
        Some(word) => word,
    };
    if tools::are_called(cursor.ground.tools, word) {
        cursor.ground.stop_understood(format!(
            "`{word}` can be all tools or what a tool is about; name the tool"
        ));
    }
    if let Some(target) = cursor.attempt(|cursor| of_target(cursor)) {
        return Some(What::These(Choice {
            targets: vec![target],
            tools: Vec::new(),
        }));
    }
    Some(all_but(cursor))
}

/// All tools, but for those that are named here.
fn all_but(cursor: &mut Cursor<'_>) -> What {
    let but = cursor.attempt(|cursor| {
        cursor.eat(",");
        cursor.eat_any(&BUT)?;
        let named = list(cursor)?;
        if let Some(why) = named.doubt {
            cursor.ground.stop_understood(why);
        }
        Some(named.choice)
    });
    but.map_or(What::All, What::AllBut)
}

/// Tools, joined by commas, `and` and `or`.
fn list(cursor: &mut Cursor<'_>) -> Option<Named> {
    cursor.attempt(|cursor| {
        let mut named = Named::default();
        if cursor.eat_any(&["both", "either"]) == Some("both") {
            cursor
                .ground
                .stop_forbidding("`both` can mean each of them, or the two together; say `or`, or each in a sentence of its own");
        }
        let begins = *cursor;
        if let Some(named) = of_one_object(cursor) {
            return Some(named);
        }
        let first = one(cursor, None)?;
        // `get policies and claims` gets both; `call a and b` and `refunds and trades` say no such verb.
        let said = !first.called && !first.found.made;
        let verb = (said && cursor.at() > begins.at() + 1).then(|| begins.texts(1).join(" "));
        let is_one_word = said && cursor.at() == begins.at() + 1;
        named.add(first.found, first.doubt);
        let first = begins.texts(1).join(" ");
        let mut joined = Vec::new();
        while let Some((by, next)) = cursor.attempt(|cursor| {
            let by = cursor.eat_any(&[", and", ", or", "and", "or", ","])?;
            let behind = cursor.at();
            let next = one(cursor, verb.as_deref())?;
            // `create and delete buckets` creates buckets, whatever a tool `create` makes.
            if is_one_word && !next.called && cursor.at() > behind + 1 && first.chars().all(char::is_alphabetic) {
                cursor.ground.stop_understood(format!(
                    "`{first}` can be a tool or be said of what stands behind it; name the tool with its target"
                ));
            }
            Some((by, next))
        }) {
            joined.push(by);
            named.add(next.found, next.doubt);
        }
        if matches!(joined.as_slice(), [", and" | ", or"]) && has_a_clause(cursor) {
            cursor.ground.stop_forbidding(
                "what stands behind the second of two tools can be about it alone; say each in a sentence of its own",
            );
        }
        Some(named)
    })
}

/// A tool or target of a list.
struct Item {
    found: Found,
    /// Why it may be one of several that are meant.
    doubt: Option<String>,
    /// Whether a verb for calling any tool stood before it.
    called: bool,
}

/// One name: as a whole (`execute trades`), and behind a verb for calling (`call execute_trade`). `verb` is the one of
/// the list, which goes for a name without a verb of its own.
fn one(cursor: &mut Cursor<'_>, verb: Option<&str>) -> Option<Item> {
    let item = |called| move |(found, doubt)| Item { found, doubt, called };
    if let Some(found) = cursor.attempt(|cursor| name(cursor, verb)) {
        return Some(item(false)(found));
    }
    cursor.attempt(|cursor| {
        cursor.eat_any(&VERBS)?;
        name(cursor, None).map(item(true))
    })
}

/// The words of one name, a word for its kind, and its target.
fn name(cursor: &mut Cursor<'_>, verb: Option<&str>) -> Option<(Found, Option<String>)> {
    let all = cursor.eat_any(&ALL).filter(|all| *all != "the");
    cursor.eat_article();
    let quoted = cursor
        .peek()
        .is_some_and(|token| token.kind == super::tokens::Kind::Quoted);
    let most = if quoted { 1 } else { cursor.run(LONGEST_NAME) };
    let with_article = (!quoted).then(|| around_an_article(cursor)).flatten();
    let plain = (1..=most).rev().map(|count| (count, cursor.texts(count)));
    let candidates: Vec<(usize, Vec<&str>)> = with_article.into_iter().flatten().chain(plain).collect();
    for (count, said) in candidates {
        let mut behind = *cursor;
        behind.advance_quietly(count);
        let Some(resolved) = resolved(cursor.ground.tools, &mut behind, &said, all.is_some(), verb) else {
            continue;
        };
        match resolved {
            Ok(found) if verb.is_some() && found.made => cursor.ground.stop(of_its_own(&said)),
            Ok(found) => {
                // `Block users` says nothing of what they do, though a tool may make users.
                let who = (0..count)
                    .filter_map(|ahead| cursor.peek_at(ahead))
                    .all(who::is_of_a_caller);
                if who && verb.is_none() && !quoted {
                    cursor.ground.stop_understood(format!(
                        "`{}` can be the callers or what a tool is about",
                        said.join(" ")
                    ));
                }
                let doubt = may_be_others(cursor, &found, &said).filter(|_| !quoted);
                cursor.advance(behind.at() - cursor.at());
                return Some((found, doubt));
            }
            Err(why) => cursor.ground.stop(why),
        }
    }
    None
}

/// Why others are meant by the same words, too: who forbids `payments` or `deleting` forbids them all. Notes that `the payment tools`
/// and `access to payments` are more than what makes one.
fn may_be_others(cursor: &Cursor<'_>, found: &Found, said: &[&str]) -> Option<String> {
    let Meant::Tool(place) = found.meant else {
        return None;
    };
    let kind = said.split_last().filter(|(last, before)| {
        let is = |word: &&str| last.eq_ignore_ascii_case(word);
        !before.is_empty() && (ONE.iter().any(is) || MANY.iter().any(is))
    });
    let words = kind.map_or(said, |(_, before)| before);
    let called = VERBS.iter().any(|verb| {
        let last = verb.rsplit(' ').next().unwrap_or(verb);
        cursor.is_behind(last)
    });
    // An id is that tool's.
    let is_plain = words
        .iter()
        .all(|word| word.chars().all(|c| c.is_alphabetic() || c == '-'));
    let is_its_own = called && tools::is_id(cursor.ground.tools, place, words);
    if !found.made && (kind.is_some() || is_its_own || !is_plain) {
        return None;
    }
    // `access to deals` is none to make new ones.
    let accessed = found.made
        && called
        && ["access", "accessing"]
            .iter()
            .any(|word| cursor.ground.says(word));
    if accessed && tools::makes(cursor.ground.tools, place) {
        cursor.ground.stop_understood(format!(
            "access to `{}` can be more or less than to make one; name the tool",
            said.join(" ")
        ));
    }
    let why = tools::another(cursor.ground.tools, place, said, words)?;
    if kind.is_some() || called {
        cursor.ground.stop_understood(why);
        return None;
    }
    Some(why)
}

/// `file a claim`: a verb, an article and what it is done to, as the tool's name has them without the article; behind a verb for
/// calling any tool the article begins the tool's own name. How many tokens, and the words.
fn around_an_article<'g>(cursor: &Cursor<'g>) -> Option<Vec<(usize, Vec<&'g str>)>> {
    let verb = cursor
        .peek()
        .filter(|token| token.is_word() && !VERBS.iter().any(|verb| token.is(verb)))?;
    let article = cursor.peek_at(1)?;
    if cursor.run(1) == 0 || !["a", "an", "the"].iter().any(|word| article.is(word)) {
        return None;
    }
    let mut behind = *cursor;
    behind.advance_quietly(2);
    let most = behind.run(LONGEST_NAME);
    let said = |count| {
        let words = std::iter::once(verb.text.as_str()).chain(behind.texts(count));
        (count + 2, words.collect())
    };
    Some((1..=most).rev().map(said).collect())
}

fn resolved(
    tools: &[Tool],
    behind: &mut Cursor<'_>,
    said: &[&str],
    all: bool,
    verb: Option<&str>,
) -> Option<Result<Found, String>> {
    let (whole, (last, before)) = (said, said.split_last()?);
    let is = |words: &[&str]| words.iter().any(|word| last.eq_ignore_ascii_case(word));
    let (said, marker) = if !before.is_empty() && is(&ONE) {
        (before, if all { Marker::Many } else { Marker::One })
    } else if !before.is_empty() && is(&MANY) {
        (before, Marker::Many)
    } else {
        (said, Marker::None)
    };
    let own = tools::called(tools, whole).map(|place| Found::named(Meant::Tool(place)));
    if own.is_some() && verb.is_none() {
        return own.map(Ok);
    }
    let by_name = *behind;
    let target = behind.attempt(|cursor| of_target(cursor));
    let find = |said: &[&str]| tools::find(tools, said, marker, target.as_deref()).transpose();
    let under_the_verb = verb.and_then(|verb| {
        let said: Vec<&str> = std::iter::once(verb).chain(said.iter().copied()).collect();
        find(&said)
    });
    let is_noun = verb.is_some() && matches!(whole, [word] if word.chars().all(char::is_alphabetic));
    match (under_the_verb, own) {
        // `cancel orders and meetings` cancels both, whatever a tool `meeting` does.
        (Some(Ok(found)), Some(own)) if found != own => Some(Err(of_its_own(said))),
        (Some(found), _) => Some(found),
        (None, own) if is_noun => (own.is_some() || find(said).is_some()).then(|| Err(of_its_own(said))),
        (None, Some(own)) => {
            // Whatever target is named behind it, the name is that of one tool.
            *behind = by_name;
            Some(Ok(own))
        }
        (None, None) => find(said),
    }
}

/// `void payments and refunds` voids both, whatever else makes refunds.
fn of_its_own(said: &[&str]) -> String {
    format!(
        "`{}` may be about what is said before it or about a tool of its own; name the tool",
        said.join(" ")
    )
}

/// `on the Refunds target`, `of RefundTool`: a target that exists.
fn of_target(cursor: &mut Cursor<'_>) -> Option<String> {
    cursor.eat_any(&["on", "of", "in", "from", "within"])?;
    cursor.eat_article();
    let quoted = cursor
        .peek()
        .is_some_and(|token| token.kind == super::tokens::Kind::Quoted);
    let most = if quoted { 1 } else { cursor.run(LONGEST_NAME) };
    (1..=most).rev().find_map(|count| {
        let mut said = cursor.texts(count);
        if said.len() > 1
            && said
                .last()
                .is_some_and(|last| last.eq_ignore_ascii_case("target"))
        {
            said.pop();
        }
        let target = tools::find_target(cursor.ground.tools, &said)?;
        cursor.advance(count);
        Some(target)
    })
}

/// The tools that a choice stands for now.
pub(super) fn chosen<'t>(tools: &'t [Tool], what: &What) -> Vec<&'t Tool> {
    let What::These(choice) = what else {
        return Vec::new();
    };
    let of_targets = tools.iter().filter(|tool| choice.targets.contains(&tool.target));
    let single = choice.tools.iter().filter_map(|index| tools.get(*index));
    let mut all: Vec<&Tool> = of_targets.chain(single).collect();
    all.dedup();
    all
}
