//! The chart's rules are enough, and not one of them is too many.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

use crate::rig::kubectl::helm_offline;
use crate::rig::{Namespace, OperatorSetup, wait_until};

const CHART: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/charts/agentcore-policy-operator");
const FILES: [&str; 4] = [
    include_str!("../../examples/engine.yaml"),
    include_str!("../../examples/policy.yaml"),
    include_str!("../../examples/mistakes/broken-policy.yaml"),
    include_str!("../../examples/mistakes/fixed-policy.yaml"),
];

#[test]
fn a_life_of_objects_uses_every_rule_and_is_refused_nothing() {
    let namespace = Namespace::new("privilege");
    let operator = OperatorSetup::local(&namespace).start_ready();
    let [engine, policy, broken, fixed] = FILES;
    let ready = "--for=condition=Ready";
    namespace.apply(&format!("{engine}---\n{policy}")).success();
    namespace
        .kubectl(&[
            "wait",
            ready,
            "--timeout=30s",
            "policy.agentcore.dev/refund-agents",
        ])
        .success();
    namespace.apply(broken).success();
    let stalled = "--for=condition=Stalled";
    namespace
        .kubectl(&["wait", stalled, "--timeout=30s", "policy.agentcore.dev/auditors"])
        .success();
    namespace.apply(fixed).success();
    namespace
        .kubectl(&["wait", ready, "--timeout=30s", "policy.agentcore.dev/auditors"])
        .success();
    let all = "policies.agentcore.dev,policyengines.agentcore.dev";
    namespace
        .kubectl(&["delete", all, "--all", "--timeout=60s"])
        .success();
    // A watch is told to the audit log when it ends.
    operator.terminate();

    let user = namespace.operator_user();
    let allowed = allowed();
    wait_until("every rule to be exercised", Duration::from_secs(20), || {
        let mut requests = namespace.cluster.requests();
        requests.retain(|request| request.user == user);
        let refused: Vec<_> = requests.iter().filter(|request| request.is_forbidden()).collect();
        assert!(refused.is_empty(), "refused: {refused:#?}");
        let exercised: BTreeSet<String> = requests
            .iter()
            .map(|request| {
                rule(
                    &request.group,
                    &request.resource,
                    &request.subresource,
                    &request.verb,
                )
            })
            .collect();
        let idle: Vec<&String> = allowed.difference(&exercised).collect();
        if idle.is_empty() {
            Ok(())
        } else {
            Err(format!("never exercised: {idle:#?}"))
        }
    });
}

/// What the chart allows the operator, one line for each verb on each resource.
fn allowed() -> BTreeSet<String> {
    let rendered = helm_offline(&["template", "x", CHART, "--show-only", "templates/rbac.yaml"]).success();
    let documents: Vec<Value> = serde_saphyr::from_multiple(&rendered).expect("YAML");
    let texts = |rule: &Value, key: &str| -> Vec<String> {
        let values = rule[key].as_array().expect("a list");
        values
            .iter()
            .map(|value| value.as_str().expect("a text").to_owned())
            .collect()
    };
    let mut allowed = BTreeSet::new();
    for entry in documents
        .iter()
        .flat_map(|document| document["rules"].as_array().into_iter().flatten())
    {
        for group in texts(entry, "apiGroups") {
            for resource in texts(entry, "resources") {
                let (name, sub) = resource.split_once('/').unwrap_or((&resource, ""));
                for verb in texts(entry, "verbs") {
                    allowed.insert(rule(&group, name, sub, &verb));
                }
            }
        }
    }
    assert!(allowed.len() > 8, "the chart's rules: {allowed:#?}");
    allowed
}

fn rule(group: &str, resource: &str, subresource: &str, verb: &str) -> String {
    format!("{verb} {resource}/{subresource} of {group}")
}
