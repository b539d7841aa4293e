//! Rows of the fault matrix (reliability.md 4) that are more than one request: what only a service can do wrong, what
//! people do to objects in the middle of work, and what becomes of watches.

use std::time::{Duration, Instant};

use serde_json::json;

use super::scripted::{Scripted, answered};
use crate::lifecycle::scene::{
    SOON, Scene, calls, engine, engine_and_policies, engine_and_policy, message, permit, policy, ready, with,
};
use crate::rig::Namespace;
use crate::rig::proxy::Gate;
use crate::rig::wait::wait_until;

/// Waits until the policy is Ready: three failures in a row, of each of four operations, may take a quarter of a minute by the
/// longest pauses that chance gives.
#[track_caller]
fn in_time(scene: &Scene) {
    wait_until("the policy to be Ready", Duration::from_mins(1), || {
        let object = scene.object("acpol/agents").expect("the policy");
        let done = super::truth::says_ready(&object);
        done.then_some(()).ok_or_else(|| object["status"].to_string())
    });
}

#[test]
fn f9_everything_gets_done_although_calls_are_throttled_again_and_again() {
    let scripted = Scripted::new("f9");
    let operations = [
        "CreatePolicyEngine",
        "CreatePolicy",
        "ListPolicies",
        "ListPolicyEngines",
        "UpdatePolicy",
    ];
    let rules =
        operations.map(|operation| answered(operation, &json!({"from": 1, "to": 3}), "ThrottlingException"));
    scripted.rules(&json!(rules));
    let scene = &scripted.scene;
    let _operator = scene.operator();
    scene.apply(&engine_and_policy());
    in_time(scene);
    scene.apply(&[policy("agents", &permit("boss"))]);
    in_time(scene);
    assert_eq!((scene.engines().len(), scene.policies().len()), (1, 1));
}

#[test]
fn f11_a_quota_that_is_used_up_is_told_and_is_tried_again_when_somebody_asks() {
    let scripted = Scripted::new("f11");
    scripted.rules(&json!([answered(
        "CreatePolicy",
        &json!("every"),
        "ServiceQuotaExceededException"
    )]));
    let scene = &scripted.scene;
    let operator = scene.operator();
    scene.apply(&engine_and_policy());
    let object = scene.until_reason("acpol/agents", "QuotaExceeded");
    assert!(
        message(&object).contains("the script says so"),
        "{}",
        message(&object)
    );
    let before = calls(&operator, "CreatePolicy");
    scene.until_ready("acpe/refunds");
    assert_eq!(calls(&operator, "CreatePolicy"), before, "no hot loop");
    scripted.rules(&json!([]));
    scene.annotate("acpol/agents", "agentcore.dev/reconcile-requested-at=now");
    scene.until_ready("acpol/agents");
}

#[test]
fn f13_an_update_of_what_is_at_work_waits_for_it_without_an_error() {
    let scripted = Scripted::new("f13");
    let scene = &scripted.scene;
    let _operator = scene.operator();
    scene.apply(&engine_and_policy());
    scene.until_ready("acpol/agents");
    scripted.rules(&json!([{"operation": "UpdatePolicyEngine", "calls": 1, "stay": "3s"}]));
    scene.apply(&[engine("refunds", json!({"description": "changed"}))]);
    scene.until_reason("acpe/refunds", "Updating");
    scene.apply(&[policy("agents", &permit("boss"))]);
    scene.until_ready("acpol/agents");
    scene.until_ready("acpe/refunds");
    assert_eq!(
        scene.policies()[0]["definition"]["cedar"]["statement"],
        permit("boss")
    );
}

#[test]
fn f14_what_failed_for_a_reason_of_the_service_is_repaired_by_an_edit() {
    let scripted = Scripted::new("f14");
    scripted.rules(&json!([
        {"operation": "CreatePolicyEngine", "calls": 1, "fail": "no key"},
        {"operation": "CreatePolicy", "calls": 1, "fail": "no luck"},
        {"operation": "UpdatePolicy", "calls": 1, "fail": "no luck either"},
        // The first one clears what CREATE_FAILED has left.
        {"operation": "DeletePolicy", "calls": 2, "fail": "not now"},
    ]));
    let scene = &scripted.scene;
    let _operator = scene.operator();
    scene.apply(&[engine("refunds", json!({"resyncInterval": "1s"}))]);
    let object = scene.until_reason("acpe/refunds", "CreateFailed");
    assert!(message(&object).contains("no key"), "{}", message(&object));
    assert_eq!(ready(&object)["status"], "False");
    scene.until_ready("acpe/refunds");
    let resynced = |role: &str| with(policy("agents", &permit(role)), "resyncInterval", json!("1s"));
    scene.apply(&[policy("agents", &permit("one"))]);
    let object = scene.until_reason("acpol/agents", "CreateFailed");
    assert!(message(&object).contains("no luck"), "{}", message(&object));
    scene.apply(&[policy("agents", &permit("two"))]);
    scene.until_ready("acpol/agents");
    scene.apply(&[policy("agents", &permit("three"))]);
    scene.until_reason("acpol/agents", "UpdateFailed");
    scene.apply(&[resynced("four")]);
    scene.until_ready("acpol/agents");
    scene.delete("acpol/agents");
    let object = scene.until_reason("acpol/agents", "DeleteFailed");
    assert!(message(&object).contains("not now"), "{}", message(&object));
    scene.annotate("acpol/agents", "agentcore.dev/reconcile-requested-at=now");
    scene.until_gone("acpol/agents");
    assert_eq!(scene.policies().len(), 0);
}

