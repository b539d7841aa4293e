//! What is called behind a target (service.md 9.6): where its tools are, not what they are.

use super::arm::{member, text};
use super::{Targets, ToolsError};
use reqwest::Url;
use serde_json::Value;

/// What a gateway calls when a tool of a target is called.
#[derive(Debug, PartialEq)]
pub enum Callee<'a> {
    /// A Lambda function.
    Lambda {
        /// Its ARN.
        arn: &'a str,
    },
    /// An MCP server, also when its tools are a static list (service.md 9.7).
    McpServer {
        /// Its URL, which may be asked.
        endpoint: Url,
    },
    /// What the local backend lists and does not call: the place in the configuration.
    Unserved(String),
}

impl Targets {
    /// What is behind a target with this `TargetConfiguration`.
    ///
    /// # Errors
    /// [`ToolsError`] when the configuration cannot be used, or names an endpoint that may not be asked.
    pub fn callee<'a>(&self, configuration: &'a Value) -> Result<Callee<'a>, ToolsError> {
        let (kind, inner) = member(configuration)?;
        if kind != "mcp" {
            return Ok(Callee::Unserved(kind.to_owned()));
        }
        let (kind, inner) = member(inner)?;
        match kind {
            "lambda" => Ok(Callee::Lambda {
                arn: text(inner, "lambdaArn", "mcp.lambda.lambdaArn")?,
            }),
            "mcpServer" => Ok(Callee::McpServer {
                endpoint: self
                    .endpoints
                    .check(text(inner, "endpoint", "mcp.mcpServer.endpoint")?)?,
            }),
            other => Ok(Callee::Unserved(format!("mcp.{other}"))),
        }
    }
}
