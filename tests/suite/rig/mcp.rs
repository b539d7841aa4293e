//! An MCP client, as short as one can be, with a token that the local backend takes.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::backend::command;
use super::http;

/// A client of one gateway.
pub struct Mcp {
    url: String,
    token: String,
}

/// What came of a call of a tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Called {
    /// The tool's result.
    Passed(String),
    /// A result that is an error, as a denial is.
    Denied(String),
    /// No result: there is no such gateway or tool, or nobody may call now.
    Failed(String),
}

impl Mcp {
    /// Of the gateway at `url`, with these claims signed by the development key of the backend that has its data in `<dir>/data`.
    #[track_caller]
    pub fn new(url: &str, dir: &Path, claims: &[&str]) -> Self {
        let mut command = command();
        command.args(["token", "--data-dir"]).arg(dir.join("data"));
        for claim in claims {
            command.args(["--claim", claim]);
        }
        let made = command.output().expect("the program runs");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let token = String::from_utf8_lossy(&made.stdout).trim().to_owned();
        let url = url.to_owned();
        Self { url, token }
    }

    /// The result, or what there was in its place.
    pub fn request(&self, method: &str, params: &Value) -> Result<Value, String> {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string();
        let by = format!("Bearer {}", self.token);
        let answer = http::request_by("POST", &self.url, &by, &body).map_err(|error| error.to_string())?;
        let mut message: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        match message["result"].take() {
            Value::Null => Err(format!("{} {}", answer.status, answer.body)),
            result => Ok(result),
        }
    }

    /// The names of the tools that are listed.
    #[track_caller]
    pub fn tools(&self) -> Vec<String> {
        let listed = self.request("tools/list", &json!({})).expect("a list");
        let tools = listed["tools"].as_array().expect("a list");
        let name = |tool: &Value| tool["name"].as_str().expect("a name").to_owned();
        tools.iter().map(name).collect()
    }

    /// Calls a tool.
    pub fn call(&self, tool: &str, arguments: &Value) -> Called {
        let called = self.request("tools/call", &json!({"name": tool, "arguments": arguments}));
        match called {
            Err(text) => Called::Failed(text),
            Ok(result) => {
                let text = result["content"][0]["text"].as_str().unwrap_or_default();
                match result["isError"].as_bool() {
                    Some(false) => Called::Passed(text.to_owned()),
                    Some(true) | None => Called::Denied(text.to_owned()),
                }
            }
        }
    }
}
