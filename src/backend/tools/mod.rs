//! What a gateway target offers: its configuration becomes tools with JSON Schemas.
//!
//! [`ToolSource`] is the door. `check` is what a request is refused for at once, `tools` is what happens while the
//! target is CREATING or SYNCHRONIZING.

mod api_gateway;
mod arm;
mod bucket;
mod budget;
mod callee;
mod client;
mod definitions;
mod document;
mod endpoint;
mod error;
#[cfg(test)]
mod fuzz;
mod http;
mod json_schema;
mod lambda;
mod listed;
mod mcp;
mod names;
mod openapi;
mod rest_api;
mod smithy;
mod source;
#[cfg(test)]
mod tests;

use crate::model::Tool;
use async_trait::async_trait;
use serde_json::Value;
use std::fmt::Debug;

pub use callee::Callee;
pub use client::{client, is_near};
pub use endpoint::is_named;
pub use error::ToolsError;
pub use listed::listed;
pub use mcp::{McpSession, causes, connect, why};
pub use openapi::{Call, CallError, Request};
pub use source::{Targets, TargetsConfig};

/// Where the tools of targets come from.
#[async_trait]
pub trait ToolSource: Send + Sync + Debug {
    /// The tools of the target of this name with this `TargetConfiguration` (as it came over the wire), always in the
    /// same order. A target that is no source of tools has none. May ask other servers, and take as long as they do,
    /// within bounds.
    ///
    /// # Errors
    /// [`ToolsError`] says in one line what cannot be used and what to do; it is the target's `statusReasons`.
    async fn tools(&self, target: &str, configuration: &Value) -> Result<Vec<Tool>, ToolsError>;

    /// Refuses at once what can be seen without asking anyone: an arm that is not supported, an inline document that
    /// cannot be used, an endpoint that may not be asked.
    ///
    /// # Errors
    /// [`ToolsError`], as of [`ToolSource::tools`].
    fn check(&self, configuration: &Value) -> Result<(), ToolsError>;
}
