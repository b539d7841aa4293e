//! What kubectl shows of the kinds, with no operator running.

use serde_json::{Value, json};

use super::{PERMIT, engine, gateway, gateway_spec, object, policy, policy_spec};
use crate::rig::{ControlPlane, Namespace};

fn names(text: &str) -> Vec<&str> {
    let mut names: Vec<&str> = text.lines().collect();
    names.sort_unstable();
    names
}

#[test]
fn the_crds_are_established_with_all_their_names() {
    let cluster = ControlPlane::shared();
    for name in [
        "policyengines.agentcore.dev",
        "policies.agentcore.dev",
        "gateways.agentcore.dev",
    ] {
        let crd = cluster.get(&["crd", name]).expect("the CRD");
        let conditions = crd["status"]["conditions"].as_array().expect("conditions");
        let is = |kind: &str| {
            let condition = conditions.iter().find(|condition| condition["type"] == kind);
            condition.map(|condition| condition["status"].clone())
        };
        assert_eq!(is("Established"), Some(json!("True")), "{name}");
        assert_eq!(is("NamesAccepted"), Some(json!("True")), "{name}");
        assert_eq!(is("NonStructuralSchema"), None, "{name}");
    }
}

#[test]
fn a_new_object_says_at_once_that_nobody_has_seen_it() {
    let namespace = Namespace::new("crds-fresh");
    namespace
        .apply(&[engine("e1"), policy("p1", "e1", PERMIT), gateway("g1")].join("\n---\n"))
        .success();
    for (kind, name) in [("acpe", "e1"), ("acpol", "p1"), ("acgw", "g1")] {
        let object = namespace.get(kind, name).expect("the object");
        assert_eq!(object["status"], json!({"observedGeneration": -1}), "{kind}");
        assert_eq!(object["metadata"]["generation"], 1, "{kind}");
    }
}

#[test]
fn what_was_applied_is_applied_again_without_a_change_or_a_difference() {
    let namespace = Namespace::new("crds-again");
    let spec = json!({
        "name": "Again", "description": "first\nsecond", "tags": [{"key": "b", "value": ""}, {"key": "a", "value": "1"}],
        "deletionPolicy": "Retain", "suspend": false, "resyncInterval": "1h30m",
    });
    let tokens = json!({
        "authorizerType": "CUSTOM_JWT", "protocolConfiguration": {"mcp": {"supportedVersions": ["2025-06-18"]}},
        "authorizerConfiguration": {"customJWTAuthorizer": {
            "discoveryUrl": "https://i/.well-known/openid-configuration", "allowedAudience": ["b", "a"],
        }},
        "tags": [{"key": "b", "value": ""}, {"key": "a", "value": "1"}],
    });
    let more = policy_spec(&json!({"enforcementMode": "LOG_ONLY", "description": "d"}));
    let manifests = [
        object("PolicyEngine", "e1", &spec),
        engine("e2"),
        object("Policy", "p1", &more),
        policy("p2", "e1", PERMIT),
        object("Gateway", "g1", &gateway_spec(&tokens)),
    ]
    .join("\n---\n");
    let cluster = namespace.cluster;
    let state = |version: &str| -> Vec<(Value, Value)> {
        let list = cluster
            .get(&["-n", &namespace.name, "acpe,acpol,acgw"])
            .expect("a list");
        let items = list["items"].as_array().expect("items").iter();
        items
            .map(|item| (item["metadata"][version].clone(), item["spec"].clone()))
            .collect()
    };
    namespace.apply(&manifests).success();
    let before = state("generation");
    assert_eq!(before.len(), 5);
    namespace.apply(&manifests).success();
    assert_eq!(state("generation"), before, "the spec is the same");
    // The first write after the create stores the default of status; after that nothing is written.
    let before = state("resourceVersion");
    namespace.apply(&manifests).success();
    assert_eq!(state("resourceVersion"), before, "nothing was written");
    for mode in [&["--server-side", "--force-conflicts"][..], &[]] {
        let args = [&["diff", "-n", &namespace.name, "-f", "-"], mode].concat();
        let ran = cluster.kubectl_with(&cluster.kubeconfig(), &args, &manifests);
        assert_eq!(
            (ran.code, ran.stdout.as_str()),
            (Some(0), ""),
            "{mode:?} {}",
            ran.stderr
        );
    }
}

