//! What is behind a gateway, as policies see it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What stands between the name of a target and that of its tool: three underscores (service.md section 3).
pub const BETWEEN: &str = "___";

/// How what a target offers is called, and so which of the fixed actions it is in (service.md 9.6, 10.3).
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub enum Protocol {
    /// As the tools of an MCP server.
    #[default]
    Mcp,
    /// By method and path.
    Http,
}

/// A target of a gateway, which is an action group (service.md 10.2).
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Target {
    /// Its name; hyphens are allowed.
    pub name: String,
    /// How what it offers is called.
    pub protocol: Protocol,
}

/// What gateways offer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Offer {
    /// Their targets, also those that offer nothing that is known.
    pub targets: Vec<Target>,
    /// What the targets offer.
    pub tools: Vec<Tool>,
}

impl Offer {
    /// Adds what others offer.
    pub fn extend(&mut self, other: Self) {
        self.targets.extend(other.targets);
        self.tools.extend(other.tools);
    }
}

/// What a target of a gateway offers under one name: a tool, or the operation of an API that is called by method and
/// path, which is named `POST:/invocations` then (service.md 10.2).
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Tool {
    /// Name of the target, such as `RefundTarget`; hyphens are allowed.
    pub target: String,
    /// Name of the tool in its target, such as `process_refund`.
    pub name: String,
    /// What it is for, in words.
    pub description: String,
    /// JSON Schema of its arguments; an object.
    pub input: Value,
    /// JSON Schema of its result, if it has one.
    pub output: Option<Value>,
    /// How it is called.
    #[serde(default)]
    pub protocol: Protocol,
}

impl Tool {
    /// The id of its action, and the name under which the gateway lists it: target, [`BETWEEN`], tool.
    #[must_use]
    pub fn action_id(&self) -> String {
        format!("{}{BETWEEN}{}", self.target, self.name)
    }
}
