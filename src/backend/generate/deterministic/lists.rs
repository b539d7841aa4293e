//! Values in a row: joined by `or`, by `and` where each is had, by commas.

use super::cursor::{Cursor, is_structure};
use super::fields;
use super::nouns::noun;
use super::tokens::Kind;
use super::values::Takes;
use super::who;
use crate::model::Tool;

/// What joins several values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Series {
    Or,
    And,
}

/// Values, joined by commas and a last `or` or `and`.
pub(super) fn series(cursor: &mut Cursor<'_>, takes: Takes) -> Option<(Vec<String>, Series)> {
    let and = cursor.attempt(|cursor| {
        let mut values = vec![cursor.value(takes)?.to_owned()];
        loop {
            let joined = cursor.eat_any(&[", and", "and", ","])?;
            values.push(further(cursor, takes)?);
            if joined != "," {
                return Some(values);
            }
        }
    });
    match and {
        Some(values) => Some((values, Series::And)),
        None => values(cursor, takes).map(|values| (values, Series::Or)),
    }
}

/// Values, joined by commas and `or`.
pub(super) fn values(cursor: &mut Cursor<'_>, takes: Takes) -> Option<Vec<String>> {
    let mut values = vec![cursor.value(takes)?.to_owned()];
    let mut ended = true;
    while let Some((more, last)) = cursor.attempt(|cursor| {
        let joined = cursor.eat_any(&[", or", "or", ","])?;
        // `role a or scope b` begins another claim.
        if { *cursor }.attempt(noun).is_some() {
            return None;
        }
        Some((further(cursor, takes)?, joined != ","))
    }) {
        values.push(more);
        ended = last;
    }
    // A comma alone may join anything.
    ended.then_some(values)
}

/// A value behind another one. A word that names an argument may begin the next condition (`role is admin or amount and
/// note are provided`), and one for callers may begin others: `users with role guest or users with role contractor`.
fn further(cursor: &mut Cursor<'_>, takes: Takes) -> Option<String> {
    let token = cursor.peek()?;
    let tools = cursor.ground.tools.iter();
    let names_one = |tool: &Tool| !matches!(fields::find(&[tool], &[&token.text]), Ok(None));
    if token.kind != Kind::Quoted && tools.into_iter().any(names_one) {
        cursor.doubt();
        return None;
    }
    if who::is_a_pronoun(token) {
        return None;
    }
    let value = cursor.value(takes)?.to_owned();
    if !is_whole(*cursor) {
        return None;
    }
    if who::is_of_several(token) {
        cursor.ground.stop(format!(
            "`{value}` can be one more value or begin other callers; put a value in quotes, and say other callers in a sentence \
             of their own"
        ));
    } else if cursor.stands(&QUALITIES) {
        cursor.ground.stop(format!(
            "what stands behind `{value}` can be about it alone or about all that is said before it; say each in a sentence \
             of its own"
        ));
    }
    Some(value)
}

/// What begins a quality of callers: behind the last of several values it may be of other callers, or of the last alone.
const QUALITIES: [&str; 12] = [
    "with", "without", "who", "whose", "that", "which", "having", "holding", "in", "of", "named", "called",
];

/// Whether a value ends here: what follows neither asks something of it nor goes on with a name.
pub(super) fn is_whole(mut behind: Cursor<'_>) -> bool {
    const VERBS: [&str; 22] = [
        "is", "are", "has", "have", "equals", "equal", "was", "under", "below", "over", "above", "less",
        "more", "fewer", "greater", "exceeds", "contains", "includes", "between", "does", "do", "exceed",
    ];
    let Some(next) = behind.peek() else { return true };
    match next.kind {
        Kind::Claims(_) => true,
        Kind::Quoted => false,
        Kind::Sign => next.is(",") || next.is(")") || next.is("("),
        Kind::Word if is_structure(next) => !VERBS.iter().any(|verb| next.is(verb)),
        Kind::Word => noun(&mut behind).is_some(),
    }
}

/// `is neither a nor b`, `is not a`. `is not a or b` can be read in two ways.
pub(super) fn values_after_not(cursor: &mut Cursor<'_>, phrase: &str, takes: Takes) -> Option<Vec<String>> {
    let mut values = vec![cursor.value(takes)?.to_owned()];
    if phrase == "is neither" {
        cursor.eat_any(&["nor"])?;
        values.push(further(cursor, takes)?);
    }
    Some(values)
}

/// A list behind `one of`: its last element may be joined by `and`, too.
pub(super) fn list(cursor: &mut Cursor<'_>, takes: Takes) -> Option<Vec<String>> {
    let mut values = vec![cursor.value(takes)?.to_owned()];
    while let Some(more) = cursor.attempt(|cursor| {
        cursor.eat_any(&[", or", ", and", "or", "and", ","])?;
        further(cursor, takes)
    }) {
        values.push(more);
    }
    Some(values)
}
