//! Schemas of tools.

mod groups;
mod mapping;
mod reduction;

use super::*;
use crate::model::Target;
use serde_json::{Value, json};

/// A tool with this input schema.
fn tool(target: &str, name: &str, input: Value) -> Tool {
    Tool {
        target: target.to_owned(),
        name: name.to_owned(),
        description: String::new(),
        input,
        output: None,
        protocol: Protocol::Mcp,
    }
}

fn target(name: &str, protocol: Protocol) -> Target {
    Target {
        name: name.to_owned(),
        protocol,
    }
}

/// A tool of target `T` whose input has one required property `p` of this schema.
fn of_property(property: &Value) -> Tool {
    tool(
        "T",
        "t",
        json!({"type": "object", "properties": {"p": property}, "required": ["p"]}),
    )
}
