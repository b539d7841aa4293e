//! Policies that permit add up: what one of them grants no other takes back, whatever `only` it says.

use super::belonging::{Piece, refuse};
use super::fragments::is_one_of;
use super::impossible::{are_apart, are_of_other_callers};
use super::meaning::{Condition, Effect, Rule, Who};
use super::tokens::tokens;
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
        refuse(held, first..=last, ADD_UP);
    }
}

fn first_two(text: &str, pieces: &[Piece], offered: &[Tool]) -> Option<(usize, usize)> {
    let only = |(range, written): &Piece| {
        let only = Only::of(text.get(range.clone()).unwrap_or_default());
        let limits = |rule: &Rule| {
            let all = || rule.when.iter().chain(&rule.unless);
            all().any(|one| !one.is_of_caller()) && !all().any(Condition::is_of_caller)
        };
        // `Users may only process refunds under $500` says only how.
        match (only, written) {
            (Only::Doing, Ok(written)) if limits(&written.rule) => Only::Limits,
            (only, _) => only,
        }
    };
    pieces.iter().enumerate().find_map(|(last, piece)| {
        let own = permit(piece)?;
        let adds_up = |before: &Piece| {
            permit(before).is_some_and(|theirs| match only(before).max(only(piece)) {
                Only::Unsaid => false,
                Only::Callers => !are_apart(&own.when, &theirs.when) && own.shares(theirs, offered),
                Only::Limits => own.shares(theirs, offered),
                Only::Doing => own.shares(theirs, offered) || !are_of_others(own, theirs),
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

/// Whether nobody is granted something by both.
fn are_of_others(own: &Rule, theirs: &Rule) -> bool {
    let kinds = matches!(
        (own.who, theirs.who),
        (Who::Iam, Who::Users) | (Who::Users, Who::Iam)
    );
    kinds || are_of_other_callers(&own.when, &theirs.when)
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
    /// When, or which calls.
    Limits,
    /// What they may do: `Users with role trainee may only track shipments`, and nothing that another sentence grants.
    Doing,
}

impl Only {
    fn of(text: &str) -> Self {
        const MAY: [&str; 6] = ["may", "can", "are", "is", "be", "to"];
        let tokens = tokens(text);
        let one = |at: usize| {
            let before = at.checked_sub(1).and_then(|before| tokens.get(before));
            if tokens.get(at + 1).is_some_and(who::begin_with) {
                Self::Callers
            } else if before.is_some_and(|token| is_one_of(token, &MAY)) {
                Self::Doing
            } else {
                Self::Limits
            }
        };
        let places = tokens.iter().enumerate().filter(|(_, token)| token.is("only"));
        places.map(|(at, _)| one(at)).max().unwrap_or(Self::Unsaid)
    }
}
