use super::*;

const TEXT: &str = "Allow users to process refunds under $500. Happy users can cheer.";

fn adopting(engine: &str, name: &str, generation: &Value, asset: &Value) -> Value {
    json!({"policyEngineId": engine, "name": name, "definition": {"policyGeneration": {
        "policyGenerationId": generation["policyGenerationId"],
        "policyGenerationAssetId": asset["policyGenerationAssetId"],
    }}})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_adopts_an_asset_and_shows_its_statement() {
    let rig = Rig::new().await;
    let (engine, gateway) = (rig.engine("e").await, gateway(&rig, "g").await);
    let generation = generated(&rig, &engine, &gateway, "n", TEXT).await;
    let found = assets(&rig, &generation).await;
    let input = adopting(&engine, "p", &generation, &found[0]);
    let created = rig
        .ok(
            "CreatePolicy",
            with(input.clone(), "clientToken", json!("t".repeat(40))),
        )
        .await;
    assert_eq!(created["definition"], found[0]["definition"]);
    let policy = rig.policy(&engine, "q", GOOD).await;
    let update = with(policy.clone(), "definition", input["definition"].clone());
    let updated = rig.ok("UpdatePolicy", update).await;
    assert_eq!(updated["definition"], found[0]["definition"]);
    // The policy stays when the asset is gone, and a replay answers.
    rig.service.advance(Duration::from_hours(7 * 24));
    let shown = rig.ok("GetPolicy", policy).await;
    assert_eq!(shown["definition"], found[0]["definition"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_asset_that_is_unknown_over_or_empty_is_refused() {
    let rig = Rig::new().await;
    let (engine, gateway) = (rig.engine("e").await, gateway(&rig, "g").await);
    let generation = generated(&rig, &engine, &gateway, "n", TEXT).await;
    let found = assets(&rig, &generation).await;
    let empty = rig
        .invalid("CreatePolicy", adopting(&engine, "p", &generation, &found[1]))
        .await;
    assert!(
        empty.contains("has no definition: its text could not be translated"),
        "{empty}"
    );
    let unknown = json!({"policyGenerationAssetId": "asset-0123456789"});
    let text = rig
        .missing("CreatePolicy", adopting(&engine, "p", &generation, &unknown))
        .await;
    assert!(text.contains("asset-0123456789"), "{text}");
    let nowhere = json!({"policyGenerationId": "n-0123456789"});
    let text = rig
        .missing("CreatePolicy", adopting(&engine, "p", &nowhere, &found[0]))
        .await;
    assert!(text.contains("n-0123456789"), "{text}");
    let other = generated(&rig, &engine, &gateway, "m", TEXT).await;
    let text = rig
        .missing("CreatePolicy", adopting(&engine, "p", &other, &found[0]))
        .await;
    assert!(text.contains("does not exist in the policy generation"), "{text}");
    let elsewhere = rig.engine("other").await;
    rig.missing("CreatePolicy", adopting(&elsewhere, "p", &generation, &found[0]))
        .await;
    rig.service.advance(Duration::from_hours(7 * 24));
    rig.missing("CreatePolicy", adopting(&engine, "p", &generation, &found[0]))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reference_can_be_shown_instead() {
    let rig = Rig::switched(&["compat.generated-definition-echo=reference"]).await;
    let (engine, gateway) = (rig.engine("e").await, gateway(&rig, "g").await);
    let generation = generated(&rig, &engine, &gateway, "n", TEXT).await;
    let found = assets(&rig, &generation).await;
    let input = adopting(&engine, "p", &generation, &found[0]);
    let created = rig.ok("CreatePolicy", input.clone()).await;
    assert_eq!(created["definition"], input["definition"]);
    let named = json!({"policyEngineId": engine, "policyId": created["policyId"]});
    rig.settle().await;
    assert_eq!(
        rig.ok("GetPolicy", named.clone()).await["definition"],
        input["definition"]
    );
    let statement = json!({"cedar": {"statement": GOOD}});
    rig.ok(
        "UpdatePolicy",
        with(named.clone(), "definition", statement.clone()),
    )
    .await;
    assert_eq!(rig.ok("GetPolicy", named).await["definition"], statement);
}
