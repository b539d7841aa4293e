//! From text to JSON: documents that users hand in, JSON or YAML, within bounds.

use super::ToolsError;
use super::error::Place;
use serde_json::Value;

/// Bytes of a document in a request: AWS's quota "gateway target inline schema definition size".
pub(super) const LARGEST_INLINE: usize = 1024 * 1024;
/// Bytes of a document in a bucket: as AWS bounds a Smithy model (DOC(gateway-building-smithy-targets)).
pub(super) const LARGEST_STORED: usize = 10 * 1024 * 1024;
/// Levels of objects and arrays within one another.
const DEEPEST: usize = 64;
/// Values that the aliases of a YAML document may add: an alias of aliases multiplies.
const MOST_ALIASED: usize = 10_000;
/// Parser events of a YAML document; each value is one or two.
const MOST_EVENTS: usize = 2_000_000;

/// A document in a request.
pub(super) fn inline(text: &str) -> Result<Value, ToolsError> {
    if text.len() > LARGEST_INLINE {
        return Err(ToolsError::new(format!(
            "The inline document has {} bytes and may have {LARGEST_INLINE}: put it into a bucket",
            text.len()
        )));
    }
    parse(text)
}

/// Reads a document: JSON when it begins as an object or array of JSON does, YAML otherwise.
pub(super) fn parse(text: &str) -> Result<Value, ToolsError> {
    let text = text.trim_start_matches('\u{feff}');
    let document = if text.trim_start().starts_with(['{', '[']) {
        serde_json::from_str(text).map_err(|error| format!("JSON: {error}"))
    } else {
        serde_saphyr::from_str_with_options(text, options()).map_err(|error| {
            // The first line says what and where; the others show the source.
            format!("YAML: {}", error.to_string().lines().next().unwrap_or_default())
        })
    };
    let document =
        document.map_err(|error| ToolsError::new(format!("The document cannot be read as {error}")))?;
    shallow(&document, &Place::root())?;
    Ok(document)
}

fn options() -> serde_saphyr::Options {
    serde_saphyr::options! {
        strict_booleans: true,
        budget: serde_saphyr::budget! {
            max_depth: 2 * DEEPEST,
            max_events: MOST_EVENTS,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: MOST_ALIASED,
        },
    }
}

/// Sets a member of an object; what is no object has none.
pub(super) fn set(object: &mut Value, name: &str, value: Value) {
    if let Value::Object(members) = object {
        members.insert(name.to_owned(), value);
    }
}

/// Refuses what nests its values deeper than a document may.
pub(super) fn shallow(value: &Value, place: &Place) -> Result<(), ToolsError> {
    if deeper_than(value, DEEPEST) {
        return Err(place.refuse(format!("nests its values more than {DEEPEST} levels deep")));
    }
    Ok(())
}

/// Whether a value holds more levels of objects and arrays than these.
fn deeper_than(value: &Value, levels: usize) -> bool {
    match value {
        Value::Array(elements) => levels == 0 || elements.iter().any(|inner| deeper_than(inner, levels - 1)),
        Value::Object(members) => levels == 0 || members.values().any(|inner| deeper_than(inner, levels - 1)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn json_and_yaml_give_the_same_value() {
        let value = json!({"openapi": "3.0.0", "responses": {"200": {"description": "yes", "on": true}}});
        assert_eq!(parse(&value.to_string()).unwrap(), value);
        let yaml = "\u{feff}openapi: 3.0.0\nresponses:\n  200:\n    description: 'yes'\n    on: true\n";
        assert_eq!(parse(yaml).unwrap(), value);
        assert_eq!(
            parse("a: &x [1, 2]\nb: *x\n").unwrap(),
            json!({"a": [1, 2], "b": [1, 2]})
        );
    }

    #[test]
    fn only_what_yaml_1_2_calls_a_truth_is_one() {
        assert_eq!(
            parse("required: [on, off, yes, no, y, n, true, false]\n").unwrap(),
            json!({"required": ["on", "off", "yes", "no", "y", "n", true, false]})
        );
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_place() {
        assert!(
            told(r#"{"a": 1,}"#).starts_with("The document cannot be read as JSON: trailing comma at line 1")
        );
        let yaml = told("a: 1\nb: [1, 2\n");
        assert!(
            yaml.starts_with("The document cannot be read as YAML: "),
            "{yaml}"
        );
        assert!(yaml.contains("line "), "{yaml}");
        assert!(
            told("a: 1\na: 2\n").contains("duplicate"),
            "{}",
            told("a: 1\na: 2\n")
        );
    }

    #[test]
    fn hostile_documents_are_bounded() {
        let deep = format!("{}{}", "[".repeat(65), "]".repeat(65));
        assert!(told(&deep).contains("64 levels"), "{}", told(&deep));
        assert!(parse(&format!("{}{}", "[".repeat(64), "]".repeat(64))).is_ok());
        assert!(told(&"[".repeat(1_000_000)).contains("JSON"));
        assert!(told(&format!("a: {}", "[".repeat(100_000))).contains("YAML"));
        let level = |level: usize| {
            format!(
                "a{}: &a{} [{}]
",
                level,
                level,
                vec![format!("*a{}", level - 1); 10].join(", ")
            )
        };
        let laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]
"
        .to_owned()
            + &(1..10).map(level).collect::<String>();
        assert!(told(&laughs).contains("alias"), "{}", told(&laughs));
        let large = format!("\"{}\"", "x".repeat(LARGEST_INLINE));
        assert!(inline(&large).unwrap_err().to_string().contains("1048578 bytes"));
    }
}
