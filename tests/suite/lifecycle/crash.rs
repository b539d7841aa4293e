//! SIGKILL at every request that changes something, between apply and Ready: before the server has seen it, and after it
//! was done and before the operator knows. Started again, there is one engine and one policy, and both are Ready.

use super::scene::{Scene, engine, observed, permit, policy, ready};
use crate::rig::OperatorSetup;
use crate::rig::proxy::{Gate, Moment, Mutation, to_backend};
use crate::rig::wait::wait_until;
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

/// Events are told after the fact and change no object.
fn is_event(mutation: &Mutation) -> bool {
    mutation.what.contains("/apis/events.k8s.io/")
}

/// Requests that could leave something behind: each must have been the last one of some operator.
const ESSENTIAL: [&str; 6] = [
    "PATCH /apis/agentcore.dev/v1alpha1/namespaces/*/policyengines/refunds",
    "POST /policy-engines",
    "PATCH /apis/agentcore.dev/v1alpha1/namespaces/*/policyengines/refunds/status",
    "PATCH /apis/agentcore.dev/v1alpha1/namespaces/*/policies/agents",
    "POST /policy-engines/*/policies",
    "PATCH /apis/agentcore.dev/v1alpha1/namespaces/*/policies/agents/status",
];

#[track_caller]
fn every_moment(what: &str, objects: &dyn Fn() -> [serde_json::Value; 2]) {
    let clean = Scene::new(&format!("{what}-clean"));
    let gate = Gate::new();
    let operator = gated(&clean, &gate).start_ready();
    clean.apply(&objects());
    clean.until_ready("acpol/agents");
    clean.until_ready("acpe/refunds");
    operator.kill();

    let mut killed = Vec::new();
    for mutation in gate.mutations().iter().filter(|mutation| !is_event(mutation)) {
        for moment in [Moment::BeforeForward, Moment::BeforeReply] {
            if killed_at(what, mutation, moment, &objects()) {
                killed.push((mutation.what.clone(), moment));
            }
        }
    }
    for what in ESSENTIAL {
        for moment in [Moment::BeforeForward, Moment::BeforeReply] {
            let found = killed.contains(&(what.to_owned(), moment));
            assert!(found, "nobody was killed {moment:?} of {what}: {killed:#?}");
        }
    }
}

/// Kills the operator at this request and starts it again; false if both turn Ready without the request,
/// for two tasks race and a status in between is not always written.
fn killed_at(what: &str, mutation: &Mutation, moment: Moment, objects: &[serde_json::Value]) -> bool {
    let scene = Scene::new(what);
    let gate = Gate::new();
    gate.hold(mutation.clone(), moment);
    let setup = gated(&scene, &gate);
    let operator = setup.start_ready();
    scene.apply(objects);
    let is_ready = |which: &str| {
        let object = scene.object(which);
        object.is_some_and(|object| ready(&object)["status"] == "True" && observed(&object))
    };
    let held = wait_until(
        &format!("{mutation:?} or the end"),
        Duration::from_secs(30),
        || match gate.holds() {
            true => Ok(true),
            false if is_ready("acpol/agents") && is_ready("acpe/refunds") => Ok(false),
            false => Err(format!("{:#?}", gate.mutations())),
        },
    );
    if !held {
        return false;
    }
    operator.kill();
    gate.open();
    let _operator = setup.start_ready();
    scene.until_ready("acpe/refunds");
    scene.until_ready("acpol/agents");
    let told = format!("killed {moment:?} of {mutation:?}");
    assert_eq!((scene.engines().len(), scene.policies().len()), (1, 1), "{told}");
    let id = scene.object("acpol/agents").expect("the policy")["status"]["policyId"].clone();
    assert_eq!(scene.policies()[0]["policyId"], id, "{told}");
    true
}

#[test]
fn a_kill_at_any_moment_of_a_create_leaves_one_engine_and_one_policy() {
    every_moment("kill", &unnamed);
}

#[test]
fn a_kill_at_any_moment_leaves_one_of_each_also_under_names_of_the_user_s_own() {
    every_moment("kill-named", &named);
}
