//! The tool behind a gateway: an MCP server without sessions, and Lambda's Invoke call.

use super::Failure;
use axum::body::Bytes;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

/// Serves both.
pub async fn serve() -> Result<(), Failure> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on {}", listener.local_addr()?);
    let app = axum::Router::new().fallback(answer);
    Ok(axum::serve(
        axum::serve::ListenerExt::tap_io(listener, |stream| {
            stream.set_nodelay(true).ok();
        }),
        app,
    )
    .await?)
}

async fn answer(method: axum::http::Method, uri: Uri, body: Bytes) -> Response {
    if method != axum::http::Method::POST {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    if uri.path() != "/mcp" {
        return json_of(body);
    }
    let Ok(message) = serde_json::from_slice::<Value>(&body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let Some(id) = message.get("id") else {
        return StatusCode::ACCEPTED.into_response();
    };
    let params = |name: &str| message.get("params").and_then(|params| params.get(name));
    let result = match message.get("method").and_then(Value::as_str) {
        Some("initialize") => json!({
            "protocolVersion": params("protocolVersion"), "capabilities": {"tools": {}},
            "serverInfo": {"name": "echo", "version": "1"},
        }),
        Some("tools/list") => json!({"tools": [{"name": "echo", "inputSchema": {
            "type": "object", "properties": {"amount": {"type": "integer"}, "region": {"type": "string"}},
        }}]}),
        Some("tools/call") => {
            let arguments = params("arguments").map(Value::to_string).unwrap_or_default();
            json!({"content": [{"type": "text", "text": arguments}], "isError": false})
        }
        _ => {
            let error = json!({"code": -32601, "message": "no such method"});
            return json_of(
                json!({"jsonrpc": "2.0", "id": id, "error": error})
                    .to_string()
                    .into(),
            );
        }
    };
    json_of(
        json!({"jsonrpc": "2.0", "id": id, "result": result})
            .to_string()
            .into(),
    )
}

fn json_of(body: Bytes) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}
