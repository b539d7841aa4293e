//! The author that is always there: a grammar, no model. Pure.
//!
//! It translates the sentences it knows and refuses every other one, with the words it stopped at. Each word of a
//! fragment is accounted for; nothing is dropped that is not listed as meaning nothing (articles, `please`). What can be
//! read in two ways is refused, too, and so is a word that may be a value and may say something about one (`values`). So
//! a translation never means something else than the sentence.

mod actions;
mod adding_up;
mod amounts;
mod belonging;
mod calendar;
mod claims;
mod comparisons;
mod conditions;
mod counted;
mod cursor;
mod direct;
mod either;
mod fields;
mod fragments;
mod impossible;
mod joining;
mod listed;
mod lists;
mod literals;
mod meaning;
mod nouns;
mod numbers;
mod passive;
mod presence;
mod quantities;
mod questions;
mod render;
mod sentences;
mod statement;
mod syntax;
#[cfg(test)]
pub(super) mod tests;
mod times;
mod tokens;
mod tools;
mod values;
mod verbs;
mod who;
mod words;

use super::{Draft, Outcome};
use crate::cedar;
use crate::model::Tool;
use belonging::Piece;
use cursor::{Cursor, Ground};
use meaning::{Effect, Rule};
use std::ops::Range;
use tokens::{Token, tokens};

/// Words of a fragment that are shown where the grammar stopped.
const SHOWN: usize = 6;

/// A draft for each requirement of a text.
pub(super) fn write(text: &str, tools: &[Tool], gateway: &str) -> Vec<Draft> {
    let piece = |range: Range<usize>| {
        let fragment = text.get(range.clone()).unwrap_or_default();
        let behind = text.get(range.end..).unwrap_or_default();
        let written = if behind.trim_start().starts_with('?') {
            Err("a question grants nothing and takes nothing; say who may or may not do what".to_owned())
        } else {
            translate(fragment, tools, gateway)
        };
        (range, written)
    };
    let pieces = fragments::fragments(text, tools).into_iter().map(piece);
    let held = belonging::held_together(text, pieces.collect(), tools);
    let draft = |(range, written): Piece| Draft {
        fragment: text.get(range).unwrap_or_default().to_owned(),
        outcome: match written {
            Ok(written) => Outcome::Statement(written.statement),
            Err(why) => Outcome::NotTranslatable(why),
        },
    };
    held.into_iter().map(draft).collect()
}

/// A requirement, understood and written.
#[derive(Debug)]
struct Written {
    rule: Rule,
    statement: String,
}

fn translate(fragment: &str, tools: &[Tool], gateway: &str) -> Result<Written, String> {
    let said: Vec<Token> = tokens(fragment)
        .into_iter()
        .filter(|token| !token.is("\n"))
        .collect();
    let ground = Ground::new(&said, tools);
    let mut cursor = Cursor::new(&ground);
    let rule = statement::rule(&mut cursor).filter(|_| cursor.is_at_end());
    if let Some(why) = ground.stopped() {
        return Err(why);
    }
    let Some(rule) = rule else {
        return Err(match ground.doubted() {
            Some((at, hint)) => format!("{}: {hint}", stopped_at(fragment, &said, at)),
            None => stopped_at(fragment, &said, ground.far()),
        });
    };
    if let Some(why) = ground.stopped_understood() {
        return Err(why);
    }
    if let Some(why) = ground.stopped_forbidding()
        && rule.effect == Effect::Forbid
    {
        return Err(why);
    }
    let statement = render::render(&rule, tools, gateway);
    // What Cedar does not take was not understood either.
    match cedar::parse_statement(&statement) {
        Ok(parsed) if parsed.scope_refusal().is_none() => Ok(Written { rule, statement }),
        _ => Err("the sentence does not make a statement that Cedar takes".to_owned()),
    }
}

/// The words at which the grammar stopped; the last ones when it wanted more.
fn stopped_at(fragment: &str, said: &[Token], far: usize) -> String {
    let rest = said.get(far..).unwrap_or_default();
    let shown = |tokens: &[Token]| match (tokens.first(), tokens.last()) {
        (Some(first), Some(last)) => fragment.get(first.start..last.end).unwrap_or_default().to_owned(),
        _ => String::new(),
    };
    if rest.is_empty() {
        let before = said.len().saturating_sub(SHOWN);
        let dots = if before > 0 { ".. " } else { "" };
        return format!(
            "not complete, or not understood as a whole: it ends in `{dots}{}`",
            shown(said.get(before..).unwrap_or_default())
        );
    }
    let more = if rest.len() > SHOWN { " .." } else { "" };
    let first = rest.get(..SHOWN).unwrap_or(rest);
    format!("not understood from `{}{more}`", shown(first))
}
