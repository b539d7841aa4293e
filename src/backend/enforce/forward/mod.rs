//! Calling the tool behind a gateway target, after the call was authorized.
//!
//! What is sent is the value that was authorized, written anew; never the bytes that came. Nothing that happens on the way is an
//! error of the gateway: it is a result with `isError: true` (service.md 11.5). Every call has a time limit, both directions have a
//! size limit, redirects are not followed, and a call that is cancelled or dropped stops: connections close, programs are killed.

mod failure;
mod http;
mod lambda;
mod mcp;
mod openapi;
mod passed_on;
mod places;
mod result;
#[cfg(test)]
mod tests;

use crate::backend::tools::{Callee, Targets};
use crate::model::Tool;
use failure::Failure;
use http::Http;
use lambda::Lambda;
use mcp::{Pass, Servers};
use openapi::Apis;
use places::Places;
use serde_json::{Map, Value};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

pub use lambda::LambdaEndpoint;
pub use mcp::{Behind, JsonRpcError, Passed};
pub use passed_on::PassedOn;
pub use result::ToolResult;

/// What calls may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For one call, with all waiting.
    pub time: Duration,
    /// Bytes of the arguments as JSON; Lambda takes 6 MB.
    pub arguments: usize,
    /// Bytes of an answer; Lambda gives 6 MB.
    pub answer: usize,
    /// Calls at a time, of all targets; fewer than there are connections. More are turned away.
    pub calls: usize,
    /// Calls at a time of one target.
    pub calls_of_target: usize,
    /// Programs at a time that stand for Lambda functions; calls wait for one within their time.
    pub programs: usize,
    /// Sessions with MCP servers that are kept.
    pub sessions: usize,
    /// How long such a session is kept when nothing is called in it.
    pub session_idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            time: Duration::from_mins(1),
            arguments: 6 * 1024 * 1024,
            answer: 6 * 1024 * 1024,
            calls: 384,
            calls_of_target: 128,
            programs: 16,
            sessions: 256,
            session_idle: Duration::from_mins(5),
        }
    }
}

/// How tools are called.
#[derive(Clone, Debug, Default)]
pub struct ForwardConfig {
    /// Where Lambda functions run.
    pub lambda_endpoints: Vec<LambdaEndpoint>,
    /// Variables of this process that programs must not see.
    pub hidden_variables: Vec<String>,
    /// What calls may take.
    pub limits: Limits,
}

/// Why there can be no [`Forward`].
#[derive(Debug, thiserror::Error)]
pub enum ForwardError {
    /// Two endpoints of one function.
    #[error("--lambda-endpoint {0} is given twice; give each ARN once")]
    Twice(String),
    /// TLS cannot be set up.
    #[error("no HTTP client can be made: {0}")]
    Client(#[from] reqwest::Error),
}

/// A call that was authorized.
#[derive(Clone, Copy, Debug)]
pub struct Invocation<'a> {
    /// Id of the gateway.
    pub gateway_id: &'a str,
    /// Id of the target.
    pub target_id: &'a str,
    /// Its `targetConfiguration`, as it came over the wire.
    pub configuration: &'a Value,
    /// The client's session with the gateway, if it has one: no other client may know it.
    pub session: Option<&'a str>,
    /// The tool.
    pub tool: &'a Tool,
    /// The arguments, as they were authorized.
    pub arguments: &'a Map<String, Value>,
    /// What else of the client's request is passed on.
    pub passed_on: &'a PassedOn,
    /// The id of the JSON-RPC request.
    pub message_id: &'a Value,
    /// The id of the HTTP request.
    pub request_id: &'a str,
}

/// Calls tools.
#[derive(Debug)]
pub struct Forward {
    targets: Targets,
    limits: Limits,
    places: Places,
    lambda: Lambda,
    servers: Servers,
    apis: Apis,
}

impl Forward {
    /// Asks the endpoints that may be asked for tools.
    ///
    /// # Errors
    /// [`ForwardError`] when the configuration cannot be used.
    pub fn new(config: ForwardConfig, targets: Targets) -> Result<Self, ForwardError> {
        let ForwardConfig {
            lambda_endpoints,
            hidden_variables,
            limits,
        } = config;
        let http = Http::new()?;
        Ok(Self {
            lambda: Lambda::new(lambda_endpoints, hidden_variables, http.clone(), limits)?,
            servers: Servers::new(http.clone(), limits),
            apis: Apis::new(targets.clone(), http, limits),
            targets,
            limits,
            places: Places::new(limits.calls, limits.calls_of_target),
        })
    }

    /// Calls the tool. Whatever happens is a result; `cancelled` stops the work, and so does dropping the future.
    pub async fn call(&self, call: Invocation<'_>, cancelled: &CancellationToken) -> ToolResult {
        let time = self.limits.time;
        tokio::select! {
            biased;
            () = cancelled.cancelled() => Failure::Cancelled.into(),
            called = tokio::time::timeout(time, self.reach(call)) => match called {
                Ok(called) => called.unwrap_or_else(ToolResult::from),
                Err(_) => Failure::Late(time).into(),
            },
        }
    }

    /// Answers a request that no policy governs (service.md 11.7), over all targets of the gateway: `prompts/list`,
    /// `prompts/get`, `resources/list`, `resources/read` and `resources/templates/list`.
    ///
    /// # Errors
    /// The `error` of the answer; a server's own is passed on as it is.
    pub async fn pass(
        &self,
        request: Passed<'_>,
        targets: &[Behind<'_>],
        cancelled: &CancellationToken,
    ) -> Result<Value, JsonRpcError> {
        let time = self.limits.time;
        let _place = self.places.take(request.gateway_id, "")?;
        let pass = Pass::new(&self.servers, &self.targets, request, self.limits, targets);
        tokio::select! {
            biased;
            () = cancelled.cancelled() => Err(Failure::Cancelled.into()),
            answered = tokio::time::timeout(time, pass.answer()) => {
                answered.unwrap_or_else(|_| Err(Failure::Late(time).into()))
            }
        }
    }

    /// Ends what is kept for a client's session with a gateway, which has ended.
    pub fn end_session(&self, gateway_id: &str, session: &str) {
        self.servers.end(gateway_id, session);
    }

    async fn reach(&self, call: Invocation<'_>) -> Result<ToolResult, Failure> {
        let _place = self.places.take(call.gateway_id, call.target_id)?;
        match self.targets.callee(call.configuration)? {
            Callee::Lambda { arn } => self.lambda.invoke(arn, call).await,
            Callee::McpServer { endpoint } => self.servers.call(&endpoint, call).await,
            Callee::OpenApi => self.apis.call(call).await,
            Callee::Unserved(kind) => Err(Failure::Unserved(kind)),
        }
    }
}

/// A value as JSON, within its bound.
fn written(value: &impl serde::Serialize, most: usize) -> Result<Vec<u8>, Failure> {
    // A map with names that are strings can always be written.
    let text = serde_json::to_vec(value).map_err(|error| Failure::Invalid(error.to_string()))?;
    if text.len() > most {
        return Err(Failure::LargeArguments {
            bytes: text.len(),
            most,
        });
    }
    Ok(text)
}
