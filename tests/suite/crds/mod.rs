//! The Kubernetes contract: what the CRDs say, and what a real API server makes of them while no operator
//! runs (kubernetes-conventions.md section 2, checks A1, A2, A9 to A14).

mod refused;
mod rules;
mod schema;
mod served;
mod wire;

use serde_json::{Value, json};

/// A statement that is valid without a gateway, when its findings are ignored.
const PERMIT: &str = "permit(principal, action, resource is AgentCore::Gateway);";

/// An object of one of the project's kinds.
fn object(kind: &str, name: &str, spec: &Value) -> String {
    json!({
        "apiVersion": "agentcore.dev/v1alpha1",
        "kind": kind,
        "metadata": {"name": name},
        "spec": spec,
    })
    .to_string()
}

/// A `PolicyEngine` that leaves everything to its defaults.
fn engine(name: &str) -> String {
    object("PolicyEngine", name, &json!({}))
}

/// A `Policy` with a Cedar statement in an engine object. Findings are ignored, so that a short statement
/// will do.
fn policy(name: &str, engine: &str, statement: &str) -> String {
    let spec = json!({
        "policyEngineRef": {"name": engine},
        "validationMode": "IGNORE_ALL_FINDINGS",
        "definition": {"cedar": {"statement": statement}},
    });
    object("Policy", name, &spec)
}

/// A `Gateway` that leaves everything to its defaults.
fn gateway(name: &str) -> String {
    object("Gateway", name, &gateway_spec(&json!({})))
}

/// A key that `encryptionKeyArn` takes; `last` is its last digit.
fn key_arn(last: u8) -> String {
    format!("arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-12345678901{last}")
}

/// The spec of a policy in the engine object `e1`, with more members.
fn policy_spec(more: &Value) -> Value {
    let mut spec = json!({
        "policyEngineRef": {"name": "e1"},
        "definition": {"cedar": {"statement": PERMIT}},
    });
    let members = spec.as_object_mut().expect("an object");
    for (name, value) in more.as_object().expect("an object") {
        members.insert(name.clone(), value.clone());
    }
    members.retain(|_, value| !value.is_null());
    spec
}

/// The spec of a gateway, with more members.
fn gateway_spec(more: &Value) -> Value {
    let mut spec = json!({"roleArn": "arn:aws:iam::123456789012:role/gateway", "authorizerType": "AWS_IAM"});
    let members = spec.as_object_mut().expect("an object");
    members.extend(more.as_object().expect("an object").clone());
    members.retain(|_, value| !value.is_null());
    spec
}

/// A field that must stay as it was first set: where it is, its objects' kind, and two values for it.
struct Immutable {
    kind: &'static str,
    field: &'static str,
    values: [Value; 2],
}

/// Every immutable field that one object may have and another may not.
fn immutable_fields() -> Vec<Immutable> {
    let row = |kind, field, values| Immutable { kind, field, values };
    vec![
        row("PolicyEngine", "name", [json!("one"), json!("two")]),
        row(
            "PolicyEngine",
            "encryptionKeyArn",
            [json!(key_arn(1)), json!(key_arn(2))],
        ),
        row(
            "PolicyEngine",
            "adoptId",
            [json!("engine_one-abcdef0123"), json!("engine_two-abcdef0123")],
        ),
        row("Policy", "name", [json!("one"), json!("two")]),
        row(
            "Policy",
            "adoptId",
            [json!("policy_one-abcdef0123"), json!("policy_two-abcdef0123")],
        ),
        row(
            "Policy",
            "policyEngineRef",
            [json!({"name": "e1"}), json!({"name": "e2"})],
        ),
        row(
            "Policy",
            "policyEngineId",
            [json!("engine_one-abcdef0123"), json!("engine_two-abcdef0123")],
        ),
        row("Gateway", "name", [json!("one"), json!("two")]),
        row(
            "Gateway",
            "adoptId",
            [json!("gateway-one-abcdef0123"), json!("gateway-two-abcdef0123")],
        ),
    ]
}

impl Immutable {
    /// The spec with the field as `value`, or without it.
    ///
    /// A policy names its engine in one way or the other, so leaving one out means giving the other.
    fn spec(&self, value: Option<&Value>) -> Value {
        let instead = match (self.kind, self.field, value) {
            ("PolicyEngine", field, Some(value)) => return json!({field: value}),
            ("PolicyEngine", _, None) => return json!({}),
            ("Gateway", field, value) => return gateway_spec(&json!({field: value})),
            (_, "policyEngineRef", None) => {
                json!({"policyEngineRef": null, "policyEngineId": "engine_one-abcdef0123"})
            }
            (_, "policyEngineId", Some(id)) => json!({"policyEngineRef": null, "policyEngineId": id}),
            (_, field, Some(value)) => json!({field: value}),
            (_, _, None) => json!({}),
        };
        policy_spec(&instead)
    }

    fn message(&self) -> String {
        format!(
            "spec.{} is immutable: delete the object and create it anew",
            self.field
        )
    }
}