#[test]
fn ack5_f15_what_the_service_refused_and_takes_later_becomes_ready_by_itself() {
    let scripted = Scripted::new("f15");
    scripted.rules(&json!([answered(
        "CreatePolicy",
        &json!(1),
        "ValidationException"
    )]));
    let scene = &scripted.scene;
    let _operator = scene.operator();
    let resynced = with(policy("agents", &permit("agent")), "resyncInterval", json!("1s"));
    scene.apply(&[engine("refunds", json!({})), resynced]);
    scene.until_ready("acpol/agents");
    let events = scene.events("agents");
    let told = |event: &String| event.contains("the script says so");
    assert!(events.iter().any(told), "{events:?}");
}

#[test]
fn f16_a_deletion_that_is_denied_waits_and_says_so_and_retain_lets_the_object_go() {
    let scripted = Scripted::new("f16");
    let scene = &scripted.scene;
    let _operator = scene.operator();
    scene.apply(&engine_and_policy());
    scene.until_ready("acpol/agents");
    scripted.rules(&json!([answered(
        "DeletePolicy",
        &json!("every"),
        "AccessDeniedException"
    )]));
    scene.delete("acpol/agents");
    let object = scene.until_reason("acpol/agents", "AccessDenied");
    assert_eq!(
        object["metadata"]["finalizers"],
        json!(["agentcore.dev/finalizer"])
    );
    assert!(message(&object).contains("DeletePolicy"), "{}", message(&object));
    let events = scene.events("agents");
    assert!(
        events.iter().any(|event| event.starts_with("AccessDenied: ")),
        "{events:?}"
    );
    let retain = "{\"spec\": {\"deletionPolicy\": \"Retain\"}}";
    scene
        .namespace
        .kubectl(&["patch", "acpol/agents", "--type=merge", "-p", retain])
        .success();
    scene.until_gone("acpol/agents");
    assert_eq!(scene.policies().len(), 1);
}

#[test]
fn f21_an_edit_between_a_lost_answer_and_the_next_try_ends_in_one_policy_as_it_was_edited() {
    let scripted = Scripted::new("f21");
    let scene = &scripted.scene;
    scripted.rules(&json!([{"operation": "CreatePolicy", "calls": {"from": 1, "to": 3}, "drop": true}]));
    let _operator = scene.operator();
    scene.apply(&engine_and_policy());
    scene.until("acpol/agents", "sent", |_| scene.policies().len() == 1);
    scene.apply(&[policy("agents", &permit("boss"))]);
    scene.until_ready("acpol/agents");
    let policies = scene.policies();
    assert_eq!(policies.len(), 1);
    assert_eq!(policies[0]["definition"]["cedar"]["statement"], permit("boss"));
    let events = scene.events("agents");
    assert!(
        !events.iter().any(|event| event.contains("Idempotent")),
        "{events:?}"
    );
}

#[test]
fn f23_objects_that_a_backup_restored_with_new_uids_take_their_resources_up_again() {
    let scene = Scene::new("f23");
    let operator = scene.operator();
    scene.apply(&engine_and_policy());
    scene.until_ready("acpol/agents");
    let before = (
        scene.engines()[0]["policyEngineId"].clone(),
        scene.policies()[0]["policyId"].clone(),
    );
    operator.kill();
    for which in ["acpol/agents", "acpe/refunds"] {
        let release = "{\"metadata\": {\"finalizers\": null}}";
        scene
            .namespace
            .kubectl(&["patch", which, "--type=merge", "-p", release])
            .success();
        scene.namespace.kubectl(&["delete", which]).success();
    }
    scene.apply(&engine_and_policy());
    let operator = scene.operator();
    scene.until_ready("acpe/refunds");
    scene.until_ready("acpol/agents");
    let after = (
        scene.engines()[0]["policyEngineId"].clone(),
        scene.policies()[0]["policyId"].clone(),
    );
    assert_eq!(before, after);
    assert_eq!((scene.engines().len(), scene.policies().len()), (1, 1));
    assert_eq!(
        calls(&operator, "CreatePolicyEngine") + calls(&operator, "DeletePolicy"),
        0
    );
}

