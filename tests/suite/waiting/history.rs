//! Every status that is ever written, not only those that a look happens to meet.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::lifecycle::generation::stage;
use crate::lifecycle::scene::{Scene, UNCHECKED_TAG, engine, permit, policy, with};
use crate::rig::Backend;
use crate::rig::kstatus::{Kstatus, assert_contract, kstatus, reason};
use crate::rig::watch::Watch;

/// Holds the contract on every version and returns `reason: kstatus` of those whose status is of their own
/// generation.
#[track_caller]
fn states(versions: &[Value]) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    for version in versions {
        let kstatus = match assert_contract(version) {
            Kstatus::Failed(_) => "Failed".to_owned(),
            Kstatus::Current => "Current".to_owned(),
            Kstatus::InProgress => "InProgress".to_owned(),
            Kstatus::Terminating => "Terminating".to_owned(),
        };
        if version["status"]["observedGeneration"] == version["metadata"]["generation"] {
            seen.insert(format!("{}: {kstatus}", reason(version).unwrap_or("none")));
        }
    }
    seen
}

#[track_caller]
fn assert_seen(states: &BTreeSet<String>, expected: &[&str]) {
    for state in expected {
        assert!(states.contains(*state), "{state} was not reached: {states:?}");
    }
}

/// Waits until a watch has brought an object of this name and generation whose Ready has this reason.
#[track_caller]
fn until(watch: &Watch, name: &str, wanted: &str) -> Vec<Value> {
    watch.until(&format!("{name} to be {wanted}"), |version| {
        version["metadata"]["name"] == name && reason(version) == Some(wanted)
    })
}

#[test]
fn a_policy_that_is_applied_with_its_gateway_and_tool_is_never_said_to_have_failed() {
    let scene = Scene::with_backend("history-tools", &["--transition-delay", "1s"]);
    let policies = Watch::start(&scene.namespace, "acpol");
    let _operator = scene.operator();
    let of_gateway = "resource == AgentCore::Gateway::\"refunds\"";
    let about = |action: &str| {
        let of_action = permit("agent").replacen("action", action, 1);
        of_action.replacen("resource is AgentCore::Gateway", of_gateway, 1)
    };
    scene.apply(&[
        policy(
            "one",
            &about("action == AgentCore::Action::\"refund-tool___process_refund\""),
        ),
        policy("all", &about("action in AgentCore::Action::\"refund-tool\"")),
    ]);
    scene.apply(&stage());
    for name in ["one", "all"] {
        let seen = states(&until(&policies, name, "Synced"));
        let allowed = [
            "DependencyNotReady: InProgress",
            "Synced: Current",
            "none: InProgress",
            "Creating: InProgress",
        ];
        assert!(
            seen.iter().all(|state| allowed.contains(&state.as_str())),
            "{name}: {seen:?}"
        );
        assert_seen(&seen, &allowed[..2]);
    }
}

#[test]
fn every_status_of_a_policys_life_obeys_flux_and_kstatus() {
    // Slow enough that work under way is worth a status: what is done within a second is not told.
    let scene = Scene::with_backend("history", &["--transition-delay", "2s"]);
    let policies = Watch::start(&scene.namespace, "acpol");
    let engines = Watch::start(&scene.namespace, "acpe");
    let _operator = scene.operator();
    scene.apply(&[
        policy("agents", &permit("agent")),
        policy("broken", "permit(principal, action, ressource == X);"),
        policy("unchecked", UNCHECKED_TAG),
    ]);
    until(&policies, "agents", "DependencyNotReady");
    scene.apply(&[engine("refunds", json!({}))]);
    scene.until_ready("acpol/agents");
    until(&policies, "broken", "InvalidPolicy");
    until(&policies, "unchecked", "CreateFailed");

    let boss = policy("agents", &permit("boss"));
    scene.apply(&[boss.clone(), engine("refunds", json!({"description": "two"}))]);
    scene.until_ready("acpol/agents");
    scene.until_ready("acpe/refunds");
    scene.apply(&[with(boss, "suspend", json!(true))]);
    scene.until_ready("acpol/agents");
    scene.apply(&[policy("agents", UNCHECKED_TAG)]);
    until(&policies, "agents", "UpdateFailed");

    scene.delete("acpe/refunds");
    until(&engines, "refunds", "DeletionBlocked");
    for name in ["agents", "broken", "unchecked"] {
        scene.delete(&format!("acpol/{name}"));
    }
    scene.until_gone("acpe/refunds");

    let of_policies = states(&policies.versions());
    let expected = [
        "DependencyNotReady: InProgress",
        "Creating: InProgress",
        "Synced: Current",
        "InvalidPolicy: Failed",
        "CreateFailed: Failed",
        "Updating: InProgress",
        "UpdateFailed: Failed",
        "Deleting: Terminating",
    ];
    assert_seen(&of_policies, &expected);
    let of_engines = states(&engines.versions());
    let expected = [
        "Creating: InProgress",
        "Synced: Current",
        "Updating: InProgress",
        "DeletionBlocked: Terminating",
        "Deleting: Terminating",
    ];
    assert_seen(&of_engines, &expected);
}

