//! Which tools the words mean: by id, by name, by the words of name, target or description.

use super::words::{alike, as_nouns, noun, nouns, same, split, stands_for, stem, stemmed, stems, within};
use crate::model::Tool;

/// What a phrase means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meant {
    /// One tool, by its place in the list.
    Tool(usize),
    /// All tools of a target.
    Target(String),
}

/// What is meant, and by which words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub meant: Meant,
    /// Whether the words name only what the tool makes (`refunds`), not what it does.
    pub made: bool,
}

/// The word that stood behind the phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Marker {
    /// None.
    None,
    /// `tool`, `action`, `operation`, `function`, `api`.
    One,
    /// Their plurals, or `all .. tools`: a target's tools may be meant.
    Many,
}

/// Words that names carry and sentences leave out.
const NOISE: [&str; 5] = ["tool", "target", "lambda", "function", "api"];
/// Those of them that a tool may be about.
const THINGS: [&str; 3] = ["target", "function", "api"];
/// What a tool does with what a sentence only names: `refunds` are what `process_refund` makes.
const DOING: [&str; 10] = [
    "process", "execute", "perform", "make", "issue", "create", "submit", "run", "handle", "apply",
];
/// What a tool does that only tells something: one is as good as another.
const READING: [&str; 7] = ["get", "read", "view", "retrieve", "fetch", "see", "show"];
/// What is read of a thing, where a tool's description says so.
const READ: [&str; 4] = ["detail", "details", "information", "data"];
/// Words with which a description goes on behind what the tool does.
const GOING_ON: [&str; 20] = [
    "of", "for", "with", "by", "to", "from", "in", "on", "at", "and", "or", "that", "which", "using", "via",
    "based", "if", "when", "into", "as",
];
/// Words with which a description says what a tool does not do.
const NEGATIONS: [&str; 6] = ["not", "never", "without", "except", "no", "cannot"];

/// What `said` means, of the tools of `target` when one is named.
///
/// The first of these that any tool or target fits decides; none when nothing fits, an error when several do:
/// the id or name as it is; the words of a name, the verb in any form and in front or behind; those and words of the tool's target; another
/// verb of reading, or the noun of the verb; the words of a target; what a doing verb makes; the first words of a description.
pub(super) fn find(
    tools: &[Tool],
    said: &[&str],
    marker: Marker,
    target: Option<&str>,
) -> Result<Option<Found>, String> {
    let candidates: Vec<(usize, &Tool)> = tools
        .iter()
        .enumerate()
        .filter(|(_, tool)| target.is_none_or(|target| tool.target == target))
        .collect();
    if let [word] = said {
        let by_id = indexes(&candidates, |tool| tool.action_id() == *word);
        let by_name = indexes(&candidates, |tool| tool.name.eq_ignore_ascii_case(word));
        for found in [by_id, by_name] {
            if !found.is_empty() {
                return only(&found, said);
            }
        }
        if target.is_none() && tools.iter().any(|tool| tool.target == *word) {
            return of_target(&candidates, (*word).to_owned(), marker, said);
        }
    }
    let all: Vec<String> = said.iter().flat_map(|word| split(word)).collect();
    let words = kept(&all);
    if words.is_empty() {
        return Ok(None);
    }
    let of_name = |tool: &Tool| kept(&split(&tool.name));
    // `delete functions` is not what `delete_api` does.
    let is_of_things = |tool: &Tool| {
        let name = split(&tool.name);
        let thing = name
            .iter()
            .any(|word| THINGS.iter().any(|thing| stem(thing) == stem(word)));
        thing && of_name(tool).len() == 1 && name.len() > 1 && !alike(&all, &name)
    };
    let candidates: Vec<(usize, &Tool)> = candidates
        .into_iter()
        .filter(|(_, tool)| !is_of_things(tool))
        .collect();
    let of_its_target = |tool: &Tool| kept(&split(&tool.target));
    let equal = indexes(&candidates, |tool| stands_for(&words, &of_name(tool)));
    if !equal.is_empty() {
        return only(&equal, said);
    }
    let with_target = indexes(&candidates, |tool| {
        within(&words, &of_name(tool), &of_its_target(tool))
    });
    if !with_target.is_empty() {
        return only(&with_target, said);
    }
    let nominal = indexes(&candidates, |tool| is_the_noun_of(&of_name(tool), &words));
    if !nominal.is_empty() {
        return only(&nominal, said);
    }
    let read = indexes(&candidates, |tool| reads(tool, &of_name(tool), &words, false));
    let read = if read.is_empty() {
        indexes(&candidates, |tool| reads(tool, &of_name(tool), &words, true))
    } else {
        read
    };
    if !read.is_empty() {
        return only(&read, said);
    }
    if marker != Marker::None
        && target.is_none()
        && let Some(found) = by_target(&candidates, &words, marker, said)
    {
        return found;
    }
    let as_made = |found: Result<Option<Found>, String>| {
        found.map(|found| found.map(|found| Found { made: true, ..found }))
    };
    let made = indexes(&candidates, |tool| is_made(&of_name(tool), &words));
    if !made.is_empty() {
        return as_made(only(&made, said));
    }
    let described = indexes(&candidates, |tool| words.len() >= 2 && alike(&words, &core(tool)));
    if !described.is_empty() {
        return only(&described, said);
    }
    let made = indexes(&candidates, |tool| {
        words.len() >= 2 && is_made(&core(tool), &words)
    });
    if made.is_empty() {
        Ok(None)
    } else {
        as_made(only(&made, said))
    }
}

