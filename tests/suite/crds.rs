//! What the API server itself makes of the CRDs, with no operator running.

use serde_json::{Value, json};

use crate::rig::{ControlPlane, Namespace};

const PERMIT: &str = "permit(principal, action, resource is AgentCore::Gateway);";

fn engine(name: &str, spec: &Value) -> String {
    let metadata = json!({"name": name});
    json!({"apiVersion": "agentcore.dev/v1alpha1", "kind": "PolicyEngine", "metadata": metadata, "spec": spec})
        .to_string()
}

fn policy(name: &str, spec: &Value) -> String {
    let metadata = json!({"name": name});
    json!({"apiVersion": "agentcore.dev/v1alpha1", "kind": "Policy", "metadata": metadata, "spec": spec})
        .to_string()
}

fn cedar(statement: &str) -> Value {
    json!({"policyEngineRef": {"name": "e"}, "definition": {"cedar": {"statement": statement}}})
}

#[test]
fn an_object_that_nobody_has_looked_at_says_so() {
    let namespace = Namespace::new("crds-fresh");
    namespace.apply(&engine("e", &json!({}))).success();
    namespace.apply(&policy("p", &cedar(PERMIT))).success();
    for (kind, name) in [
        ("policyengines.agentcore.dev", "e"),
        ("policies.agentcore.dev", "p"),
    ] {
        let object = namespace.get(kind, name).expect("it is there");
        assert_eq!(object["status"]["observedGeneration"], -1, "{kind}");
    }
    // So nobody who waits for it is told that it is ready.
    let wait = [
        "wait",
        "--for=condition=Ready",
        "--timeout=1s",
        "policies.agentcore.dev/p",
    ];
    assert!(namespace.kubectl(&wait).failure().contains("timed out"));
}

#[test]
fn a_definition_has_exactly_one_member_and_a_policy_one_engine() {
    let namespace = Namespace::new("crds-unions");
    let statement = json!({"statement": PERMIT});
    let engine = json!({"name": "e"});
    let definition = json!({"cedar": statement});
    for (spec, said) in [
        (
            json!({"policyEngineRef": engine, "definition": {}}),
            "exactly one of cedar, policy, generation",
        ),
        (
            json!({"policyEngineRef": engine, "definition": {"cedar": statement, "policy": statement}}),
            "exactly one of cedar, policy, generation",
        ),
        (
            json!({"definition": definition}),
            "exactly one of policyEngineRef, policyEngineId",
        ),
        (
            json!({"policyEngineRef": engine, "policyEngineId": "engine-abcdef0123", "definition": definition}),
            "exactly one of policyEngineRef, policyEngineId",
        ),
    ] {
        let refused = namespace.apply(&policy("p", &spec)).failure();
        assert!(refused.contains(said), "{refused}");
    }
}

#[test]
fn what_identifies_a_resource_can_be_neither_changed_nor_set_later_nor_unset() {
    let namespace = Namespace::new("crds-immutable");
    let key = |digit: char| {
        let id = "12345678-1234-1234-1234-12345678901";
        format!("arn:aws:kms:us-east-1:123456789012:key/{id}{digit}")
    };
    // Another field stays: server-side apply makes a spec that loses its last field null.
    let kept = |field: &str, value: &str| json!({"suspend": false, field: value});
    let definition = json!({"cedar": {"statement": PERMIT}});
    let by_name = |name: &str| json!({"policyEngineRef": {"name": name}, "definition": definition});
    let by_id = |id: &str| json!({"policyEngineId": id, "definition": definition});
    let named = |name: &str| {
        let mut spec = by_name("e");
        spec["name"] = json!(name);
        spec
    };
    for (field, kind, versions) in [
        (
            "name",
            "engine",
            [
                kept("name", "one"),
                kept("name", "two"),
                json!({"suspend": false}),
            ],
        ),
        (
            "encryptionKeyArn",
            "engine",
            [
                kept("encryptionKeyArn", &key('1')),
                kept("encryptionKeyArn", &key('2')),
                json!({"suspend": false}),
            ],
        ),
        ("name", "policy", [named("one"), named("two"), by_name("e")]),
        (
            "policyEngineRef",
            "policy",
            [by_name("e"), by_name("f"), by_id("engine-abcdef0123")],
        ),
        (
            "policyEngineId",
            "policy",
            [
                by_id("engine-abcdef0123"),
                by_id("engine-abcdef0124"),
                by_name("e"),
            ],
        ),
    ] {
        for (number, (from, to)) in [(0, 1), (0, 2), (2, 0)].into_iter().enumerate() {
            let name = format!("{}-{kind}-{number}", field.to_ascii_lowercase());
            let manifest = |spec: &Value| {
                if kind == "engine" {
                    engine(&name, spec)
                } else {
                    policy(&name, spec)
                }
            };
            namespace.apply(&manifest(&versions[from])).success();
            let refused = namespace.apply(&manifest(&versions[to])).failure();
            assert!(
                refused.contains(&format!("spec.{field} is immutable")),
                "{name}: {refused}"
            );
        }
    }
}

