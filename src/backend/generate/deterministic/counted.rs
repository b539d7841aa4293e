//! A number of what an argument counts, named behind it: `to more than 10 replicas`, `for up to 7 nights`.

use super::amounts;
use super::cursor::Cursor;
use super::fields::{self, Field, Type, leaf};
use super::meaning::Condition;
use super::numbers;
use super::quantities::is_scaled;
use super::words::{noun, split};
use crate::model::Tool;

/// How far behind the beginning the name may stand, and how long it may be, in words.
const FURTHEST: usize = 9;
const LONGEST: usize = 4;

/// Words that say of a number that it is what the call makes of what there is.
const GOALS: [&str; 4] = ["desired", "target", "new", "requested"];
/// Words with which a number is not how many of them the call is about.
const OF_ELSE: [&str; 21] = [
    "per",
    "since",
    "until",
    "after",
    "before",
    "between",
    "past",
    "last",
    "previous",
    "next",
    "already",
    "current",
    "older",
    "newer",
    "inside",
    "index",
    "first",
    "minimum",
    "percentage",
    "percent",
    "each",
];

/// The condition that begins here, of the one number of all these tools that is called by just these words.
pub(super) fn condition(cursor: &mut Cursor<'_>, tools: &[&Tool]) -> Option<Condition> {
    cursor.looking(|cursor| {
        let word = cursor.eat_any(&["with", "for", "to"]);
        let compares = amounts::order(&mut { *cursor }).is_some() || cursor.stands(&["between"]);
        if !compares {
            return None;
        }
        let (ahead, count, field) = (1..FURTHEST).find_map(|ahead| {
            let mut name = *cursor;
            name.advance_quietly(ahead);
            let number = numbers::read(&name.before()?.text)?;
            let found = (1..=name.run(LONGEST))
                .rev()
                .find_map(|count| Some((ahead, count, called(tools, &name.texts(count))?)));
            found.filter(|_| number.currency.is_none())
        })?;
        // `with fewer than 10 replicas` is what has so many, before it gets others.
        if of_what(&field)? == Of::Goal && matches!(word, Some("with" | "for")) {
            return None;
        }
        let (end, behind) = (cursor.at() + ahead, cursor.at() + ahead + count);
        let asked = amounts::numeric(cursor, &field)?;
        // `for up to 30 days` has the unit for a name.
        if cursor.at() == end {
            cursor.advance(count);
        }
        (cursor.at() == behind).then_some(asked)
    })
}

/// The number that is called by these words as they are written, in the plural: `hour` is one of a day, and `page` one of many.
fn called(tools: &[&Tool], said: &[&str]) -> Option<Field> {
    let field = fields::find(tools, said).ok()??;
    let words: Vec<String> = said.iter().flat_map(|word| split(word)).collect();
    let is_whole = words == split(leaf(&field)) && field.path.0.len() == 1;
    let are_several = words
        .last()
        .is_some_and(|last| noun(last) != *last || last == "people");
    let is_number = matches!(field.of_type, Type::Long | Type::Decimal) && !is_scaled(&field);
    (is_whole && are_several && is_number).then_some(field)
}

/// What a number counts.
#[derive(PartialEq, Eq)]
enum Of {
    /// What there is, or is to be.
    Any,
    /// What is to be.
    Goal,
}

/// What the description says that it counts, if that is what its name says: `Number of checked bags`, `Duration in days`, `Hours
/// worked`, and not `Days since the last one`.
fn of_what(field: &Field) -> Option<Of> {
    let described = field.description.to_lowercase();
    let described = described.split(['.', ',', ';', '(']).next().unwrap_or_default();
    let words = split(described);
    let name = split(leaf(field)).pop()?;
    if words.is_empty() {
        return Some(Of::Any);
    }
    if words.iter().any(|word| OF_ELSE.contains(&word.as_str())) {
        return None;
    }
    let goal = words.iter().any(|word| GOALS.contains(&word.as_str()));
    let mut counts = words
        .iter()
        .skip_while(|word| !matches!(word.as_str(), "number" | "count" | "many"));
    let is_counted = counts.next().is_some() && counts.any(|word| *word == name);
    let is_unit = matches!(words.as_slice(), [.., within, last] if within == "in" && *last == name);
    let begins = words.first() == Some(&name);
    (is_counted || is_unit || begins).then_some(if goal { Of::Goal } else { Of::Any })
}
