//! What a call of a tool came to, as MCP says it.

use super::failure::Failure;
use serde_json::{Map, Value, json};

/// A `CallToolResult` of MCP: `content`, `isError`, and `structuredContent` and `_meta` where the tool has them.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolResult(Map<String, Value>);

impl ToolResult {
    /// What the tool answered (service.md 11.5): one text, and the object that it is, if that is wanted.
    pub(super) fn text(text: &str, structured: Option<Map<String, Value>>) -> Self {
        let mut result = said(text, false);
        if let Some(structured) = structured {
            result.insert("structuredContent".to_owned(), Value::Object(structured));
        }
        Self(result)
    }

    /// A failure of the tool or of the way to it, in this text (service.md 11.5).
    pub fn failed(text: &str) -> Self {
        Self(said(text, true))
    }

    /// The result of an MCP server, as it is.
    pub(super) fn of_server(mut result: Map<String, Value>) -> Self {
        // MCP may leave them out; a gateway says always whether it failed (service.md 11.5).
        result.entry("content").or_insert_with(|| json!([]));
        result.entry("isError").or_insert(Value::Bool(false));
        Self(result)
    }

    /// Whether the tool, or the way to it, failed.
    #[cfg(test)]
    pub fn is_error(&self) -> bool {
        self.0.get("isError") == Some(&Value::Bool(true))
    }

    /// The `result` of the answer.
    #[must_use]
    pub fn into_value(self) -> Value {
        Value::Object(self.0)
    }
}

impl From<Failure> for ToolResult {
    fn from(failure: Failure) -> Self {
        Self::failed(&failure.to_string())
    }
}

fn said(text: &str, failed: bool) -> Map<String, Value> {
    Map::from_iter([
        ("content".to_owned(), json!([{"type": "text", "text": text}])),
        ("isError".to_owned(), Value::Bool(failed)),
    ])
}