/// All tools of the target that is called so. `payment tools` can be those of the target `Payments`, or those that have to do with
/// payments.
fn by_target(
    candidates: &[(usize, &Tool)],
    words: &[String],
    marker: Marker,
    said: &[&str],
) -> Option<Result<Option<Found>, String>> {
    let is_called = |tool: &Tool| same(&stemmed(words), &stemmed(&kept(&split(&tool.target))));
    let own: Vec<&Tool> = candidates
        .iter()
        .map(|(_, tool)| *tool)
        .filter(|tool| is_called(tool))
        .collect();
    let target = &own.first()?.target;
    if own.iter().any(|tool| tool.target != *target) {
        return Some(Err(several(said)));
    }
    let nouns = as_nouns(words);
    let named = candidates.iter().any(|(_, tool)| is_named_by(tool, &nouns));
    if named && said != [target.as_str()] && !own.iter().all(|tool| is_named_by(tool, &nouns)) {
        let said = said.join(" ");
        return Some(Err(format!(
            "`{said}` can be all tools of the target `{target}` or those that have the word in their names; say `the {target} target`"
        )));
    }
    Some(of_target(candidates, target.clone(), marker, said))
}

/// Whether the words are what is made by what is done: `refunds` by `process refund`.
fn is_made(done: &[String], words: &[String]) -> bool {
    done.split_first().is_some_and(|(verb, object)| {
        DOING.iter().any(|doing| stem(doing) == stem(verb)) && as_nouns(object) == as_nouns(words)
    })
}

/// Whether this verb is a word of what one of the tools is called or described by: then it may be what that tool does.
/// `Allows you to ..` in a description is only how it talks.
pub(super) fn are_about(tools: &[Tool], verb: &str) -> bool {
    let talks = ["allow", "permit", "let"].contains(&verb);
    let verb = stem(verb);
    let about = |text: &str| stems(text).contains(&verb);
    tools
        .iter()
        .any(|tool| about(&tool.name) || !talks && about(&tool.description))
}

/// The one tool whose name has just these words.
pub(super) fn called(tools: &[Tool], said: &[&str]) -> Option<usize> {
    let said: Vec<String> = said.iter().flat_map(|word| split(word)).collect();
    let mut found = tools
        .iter()
        .enumerate()
        .filter(|(_, tool)| alike(&said, &split(&tool.name)));
    let (place, _) = found.next()?;
    found.next().is_none().then_some(place)
}

/// Whether the tool at this place has these words for its name, as they stand: `use search`, and not `use searches`.
pub(super) fn is_id(tools: &[Tool], place: usize, words: &[&str]) -> bool {
    let said: Vec<String> = words.iter().flat_map(|word| split(word)).collect();
    tools.get(place).is_some_and(|tool| split(&tool.name) == said)
}

/// Whether the tool at this place makes something that was not there.
pub(super) fn makes(tools: &[Tool], place: usize) -> bool {
    const MAKING: [&str; 4] = ["create", "make", "issue", "submit"];
    let verb = tools
        .get(place)
        .and_then(|tool| split(&tool.name).into_iter().next());
    verb.is_some_and(|verb| MAKING.contains(&verb.as_str()))
}

/// Why the tool at this place may be one of several that are `said`: another one's name has all of these words, too.
pub(super) fn another(tools: &[Tool], place: usize, said: &[&str], words: &[&str]) -> Option<String> {
    let words: Vec<String> = words.iter().flat_map(|word| split(word)).collect();
    let has_all = |tool: &Tool| {
        let (nouns, stems) = (nouns(&tool.name), stems(&tool.name));
        let has = |word: &String| nouns.contains(&noun(word)) || stems.contains(&stem(word));
        words.iter().all(has)
    };
    let mut others = tools.iter().enumerate().filter(|(other, _)| *other != place);
    let (_, other) = others.find(|(_, tool)| has_all(tool))?;
    Some(format!(
        "`{}` can be what `{}` is about, too; name each tool",
        said.join(" "),
        other.name
    ))
}

/// Whether the tool's name has all of these nouns.
fn is_named_by(tool: &Tool, said: &[String]) -> bool {
    let name = nouns(&tool.name);
    said.iter().all(|word| name.contains(word))
}

/// Whether this word is in the name of one of the tools.
pub(super) fn are_called(tools: &[Tool], word: &str) -> bool {
    let forms = [stem(word), word.trim_end_matches('s').to_owned()];
    let named = |tool: &Tool| stems(&tool.name).iter().any(|word| forms.contains(word));
    tools.iter().any(named)
}

