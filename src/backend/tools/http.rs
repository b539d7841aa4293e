//! What targets that are reached over HTTP offer (service.md 10.2): operations, named by method and path.
//!
//! They come from the OpenAPI document of the target. What is public leaves a few things open, and the narrowest reading
//! is taken. An agent in AgentCore Runtime is invoked by `POST /invocations`, whether a document says so or not; a
//! document can add other methods of that path, and no other path. An API that is proxied has the operations of its
//! document, each under the path as it is written there, and without a document none that is known: its target is an
//! action group all the same. `context.input` is the JSON body alone (no parameter of path, query or headers), and has
//! only what the document says; without a document, and without a body of named members, it is empty.

use super::ToolsError;
use super::budget::Budget;
use super::openapi::{self, Operation};
use crate::model::{Protocol, Tool};
use serde_json::{Value, json};

/// The path by which AgentCore Runtime invokes an agent.
const INVOCATIONS: &str = "/invocations";

/// `POST:/invocations` of an agent that no document describes.
pub(super) fn invocation(target: &str) -> Tool {
    Tool {
        target: target.to_owned(),
        name: format!("POST:{INVOCATIONS}"),
        description: String::new(),
        input: json!({"type": "object"}),
        output: None,
        protocol: Protocol::Http,
    }
}

/// What an agent in AgentCore Runtime offers by its document.
pub(super) fn of_runtime(target: &str, document: &Value) -> Result<Vec<Tool>, ToolsError> {
    let mut tools = read(target, document, |operation| operation.path == INVOCATIONS)?;
    let invocation = invocation(target);
    if tools.iter().all(|tool| tool.name != invocation.name) {
        tools.push(invocation);
    }
    Ok(tools)
}

/// What an API offers by its document.
pub(super) fn of_proxied(target: &str, document: &Value) -> Result<Vec<Tool>, ToolsError> {
    read(target, document, |_| true)
}

fn read(
    target: &str,
    document: &Value,
    wanted: impl Fn(&Operation<'_>) -> bool,
) -> Result<Vec<Tool>, ToolsError> {
    openapi::version(document)?;
    let mut budget = Budget::new();
    let operations = openapi::operations(document)?;
    let wanted = operations.iter().filter(|operation| wanted(operation));
    wanted
        .map(|operation| operation.over_http(target, &mut budget))
        .collect()
}
