//! What an edit brings about.

use super::scene::{Scene, UNCHECKED_TAG, calls, engine, message, permit, policy, ready, with};
use serde_json::{Value, json};

#[test]
fn every_field_that_can_change_is_changed_in_aws_and_a_description_can_be_cleared() {
    let scene = Scene::new("edit");
    let _operator = scene.operator();
    let agents = policy("agents", &permit("agent"));
    scene.apply(&[
        engine("refunds", json!({"description": "one"})),
        with(agents, "description", json!("one")),
    ]);
    scene.until_ready("acpol/agents");
    let id = scene.policies()[0]["policyId"].clone();

    let edited = with(
        policy("agents", &permit("boss")),
        "enforcementMode",
        json!("LOG_ONLY"),
    );
    scene.apply(&[
        engine("refunds", json!({"description": "two"})),
        with(edited, "description", json!("two")),
    ]);
    scene.until_ready("acpol/agents");
    scene.until_ready("acpe/refunds");
    let now = &scene.policies()[0];
    assert_eq!(now["policyId"], id, "the same policy, not another one");
    assert_eq!(now["definition"]["cedar"]["statement"], permit("boss"));
    assert_eq!(
        (now["enforcementMode"].as_str(), now["description"].as_str()),
        (Some("LOG_ONLY"), Some("two"))
    );
    assert_eq!(scene.engines()[0]["description"], "two");

    scene.apply(&[engine("refunds", json!({})), policy("agents", &permit("boss"))]);
    scene.until_ready("acpol/agents");
    scene.until_ready("acpe/refunds");
    let now = &scene.policies()[0];
    assert_eq!(now["description"], Value::Null);
    assert_eq!(now["enforcementMode"], "ACTIVE", "left out is the default");
    assert_eq!(scene.engines()[0]["description"], Value::Null);
}

#[test]
fn tags_are_set_changed_and_taken_off_and_those_of_others_stay() {
    let scene = Scene::new("tags");
    let _operator = scene.operator();
    let tags = |pairs: &[(&str, &str)]| {
        let list: Vec<Value> = pairs.iter().map(|(k, v)| json!({"key": k, "value": v})).collect();
        engine("refunds", json!({"tags": list}))
    };
    scene.apply(&[tags(&[("team", "pay"), ("stage", "dev")])]);
    scene.until_ready("acpe/refunds");
    let arn = scene.engines()[0]["policyEngineArn"]
        .as_str()
        .expect("an ARN")
        .replace(':', "%3A")
        .replace('/', "%2F");
    let path = format!("/tags/{arn}");
    scene.call("POST", &path, &json!({"tags": {"cost-center": "7"}}));

    scene.apply(&[tags(&[("team", "money")])]);
    let object = scene.until("acpe/refunds", "tagged", |object| {
        object["status"]["tagKeys"] == json!(["team"])
    });
    assert_eq!(ready(&object)["status"], "True");
    let found = scene.call("GET", &path, &Value::Null)["tags"].clone();
    assert_eq!(
        (&found["team"], &found["stage"], &found["cost-center"]),
        (&json!("money"), &json!(null), &json!("7"))
    );
    assert_eq!(
        found["agentcore.dev/object"],
        format!("{}/refunds", scene.namespace.name)
    );
}

#[test]
fn ack4_a_failed_policy_is_repaired_by_an_edit() {
    let scene = Scene::new("repair");
    let _operator = scene.operator();
    scene.apply(&[engine("refunds", json!({})), policy("agents", UNCHECKED_TAG)]);
    scene.until_reason("acpol/agents", "CreateFailed");
    scene.apply(&[policy("agents", &permit("agent"))]);
    let object = scene.until_ready("acpol/agents");
    assert_eq!(scene.policies().len(), 1, "the failed one is gone");
    assert_eq!(object["status"]["policyId"], scene.policies()[0]["policyId"]);
    assert_eq!(object["status"]["statusReasons"], Value::Null);
}

#[test]
fn an_update_that_fails_says_that_the_version_before_is_enforced_and_the_next_edit_repairs_it() {
    let scene = Scene::new("update-failed");
    let _operator = scene.operator();
    scene.apply(&[engine("refunds", json!({})), policy("agents", &permit("agent"))]);
    scene.until_ready("acpol/agents");
    let id = scene.policies()[0]["policyId"].clone();
    scene.apply(&[policy("agents", UNCHECKED_TAG)]);
    let object = scene.until_reason("acpol/agents", "UpdateFailed");
    assert_eq!(ready(&object)["status"], "False");
    assert!(
        message(&object).contains("the version before is still enforced"),
        "{}",
        message(&object)
    );
    scene.apply(&[policy("agents", &permit("boss"))]);
    scene.until_ready("acpol/agents");
    assert_eq!(scene.policies()[0]["policyId"], id);
}

#[test]
fn a_new_validation_mode_is_told_to_aws_once_although_aws_never_returns_it() {
    let scene = Scene::new("mode");
    let operator = scene.operator();
    scene.apply(&[engine("refunds", json!({})), policy("agents", &permit("agent"))]);
    scene.until_ready("acpol/agents");
    let mode = json!("IGNORE_ALL_FINDINGS");
    scene.apply(&[with(
        policy("agents", &permit("agent")),
        "validationMode",
        mode.clone(),
    )]);
    let object = scene.until_ready("acpol/agents");
    assert_eq!(object["status"]["validationMode"], mode);
    assert_eq!(calls(&operator, "UpdatePolicy"), 1);
}
