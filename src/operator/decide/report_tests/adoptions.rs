//! What a policy adopts from a generation: once, and what stays of it.

use super::scene::{Scene, record, row};
use crate::api::PolicyGeneration;
use crate::model::Lifecycle;
use crate::operator::decide::generation::tests::scene::{STATEMENT, asset as asset_with};
use crate::operator::decide::*;
use serde_json::{Value, json};

pub const ASSET: &str = "asset-1234567890";

/// What was written from one requirement, and can be used if it is a statement.
pub fn asset(id: &str, statement: Option<&str>) -> Asset {
    asset_with(id, "VALID", statement)
}

pub fn generated(id: &str) -> Generated {
    Generated {
        id: Some(id.into()),
        engine_id: Some("e-1234567890".into()),
        lives: true,
        assets: Some(vec![
            asset(ASSET, Some(STATEMENT)),
            asset("asset-0000000000", None),
        ]),
        count: 2,
        config_map: Some("draft-assets".into()),
        stalled: false,
    }
}

/// A policy that names this asset, of a generation that is seen so.
pub fn scene(asset: &str, generation: Option<Generated>, found: Found<PolicyRecord>) -> Scene {
    let definition = json!({"generation": {"name": "draft", "assetId": asset}});
    let mut scene = Scene::new(Ok(found)).with("/spec/definition", definition);
    scene.generation = generation;
    scene
}

pub fn active(statement: Statement) -> Found<PolicyRecord> {
    Found::There(PolicyRecord {
        statement: Some(statement),
        ..record(Lifecycle::Active)
    })
}

pub fn adopted() -> Value {
    let found = active(Statement::Policy(STATEMENT.into()));
    scene(ASSET, Some(generated("n-1234567890")), found).status()
}

pub fn message(status: &Value) -> &str {
    status["conditions"][0]["message"].as_str().unwrap_or_default()
}

#[test]
fn what_is_adopted_is_in_the_status_and_is_what_aws_shows_in_words_or_by_the_asset() {
    let status = adopted();
    assert_eq!(row(&status), "Ready=True/Synced");
    assert_eq!(status["effectiveStatement"], STATEMENT);
    let expected = json!({
        "name": "draft", "generationId": "n-1234567890", "assetId": ASSET, "member": "policy", "statementDigest": status["statementDigest"],
    });
    assert_eq!(status["adopted"], expected);
    for (shown, agrees) in [
        (Statement::Generation(format!("n-1234567890/{ASSET}")), true),
        (
            Statement::Generation("n-1234567890/asset-0000000000".into()),
            false,
        ),
        (Statement::Cedar(STATEMENT.into()), false),
    ] {
        let seen = scene(ASSET, Some(generated("n-1234567890")), active(shown.clone()));
        assert_eq!(seen.report().0 == Plan::Rest(Rest::InSync), agrees, "{shown:?}");
    }
}

#[test]
fn what_was_adopted_stays_when_the_generation_is_run_again_or_gone() {
    let found = || active(Statement::Policy(STATEMENT.into()));
    let rerun = Generated {
        assets: Some(vec![asset("asset-2222222222", Some("forbid.."))]),
        ..generated("n-2222222222")
    };
    let (planned, report) = scene(ASSET, Some(rerun.clone()), found())
        .after(adopted())
        .report();
    let status = report.status.unwrap();
    assert_eq!(planned, Plan::Rest(Rest::InSync));
    assert_eq!(row(&status), "Ready=True/GenerationChanged");
    assert!(
        message(&status).contains("asset-2222222222 ('the requirement of"),
        "{}",
        message(&status)
    );
    assert_eq!(
        (&status["adopted"], &status["effectiveStatement"]),
        (&adopted()["adopted"], &json!(STATEMENT))
    );
    assert_eq!(report.note.map(|note| note.reason), Some("GenerationChanged"));
    // What is drifted is put back to what was adopted; and what is gone is made of it.
    let drifted = active(Statement::Policy("forbid".into()));
    let (planned, _) = scene(ASSET, Some(rerun.clone()), drifted)
        .after(adopted())
        .report();
    assert_eq!(planned, Plan::Update);
    let (planned, _) = scene(ASSET, None, Found::Absent).after(adopted()).report();
    assert_eq!(planned, Plan::Create);
    let quiet = scene(ASSET, None, found()).after(adopted()).status();
    assert_eq!(row(&quiet), "Ready=True/Synced");
    // Another asset is looked for in what there is now.
    let other = scene("asset-2222222222", Some(rerun), found())
        .after(adopted())
        .status();
    assert_eq!(
        row(&other),
        "Ready=False/InvalidSpec Stalled/InvalidSpec",
        "its statement was cut"
    );
    // A status that says another statement than was adopted is not believed.
    let mut forged = adopted();
    forged["effectiveStatement"] = json!("forbid");
    let (planned, _) = scene(ASSET, None, found()).after(forged).report();
    assert_eq!(planned, Plan::Wait(Wait::Dependency));
}

