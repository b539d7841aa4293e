//! References within a document: `{"$ref": "#/components/schemas/Pet"}`.

use crate::backend::tools::ToolsError;
use crate::backend::tools::error::Place;
use percent_encoding::percent_decode_str;
use serde_json::Value;

/// References that lead to one another; more of them are a circle.
const MOST_STEPS: usize = 32;

/// What a value stands for, and where that is, references followed.
pub(super) fn resolve<'a>(
    document: &'a Value,
    value: &'a Value,
    place: Place,
) -> Result<(&'a Value, Place), ToolsError> {
    let (mut value, mut place) = (value, place);
    for _ in 0..MOST_STEPS {
        let Some(reference) = value.get("$ref") else {
            return Ok((value, place));
        };
        let reference = reference
            .as_str()
            .ok_or_else(|| place.at("$ref").refuse("must be a string"))?;
        value = target(document, reference, &place)?;
        place = Place::of(reference);
    }
    Err(place.refuse("refers to itself in a circle"))
}

/// Where a chain of references ends: the last reference, and what it names.
pub(super) fn last<'a>(
    document: &'a Value,
    reference: &'a str,
    place: &Place,
) -> Result<(&'a str, &'a Value), ToolsError> {
    let mut reference = reference;
    let mut place = place.clone();
    for _ in 0..MOST_STEPS {
        let value = target(document, reference, &place)?;
        match value.get("$ref").and_then(Value::as_str) {
            Some(next) => {
                place = Place::of(reference);
                reference = next;
            }
            None => return Ok((reference, value)),
        }
    }
    Err(place.refuse("refers to itself in a circle"))
}

/// What a reference names.
fn target<'a>(document: &'a Value, reference: &str, place: &Place) -> Result<&'a Value, ToolsError> {
    let shown: String = reference.chars().take(256).collect();
    let place = place.at("$ref");
    let pointer = reference
        .strip_prefix('#')
        .filter(|pointer| pointer.is_empty() || pointer.starts_with('/'));
    let pointer = pointer.ok_or_else(|| {
        place.refuse(format!(
            "is {shown}, which is not within the document: put what it names under #/components and refer to that"
        ))
    })?;
    let pointer = percent_decode_str(pointer).decode_utf8_lossy();
    document
        .pointer(&pointer)
        .ok_or_else(|| place.refuse(format!("is {shown}, and nothing stands there")))
}
