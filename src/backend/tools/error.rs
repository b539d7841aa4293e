//! Why a configuration gives no tools.

use std::fmt;

/// Characters of one text; a status reason holds no more than 2048 (service.md A.4, `StatusReason`).
const LONGEST_TEXT: usize = 2000;
/// Characters of one name in a place; names come from documents and may be of any length.
const LONGEST_NAME: usize = 128;

/// One line for the caller: what cannot be used, where it stands, what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ToolsError(String);

impl ToolsError {
    /// Says this, cut off where a status reason would be.
    pub fn new(text: impl AsRef<str>) -> Self {
        let text = text.as_ref();
        match text.char_indices().nth(LONGEST_TEXT) {
            Some((end, _)) => Self(format!("{}...", text.get(..end).unwrap_or_default())),
            None => Self(text.to_owned()),
        }
    }
}

/// A place in a document, written as a JSON pointer in a fragment: `#/paths/~1pets/get`.
#[derive(Clone, Debug)]
pub(super) struct Place(String);

impl Place {
    /// The document itself.
    pub fn root() -> Self {
        Self("#".to_owned())
    }

    /// The place that a reference such as `#/components/schemas/Pet` names.
    pub fn of(reference: &str) -> Self {
        Self(reference.chars().take(4 * LONGEST_NAME).collect())
    }

    /// The member or element with this name in it.
    pub fn at(&self, name: impl fmt::Display) -> Self {
        let name: String = name.to_string().chars().take(LONGEST_NAME).collect();
        Self(format!(
            "{}/{}",
            self.0,
            name.replace('~', "~0").replace('/', "~1")
        ))
    }

    /// Says what is wrong with what stands there.
    pub fn refuse(&self, what: impl fmt::Display) -> ToolsError {
        ToolsError::new(format!("{} {what}", self.0))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_fits_into_a_status_reason_and_a_place_is_a_json_pointer() {
        let long = ToolsError::new("ä".repeat(5000)).to_string();
        assert_eq!(long.chars().count(), LONGEST_TEXT + 3);
        let place = Place::root().at("paths").at("/pets/~x").at(0);
        assert_eq!(place.to_string(), "#/paths/~1pets~1~0x/0");
        assert_eq!(place.refuse("is odd").to_string(), "#/paths/~1pets~1~0x/0 is odd");
        assert!(Place::root().at("n".repeat(9000)).to_string().len() < 200);
    }
}
