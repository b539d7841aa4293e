//! Whose a resource is.

use super::scene::{Scene, engine, message, permit, policy, ready, with};
use serde_json::{Value, json};

#[test]
fn an_engine_name_that_another_owner_holds_is_a_conflict_and_the_engine_is_never_touched() {
    let scene = Scene::new("conflict");
    let _operator = scene.operator();
    let taken = json!({"name": "Taken", "description": "theirs"});
    let id = scene.call("POST", "/policy-engines", &taken)["policyEngineId"].clone();
    let resync = json!("1s");
    scene.apply(&[engine(
        "refunds",
        json!({"name": "Taken", "description": "ours", "resyncInterval": resync}),
    )]);
    let object = scene.until_reason("acpe/refunds", "Conflict");
    assert_eq!(ready(&object)["status"], "False");
    assert!(
        message(&object).contains("spec.adoptionPolicy: IfUnowned"),
        "{}",
        message(&object)
    );
    let engines = scene.engines();
    assert_eq!((engines.len(), &engines[0]["description"]), (1, &json!("theirs")));
    // It clears when the name is free.
    scene.call(
        "DELETE",
        &format!("/policy-engines/{}", id.as_str().expect("an id")),
        &Value::Null,
    );
    scene.until_ready("acpe/refunds");
    assert_eq!(scene.engines()[0]["description"], "ours");
}

#[test]
fn a_policy_name_that_another_owner_holds_is_a_conflict_and_its_object_can_be_deleted() {
    let scene = Scene::new("policy-conflict");
    let _operator = scene.operator();
    scene.apply(&[engine("refunds", json!({}))]);
    scene.until_ready("acpe/refunds");
    let engine_id = scene.engines()[0]["policyEngineId"]
        .as_str()
        .expect("an id")
        .to_owned();
    let foreign = json!({"name": "Taken", "definition": {"cedar": {"statement": permit("theirs")}}});
    scene.call("POST", &format!("/policy-engines/{engine_id}/policies"), &foreign);
    scene.apply(&[with(policy("agents", &permit("ours")), "name", json!("Taken"))]);
    scene.until_reason("acpol/agents", "Conflict");
    scene.delete("acpol/agents");
    scene.until_gone("acpol/agents");
    assert_eq!(
        scene.policies()[0]["definition"]["cedar"]["statement"],
        permit("theirs")
    );
}

#[test]
fn a_policy_name_that_is_held_in_another_engine_is_a_conflict() {
    let scene = Scene::new("account-wide");
    let _operator = scene.operator();
    let other = scene.call("POST", "/policy-engines", &json!({"name": "Other"}));
    let other = other["policyEngineId"].as_str().expect("an id").to_owned();
    scene.apply(&[engine("refunds", json!({}))]);
    scene.until_ready("acpe/refunds");
    let foreign = json!({"name": "Taken", "definition": {"cedar": {"statement": permit("theirs")}}});
    scene.call("POST", &format!("/policy-engines/{other}/policies"), &foreign);
    scene.apply(&[with(policy("agents", &permit("ours")), "name", json!("Taken"))]);
    let object = scene.until_reason("acpol/agents", "Conflict");
    assert!(
        message(&object).contains("Policy with the same name already exists"),
        "{}",
        message(&object)
    );
}

#[test]
fn an_unowned_engine_and_policy_are_taken_over_when_that_is_asked_for() {
    let scene = Scene::new("adopt");
    let _operator = scene.operator();
    let id = scene.call("POST", "/policy-engines", &json!({"name": "Found"}))["policyEngineId"].clone();
    let id = id.as_str().expect("an id");
    scene.apply(&[engine(
        "refunds",
        json!({"name": "Found", "adoptionPolicy": "IfUnowned"}),
    )]);
    let object = scene.until_ready("acpe/refunds");
    assert_eq!(object["status"]["policyEngineId"], id);
    let found = json!({"name": "FoundPolicy", "definition": {"cedar": {"statement": permit("old")}}});
    let made = scene.call("POST", &format!("/policy-engines/{id}/policies"), &found);
    let ours = with(policy("agents", &permit("new")), "name", json!("FoundPolicy"));
    scene.apply(&[with(ours, "adoptionPolicy", json!("IfUnowned"))]);
    let object = scene.until_ready("acpol/agents");
    assert_eq!(object["status"]["policyId"], made["policyId"]);
    assert_eq!(
        scene.policies()[0]["definition"]["cedar"]["statement"],
        permit("new")
    );
}

#[test]
fn two_objects_that_claim_one_engine_do_not_share_it() {
    let scene = Scene::new("two-claims");
    let _operator = scene.operator();
    scene.apply(&[engine("first", json!({"name": "Shared", "description": "first"}))]);
    scene.until_ready("acpe/first");
    let claim = json!({"name": "Shared", "description": "second", "adoptionPolicy": "IfUnowned"});
    scene.apply(&[engine("second", claim)]);
    scene.until_reason("acpe/second", "Conflict");
    assert_eq!(scene.engines()[0]["description"], "first");
    scene.delete("acpe/second");
    scene.until_gone("acpe/second");
    assert_eq!(scene.engines().len(), 1);
}

#[test]
fn two_objects_that_claim_one_policy_do_not_share_it() {
    let scene = Scene::new("two-policies");
    let _operator = scene.operator();
    let claim = |name: &str, role: &str| {
        let object = with(policy(name, &permit(role)), "name", json!("Shared"));
        with(object, "adoptionPolicy", json!("IfUnowned"))
    };
    scene.apply(&[engine("refunds", json!({})), claim("first", "first")]);
    scene.until_ready("acpol/first");
    scene.apply(&[claim("second", "second")]);
    scene.until_reason("acpol/second", "Conflict");
    assert_eq!(
        scene.policies()[0]["definition"]["cedar"]["statement"],
        permit("first")
    );
    scene.delete("acpol/second");
    scene.until_gone("acpol/second");
    assert_eq!(scene.policies().len(), 1);
    scene.until_ready("acpol/first");
}