#[test]
fn f25_an_object_made_again_while_its_resource_is_being_deleted_gets_a_resource_of_its_own() {
    let scene = Scene::with_backend("f25", &["--transition-delay", "2s"]);
    let operator = scene.operator();
    scene.apply(&engine_and_policy());
    scene.until_ready("acpol/agents");
    let old = scene.policies()[0]["policyId"].clone();
    scene.delete("acpol/agents");
    scene.until("acpol/agents", "DELETING", |object| {
        object["status"]["status"] == "DELETING"
    });
    operator.kill();
    let release = "{\"metadata\": {\"finalizers\": null}}";
    scene
        .namespace
        .kubectl(&["patch", "acpol/agents", "--type=merge", "-p", release])
        .success();
    scene.apply(&[policy("agents", &permit("boss"))]);
    let _operator = scene.operator();
    scene.until_ready("acpol/agents");
    let policies = scene.policies();
    assert_eq!(policies.len(), 1);
    assert_ne!(policies[0]["policyId"], old);
    assert_eq!(policies[0]["definition"]["cedar"]["statement"], permit("boss"));
}

#[test]
fn f26_an_edit_while_the_service_creates_is_the_one_that_counts() {
    let scene = Scene::with_backend("f26", &["--transition-delay", "2s"]);
    let _operator = scene.operator();
    scene.apply(&engine_and_policy());
    scene.until_reason("acpol/agents", "Creating");
    scene.apply(&[policy("agents", &permit("boss"))]);
    let object = scene.until_ready("acpol/agents");
    assert_eq!(object["metadata"]["generation"], 2);
    assert_eq!(
        scene.policies()[0]["definition"]["cedar"]["statement"],
        permit("boss")
    );
}

#[test]
fn f29_a_namespace_of_two_hundred_objects_is_gone_within_a_minute() {
    let (scene, tenant) = (Scene::new("f29"), Namespace::new("f29-tenant"));
    let watching = ["--watch-namespace", tenant.name.as_str()];
    let _operator = scene.setup().args(&watching).start_ready();
    let all = engine_and_policies(200);
    let list = json!({"apiVersion": "v1", "kind": "List", "items": all});
    tenant.apply(&list.to_string()).success();
    wait_until("all to be Ready", Duration::from_mins(2), || {
        let counts = tenant.get("acpe", "refunds").expect("the engine")["status"]["policies"].clone();
        (counts["active"] == 200)
            .then_some(())
            .ok_or_else(|| counts.to_string())
    });
    let began = Instant::now();
    let delete = ["delete", "namespace", &tenant.name, "--timeout=90s"];
    scene.namespace.cluster.kubectl(&delete).success();
    assert!(
        began.elapsed() < Duration::from_mins(1),
        "took {:?}",
        began.elapsed()
    );
    assert_eq!(scene.engines().len(), 0);
}

#[test]
fn f31_what_happened_while_a_watch_was_deaf_is_seen_when_it_is_cut() {
    let scene = Scene::new("f31");
    let gate = Gate::new();
    let _operator = scene.setup().through(&gate).start_ready();
    let [engine, agents] = engine_and_policy();
    scene.apply(&[engine, agents, policy("guests", &permit("guest"))]);
    scene.until_ready("acpol/agents");
    scene.until_ready("acpol/guests");
    gate.deafen();
    scene.apply(&[policy("agents", &permit("boss")), policy("late", &permit("late"))]);
    scene.delete("acpol/guests");
    gate.cut();
    scene.until_gone("acpol/guests");
    scene.until_ready("acpol/agents");
    scene.until_ready("acpol/late");
    let mut statements: Vec<String> = scene
        .policies()
        .iter()
        .map(|policy| policy["definition"]["cedar"]["statement"].to_string())
        .collect();
    statements.sort();
    assert_eq!(
        statements,
        [permit("boss"), permit("late")].map(|statement| json!(statement).to_string())
    );
}

#[test]
fn f48_sigterm_in_the_middle_of_creates_leaves_nothing_twice() {
    let scene = Scene::new("f48");
    let operator = scene.operator();
    scene.apply(&engine_and_policies(40));
    wait_until("some to be sent", SOON, || {
        let sent = scene.policies().len();
        (sent >= 5).then_some(()).ok_or_else(|| sent.to_string())
    });
    let began = Instant::now();
    assert_eq!(operator.terminate().code(), Some(0));
    assert!(
        began.elapsed() < Duration::from_secs(10),
        "took {:?}",
        began.elapsed()
    );
    let _operator = scene.operator();
    scene.until("acpe/refunds", "counted", |object| {
        object["status"]["policies"]["active"] == 40
    });
    assert_eq!((scene.engines().len(), scene.policies().len()), (1, 40));
}
