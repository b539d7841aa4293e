//! Lambda functions (service.md 11.12): invoked as Lambda's own API has it, or programs that stand for them.

mod context;
mod endpoint;
mod program;

use super::failure::{Failure, shortened};
use super::http::{Answer, Http, ask};
use super::{ForwardError, Invocation, Limits, ToolResult, written};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use endpoint::{Runs, invocation};
use program::Run;
use reqwest::Url;
use serde_json::Value;
use std::collections::BTreeSet;
use tokio::sync::Semaphore;

pub use endpoint::LambdaEndpoint;

/// Where functions run, and how they are invoked.
#[derive(Debug)]
pub(super) struct Lambda {
    endpoints: Vec<LambdaEndpoint>,
    hidden: Vec<String>,
    http: Http,
    limits: Limits,
    programs: Semaphore,
}

impl Lambda {
    /// # Errors
    /// [`ForwardError::Twice`].
    pub fn new(
        endpoints: Vec<LambdaEndpoint>,
        hidden: Vec<String>,
        http: Http,
        limits: Limits,
    ) -> Result<Self, ForwardError> {
        let mut seen = BTreeSet::new();
        for endpoint in &endpoints {
            let text = endpoint.functions.text();
            if !seen.insert(text.clone()) {
                return Err(ForwardError::Twice(text));
            }
        }
        Ok(Self {
            endpoints,
            hidden,
            http,
            limits,
            programs: Semaphore::new(limits.programs),
        })
    }

    /// Invokes the function; what it returns is one text (service.md 11.12).
    pub async fn invoke(&self, arn: &str, call: Invocation<'_>) -> Result<ToolResult, Failure> {
        let event = written(call.arguments, self.limits.arguments)?;
        let context = context::client_context(call)?;
        let answer = match self.runs(arn)? {
            Runs::At(base) => self.invoke_at(base, arn, event, &context).await?,
            Runs::Program(program, arguments) => {
                let run = Run {
                    program,
                    arguments,
                    hidden: &self.hidden,
                    function: arn,
                    context: &context,
                    event: &event,
                    most: self.limits.answer,
                };
                // It is never closed.
                let _place = self.programs.acquire().await.ok();
                run.output().await?
            }
        };
        returned(answer, arn, call)
    }

    /// Where the function runs: by the nearest endpoint.
    fn runs(&self, arn: &str) -> Result<&Runs, Failure> {
        let ranked = self
            .endpoints
            .iter()
            .filter_map(|endpoint| Some((endpoint.functions.rank(arn)?, &endpoint.runs)));
        ranked
            .max_by_key(|(rank, _)| *rank)
            .map(|(_, runs)| runs)
            .ok_or_else(|| Failure::NoEndpoint(arn.to_owned()))
    }

    async fn invoke_at(
        &self,
        base: &Url,
        arn: &str,
        event: Vec<u8>,
        context: &str,
    ) -> Result<Vec<u8>, Failure> {
        let url = invocation(base, arn);
        let what = format!("The endpoint of the Lambda function {arn}");
        let request = self
            .http
            .client(&url)
            .post(url)
            .header("content-type", "application/json")
            .header("x-amz-invocation-type", "RequestResponse")
            .header("x-amz-client-context", STANDARD.encode(context))
            .body(event);
        let answer = ask(request, &what, self.limits.answer).await?;
        if answer.status >= 400 {
            return Err(Failure::Status {
                what,
                status: answer.status,
                words: message(&answer),
            });
        }
        if answer.headers.contains_key("x-amz-function-error") {
            return Err(function_error(&answer));
        }
        Ok(answer.body)
    }
}

/// What a function returned, as the result of the tool.
fn returned(answer: Vec<u8>, arn: &str, call: Invocation<'_>) -> Result<ToolResult, Failure> {
    let no_json = || Failure::NoJson(format!("The Lambda function {arn}"));
    let text = String::from_utf8(answer).map_err(|_| no_json())?;
    let value: Value = serde_json::from_str(&text).map_err(|_| no_json())?;
    // MCP asks for it where a tool has an output schema; nothing public says what AgentCore does.
    let structured = match value {
        Value::Object(members) if call.tool.output.is_some() => Some(members),
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => None,
    };
    Ok(ToolResult::text(text.trim(), structured))
}

/// What Lambda says of a request that it refuses.
fn message(answer: &Answer) -> String {
    let said: Option<Value> = serde_json::from_slice(&answer.body).ok();
    let message = said
        .as_ref()
        .and_then(|said| said.get("Message").or_else(|| said.get("message")));
    match message.and_then(Value::as_str) {
        Some(message) => shortened(message),
        None => answer.words(),
    }
}

/// A function that failed: `{"errorType": .., "errorMessage": ..}`.
fn function_error(answer: &Answer) -> Failure {
    let said: Option<Value> = serde_json::from_slice(&answer.body).ok();
    let member = |name: &str| said.as_ref()?.get(name)?.as_str().map(shortened);
    Failure::Function {
        kind: member("errorType").unwrap_or_else(|| "FunctionError".to_owned()),
        words: member("errorMessage").unwrap_or_else(|| answer.words()),
    }
}
