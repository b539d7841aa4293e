//! The endpoints.

use crate::backend::listener::is_this_machine;
use crate::backend::script::Script;
use crate::model::{iso8601_micros, parse_iso8601};
use axum::Router;
use axum::extract::{Query, Request, State};
use axum::http::header::{CONTENT_TYPE, HOST};
use axum::http::{Method, StatusCode, Uri};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// What `GET /` tells.
const ENDPOINTS: [(&str, &str); 8] = [
    ("PUT /script", "sets the rules: {\"rules\": [..]} as JSON or YAML"),
    ("GET /script", "the rules"),
    ("DELETE /script", "takes all rules away"),
    (
        "GET /journal",
        "the requests, the oldest first; ?after=N leaves out those up to number N",
    ),
    ("DELETE /journal", "empties the journal; numbers go on"),
    (
        "PUT /clock",
        "sets the service's clock: {\"now\": \"2026-01-01T00:00:00Z\"}; {} for the real time",
    ),
    (
        "GET /clock",
        "what the service's clock shows, and whether it was set",
    ),
    ("GET /", "this list"),
];

type Shared = State<Arc<Script>>;

/// The endpoints over a script.
pub fn router(script: Arc<Script>) -> Router {
    Router::new()
        .route("/", get(endpoints))
        .route("/script", get(rules).put(set_rules).delete(clear_rules))
        .route("/journal", get(journal).delete(forget))
        .route("/clock", get(clock).put(set_clock))
        .fallback(unknown)
        .method_not_allowed_fallback(unknown)
        .layer(from_fn(only_this_machine))
        .with_state(script)
}

fn answer(status: StatusCode, body: &Value) -> Response {
    (status, [(CONTENT_TYPE, "application/json")], format!("{body}\n")).into_response()
}

/// What is wrong with a request, and where in it: a JSON pointer, or the name of a parameter.
fn bad(at: &str, message: &str) -> Response {
    answer(StatusCode::BAD_REQUEST, &json!({ "message": message, "at": at }))
}

/// A page of another site cannot name this machine as its own host.
async fn only_this_machine(request: Request, next: Next) -> Response {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    if host.is_some_and(is_this_machine) {
        next.run(request).await
    } else {
        let message = "the host must be 127.0.0.1, [::1] or localhost";
        answer(StatusCode::FORBIDDEN, &json!({ "message": message }))
    }
}

async fn endpoints() -> Response {
    answer(StatusCode::OK, &json!({ "endpoints": list() }))
}

fn list() -> Value {
    ENDPOINTS
        .iter()
        .map(|(name, what)| ((*name).to_owned(), json!(what)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

async fn unknown(method: Method, uri: Uri) -> Response {
    let message = format!("no endpoint answers to {method} {}", uri.path());
    answer(
        StatusCode::NOT_FOUND,
        &json!({ "message": message, "endpoints": list() }),
    )
}

async fn rules(State(script): Shared) -> Response {
    answer(StatusCode::OK, &script.rules())
}

async fn set_rules(State(script): Shared, text: String) -> Response {
    match script.set(&text) {
        Ok(()) => answer(StatusCode::OK, &script.rules()),
        Err(error) => bad(error.at(), &error.to_string()),
    }
}

async fn clear_rules(State(script): Shared) -> Response {
    script.clear();
    answer(StatusCode::OK, &script.rules())
}

#[derive(Deserialize)]
struct After {
    after: Option<String>,
}

async fn journal(State(script): Shared, Query(After { after }): Query<After>) -> Response {
    let after = after.as_deref().unwrap_or("0").parse();
    let Ok(after) = after else {
        return bad("after", "give the number of an entry");
    };
    match serde_json::to_value(script.journal(after)) {
        Ok(page) => answer(StatusCode::OK, &page),
        Err(error) => answer(
            StatusCode::INTERNAL_SERVER_ERROR,
            &json!({ "message": error.to_string() }),
        ),
    }
}

async fn forget(State(script): Shared) -> Response {
    script.forget();
    answer(StatusCode::OK, &json!({}))
}

async fn clock(State(script): Shared) -> Response {
    let now = iso8601_micros(script.service_time(machine_time()));
    answer(
        StatusCode::OK,
        &json!({ "now": now, "set": script.clock_is_set() }),
    )
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    now: Option<String>,
}

async fn set_clock(State(script): Shared, text: String) -> Response {
    let wanted: Wanted = match serde_json::from_str(&text) {
        Ok(wanted) => wanted,
        Err(error) => {
            return bad(
                "",
                &format!("the body is no JSON map with at most `now`: {error}"),
            );
        }
    };
    let now = wanted.now.as_deref().map(|text| parse_iso8601(text).ok_or(text));
    match now.transpose() {
        Ok(now) => {
            script.set_clock(now, machine_time());
            clock(State(script)).await
        }
        Err(text) => bad(
            "/now",
            &format!("`{text}` is no time such as 2026-01-01T00:00:00Z"),
        ),
    }
}

/// This machine's time in microseconds since 1970.
fn machine_time() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
