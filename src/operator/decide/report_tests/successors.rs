//! A `forbid` that is deleted while another object says the same (reliability.md 2.6.4, I8).

use super::scene::{Scene, record};
use crate::api::Policy;
use crate::model::Lifecycle;
use crate::operator::decide::*;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

const FORBID: &str =
    "forbid(principal, action, resource is AgentCore::Gateway) when { context.input.a == 1 };";
const LAID_OUT_ANEW: &str =
    "// moved\nforbid(principal, action, resource is AgentCore::Gateway)\nwhen { context.input.a == 1 };";

fn forbidding(status: Lifecycle) -> PolicyRecord {
    PolicyRecord {
        statement: Some(Statement::Cedar(FORBID.into())),
        ..record(status)
    }
}

/// A policy that has been in deletion for long enough.
fn deleted(found: PolicyRecord) -> Scene {
    let just = just_deleted(found.clone());
    let mut scene = just.then(Ok(Found::There(found)), None);
    scene.now = scene.now.checked_add(Duration::from_secs(1)).unwrap();
    scene
}

fn just_deleted(found: PolicyRecord) -> Scene {
    Scene::new(Ok(Found::There(found))).with("/metadata/deletionTimestamp", json!("2026-01-01T00:00:00Z"))
}

/// Another object of the engine that says the same, in these words.
fn other(pointer: &str, value: Value) -> Policy {
    let mut object = json!({
        "apiVersion": "agentcore.dev/v1alpha1", "kind": "Policy",
        "metadata": {"name": "other", "namespace": "team", "uid": "v", "generation": 1},
        "spec": {"policyEngineRef": {"name": "e"}, "definition": {"cedar": {"statement": LAID_OUT_ANEW}}},
        "status": {"observedGeneration": 1, "conditions": []}
    });
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    object.pointer_mut(parent).unwrap()[key] = value;
    serde_json::from_value(object).unwrap()
}

fn coming() -> Policy {
    other("/metadata/generation", json!(1))
}

fn says(kind: &str) -> Policy {
    let time = "2026-01-01T00:00:00Z";
    let condition =
        json!({"type": kind, "status": "True", "reason": "Some", "message": "m", "lastTransitionTime": time});
    other("/status/conditions", json!([condition]))
}

