//! How a client begins: `initialize`, or `server/discover`.

use super::Exchange;
use super::answer::{Answer, SESSION};
use crate::backend::enforce::protocol::Request;
use axum::http::StatusCode;
use serde_json::{Value, json};

impl Exchange<'_> {
    /// `initialize`: agrees on a version and begins a session.
    pub(super) fn initialize(self, request: &Request) -> Answer {
        let version = match self.gate.versions.agree(&request.params) {
            Ok(version) => version,
            Err(error) => return Answer::error(StatusCode::BAD_REQUEST, &request.id, &error),
        };
        let mut result = json!({
            "protocolVersion": version.as_str(),
            "capabilities": self.capabilities(),
            "serverInfo": self.server(),
        });
        self.instruct(&mut result);
        let now = self.endpoint.control.now();
        let lasts = self.gate.session_lasts();
        let session = self
            .endpoint
            .sessions
            .begin(self.owner.clone(), version, lasts, now);
        Answer::result(&request.id, &result).with(SESSION, session)
    }

    /// `server/discover`: what a client without a beginning may ask for.
    pub(super) fn discover(self) -> Value {
        let mut result = json!({
            "supportedVersions": self.gate.versions.names(),
            "capabilities": self.capabilities(),
            "_meta": {"io.modelcontextprotocol/serverInfo": self.server()},
        });
        self.instruct(&mut result);
        result
    }

    fn capabilities(self) -> Value {
        if self.gate.has_server() {
            json!({
                "tools": {"listChanged": false},
                "prompts": {"listChanged": false},
                "resources": {"listChanged": false, "subscribe": false},
            })
        } else {
            json!({"tools": {"listChanged": false}})
        }
    }

    fn server(self) -> Value {
        json!({"name": self.gate.gateway.name, "version": env!("CARGO_PKG_VERSION")})
    }

    fn instruct(self, result: &mut Value) {
        let mcp = self.gate.gateway.mcp.as_ref();
        if let Some(instructions) = mcp.and_then(|mcp| mcp.get("instructions"))
            && let Some(members) = result.as_object_mut()
        {
            members.insert("instructions".to_owned(), instructions.clone());
        }
    }
}
