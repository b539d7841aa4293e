//! What follows a rule: `when`, `unless`, `except`, a time, an amount.

use super::actions;
use super::amounts;
use super::comparisons;
use super::counted;
use super::cursor::Cursor;
use super::fields;
use super::joining::{OF_ANOTHER, is_of_times, joined, joined_up};
use super::meaning::{Condition, What};
use super::numbers;
use super::times;
use super::who;
use crate::model::Tool;

/// Words for a condition without which nothing is granted, so that an exception may be one from the condition.
const ONLY_WHEN: [&str; 10] = [
    "only when",
    "only if",
    "only where",
    "only while",
    "provided that",
    "provided",
    "on condition that",
    "on the condition that",
    "as long as",
    "so long as",
];
const WHEN: [&str; 6] = ["given that", "whenever", "when", "where", "while", "if"];
const UNLESS: [&str; 8] = [
    "unless",
    "except when",
    "except if",
    "except where",
    "except while",
    "but not when",
    "but not if",
    "other than when",
];
const BUT: [&str; 5] = ["except for", "except", "excluding", "other than", "but not"];

const OF_LAST: &str = "what stands behind `or` can be about the last condition or about all of them";

const BUT_WHEN: &str =
    "`but when ..` can be a condition or an exception; say `only when ..`, or `except when ..`";

/// What follows who and what, to the end.
#[derive(Debug, Default)]
pub(super) struct Tail {
    pub when: Vec<Condition>,
    pub unless: Vec<Condition>,
    /// Whether a limit stands directly behind what it limits: `refunds under $500`, `refunds between 9am and 5pm UTC`.
    pub attached: bool,
    /// Callers named behind the tools: `.. for users with role x`.
    pub callers: Option<who::Callers>,
}

/// Reads a tail to its end; none when something else is in it.
///
/// An `unless` is the last condition: behind it another clause could belong to it or to the rule. Beside a limit that is
/// said with `only` it could lift the limit (`only under $500, unless they are managers`), or what is granted within it.
pub(super) fn tail(cursor: &mut Cursor<'_>, what: &What, takes_callers: bool) -> Option<Tail> {
    let tools = actions::chosen(cursor.ground.tools, what);
    let mut tail = Tail::default();
    let mut limit = cursor.ground.says("only").then_some("only");
    let mut behind_callers = false;
    loop {
        cursor.eat(",");
        if behind_callers && cursor.stands(&["with", "without", "having"]) {
            cursor.ground.stop(format!(
                "`{}` behind callers can be about them or about an argument of the tool; say `whose .. claim is ..`, or `when`",
                cursor.texts(1).join(" ")
            ));
        }
        behind_callers = false;
        if cursor.is_at_end() {
            if let Some(why) = who::of_others(
                &tail.when,
                &tail.unless,
                tail.callers.is_some(),
                what,
                &tools,
                who::are_referred_to(cursor.ground.tokens),
            ) {
                cursor.ground.stop(why);
            }
            if let Some(word) = limit.filter(|_| !tail.unless.is_empty()) {
                cursor.ground.stop_excepting(word);
            }
            return Some(tail);
        }
        if cursor.eat("please") || on_the_gateway(cursor) || comparisons::whatever(cursor, &tools) {
            continue;
        }
        let clause = *cursor;
        let begins = begins_with(clause);
        limit = limit.or(begins.filter(|words| ONLY_WHEN.contains(words)));
        if takes_callers
            && tail.callers.is_none()
            && let Some(callers) = cursor.attempt(|cursor| callers(cursor, &tools))
        {
            if !tail.unless.is_empty() && limit.is_none() {
                cursor.ground.stop("callers behind an exception can be those of the exception or of the rule; say them first");
            }
            behind_callers = true;
            tail.callers = Some(callers);
            continue;
        }
        if let Some(condition) = when(cursor, &tools, several(what)) {
            tail.attached |= begins.is_none();
            if begins.is_none() && several(what) && is_of_times(&condition) {
                cursor.ground.stop_forbidding(
                    "a time behind a list of tools can be about all of them or about the last; say it with `when`",
                );
            }
            let is_either = |condition: &Condition| matches!(condition, Condition::Any(_));
            if !tail.when.is_empty() && (is_either(&condition) || tail.when.iter().any(is_either)) {
                cursor.ground.stop(OF_LAST);
            }
            if !tail.unless.is_empty() {
                cursor.ground.stop(format!(
                    "`{}` can belong to the exception or to the rule",
                    clause.texts(1).join(" ")
                ));
            }
            tail.when.push(condition);
        } else {
            let condition = unless(cursor, &tools)?;
            if !tail.unless.is_empty() {
                cursor
                    .ground
                    .stop("an exception from an exception can be read in two ways");
            }
            let may_be_another = matches!(&condition, Condition::Any(all) if all.iter().any(is_of_times));
            if !tail.when.is_empty() && may_be_another {
                cursor.ground.stop(OF_LAST);
            }
            tail.unless.push(condition);
        }
    }
}

