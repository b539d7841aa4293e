//! Policies that permit add up: what one of them grants no other takes back, whatever `only` it says.

use super::belonging::Piece;
use super::impossible::are_apart;
use super::meaning::{Effect, Rule};
use super::tokens::{Token, tokens};
use super::who;
use crate::model::Tool;

/// Why neither of two permits is made.
const ADD_UP: &str = "policies that permit add up, so `only` takes nothing back that another sentence grants; say all limits of \
     a tool in one sentence, or who may do what without `only`";

/// Refuses permits of one tool of which one says `only`, with all that stands between them, as one: `Allow refunds. Refunds are
/// only allowed under $500.` Not where `only` is said of the callers, and no call is granted by both: `Allow refunds up to $500.
/// Only users with role manager may process refunds over $500.`
pub(super) fn refused(text: &str, held: &mut Vec<Piece>, offered: &[Tool]) {
    while let Some((first, last)) = first_two(text, held, offered) {
        let start = held.get(first).map_or(0, |piece| piece.0.start);
        let end = held.get(last).map_or(text.len(), |piece| piece.0.end);
        held.splice(first..=last, [(start..end, Err(ADD_UP.to_owned()))]);
    }
}

fn first_two(text: &str, pieces: &[Piece], offered: &[Tool]) -> Option<(usize, usize)> {
    let only = |(range, _): &Piece| Only::of(text.get(range.clone()).unwrap_or_default());
    pieces.iter().enumerate().find_map(|(last, piece)| {
        let own = permit(piece)?;
        let adds_up = |before: &Piece| {
            permit(before).is_some_and(|theirs| match only(before).max(only(piece)) {
                Only::Unsaid => false,
                Only::Callers => !are_apart(&own.when, &theirs.when) && own.shares(theirs, offered),
                Only::Limits => own.shares(theirs, offered),
            })
        };
        let first = pieces.iter().take(last).position(adds_up)?;
        Some((first, last))
    })
}

/// The permit of one of these tools without a limit, which a refused sentence with `only` would limit: `Users may only process
/// refunds with approval.`
pub(super) fn unlimited(named: &[usize], held: &[Piece], offered: &[Tool]) -> Option<usize> {
    held.iter().position(|piece| {
        permit(piece).is_some_and(|rule| {
            let of_one = rule.what.names_some() && rule.is_about(named, offered);
            of_one && rule.when.is_empty() && rule.unless.is_empty()
        })
    })
}

fn permit((_, outcome): &Piece) -> Option<&Rule> {
    let written = outcome.as_ref().ok()?;
    (written.rule.effect == Effect::Permit).then_some(&written.rule)
}

/// What a sentence says `only` of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Only {
    /// It does not.
    Unsaid,
    /// Who may: `Only users with role manager may ..`.
    Callers,
    /// When, or what.
    Limits,
}

impl Only {
    fn of(text: &str) -> Self {
        let tokens = tokens(text);
        let said = tokens.iter().enumerate().filter(|(_, token)| token.is("only"));
        let of_callers = |(at, _): (usize, &Token)| tokens.get(at + 1).is_some_and(who::begin_with);
        let one = |place| {
            if of_callers(place) {
                Self::Callers
            } else {
                Self::Limits
            }
        };
        said.map(one).max().unwrap_or(Self::Unsaid)
    }
}
