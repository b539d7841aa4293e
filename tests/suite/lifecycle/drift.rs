//! What is changed in AWS behind the spec's back.

use super::scene::{Scene, calls, condition, engine, message, permit, policy, ready, with};
use crate::rig::wait_until;
use serde_json::{Value, json};
use std::time::Duration;

fn resynced(object: Value) -> Value {
    with(object, "resyncInterval", json!("1s"))
}

#[test]
fn what_was_edited_behind_the_spec_s_back_is_put_right_at_the_resync_and_told() {
    let scene = Scene::new("drift");
    let _operator = scene.operator();
    scene.apply(&[
        resynced(engine("refunds", json!({}))),
        resynced(policy("agents", &permit("agent"))),
    ]);
    scene.until_ready("acpol/agents");
    let path = scene.policy_path();
    let edit = json!({"definition": {"cedar": {"statement": permit("intruder")}}});
    scene.call("PATCH", &path, &edit);
    wait_until("the statement to be put right", Duration::from_secs(10), || {
        let policy = scene.call("GET", &path, &Value::Null);
        let right =
            policy["definition"]["cedar"]["statement"] == permit("agent") && policy["status"] == "ACTIVE";
        right.then_some(()).ok_or_else(|| policy.to_string())
    });
    scene.until_ready("acpol/agents");
    let events = scene.events("agents");
    let told = |event: &String| event.starts_with("DriftCorrected: ") && event.contains("definition");
    assert!(events.iter().any(told), "{events:?}");
    // The same again is no Event of its own.
    scene.call("PATCH", &path, &edit);
    wait_until("the Event to be counted", Duration::from_secs(10), || {
        let listed = scene
            .namespace
            .kubectl(&["get", "events.events.k8s.io", "-o", "json"]);
        let listed: Value = serde_json::from_str(&listed.success()).expect("JSON");
        let items = listed["items"].as_array().expect("items");
        let about = items.iter().filter(|event| event["reason"] == "DriftCorrected");
        let counts: Vec<&Value> = about.map(|event| &event["series"]["count"]).collect();
        let right = counts == [&json!(2)];
        right.then_some(()).ok_or_else(|| format!("{counts:?}"))
    });
}

/// P4: whoever's listing shows it, the object whose resource was changed or deleted looks at once.
#[test]
fn what_another_object_s_look_shows_is_put_right_long_before_the_own_resync() {
    let scene = Scene::new("strays");
    let _operator = scene.operator();
    let seldom = |object| with(object, "resyncInterval", json!("24h"));
    scene.apply(&[
        seldom(engine("refunds", json!({}))),
        seldom(policy("edited", &permit("agent"))),
        seldom(policy("deleted", &permit("boss"))),
        resynced(policy("looks", &permit("looker"))),
    ]);
    for name in ["edited", "deleted", "looks"] {
        scene.until_ready(&format!("acpol/{name}"));
    }
    let id = |name: &str| {
        let object = scene.object(&format!("acpol/{name}")).expect("the policy");
        object["status"]["policyId"].as_str().expect("an id").to_owned()
    };
    let (edited, deleted) = (id("edited"), id("deleted"));
    let engine_id = scene.engines()[0]["policyEngineId"]
        .as_str()
        .expect("an id")
        .to_owned();
    let path = |id: &str| format!("/policy-engines/{engine_id}/policies/{id}");
    let edit = json!({"enforcementMode": "LOG_ONLY"});
    scene.call("PATCH", &path(&edited), &edit);
    scene.call("DELETE", &path(&deleted), &Value::Null);
    wait_until("both to be put right", Duration::from_secs(20), || {
        let policies = scene.policies();
        let right = |policy: &Value| policy["status"] == "ACTIVE" && policy["enforcementMode"] == "ACTIVE";
        let all = policies.len() == 3 && policies.iter().all(right);
        all.then_some(()).ok_or_else(|| format!("{policies:?}"))
    });
    scene.until("acpol/deleted", "another policy, Ready", |object| {
        object["status"]["policyId"] != deleted.as_str() && ready(object)["status"] == "True"
    });
}

#[test]
fn an_engine_s_description_and_tags_are_put_right_too() {
    let scene = Scene::new("engine-drift");
    let _operator = scene.operator();
    let spec =
        json!({"description": "ours", "tags": [{"key": "team", "value": "pay"}], "resyncInterval": "1s"});
    scene.apply(&[engine("refunds", spec)]);
    scene.until_ready("acpe/refunds");
    let found = scene.engines()[0].clone();
    let text = |key: &str| found[key].as_str().expect("a text").to_owned();
    let tags = format!(
        "/tags/{}",
        text("policyEngineArn").replace(':', "%3A").replace('/', "%2F")
    );
    scene.call("POST", &tags, &json!({"tags": {"team": "theirs"}}));
    let edit = json!({"description": {"optionalValue": "theirs"}});
    scene.call(
        "PATCH",
        &format!("/policy-engines/{}", text("policyEngineId")),
        &edit,
    );
    wait_until("both to be put right", Duration::from_secs(15), || {
        let now = (
            scene.engines()[0]["description"].clone(),
            scene.call("GET", &tags, &Value::Null)["tags"].clone(),
        );
        let right = now.0 == "ours" && now.1["team"] == "pay";
        right.then_some(()).ok_or_else(|| format!("{now:?}"))
    });
    scene.until_ready("acpe/refunds");
}

