use super::record::PolicyBody;
use super::*;

async fn body(rig: &Rig, policy: &Value) -> PolicyBody {
    let found = rig
        .control
        .find::<PolicyBody>(policy["policyId"].as_str().unwrap())
        .await
        .unwrap();
    found.unwrap().body
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_goes_through_its_life() {
    let rig = Rig::new().await;
    let engine = rig.engine("e").await;
    let now = START + 50_000;
    let input = with(new_policy(&engine, "p", GOOD), "description", json!("d"));
    let created = rig.ok("CreatePolicy", input).await;
    let id = created["policyId"].as_str().unwrap();
    let arn = format!("arn:aws:bedrock-agentcore:us-east-1:123456789012:policy-engine/{engine}/policy/{id}");
    assert_eq!(
        created,
        json!({
            "policyId": id, "name": "p", "policyEngineId": engine, "createdAt": now, "updatedAt": now,
            "policyArn": arn, "status": "CREATING", "enforcementMode": "ACTIVE", "description": "d",
            "definition": {"cedar": {"statement": GOOD}}, "statusReasons": [],
        })
    );
    let named = json!({"policyEngineId": engine, "policyId": id});
    for (operation, verb) in [("DeletePolicy", "deleted"), ("UpdatePolicy", "updated")] {
        assert_eq!(
            rig.conflict(operation, named.clone()).await,
            format!("Policy cannot be {verb} while its status is CREATING")
        );
    }
    rig.settle().await;
    assert_eq!(rig.ok("GetPolicy", named.clone()).await["status"], "ACTIVE");
    assert_eq!(rig.ok("DeletePolicy", named.clone()).await["status"], "DELETING");
    assert_eq!(
        rig.conflict("DeletePolicy", named.clone()).await,
        "Policy cannot be deleted while its status is DELETING"
    );
    rig.settle().await;
    assert!(rig.missing("DeletePolicy", named).await.contains(id));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_changes_what_it_names_and_nothing_else() {
    let rig = Rig::new().await;
    let engine = rig.engine("e").await;
    let policy = rig.policy(&engine, "p", GOOD).await;
    let update = with(policy.clone(), "enforcementMode", json!("LOG_ONLY"));
    rig.ok(
        "UpdatePolicy",
        with(update, "description", json!({"optionalValue": "d"})),
    )
    .await;
    rig.settle().await;
    rig.ok(
        "UpdatePolicy",
        with(
            policy.clone(),
            "definition",
            json!({"policy": {"statement": OTHER}}),
        ),
    )
    .await;
    rig.settle().await;
    let after = rig.ok("GetPolicy", policy).await;
    assert_eq!(after["enforcementMode"], "LOG_ONLY");
    assert_eq!(after["description"], "d");
    assert_eq!(after["definition"], json!({"policy": {"statement": OTHER}}));
    assert_eq!(after["status"], "ACTIVE");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_update_is_shown_and_the_one_before_stays_in_force() {
    let rig = Rig::new().await;
    let engine = rig.engine("e").await;
    let policy = rig.policy(&engine, "p", GOOD).await;
    rig.ok(
        "UpdatePolicy",
        with(
            policy.clone(),
            "definition",
            json!({"cedar": {"statement": WRONG}}),
        ),
    )
    .await;
    assert_eq!(
        body(&rig, &policy).await.in_force.unwrap().definition.statement(),
        GOOD
    );
    rig.settle().await;
    let failed = rig.ok("GetPolicy", policy.clone()).await;
    assert_eq!(failed["status"], "UPDATE_FAILED");
    assert_eq!(failed["definition"]["cedar"]["statement"], WRONG);
    assert_eq!(failed["statusReasons"].as_array().unwrap().len(), 1);
    assert_eq!(
        body(&rig, &policy).await.in_force.unwrap().definition.statement(),
        GOOD
    );

    rig.ok(
        "UpdatePolicy",
        with(
            policy.clone(),
            "definition",
            json!({"cedar": {"statement": OTHER}}),
        ),
    )
    .await;
    rig.settle().await;
    assert_eq!(
        rig.ok("GetPolicy", policy.clone()).await["statusReasons"],
        json!([])
    );
    assert_eq!(
        body(&rig, &policy).await.in_force.unwrap().definition.statement(),
        OTHER
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_policy_keeps_its_name_and_is_repaired_under_its_id() {
    let rig = Rig::new().await;
    let engine = rig.engine("e").await;
    let policy = rig.policy(&engine, "p", WRONG).await;
    let failed = rig.ok("GetPolicy", policy.clone()).await;
    assert_eq!(failed["status"], "CREATE_FAILED");
    assert_eq!(failed["enforcementMode"], "ACTIVE");
    assert!(body(&rig, &policy).await.in_force.is_none());
    assert_eq!(
        rig.conflict("CreatePolicy", new_policy(&engine, "p", GOOD)).await,
        "Policy with the same name already exists"
    );
    rig.ok(
        "UpdatePolicy",
        with(
            policy.clone(),
            "definition",
            json!({"cedar": {"statement": GOOD}}),
        ),
    )
    .await;
    rig.settle().await;
    assert_eq!(rig.ok("GetPolicy", policy).await["status"], "ACTIVE");
}

#[tokio::test(flavor = "multi_thread")]
async fn policy_names_are_unique_in_the_account_and_free_after_deletion() {
    let rig = Rig::new().await;
    let (one, other) = (rig.engine("e").await, rig.engine("f").await);
    let policy = rig.policy(&one, "p", GOOD).await;
    assert_eq!(
        rig.conflict("CreatePolicy", new_policy(&other, "p", GOOD)).await,
        "Policy with the same name already exists"
    );
    rig.ok("DeletePolicy", policy).await;
    rig.settle().await;
    rig.ok("CreatePolicy", new_policy(&other, "p", GOOD)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_is_found_in_its_own_engine_only() {
    let rig = Rig::new().await;
    let (one, other) = (rig.engine("e").await, rig.engine("f").await);
    let policy = rig.policy(&one, "p", GOOD).await;
    let elsewhere = with(policy, "policyEngineId", json!(other));
    for operation in ["GetPolicy", "GetPolicySummary", "UpdatePolicy", "DeletePolicy"] {
        rig.missing(operation, elsewhere.clone()).await;
    }
    let listed = rig.ok("ListPolicies", json!({"policyEngineId": other})).await;
    assert_eq!(listed["policies"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_come_in_the_order_of_the_pipeline_and_store_nothing() {
    let rig = Rig::new().await;
    let engine = rig.engine("e").await;
    let wildcard = "permit(principal, action, resource) ;";
    // 3 before 6: the engine; 5 before 6: the name.
    rig.missing("CreatePolicy", new_policy("engine-0123456789", "p", wildcard))
        .await;
    rig.policy(&engine, "taken", GOOD).await;
    rig.conflict("CreatePolicy", new_policy(&engine, "taken", wildcard))
        .await;
    let refused = rig.call("CreatePolicy", new_policy(&engine, "p", wildcard)).await;
    assert!(matches!(refused, Err(Refusal::Validation { .. })), "{refused:?}");
    let generated = json!({"policyGeneration":
        {"policyGenerationId": "g-0123456789", "policyGenerationAssetId": "a-0123456789"}});
    let input = with(new_policy(&engine, "p", GOOD), "definition", generated);
    assert!(rig.missing("CreatePolicy", input).await.contains("g-0123456789"));
    let listed = rig.ok("ListPolicies", json!({"policyEngineId": engine})).await;
    assert_eq!(listed["policies"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_update_leaves_the_policy_as_it_was() {
    let rig = Rig::new().await;
    let engine = rig.engine("e").await;
    let policy = rig.policy(&engine, "p", GOOD).await;
    let before = rig.ok("GetPolicy", policy.clone()).await;
    let update = with(
        policy.clone(),
        "definition",
        json!({"cedar": {"statement": "permit(principal, action, resource);;"}}),
    );
    assert!(matches!(
        rig.call("UpdatePolicy", update).await,
        Err(Refusal::Validation { .. })
    ));
    assert_eq!(rig.ok("GetPolicy", policy).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn type_level_policies_are_listed_under_every_resource() {
    let rig = Rig::new().await;
    let engine = rig.engine("e").await;
    rig.policy(&engine, "p", GOOD).await;
    let input = json!({"policyEngineId": engine, "targetResourceScope": "arn:aws:bedrock-agentcore:x"});
    let listed = rig.ok("ListPolicies", input).await;
    assert_eq!(listed["policies"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_thousand_and_first_policy_is_over_quota_and_another_engine_has_room() {
    let rig = Rig::new().await;
    let (full, other) = (rig.engine("e").await, rig.engine("f").await);
    let policy = rig.policy(&full, "p", GOOD).await;
    rig.multiply(
        Kind::Policy,
        policy["policyId"].as_str().unwrap(),
        defaults::MOST_POLICIES,
    )
    .await;
    let refusal = rig
        .call("CreatePolicy", new_policy(&full, "late", GOOD))
        .await
        .unwrap_err();
    assert!(matches!(refusal, Refusal::Quota(_)), "{refusal:?}");
    rig.ok("CreatePolicy", new_policy(&other, "late", GOOD)).await;
}