fn beside(mut scene: Scene, others: &[Policy]) -> (Plan, String) {
    scene.declared = Arc::new(others.iter().filter_map(Declaration::of).collect());
    let (plan, report) = scene.report();
    let ready = |status: Value| {
        status["conditions"][0]["message"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    (plan, report.status.map(ready).unwrap_or_default())
}

#[test]
fn a_forbid_stays_until_what_takes_its_place_is_in_force() {
    let active = || deleted(forbidding(Lifecycle::Active));
    let (plan, message) = beside(active(), &[coming()]);
    assert_eq!(plan, Plan::Wait(Wait::Successor));
    assert!(
        message.contains("until Policy other, which says the same, is in force"),
        "{message}"
    );
    assert_eq!(beside(active(), &[says("Ready")]).0, Plan::Delete);
    assert_eq!(
        beside(active(), &[coming(), says("Ready")]).0,
        Plan::Delete,
        "one is enough"
    );
    assert_eq!(beside(active(), &[]).0, Plan::Delete);
}

#[test]
fn a_forbid_lingers_a_moment_so_that_what_takes_its_place_may_be_applied() {
    let just = just_deleted(forbidding(Lifecycle::Active));
    assert_eq!(just.report().1.status, None, "not worth a word");
    let (plan, report) = just.report();
    assert_eq!(
        (plan, report.next),
        (Plan::Wait(Wait::Successor), Next::Poll(Duration::from_secs(1)))
    );
}

#[test]
fn what_asks_for_nothing_or_says_something_else_takes_no_place() {
    let elsewhere = [
        other("/metadata/deletionTimestamp", json!("2026-01-01T00:00:00Z")),
        other("/spec/suspend", json!(true)),
        other("/spec/managementPolicy", json!("Observe")),
        other("/spec/enforcementMode", json!("LOG_ONLY")),
        other("/spec/policyEngineRef", json!({"name": "another"})),
        other(
            "/spec/definition",
            json!({"cedar": {"statement": FORBID.replacen("forbid", "permit", 1)}}),
        ),
        other(
            "/spec/definition",
            json!({"cedar": {"statement": FORBID.replace("== 1", "== 2")}}),
        ),
        other("/metadata/uid", json!("u")),
    ];
    for other in elsewhere {
        let (plan, _) = beside(
            deleted(forbidding(Lifecycle::Active)),
            std::slice::from_ref(&other),
        );
        assert_eq!(plan, Plan::Delete, "{other:?}");
    }
}

#[test]
fn a_permit_and_what_was_never_in_force_are_deleted_at_once() {
    let log_only = PolicyRecord {
        enforcement_mode: Some("LOG_ONLY".into()),
        ..forbidding(Lifecycle::Active)
    };
    for found in [
        record(Lifecycle::Active),
        forbidding(Lifecycle::CreateFailed),
        log_only,
    ] {
        let (plan, _) = beside(just_deleted(found.clone()), &[coming()]);
        assert_eq!(plan, Plan::Delete, "{found:?}");
    }
}

#[test]
fn what_does_not_get_on_keeps_the_forbid_in_force_and_is_named_in_its_own_namespace_alone() {
    let (plan, message) = beside(deleted(forbidding(Lifecycle::UpdateFailed)), &[says("Stalled")]);
    assert_eq!(plan, Plan::Refuse(Refuse::Dependents));
    assert!(message.contains("Policy other"), "{message}");
    let foreign = |mut policy: Policy| {
        policy.metadata.namespace = Some("stranger".into());
        policy.spec.policy_engine_ref.as_mut().unwrap().namespace = Some("team".into());
        policy
    };
    let (plan, message) = beside(deleted(forbidding(Lifecycle::Active)), &[foreign(coming())]);
    assert_eq!(plan, Plan::Wait(Wait::Successor));
    assert!(
        !message.contains("stranger") && !message.contains("other,"),
        "{message}"
    );
    let (plan, _) = beside(
        deleted(forbidding(Lifecycle::Active)),
        &[foreign(says("Stalled"))],
    );
    assert_eq!(plan, Plan::Delete);
}

/// What the statement of a spec, and the one that the status says is in force, may forbid.
fn forbids(written: &str, in_force: Option<&str>) -> (bool, bool) {
    let mut scene =
        Scene::new(Ok(Found::Absent)).with("/spec/definition", json!({"policy": {"statement": written}}));
    if let Some(text) = in_force {
        scene = scene.after(json!({"effectiveStatement": text}));
    }
    let object: Policy = serde_json::from_value(scene.object).expect("a Policy");
    (may_forbid(&object), Declaration::of(&object).is_some())
}

#[test]
fn what_cedar_does_not_read_forbids_unless_it_begins_otherwise() {
    let scope = "(principal, action, resource is AgentCore::Gateway)";
    let (permit, forbid) = (format!("permit{scope};"), format!("forbid{scope};"));
    let temporal = |text: &str| text.replace(';', " when temporal { count(1h) < 3 };");
    assert_eq!(forbids(&forbid, None), (true, true));
    assert_eq!(forbids(&permit, None), (false, false));
    assert_eq!(forbids(&temporal(&forbid), None), (true, true));
    assert_eq!(forbids(&temporal(&permit), None), (false, false));
    assert_eq!(
        forbids(&permit, Some(&forbid)),
        (true, false),
        "it is still in force"
    );
    assert_eq!(forbids(&permit, Some(&permit)), (false, false));
}

#[test]
fn a_gateway_s_name_and_its_arn_say_the_same() {
    const ARN: &str = "arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/refunds-abcdef0123";
    let forbid = |gateway: &str| {
        format!(
            "forbid(principal, action, resource == AgentCore::Gateway::\"{gateway}\") when {{ context.input.a == 1 }};"
        )
    };
    let found = PolicyRecord {
        statement: Some(Statement::Cedar(forbid(ARN))),
        ..record(Lifecycle::Active)
    };
    let scene = |own: &str| {
        deleted(found.clone()).with("/spec/definition", json!({"cedar": {"statement": forbid(own)}}))
    };
    let named = |own: &str| {
        let mut scene = scene(own);
        let gateway = Reference {
            arn: Some(ARN.into()),
            ..Reference::default()
        };
        scene.gateways = [("refunds".to_owned(), gateway)].into();
        scene
    };
    let by_name = json!({"cedar": {"statement": forbid("refunds")}});
    // One that was applied a moment ago, of which nothing is known but its manifest.
    let fresh = other("/spec/definition", by_name.clone());
    assert_eq!(
        beside(named("refunds"), std::slice::from_ref(&fresh)).0,
        Plan::Wait(Wait::Successor)
    );
    // One that knows what it means: also where this one does not know the name.
    let mut sent: Value = serde_json::to_value(&fresh).unwrap();
    sent["status"]["effectiveStatement"] = json!(forbid(ARN));
    let sent: Policy = serde_json::from_value(sent).unwrap();
    assert_eq!(
        beside(scene(ARN), std::slice::from_ref(&sent)).0,
        Plan::Wait(Wait::Successor)
    );
    // The same name in another namespace is another gateway.
    let mut elsewhere: Value = serde_json::to_value(&fresh).unwrap();
    elsewhere["metadata"]["namespace"] = json!("elsewhere");
    elsewhere["spec"]["policyEngineRef"] = json!({"name": "e", "namespace": "team"});
    let elsewhere: Policy = serde_json::from_value(elsewhere).unwrap();
    assert_eq!(
        beside(named("refunds"), std::slice::from_ref(&elsewhere)).0,
        Plan::Delete
    );
}