#[test]
fn what_cannot_be_adopted_is_refused_with_what_could_be() {
    let elsewhere = Generated {
        engine_id: Some("other-1234567890".into()),
        ..generated("n-1234567890")
    };
    for (asset, generation, why) in [
        (
            "asset-9999999999",
            generated("n-1234567890"),
            "has no asset asset-9999999999",
        ),
        (
            "asset-0000000000",
            generated("n-1234567890"),
            "could not be translated",
        ),
        (ASSET, elsewhere, "is for the policy engine other-1234567890"),
    ] {
        let status = scene(asset, Some(generation), Found::Absent).status();
        assert_eq!(row(&status), "Ready=False/InvalidSpec Stalled/InvalidSpec");
        let said = message(&status);
        assert!(said.contains(why), "{said}");
        assert!(said.contains(&format!("its assets are {ASSET} ('")), "{said}");
        assert!(said.contains("asset-0000000000, not translatable ('"), "{said}");
    }
}

#[test]
fn an_asset_lives_for_seven_days_also_where_nobody_has_looked_since() {
    let object: PolicyGeneration = serde_json::from_value(json!({
        "apiVersion": "agentcore.dev/v1alpha1", "kind": "PolicyGeneration", "metadata": {"name": "draft"},
        "spec": {"content": {"rawText": "text"}},
        "status": {"generationId": "n-1234567890", "usable": "1 of 1", "assetsInAws": true,
                   "updatedAt": "2026-01-01T00:00:00Z"},
    }))
    .unwrap();
    let lives = |now: &str| Generated::of(&object, &Copied::Nothing, now.parse().unwrap()).lives;
    assert!(lives("2026-01-01T00:00:00Z") && lives("2026-01-07T23:59:59Z"));
    assert!(!lives("2026-01-08T00:00:00Z"));
    assert!(lives("2025-01-01T00:00:00Z"), "the clocks differ");
}

#[test]
fn a_generation_that_is_not_there_or_not_over_is_waited_for() {
    let running = Generated {
        assets: None,
        ..generated("n-1234567890")
    };
    for (generation, why) in [(None, "is not there"), (Some(running), "is not GENERATED yet")] {
        let status = scene(ASSET, generation, Found::Absent).status();
        assert_eq!(
            row(&status),
            "Ready=False/DependencyNotReady Reconciling/ProgressingWithRetry"
        );
        assert!(message(&status).contains(why), "{}", message(&status));
    }
}

#[test]
fn what_was_adopted_is_not_what_another_generation_is_asked_for() {
    let named = json!({"generation": {"name": "another", "assetId": ASSET}});
    let found = active(Statement::Policy(STATEMENT.into()));
    let other = Generated {
        assets: Some(vec![asset("asset-2222222222", Some(STATEMENT))]),
        ..generated("n-2222222222")
    };
    let scene = scene(ASSET, Some(other), found).with("/spec/definition", named);
    let status = scene.after(adopted()).status();
    assert_eq!(row(&status), "Ready=False/InvalidSpec Stalled/InvalidSpec");
    let said = message(&status);
    assert!(
        said.contains(&format!("PolicyGeneration another has no asset {ASSET}")),
        "{said}"
    );
    assert_eq!(status["adopted"], adopted()["adopted"], "AWS has it yet");
}

