//! The source of tools of the targets that a backend serves: what is read from where.

use super::arm::{Arm, Payload, Reader, arm};
use super::bucket::Buckets;
use super::endpoint::Endpoints;
use super::rest_api::RestApis;
use super::{ToolSource, ToolsError, api_gateway, document, http, lambda, mcp, names, openapi, smithy};
use crate::model::Tool;
use async_trait::async_trait;
use serde_json::Value;
use std::path::PathBuf;

/// How an endpoint is called when it may not be asked.
pub(super) const MCP_SERVER: &str = "MCP server endpoint";

/// What of the world a backend may read tools from.
#[derive(Clone, Debug, Default)]
pub struct TargetsConfig {
    /// Folders that stand for S3 buckets, by the name of the bucket.
    pub buckets: Vec<(String, PathBuf)>,
    /// Files that hold the OpenAPI export of a REST API, by its id or `id/stage`.
    pub rest_apis: Vec<(String, PathBuf)>,
    /// Host names of MCP servers that may be asked over `http://`; `*.` at the beginning stands for any labels.
    pub insecure_endpoints: Vec<String>,
}

/// The source of tools of the targets that a backend serves.
#[derive(Clone, Debug, Default)]
pub struct Targets {
    pub(super) buckets: Buckets,
    pub(super) rest_apis: RestApis,
    pub(super) endpoints: Endpoints,
}

impl Targets {
    /// Reads from there and nowhere else.
    ///
    /// # Errors
    /// [`ToolsError`] when a folder or file that is named is not there.
    pub fn new(config: TargetsConfig) -> Result<Self, ToolsError> {
        for (bucket, folder) in &config.buckets {
            if !folder.is_dir() {
                let folder = folder.display();
                return Err(ToolsError::new(format!(
                    "--s3-bucket {bucket}: {folder} is no folder; make it first"
                )));
            }
        }
        for (api, file) in &config.rest_apis {
            if !file.is_file() {
                let file = file.display();
                return Err(ToolsError::new(format!(
                    "--rest-api {api}: {file} is no file; export the API to it first"
                )));
            }
        }
        Ok(Self {
            buckets: Buckets::new(config.buckets),
            rest_apis: RestApis::new(config.rest_apis),
            endpoints: Endpoints::new(config.insecure_endpoints),
        })
    }

    /// The pattern of `http://` endpoints of MCP servers that may be asked, beside the model's `https://.*`.
    pub fn endpoint_pattern(&self) -> String {
        self.endpoints.pattern()
    }
}

#[async_trait]
impl ToolSource for Targets {
    async fn tools(&self, target: &str, configuration: &Value) -> Result<Vec<Tool>, ToolsError> {
        let tools = match arm(configuration)? {
            Arm::McpServer { endpoint } => {
                mcp::list(target, &self.endpoints.check(MCP_SERVER, endpoint)?).await?
            }
            Arm::Runtime => vec![http::invocation(target)],
            Arm::Proxied => Vec::new(),
            Arm::Document(..) | Arm::ApiGateway { .. } => {
                let (source, target, configuration) =
                    (self.clone(), target.to_owned(), configuration.clone());
                blocking(move || source.read(&target, &configuration)).await?
            }
        };
        names::distinct(tools)
    }

    fn check(&self, configuration: &Value) -> Result<(), ToolsError> {
        match arm(configuration)? {
            Arm::Document(reader, Payload::Inline(payload)) => {
                names::distinct(read_inline(reader, "", payload)?).map(drop)
            }
            Arm::Document(_, Payload::Stored(uri)) => self.buckets.locate(uri).map(drop),
            Arm::McpServer { endpoint } => self.endpoints.check(MCP_SERVER, endpoint).map(drop),
            Arm::ApiGateway { api, stage, .. } => self.rest_apis.locate(api, stage).map(drop),
            Arm::Runtime | Arm::Proxied => Ok(()),
        }
    }
}

impl Targets {
    /// What is read out of a document in a bucket.
    pub(super) fn stored<T>(
        &self,
        uri: &str,
        read: impl FnOnce(&Value) -> Result<T, ToolsError>,
    ) -> Result<T, ToolsError> {
        let text = self.buckets.locate(uri)?.read()?;
        document::parse(&text)
            .and_then(|document| read(&document))
            .map_err(|error| ToolsError::new(format!("{uri}: {error}")))
    }

    /// What is read out of the export of a REST API.
    pub(super) fn exported<T>(
        &self,
        api: &str,
        stage: &str,
        read: impl FnOnce(&Value) -> Result<T, ToolsError>,
    ) -> Result<T, ToolsError> {
        let text = self.rest_apis.locate(api, stage)?.read()?;
        document::parse(&text)
            .and_then(|export| read(&export))
            .map_err(|error| ToolsError::new(format!("REST API {api}/{stage}: {error}")))
    }

    /// The tools of a configuration that needs no server.
    fn read(&self, target: &str, configuration: &Value) -> Result<Vec<Tool>, ToolsError> {
        match arm(configuration)? {
            Arm::Document(reader, Payload::Inline(payload)) => read_inline(reader, target, payload),
            Arm::Document(reader, Payload::Stored(uri)) => {
                self.stored(uri, |document| read(reader, target, document))
            }
            Arm::ApiGateway {
                api,
                stage,
                configuration,
            } => self.exported(api, stage, |export| {
                api_gateway::tools(target, configuration, export)
            }),
            Arm::McpServer { .. } | Arm::Runtime | Arm::Proxied => Ok(Vec::new()),
        }
    }
}

/// The tools of a document in the request: a Lambda target's is a value already, the others are text.
fn read_inline(reader: Reader, target: &str, payload: &Value) -> Result<Vec<Tool>, ToolsError> {
    match (reader, payload) {
        (Reader::Lambda, definitions) => lambda::tools(target, definitions),
        (_, Value::String(text)) => read(reader, target, &document::inline(text)?),
        _ => Err(ToolsError::new("The inline document must be a string")),
    }
}

fn read(reader: Reader, target: &str, document: &Value) -> Result<Vec<Tool>, ToolsError> {
    match reader {
        Reader::Lambda => lambda::tools(target, document),
        Reader::Mcp => mcp::tools(target, document),
        Reader::OpenApi => openapi::tools(target, document),
        Reader::Smithy => smithy::tools(target, document),
        Reader::Runtime => http::of_runtime(target, document),
        Reader::Proxied => http::of_proxied(target, document),
    }
}

/// Reads beside what else this thread has to do, which large documents would hold up.
pub(super) async fn blocking<T: Send + 'static>(
    read: impl FnOnce() -> Result<T, ToolsError> + Send + 'static,
) -> Result<T, ToolsError> {
    tokio::task::spawn_blocking(read).await.unwrap_or_else(|error| {
        tracing::error!(%error, "the reader of a document panicked");
        Err(ToolsError::new(
            "The document could not be read: a fault of this backend, see its log",
        ))
    })
}
