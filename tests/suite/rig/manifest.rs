//! Manifests of the project's kinds, as JSON that kubectl reads.

use serde_json::{Value, json};

/// A statement that is valid without a gateway, when its findings are ignored.
pub const PERMIT: &str = "permit(principal, action, resource is AgentCore::Gateway);";

/// An object of one of the project's kinds.
pub fn object(kind: &str, name: &str, spec: &Value) -> String {
    json!({
        "apiVersion": "agentcore.dev/v1alpha1",
        "kind": kind,
        "metadata": {"name": name},
        "spec": spec,
    })
    .to_string()
}

/// A `PolicyEngine` that leaves everything to its defaults.
pub fn engine(name: &str) -> String {
    object("PolicyEngine", name, &json!({}))
}

/// A `Policy` with a Cedar statement in an engine object. Findings are ignored, so that a short statement
/// will do.
pub fn policy(name: &str, engine: &str, statement: &str) -> String {
    let spec = json!({
        "policyEngineRef": {"name": engine},
        "validationMode": "IGNORE_ALL_FINDINGS",
        "definition": {"cedar": {"statement": statement}},
    });
    object("Policy", name, &spec)
}
