//! The chart's rules are enough, and not one of them is too many.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

use crate::rig::kubectl::helm_offline;
use crate::rig::{ControlPlane, Namespace, OperatorSetup, wait_until};

const CHART: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/charts/agentcore-policy-operator");
const FILES: [&str; 8] = [
    include_str!("../../examples/engine.yaml"),
    include_str!("../../examples/policy.yaml"),
    include_str!("../../examples/mistakes/broken-policy.yaml"),
    include_str!("../../examples/mistakes/fixed-policy.yaml"),
    include_str!("../../examples/quickstart/gateway.yaml"),
    include_str!("../../examples/quickstart/target.yaml"),
    include_str!("../../examples/quickstart/attachment.yaml"),
    include_str!("../../examples/generation/generation.yaml"),
];
/// Every kind, for kubectl.
const ALL: &str = "policies.agentcore.dev,policyengines.agentcore.dev,gateways.agentcore.dev,\
                   gatewaytargets.agentcore.dev,policyengineattachments.agentcore.dev,policygenerations.agentcore.dev";

#[test]
fn a_life_of_objects_uses_every_rule_and_is_refused_nothing() {
    let namespace = Namespace::new("privilege");
    namespace.cluster.install_grants();
    let operator = OperatorSetup::local(&namespace).electing().start_ready();
    let [
        engine,
        policy,
        broken,
        fixed,
        gateway,
        target,
        attachment,
        generation,
    ] = FILES;
    let ready = "--for=condition=Ready";
    namespace
        .apply(&format!(
            "{engine}---\n{policy}---\n{gateway}---\n{target}---\n{attachment}"
        ))
        .success();
    let made = [
        "gatewaytarget.agentcore.dev/refund-target",
        "policyengineattachment.agentcore.dev/refunds",
        "policy.agentcore.dev/refund-agents",
    ];
    for which in made {
        namespace
            .kubectl(&["wait", ready, "--timeout=30s", which])
            .success();
    }
    for text in ["under $1000", "under $200"] {
        namespace
            .apply(&generation.replace("under $1000", text))
            .success();
        let written =
            format!("--for=jsonpath={{.status.assets[0].fragment}}=Allow everyone to process refunds {text}");
        namespace
            .kubectl(&[
                "wait",
                &written,
                "--timeout=30s",
                "policygeneration.agentcore.dev/refund-draft",
            ])
            .success();
    }
    namespace.apply(broken).success();
    let stalled = "--for=condition=Stalled";
    namespace
        .kubectl(&["wait", stalled, "--timeout=30s", "policy.agentcore.dev/auditors"])
        .success();
    namespace.apply(fixed).success();
    namespace
        .kubectl(&["wait", ready, "--timeout=30s", "policy.agentcore.dev/auditors"])
        .success();
    namespace
        .kubectl(&["delete", ALL, "--all", "--timeout=60s"])
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

#[test]
fn roles_in_the_watched_namespace_are_enough_and_reach_no_further() {
    let namespace = Namespace::new("confined");
    let other = Namespace::new("outside");
    let operator = OperatorSetup::confined(&namespace).start_ready();
    live_and_go(&namespace);
    operator.terminate();
    let user = namespace.operator_user();
    let cluster = namespace.cluster;
    // No Role can be about a CRD: whether one is being removed is read from discovery then.
    let refused = cluster.requests().into_iter().filter(|request| {
        request.user == user && request.is_forbidden() && request.resource != "customresourcedefinitions"
    });
    assert_eq!(refused.count(), 0);
    let look = [
        "auth",
        "can-i",
        "list",
        "policies.agentcore.dev",
        "--as",
        &user,
        "-n",
    ];
    let may = |name: &str| cluster.kubectl(&[look.as_slice(), &[name]].concat()).code == Some(0);
    assert!(may(&namespace.name) && !may(&other.name));
}

#[test]
fn the_default_rules_are_enough_for_all_namespaces() {
    // Beside it no other operator can run, so it has a control plane of its own, until the tests end.
    let cluster: &'static ControlPlane = Box::leak(Box::new(ControlPlane::start()));
    cluster.install_crds();
    let home = Namespace::new_in(cluster, "home");
    let tenant = Namespace::new_in(cluster, "tenant");
    let operator = OperatorSetup::everywhere(&home).start_ready();
    live_and_go(&tenant);
    live_and_go(&home);
    operator.terminate();
    let user = home.operator_user();
    assert!(
        !cluster
            .requests()
            .iter()
            .any(|request| request.user == user && request.is_forbidden())
    );
}

/// An engine and a policy are applied, turn Ready, and are deleted.
#[track_caller]
fn live_and_go(namespace: &Namespace) {
    let [engine, policy, ..] = FILES;
    namespace.apply(&format!("{engine}---\n{policy}")).success();
    let name = "policy.agentcore.dev/refund-agents";
    namespace
        .kubectl(&["wait", "--for=condition=Ready", "--timeout=30s", name])
        .success();
    namespace
        .kubectl(&["delete", ALL, "--all", "--timeout=60s"])
        .success();
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
