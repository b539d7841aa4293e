//! `/healthz`, `/readyz` and `/metrics`.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;

use crate::lifecycle::scene::{Scene, engine, permit, policy};
use crate::rig::proxy::Gate;
use crate::rig::wait::wait_until;
use crate::rig::{Namespace, OperatorSetup};

const SOON: Duration = Duration::from_secs(20);

#[test]
fn an_operator_is_alive_before_and_ready_after_its_watches_are_synced() {
    let namespace = Namespace::new("cli-probes");
    let gate = Gate::new();
    // The first lists of the watches, and not the question at the start whether the kinds are there.
    gate.delay("limit=100");
    let mut operator = OperatorSetup::local(&namespace).through(&gate).start();
    let answer = wait_until("the probes to be served", SOON, || {
        operator.probe("/healthz").map_err(|error| error.to_string())
    });
    assert_eq!((answer.status, answer.body.as_str()), (200, "ok\n"));
    let answer = operator.probe("/readyz").expect("an answer");
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (503, "watches not synced yet\n")
    );
    gate.open();
    operator.wait_ready();
    assert_eq!(operator.probe("/healthz").expect("an answer").status, 200);
    assert_eq!(operator.probe("/elsewhere").expect("an answer").status, 404);
}

/// The family and its type in a row of the page.
fn documented(line: &str) -> Option<String> {
    let mut cells = line.strip_prefix("| `")?.split('|');
    let name = cells.next()?.trim().trim_end_matches('`');
    Some(format!("{name} {}", cells.next()?.trim()))
}

/// Asserts that the page tells of exactly the families that there are.
fn assert_documented(text: &str) {
    let families: BTreeSet<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE "))
        .collect();
    let page = include_str!("../../../docs/metrics.md");
    let documented: BTreeSet<String> = page.lines().filter_map(documented).collect();
    let shown: BTreeSet<String> = families.iter().map(|family| (*family).to_owned()).collect();
    let unknown: Vec<_> = shown.difference(&documented).collect();
    assert!(unknown.is_empty(), "not in docs/metrics.md: {unknown:?}");
    // A family appears with its first series.
    let rare = [
        "agentcore_operator_deletion_seconds histogram",
        "agentcore_operator_drift_seconds histogram",
        "leader_election_master_status gauge",
    ];
    let missing: Vec<_> = documented
        .difference(&shown)
        .filter(|family| !rare.contains(&family.as_str()))
        .collect();
    assert!(missing.is_empty(), "in docs/metrics.md alone: {missing:?}");
    let described = text.lines().filter(|line| line.starts_with("# HELP ")).count();
    assert_eq!(described, shown.len(), "every family is described");
}

#[test]
fn metrics_have_the_names_and_labels_that_dashboards_use() {
    let scene = Scene::new("cli-metrics");
    let operator = scene.operator();
    scene.apply(&[engine("refunds", json!({})), policy("agents", &permit("agent"))]);
    scene.until_ready("acpol/agents");
    let text = operator.metrics();
    assert!(text.ends_with("# EOF\n"), "OpenMetrics ends with a mark");
    assert_documented(&text);
    for (series, least) in [
        (
            "agentcore_operator_backend_requests_total{operation=\"CreatePolicy\",code=\"OK\",backend=\"aws\"}",
            1.0,
        ),
        (
            "agentcore_operator_backend_requests_total{operation=\"ListPolicies\",code=\"OK\",backend=\"aws\"}",
            1.0,
        ),
        (
            "agentcore_operator_backend_request_duration_seconds_count{operation=\"CreatePolicy\"}",
            1.0,
        ),
        (
            "agentcore_operator_object_writes_total{kind=\"Policy\",what=\"finalizer\"}",
            1.0,
        ),
        (
            "agentcore_operator_object_writes_total{kind=\"Policy\",what=\"status\"}",
            1.0,
        ),
        (
            "agentcore_operator_object_writes_total{kind=\"Policy\",what=\"event\"}",
            1.0,
        ),
        (
            "controller_runtime_reconcile_total{controller=\"PolicyEngine\"",
            1.0,
        ),
        (
            "controller_runtime_reconcile_time_seconds_count{controller=\"Policy\"}",
            1.0,
        ),
        ("agentcore_operator_build_info{version=", 1.0),
        (
            "agentcore_operator_resources{kind=\"Policy\",ready=\"true\"}",
            1.0,
        ),
        (
            "agentcore_operator_first_time_to_ready_seconds_count{kind=\"Policy\"}",
            1.0,
        ),
        (
            "agentcore_operator_cedar_validation_total{result=\"accepted\"}",
            1.0,
        ),
        (
            "controller_runtime_max_concurrent_reconciles{controller=\"Policy\"}",
            16.0,
        ),
        ("workqueue_adds_total{name=\"Policy\"}", 1.0),
        ("process_open_fds", 10.0),
    ] {
        assert!(operator.metric(series) >= least, "{series} in\n{text}");
    }
    let of_objects = "agentcore_operator_resource_condition{";
    let condition = format!(
        "{of_objects}kind=\"Policy\",namespace=\"{}\",name=\"agents\",condition=\"Ready\",status=\"True\"}} 1",
        scene.namespace.name
    );
    assert!(text.contains(&condition), "{condition} in\n{text}");
    for absent in ["agents", "refunds", "permit", &scene.namespace.name] {
        let line = text
            .lines()
            .find(|line| line.contains(absent) && !line.starts_with(of_objects));
        assert_eq!(line, None, "an object's {absent} would make a series each");
    }
    scene.delete("acpol/agents");
    scene.until_gone("acpol/agents");
    wait_until("its series to go", SOON, || {
        let text = operator.metrics();
        let gone =
            !text.contains("name=\"agents\"") && text.contains("agentcore_operator_deletion_seconds_count");
        gone.then_some(()).ok_or(text)
    });
}
