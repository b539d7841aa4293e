//! An HTTP server on loopback that says what it was asked.

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use http::{HeaderMap, Method, StatusCode};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::CancellationToken;

/// A request as it came.
#[derive(Debug)]
pub struct Asked {
    pub method: Method,
    /// Path and query as they stand in the request line.
    pub target: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Asked {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The method of a JSON-RPC message; empty when it is none.
    pub fn json_method(&self) -> String {
        let said: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        said["method"].as_str().unwrap_or_default().to_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// What it answers.
#[derive(Clone)]
pub enum Answers {
    /// This.
    With(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// Nothing; the token is cancelled when the client has gone.
    Never(CancellationToken),
    /// As an MCP server without streams, until a tool is called; then as the one above.
    Tool(CancellationToken),
    /// As an MCP server without streams whose tools have this result.
    Result(Value),
    /// Bytes without end; the same.
    Endlessly(CancellationToken),
}

pub struct Server {
    pub url: String,
    asked: Mutex<mpsc::UnboundedReceiver<Asked>>,
}

impl Server {
    pub async fn new(answers: Answers) -> Self {
        let (sender, asked) = mpsc::unbounded_channel();
        let router = axum::Router::new()
            .fallback(answer)
            .with_state(Arc::new((answers, sender)));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            url,
            asked: Mutex::new(asked),
        }
    }

    /// Answers with this text.
    pub async fn text(status: u16, text: &str) -> Self {
        Self::new(Answers::With(status, Vec::new(), text.as_bytes().to_vec())).await
    }

    /// The next request.
    pub async fn asked(&self) -> Asked {
        self.asked.lock().await.recv().await.unwrap()
    }

    /// Whether there was none that was not looked at.
    pub async fn quiet(&self) -> bool {
        self.asked.lock().await.try_recv().is_err()
    }
}

/// Nobody listens there.
pub async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

async fn answer(
    State(state): State<Arc<(Answers, mpsc::UnboundedSender<Asked>)>>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let asked = Asked {
        method: parts.method,
        target: parts.uri.to_string(),
        headers: parts.headers,
        body: to_bytes(body, usize::MAX).await.unwrap().to_vec(),
    };
    let said: Value = serde_json::from_slice(&asked.body).unwrap_or_default();
    state.1.send(asked).unwrap();
    match state.0.clone() {
        Answers::With(status, headers, body) => {
            let mut response = Response::new(Body::from(body));
            *response.status_mut() = StatusCode::from_u16(status).unwrap();
            for (name, value) in headers {
                response.headers_mut().insert(name, value.parse().unwrap());
            }
            response
        }
        Answers::Never(gone) => {
            let _gone = gone.drop_guard();
            std::future::pending().await
        }
        Answers::Tool(gone) if said["method"] == "tools/call" => {
            let _gone = gone.drop_guard();
            std::future::pending().await
        }
        Answers::Tool(_) => json_rpc(&said, &json!({})),
        Answers::Result(result) => json_rpc(&said, &result),
        Answers::Endlessly(gone) => {
            let guard = gone.drop_guard();
            let chunks = futures::stream::repeat_with(move || {
                let _ = &guard;
                Ok::<_, std::convert::Infallible>(vec![b' '; 64 * 1024])
            });
            Response::new(Body::from_stream(chunks))
        }
    }
}

/// As an MCP server whose tools have this result.
fn json_rpc(said: &Value, result: &Value) -> Response {
    let beginning = json!({
        "protocolVersion": "2025-06-18", "capabilities": {"tools": {}},
        "serverInfo": {"name": "small", "version": "1"},
    });
    let result = if said["method"] == "initialize" {
        &beginning
    } else {
        result
    };
    let answer = json!({"jsonrpc": "2.0", "id": said["id"], "result": result});
    let mut response = Response::new(Body::from(answer.to_string()));
    let json = http::HeaderValue::from_static("application/json");
    response.headers_mut().insert("content-type", json);
    if said["id"].is_null() {
        *response.status_mut() = StatusCode::ACCEPTED;
    }
    response
}