#[test]
fn every_status_between_an_owner_a_drift_and_an_outage_obeys_flux_and_kstatus() {
    let mut scene = Scene::with_backend("history-trouble", &["--transition-delay", "300ms"]);
    let policies = Watch::start(&scene.namespace, "acpol");
    let engines = Watch::start(&scene.namespace, "acpe");
    let _operator = scene.operator();
    let often = |object| with(object, "resyncInterval", json!("1s"));
    scene.call("POST", "/policy-engines", &json!({"name": "Taken"}));
    let agents = often(policy("agents", &permit("agent")));
    scene.apply(&[
        engine("refunds", json!({})),
        engine("taken", json!({"name": "Taken"})),
        agents.clone(),
    ]);
    scene.until_ready("acpol/agents");
    until(&engines, "taken", "Conflict");

    let path = scene.policy_path();
    scene.call("PATCH", &path, &json!({"enforcementMode": "LOG_ONLY"}));
    until(&policies, "agents", "DriftCorrecting");
    scene.until_ready("acpol/agents");
    scene.apply(&[with(agents, "managementPolicy", json!("Observe"))]);
    scene.until_ready("acpol/agents");
    scene.call("PATCH", &path, &json!({"enforcementMode": "LOG_ONLY"}));
    until(&policies, "agents", "DriftDetected");
    scene.call("PATCH", &path, &json!({"enforcementMode": "ACTIVE"}));
    scene.until_ready("acpol/agents");

    let address = scene.backend.url.trim_start_matches("http://").to_owned();
    scene.backend.process().signal("KILL");
    scene.apply(&[policy("late", &permit("late"))]);
    until(&policies, "agents", "Stale");
    until(&policies, "late", "BackendUnavailable");
    scene.backend = Backend::start_at(&address, &scene.namespace.dir(), &[]);
    scene.until_ready("acpol/late");
    scene.until_ready("acpol/agents");

    let expected = [
        "Synced: Current",
        "DriftCorrecting: InProgress",
        "DriftDetected: Failed",
        "Stale: Current",
        "BackendUnavailable: InProgress",
    ];
    assert_seen(&states(&policies.versions()), &expected);
    assert_seen(&states(&engines.versions()), &["Conflict: Failed"]);
}

#[test]
fn a_suspended_object_keeps_its_state_and_a_spec_changed_meanwhile_is_never_said_to_be_ready() {
    let scene = Scene::new("history-suspend");
    let _operator = scene.operator();
    scene.apply(&[engine("refunds", json!({})), policy("agents", &permit("agent"))]);
    scene.until_ready("acpol/agents");
    let suspended = |role: &str| with(policy("agents", &permit(role)), "suspend", json!(true));
    scene.apply(&[suspended("agent")]);
    let object = scene.until_ready("acpol/agents");
    assert_eq!(assert_contract(&object), Kstatus::Current, "S15");
    scene.apply(&[suspended("boss")]);
    let now = "agentcore.dev/reconcile-requested-at=now";
    scene
        .namespace
        .kubectl(&["annotate", "acpol/agents", now])
        .success();
    let object = scene.until("acpol/agents", "looked at", |object| {
        object["status"]["lastHandledReconcileAt"] == "now"
    });
    assert_eq!(assert_contract(&object), Kstatus::InProgress, "S16");
    assert_eq!(kstatus(&object), Ok(Kstatus::InProgress));
    assert_eq!(reason(&object), Some("Synced"), "kept, of the generation before");
}
