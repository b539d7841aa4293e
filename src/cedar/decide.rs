//! For tests: what a statement decides about one request, by Cedar itself.

use cedar_policy::{Authorizer, Context, Entities, EntityUid, PolicySet, Request};
use serde_json::{Value, json};
use std::str::FromStr as _;

/// A request to decide.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Name of the principal's type in `AgentCore`.
    pub principal: &'static str,
    /// Claims of the caller's token.
    pub claims: Vec<(String, String)>,
    /// Id of the action.
    pub action: String,
    /// Its target.
    pub target: String,
    /// The gateway's ARN.
    pub gateway: String,
    /// Arguments, extension values in Cedar's JSON form.
    pub input: Value,
    /// `context.system.now`, as in `datetime("..")`.
    pub now: String,
}

/// A request with the entities it needs, ready to be decided many times.
#[derive(Debug)]
pub struct Prepared {
    request: Request,
    entities: Entities,
}

/// Prepares a request.
///
/// # Panics
/// When it is none that Cedar takes.
#[must_use]
pub fn prepare(asked: &Asked) -> Prepared {
    let entity = |of_type: &str, id: &str| json!({"type": format!("AgentCore::{of_type}"), "id": id});
    let uid = |of_type: &str, id: &str| EntityUid::from_json(entity(of_type, id)).unwrap();
    let tags: serde_json::Map<String, Value> = asked
        .claims
        .iter()
        .map(|(name, value)| (name.clone(), json!(value)))
        .collect();
    let tags = if asked.principal == "OAuthUser" {
        Value::Object(tags)
    } else {
        json!({})
    };
    let entities = json!([
        {"uid": entity(asked.principal, "p"), "attrs": {"id": "p"}, "tags": tags, "parents": []},
        {"uid": entity("Action", &asked.action), "attrs": {}, "parents": [entity("Action", &asked.target)]},
        {"uid": entity("Action", &asked.target), "attrs": {}, "parents": [entity("Action", "CallTool")]},
    ]);
    let now = json!({"__extn": {"fn": "datetime", "arg": asked.now}});
    let context = json!({"input": asked.input, "system": {"now": now}});
    let request = Request::new(
        uid(asked.principal, "p"),
        uid("Action", &asked.action),
        uid("Gateway", &asked.gateway),
        Context::from_json_value(context, None).unwrap(),
        None,
    );
    Prepared {
        request: request.unwrap(),
        entities: Entities::from_json_value(entities, None).unwrap(),
    }
}

/// For each request, whether the statement matches it: a permit that allows, or a forbid that denies.
///
/// # Panics
/// When the statement does not parse, or fails on one of the requests.
#[must_use]
pub fn matches(statement: &str, requests: &[Prepared]) -> Vec<bool> {
    let policies = PolicySet::from_str(statement).unwrap();
    let authorizer = Authorizer::new();
    let decide = |prepared: &Prepared| {
        let answer = authorizer.is_authorized(&prepared.request, &policies, &prepared.entities);
        let errors: Vec<String> = answer.diagnostics().errors().map(ToString::to_string).collect();
        assert!(errors.is_empty(), "{statement}\n{errors:?}");
        answer.diagnostics().reason().next().is_some()
    };
    requests.iter().map(decide).collect()
}
