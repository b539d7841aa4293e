//! Conditions joined by `and` and `or`, and one of them: about the time, an argument, or the caller.

use super::claims;
use super::comparisons;
use super::cursor::Cursor;
use super::either::{EITHER, is_a_caller, may_be_an_argument, of_either, says_claim, says_whose};
use super::fields;
use super::meaning::Condition;
use super::nouns;
use super::times;
use crate::model::Tool;

const OF_EXCEPTION: &str = "what stands behind `and` or `or` can be one more exception, or a condition of its own; say each in a sentence";
pub(super) const OF_ANOTHER: &str =
    "`and when ..` can be one more condition, or another case; say `and` alone, or each in a sentence";

/// Whether it is about the time of the call and about nothing else.
pub(super) fn is_of_times(condition: &Condition) -> bool {
    match condition {
        Condition::Time(_) => true,
        Condition::All(all) | Condition::Any(all) => all.iter().all(is_of_times),
        Condition::Not(_) | Condition::Claim(..) | Condition::Field(..) | Condition::Authenticated => false,
    }
}

/// Conditions joined by `and` alone or by `or` alone; brackets may hold others.
pub(super) fn joined_up(cursor: &mut Cursor<'_>, tools: &[&Tool]) -> Option<Condition> {
    joined(cursor, tools, false)
}

/// The same, of an exception or of none. What begins anew behind `and` or `or` (`unless it is reviewed, or if the score is over 5`)
/// can be of the exception or of the rule, and when something is forbidden another case of it.
pub(super) fn joined(cursor: &mut Cursor<'_>, tools: &[&Tool], excepts: bool) -> Option<Condition> {
    // `over 10 and under 500` is one condition with an `and` in it; in brackets that is plain.
    let is_open = |from: &Cursor<'_>, unit: &Condition| !from.stands(&["("]) && unit.has_two_ends();
    let from = *cursor;
    let first = unit(cursor, tools)?;
    let mut by = is_open(&from, &first).then_some("and");
    let mut all = vec![first];
    let (mut commas, mut comma_without_word) = (false, false);
    while let Some((joined, inside, next)) = cursor.attempt(|cursor| {
        let negated = matches!(all.last(), Some(Condition::Not(_)));
        let joined = cursor.eat_any(&[", and", ", or", "and", "or", ","])?;
        cursor.eat("also");
        let limits = cursor.eat_any(&["only when", "only if"]).is_some();
        let again = cursor.eat_any(&["when", "if", "where"]).is_some();
        let from = *cursor;
        let is_bare = from.stands(&["before", "after", "between", "until", "from"]);
        // `has role a or role b` does not say `has` again.
        let next = unit(cursor, tools).or_else(|| {
            if joined == "," {
                return None;
            }
            let held = claims::one_held(cursor)?;
            if negated {
                cursor
                    .ground
                    .stop("`not` before the first of several can be meant of each; say `not` with each");
            }
            Some(held)
        })?;
        let anew = again || is_bare && is_of_times(&next) && !all.iter().all(is_of_times);
        if excepts && (anew || limits) {
            cursor.ground.stop(OF_EXCEPTION);
        } else if anew && joined.ends_with("and") {
            cursor.ground.stop_forbidding(OF_ANOTHER);
        }
        let inside = is_open(&from, &next).then_some("and");
        Some((joined, inside, next))
    }) {
        let word = if joined.ends_with("and") {
            Some("and")
        } else {
            joined.ends_with("or").then_some("or")
        };
        let said = [by, word, inside];
        if said.contains(&Some("and")) && said.contains(&Some("or")) {
            cursor
                .ground
                .stop("`and` and `or` together can be read in two ways; use brackets");
        }
        if excepts && !commas && matches!(joined, ", or" | ", and") {
            cursor.ground.stop(OF_EXCEPTION);
        }
        commas |= word.is_none();
        comma_without_word = word.is_none();
        by = by.or(word).or(inside);
        all.push(next);
    }
    // `when the region is "eu", before 8:00 UTC or after 18:00 UTC`.
    let is_mixed = commas && all.iter().any(is_of_times) && !all.iter().all(is_of_times);
    if comma_without_word || is_mixed {
        cursor
            .ground
            .stop("a comma between conditions can mean `and` or `or`");
    }
    if all.len() == 1 {
        return all.pop();
    }
    Some(if by == Some("or") {
        Condition::Any(all)
    } else {
        Condition::All(all)
    })
}

fn unit(cursor: &mut Cursor<'_>, tools: &[&Tool]) -> Option<Condition> {
    cursor.attempt(|cursor| {
        if cursor.eat("(") {
            let inside = joined_up(cursor, tools)?;
            return cursor.eat(")").then_some(inside);
        }
        single(cursor, tools)
    })
}

/// One condition: about the time, an argument, or the caller. What can be about an argument and about the caller is
/// not guessed.
fn single(cursor: &mut Cursor<'_>, tools: &[&Tool]) -> Option<Condition> {
    let subject = times::subject(cursor);
    if let Some(time) = times::condition(cursor, tools, false) {
        if let Some(word) = subject.filter(|word| !matches!(fields::find(tools, &[word]), Ok(None))) {
            cursor.ground.stop(format!(
                "`the {word}` can be an argument of the tool or the time of the call; say `the current {word}`"
            ));
        }
        return Some(time);
    }
    let (mut of_call, mut of_caller) = (*cursor, *cursor);
    let field = comparisons::condition(&mut of_call, tools);
    let noun = claims::about(&mut of_caller);
    match (field, noun) {
        (Some(_), Some(_)) if !says_whose(cursor) && !says_claim(cursor) => {
            let named = nouns::undecided(cursor);
            cursor.ground.stop(match named {
                Some((words, _)) => of_either(&words),
                None => EITHER.to_owned(),
            });
            None
        }
        // `the claim type` is the argument of that name where there is one.
        (Some(field), other) if other.is_none() || says_claim(cursor) => {
            if let Some(word) = is_a_caller(cursor) {
                cursor.ground.stop(format!(
                    "`the {word}` can be who calls the tool or an argument of it; say `the {word} argument`, or `whose username is`"
                ));
            }
            *cursor = of_call;
            Some(field)
        }
        (_, Some(claim)) => {
            if let Some(why) = may_be_an_argument(cursor, tools, &claim) {
                cursor.ground.stop(why);
            }
            *cursor = of_caller;
            Some(claim)
        }
        (_, None) => None,
    }
}
