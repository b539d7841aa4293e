//! The other value of each switch that control reads; the defaults are tested with the operations.

use super::*;

const TOKEN: &str = "0123456789012345678901234567890123";

fn tokened(name: &str) -> Value {
    json!({"name": name, "clientToken": TOKEN})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_has_the_page_size_of_the_switch() {
    let rig = Rig::switched(&["compat.policy-page-size=2"]).await;
    let engine = rig.engine("a").await;
    for name in ["b", "c"] {
        rig.engine(name).await;
        rig.policy(&engine, name, GOOD).await;
    }
    rig.policy(&engine, "d", GOOD).await;
    let engines = rig.ok("ListPolicyEngineSummaries", json!({})).await;
    assert_eq!(engines["policyEngines"].as_array().unwrap().len(), 2);
    let policies = rig.ok("ListPolicies", json!({"policyEngineId": engine})).await;
    assert_eq!(policies["policies"].as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_begins_with_the_newest() {
    let rig = Rig::switched(&["compat.list-order=newest-first"]).await;
    for name in ["a", "b", "c"] {
        rig.engine(name).await;
    }
    let (mut seen, mut token) = (Vec::new(), Value::Null);
    loop {
        let list = rig
            .ok("ListPolicyEngines", json!({"maxResults": 2, "nextToken": token}))
            .await;
        let engines = list["policyEngines"].as_array().unwrap();
        seen.extend(engines.iter().map(|engine| engine["name"].clone()));
        token = list["nextToken"].clone();
        if token.is_null() {
            break;
        }
    }
    assert_eq!(seen, ["c", "b", "a"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_to_a_change_shows_the_status_before_it() {
    let rig = Rig::switched(&["compat.mutation-response-status=previous"]).await;
    let engine = rig.engine("e").await;
    let policy = rig.policy(&engine, "p", GOOD).await;
    for (operation, get, ids) in [
        ("UpdatePolicy", "GetPolicy", policy.clone()),
        ("DeletePolicy", "GetPolicy", policy),
        (
            "UpdatePolicyEngine",
            "GetPolicyEngine",
            json!({"policyEngineId": engine}),
        ),
        (
            "DeletePolicyEngine",
            "GetPolicyEngine",
            json!({"policyEngineId": engine}),
        ),
    ] {
        assert_eq!(
            rig.ok(operation, ids.clone()).await["status"],
            "ACTIVE",
            "{operation}"
        );
        let now = if operation.starts_with("Update") {
            "UPDATING"
        } else {
            "DELETING"
        };
        assert_eq!(rig.ok(get, ids).await["status"], now, "{operation}");
        rig.settle().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_busy_engine_only_what_was_observed_is_refused() {
    let rig = Rig::switched(&["compat.engine-busy-conflict=observed"]).await;
    let engine = rig.ok("CreatePolicyEngine", json!({"name": "e"})).await["policyEngineId"].clone();
    let id = json!({"policyEngineId": engine});
    let policy = new_policy(engine.as_str().unwrap(), "p", GOOD);
    assert_eq!(
        rig.conflict("CreatePolicy", policy.clone()).await,
        "Policy cannot be created while the status of its policy engine is CREATING"
    );
    for _ in 0..2 {
        assert_eq!(
            rig.ok("UpdatePolicyEngine", id.clone()).await["status"],
            "UPDATING"
        );
    }
    let made = rig.ok("CreatePolicy", policy.clone()).await;
    rig.settle().await;
    assert_eq!(rig.ok("GetPolicyEngine", id.clone()).await["status"], "ACTIVE");
    rig.ok(
        "DeletePolicy",
        json!({"policyEngineId": engine, "policyId": made["policyId"]}),
    )
    .await;
    rig.settle().await;
    rig.ok("UpdatePolicyEngine", id.clone()).await;
    assert_eq!(
        rig.ok("DeletePolicyEngine", id.clone()).await["status"],
        "DELETING"
    );
    assert_eq!(
        rig.conflict("CreatePolicy", policy).await,
        "Policy cannot be created while the status of its policy engine is DELETING"
    );
    for (operation, verb) in [
        ("UpdatePolicyEngine", "updated"),
        ("DeletePolicyEngine", "deleted"),
    ] {
        assert_eq!(
            rig.conflict(operation, id.clone()).await,
            format!("Policy engine cannot be {verb} while its status is DELETING")
        );
    }
    rig.settle().await;
    rig.missing("GetPolicyEngine", id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_busy_policy_only_what_was_observed_is_refused() {
    let rig = Rig::switched(&["compat.policy-busy-conflict=observed"]).await;
    let engine = rig.engine("e").await;
    let made = rig.ok("CreatePolicy", new_policy(&engine, "p", WRONG)).await;
    let id = json!({"policyEngineId": engine, "policyId": made["policyId"]});
    assert_eq!(
        rig.conflict("DeletePolicy", id.clone()).await,
        "Policy cannot be deleted while its status is CREATING"
    );
    let repair = with(id.clone(), "definition", json!({"cedar": {"statement": GOOD}}));
    for _ in 0..2 {
        assert_eq!(rig.ok("UpdatePolicy", repair.clone()).await["status"], "UPDATING");
    }
    rig.settle().await;
    assert_eq!(rig.ok("GetPolicy", id.clone()).await["status"], "ACTIVE");
    rig.ok("UpdatePolicy", repair.clone()).await;
    assert_eq!(rig.ok("DeletePolicy", id.clone()).await["status"], "DELETING");
    assert_eq!(
        rig.conflict("UpdatePolicy", repair).await,
        "Policy cannot be updated while its status is DELETING"
    );
    rig.settle().await;
    rig.missing("GetPolicy", id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_update_shows_the_statement_in_force() {
    let rig = Rig::switched(&["compat.update-failed-definition=previous"]).await;
    let engine = rig.engine("e").await;
    let policy = rig.policy(&engine, "p", GOOD).await;
    let broken = with(
        policy.clone(),
        "definition",
        json!({"cedar": {"statement": WRONG}}),
    );
    assert_eq!(
        rig.ok("UpdatePolicy", broken).await["definition"]["cedar"]["statement"],
        WRONG
    );
    rig.settle().await;
    let failed = rig.ok("GetPolicy", policy.clone()).await;
    assert_eq!(failed["status"], "UPDATE_FAILED");
    assert_eq!(failed["definition"]["cedar"]["statement"], GOOD);
    let list = rig.ok("ListPolicies", json!({"policyEngineId": engine})).await;
    assert_eq!(list["policies"][0]["definition"]["cedar"]["statement"], GOOD);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_with_another_request_is_a_conflict() {
    let rig = Rig::switched(&["compat.token-mismatch=conflict"]).await;
    rig.ok("CreatePolicyEngine", tokened("e")).await;
    assert!(
        rig.conflict("CreatePolicyEngine", tokened("f"))
            .await
            .contains("client token")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_remembered_as_long_as_the_switch_says() {
    for (switch, lasts) in [
        ("compat.token-replay=1m", false),
        ("compat.token-replay=forever", true),
    ] {
        let rig = Rig::switched(&[switch]).await;
        rig.ok("CreatePolicyEngine", tokened("e")).await;
        for clock in [&rig.service, &rig.machine] {
            clock.advance(Duration::from_mins(1));
        }
        rig.settle().await;
        if lasts {
            rig.ok("CreatePolicyEngine", tokened("e")).await;
        } else {
            rig.conflict("CreatePolicyEngine", tokened("e")).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_name_is_unique_in_its_engine() {
    let rig = Rig::switched(&["compat.policy-name-scope=engine"]).await;
    let (one, other) = (rig.engine("one").await, rig.engine("other").await);
    rig.policy(&one, "p", GOOD).await;
    rig.policy(&other, "p", GOOD).await;
    assert_eq!(
        rig.conflict("CreatePolicy", new_policy(&one, "p", GOOD)).await,
        "Policy with the same name already exists"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_in_use_is_told_in_the_words_of_the_switch() {
    let rig = Rig::switched(&["compat.duplicate-name-text=This {resource} name is in use"]).await;
    let engine = rig.engine("e").await;
    rig.policy(&engine, "p", GOOD).await;
    let texts = [
        rig.conflict("CreatePolicyEngine", json!({"name": "e"})).await,
        rig.conflict("CreatePolicy", new_policy(&engine, "p", GOOD)).await,
    ];
    assert_eq!(
        texts,
        ["This Policy engine name is in use", "This Policy name is in use"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_name_decides_before_the_token() {
    let rig = Rig::switched(&["compat.token-before-name=name"]).await;
    let engine = rig.ok("CreatePolicyEngine", tokened("e")).await["policyEngineId"].clone();
    rig.settle().await;
    rig.conflict("CreatePolicyEngine", tokened("e")).await;
    let policy = with(
        new_policy(engine.as_str().unwrap(), "p", GOOD),
        "clientToken",
        json!(TOKEN),
    );
    rig.ok("CreatePolicy", policy.clone()).await;
    rig.conflict("CreatePolicy", policy).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quota_is_told_shortly() {
    for (switches, text) in [
        (&[][..], "The quota of 50 tags on a resource is reached"),
        (&["compat.quota-text=short"], "Service quota exceeded"),
    ] {
        let rig = Rig::switched(switches).await;
        let engine = rig
            .ok("CreatePolicyEngine", json!({"name": "e", "tags": {"a": "b"}}))
            .await;
        let tags: Value = (0..50)
            .map(|n| (n.to_string(), json!("v")))
            .collect::<serde_json::Map<_, _>>()
            .into();
        let input = json!({"resourceArn": engine["policyEngineArn"], "tags": tags});
        match rig.call("TagResource", input).await {
            Err(Refusal::Quota(told)) => assert_eq!(told, text),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn engines_cannot_be_tagged_later() {
    let rig = Rig::switched(&["compat.tag-policy-engines=refused"]).await;
    let engine = rig
        .ok("CreatePolicyEngine", json!({"name": "e", "tags": {"a": "b"}}))
        .await;
    let arn = engine["policyEngineArn"].clone();
    for (operation, input) in [
        ("TagResource", json!({"resourceArn": arn, "tags": {"c": "d"}})),
        ("UntagResource", json!({"resourceArn": arn, "tagKeys": ["a"]})),
        ("ListTagsForResource", json!({"resourceArn": arn})),
    ] {
        let refusal = rig.call(operation, input).await.unwrap_err();
        assert!(
            matches!(refusal, Refusal::Validation { .. }),
            "{operation}: {refusal:?}"
        );
        assert_eq!(
            refusal.to_string(),
            format!(
                "Resource {} cannot be tagged after its creation",
                arn.as_str().unwrap()
            )
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_policy_of_an_engine_is_created_at_a_time() {
    let rig = Rig::switched(&["compat.parallel-create=conflict"]).await;
    let (engine, other) = (rig.engine("e").await, rig.engine("f").await);
    let create = |engine: &str, name: &str| {
        let definition = json!({"cedar": {"statement": GOOD}});
        json!({"policyEngineId": engine, "name": name, "definition": definition})
    };
    // Sent at once, one of them is the first.
    let answers = tokio::join!(
        rig.call("CreatePolicy", create(&engine, "a")),
        rig.call("CreatePolicy", create(&engine, "b")),
        rig.call("CreatePolicy", create(&engine, "c")),
    );
    let made = [answers.0, answers.1, answers.2];
    assert_eq!(made.iter().filter(|answer| answer.is_ok()).count(), 1, "{made:?}");
    let refused = rig.conflict("CreatePolicy", create(&engine, "d")).await;
    assert_eq!(
        refused,
        "Policy cannot be created while another policy of its policy engine is CREATING"
    );
    rig.ok("CreatePolicy", create(&other, "e")).await;
    rig.settle().await;
    rig.ok("CreatePolicy", create(&engine, "d")).await;
}
