//! A number of what an argument counts, named behind it: `to more than 10 replicas`, `for up to 7 nights`.

use super::amounts;
use super::cursor::Cursor;
use super::fields::{self, Field, Type, leaf};
use super::meaning::Condition;
use super::numbers;
use super::words::{nouns, same};
use crate::model::Tool;

/// How far behind the beginning the name may stand, and how long it may be, in words.
const FURTHEST: usize = 9;
const LONGEST: usize = 4;

/// The condition that begins here, of the one number of all these tools that is called by just these words.
pub(super) fn condition(cursor: &mut Cursor<'_>, tools: &[&Tool]) -> Option<Condition> {
    cursor.looking(|cursor| {
        cursor.eat_any(&["with", "for", "to"]);
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
        let (end, behind) = (cursor.at() + ahead, cursor.at() + ahead + count);
        let asked = amounts::numeric(cursor, &field)?;
        // `for up to 30 days` has the unit for a name.
        if cursor.at() == end {
            cursor.advance(count);
        }
        (cursor.at() == behind).then_some(asked)
    })
}

fn called(tools: &[&Tool], said: &[&str]) -> Option<Field> {
    let field = fields::find(tools, said).ok()??;
    let words: Vec<String> = said.iter().flat_map(|word| nouns(word)).collect();
    let is_whole = same(&words, &nouns(leaf(&field))) && field.path.0.len() == 1;
    (is_whole && matches!(field.of_type, Type::Long | Type::Decimal)).then_some(field)
}
