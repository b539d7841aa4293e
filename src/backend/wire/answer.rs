//! From a request to an answer: route, decode, check, perform, encode.

use super::model::{Model, ModelError};
use super::reply::Reply;
use super::sigv4::{self, Credentials};
use super::{check, decode, encode, page, route, sts};
use crate::backend::control::{Caller, Clock as _, Control, Refusal, SystemClock};
use crate::backend::switches::MultiViolationText;
use axum::http::HeaderMap;
use serde_json::Value;
use std::sync::Arc;

/// Signing names (service.md 2.1).
const AGENTCORE: &str = "bedrock-agentcore";
const STS: &str = "sts";

/// A request, as it came.
#[derive(Clone, Copy, Debug)]
pub struct Request<'r> {
    /// HTTP method.
    pub method: &'r str,
    /// Path, still percent-encoded.
    pub path: &'r str,
    /// Query, still percent-encoded.
    pub query: &'r str,
    /// Headers.
    pub headers: &'r HeaderMap,
    /// The whole body.
    pub body: &'r [u8],
}

/// What the protocol stands on.
#[derive(Debug)]
pub struct Setup {
    /// The operations.
    pub control: Arc<Control>,
    /// Seals page tokens; whoever has it can make one up.
    pub page_key: String,
    /// The access keys that requests must be signed with; without them any request is taken, signed or not.
    pub credentials: Option<Credentials>,
}

/// The protocol: the model's table and the operations behind it.
#[derive(Debug)]
pub struct Wire {
    model: Model,
    control: Arc<Control>,
    page_key: String,
    credentials: Option<Credentials>,
}

impl Wire {
    /// The protocol on this ground.
    pub fn new(setup: Setup) -> Result<Self, ModelError> {
        let Setup {
            control,
            page_key,
            credentials,
        } = setup;
        Ok(Self {
            model: Model::load()?,
            control,
            page_key,
            credentials,
        })
    }

    /// Takes strings of this shape that match the pattern, beside those that the model takes.
    pub fn taking(mut self, shape: &str, pattern: String) -> Self {
        self.model.take(shape, pattern);
        self
    }

    /// Answers one request.
    pub async fn answer(&self, request: Request<'_>, request_id: &str) -> Reply {
        let Request {
            method,
            path,
            query,
            body,
            ..
        } = request;
        let switches = self.control.switches();
        let to_sts = path == "/" && (method == "POST" || method == "GET" && query.contains("Action="));
        let caller = match self.caller(&request, if to_sts { STS } else { AGENTCORE }) {
            Ok(caller) => caller,
            Err(failure) if to_sts => return failure.sts_reply(request_id),
            Err(failure) => return failure.reply(switches.unsigned_request),
        };
        if to_sts {
            let form = if method == "POST" { body } else { query.as_bytes() };
            return sts::answer(&caller, form, request_id);
        }
        let Some(route) = route::find(&self.model, method, path) else {
            return Reply::unknown_operation(switches.unknown_route, method, path);
        };
        let operation = route.operation;
        if !Control::serves(&operation.name) {
            return Reply::refused(&self.model, &Refusal::NotServed(operation.name.clone()));
        }
        let mut input = match decode::decode(&self.model, &route, query, body) {
            Ok(input) => Value::Object(input),
            Err(unreadable) => return Reply::unreadable(&self.model, unreadable),
        };
        let mut violations = check::check(&self.model, operation.input, &input);
        if switches.multi_violation_text == MultiViolationText::First {
            violations.keep_first();
        }
        if let Some(message) = violations.message() {
            return Reply::violated(&self.model, message, violations);
        }
        let scope = match (&operation.paginator, &mut input) {
            (Some(paginator), Value::Object(input)) => {
                match page::open(&self.page_key, operation, paginator, input) {
                    Ok(scope) => scope,
                    Err(refusal) => return Reply::refused(&self.model, &refusal),
                }
            }
            _ => String::new(),
        };
        match self.control.perform(&operation.name, input, &caller).await {
            Ok(mut output) => {
                if let Some(paginator) = &operation.paginator {
                    page::close(&self.page_key, &scope, paginator, &mut output);
                }
                let output =
                    encode::encode(&self.model, operation.output, output, switches.timestamp_fraction);
                Reply::json(operation.status, &output)
            }
            Err(refusal) => Reply::refused(&self.model, &refusal),
        }
    }

    /// Who sent a request: the owner of the key it is signed with, or the account when nobody verifies.
    fn caller(&self, request: &Request<'_>, service: &str) -> Result<Caller, sigv4::Failure> {
        let place = self.control.place();
        let Some(credentials) = &self.credentials else {
            return Ok(Caller::root(&place.account));
        };
        let region = &place.region;
        sigv4::verify(
            credentials,
            sigv4::Scope { region, service },
            request,
            SystemClock.now() / 1_000_000,
        )
    }

    /// The answer to a request that was refused before it came here.
    pub fn refuse(&self, refusal: &Refusal) -> Reply {
        Reply::refused(&self.model, refusal)
    }
}
