//! What is decided, and what is in force while it changes. That every decision is Cedar's is held by `tests/suite`.

mod arguments;
mod changes;
mod decisions;
mod listing;
mod shortcut;

use super::{Authorizer, Call, Change, Mode, Principal, PrincipalKind, Response};
use crate::cedar::Schema;
use crate::model::{Protocol, Tool};
use serde_json::{Map, Value, json};

const GATEWAY: &str = "arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/refunds-0123456789";

/// 2026-02-24T12:00:00Z.
const NOW: i64 = 1_771_934_400_000_000;

fn tool(name: &str, input: Value) -> Tool {
    Tool {
        target: "Refund".to_owned(),
        name: name.to_owned(),
        description: String::new(),
        input,
        output: None,
        protocol: Protocol::Mcp,
    }
}

fn schema() -> Schema {
    let input = json!({"properties": {"amount": {"type": "integer"}}, "required": ["amount"]});
    Schema::of(&[tool("pay", input.clone()), tool("look", input)]).expect("it fits")
}

/// A statement of one tool, or of all.
fn statement(effect: &str, tool: Option<&str>, condition: &str) -> String {
    let action = tool.map_or_else(String::new, |tool| {
        format!(" == AgentCore::Action::\"Refund___{tool}\"")
    });
    format!(
        "{effect}(principal, action{action}, resource == AgentCore::Gateway::\"{GATEWAY}\") when {{ {condition} }};"
    )
}

fn put(policy: &str, statement: &str, mode: Mode) -> Change {
    Change::Put {
        policy: policy.to_owned(),
        statement: statement.to_owned(),
        mode,
    }
}

/// An authorizer with these policies, which decide unless their names say that they are only logged.
fn authorizer(policies: &[(&str, String)]) -> Authorizer {
    let authorizer = Authorizer::new(GATEWAY).expect("Cedar reads its own names");
    authorizer.offer(&schema()).expect("they are tools");
    let changes = policies.iter().map(|(id, statement)| {
        let mode = if id.starts_with("log-") {
            Mode::LogOnly
        } else {
            Mode::Active
        };
        put(id, statement, mode)
    });
    authorizer.apply(changes).expect("they are statements");
    authorizer
}

fn user(tags: &[(&str, &str)]) -> Principal {
    let tags = tags
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Principal::new(PrincipalKind::OAuthUser, "u1", tags).expect("Cedar reads its own names")
}

fn arguments(value: Value) -> Map<String, Value> {
    let Value::Object(arguments) = value else {
        panic!("{value} are no arguments");
    };
    arguments
}

/// What is decided about a call of a tool of `Refund` with this amount.
fn pay(authorizer: &Authorizer, tool: &str, amount: i64) -> Response {
    let arguments = arguments(json!({"amount": amount}));
    let call = Call {
        tool: &format!("Refund___{tool}"),
        arguments: &arguments,
        now: NOW,
    };
    let snapshot = authorizer.snapshot();
    let request = snapshot.request(&user(&[]), call).expect("it is a request");
    request.decide()
}

fn ids(list: &[std::sync::Arc<str>]) -> Vec<&str> {
    list.iter().map(AsRef::as_ref).collect()
}
