//! The methods that always pass (service.md 11.7): prompts and resources of the MCP servers behind a gateway.
//!
//! How AgentCore makes one list of several is not public; this is ours. Prompts have the prefix of their target, as tools have
//! (service.md 11.2); resources keep their URIs, and of two with one URI the first target's counts. A server that cannot be asked
//! adds nothing to a list, and the log says so.

use super::super::failure::Failure;
use super::super::{Limits, PassedOn};
use super::asked::ask;
use super::list::List;
use super::sessions::Of;
use super::{Servers, complete, discreet};
use crate::backend::tools::{Callee, McpSession, Targets, why};
use crate::model::BETWEEN;
use futures::StreamExt as _;
use futures::stream;
use reqwest::Url;
use rmcp::model::{ClientRequest, GetPromptRequestParams, ReadResourceRequestParams, Request, ServerResult};
use rmcp::service::ServiceError;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::sync::Arc;

/// Servers that are asked at the same time.
const AT_ONCE: usize = 8;

/// A target of the gateway.
#[derive(Clone, Debug)]
pub struct Behind<'a> {
    /// Its id.
    pub target_id: &'a str,
    /// Its name.
    pub target_name: &'a str,
    /// Its `targetConfiguration`, as it came over the wire.
    pub configuration: &'a Value,
    /// What of the client's request it is told beside the parameters.
    pub passed_on: PassedOn,
}

/// A request that no policy governs.
#[derive(Clone, Copy, Debug)]
pub struct Passed<'a> {
    /// Id of the gateway.
    pub gateway_id: &'a str,
    /// The client's session with the gateway, if it has one.
    pub session: Option<&'a str>,
    /// The method.
    pub method: &'a str,
    /// Its `params`; null when there are none.
    pub params: &'a Value,
}

/// The `error` of a JSON-RPC answer.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonRpcError {
    /// Its code.
    pub code: i64,
    /// Its text.
    pub message: String,
    /// What a server adds.
    pub data: Option<Value>,
}

impl JsonRpcError {
    const METHOD_NOT_FOUND: i64 = -32601;
    const INVALID_PARAMS: i64 = -32602;
    const INTERNAL: i64 = -32603;
    /// MCP's code of a resource that is not there.
    const RESOURCE_NOT_FOUND: i64 = -32002;

    fn new(code: i64, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            data: None,
        }
    }

    fn of_server(error: &ServiceError, endpoint: &Url) -> Self {
        let ServiceError::McpError(error) = error else {
            return Self::new(
                Self::INTERNAL,
                format!(
                    "The MCP server did not answer: {}",
                    discreet(&why(error), endpoint)
                ),
            );
        };
        Self {
            code: error.code.0.into(),
            message: error.message.to_string(),
            data: error.data.clone(),
        }
    }
}

impl From<Failure> for JsonRpcError {
    fn from(failure: Failure) -> Self {
        Self::new(Self::INTERNAL, failure.to_string())
    }
}

/// A target that is an MCP server.
struct Server<'a> {
    behind: &'a Behind<'a>,
    endpoint: Url,
}

/// One request with all that answers it.
pub(in super::super) struct Pass<'a> {
    servers: &'a Servers,
    request: Passed<'a>,
    limits: Limits,
    all: Vec<Server<'a>>,
}