/// `for users with role x`. `access to refunds to users` is access of theirs; `refunds to users` may be paid to them.
fn callers(cursor: &mut Cursor<'_>, tools: &[&Tool]) -> Option<who::Callers> {
    cursor.eat("only");
    let word = cursor.eat_any(&["for", "by", "from", "to"])?;
    let is_one = cursor.stands(&["user", "the user", "username", "the username"]);
    let callers = who::callers(cursor)?;
    if word == "for"
        && is_one
        && ["user", "username"]
            .iter()
            .any(|name| fields::is_called(tools, name))
    {
        cursor
            .ground
            .stop("`for user ..` can be who calls the tool or an argument of it; say `the user .. may ..`, or `when the user argument is ..`");
    }
    if matches!(word, "from" | "to") && !cursor.ground.says("access") {
        cursor.ground.stop(format!(
            "`{word}` can say who calls the tool or whom it is about; say who may do what"
        ));
    }
    Some(callers)
}

/// The words for a condition with which the clause here begins; none where a limit stands directly behind what it limits.
fn begins_with(mut clause: Cursor<'_>) -> Option<&'static str> {
    if clause.stands(&["and", "but"]) {
        clause.advance_quietly(1);
    }
    let mut all = ONLY_WHEN.into_iter().chain(WHEN);
    all.find(|words| clause.stands(&[*words]))
}

/// `through this gateway`: a policy is for one gateway anyway.
fn on_the_gateway(cursor: &mut Cursor<'_>) -> bool {
    let found = cursor.attempt(|cursor| {
        cursor.eat_any(&["on", "of", "in", "through", "via", "behind", "across"])?;
        cursor.eat_any(&["the entire", "the whole", "the", "this"])?;
        cursor.eat_any(&["gateway"])
    });
    found.is_some()
}

/// Whether tools were listed: what stands directly behind the last could belong to it alone.
pub(super) fn several(what: &What) -> bool {
    matches!(what, What::These(choice) if choice.tools.len() + choice.targets.len() > 1)
}

fn when(cursor: &mut Cursor<'_>, tools: &[&Tool], several: bool) -> Option<Condition> {
    let (condition, attached) = when_or_attached(cursor, tools)?;
    if attached && several {
        cursor.ground.stop(
            "a limit behind a list of tools can be about all of them or about the last; say it with `when`",
        );
    }
    Some(condition)
}

/// A clause, and whether it is attached to what stands before it.
fn when_or_attached(cursor: &mut Cursor<'_>, tools: &[&Tool]) -> Option<(Condition, bool)> {
    cursor.attempt(|cursor| {
        let joined = cursor.eat_any(&["and", "but"]);
        let limits = cursor.eat_any(&ONLY_WHEN);
        if limits.is_some() || cursor.eat_any(&WHEN).is_some() {
            match (joined, limits) {
                (Some("and"), None) => cursor.ground.stop_forbidding(OF_ANOTHER),
                (Some("but"), None) => cursor.ground.stop(BUT_WHEN),
                (Some("but"), Some(limits)) if !limits.starts_with("only") => {
                    cursor.ground.stop_forbidding(BUT_WHEN);
                }
                _ => {}
            }
            return joined_up(cursor, tools).map(|condition| (condition, false));
        }
        if joined.is_some() {
            return None;
        }
        let only = cursor.eat("only");
        if let Some(time) = times::either(cursor, tools, only) {
            return Some((time, false));
        }
        if let Some(counted) = counted::condition(cursor, tools) {
            return Some((counted, true));
        }
        let behind_a_number = cursor.before().is_some_and(|token| numbers::read(&token.text).is_some());
        if let Some(bare) = comparisons::bare(cursor, tools) {
            if behind_a_number {
                cursor.ground.stop("a number compared with another can be their difference; say each with its own comparison, joined by `and`");
            }
            return Some((bare, true));
        }
        if let Some(condition) = cursor.attempt(|cursor| {
            cursor.eat_any(&["with", "for", "having"])?;
            joined_attached(cursor, tools)
        }) {
            return Some((condition, true));
        }
        if !only && cursor.eat("without") {
            let condition = comparisons::attached(cursor, tools, false)?;
            let mut probe = *cursor;
            if amounts::order(&mut probe).is_some() {
                cursor
                    .ground
                    .stop("a limit behind `without` can be about what is not given");
            }
            return Some((condition, true));
        }
        None
    })
}

/// `with amount under 5 and region US`.
fn joined_attached(cursor: &mut Cursor<'_>, tools: &[&Tool]) -> Option<Condition> {
    let mut all = vec![comparisons::attached(cursor, tools, true)?];
    while let Some(more) = cursor.attempt(|cursor| {
        cursor.eat_any(&["and"])?;
        comparisons::attached(cursor, tools, true)
    }) {
        all.push(more);
    }
    if all.len() == 1 {
        all.pop()
    } else {
        Some(Condition::All(all))
    }
}

fn unless(cursor: &mut Cursor<'_>, tools: &[&Tool]) -> Option<Condition> {
    cursor.attempt(|cursor| {
        if cursor.eat_any(&UNLESS).is_some() {
            return joined(cursor, tools, true);
        }
        cursor.eat_any(&BUT)?;
        times::either(cursor, tools, true).or_else(|| who::others(cursor))
    })
}
