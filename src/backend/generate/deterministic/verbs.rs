//! Several verbs of one object: `create, update and search tickets`.

use super::cursor::{Cursor, is_structure};
use super::meaning::Choice;
use super::tools::{self, Found, Marker, Meant};
use crate::model::Tool;

/// The longest name of what is done, in words.
const LONGEST_OBJECT: usize = 5;

/// Tools that were named, and why they may be fewer than are meant.
#[derive(Debug, Default)]
pub(super) struct Named {
    pub choice: Choice,
    pub doubt: Option<String>,
}

impl Named {
    pub fn add(&mut self, found: Found, doubt: Option<String>) {
        let Choice { tools, targets } = &mut self.choice;
        match found.meant {
            Meant::Tool(index) if !tools.contains(&index) => tools.push(index),
            Meant::Target(target) if !targets.contains(&target) => targets.push(target),
            Meant::Tool(_) | Meant::Target(_) => {}
        }
        self.doubt = self.doubt.take().or(doubt);
    }
}

/// Whether a condition or an exception follows.
pub(super) fn has_a_clause(cursor: &Cursor<'_>) -> bool {
    const BEGINNINGS: [&str; 8] = [
        "when", "whenever", "if", "where", "while", "unless", "except", "provided",
    ];
    let mut rest = (0..).map_while(|ahead| cursor.peek_at(ahead));
    rest.any(|token| BEGINNINGS.iter().any(|word| token.is(word)))
}

/// The tools that do each of it; none unless there is one for every verb.
pub(super) fn of_one_object(cursor: &mut Cursor<'_>) -> Option<Named> {
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
            let mut named = Named::default();
            for verb in &verbs {
                let (found, doubt) = done(cursor, verb, &object)?;
                named.add(found, doubt);
            }
            cursor.advance(count);
            Some(named)
        })
    })
}

/// The tool that does this to the object, unless the verb alone may be another; and why it may be one of several.
fn done(cursor: &Cursor<'_>, verb: &str, object: &[&str]) -> Option<(Found, Option<String>)> {
    let known = cursor.ground.tools;
    let (found, doubt) = doing(known, verb, object)?;
    let is_other = match tools::find(known, &[verb], Marker::None, None) {
        Ok(None) => false,
        Ok(Some(alone)) => alone.meant != found.meant,
        Err(_) => true,
    };
    if is_other {
        cursor.ground.stop_understood(format!(
            "`{verb}` can be a tool or be said of what stands behind it; name the tool with its target"
        ));
    }
    (!found.made).then_some((found, doubt))
}

/// The tool that does this to the object, and why it may be one of several.
pub(super) fn doing(known: &[Tool], verb: &str, object: &[&str]) -> Option<(Found, Option<String>)> {
    let all: Vec<&str> = std::iter::once(verb).chain(object.iter().copied()).collect();
    let found = tools::find(known, &all, Marker::None, None).ok()??;
    let Meant::Tool(place) = found.meant else {
        return None;
    };
    let doubt = tools::another(known, place, &all, &all);
    Some((found, doubt))
}
