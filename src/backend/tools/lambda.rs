//! Tools of a Lambda target: `ToolDefinitions` of the model (service.md 9.7).
//!
//! Inline they came through the wire, which knows the shape; from a bucket they come as anything. Both are held to the
//! same rules, so that a schema means the same wherever it is kept.

use super::ToolsError;
use super::document::shallow;
use super::error::Place;
use crate::model::{Protocol, Tool};
use serde_json::{Map, Value};

/// The members of a `SchemaDefinition`: no enum, format, null, additionalProperties, $ref or anyOf.
const MEMBERS: [&str; 5] = ["type", "properties", "required", "items", "description"];
/// `SchemaType` of the model.
const TYPES: [&str; 6] = ["string", "number", "object", "array", "boolean", "integer"];

/// The tools of a list of `ToolDefinition`s.
pub(super) fn tools(target: &str, definitions: &Value) -> Result<Vec<Tool>, ToolsError> {
    let place = Place::root();
    let definitions = definitions
        .as_array()
        .ok_or_else(|| place.refuse("must be a list of tool definitions"))?;
    definitions
        .iter()
        .enumerate()
        .map(|(index, definition)| tool(target, definition, &place.at(index)))
        .collect()
}

fn tool(target: &str, definition: &Value, place: &Place) -> Result<Tool, ToolsError> {
    shallow(definition, place)?;
    let text = |name: &str| {
        definition
            .get(name)
            .and_then(Value::as_str)
            .map(str::to_owned)
            .ok_or_else(|| place.refuse(format!("must have a {name} that is a string")))
    };
    let schema = |name: &str, schema: &Value| {
        let place = place.at(name);
        let schema = definition_of(schema, &place)?;
        match schema.get("type").and_then(Value::as_str) {
            Some("object") => Ok(Value::Object(schema)),
            _ => Err(place.refuse("must have the type object: arguments and results have names")),
        }
    };
    let (name, description) = (text("name")?, text("description")?);
    let input = definition
        .get("inputSchema")
        .ok_or_else(|| place.refuse("must have an inputSchema"))?;
    let output = definition.get("outputSchema");
    Ok(Tool {
        target: target.to_owned(),
        name,
        description,
        input: schema("inputSchema", input)?,
        output: output.map(|output| schema("outputSchema", output)).transpose()?,
        protocol: Protocol::Mcp,
    })
}

/// A `SchemaDefinition`, which is a JSON Schema as it stands.
fn definition_of(schema: &Value, place: &Place) -> Result<Map<String, Value>, ToolsError> {
    let members = schema
        .as_object()
        .ok_or_else(|| place.refuse("must be an object"))?;
    if let Some(unknown) = members.keys().find(|name| !MEMBERS.contains(&name.as_str())) {
        return Err(place.at(unknown).refuse(format!(
            "is not taken: the schema of a Lambda tool has only {}",
            MEMBERS.join(", ")
        )));
    }
    if !members
        .get("type")
        .and_then(Value::as_str)
        .is_some_and(|kind| TYPES.contains(&kind))
    {
        return Err(place
            .at("type")
            .refuse(format!("must be one of {}", TYPES.join(", "))));
    }
    if let Some(properties) = members.get("properties") {
        let place = place.at("properties");
        let properties = properties
            .as_object()
            .ok_or_else(|| place.refuse("must be an object"))?;
        for (name, property) in properties {
            definition_of(property, &place.at(name))?;
        }
    }
    if let Some(items) = members.get("items") {
        definition_of(items, &place.at("items"))?;
    }
    if members.get("description").is_some_and(|text| !text.is_string()) {
        return Err(place.at("description").refuse("must be a string"));
    }
    let names = members.get("required").map(|names| names.as_array());
    if names.is_some_and(|names| !names.is_some_and(|names| names.iter().all(Value::is_string))) {
        return Err(place.at("required").refuse("must be a list of strings"));
    }
    Ok(members.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(definitions: &Value) -> String {
        tools("T", definitions).unwrap_err().to_string()
    }

    fn with(change: impl FnOnce(&mut Value)) -> Value {
        let mut definitions = json!([{
            "name": "process_refund",
            "description": "Refunds an order",
            "inputSchema": {
                "type": "object",
                "properties": {
                    "amount": {"type": "integer", "description": "In cents"},
                    "tags": {"type": "array", "items": {"type": "string"}},
                },
                "required": ["amount"],
            },
            "outputSchema": {"type": "object", "properties": {"refundId": {"type": "string"}}},
        }]);
        change(&mut definitions[0]);
        definitions
    }

    #[test]
    fn a_definition_is_a_tool_with_its_schemas_as_they_stand() {
        let definitions = with(|_| {});
        let tools = tools("RefundTool", &definitions).unwrap();
        assert_eq!(tools[0].action_id(), "RefundTool___process_refund");
        assert_eq!(tools[0].description, "Refunds an order");
        assert_eq!(tools[0].input, definitions[0]["inputSchema"]);
        assert_eq!(tools[0].output.as_ref(), Some(&definitions[0]["outputSchema"]));
    }

    #[test]
    fn what_is_no_definition_is_told_with_its_place() {
        assert_eq!(told(&json!({})), "# must be a list of tool definitions");
        for (definitions, expected) in [
            (
                with(|it| it["name"] = json!(1)),
                "#/0 must have a name that is a string",
            ),
            (
                with(|it| {
                    it.as_object_mut().unwrap().remove("inputSchema");
                }),
                "#/0 must have an inputSchema",
            ),
            (
                with(|it| it["inputSchema"] = json!({"type": "string"})),
                "#/0/inputSchema must have the type object: arguments and results have names",
            ),
            (
                with(|it| it["inputSchema"]["properties"]["amount"]["enum"] = json!([1])),
                "#/0/inputSchema/properties/amount/enum is not taken: the schema of a Lambda tool has only type, \
                 properties, required, items, description",
            ),
            (
                with(|it| it["inputSchema"]["properties"]["tags"]["items"]["type"] = json!("null")),
                "#/0/inputSchema/properties/tags/items/type must be one of string, number, object, array, boolean, \
                 integer",
            ),
            (
                with(|it| it["inputSchema"]["required"] = json!(["a", 1])),
                "#/0/inputSchema/required must be a list of strings",
            ),
        ] {
            assert_eq!(told(&definitions), expected);
        }
    }

    #[test]
    fn a_deep_schema_is_bounded() {
        let mut schema = json!({"type": "string"});
        for _ in 0..100 {
            schema = json!({"type": "array", "items": schema});
        }
        let definitions = with(|it| it["inputSchema"]["properties"]["deep"] = schema);
        assert_eq!(
            told(&definitions),
            "#/0 nests its values more than 64 levels deep"
        );
    }
}
