//! What is called behind a target (service.md 9.6): where its tools are, not what they are.

use super::arm::{Arm, Payload, Reader, arm, member, text};
use super::openapi::Call;
use super::source::{MCP_SERVER, blocking};
use super::{Targets, ToolsError, api_gateway, document, openapi};
use reqwest::Url;
use serde_json::Value;
use std::collections::HashMap;
use std::time::SystemTime;

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
    /// The operations of an OpenAPI document, or of the export of a REST API; [`Targets::calls`] says how.
    OpenApi,
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
                    .check(MCP_SERVER, text(inner, "endpoint", "mcp.mcpServer.endpoint")?)?,
            }),
            "openApiSchema" | "apiGateway" => Ok(Callee::OpenApi),
            other => Ok(Callee::Unserved(format!("mcp.{other}"))),
        }
    }

    /// How the tools of a target with an OpenAPI document or export are called, by their names.
    ///
    /// # Errors
    /// [`ToolsError`] when the document cannot be used any more.
    pub async fn calls(&self, configuration: &Value) -> Result<HashMap<String, Call>, ToolsError> {
        let (targets, configuration) = (self.clone(), configuration.clone());
        blocking(move || match arm(&configuration)? {
            Arm::Document(Reader::OpenApi, Payload::Inline(Value::String(text))) => {
                openapi::calls(&document::inline(text)?)
            }
            Arm::Document(Reader::OpenApi, Payload::Inline(_)) => {
                Err(ToolsError::new("The inline document must be a string"))
            }
            Arm::Document(Reader::OpenApi, Payload::Stored(uri)) => targets.stored(uri, openapi::calls),
            Arm::ApiGateway {
                api,
                stage,
                configuration,
            } => targets.exported(api, stage, |export| api_gateway::calls(configuration, export)),
            Arm::Document(..) | Arm::McpServer { .. } | Arm::Runtime | Arm::Proxied => Ok(HashMap::new()),
        })
        .await
    }

    /// What differs when a document that is not in the configuration was written anew.
    pub fn written(&self, configuration: &Value) -> Option<(SystemTime, u64)> {
        match arm(configuration).ok()? {
            Arm::Document(_, Payload::Stored(uri)) => self.buckets.locate(uri).ok()?.written(),
            Arm::ApiGateway { api, stage, .. } => self.rest_apis.locate(api, stage).ok()?.written(),
            Arm::Document(_, Payload::Inline(_)) | Arm::McpServer { .. } | Arm::Runtime | Arm::Proxied => {
                None
            }
        }
    }

    /// The URL of an API that may be called: as of the endpoints of MCP servers.
    ///
    /// # Errors
    /// [`ToolsError`] when it may not.
    pub fn api(&self, url: &str) -> Result<Url, ToolsError> {
        self.endpoints.check("server URL of the OpenAPI document", url)
    }
}
