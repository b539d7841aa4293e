//! Suggestions that do not change from one run to the next, nor with the part of a schema that is looked at.
//!
//! For a name that the schema does not have, Cedar suggests the nearest one it has. It walks a hash
//! map, so of several names that are equally near another one comes out each time, and a message
//! built from it would change without a cause. And it knows only the names of the schema that it
//! validates against, which here holds only what the statement can match.

use std::str::FromStr;

use cedar_policy::EntityUid;

use super::schema::Schema;
use crate::model::edits;

/// The help that Cedar gives for a message, computed from all names of the schema: of several names that are
/// equally near the first in alphabetical order.
pub(super) fn settle(schema: &Schema, message: &str, help: Option<String>) -> Option<String> {
    if let Some(action) = quoted_after(message, "unrecognized action `") {
        let Ok(uid) = EntityUid::from_str(action) else {
            return help;
        };
        let id = uid.id().unescaped();
        match typed_twice(id, schema) {
            Some(action) => Some(format!(
                "did you intend to include the type in action `{action}`?"
            )),
            // Cedar compares the bare id with the full names.
            None => nearest(id, schema.actions()),
        }
    } else if let Some(entity_type) = quoted_after(message, "unrecognized entity type `") {
        nearest(entity_type, schema.entity_types())
    } else {
        help
    }
}

/// What stands between `before` and the last backtick.
fn quoted_after<'a>(message: &'a str, before: &str) -> Option<&'a str> {
    message.split_once(before)?.1.strip_suffix('`')
}

/// The first action whose id holds this id with a type before it.
fn typed_twice(id: &str, schema: &Schema) -> Option<String> {
    let (bare, quoted) = (format!("Action::{id}"), format!("Action::\"{id}\""));
    schema
        .actions()
        .filter(|action| {
            EntityUid::from_str(action).is_ok_and(|uid| {
                let known = uid.id().unescaped();
                known.contains(&bare) || known.contains(&quoted)
            })
        })
        .min()
}

/// Cedar's sentence with the nearest name; the first of several in alphabetical order.
fn nearest(wanted: &str, names: impl Iterator<Item = String>) -> Option<String> {
    if wanted.is_empty() {
        return None;
    }
    let nearest = names.map(|name| (edits(wanted, &name), name)).min()?.1;
    Some(format!("did you mean `{nearest}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_names_that_are_equally_near_the_first_is_suggested() {
        let names = ["d", "b", "c"].map(str::to_owned);
        assert_eq!(
            nearest("a", names.into_iter()).as_deref(),
            Some("did you mean `b`?")
        );
        assert_eq!(nearest("", ["a".to_owned()].into_iter()), None);
    }

    #[test]
    fn other_help_is_left_alone() {
        for help in [Some("did you mean `output`?"), Some("try something"), None] {
            let help = help.map(str::to_owned);
            assert_eq!(
                settle(Schema::fixed(), "attribute `input` not found", help.clone()),
                help
            );
        }
    }
}
