//! Tools of a Lambda target: `ToolDefinitions` of the model (service.md 9.7).

use super::ToolsError;
use crate::model::Tool;
use serde_json::Value;

/// The tools of a list of `ToolDefinition`s.
pub(super) fn tools(target: &str, definitions: &Value) -> Result<Vec<Tool>, ToolsError> {
    let definitions = definitions
        .as_array()
        .ok_or_else(|| ToolsError::new("The tool schema must be a JSON list of tool definitions"))?;
    definitions
        .iter()
        .enumerate()
        .map(|(index, definition)| tool(target, index, definition))
        .collect()
}

fn tool(target: &str, index: usize, definition: &Value) -> Result<Tool, ToolsError> {
    let member = |name: &str| {
        definition
            .get(name)
            .ok_or_else(|| ToolsError::new(format!("Tool definition {index} must have a {name}")))
    };
    let text = |name: &str| {
        member(name)?
            .as_str()
            .map(str::to_owned)
            .ok_or_else(|| ToolsError::new(format!("The {name} of tool definition {index} must be a string")))
    };
    Ok(Tool {
        target: target.to_owned(),
        name: text("name")?,
        description: text("description")?,
        input: member("inputSchema")?.clone(),
        output: definition.get("outputSchema").cloned(),
    })
}
