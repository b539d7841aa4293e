use super::*;
use futures::future::join_all;

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_goes_through_its_life() {
    let rig = Rig::new().await;
    let input = json!({"name": "e", "description": "d", "encryptionKeyArn": "k"});
    let created = rig.ok("CreatePolicyEngine", input).await;
    let id = created["policyEngineId"].as_str().unwrap();
    assert_eq!(
        created,
        json!({
            "policyEngineId": id, "name": "e", "createdAt": START, "updatedAt": START, "status": "CREATING",
            "policyEngineArn": format!("arn:aws:bedrock-agentcore:us-east-1:123456789012:policy-engine/{id}"),
            "encryptionKeyArn": "k", "description": "d", "statusReasons": [],
        })
    );
    let named = json!({"policyEngineId": id});
    assert_eq!(rig.ok("GetPolicyEngine", named.clone()).await, created);
    rig.settle().await;
    let active = rig.ok("GetPolicyEngine", named.clone()).await;
    assert_eq!(
        (&active["status"], &active["createdAt"]),
        (&json!("ACTIVE"), &json!(START))
    );
    assert_eq!(active["updatedAt"], START + 50_000);

    assert_eq!(
        rig.ok("DeletePolicyEngine", named.clone()).await["status"],
        "DELETING"
    );
    assert_eq!(
        rig.ok("GetPolicyEngine", named.clone()).await["status"],
        "DELETING"
    );
    rig.settle().await;
    for operation in [
        "GetPolicyEngine",
        "DeletePolicyEngine",
        "UpdatePolicyEngine",
        "ListPolicies",
    ] {
        assert!(
            rig.missing(operation, named.clone()).await.contains(id),
            "{operation}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_description_is_left_set_or_cleared() {
    let rig = Rig::new().await;
    let created = rig
        .ok("CreatePolicyEngine", json!({"name": "e", "description": "d"}))
        .await;
    rig.settle().await;
    let named = json!({"policyEngineId": created["policyEngineId"]});
    for (change, after) in [
        (None, json!("d")),
        (Some(json!({"optionalValue": "x"})), json!("x")),
        (Some(json!({})), Value::Null),
    ] {
        let input = change.map_or(named.clone(), |change| with(named.clone(), "description", change));
        let updating = rig.ok("UpdatePolicyEngine", input).await;
        assert_eq!(
            (&updating["status"], &updating["description"]),
            (&json!("UPDATING"), &after)
        );
        rig.settle().await;
        let active = rig.ok("GetPolicyEngine", named.clone()).await;
        assert_eq!(
            (&active["status"], &active["description"]),
            (&json!("ACTIVE"), &after)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_engine_refuses_every_change_and_allows_every_read() {
    let rig = Rig::new().await;
    let engine = rig.engine("e").await;
    let named = json!({"policyEngineId": engine});
    let policy = rig.policy(&engine, "p", GOOD).await;
    rig.ok("UpdatePolicyEngine", named.clone()).await;
    assert_eq!(
        rig.conflict("UpdatePolicyEngine", named.clone()).await,
        "Policy engine cannot be updated while its status is UPDATING"
    );
    assert_eq!(
        rig.conflict("DeletePolicyEngine", named.clone()).await,
        "Policy engine cannot be deleted while its status is UPDATING"
    );
    for (operation, input, verb) in [
        ("CreatePolicy", new_policy(&engine, "q", GOOD), "created"),
        ("UpdatePolicy", policy.clone(), "updated"),
        ("DeletePolicy", policy.clone(), "deleted"),
    ] {
        assert_eq!(
            rig.conflict(operation, input).await,
            format!("Policy cannot be {verb} while the status of its policy engine is UPDATING")
        );
    }
    for (operation, input) in [
        ("GetPolicyEngine", &named),
        ("ListPolicies", &named),
        ("GetPolicy", &policy),
        ("GetPolicySummary", &policy),
    ] {
        rig.ok(operation, input.clone()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_with_policies_stays_whatever_their_status() {
    let rig = Rig::new().await;
    let engine = rig.engine("e").await;
    let named = json!({"policyEngineId": engine});
    let failed = rig.policy(&engine, "failed", WRONG).await;
    let active = rig.policy(&engine, "active", GOOD).await;
    let contains = |what: &str| format!("Policy engine still contains {what} and cannot be deleted");
    assert_eq!(
        rig.conflict("DeletePolicyEngine", named.clone()).await,
        contains("2 policies")
    );
    rig.ok("DeletePolicy", active).await;
    assert_eq!(
        rig.conflict("DeletePolicyEngine", named.clone()).await,
        contains("2 policies")
    );
    rig.settle().await;
    assert_eq!(
        rig.conflict("DeletePolicyEngine", named.clone()).await,
        contains("1 policy")
    );
    rig.ok("DeletePolicy", failed).await;
    rig.settle().await;
    rig.ok("DeletePolicyEngine", named).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_taken_until_the_engine_is_gone() {
    let rig = Rig::new().await;
    let engine = rig.engine("e").await;
    let taken = "Policy engine with the same name already exists";
    assert_eq!(
        rig.conflict("CreatePolicyEngine", json!({"name": "e"})).await,
        taken
    );
    rig.ok("DeletePolicyEngine", json!({"policyEngineId": engine}))
        .await;
    assert_eq!(
        rig.conflict("CreatePolicyEngine", json!({"name": "e"})).await,
        taken
    );
    rig.settle().await;
    let again = rig.ok("CreatePolicyEngine", json!({"name": "e"})).await;
    assert_ne!(again["policyEngineId"], json!(engine));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_creates_of_one_name_exactly_one_succeeds() {
    let rig = Rig::new().await;
    let creates = join_all((0..32).map(|_| rig.call("CreatePolicyEngine", json!({"name": "e"})))).await;
    assert_eq!(creates.iter().filter(|create| create.is_ok()).count(), 1);
    for create in creates {
        assert!(matches!(create, Ok(_) | Err(Refusal::Conflict(_))), "{create:?}");
    }
    let listed = rig.ok("ListPolicyEngines", json!({})).await;
    assert_eq!(listed["policyEngines"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_is_not_deleted_under_a_policy_that_is_being_created() {
    let rig = Rig::new().await;
    for round in 0..8 {
        let engine = rig.engine(&format!("e{round}")).await;
        let (created, deleted) = futures::join!(
            rig.call("CreatePolicy", new_policy(&engine, &format!("p{round}"), GOOD)),
            rig.call("DeletePolicyEngine", json!({"policyEngineId": engine})),
        );
        assert_ne!(
            created.is_ok(),
            deleted.is_ok(),
            "round {round}: {created:?} {deleted:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_have_pages_of_ten_in_the_order_of_creation() {
    let rig = Rig::new().await;
    for n in (0..23).rev() {
        rig.ok("CreatePolicyEngine", json!({"name": format!("e{n}")}))
            .await;
        rig.service.advance(Duration::from_micros(1));
    }
    let mut names = Vec::new();
    let mut sizes = Vec::new();
    let mut from = Value::Null;
    loop {
        let page = rig.ok("ListPolicyEngines", json!({"nextToken": from})).await;
        let engines = page["policyEngines"].as_array().unwrap();
        sizes.push(engines.len());
        names.extend(
            engines
                .iter()
                .map(|engine| engine["name"].as_str().unwrap().to_owned()),
        );
        from = page["nextToken"].clone();
        if from.is_null() {
            break;
        }
    }
    assert_eq!(sizes, [10, 10, 3]);
    assert_eq!(names, (0..23).rev().map(|n| format!("e{n}")).collect::<Vec<_>>());
    let whole = rig
        .ok("ListPolicyEngineSummaries", json!({"maxResults": 23}))
        .await;
    assert_eq!(whole["nextToken"], Value::Null, "an exact page is the last one");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_thousand_and_first_engine_is_over_quota() {
    let rig = Rig::new().await;
    rig.multiply(Kind::Engine, &rig.engine("e").await, defaults::MOST_ENGINES)
        .await;
    let refusal = rig
        .call("CreatePolicyEngine", json!({"name": "late"}))
        .await
        .unwrap_err();
    assert!(matches!(refusal, Refusal::Quota(_)), "{refusal:?}");
}
