//! What is counted is shown.

use super::*;

#[test]
fn what_is_counted_is_shown_under_the_field_s_names() {
    let metrics = Metrics::new("local", 2);
    metrics.controller_started("policy", 16);
    metrics.pass_begun("policy");
    metrics.pass_ended("policy", PassResult::RequeueAfter, Duration::from_millis(3));
    metrics.backend_request("CreatePolicy", "OK", Duration::from_millis(3));
    metrics.object_write("Policy", "status");
    metrics.leads(true);
    let text = metrics.text();
    for line in [
        "controller_runtime_reconcile_total{controller=\"policy\",result=\"requeue_after\"} 1",
        "controller_runtime_reconcile_time_seconds_count{controller=\"policy\"} 1",
        "agentcore_operator_backend_requests_total{operation=\"CreatePolicy\",code=\"OK\",backend=\"local\"} 1",
        "agentcore_operator_object_writes_total{kind=\"Policy\",what=\"status\"} 1",
        "leader_election_master_status{name=\"agentcore-policy-operator\"} 1",
        "agentcore_operator_build_info{version=",
        "controller_runtime_reconcile_errors_total{controller=\"policy\"} 0",
        "controller_runtime_reconcile_panics_total{controller=\"policy\"} 0",
    ] {
        assert!(text.contains(line), "{line} not in\n{text}");
    }
}

#[test]
fn what_is_worth_counting_of_an_object_s_life_is_shown() {
    let metrics = Metrics::new("aws", 2);
    let seconds = Duration::from_secs;
    for milestone in [
        Milestone::FirstReady(seconds(2)),
        Milestone::Drifted,
        Milestone::Agrees(seconds(3)),
        Milestone::Gone(seconds(4)),
        Milestone::Stalled,
    ] {
        metrics.milestone("Policy", milestone);
    }
    metrics.cedar_validated(false);
    metrics.kubernetes_request("GET".into(), "host:1".into(), "200".into());
    let text = metrics.text();
    for line in [
        "agentcore_operator_first_time_to_ready_seconds_sum{kind=\"Policy\"} 2",
        "agentcore_operator_drift_total{kind=\"Policy\"} 1",
        "agentcore_operator_drift_seconds_sum{kind=\"Policy\"} 3",
        "agentcore_operator_deletion_seconds_sum{kind=\"Policy\"} 4",
        "agentcore_operator_cedar_validation_total{result=\"refused\"} 1",
        "controller_runtime_terminal_reconcile_errors_total{controller=\"Policy\"} 1",
        "rest_client_requests_total{code=\"200\",method=\"GET\",host=\"host:1\"} 1",
        "process_resident_memory_bytes ",
    ] {
        assert!(text.contains(line), "{line} not in\n{text}");
    }
}

#[test]
fn each_object_s_conditions_are_shown_unless_there_are_too_many_objects() {
    let objects = |count: usize| {
        let standing = |number: usize| Standing {
            namespace: "team".into(),
            name: format!("p{number}"),
            conditions: vec![("Ready", if number == 0 { "False" } else { "True" })],
        };
        let metrics = Metrics::new("local", 2);
        metrics.objects("Policy", Box::new(move || (0..count).map(standing).collect()));
        metrics.text()
    };
    let few = objects(2);
    for line in [
        "agentcore_operator_resources{kind=\"Policy\",ready=\"true\"} 1",
        "agentcore_operator_resources{kind=\"Policy\",ready=\"false\"} 1",
        "agentcore_operator_resource_conditions_untold{kind=\"Policy\"} 0",
        "agentcore_operator_resource_condition{kind=\"Policy\",namespace=\"team\",name=\"p0\",condition=\"Ready\",status=\"False\"} 1",
    ] {
        assert!(few.contains(line), "{line} not in\n{few}");
    }
    let many = objects(3);
    assert!(
        many.contains("agentcore_operator_resource_conditions_untold{kind=\"Policy\"} 1"),
        "{many}"
    );
    assert!(
        many.contains("agentcore_operator_resources{kind=\"Policy\",ready=\"true\"} 2"),
        "{many}"
    );
    assert!(!many.contains("name=\"p"), "{many}");
}
