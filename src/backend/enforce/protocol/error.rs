//! Errors as JSON-RPC has them.

use serde::Serialize;
use serde_json::Value;

/// An error of JSON-RPC.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RpcError {
    /// What kind it is.
    pub code: i64,
    /// What is wrong.
    pub message: String,
    /// More about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
}

impl RpcError {
    /// With this code.
    pub fn new(code: i64, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            data: None,
        }
    }

    /// -32700: no JSON.
    pub fn parse(message: impl Into<String>) -> Self {
        Self::new(-32700, message)
    }

    /// -32600: no message of JSON-RPC, or one that may not be sent now.
    pub fn invalid_request(message: impl Into<String>) -> Self {
        Self::new(-32600, message)
    }

    /// -32601: no such method.
    pub fn method_not_found(method: &str) -> Self {
        Self::new(-32601, format!("Method not found: {method}"))
    }

    /// -32602: the parameters are wrong.
    pub fn invalid_params(message: impl Into<String>) -> Self {
        Self::new(-32602, message)
    }

    /// -32603: a fault of this program.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(-32603, message)
    }

    /// -32020: header and body say different things (MCP 2026-07-28).
    pub fn header_mismatch(message: impl Into<String>) -> Self {
        Self::new(-32020, message)
    }

    /// -32022: a version of the protocol that the gateway does not speak (service.md 11.10).
    pub fn unsupported_version(requested: &str, supported: &[&str]) -> Self {
        Self {
            data: Some(serde_json::json!({"requested": requested, "supported": supported})),
            ..Self::new(-32022, "Unsupported protocol version")
        }
    }
}
