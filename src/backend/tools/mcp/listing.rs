//! The tools of an MCP `tools/list`, whether a server answers it or a document holds it.

use crate::backend::tools::ToolsError;
use crate::backend::tools::document::shallow;
use crate::backend::tools::error::Place;
use crate::backend::tools::json_schema;
use crate::model::{Protocol, Tool};
use serde_json::Value;

/// The tools of a static list: the result of a `tools/list` (`{"tools": [..]}`), or the list alone. Schemas in it are
/// well-formed: whoever wrote the list can repair it.
pub(in crate::backend::tools) fn tools(target: &str, document: &Value) -> Result<Vec<Tool>, ToolsError> {
    let (list, place) = match document.get("tools") {
        Some(list) => (list, Place::root().at("tools")),
        None => (document, Place::root()),
    };
    let list = list.as_array().ok_or_else(|| {
        place.refuse(r#"must be a list of MCP tools, or an object such as {"tools": [{"name": .., "inputSchema": ..}]}"#)
    })?;
    list.iter()
        .enumerate()
        .map(|(index, tool)| {
            let place = place.at(index);
            let tool = self::tool(target, tool, &place)?;
            well_formed(&tool, &place)?;
            Ok(tool)
        })
        .collect()
}

/// Refuses a tool whose schemas are not written as such.
pub(super) fn well_formed(tool: &Tool, place: &Place) -> Result<(), ToolsError> {
    json_schema::check(&tool.input, &place.at("inputSchema"))?;
    match &tool.output {
        Some(output) => json_schema::check(output, &place.at("outputSchema")),
        None => Ok(()),
    }
}

/// One tool as MCP has it: name and `inputSchema`; the description and an `outputSchema` may be missing.
pub(super) fn tool(target: &str, tool: &Value, place: &Place) -> Result<Tool, ToolsError> {
    shallow(tool, place)?;
    let name = tool.get("name").and_then(Value::as_str);
    let name = name.ok_or_else(|| place.refuse("must have a name that is a string"))?;
    let schema = |member: &str| match tool.get(member) {
        None | Some(Value::Null) => Ok(None),
        Some(schema) if schema.get("type").and_then(Value::as_str) == Some("object") => {
            Ok(Some(schema.clone()))
        }
        Some(_) => Err(place
            .at(member)
            .refuse("must be a JSON Schema of the type object")),
    };
    Ok(Tool {
        target: target.to_owned(),
        name: name.to_owned(),
        description: tool
            .get("description")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned(),
        input: schema("inputSchema")?.ok_or_else(|| place.refuse("must have an inputSchema"))?,
        output: schema("outputSchema")?,
        protocol: Protocol::Mcp,
    })
}