#[test]
fn a_request_by_either_annotation_is_answered_though_both_are_there() {
    let scene = Scene::new("both-requests");
    let _operator = scene.operator();
    scene.apply(&[engine("refunds", json!({}))]);
    scene.until_ready("acpe/refunds");
    let long = "x".repeat(300);
    for (annotation, value) in [
        ("agentcore.dev/reconcile-requested-at", "one"),
        ("reconcile.fluxcd.io/requestedAt", "two"),
        ("agentcore.dev/reconcile-requested-at", long.as_str()),
        ("reconcile.fluxcd.io/requestedAt", "three"),
    ] {
        let request = format!("{annotation}={value}");
        scene
            .namespace
            .kubectl(&["annotate", "--overwrite", "acpe/refunds", &request])
            .success();
        let echoed: String = value.chars().take(253).collect();
        scene.until("acpe/refunds", value, |object| {
            object["status"]["lastHandledReconcileAt"] == echoed.as_str()
        });
    }
}

#[test]
fn what_was_deleted_behind_the_spec_s_back_is_made_anew() {
    let scene = Scene::new("deleted");
    let _operator = scene.operator();
    scene.apply(&[
        resynced(engine("refunds", json!({}))),
        resynced(policy("agents", &permit("agent"))),
    ]);
    let before = scene.until_ready("acpol/agents")["status"]["policyId"].clone();
    let path = scene.policy_path();
    scene.call("DELETE", &path, &Value::Null);
    let object = scene.until("acpol/agents", "made anew", |object| {
        object["status"]["policyId"] != before && condition(object, "Ready")["status"] == "True"
    });
    assert_eq!(scene.policies()[0]["policyId"], object["status"]["policyId"]);
}

#[test]
fn an_observed_object_reports_drift_and_changes_nothing() {
    let scene = Scene::new("observe");
    let operator = scene.operator();
    scene.apply(&[engine("refunds", json!({})), policy("agents", &permit("agent"))]);
    scene.until_ready("acpol/agents");
    let observe = |statement: &str| {
        resynced(with(
            policy("agents", statement),
            "managementPolicy",
            json!("Observe"),
        ))
    };
    scene.apply(&[observe(&permit("agent"))]);
    scene.until_ready("acpol/agents");
    scene.call(
        "PATCH",
        &scene.policy_path(),
        &json!({"enforcementMode": "LOG_ONLY"}),
    );
    let object = scene.until_reason("acpol/agents", "DriftDetected");
    let text = message(&object);
    assert!(
        text.contains("enforcementMode: wanted 'ACTIVE', found 'LOG_ONLY'"),
        "{text}"
    );
    assert_eq!(condition(&object, "Drifted")["status"], "True");
    assert_eq!(calls(&operator, "UpdatePolicy"), 0);
    scene.delete("acpol/agents");
    scene.until_gone("acpol/agents");
    assert_eq!(scene.policies().len(), 1, "observing never deletes");
}

#[test]
fn a_suspended_object_is_left_alone_and_goes_on_when_resumed() {
    let scene = Scene::new("suspend");
    let operator = scene.operator();
    scene.apply(&[engine("refunds", json!({})), policy("agents", &permit("agent"))]);
    scene.until_ready("acpol/agents");
    scene.apply(&[with(policy("agents", &permit("agent")), "suspend", json!(true))]);
    // Suspending alone changes nothing that Ready speaks of.
    scene.until_ready("acpol/agents");
    scene.apply(&[with(policy("agents", &permit("boss")), "suspend", json!(true))]);
    let request = "agentcore.dev/reconcile-requested-at=now";
    scene
        .namespace
        .kubectl(&["annotate", "acpol/agents", request])
        .success();
    let object = scene.until("acpol/agents", "looked at", |o| {
        o["status"]["lastHandledReconcileAt"] == "now"
    });
    assert_ne!(
        object["status"]["observedGeneration"],
        object["metadata"]["generation"]
    );
    assert_eq!(calls(&operator, "UpdatePolicy"), 0);
    scene.apply(&[policy("agents", &permit("boss"))]);
    scene.until_ready("acpol/agents");
    assert_eq!(
        scene.policies()[0]["definition"]["cedar"]["statement"],
        permit("boss")
    );
}

#[test]
fn a_request_to_reconcile_now_looks_at_aws_anew_and_is_answered() {
    let scene = Scene::new("now");
    let _operator = scene.operator();
    scene.apply(&[engine("refunds", json!({})), policy("agents", &permit("agent"))]);
    scene.until_ready("acpol/agents");
    scene.call(
        "PATCH",
        &scene.policy_path(),
        &json!({"enforcementMode": "LOG_ONLY"}),
    );
    scene
        .namespace
        .kubectl(&["annotate", "acpol/agents", "reconcile.fluxcd.io/requestedAt=a1"])
        .success();
    scene.until("acpol/agents", "put right", |object| {
        object["status"]["lastHandledReconcileAt"] == "a1"
            && scene.policies()[0]["enforcementMode"] == "ACTIVE"
    });
    scene.until_ready("acpol/agents");
}
