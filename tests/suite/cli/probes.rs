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

#[test]
fn metrics_have_the_names_and_labels_that_dashboards_use() {
    let scene = Scene::new("cli-metrics");
    let operator = scene.operator();
    scene.apply(&[engine("refunds", json!({})), policy("agents", &permit("agent"))]);
    scene.until_ready("acpol/agents");
    let text = operator.metrics();
    assert!(text.ends_with("# EOF\n"), "OpenMetrics ends with a mark");
    let families: BTreeSet<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE "))
        .collect();
    let expected = [
        "agentcore_operator_backend_request_duration_seconds histogram",
        "agentcore_operator_backend_requests counter",
        "agentcore_operator_build info",
        "agentcore_operator_object_writes counter",
        "controller_runtime_active_workers gauge",
        "controller_runtime_reconcile counter",
        "controller_runtime_reconcile_errors counter",
        "controller_runtime_reconcile_panics counter",
        "controller_runtime_reconcile_time_seconds histogram",
    ];
    assert_eq!(families, BTreeSet::from(expected));
    let described = text.lines().filter(|line| line.starts_with("# HELP ")).count();
    assert_eq!(described, expected.len(), "every family is described");
    for (series, least) in [
        (
            "agentcore_operator_backend_requests_total{operation=\"CreatePolicy\",code=\"OK\"}",
            1.0,
        ),
        (
            "agentcore_operator_backend_requests_total{operation=\"ListPolicies\",code=\"OK\"}",
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
    ] {
        assert!(operator.metric(series) >= least, "{series} in\n{text}");
    }
    for absent in ["agents", "refunds", "permit", &scene.namespace.name] {
        assert!(
            !text.contains(absent),
            "an object's {absent} would make a series each:\n{text}"
        );
    }
}
