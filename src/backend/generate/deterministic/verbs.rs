//! Several verbs of one object: `create, update and search tickets`.

use super::cursor::{Cursor, is_structure};
use super::meaning::Choice;
use super::tools::{self, Marker, Meant};

/// The longest name of what is done, in words.
const LONGEST_OBJECT: usize = 5;

/// The tools that do each of it; none unless there is one for every verb.
pub(super) fn of_one_object(cursor: &mut Cursor<'_>) -> Option<Choice> {
    cursor.looking(|cursor| {
        let mut verbs = Vec::new();
        loop {
            let verb = cursor
                .peek()
                .filter(|token| token.is_word() && !is_structure(token))?;
            cursor.advance_quietly(1);
            verbs.push(verb.text.as_str());
            if cursor.eat_any(&[", and", ", or", "and", "or", ","]).is_none() {
                break;
            }
        }
        if verbs.len() < 2 {
            return None;
        }
        cursor.eat_article();
        let longest = cursor.run(LONGEST_OBJECT);
        (1..=longest).rev().find_map(|count| {
            let object = cursor.texts(count);
            let places: Option<Vec<usize>> = verbs.iter().map(|verb| done(cursor, verb, &object)).collect();
            let tools = places?;
            cursor.advance(count);
            Some(Choice {
                tools,
                targets: Vec::new(),
            })
        })
    })
}

/// The tool that does this to the object, unless the verb alone may be another.
fn done(cursor: &Cursor<'_>, verb: &str, object: &[&str]) -> Option<usize> {
    let known = cursor.ground.tools;
    let all: Vec<&str> = std::iter::once(verb).chain(object.iter().copied()).collect();
    let found = tools::find(known, &all, Marker::None, None).ok()??;
    let Meant::Tool(place) = found.meant else {
        return None;
    };
    let alone = tools::find(known, &[verb], Marker::None, None);
    let is_other = match alone {
        Ok(None) => false,
        Ok(Some(alone)) => alone.meant != found.meant,
        Err(_) => true,
    };
    if is_other {
        cursor.ground.stop_understood(format!(
            "`{verb}` can be a tool or be said of what stands behind it; name the tool with its target"
        ));
    }
    (!found.made).then_some(place)
}
