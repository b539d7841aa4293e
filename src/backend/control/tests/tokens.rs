use super::*;
use futures::future::join_all;

/// `compat.token-replay` by default.
const TOKEN_LIFETIME: Duration = Duration::from_hours(24);
const TOKEN: &str = "0123456789012345678901234567890123";

fn engine(name: &str, token: &str) -> Value {
    json!({"name": name, "clientToken": token})
}

async fn mismatch(rig: &Rig, operation: &str, input: Value) {
    match rig.call(operation, input).await {
        Err(Refusal::Validation {
            reason: Reason::IdempotentParameterMismatch,
            ..
        }) => {}
        other => panic!("{operation}: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_again_gives_the_same_resource_as_it_is_now() {
    let rig = Rig::new().await;
    let first = rig.ok("CreatePolicyEngine", engine("e", TOKEN)).await;
    assert_eq!(rig.ok("CreatePolicyEngine", engine("e", TOKEN)).await, first);
    rig.settle().await;
    let rig = rig.restarted().await;
    let later = rig.ok("CreatePolicyEngine", engine("e", TOKEN)).await;
    assert_eq!(later["policyEngineId"], first["policyEngineId"]);
    assert_eq!(later["status"], "ACTIVE");
    // Without the token, the name is taken.
    rig.conflict("CreatePolicyEngine", json!({"name": "e"})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_request_with_the_same_token_is_a_mismatch() {
    let rig = Rig::new().await;
    rig.ok("CreatePolicyEngine", engine("e", TOKEN)).await;
    mismatch(&rig, "CreatePolicyEngine", engine("f", TOKEN)).await;
    let described = with(engine("e", TOKEN), "description", json!("d"));
    mismatch(&rig, "CreatePolicyEngine", described).await;
    // Members that the service does not know are not part of the request, and a default is what it stands for.
    rig.ok(
        "CreatePolicyEngine",
        with(engine("e", TOKEN), "unknown", json!(1)),
    )
    .await;
    rig.settle().await;
    let id = rig.engine("g").await;
    let input = with(new_policy(&id, "p", GOOD), "clientToken", json!(TOKEN));
    rig.ok("CreatePolicy", input.clone()).await;
    rig.ok(
        "CreatePolicy",
        with(input.clone(), "enforcementMode", json!("ACTIVE")),
    )
    .await;
    mismatch(
        &rig,
        "CreatePolicy",
        with(input, "enforcementMode", json!("LOG_ONLY")),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_counts_within_its_operation_and_engine() {
    let rig = Rig::new().await;
    let (one, other) = (rig.engine("e").await, rig.engine("f").await);
    rig.ok("CreatePolicyEngine", engine("g", TOKEN)).await;
    let made = rig
        .ok(
            "CreatePolicy",
            with(new_policy(&one, "p", GOOD), "clientToken", json!(TOKEN)),
        )
        .await;
    let made_too = rig
        .ok(
            "CreatePolicy",
            with(new_policy(&other, "q", GOOD), "clientToken", json!(TOKEN)),
        )
        .await;
    assert_ne!(made["policyId"], made_too["policyId"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_forgotten_after_a_day_of_the_services_time() {
    let rig = Rig::new().await;
    let first = rig.ok("CreatePolicyEngine", engine("e", TOKEN)).await;
    rig.settle().await;
    rig.service
        .advance(TOKEN_LIFETIME.saturating_sub(DELAY + Duration::from_micros(1)));
    assert_eq!(
        rig.ok("CreatePolicyEngine", engine("e", TOKEN)).await["policyEngineId"],
        first["policyEngineId"]
    );
    rig.service.advance(Duration::from_micros(1));
    rig.conflict("CreatePolicyEngine", engine("e", TOKEN)).await;
    // A forgotten token can be used again, and is remembered again.
    let second = rig.ok("CreatePolicyEngine", engine("f", TOKEN)).await;
    assert_eq!(rig.ok("CreatePolicyEngine", engine("f", TOKEN)).await, second);
    mismatch(&rig, "CreatePolicyEngine", engine("e", TOKEN)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn forgotten_tokens_are_cleared_away_by_the_services_clock() {
    let rig = Rig::new().await;
    rig.ok("CreatePolicyEngine", engine("e", TOKEN)).await;
    rig.settle().await;
    let tokens = async || rig.control.store.count(Kind::Token, "").await.unwrap();
    rig.machine.advance(TOKEN_LIFETIME);
    rig.control.settle().await.unwrap();
    assert_eq!(tokens().await, 1, "the service's day is not over");
    rig.service.advance(TOKEN_LIFETIME);
    rig.machine.advance(TOKEN_LIFETIME);
    assert_eq!(rig.control.settle().await.unwrap(), None);
    assert_eq!(tokens().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_whose_resource_is_gone_is_answered_as_at_first_and_makes_nothing() {
    let rig = Rig::new().await;
    let id = rig.engine("e").await;
    let input = with(new_policy(&id, "p", GOOD), "clientToken", json!(TOKEN));
    let first = rig.ok("CreatePolicy", input.clone()).await;
    rig.settle().await;
    rig.ok(
        "DeletePolicy",
        json!({"policyEngineId": id, "policyId": first["policyId"]}),
    )
    .await;
    rig.settle().await;
    assert_eq!(rig.ok("CreatePolicy", input).await, first);
    assert_eq!(
        rig.ok("ListPolicies", json!({"policyEngineId": id})).await["policies"],
        json!([])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_create_leaves_its_token_unused() {
    let rig = Rig::new().await;
    let id = rig.engine("e").await;
    let bad = with(
        new_policy(&id, "p", "permit(principal, action, resource);;"),
        "clientToken",
        json!(TOKEN),
    );
    assert!(rig.call("CreatePolicy", bad).await.is_err());
    rig.ok(
        "CreatePolicy",
        with(new_policy(&id, "p", GOOD), "clientToken", json!(TOKEN)),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_sent_many_times_at_once_makes_one_resource() {
    let rig = Rig::new().await;
    let sent = join_all((0..32).map(|_| rig.call("CreatePolicyEngine", engine("e", TOKEN)))).await;
    let first = sent[0].as_ref().unwrap();
    for answer in &sent {
        assert_eq!(answer.as_ref().unwrap(), first);
    }
    let listed = rig.ok("ListPolicyEngines", json!({})).await;
    assert_eq!(listed["policyEngines"].as_array().unwrap().len(), 1);
}