impl<'a> Pass<'a> {
    /// Over the targets that are MCP servers; the others have neither prompts nor resources.
    pub fn new(
        servers: &'a Servers,
        targets: &Targets,
        request: Passed<'a>,
        limits: Limits,
        behind: &'a [Behind<'a>],
    ) -> Self {
        let all = behind
            .iter()
            .filter_map(|behind| match targets.callee(behind.configuration) {
                Ok(Callee::McpServer { endpoint }) => Some(Server { behind, endpoint }),
                Ok(Callee::Lambda { .. } | Callee::OpenApi | Callee::Unserved(_)) | Err(_) => None,
            });
        Self {
            servers,
            request,
            limits,
            all: all.collect(),
        }
    }

    pub async fn answer(&self) -> Result<Value, JsonRpcError> {
        match self.request.method {
            "prompts/list" => self.list(List::Prompts).await,
            "resources/list" => self.list(List::Resources).await,
            "resources/templates/list" => self.list(List::Templates).await,
            "prompts/get" => self.prompt().await,
            "resources/read" => self.resource().await,
            other => Err(JsonRpcError::new(
                JsonRpcError::METHOD_NOT_FOUND,
                format!("Method not found: {other}"),
            )),
        }
    }

    /// One page with what all have.
    async fn list(&self, list: List) -> Result<Value, JsonRpcError> {
        if self
            .request
            .params
            .get("cursor")
            .is_some_and(|cursor| !cursor.is_null())
        {
            return Err(JsonRpcError::new(
                JsonRpcError::INVALID_PARAMS,
                "The cursor is not known: the list has one page",
            ));
        }
        let mut seen = HashSet::new();
        let mut all = Vec::new();
        let mut bytes = 0_usize;
        for (server, entries) in self.entries(list).await {
            for mut entry in entries {
                let Some(Value::String(id)) = entry.get_mut(list.id()) else {
                    continue;
                };
                if list == List::Prompts {
                    *id = format!("{}{BETWEEN}{id}", server.behind.target_name);
                }
                if seen.insert(id.clone()) {
                    bytes = bytes.saturating_add(entry.to_string().len());
                    all.push(entry);
                }
            }
            if bytes > self.limits.answer {
                return Err(Failure::LargeAnswer(self.limits.answer).into());
            }
        }
        Ok(json!({list.member(): all}))
    }

    /// What each server that can be asked has, in the order of the targets.
    async fn entries(&self, list: List) -> Vec<(&Server<'a>, Vec<Value>)> {
        // All of them before the first is asked: what is left of the closure could not be sent between threads.
        let asked: Vec<_> = self.all.iter().map(|server| self.asked(server, list)).collect();
        stream::iter(asked).buffered(AT_ONCE).collect().await
    }

    async fn asked<'s>(&self, server: &'s Server<'a>, list: List) -> (&'s Server<'a>, Vec<Value>) {
        // One that is slow must not hold up the others for ever.
        let asked = tokio::time::timeout(self.limits.time / 2, self.of_one(server, list));
        let entries = asked
            .await
            .unwrap_or_else(|_| Err("it does not answer in time".to_owned()));
        if let Err(error) = &entries {
            let (target, list) = (server.behind.target_name, list.member());
            tracing::warn!(
                gateway_target = target,
                list,
                error,
                "an MCP server adds nothing to a list"
            );
        }
        (server, entries.unwrap_or_default())
    }

    async fn of_one(&self, server: &Server<'a>, list: List) -> Result<Vec<Value>, String> {
        let session = self.session(server).await.map_err(|error| error.to_string())?;
        if !list.offered(&session) {
            return Ok(Vec::new());
        }
        let entries = list.entries(&session).await;
        if entries.is_err() {
            self.servers.forget(self.of(server), &session);
        }
        entries
    }

    fn of<'s>(&self, server: &'s Server<'a>) -> Of<'s>
    where
        'a: 's,
    {
        Of {
            gateway: self.request.gateway_id,
            target: server.behind.target_id,
            endpoint: &server.endpoint,
            passed_on: &server.behind.passed_on,
            session: self.request.session,
        }
    }

    async fn session(&self, server: &Server<'a>) -> Result<Arc<McpSession>, Failure> {
        self.servers.session(self.of(server)).await
    }

    fn named(&self, member: &str) -> Result<&'a str, JsonRpcError> {
        let params: &'a Value = self.request.params;
        params.get(member).and_then(Value::as_str).ok_or_else(|| {
            JsonRpcError::new(
                JsonRpcError::INVALID_PARAMS,
                format!("Invalid params: {member} must be a string"),
            )
        })
    }

    async fn prompt(&self) -> Result<Value, JsonRpcError> {
        let name = self.named("name")?;
        let unknown = || JsonRpcError::new(JsonRpcError::INVALID_PARAMS, format!("Unknown prompt: {name}"));
        let (target, prompt) = name.split_once(BETWEEN).ok_or_else(unknown)?;
        let server = self.all.iter().find(|server| server.behind.target_name == target);
        let server = server.ok_or_else(unknown)?;
        let mut params = GetPromptRequestParams::new(prompt);
        params.arguments = match self.request.params.get("arguments") {
            None | Some(Value::Null) => None,
            Some(Value::Object(arguments)) => Some(arguments.clone()),
            Some(_) => {
                return Err(JsonRpcError::new(
                    JsonRpcError::INVALID_PARAMS,
                    "Invalid params: arguments must be an object",
                ));
            }
        };
        let session = self.session(server).await?;
        let request = ClientRequest::GetPromptRequest(Request::new(params));
        self.told(server, &session, ask(&session, request).await)
    }

    /// Of the server that lists the resource; when none does, as for one of a template, of the first that has it.
    async fn resource(&self) -> Result<Value, JsonRpcError> {
        let uri = self.named("uri")?;
        if let [only] = self.all.as_slice() {
            return self.read(only, uri).await;
        }
        let lists = self.entries(List::Resources).await;
        let has = |entries: &[Value]| {
            entries
                .iter()
                .any(|entry| entry.get("uri").and_then(Value::as_str) == Some(uri))
        };
        if let Some((server, _)) = lists.iter().find(|(_, entries)| has(entries)) {
            return self.read(server, uri).await;
        }
        for server in &self.all {
            if let Ok(read) = self.read(server, uri).await {
                return Ok(read);
            }
        }
        Err(not_found(uri))
    }

    async fn read(&self, server: &Server<'a>, uri: &str) -> Result<Value, JsonRpcError> {
        let session = self.session(server).await?;
        if !List::Resources.offered(&session) {
            return Err(not_found(uri));
        }
        let params = ReadResourceRequestParams::new(uri);
        let request = ClientRequest::ReadResourceRequest(Request::new(params));
        self.told(server, &session, ask(&session, request).await)
    }

    /// What a server answered, or its own error.
    fn told(
        &self,
        server: &Server<'a>,
        session: &McpSession,
        answer: Result<ServerResult, ServiceError>,
    ) -> Result<Value, JsonRpcError> {
        let answer = answer.map_err(|error| {
            self.servers.forget(self.of(server), session);
            JsonRpcError::of_server(&error, &server.endpoint)
        })?;
        Ok(Value::Object(complete(&answer)?))
    }
}

fn not_found(uri: &str) -> JsonRpcError {
    JsonRpcError {
        data: Some(json!({"uri": uri})),
        ..JsonRpcError::new(JsonRpcError::RESOURCE_NOT_FOUND, "Resource not found")
    }
}
