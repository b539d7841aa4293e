//! One gateway as calls meet it.

use crate::backend::control::{GatewayInForce, TargetInForce};
use crate::backend::enforce::protocol::{LASTS, Versions};
use crate::backend::enforce::who::Authorizer as Asking;
use crate::cedar::Authorizer;
use crate::model::{BETWEEN, Protocol, Tool};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// A gateway that takes calls.
#[derive(Debug)]
pub struct Gate {
    /// What was said of it.
    pub gateway: GatewayInForce,
    /// How it asks who calls, or why nobody can call it.
    pub authorizer: Result<Asking, String>,
    /// The versions of the protocol that it speaks.
    pub versions: Versions,
    /// What decides on calls; without one every call goes through (service.md 11.3).
    pub engine: Option<Engine>,
    /// Its tools, in the order of targets and of their lists.
    pub tools: Vec<Listed>,
    /// Where a tool is, by its name.
    by_name: HashMap<String, usize>,
}

/// A tool as `tools/list` shows it.
#[derive(Debug)]
pub struct Listed {
    /// Its name, which is the id of its action: `<Target>___<tool>`.
    pub name: String,
    /// It as the protocol has it.
    pub shown: Value,
    /// Its target, in the gateway's list.
    target: usize,
    /// It in the list of the target.
    tool: usize,
}

/// The policy engine of a gateway.
#[derive(Clone, Debug)]
pub struct Engine {
    /// Its id.
    pub id: String,
    /// Its ARN.
    pub arn: Arc<str>,
    /// Whether it decides (`ENFORCE`) or only says what it would (`LOG_ONLY`).
    pub enforces: bool,
    /// What it decides by, or why nothing is allowed.
    pub authorizer: Result<Arc<Authorizer>, String>,
}

impl Gate {
    /// A gateway, and what decides there.
    pub fn new(gateway: GatewayInForce, engine: Option<Engine>) -> Self {
        let mut tools = Vec::new();
        let mut by_name = HashMap::new();
        for (target, offering) in gateway.targets.iter().enumerate() {
            for (tool, offered) in offering.tools.iter().enumerate() {
                let name = offered.action_id();
                // What is called by method and path is no tool; of two with one name the first counts, as in the schema.
                if offered.protocol != Protocol::Mcp || by_name.contains_key(&name) {
                    continue;
                }
                by_name.insert(name.clone(), tools.len());
                tools.push(Listed {
                    shown: shown(&name, offered),
                    name,
                    target,
                    tool,
                });
            }
        }
        let role = gateway.role.as_deref().unwrap_or_default();
        let configuration = gateway.authorizer_configuration.as_ref();
        let authorizer = if gateway.intercepted {
            // What a policy is asked about is what the interceptor has left of a request (service.md 11.1).
            Err("the local backend calls no interceptors; leave interceptorConfigurations out".to_owned())
        } else {
            Asking::of(&gateway.authorizer_type, configuration, role)
        };
        Self {
            authorizer,
            versions: Versions::of(gateway.mcp.as_ref()),
            gateway,
            engine,
            tools,
            by_name,
        }
    }

    /// The tool with this very name, and its target.
    pub fn tool(&self, name: &str) -> Option<(&TargetInForce, &Tool)> {
        let listed = self.tools.get(*self.by_name.get(name)?)?;
        let target = self.gateway.targets.get(listed.target)?;
        Some((target, target.tools.get(listed.tool)?))
    }

    /// Whether there is an MCP server behind it, whose prompts and resources it passes on.
    pub fn has_server(&self) -> bool {
        let mut targets = self.gateway.targets.iter();
        targets.any(|target| target.configuration.pointer("/mcp/mcpServer").is_some())
    }

    /// Whether its clients have to begin a session: those of one that says how long they last.
    pub fn wants_sessions(&self) -> bool {
        self.session_configuration().is_some()
    }

    /// How long a session without use lasts.
    pub fn session_lasts(&self) -> Duration {
        let seconds = self.session_configuration();
        let seconds = seconds.and_then(|session| session.get("sessionTimeoutInSeconds")?.as_u64());
        seconds.map_or(LASTS, Duration::from_secs)
    }

    fn session_configuration(&self) -> Option<&Value> {
        self.gateway
            .mcp
            .as_ref()?
            .get("sessionConfiguration")
            .filter(|session| !session.is_null())
    }

    /// Whether a name begins with one of the targets, as the names of tools do.
    pub fn has_prefix_of(&self, name: &str) -> bool {
        name.split_once(BETWEEN)
            .is_some_and(|(target, _)| self.gateway.targets.iter().any(|known| known.name == target))
    }
}

/// A tool as the protocol has it.
fn shown(name: &str, tool: &Tool) -> Value {
    let mut shown = Map::from_iter([
        ("name".to_owned(), Value::from(name)),
        ("description".to_owned(), Value::from(tool.description.as_str())),
        ("inputSchema".to_owned(), input_schema(&tool.input)),
    ]);
    // The protocol wants an object there.
    let output = tool.output.as_ref();
    if let Some(output) = output.filter(|output| output.get("type").is_some_and(|of| of == "object")) {
        shown.insert("outputSchema".to_owned(), output.clone());
    }
    Value::Object(shown)
}

/// The schema of arguments, which the protocol wants to have the type `object`.
fn input_schema(schema: &Value) -> Value {
    match schema {
        Value::Object(members) if members.get("type").is_some_and(|of| of == "object") => schema.clone(),
        Value::Object(members) => {
            let mut members = members.clone();
            members.insert("type".to_owned(), Value::from("object"));
            Value::Object(members)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            json!({"type": "object"})
        }
    }
}
