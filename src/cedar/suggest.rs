//! Suggestions that do not change from one run to the next.
//!
//! For a name that the schema does not have, Cedar suggests the nearest one it has. It walks a hash
//! map, so of several names that are equally near another one comes out each time, and a message
//! built from it would change without a cause.

use std::str::FromStr;

use crate::model::edits;
use cedar_policy::{EntityUid, Schema};

/// The same help, but of several names that are equally near the first in alphabetical order.
pub(super) fn settle(schema: &Schema, message: &str, help: String) -> String {
    let Some(suggested) = help
        .strip_prefix("did you mean `")
        .and_then(|rest| rest.strip_suffix("`?"))
    else {
        return help;
    };
    let nearest = if let Some(action) = quoted_after(message, "unrecognized action `") {
        // Cedar compares the bare id with the full names.
        let Ok(uid) = EntityUid::from_str(action) else {
            return help;
        };
        nearest(
            uid.id().unescaped(),
            suggested,
            schema.actions().map(ToString::to_string),
        )
    } else if let Some(entity_type) = quoted_after(message, "unrecognized entity type `") {
        nearest(
            entity_type,
            suggested,
            schema.entity_types().map(ToString::to_string),
        )
    } else {
        return help;
    };
    format!("did you mean `{nearest}`?")
}

/// What stands between `before` and the last backtick.
fn quoted_after<'a>(message: &'a str, before: &str) -> Option<&'a str> {
    message.split_once(before)?.1.strip_suffix('`')
}

/// The first name, in alphabetical order, that is as near to `wanted` as `suggested` is.
fn nearest(wanted: &str, suggested: &str, names: impl Iterator<Item = String>) -> String {
    let distance = edits(wanted, suggested);
    names
        .filter(|name| edits(wanted, name) == distance)
        .min()
        .unwrap_or_else(|| suggested.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_names_that_are_equally_near_the_first_is_suggested() {
        let names = ["d", "b", "c"].map(str::to_owned);
        assert_eq!(nearest("a", "c", names.into_iter()), "b");
    }

    #[test]
    fn other_help_is_left_alone() {
        let schema = Schema::from_str("").expect("an empty schema");
        for help in ["did you mean `output`?", "try something"] {
            assert_eq!(
                settle(&schema, "attribute `input` not found", help.to_owned()),
                help
            );
        }
    }
}
