//! What is done: which tools are called, by a verb and a name, by the words of the tool itself, in lists.

use super::cursor::Cursor;
use super::meaning::{Choice, What};
use super::tools::{self, Marker, Meant};
use crate::model::Tool;

/// Verbs for calling any tool; with `ing`, and as nouns.
const VERBS: [&str; 28] = [
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
const MANY: [&str; 7] = [
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
        list(cursor, true).map(What::These)
    })
}

/// `any tool`, `all tools except x`, `use tools`, `anything`.
fn everything(cursor: &mut Cursor<'_>) -> Option<What> {
    let verb = cursor.eat_any(&VERBS);
    if cursor.eat_any(&["anything", "everything"]).is_some() {
        return Some(What::All);
    }
    let all = cursor.eat_any(&ALL);
    cursor.eat_any(&["available", "gateway"]);
    if cursor.eat_any(&MANY).is_none() {
        all.filter(|all| *all != "the")?;
        cursor.eat_any(&ONE)?;
    } else if all.is_none() && verb.is_none() {
        return None;
    }
    if let Some(target) = cursor.attempt(|cursor| of_target(cursor)) {
        return Some(What::These(Choice {
            targets: vec![target],
            tools: Vec::new(),
        }));
    }
    let but = cursor.attempt(|cursor| {
        cursor.eat_any(&BUT)?;
        list(cursor, true)
    });
    Some(but.map_or(What::All, What::AllBut))
}

/// Tools, joined by commas, `and` and `or`.
pub(super) fn list(cursor: &mut Cursor<'_>, first: bool) -> Option<Choice> {
    cursor.attempt(|cursor| {
        let mut choice = Choice::default();
        cursor.eat_any(&["both", "either"]);
        add(&mut choice, one(cursor, first)?);
        while let Some(meant) = cursor.attempt(|cursor| {
            cursor.eat_any(&[", and", ", or", "and", "or", ","])?;
            one(cursor, true)
        }) {
            add(&mut choice, meant);
        }
        Some(choice)
    })
}

fn add(choice: &mut Choice, meant: Meant) {
    match meant {
        Meant::Tool(index) if !choice.tools.contains(&index) => choice.tools.push(index),
        Meant::Target(target) if !choice.targets.contains(&target) => choice.targets.push(target),
        Meant::Tool(_) | Meant::Target(_) => {}
    }
}

/// One name: as a whole (`execute trades`), and behind a verb for calling (`call execute_trade`).
fn one(cursor: &mut Cursor<'_>, verbs: bool) -> Option<Meant> {
    if let Some(meant) = cursor.attempt(name) {
        return Some(meant);
    }
    if !verbs {
        return None;
    }
    cursor.attempt(|cursor| {
        cursor.eat_any(&VERBS)?;
        name(cursor)
    })
}

/// The words of one name, a word for its kind, and its target.
fn name(cursor: &mut Cursor<'_>) -> Option<Meant> {
    let all = cursor.eat_any(&ALL).filter(|all| *all != "the");
    cursor.eat_article();
    let quoted = cursor
        .peek()
        .is_some_and(|token| token.kind == super::tokens::Kind::Quoted);
    let most = if quoted { 1 } else { cursor.run(LONGEST_NAME) };
    for count in (1..=most).rev() {
        let mut behind = *cursor;
        behind.advance_quietly(count);
        let said = cursor.texts(count);
        if let Some(meant) = resolved(cursor.ground.tools, &mut behind, &said, all.is_some()) {
            match meant {
                Ok(meant) => {
                    cursor.advance(behind.at() - cursor.at());
                    return Some(meant);
                }
                Err(why) => cursor.ground.stop(why),
            }
        }
    }
    None
}

fn resolved(
    tools: &[Tool],
    behind: &mut Cursor<'_>,
    said: &[&str],
    all: bool,
) -> Option<Result<Meant, String>> {
    let (last, before) = said.split_last()?;
    let is = |words: &[&str]| words.iter().any(|word| last.eq_ignore_ascii_case(word));
    let (said, marker) = if !before.is_empty() && is(&ONE) {
        (before, if all { Marker::Many } else { Marker::One })
    } else if !before.is_empty() && is(&MANY) {
        (before, Marker::Many)
    } else {
        (said, Marker::None)
    };
    let target = behind.attempt(|cursor| of_target(cursor));
    tools::find(tools, said, marker, target.as_deref()).transpose()
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
