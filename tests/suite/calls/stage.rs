//! A backend with gateways, tools behind them and engines before them.

use super::connection::Connection;
use crate::rig::http::{Served, serve};
use crate::rig::{Backend, wait_until};
use serde_json::{Value, json};
use std::time::Duration;
use tempfile::TempDir;

/// The tool of every target.
pub const TOOL: &str = "Refund___pay";
const DEADLINE: Duration = Duration::from_secs(30);

/// The backend; tools are Lambda functions that a test answers for.
pub struct Stage {
    backend: Backend,
    /// `HOST:PORT` of gateways.
    pub gateways: String,
    /// Where files are.
    pub dir: TempDir,
}

impl Stage {
    /// One whose functions answer so, told by the request's head and body.
    pub fn new(functions: impl Fn(&[String], &str) -> Served + Send + Sync + 'static, args: &[&str]) -> Self {
        let dir = TempDir::new().expect("a folder");
        let log = dir.path().join("decisions.jsonl");
        let endpoint = format!("*={}", serve(functions));
        let flags = [
            "--lambda-endpoint",
            &endpoint,
            "--decision-log",
            log.to_str().expect("a text"),
        ];
        let mut backend = Backend::start_to_call(dir.path(), &[&flags, args].concat());
        let gateways = backend.gateways().trim_start_matches("http://").to_owned();
        Self {
            backend,
            gateways,
            dir,
        }
    }

    /// Waits until what is at `path` has this status, and gives it.
    #[track_caller]
    pub fn until(&self, path: &str, status: &str) -> Value {
        wait_until(&format!("{path} to be {status}"), DEADLINE, || {
            let seen = self.backend.call("GET", path, &Value::Null);
            if seen["status"] == status {
                Ok(seen)
            } else {
                Err(seen.to_string())
            }
        })
    }

    /// A gateway that asks nobody who calls, with a target of function `function`; its id.
    #[track_caller]
    pub fn gateway(&self, function: &str) -> String {
        let made = self.backend.call("POST", "/gateways/", &wanted(function));
        let id = text(&made, "gatewayId");
        self.until(&format!("/gateways/{id}/"), "READY");
        let tool = json!({
            "name": "pay", "description": "Pays back",
            "inputSchema": {"type": "object", "properties": {"amount": {"type": "integer"}}, "required": ["amount"]},
        });
        let lambda = json!({
            "lambdaArn": format!("arn:aws:lambda:us-east-1:123456789012:function:{function}"),
            "toolSchema": {"inlinePayload": [tool]},
        });
        let target = json!({"name": "Refund", "targetConfiguration": {"mcp": {"lambda": lambda}}});
        let targets = format!("/gateways/{id}/targets/");
        let target = text(&self.backend.call("POST", &targets, &target), "targetId");
        self.until(&format!("{targets}{target}/"), "READY");
        id
    }

    /// An engine that permits what is below 1,000 at this gateway; its ARN.
    #[track_caller]
    pub fn engine(&self, gateway: &str) -> String {
        let engine = self
            .backend
            .call("POST", "/policy-engines", &json!({"name": "below"}));
        let path = format!("/policy-engines/{}", text(&engine, "policyEngineId"));
        self.until(&path, "ACTIVE");
        let arn = text(
            &self
                .backend
                .call("GET", &format!("/gateways/{gateway}/"), &Value::Null),
            "gatewayArn",
        );
        let statement = format!(
            "permit(principal, action == AgentCore::Action::\"{TOOL}\", resource == AgentCore::Gateway::\"{arn}\") \
             when {{ context.input.amount < 1000 }};"
        );
        let policy = json!({
            "name": "below", "definition": {"cedar": {"statement": statement}}, "validationMode": "IGNORE_ALL_FINDINGS",
        });
        let policy = self.backend.call("POST", &format!("{path}/policies"), &policy);
        self.until(
            &format!("{path}/policies/{}", text(&policy, "policyId")),
            "ACTIVE",
        );
        text(&engine, "policyEngineArn")
    }

    /// Attaches an engine in this mode, and waits until the gateway says so.
    #[track_caller]
    pub fn attach(&self, gateway: &str, function: &str, engine: &str, mode: &str) {
        let mut body = wanted(function);
        body["policyEngineConfiguration"] = json!({"arn": engine, "mode": mode});
        let path = format!("/gateways/{gateway}/");
        self.backend.call("PUT", &path, &body);
        let there = self.until(&path, "READY");
        assert_eq!(there["policyEngineConfiguration"]["mode"], mode);
    }

    /// A connection to a gateway.
    #[track_caller]
    pub fn connect(&self, gateway: &str) -> Connection {
        Connection::open(&self.gateways, gateway).expect("gateways are served")
    }

    /// The lines of the decision log about this gateway.
    pub fn decisions(&self, gateway: &str) -> Vec<Value> {
        let log = std::fs::read_to_string(self.dir.path().join("decisions.jsonl")).expect("a log");
        let lines = log.lines().map(|line| serde_json::from_str(line).expect("JSON"));
        lines
            .filter(|line: &Value| line["gatewayId"] == gateway)
            .collect()
    }
}

fn wanted(function: &str) -> Value {
    json!({
        "name": format!("calls-{function}"), "authorizerType": "NONE", "protocolType": "MCP",
        "roleArn": "arn:aws:iam::123456789012:role/Gateway",
    })
}

#[track_caller]
fn text(value: &Value, member: &str) -> String {
    value[member]
        .as_str()
        .unwrap_or_else(|| panic!("{member} in {value}"))
        .to_owned()
}
