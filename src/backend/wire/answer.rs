//! From a request to an answer: route, decode, check, perform, encode.

use super::model::{Model, ModelError};
use super::reply::Reply;
use super::{check, decode, encode, page, route, sts};
use crate::backend::control::{Control, Refusal};
use crate::backend::switches::MultiViolationText;
use serde_json::Value;
use std::sync::Arc;

/// A request, as it came.
#[derive(Clone, Copy, Debug)]
pub struct Request<'r> {
    /// HTTP method.
    pub method: &'r str,
    /// Path, still percent-encoded.
    pub path: &'r str,
    /// Query, still percent-encoded.
    pub query: &'r str,
    /// The whole body.
    pub body: &'r [u8],
}

/// The protocol: the model's table and the operations behind it.
#[derive(Debug)]
pub struct Wire {
    model: Model,
    control: Arc<Control>,
    page_key: String,
}

impl Wire {
    /// `page_key` seals page tokens; whoever has it can make one up.
    pub fn new(control: Arc<Control>, page_key: String) -> Result<Self, ModelError> {
        Ok(Self {
            model: Model::load()?,
            control,
            page_key,
        })
    }

    /// Answers one request.
    pub async fn answer(&self, request: Request<'_>, request_id: &str) -> Reply {
        let Request {
            method,
            path,
            query,
            body,
        } = request;
        let switches = self.control.switches();
        if method == "POST" && path == "/" {
            return sts::answer(self.control.identity(), body, request_id);
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
        match self.control.perform(&operation.name, input).await {
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

    /// The answer to a request that was refused before it came here.
    pub fn refuse(&self, refusal: &Refusal) -> Reply {
        Reply::refused(&self.model, refusal)
    }
}
