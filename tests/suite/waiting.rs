//! What people and tools that wait for an object are told, with the operator under the chart's own RBAC.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::rig::kubectl::Ran;
use crate::rig::{Namespace, OperatorSetup};

const ENGINE: &str = include_str!("../../examples/engine.yaml");
const POLICY: &str = include_str!("../../examples/policy.yaml");
const BROKEN: &str = include_str!("../../examples/mistakes/broken-policy.yaml");
const UNPARSABLE: &str = include_str!("../../examples/mistakes/unparsable-policy.yaml");

#[test]
fn helm_waits_for_a_policy_in_vain_without_the_operator_and_succeeds_with_it() {
    let namespace = Namespace::new("waiting-helm");
    let chart = chart(&namespace, "one", &[ENGINE, POLICY]);
    let refused = install(&namespace, "down", &chart, "5s").failure();
    assert!(
        refused.contains("not ready") || refused.contains("deadline"),
        "{refused}"
    );
    namespace
        .cluster
        .helm(&["uninstall", "down", "-n", &namespace.name, "--wait=hookOnly"])
        .success();

    let _operator = OperatorSetup::local(&namespace).start_ready();
    install(&namespace, "up", &chart, "30s").success();
}

#[test]
fn helm_fails_at_once_and_says_why_when_a_policy_is_wrong() {
    let namespace = Namespace::new("waiting-wrong");
    let _operator = OperatorSetup::local(&namespace).start_ready();
    for (release, policy, said) in [
        ("unparsable", UNPARSABLE, "line 6, column 31"),
        ("broken", BROKEN, "unable to guarantee safety of access to tag"),
    ] {
        let chart = chart(&namespace, release, &[ENGINE, policy]);
        let began = Instant::now();
        let refused = install(&namespace, release, &chart, "60s").failure();
        assert!(
            began.elapsed() < Duration::from_secs(10),
            "it took {:?}: {refused}",
            began.elapsed()
        );
        assert!(refused.contains(said), "{refused}");
        namespace
            .cluster
            .helm(&[
                "uninstall",
                release,
                "-n",
                &namespace.name,
                "--wait",
                "--timeout=30s",
            ])
            .success();
    }
}

#[test]
fn kubectl_wait_ends_when_a_policy_is_ready_and_does_not_accept_an_old_answer() {
    let namespace = Namespace::new("waiting-kubectl");
    let operator = OperatorSetup::local(&namespace).start_ready();
    // The policy first: it waits for its engine.
    namespace.apply(POLICY).success();
    namespace.apply(ENGINE).success();
    let wait = |timeout: &str| {
        let objects = [
            "policy.agentcore.dev/refund-agents",
            "policyengine.agentcore.dev/refunds",
        ];
        namespace.kubectl(&["wait", "--for=condition=Ready", timeout, objects[0], objects[1]])
    };
    wait("--timeout=30s").success();

    let wide = namespace
        .kubectl(&["get", "acpol", "refund-agents", "-o", "wide", "--no-headers"])
        .success();
    let columns: Vec<&str> = wide.split_whitespace().collect();
    assert_eq!(
        columns[..4],
        ["refund-agents", "ACTIVE", "True", "Synced"],
        "{wide}"
    );
    let policy = namespace
        .get("policies.agentcore.dev", "refund-agents")
        .expect("it is there");
    assert!(
        columns.contains(&policy["status"]["policyId"].as_str().expect("an id")),
        "{wide}"
    );

    operator.kill();
    let patch = r#"{"spec":{"description":"another"}}"#;
    namespace
        .kubectl(&["patch", "acpol", "refund-agents", "--type=merge", "-p", patch])
        .success();
    assert!(wait("--timeout=2s").failure().contains("timed out"));
}

/// A chart that holds these objects.
fn chart(namespace: &Namespace, name: &str, objects: &[&str]) -> PathBuf {
    let chart = namespace.dir().join(name);
    fs::create_dir_all(chart.join("templates")).expect("a folder");
    let about = format!("apiVersion: v2\nname: {name}\nversion: 0.1.0\n");
    fs::write(chart.join("Chart.yaml"), about).expect("a chart");
    fs::write(chart.join("templates/objects.yaml"), objects.join("\n---\n")).expect("a template");
    chart
}

fn install(namespace: &Namespace, release: &str, chart: &std::path::Path, timeout: &str) -> Ran {
    let chart = chart.to_string_lossy();
    namespace.cluster.helm(&[
        "install",
        release,
        &chart,
        "-n",
        &namespace.name,
        "--wait",
        "--timeout",
        timeout,
    ])
}
