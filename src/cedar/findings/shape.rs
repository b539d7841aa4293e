//! Questions that the shape of the policies answers: their scopes, and whether there are conditions at all.

use super::super::scope::Effect;
use super::super::statement::Sketch;
use super::{Environment, Question};

/// The answer; none when conditions have a say. `statements` are those that touch the environment.
pub(super) fn decide(question: Question, environment: &Environment, statements: &[&Sketch]) -> Option<bool> {
    let any = |effect: Effect| {
        statements
            .iter()
            .any(|statement| statement.outline().effect == effect)
    };
    let any_always = |effect: Effect| {
        statements.iter().any(|statement| {
            let outline = statement.outline();
            outline.effect == effect && !outline.conditional && environment.is_covered_by(outline)
        })
    };
    let (permits, forbids) = (any(Effect::Permit), any(Effect::Forbid));
    let allows = if !permits || any_always(Effect::Forbid) {
        Some(false)
    } else if any_always(Effect::Permit) && !forbids {
        Some(true)
    } else {
        None
    };
    match question {
        // Nothing is allowed, or everything is, or it depends.
        Question::AlwaysAllows => allows,
        Question::AlwaysDenies => allows.map(|allows| !allows),
        Question::AlwaysMatches => match statements {
            [statement] if environment.is_covered_by(statement.outline()) => {
                (!statement.outline().conditional).then_some(true)
            }
            _ => Some(false),
        },
        Question::NeverMatches => match statements {
            [statement] if statement.outline().conditional => None,
            [] => Some(true),
            _ => Some(false),
        },
    }
}
