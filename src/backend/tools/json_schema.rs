//! What JSON Schemas of any source have in common, and whether one is written as one.

use super::ToolsError;
use super::error::Place;
use serde_json::{Map, Value};

/// The types of JSON Schema.
const TYPES: [&str; 7] = [
    "array", "boolean", "integer", "null", "number", "object", "string",
];
/// One that the open-source generator of Cedar schemas takes as well (service.md 10.5).
const FLOAT: &str = "float";
/// Members that hold schemas by name.
const MAPS: [&str; 4] = ["$defs", "definitions", "properties", "patternProperties"];
/// Members that hold a list of schemas.
const LISTS: [&str; 4] = ["allOf", "anyOf", "oneOf", "prefixItems"];
/// Members that hold a schema; `items` may hold a list of them, as in older drafts.
const SCHEMAS: [&str; 2] = ["additionalProperties", "items"];

/// Refuses what is no `type` of a schema.
pub(super) fn types(kind: Option<&Value>, place: &Place) -> Result<(), ToolsError> {
    let known = |kind: &Value| kind.as_str().is_some_and(|kind| TYPES.contains(&kind));
    let fits = match kind {
        None => true,
        Some(Value::Array(kinds)) => !kinds.is_empty() && kinds.iter().all(known),
        Some(kind) => known(kind),
    };
    if fits {
        return Ok(());
    }
    Err(place
        .at("type")
        .refuse(format!("must be one of {}", TYPES.join(", "))))
}

/// A list of names.
pub(super) fn names<'a>(list: &'a Value, place: &Place) -> Result<Vec<&'a str>, ToolsError> {
    let names = list
        .as_array()
        .and_then(|list| list.iter().map(Value::as_str).collect());
    names.ok_or_else(|| place.refuse("must be a list of strings"))
}

/// Refuses what is not written as a schema: of the parts that give a Cedar type, the first that is malformed. The value
/// is no deeper than a document may be.
pub(super) fn check(schema: &Value, place: &Place) -> Result<(), ToolsError> {
    let members = match schema {
        Value::Object(members) => members,
        Value::Bool(_) => return Ok(()),
        Value::Null | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            return Err(place.refuse("must be a schema"));
        }
    };
    let kind = members.get("type");
    types(kind.filter(|kind| kind.as_str() != Some(FLOAT)), place)?;
    if let Some(required) = members.get("required") {
        names(required, &place.at("required"))?;
    }
    check_parts(members, place)
}

fn check_parts(members: &Map<String, Value>, place: &Place) -> Result<(), ToolsError> {
    let part = |name: &'static str| Some((members.get(name)?, place.at(name)));
    for (map, place) in MAPS.into_iter().filter_map(part) {
        let map = map.as_object().ok_or_else(|| place.refuse("must be an object"))?;
        for (name, schema) in map {
            check(schema, &place.at(name))?;
        }
    }
    let list = |list: &Value, place: &Place| {
        let list = list.as_array().ok_or_else(|| place.refuse("must be a list"))?;
        let mut schemas = list.iter().enumerate();
        schemas.try_for_each(|(index, schema)| check(schema, &place.at(index)))
    };
    for (schemas, place) in LISTS.into_iter().filter_map(part) {
        list(schemas, &place)?;
    }
    for (schema, place) in SCHEMAS.into_iter().filter_map(part) {
        if schema.is_array() {
            list(schema, &place)?;
        } else {
            check(schema, &place)?;
        }
    }
    Ok(())
}