#[test]
fn a_policy_whose_status_was_lost_adopts_what_aws_has_of_it() {
    let rerun = || Generated {
        assets: Some(vec![asset("asset-2222222222", Some(STATEMENT))]),
        ..generated("n-2222222222")
    };
    let found = || active(Statement::Policy(STATEMENT.into()));
    let (planned, report) = scene(ASSET, Some(rerun()), found()).report();
    let status = report.status.unwrap();
    assert_eq!(planned, Plan::Rest(Rest::InSync));
    assert_eq!(row(&status), "Ready=True/GenerationChanged");
    assert!(
        message(&status).contains("asset-2222222222"),
        "{}",
        message(&status)
    );
    assert_eq!(status["effectiveStatement"], STATEMENT);
    assert_eq!(status["adopted"]["assetId"], ASSET);
    // From then on it is what was adopted.
    let drifted = active(Statement::Policy("forbid".into()));
    let (planned, _) = scene(ASSET, Some(rerun()), drifted)
        .after(status.clone())
        .report();
    assert_eq!(planned, Plan::Update);
    let again = scene(ASSET, Some(rerun()), found())
        .after(status.clone())
        .status();
    assert_eq!(
        (row(&again), &again["adopted"]),
        (row(&status), &status["adopted"])
    );
    // Nobody else's, nothing whose words are not known, and not what the status says otherwise of.
    let theirs = |record: PolicyRecord| {
        let mut record = record;
        record.resource.name = "theirs".into();
        record
    };
    let other = Found::There(theirs(record(Lifecycle::Active)));
    let by_asset = active(Statement::Generation(format!("n-1234567890/{ASSET}")));
    let mut known = adopted();
    known["adopted"]["assetId"] = json!("asset-0000000000");
    for scene in [
        scene(ASSET, Some(rerun()), other),
        scene(ASSET, Some(rerun()), by_asset),
        scene(ASSET, Some(rerun()), Found::Absent),
        scene(ASSET, Some(rerun()), found()).after(known),
    ] {
        assert_eq!(
            row(&scene.status()),
            "Ready=False/InvalidSpec Stalled/InvalidSpec"
        );
    }
}

#[test]
fn a_refusal_tells_what_can_be_used_first_and_where_all_are_when_there_are_many() {
    let said = |bad: usize| {
        let mut assets: Vec<Asset> = (0..bad)
            .map(|n| asset(&format!("asset-bad{n:07}"), None))
            .collect();
        assets.push(asset("asset-2222222222", Some(STATEMENT)));
        let many = Generated {
            assets: Some(assets),
            ..generated("n-1234567890")
        };
        message(&scene(ASSET, Some(many), Found::Absent).status()).to_owned()
    };
    let first = "its assets are asset-2222222222, asset-bad0000000, not translatable,";
    let (ten, hundred) = (said(9), said(99));
    for said in [&ten, &hundred] {
        assert!(said.contains(first), "{said}");
        assert!(said.contains("asset-bad0000008, not translatable"), "{said}");
        assert!(said.ends_with("Correct spec.definition.generation"), "{said}");
    }
    assert!(!ten.contains("in all"), "{ten}");
    let more = "asset-bad0000008, not translatable, .. (100 in all: see ConfigMap draft-assets).";
    assert!(hundred.contains(more), "{hundred}");
    // Where nothing is to be adopted any more the ConfigMap is not read, and the status has the first 20.
    let first = (0..20).map(|n| asset(&format!("asset-{n:010}"), Some("forbid..")));
    let rerun = Generated {
        assets: Some(first.collect()),
        count: 100,
        ..generated("n-2222222222")
    };
    let found = active(Statement::Policy(STATEMENT.into()));
    let status = scene(ASSET, Some(rerun), found).after(adopted()).status();
    let more = "asset-0000000009, .. (100 in all: see ConfigMap draft-assets). To adopt one of those";
    assert!(message(&status).contains(more), "{}", message(&status));
}
