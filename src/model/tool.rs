//! A tool behind a gateway, as policies see it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a target of a gateway offers under one name.
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
}

impl Tool {
    /// The id of its action, and the name under which the gateway lists it: target and tool with three underscores
    /// between them (service.md section 3).
    #[must_use]
    pub fn action_id(&self) -> String {
        format!("{}___{}", self.target, self.name)
    }
}
