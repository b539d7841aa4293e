//! From the configuration of a gateway target to the tools behind it.

use crate::model::Tool;
use async_trait::async_trait;
use serde_json::Value;

/// Where the tools of a target come from.
///
/// A configuration is the `TargetConfiguration` of the API as it came over the wire, within the model's bounds.
#[async_trait]
pub trait ToolSource: Send + Sync + std::fmt::Debug {
    /// The tools of the target with this name. May ask other servers, and take as long as they do.
    async fn tools(&self, target: &str, configuration: &Value) -> Result<Vec<Tool>, ToolsError>;

    /// Whether a request with this configuration is taken at all; asks nobody.
    fn check(&self, configuration: &Value) -> Result<(), ToolsError>;
}

/// Why a configuration gives no tools: one sentence, shown to whoever made the target.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ToolsError(pub String);
