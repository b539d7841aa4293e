//! What `kubectl apply` brings about.

use super::scene::{Scene, calls, condition, engine, message, permit, policy, ready, with};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

#[test]
fn an_engine_and_a_policy_applied_together_are_ready_within_three_seconds_by_listing_alone() {
    let scene = Scene::new("together");
    let operator = scene.operator();
    let began = Instant::now();
    scene.apply(&[
        policy("agents", &permit("agent")),
        engine("refunds", json!({"description": "Refunds"})),
    ]);
    let object = scene.until_ready("acpol/agents");
    assert!(
        began.elapsed() < Duration::from_secs(3),
        "took {:?}",
        began.elapsed()
    );

    let (engines, policies) = (scene.engines(), scene.policies());
    assert_eq!((engines.len(), policies.len()), (1, 1));
    assert_eq!(engines[0]["description"], "Refunds");
    assert_eq!(policies[0]["definition"]["cedar"]["statement"], permit("agent"));
    // The status is the service's own, word for word.
    let status = &object["status"];
    for field in ["policyId", "policyArn", "policyEngineId", "status"] {
        assert_eq!(status[field], policies[0][field], "{field}");
    }
    // Times are the same times: the zeros at the end of a fraction are written by one side alone.
    for field in ["createdAt", "updatedAt"] {
        let time = |value: &Value| {
            let text = value[field]
                .as_str()
                .expect("a time")
                .trim_end_matches('Z')
                .to_owned();
            if text.contains('.') {
                text.trim_end_matches(['0', '.']).to_owned()
            } else {
                text
            }
        };
        assert_eq!(time(status), time(&policies[0]), "{field}");
    }
    assert_eq!(status["effectiveStatement"], permit("agent"));
    assert_eq!(ready(&object)["reason"], "Synced");
    assert_eq!(condition(&object, "Reconciling"), json!(null));
    assert_eq!(condition(&object, "Stalled"), json!(null));

    assert_eq!(calls(&operator, "GetPolicy"), 0);
    assert_eq!(calls(&operator, "CreatePolicy"), 1);
    let (engine, policy) = (
        scene.writes("policyengines", "refunds"),
        scene.writes("policies", "agents"),
    );
    assert!((1..=3).contains(&engine), "{engine} writes of the engine");
    assert!((1..=3).contains(&policy), "{policy} writes of the policy");
}

#[test]
fn ack7_f28_a_policy_applied_before_its_engine_says_what_it_waits_for_and_goes_on_when_it_is_active() {
    let scene = Scene::new("before");
    let _operator = scene.operator();
    scene.apply(&[policy("agents", &permit("agent"))]);
    let object = scene.until_reason("acpol/agents", "DependencyNotReady");
    assert!(
        message(&object).contains("PolicyEngine refunds is not there"),
        "{}",
        message(&object)
    );
    assert_eq!(condition(&object, "Reconciling")["status"], "True");
    assert_eq!(
        object["metadata"]["finalizers"],
        json!(null),
        "nothing is in AWS that had to be held"
    );

    scene.apply(&[engine("refunds", json!({}))]);
    scene.until("acpe/refunds", "ACTIVE", |object| {
        object["status"]["status"] == "ACTIVE"
    });
    let active = Instant::now();
    scene.until_ready("acpol/agents");
    assert!(
        active.elapsed() < Duration::from_secs(2),
        "took {:?}",
        active.elapsed()
    );
}

#[test]
fn a_policy_of_an_engine_named_by_its_aws_id_needs_no_engine_object() {
    let scene = Scene::new("by-id");
    let _operator = scene.operator();
    let made = scene.call("POST", "/policy-engines", &json!({"name": "Elsewhere"}));
    let id = made["policyEngineId"].as_str().expect("an id").to_owned();
    let mut object = policy("agents", &permit("agent"));
    object["spec"]
        .as_object_mut()
        .expect("a spec")
        .remove("policyEngineRef");
    scene.apply(&[with(object, "policyEngineId", json!(id))]);
    let object = scene.until_ready("acpol/agents");
    assert_eq!(object["status"]["policyEngineId"], id);
}

#[test]
fn a_statement_that_does_not_parse_is_refused_with_its_place_and_nothing_is_sent() {
    let scene = Scene::new("unparsable");
    let operator = scene.operator();
    let statement = "permit(principal, action, resource is AgentCore::Gateway)\nwhen { principal = 1 };";
    scene.apply(&[engine("refunds", json!({})), policy("typo", statement)]);
    let object = scene.until_reason("acpol/typo", "InvalidPolicy");
    assert!(
        message(&object).contains("line 2, column "),
        "{}",
        message(&object)
    );
    assert_eq!(ready(&object)["status"], "False");
    assert_eq!(
        condition(&object, "Stalled")["message"],
        ready(&object)["message"]
    );
    assert_eq!(object["metadata"]["finalizers"], json!(null));
    assert_eq!(calls(&operator, "CreatePolicy"), 0);
    scene.delete("acpol/typo");
    scene.until_gone("acpol/typo");
}

#[test]
fn ack1_a_failed_policy_is_never_ready_and_shows_the_service_s_own_words() {
    let scene = Scene::new("invalid");
    let _operator = scene.operator();
    scene.apply(&[
        engine("refunds", json!({})),
        policy("unchecked", super::scene::UNCHECKED_TAG),
    ]);
    let object = scene.until_reason("acpol/unchecked", "CreateFailed");
    let policies = scene.policies();
    assert_eq!(object["status"]["status"], "CREATE_FAILED");
    assert_eq!(object["status"]["statusReasons"], policies[0]["statusReasons"]);
    assert_eq!(ready(&object)["status"], "False");
    assert_eq!(condition(&object, "Stalled")["status"], "True");
    let text = message(&object);
    assert!(
        text.contains("unable to guarantee safety of access to tag") && !text.contains('\n'),
        "{text}"
    );
    let events = scene.events("unchecked");
    assert!(
        events.iter().any(|event| event.starts_with("ValidationFailed: ")),
        "{events:?}"
    );
}

#[test]
fn the_operator_needs_no_rule_that_the_chart_does_not_give_it() {
    let scene = Scene::new("rbac");
    let operator = scene.operator();
    scene.apply(&[engine("refunds", json!({})), policy("agents", &permit("agent"))]);
    scene.until_ready("acpol/agents");
    scene.delete("acpe/refunds");
    scene.delete("acpol/agents");
    scene.until_gone("acpe/refunds");
    assert!(operator.terminate().success());
    let user = scene.namespace.operator_user();
    let refused: Vec<_> = scene
        .namespace
        .cluster
        .requests()
        .into_iter()
        .filter(|request| request.user == user && request.is_forbidden())
        .collect();
    assert_eq!(refused, []);
}
