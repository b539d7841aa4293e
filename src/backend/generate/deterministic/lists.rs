//! Values in a row: joined by `or`, by `and` where each is had, by commas.

use super::cursor::{Cursor, is_structure};
use super::fields;
use super::nouns::noun;
use super::tokens::Kind;
use super::values::Takes;
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
            if !is_whole(*cursor) {
                return None;
            }
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
        let value = further(cursor, takes)?;
        is_whole(*cursor).then_some((value, joined != ","))
    }) {
        values.push(more);
        ended = last;
    }
    // A comma alone may join anything.
    ended.then_some(values)
}

/// A value behind another one. A word that names an argument may begin the next condition: `role is admin or amount and
/// note are provided`.
fn further(cursor: &mut Cursor<'_>, takes: Takes) -> Option<String> {
    let token = cursor.peek()?;
    let tools = cursor.ground.tools.iter();
    let names_one = |tool: &Tool| !matches!(fields::find(&[tool], &[&token.text]), Ok(None));
    if token.kind != Kind::Quoted && tools.into_iter().any(names_one) {
        cursor.doubt();
        return None;
    }
    cursor.value(takes).map(str::to_owned)
}

/// Whether a value ends here: what follows neither asks something of it nor goes on with a name.
fn is_whole(mut behind: Cursor<'_>) -> bool {
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
        values.push(cursor.value(takes)?.to_owned());
    }
    Some(values)
}

/// A list behind `one of`: its last element may be joined by `and`, too.
pub(super) fn list(cursor: &mut Cursor<'_>, takes: Takes) -> Option<Vec<String>> {
    let mut values = vec![cursor.value(takes)?.to_owned()];
    while let Some(more) = cursor.attempt(|cursor| {
        cursor.eat_any(&[", or", ", and", "or", "and", ","])?;
        let value = further(cursor, takes)?;
        is_whole(*cursor).then_some(value)
    }) {
        values.push(more);
    }
    Some(values)
}
