use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn tags_are_added_overwritten_and_taken_away() {
    let rig = Rig::new().await;
    let created = rig
        .ok(
            "CreatePolicyEngine",
            json!({"name": "e", "tags": {"a": "1", "b": "2"}}),
        )
        .await;
    let arn = created["policyEngineArn"].clone();
    rig.ok(
        "TagResource",
        json!({"resourceArn": arn, "tags": {"b": "3", "c": ""}}),
    )
    .await;
    rig.ok(
        "UntagResource",
        json!({"resourceArn": arn, "tagKeys": ["a", "not there"]}),
    )
    .await;
    let tags = rig.ok("ListTagsForResource", json!({"resourceArn": arn})).await;
    assert_eq!(tags, json!({"tags": {"b": "3", "c": ""}}));
    // A change of tags does not lose the transition that is under way.
    rig.settle().await;
    let engine = rig
        .ok(
            "GetPolicyEngine",
            json!({"policyEngineId": created["policyEngineId"]}),
        )
        .await;
    assert_eq!(engine["status"], "ACTIVE");
    assert_eq!(
        rig.ok("ListTagsForResource", json!({"resourceArn": arn})).await,
        tags
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn policies_have_tags_of_their_own() {
    let rig = Rig::new().await;
    let engine = rig.engine("e").await;
    let policy = rig.policy(&engine, "p", GOOD).await;
    let arn = rig.ok("GetPolicy", policy).await["policyArn"].clone();
    rig.ok("TagResource", json!({"resourceArn": arn, "tags": {"k": "v"}}))
        .await;
    assert_eq!(
        rig.ok("ListTagsForResource", json!({"resourceArn": arn})).await,
        json!({"tags": {"k": "v"}})
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resource_has_fifty_tags_at_most() {
    let rig = Rig::new().await;
    let tags = |from: usize, to: usize| {
        (from..to)
            .map(|n| (n.to_string(), json!("v")))
            .collect::<serde_json::Map<_, _>>()
    };
    let created = rig
        .ok("CreatePolicyEngine", json!({"name": "e", "tags": tags(0, 49)}))
        .await;
    let arn = &created["policyEngineArn"];
    rig.ok("TagResource", json!({"resourceArn": arn, "tags": tags(40, 50)}))
        .await;
    let refusal = rig
        .call("TagResource", json!({"resourceArn": arn, "tags": tags(50, 51)}))
        .await;
    assert!(matches!(refusal, Err(Refusal::Quota(_))), "{refusal:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_of_anything_else_are_not_found() {
    let rig = Rig::new().await;
    let (one, other) = (rig.engine("e").await, rig.engine("f").await);
    let policy = rig.policy(&one, "p", GOOD).await;
    let id = policy["policyId"].as_str().unwrap();
    let base = "arn:aws:bedrock-agentcore";
    for arn in [
        format!("{base}:us-east-1:123456789012:policy-engine/nope-0123456789"),
        format!("{base}:us-east-1:123456789012:policy-engine/{other}/policy/{id}"),
        format!("{base}:us-east-2:123456789012:policy-engine/{one}"),
        format!("{base}:us-east-1:999999999999:policy-engine/{one}"),
        format!("{base}:us-east-1:123456789012:gateway/g-0123456789"),
    ] {
        assert!(
            rig.missing("ListTagsForResource", json!({"resourceArn": arn}))
                .await
                .contains(&arn)
        );
        rig.missing("TagResource", json!({"resourceArn": arn, "tags": {}}))
            .await;
    }
}
