//! MCP servers: their tools, and what else they have that no policy governs (service.md 11.7).

mod asked;
mod list;
mod pass;
mod sessions;

use super::failure::{Failure, shortened};
use super::http::Http;
use super::{Invocation, Limits, ToolResult, written};
use crate::backend::tools::{McpSession, why};
use asked::ask;
use reqwest::Url;
use rmcp::model::{CallToolRequestParams, ClientRequest, Request, ServerResult};
use rmcp::service::ServiceError;
use serde_json::{Map, Value};
use sessions::{Of, Sessions};
use std::sync::Arc;

pub(super) use pass::Pass;
pub use pass::{Behind, JsonRpcError, Passed};

/// The servers behind gateways.
#[derive(Debug)]
pub(super) struct Servers {
    sessions: Arc<Sessions>,
    limits: Limits,
}

impl Servers {
    pub fn new(http: Http, limits: Limits) -> Self {
        Self {
            sessions: Arc::new(Sessions::new(http, limits)),
            limits,
        }
    }

    /// Calls a tool by its own name; the result is passed on as it is.
    pub async fn call(&self, endpoint: &Url, call: Invocation<'_>) -> Result<ToolResult, Failure> {
        written(call.arguments, self.limits.arguments)?;
        let of = Of {
            gateway: call.gateway_id,
            target: call.target_id,
            endpoint,
            passed_on: call.passed_on,
            session: call.session,
        };
        let session = self.session(of).await?;
        let params =
            CallToolRequestParams::new(call.tool.name.clone()).with_arguments(call.arguments.clone());
        match ask(&session, ClientRequest::CallToolRequest(Request::new(params))).await {
            Ok(result) => Ok(ToolResult::of_server(complete(&result)?)),
            Err(error) => {
                self.forget(of, &session);
                Err(refused(endpoint, &error))
            }
        }
    }

    async fn session(&self, of: Of<'_>) -> Result<Arc<McpSession>, Failure> {
        let (begun, shown) = (Sessions::of(&self.sessions, of).await, shown(of.endpoint));
        begun.map_err(|why| {
            let why = discreet(&why, of.endpoint);
            Failure::Server(format!("The MCP server {shown} cannot be used: {why}"))
        })
    }

    /// A session whose connection is lost is not used again.
    fn forget(&self, of: Of<'_>, session: &McpSession) {
        if sessions::is_over(session) {
            self.sessions.forget(of);
        }
    }

    /// Ends all sessions that were begun for a session of a client.
    pub fn end(&self, gateway: &str, session: &str) {
        self.sessions.end(gateway, session);
    }
}

/// A failure that is the server's or of the way to it.
fn refused(endpoint: &Url, error: &ServiceError) -> Failure {
    let shown = shown(endpoint);
    Failure::Server(if let ServiceError::McpError(error) = error {
        let (message, code) = (shortened(&error.message), error.code.0);
        format!("The MCP server {shown} refused the call: {message} ({code})")
    } else {
        let why = discreet(&why(error), endpoint);
        format!("The MCP server {shown} did not answer: {why}")
    })
}

/// An endpoint as callers see it: what else a URL holds may be a key.
fn shown(endpoint: &Url) -> String {
    format!("{}{}", endpoint.origin().ascii_serialization(), endpoint.path())
}

/// The words of a client that name the endpoint, for callers.
fn discreet(words: &str, endpoint: &Url) -> String {
    let words = words.replace(endpoint.as_str(), &shown(endpoint));
    match endpoint.query() {
        Some(query) => words.replace(&format!("?{query}"), ""),
        None => words,
    }
}

/// The members of a whole result, as it is. Not of one that asks the client for something: the gateway does not pass that on.
fn complete(result: &ServerResult) -> Result<Map<String, Value>, Failure> {
    let asks = |what: &str| {
        Err(Failure::Server(format!(
            "The MCP server answers with {what}, which the local backend does not pass on"
        )))
    };
    if let ServerResult::InputRequiredResult(_) = result {
        return asks("a request for input");
    }
    if let ServerResult::CreateTaskResult(_) = result {
        return asks("a task");
    }
    members(result)
}

/// The members of a value, without the one by which newer versions of MCP tell results apart: the gateway speaks the
/// version of its own client.
fn members(value: &impl serde::Serialize) -> Result<Map<String, Value>, Failure> {
    match serde_json::to_value(value) {
        Ok(Value::Object(mut members)) => {
            members.remove("resultType");
            Ok(members)
        }
        Ok(_) => Err(Failure::Server(
            "The answer of an MCP server is no object".to_owned(),
        )),
        Err(error) => Err(Failure::Server(format!(
            "The answer of an MCP server cannot be written: {error}"
        ))),
    }
}
