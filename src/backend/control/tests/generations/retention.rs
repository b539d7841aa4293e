use super::*;
use crate::backend::control::record::AssetBody;

const TEXT: &str = "Allow users to process refunds under $500. Happy users can cheer.";
const WEEK: Duration = Duration::from_hours(7 * 24);

#[tokio::test(flavor = "multi_thread")]
async fn after_seven_days_the_generation_is_there_and_its_assets_are_not() {
    let rig = Rig::new().await;
    let (engine, gateway) = (rig.engine("e").await, gateway(&rig, "g").await);
    let generation = generated(&rig, &engine, &gateway, "n", TEXT).await;
    let asset = assets(&rig, &generation).await[0]["policyGenerationAssetId"].clone();
    rig.service.advance(Duration::from_hours(6 * 24 + 23));
    assert_eq!(assets(&rig, &generation).await.len(), 2);
    rig.service.advance(Duration::from_hours(1));
    assert_eq!(assets(&rig, &generation).await, Vec::<Value>::new());
    assert_eq!(
        rig.ok("GetPolicyGeneration", named(&generation)).await["status"],
        "GENERATED"
    );
    // The records go when the machine's clock is there, too.
    let kept = async || {
        let found = rig.control.find::<AssetBody>(asset.as_str().unwrap()).await;
        found.unwrap().is_some()
    };
    assert!(kept().await);
    rig.machine.advance(WEEK);
    rig.settle().await;
    assert!(!kept().await);
    let text = rig
        .conflict(
            "StartPolicyGeneration",
            new_generation(&engine, "n", &gateway, TEXT),
        )
        .await;
    assert_eq!(text, "Generation with the same name already exists");
}

#[tokio::test(flavor = "multi_thread")]
async fn or_the_generation_is_gone_and_its_name_still_taken() {
    let rig = Rig::switched(&["compat.generation-retention=removed"]).await;
    let (engine, gateway) = (rig.engine("e").await, gateway(&rig, "g").await);
    let generation = generated(&rig, &engine, &gateway, "n", TEXT).await;
    let listed = async || {
        rig.ok("ListPolicyGenerations", json!({"policyEngineId": engine}))
            .await
    };
    assert_eq!(listed().await["policyGenerations"].as_array().unwrap().len(), 1);
    rig.service.advance(WEEK);
    rig.missing("GetPolicyGeneration", named(&generation)).await;
    rig.missing("ListPolicyGenerationAssets", named(&generation))
        .await;
    assert_eq!(listed().await["policyGenerations"], json!([]));
    rig.conflict(
        "StartPolicyGeneration",
        new_generation(&engine, "n", &gateway, TEXT),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_quota_counts_seven_days() {
    let rig = Rig::new().await;
    let (engine, gateway) = (rig.engine("e").await, gateway(&rig, "g").await);
    let generation = generated(&rig, &engine, &gateway, "n", TEXT).await;
    let asset = assets(&rig, &generation).await[0]["policyGenerationAssetId"].clone();
    rig.multiply(Kind::Asset, asset.as_str().unwrap(), 49_999).await;
    let refused = rig
        .call(
            "StartPolicyGeneration",
            new_generation(&engine, "m", &gateway, TEXT),
        )
        .await;
    let Err(Refusal::Quota(text)) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(
        text,
        "The quota of 50000 generated policies in a policy engine in 7 days is reached"
    );
    rig.service.advance(WEEK);
    rig.ok(
        "StartPolicyGeneration",
        new_generation(&engine, "m", &gateway, TEXT),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_have_pages_and_engines_are_deleted_with_their_generations() {
    for (switches, blocked) in [
        (&[][..], false),
        (&["compat.generations-block-delete=yes"][..], true),
    ] {
        let rig = Rig::switched(switches).await;
        let (engine, gateway) = (rig.engine("e").await, gateway(&rig, "g").await);
        let first = generated(&rig, &engine, &gateway, "a", TEXT).await;
        let second = generated(&rig, &engine, &gateway, "b", TEXT).await;
        let page = json!({"policyEngineId": engine, "maxResults": 1});
        let one = rig.ok("ListPolicyGenerations", page.clone()).await;
        assert_eq!(one["policyGenerations"], json!([first]));
        let two = rig
            .ok(
                "ListPolicyGenerations",
                with(page, "nextToken", one["nextToken"].clone()),
            )
            .await;
        assert_eq!(
            (&two["policyGenerations"], &two["nextToken"]),
            (&json!([second]), &Value::Null)
        );
        let page = with(named(&first), "maxResults", json!(1));
        let one = rig.ok("ListPolicyGenerationAssets", page.clone()).await;
        let two = rig
            .ok(
                "ListPolicyGenerationAssets",
                with(page, "nextToken", one["nextToken"].clone()),
            )
            .await;
        let both = [one, two].map(|page| page["policyGenerationAssets"][0]["rawTextFragment"].clone());
        assert_eq!(
            both,
            [
                "Allow users to process refunds under $500",
                "Happy users can cheer"
            ]
        );
        let delete = json!({"policyEngineId": engine});
        if blocked {
            assert!(
                rig.conflict("DeletePolicyEngine", delete)
                    .await
                    .contains("policy generations")
            );
        } else {
            rig.ok("DeletePolicyEngine", delete).await;
        }
    }
}
