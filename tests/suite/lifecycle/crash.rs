//! SIGKILL at every request that changes something, between apply and Ready: before the server has seen it, and after it
//! was done and before the operator knows. Started again, there is one engine and one policy, and both are Ready.

use super::scene::{Scene, engine, permit, policy};
use crate::rig::OperatorSetup;
use crate::rig::proxy::{Gate, Moment, to_backend};
use crate::rig::wait::wait_for;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// Names given by the spec: no digest in the name says whose the resource is, only the tags and the client token do.
fn named() -> [serde_json::Value; 2] {
    let mut policy = policy("agents", &permit("agent"));
    policy["spec"]["name"] = json!("Agents");
    [engine("refunds", json!({"name": "Refunds"})), policy]
}

fn unnamed() -> [serde_json::Value; 2] {
    [engine("refunds", json!({})), policy("agents", &permit("agent"))]
}

/// The operator, with every request to either server going through the gate.
fn gated<'a>(scene: &'a Scene, gate: &Arc<Gate>) -> OperatorSetup<'a> {
    let backend = to_backend(gate, &scene.backend.url);
    OperatorSetup::aws(&scene.namespace, &backend).through(gate)
}

/// Events are told after the fact and change no object; which of them come is not the same in every run.
fn is_event(request: &str) -> bool {
    request.contains("/apis/events.k8s.io/")
}

#[track_caller]
fn every_moment(what: &str, objects: &dyn Fn() -> [serde_json::Value; 2]) {
    let clean = Scene::new(&format!("{what}-clean"));
    let gate = Gate::new();
    let operator = gated(&clean, &gate).start_ready();
    clean.apply(&objects());
    clean.until_ready("acpol/agents");
    clean.until_ready("acpe/refunds");
    operator.kill();
    let requests = gate.requests();
    let kinds = |part: &str| requests.iter().filter(|request| request.contains(part)).count();
    assert!(kinds("POST /policy-engines") >= 2, "two creates: {requests:?}");
    assert!(
        kinds("PATCH /apis/agentcore.dev") >= 4,
        "two finalizers and two statuses: {requests:?}"
    );

    let mut killed = 0;
    for (number, request) in requests
        .iter()
        .enumerate()
        .filter(|(_, request)| !is_event(request))
    {
        for moment in [Moment::BeforeForward, Moment::BeforeReply] {
            let scene = Scene::new(&format!("{what}-{number}"));
            let gate = Gate::new();
            gate.hold(number, moment);
            let setup = gated(&scene, &gate);
            let operator = setup.start_ready();
            scene.apply(&objects());
            wait_for(
                &format!("request {number} ({request}) to be held"),
                Duration::from_secs(20),
                || gate.holds(),
            );
            operator.kill();
            gate.open();
            let _operator = setup.start_ready();
            scene.until_ready("acpe/refunds");
            scene.until_ready("acpol/agents");
            let told = format!("killed at {number} {request} {moment:?}");
            assert_eq!((scene.engines().len(), scene.policies().len()), (1, 1), "{told}");
            let id = scene.object("acpol/agents").expect("the policy")["status"]["policyId"].clone();
            assert_eq!(scene.policies()[0]["policyId"], id, "{told}");
            killed += 1;
        }
    }
    println!(
        "{what}: killed at {killed} moments of {} requests",
        requests.len()
    );
}

#[test]
fn a_kill_at_any_moment_of_a_create_leaves_one_engine_and_one_policy() {
    every_moment("kill", &unnamed);
}

#[test]
fn a_kill_at_any_moment_leaves_one_of_each_also_under_names_of_the_user_s_own() {
    every_moment("kill-named", &named);
}