#[test]
fn an_engine_whose_last_field_is_left_out_is_applied() {
    // Server-side apply leaves `spec: null` behind when the last member of spec goes.
    let namespace = Namespace::new("crds-empty");
    for spec in [
        json!({"description": "x"}),
        json!({"tags": [{"key": "a", "value": "b"}]}),
    ] {
        namespace.apply(&object("PolicyEngine", "e1", &spec)).success();
        namespace.apply(&engine("e1")).success();
        let now = namespace.get("acpe", "e1").expect("the engine");
        assert_eq!(now["spec"], json!({}), "after {spec}");
    }
    let bare =
        r#"{"apiVersion": "agentcore.dev/v1alpha1", "kind": "PolicyEngine", "metadata": {"name": "bare"}}"#;
    namespace.apply(bare).success();
    assert_eq!(
        namespace.get("acpe", "bare").expect("the engine")["spec"],
        json!({})
    );
}

#[test]
fn objects_are_found_by_short_name_category_and_field() {
    let namespace = Namespace::new("crds-select");
    let suspended = policy_spec(&json!({"suspend": true}));
    let manifests = [
        engine("e1"),
        policy("p1", "e1", PERMIT),
        policy("p2", "e2", PERMIT),
        object("Policy", "p3", &suspended),
    ];
    namespace.apply(&manifests.join("\n---\n")).success();
    let found = |args: &[&str]| {
        let all = [&["get", "-o", "name"], args].concat();
        namespace.kubectl(&all).success()
    };
    let (p1, p2, p3) = (
        "policy.agentcore.dev/p1",
        "policy.agentcore.dev/p2",
        "policy.agentcore.dev/p3",
    );
    let e1 = "policyengine.agentcore.dev/e1";
    assert_eq!(names(&found(&["agentcore"])), [p1, p2, p3, e1]);
    assert_eq!(names(&found(&["acpe"])), [e1]);
    let of_e1 = ["acpol", "--field-selector", "spec.policyEngineRef.name=e1"];
    assert_eq!(names(&found(&of_e1)), [p1, p3]);
    let suspended = ["acpol", "--field-selector", "spec.suspend=true"];
    assert_eq!(names(&found(&suspended)), [p3]);
    let all = found(&["all"]);
    assert!(
        !all.contains("agentcore.dev"),
        "the category `all` is not ours: {all}"
    );
}

#[test]
fn tables_show_the_columns_that_users_look_for() {
    let namespace = Namespace::new("crds-columns");
    namespace
        .apply(&[engine("e1"), policy("p1", "e1", PERMIT), gateway("g1")].join("\n---\n"))
        .success();
    let head = |args: &[&str]| {
        let text = namespace.kubectl(&[&["get"], args].concat()).success();
        let line = text.lines().next().expect("a header");
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let narrow = "NAME STATUS READY REASON AGE";
    assert_eq!(head(&["acpe"]), narrow);
    assert_eq!(head(&["acpol"]), narrow);
    assert_eq!(head(&["acgw"]), narrow);
    assert_eq!(
        head(&["acgw", "-o", "wide"]),
        format!("{narrow} URL MODE ID MESSAGE")
    );
    assert_eq!(
        head(&["acpe", "-o", "wide"]),
        format!("{narrow} ACTIVE FAILED ID MESSAGE")
    );
    assert_eq!(
        head(&["acpol", "-o", "wide"]),
        format!("{narrow} ENGINE MODE ID MESSAGE")
    );
}

#[test]
fn kubectl_explains_every_field() {
    let cluster = ControlPlane::shared();
    for kind in [
        "policyengines.agentcore.dev",
        "policies.agentcore.dev",
        "gateways.agentcore.dev",
    ] {
        let all = cluster.kubectl(&["explain", kind, "--recursive"]).success();
        for field in [
            "deletionPolicy",
            "statusReasons",
            "observedGeneration",
            "lastTransitionTime",
        ] {
            assert!(all.contains(field), "{kind} {field}: {all}");
        }
    }
    let said = cluster
        .kubectl(&["explain", "acpol.spec.policyEngineRef"])
        .success();
    assert!(
        said.contains("Exactly one of this and") && said.contains("Immutable."),
        "{said}"
    );
    let said = cluster
        .kubectl(&["explain", "acpol.spec.definition.cedar"])
        .success();
    assert!(said.contains("35 to 10000 characters"), "{said}");
}