#[test]
fn what_aws_would_refuse_by_its_shape_is_refused_at_apply() {
    let namespace = Namespace::new("crds-bounds");
    let long = |length: usize| format!("{}{PERMIT}", " ".repeat(length - PERMIT.len()));
    namespace
        .apply(&policy("longest", &cedar(&long(10_000))))
        .success();
    for (manifest, said) in [
        (
            policy("p", &cedar("permit(principal,action,resource);")),
            "at least 35 chars long",
        ),
        (policy("p", &cedar(&long(10_001))), "may not be more than 10000"),
        (engine("e", &json!({"name": "with-hyphen"})), "spec.name"),
        (engine("e", &json!({"name": "1st"})), "spec.name"),
        (
            engine("e", &json!({"name": "n".repeat(49)})),
            "may not be more than 48",
        ),
        (engine("e", &json!({"description": ""})), "spec.description"),
        (
            engine("e", &json!({"tags": [{"key": "aws:x", "value": "y"}]})),
            "reserved",
        ),
        (
            policy(
                "p",
                &json!({"definition": {"cedar": {"statement": PERMIT}}, "policyEngineRef": {}}),
            ),
            "name",
        ),
        (
            engine("e", &json!({"deletionPolicy": "Orphan"})),
            "Unsupported value",
        ),
    ] {
        let refused = namespace.apply(&manifest).failure();
        assert!(refused.contains(said), "{said}: {refused}");
    }
}

#[test]
fn kubectl_shows_selects_and_explains_the_kinds() {
    let namespace = Namespace::new("crds-kubectl");
    namespace.apply(&engine("e", &json!({}))).success();
    for (name, engine) in [("p1", "e"), ("p2", "other")] {
        let mut spec = cedar(PERMIT);
        spec["policyEngineRef"]["name"] = json!(engine);
        namespace.apply(&policy(name, &spec)).success();
    }
    let head = |args: &[&str]| {
        let text = namespace.kubectl(args).success();
        let line = text.lines().next().expect("a header").to_owned();
        line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(
        head(&["get", "acpol"]),
        ["NAME", "STATUS", "READY", "REASON", "AGE"]
    );
    assert_eq!(
        head(&["get", "acpe"]),
        ["NAME", "STATUS", "READY", "REASON", "AGE"]
    );
    let wide = [
        "NAME", "STATUS", "READY", "REASON", "AGE", "ENGINE", "MODE", "ID", "MESSAGE",
    ];
    assert_eq!(head(&["get", "acpol", "-o", "wide"]), wide);
    let all = namespace.kubectl(&["get", "agentcore", "-o", "name"]).success();
    assert_eq!(all.lines().count(), 3, "{all}");

    let selector = [
        "get",
        "acpol",
        "--field-selector",
        "spec.policyEngineRef.name=e",
        "-o",
        "name",
    ];
    assert_eq!(
        namespace.kubectl(&selector).success().trim(),
        "policy.agentcore.dev/p1"
    );
    let explained =
        ControlPlane::shared().kubectl(&["explain", "policies.agentcore.dev.spec.definition.cedar"]);
    assert!(explained.success().contains("statement"));
}
