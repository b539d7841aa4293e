//! The service is away, or the operator was.

use super::scene::{Scene, calls, engine, passes, permit, policy, ready, with};
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
fn quiet_objects_are_looked_at_and_not_written() {
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
