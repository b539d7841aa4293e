//! The sentences that other people print, with their source, and what each of them means.
//!
//! A sentence stands with the Cedar that its source prints, or with Cedar that was written by hand where the source prints
//! none, or with the words at which it is refused. The policy of the author must decide as that Cedar does, on requests that
//! are made from the texts and numbers of both (`requests`). `tests/corpus` records the policies' text.

mod guide;
mod intents;
mod natural;
mod requests;
mod samples;
mod shorthand;

use super::GATEWAY;
use crate::backend::generate::deterministic::write;
use crate::backend::generate::{Draft, Outcome};
use crate::cedar::decide::{matches, prepare};
use crate::cedar::{Schema, parse_statement};
use crate::model::Tool;
use requests::requests;
use shorthand::spelled_out;

/// Where sentences were printed, and what for.
pub(in crate::backend::generate) struct Source {
    /// A page, or a repository and a path.
    pub from: &'static str,
    /// The tools that they are about, as the source has them, or as its sentences name them.
    pub tools: fn() -> Vec<Tool>,
    pub cases: &'static [Case],
}

/// A sentence and what must become of it.
#[derive(Clone, Copy)]
pub(in crate::backend::generate) enum Case {
    /// The source prints this Cedar for it, in the short form of `shorthand`.
    Printed(&'static str, &'static str),
    /// This is what it means, in the same form; the source prints no Cedar.
    Meant(&'static str, &'static str),
    /// It is refused, and the reason holds these words.
    Refused(&'static str, &'static str),
}

impl Case {
    /// The Cedar that it means, written out; none when it is refused.
    pub fn cedar(&self) -> Option<String> {
        match self {
            Self::Printed(_, cedar) | Self::Meant(_, cedar) => Some(spelled_out(cedar, GATEWAY)),
            Self::Refused(..) => None,
        }
    }

    pub fn text(&self) -> &'static str {
        match self {
            Self::Printed(text, _) | Self::Meant(text, _) | Self::Refused(text, _) => text,
        }
    }
}

/// All sources.
pub(in crate::backend::generate) fn sources() -> Vec<Source> {
    [
        guide::sources(),
        natural::sources(),
        intents::sources(),
        samples::sources(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What is wrong about what became of a sentence; none when nothing is.
pub(in crate::backend::generate) fn wrong(source: &Source, case: &Case, statement: &str) -> Option<String> {
    let tools = (source.tools)();
    let (expected, printed) = match case {
        Case::Printed(_, expected) => (expected, true),
        Case::Meant(_, expected) => (expected, false),
        Case::Refused(_, words) => return Some(format!("translated, not refused at `{words}`: {statement}")),
    };
    let expected = spelled_out(expected, GATEWAY);
    let invalid = Schema::of(&tools)
        .unwrap()
        .validate(&parse_statement(statement).unwrap(), "p");
    if !invalid.is_empty() {
        return Some(format!("{statement}\n{invalid:?}"));
    }
    let requests = requests(&tools, GATEWAY, &[statement, &expected]);
    let prepared: Vec<_> = requests.iter().map(prepare).collect();
    let (ours, theirs) = (matches(statement, &prepared), matches(&expected, &prepared));
    if !theirs.iter().any(|matched| *matched) {
        return Some(format!("no request is made that {expected} is about"));
    }
    let permits = statement.starts_with("permit");
    if permits != expected.starts_with("permit") {
        return Some(format!("{statement}\nis no\n{expected}"));
    }
    let differs = |at: &usize| {
        let (ours, theirs) = (ours[*at], theirs[*at]);
        // AWS prints `principal` for users in places. Callers without a token are never granted more than that.
        let more = if permits { ours && !theirs } else { theirs && !ours };
        more || ours != theirs && (!printed || requests[*at].principal == "OAuthUser")
    };
    (0..requests.len())
        .find(differs)
        .map(|at| format!("{statement}\ndecides not as\n{expected}\non {:?}", requests[at]))
}

#[test]
fn every_printed_sentence_decides_as_its_cedar_or_is_refused_with_its_words() {
    let (mut translated, mut refused, mut wrongs) = (0, 0, Vec::new());
    for source in sources() {
        for case in source.cases {
            let drafts = write(case.text(), &(source.tools)(), GATEWAY);
            let [Draft { outcome, .. }] = drafts.as_slice() else {
                wrongs.push(format!("{}: more than one requirement: {drafts:?}", case.text()));
                continue;
            };
            let found = match (outcome, case) {
                (Outcome::Statement(statement), _) => {
                    translated += 1;
                    wrong(&source, case, statement)
                }
                (Outcome::NotTranslatable(why), Case::Refused(_, words)) => {
                    refused += 1;
                    (!why.contains(words)).then(|| format!("refused, but not at `{words}`: {why}"))
                }
                (Outcome::NotTranslatable(why), _) => Some(format!("refused: {why}")),
            };
            wrongs.extend(found.map(|why| format!("{}\n{}\n{why}", source.from, case.text())));
        }
    }
    println!(
        "printed sentences: {translated} translated, {refused} refused, {} wrong",
        wrongs.len()
    );
    assert!(wrongs.is_empty(), "{}", wrongs.join("\n\n"));
    assert!(translated >= 100, "{translated} are translated");
}
