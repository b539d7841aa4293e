//! The service is away, or the operator was.

use super::scene::{Scene, calls, engine, passes, permit, policy, ready, with};
use crate::rig::proxy::Gate;
use crate::rig::wait::wait_for;
use crate::rig::watch::Watch;
use crate::rig::{Backend, Namespace, OperatorSetup, wait_until};
use serde_json::json;
use std::time::Duration;

#[test]
fn while_the_service_is_away_what_was_in_sync_stays_ready_as_stale_and_new_work_is_tried_again() {
    let mut scene = Scene::new("away");
    let address = scene.backend.url.trim_start_matches("http://").to_owned();
    let _operator = scene.operator();
    let object = with(policy("agents", &permit("agent")), "resyncInterval", json!("1s"));
    scene.apply(&[engine("refunds", json!({})), object]);
    scene.until_ready("acpol/agents");
    let elsewhere = scene.namespace.dir().join("other");
    std::fs::create_dir_all(&elsewhere).expect("a folder");
    let other = Backend::start(&elsewhere, &[]);
    std::mem::replace(&mut scene.backend, other).kill();

    let object = scene.until_reason("acpol/agents", "Stale");
    assert_eq!(ready(&object)["status"], "True");
    scene.apply(&[policy("boss", &permit("boss"))]);
    let object = scene.until_reason("acpol/boss", "BackendUnavailable");
    assert_eq!(ready(&object)["status"], "False");

    scene.backend = Backend::start_at(&address, &scene.namespace.dir(), &[]);
    scene.until_reason("acpol/agents", "Synced");
    scene.until_ready("acpol/boss");
    assert_eq!(scene.policies().len(), 2);
}

/// F36: its look is older than what the object says by now, and it does not know that.
#[test]
fn an_operator_that_another_one_has_overtaken_says_nothing_of_its_older_look() {
    let mut scene = Scene::new("overtaken");
    let address = scene.backend.url.trim_start_matches("http://").to_owned();
    let gate = Gate::new();
    let slow = scene.setup().through(&gate).start_ready();
    let object = with(policy("agents", &permit("agent")), "resyncInterval", json!("1s"));
    scene.apply(&[engine("refunds", json!({})), object]);
    scene.until_ready("acpol/agents");
    let watch = Watch::start(&scene.namespace, "acpol");
    gate.delay("policies/agents/status");
    let elsewhere = scene.namespace.dir().join("other");
    std::fs::create_dir_all(&elsewhere).expect("a folder");
    let other = Backend::start(&elsewhere, &[]);
    std::mem::replace(&mut scene.backend, other).kill();
    // Its look has failed, and what it says of that is under way.
    wait_for("a pass to be held", Duration::from_secs(20), || {
        let lists = "agentcore_operator_backend_requests_total{operation=\"ListPolicies\",code=\"";
        let failed = slow.metric(lists) - slow.metric(&format!("{lists}OK\""));
        failed > 0.0 && slow.metric("controller_runtime_active_workers{controller=\"Policy\"") > 0.0
    });

    let script = scene.namespace.dir().join("script.yaml");
    let rule = "rules: [{operation: ListPolicies, answer: {error: AccessDeniedException}}]";
    std::fs::write(&script, rule).expect("a file");
    let flags = ["--fault-script", &script.to_string_lossy()];
    scene.backend = Backend::start_at(&address, &scene.namespace.dir(), &flags);
    let _other = scene.setup().named("other").start_ready();
    scene.until_reason("acpol/agents", "AccessDenied");
    let passes = || slow.metric("controller_runtime_reconcile_total{controller=\"Policy\"");
    let before = passes();
    gate.open();
    wait_for("the pass to end", Duration::from_secs(20), || passes() > before);

    scene
        .namespace
        .kubectl(&["label", "acpol/agents", "looked=yes"])
        .success();
    let versions = watch.until("the label", |version| {
        version["metadata"]["labels"]["looked"] == "yes"
    });
    let told: Vec<String> = versions
        .iter()
        .map(|version| format!("{} {}", ready(version)["status"], ready(version)["reason"]))
        .collect();
    let denied = told.iter().position(|told| told.contains("AccessDenied"));
    let since = &told[denied.expect("it was seen")..];
    assert!(since.iter().all(|told| told.contains("False")), "{told:?}");
}

#[test]
fn a_restarted_operator_writes_nothing_to_what_is_in_sync() {
    let scene = Scene::new("restart");
    let operator = scene.operator();
    scene.apply(&[engine("refunds", json!({})), policy("agents", &permit("agent"))]);
    scene.until_ready("acpol/agents");
    // The engine's count of its policies follows a little later.
    scene.until("acpe/refunds", "counted", |object| {
        object["status"]["policies"]["active"] == 1
    });
    operator.kill();
    let written = (
        scene.writes("policyengines", "refunds"),
        scene.writes("policies", "agents"),
    );
    let operator = scene.operator();
    wait_until("both to be looked at", Duration::from_secs(10), || {
        let passes = passes(&operator);
        (passes >= 2).then_some(()).ok_or_else(|| passes.to_string())
    });
    assert_eq!(
        (
            scene.writes("policyengines", "refunds"),
            scene.writes("policies", "agents")
        ),
        written
    );
    for operation in ["CreatePolicy", "UpdatePolicy", "DeletePolicy", "TagResource"] {
        assert_eq!(calls(&operator, operation), 0, "{operation}");
    }
}

#[test]
fn ack8_quiet_objects_are_looked_at_and_not_written() {
    let scene = Scene::new("quiet");
    let operator = scene.operator();
    let resync = json!("1s");
    scene.apply(&[
        engine("refunds", json!({"resyncInterval": resync})),
        with(policy("agents", &permit("agent")), "resyncInterval", resync),
    ]);
    scene.until_ready("acpol/agents");
    scene.until("acpe/refunds", "counted", |object| {
        object["status"]["policies"]["active"] == 1
    });
    let writes = || {
        (
            scene.writes("policyengines", "refunds"),
            scene.writes("policies", "agents"),
        )
    };
    let (written, before) = (writes(), passes(&operator));
    wait_until("three resyncs of both", Duration::from_secs(15), || {
        let now = passes(&operator);
        (now >= before + 6).then_some(()).ok_or_else(|| now.to_string())
    });
    assert_eq!(writes(), written);
}

#[test]
fn proxy_variables_come_between_the_operator_and_neither_its_api_server_nor_its_own_backend() {
    let namespace = Namespace::new("proxies");
    let mut setup = OperatorSetup::local(&namespace);
    for variable in [
        "HTTP_PROXY",
        "http_proxy",
        "HTTPS_PROXY",
        "https_proxy",
        "ALL_PROXY",
    ] {
        setup = setup.env(variable, "http://127.0.0.1:9");
    }
    let _operator = setup.start_ready();
    namespace
        .apply(&engine("refunds", json!({})).to_string())
        .success();
    namespace
        .kubectl(&["wait", "--for=condition=Ready", "--timeout=20s", "acpe/refunds"])
        .success();
}
