//! Names of tools within one target.
//!
//! The model bounds them by nothing (`ToolDefinition.name` is a `String`); a name is part of an action id, and MCP
//! calls a tool by it, so it says something and is unique.

use super::ToolsError;
use crate::model::Tool;
use std::collections::HashSet;

/// Tools of one target: AWS's default quota "tools per target".
pub(super) const MOST_TOOLS: usize = 1000;

/// The tools, when each has a name of its own.
pub(super) fn distinct(tools: Vec<Tool>) -> Result<Vec<Tool>, ToolsError> {
    if tools.len() > MOST_TOOLS {
        return Err(ToolsError::new(format!(
            "The target has {} tools and may have {MOST_TOOLS}: split it",
            tools.len()
        )));
    }
    let mut seen = HashSet::new();
    for tool in &tools {
        if tool.name.trim().is_empty() {
            return Err(ToolsError::new(
                "A tool has an empty name: name each tool of the target",
            ));
        }
        if !seen.insert(tool.name.as_str()) {
            return Err(ToolsError::new(format!(
                "More than one tool is named `{}`: the names of a target's tools must differ",
                tool.name
            )));
        }
    }
    Ok(tools)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn named(names: &[&str]) -> Result<Vec<Tool>, String> {
        let tool = |name: &&str| Tool {
            target: "T".to_owned(),
            name: (*name).to_owned(),
            description: String::new(),
            input: json!({"type": "object"}),
            output: None,
            protocol: crate::model::Protocol::Mcp,
        };
        distinct(names.iter().map(tool).collect()).map_err(|error| error.to_string())
    }

    #[test]
    fn names_differ_and_are_not_empty_and_tools_are_bounded() {
        assert_eq!(named(&["a", "A", "a-b", "a b"]).unwrap().len(), 4);
        assert_eq!(
            named(&["a", "b", "a"]).unwrap_err(),
            "More than one tool is named `a`: the names of a target's tools must differ"
        );
        assert!(named(&["a", " "]).unwrap_err().contains("empty name"));
        let many: Vec<String> = (0..=MOST_TOOLS).map(|n| n.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(named(&many[1..]).is_ok());
        assert!(named(&many).unwrap_err().contains("1001 tools"));
    }
}