/// Whether the words are a tool's name as a noun: `premium calculation` is what `calculate_premium` does.
fn is_the_noun_of(name: &[String], words: &[String]) -> bool {
    let (Some((verb, object)), Some((noun, before))) = (name.split_first(), words.split_last()) else {
        return false;
    };
    let of_the_verb = stem(noun)
        .strip_suffix("ion")
        .is_some_and(|base| base.len() > 4 && base == stem(verb));
    of_the_verb && !before.is_empty() && as_nouns(before) == as_nouns(object)
}

/// Whether a tool reads what is said to be read: `read policy` is what `get_policy` does. `loosely` leaves out such words
/// as `details`, when the tool's description has them.
fn reads(tool: &Tool, name: &[String], words: &[String], loosely: bool) -> bool {
    let reading = |verb: &String| READING.iter().any(|reading| stem(reading) == stem(verb));
    let (Some((verb, object)), Some((own, of))) = (words.split_first(), name.split_first()) else {
        return false;
    };
    let described = stems(&tool.description);
    let loosely = loosely && !is_negated(&tool.description);
    let left_out = |word: &String| {
        loosely && READ.iter().any(|read| stem(read) == stem(word)) && described.contains(&stem(word))
    };
    let object: Vec<String> = object.iter().filter(|word| !left_out(word)).cloned().collect();
    reading(verb) && reading(own) && !object.is_empty() && as_nouns(&object) == as_nouns(of)
}

/// The target that the words mean.
pub(super) fn find_target(tools: &[Tool], said: &[&str]) -> Option<String> {
    let words = kept(&said.iter().flat_map(|word| split(word)).collect::<Vec<_>>());
    let exact = |tool: &&Tool| matches!(said, [word] if tool.target == **word);
    let named = |tool: &&Tool| !words.is_empty() && same(&stemmed(&words), &kept(&stems(&tool.target)));
    let mut found: Vec<&str> = tools
        .iter()
        .filter(exact)
        .map(|tool| tool.target.as_str())
        .collect();
    if found.is_empty() {
        found = tools
            .iter()
            .filter(named)
            .map(|tool| tool.target.as_str())
            .collect();
    }
    found.dedup();
    match found.as_slice() {
        [one] => Some((*one).to_owned()),
        _ => None,
    }
}

fn indexes(candidates: &[(usize, &Tool)], fits: impl Fn(&Tool) -> bool) -> Vec<usize> {
    candidates
        .iter()
        .filter(|(_, tool)| fits(tool))
        .map(|(index, _)| *index)
        .collect()
}

fn only(found: &[usize], said: &[&str]) -> Result<Option<Found>, String> {
    match found {
        [one] => Ok(Some(Found::named(Meant::Tool(*one)))),
        _ => Err(several(said)),
    }
}

impl Found {
    pub(super) fn named(meant: Meant) -> Self {
        Self { meant, made: false }
    }
}

fn several(said: &[&str]) -> String {
    format!("`{}` may mean more than one tool", said.join(" "))
}

/// `the application tool` is the one tool of a target, `the application tools` are all of them.
fn of_target(
    candidates: &[(usize, &Tool)],
    target: String,
    marker: Marker,
    said: &[&str],
) -> Result<Option<Found>, String> {
    let own = indexes(candidates, |tool| tool.target == target);
    match (own.as_slice(), marker) {
        (_, Marker::Many) => Ok(Some(Found::named(Meant::Target(target)))),
        ([one], _) => Ok(Some(Found::named(Meant::Tool(*one)))),
        _ => Err(several(said)),
    }
}

/// The words without those that names carry and sentences leave out, unless nothing else is there.
fn kept(words: &[String]) -> Vec<String> {
    let noise: Vec<String> = NOISE.iter().map(|word| stem(word)).collect();
    let kept: Vec<String> = words
        .iter()
        .filter(|word| !noise.contains(&stem(word)))
        .cloned()
        .collect();
    if kept.is_empty() { words.to_vec() } else { kept }
}

fn is_negated(description: &str) -> bool {
    let words = split(description);
    NEGATIONS.iter().any(|no| words.iter().any(|word| word == no))
}

/// The first words of a description, up to where a preposition goes on; articles do not count. None of a description that
/// says what the tool does not do, and none where what the preposition cuts off may narrow them: `Delete a file from the
/// trash` is not about files, unless the tool is called by them.
fn core(tool: &Tool) -> Vec<String> {
    if is_negated(&tool.description) {
        return Vec::new();
    }
    let own = split(
        tool.description
            .split(['.', ';', ',', ':', '\n', '('])
            .next()
            .unwrap_or_default(),
    );
    let core: Vec<String> = own
        .iter()
        .take_while(|word| !GOING_ON.contains(&word.as_str()))
        .filter(|word| !["a", "an", "the"].contains(&word.as_str()))
        .cloned()
        .collect();
    let is_whole = !own.iter().any(|word| GOING_ON.contains(&word.as_str()));
    let name = nouns(&tool.name);
    let called = core.last().is_some_and(|thing| name.contains(&noun(thing)));
    if is_whole || called { core } else { Vec::new() }
}

#[cfg(test)]
mod tests;
