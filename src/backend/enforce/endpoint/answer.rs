//! Answers, from what was done to HTTP.

use crate::backend::enforce::force::Closed;
use crate::backend::enforce::protocol::{RpcError, Version};
use crate::backend::enforce::who::Unidentified;
use axum::body::Body;
use axum::http::header::{ALLOW, CONTENT_LENGTH, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};

/// The id of a session.
pub(super) const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// What JSON-RPC answers: a result or an error.
#[derive(Serialize)]
struct Reply<'r> {
    id: &'r Value,
    jsonrpc: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<&'r Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'r RpcError>,
}

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    body: Vec<u8>,
    headers: Vec<(HeaderName, String)>,
}

impl<'r> Reply<'r> {
    fn of(id: &'r Value, result: Option<&'r Value>, error: Option<&'r RpcError>) -> Self {
        Self {
            id,
            jsonrpc: "2.0",
            result,
            error,
        }
    }
}

impl Answer {
    /// The result of a request, or its error.
    pub(super) fn of(version: &Version, id: &Value, method: &str, done: Result<Value, RpcError>) -> Self {
        match done {
            Ok(result) => {
                let result = if version.has_initialize() {
                    result
                } else {
                    complete(result, method)
                };
                Self::result(id, &result)
            }
            Err(error) => Self::error(status(version, &error), id, &error),
        }
    }

    /// The result of a request.
    pub(super) fn result(id: &Value, result: &Value) -> Self {
        Self::json(StatusCode::OK, &Reply::of(id, Some(result), None))
    }

    /// An error of JSON-RPC.
    pub(super) fn error(status: StatusCode, id: &Value, error: &RpcError) -> Self {
        Self::json(status, &Reply::of(id, None, Some(error)))
    }

    /// An error that has nothing to do with JSON-RPC.
    pub(super) fn plain(status: StatusCode, why: &str) -> Self {
        Self::json(status, &json!({"message": why}))
    }

    /// Some JSON.
    pub(super) fn json(status: StatusCode, body: &impl Serialize) -> Self {
        Self {
            status,
            // Neither a map with other keys than texts nor a failing `Serialize` is ever handed in.
            body: serde_json::to_vec(body).unwrap_or_default(),
            headers: Vec::new(),
        }
    }

    /// What needs no answer was taken in.
    pub(super) fn accepted() -> Self {
        Self::empty(StatusCode::ACCEPTED)
    }

    /// It is done.
    pub(super) fn no_content() -> Self {
        Self::empty(StatusCode::NO_CONTENT)
    }

    fn empty(status: StatusCode) -> Self {
        Self {
            status,
            body: Vec::new(),
            headers: Vec::new(),
        }
    }

    /// There is nothing here; a gateway that does not take calls reads like none.
    pub(super) fn not_found() -> Self {
        Self::plain(
            StatusCode::NOT_FOUND,
            "There is no gateway here that takes calls; its address is /<gatewayId>/mcp",
        )
    }

    /// What is in force there is not known, so nothing is done (I8).
    pub(super) fn closed(closed: Closed) -> Self {
        let status = match closed {
            Closed::Unreadable => StatusCode::INTERNAL_SERVER_ERROR,
            Closed::Stale | Closed::Behind => StatusCode::SERVICE_UNAVAILABLE,
        };
        let why =
            format!("InternalServerException - No call is made: {closed}; the log of the backend says more");
        Self::plain(status, &why)
    }

    /// Another method is.
    pub(super) fn method_not_allowed(allowed: &str) -> Self {
        let why = format!("Method not allowed; use {allowed}");
        Self::plain(StatusCode::METHOD_NOT_ALLOWED, &why).with(ALLOW, allowed.to_owned())
    }

    /// Who calls is not known.
    pub(super) fn unidentified(why: &Unidentified, metadata_url: &str, scopes: &[String]) -> Self {
        let status = StatusCode::from_u16(why.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let answer = Self::json(status, &why.body());
        match why.www_authenticate(metadata_url, scopes) {
            Some(header) => answer.with(WWW_AUTHENTICATE, header),
            None => answer,
        }
    }

    /// With this header.
    pub(super) fn with(mut self, name: HeaderName, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// It as HTTP.
    pub(super) fn response(self, request_id: &str) -> Response<Body> {
        let empty = self.body.is_empty();
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        if !empty {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        } else if self.status != StatusCode::NO_CONTENT {
            headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        let named = self
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), value.as_str()));
        for (name, value) in named.chain([(REQUEST_ID, request_id)]) {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        }
        response
    }
}

/// The HTTP status of an error: the older versions answer a request that could be read with 200.
fn status(version: &Version, error: &RpcError) -> StatusCode {
    match error.code {
        -32601 if !version.has_initialize() => StatusCode::NOT_FOUND,
        _ => StatusCode::OK,
    }
}

/// What a result has to say besides from 2026-07-28 on: that it is all, and of lists, that they are this caller's alone
/// and may be another one at once.
fn complete(mut result: Value, method: &str) -> Value {
    if let Value::Object(members) = &mut result {
        members.entry("resultType").or_insert("complete".into());
        if method.ends_with("/list") || method == "resources/read" || method == "server/discover" {
            members.entry("ttlMs").or_insert(0.into());
            members.entry("cacheScope").or_insert("private".into());
        }
    }
    result
}
