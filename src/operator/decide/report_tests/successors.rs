//! A `forbid` that is deleted while another object says the same (reliability.md 2.6.4, I8).

use super::scene::{Scene, record};
use crate::api::Policy;
use crate::model::{Lifecycle, sha256};
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

/// Another object of the engine that adopts this asset, with this status.
fn adopting(asset: &str, status: Value) -> Policy {
    let definition = json!({"generation": {"name": "draft", "assetId": asset}});
    let mut object = serde_json::to_value(other("/spec/definition", definition)).unwrap();
    object["status"] = status;
    serde_json::from_value(object).unwrap()
}

/// The status of one that has adopted this statement.
fn adopted(asset: &str, statement: &str) -> Value {
    json!({
        "observedGeneration": 1, "conditions": [], "effectiveStatement": statement,
        "adopted": {"name": "draft", "generationId": "n-1234567890", "assetId": asset, "member": "cedar",
                    "statementDigest": sha256([statement]).as_str()},
    })
}

fn stalled(mut status: Value) -> Value {
    let time = "2026-01-01T00:00:00Z";
    status["observedGeneration"] = json!(1);
    status["conditions"] = json!([{"type": "Stalled", "status": "True", "reason": "InvalidSpec", "message": "m",
                                   "lastTransitionTime": time}]);
    status
}

const ASSET: &str = "asset-1234567890";

#[test]
fn a_forbid_stays_until_what_adopts_an_asset_that_may_say_the_same_has_been_looked_at() {
    let active = || deleted(forbidding(Lifecycle::Active));
    let fresh = adopting(ASSET, Value::Null);
    assert!(may_forbid(&fresh), "its own deletion looks at others, too");
    let mut first = fresh.clone();
    first.metadata.name = Some("a".to_owned());
    let (_, message) = beside(active(), &[first, coming()]);
    assert!(
        message.contains("Policy other, which says the same"),
        "who surely does is named: {message}"
    );
    let (plan, message) = beside(active(), &[fresh]);
    assert_eq!(plan, Plan::Wait(Wait::Successor));
    assert!(
        message.contains("Policy other, which may say the same"),
        "{message}"
    );
    // What is known of it decides, and what does not come is not waited for.
    for (status, expected) in [
        (adopted(ASSET, LAID_OUT_ANEW), Plan::Wait(Wait::Successor)),
        (adopted(ASSET, &FORBID.replace("== 1", "== 2")), Plan::Delete),
        (stalled(json!({})), Plan::Delete),
    ] {
        let (plan, _) = beside(active(), &[adopting(ASSET, status.clone())]);
        assert_eq!(plan, expected, "{status}");
    }
    // One that was edited: AWS enforces what it had adopted, and it is not known yet what comes.
    let edited = |status: Value| adopting("asset-2222222222", status);
    let (plan, _) = beside(
        active(),
        &[edited(adopted(ASSET, "permit(principal, action, resource);"))],
    );
    assert_eq!(plan, Plan::Wait(Wait::Successor));
    let (plan, _) = beside(active(), &[edited(stalled(adopted(ASSET, FORBID)))]);
    assert_eq!(plan, Plan::Refuse(Refuse::Dependents));
}

#[test]
fn what_aws_shows_by_its_asset_forbids_what_was_adopted_from_that() {
    let shown = |asset: &str| PolicyRecord {
        statement: Some(Statement::Generation(format!("n-1234567890/{asset}"))),
        ..record(Lifecycle::Active)
    };
    let seen = |asset: &str, status: Value| {
        let definition = json!({"generation": {"name": "draft", "assetId": ASSET}});
        deleted(shown(asset))
            .with("/spec/definition", definition)
            .after(status)
    };
    let forbids = || seen(ASSET, adopted(ASSET, FORBID));
    assert_eq!(beside(forbids(), &[coming()]).0, Plan::Wait(Wait::Successor));
    assert_eq!(beside(forbids(), &[says("Ready")]).0, Plan::Delete);
    let permits = seen(ASSET, adopted(ASSET, &FORBID.replacen("forbid", "permit", 1)));
    assert_eq!(beside(permits, &[coming()]).0, Plan::Delete);
    // What it says is not known: whatever is coming may say the same, and nothing else is waited for.
    for status in [Value::Null, adopted("asset-2222222222", FORBID)] {
        let unknown = || seen(ASSET, status.clone());
        assert_eq!(beside(unknown(), &[coming()]).0, Plan::Wait(Wait::Successor));
        for others in [vec![], vec![says("Ready")], vec![says("Stalled")]] {
            assert_eq!(beside(unknown(), &others).0, Plan::Delete, "{others:?}");
        }
    }
}

#[test]
fn what_is_to_be_adopted_is_known_from_its_generation_or_waited_for_while_that_runs() {
    let asset = |statement: &str| Asset {
        asset_id: ASSET.into(),
        fragment: "text".into(),
        definition: Some(Written::of(&Statement::Cedar(statement.into()))),
        findings: Vec::new(),
    };
    let with = |assets: Option<Vec<Asset>>, stalled: bool| Generated {
        assets,
        stalled,
        ..Generated::default()
    };
    let over = |statement: &str| with(Some(vec![asset(statement)]), false);
    let waits = Plan::Wait(Wait::Successor);
    let permit = FORBID.replacen("forbid", "permit", 1);
    for (generated, expected) in [
        (Some(over(LAID_OUT_ANEW)), waits),
        (Some(over(&FORBID.replace("== 1", "== 2"))), Plan::Delete),
        (Some(over(&permit)), Plan::Delete),
        (Some(with(Some(Vec::new()), false)), Plan::Delete),
        (Some(with(None, false)), waits),
        (Some(with(None, true)), Plan::Delete),
        (None, Plan::Delete),
    ] {
        let mut scene = deleted(forbidding(Lifecycle::Active));
        let declared = Declaration::of(&adopting(ASSET, Value::Null)).unwrap();
        let known = declared.known(generated.as_ref());
        scene.declared = Arc::new(known.into_iter().collect());
        assert_eq!(scene.report().0, expected, "{generated:?}");
    }
    // Where nothing else is to be had, what was adopted before stays.
    let edited = Declaration::of(&adopting("asset-2222222222", adopted(ASSET, FORBID))).unwrap();
    let known = edited.known(None).unwrap();
    assert_eq!((known.meaning.is_some(), known.unadopted), (true, None));
}
