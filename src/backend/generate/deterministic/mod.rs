//! The author that is always there: a grammar, no model. Pure.
//!
//! It translates the sentences it knows and refuses every other one, with the words it stopped at. Each word of a
//! fragment is accounted for; nothing is dropped that is not listed as meaning nothing (articles, `please`). What can be
//! read in two ways is refused, too. So a translation never means something else than the sentence.

mod actions;
mod amounts;
mod claims;
mod comparisons;
mod conditions;
mod cursor;
mod fields;
mod fragments;
mod meaning;
mod numbers;
mod questions;
mod render;
mod statement;
mod syntax;
#[cfg(test)]
mod tests;
mod times;
mod tokens;
mod tools;
mod who;
mod words;

use super::{Draft, Outcome};
use crate::cedar;
use crate::model::Tool;
use cursor::{Cursor, Ground};
use tokens::{Token, tokens};

/// Words of a fragment that are shown where the grammar stopped.
const SHOWN: usize = 6;

/// A draft for each requirement of a text.
pub(super) fn write(text: &str, tools: &[Tool], gateway: &str) -> Vec<Draft> {
    let draft = |fragment: String| Draft {
        outcome: translate(&fragment, tools, gateway),
        fragment,
    };
    fragments::fragments(text).into_iter().map(draft).collect()
}

fn translate(fragment: &str, tools: &[Tool], gateway: &str) -> Outcome {
    let said: Vec<Token> = tokens(fragment)
        .into_iter()
        .filter(|token| !token.is("\n"))
        .collect();
    let ground = Ground::new(&said, tools);
    let mut cursor = Cursor::new(&ground);
    let rule = statement::rule(&mut cursor).filter(|_| cursor.is_at_end());
    if let Some(why) = ground.stopped() {
        return Outcome::NotTranslatable(why);
    }
    let Some(rule) = rule else {
        return Outcome::NotTranslatable(stopped_at(fragment, &said, ground.far()));
    };
    let statement = render::render(&rule, tools, gateway);
    // What Cedar does not take was not understood either.
    match cedar::parse_statement(&statement) {
        Ok(parsed) if parsed.scope_refusal().is_none() => Outcome::Statement(statement),
        _ => Outcome::NotTranslatable("the sentence does not make a statement that Cedar takes".to_owned()),
    }
}

/// The words at which the grammar stopped.
fn stopped_at(fragment: &str, said: &[Token], far: usize) -> String {
    let rest = said.get(far..).unwrap_or_default();
    let (Some(first), Some(last)) = (rest.first(), rest.iter().take(SHOWN).next_back()) else {
        return "the sentence ends before it says what is allowed or forbidden".to_owned();
    };
    let shown = fragment.get(first.start..last.end).unwrap_or_default();
    let more = if rest.len() > SHOWN { " .." } else { "" };
    format!("not understood from `{shown}{more}`")
}
