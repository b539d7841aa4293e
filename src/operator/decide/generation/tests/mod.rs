//! A generation runs once for what it is asked, whatever is seen; and what its status says of what was written.

pub mod scene;
mod tools;

use super::*;
use crate::model::{Fault, FaultClass};
use crate::operator::decide::report_tests::scene::row;
use crate::operator::decide::{Found, Plan, Reference, Refuse, Rest, Wait};
use scene::{Case, GATEWAY, STATEMENT, asset, identity, name_of, object, observed, references};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Every status that AWS knows, and one that it does not yet.
const WORDS: [&str; 5] = [
    "GENERATING",
    "GENERATED",
    "GENERATE_FAILED",
    "DELETE_FAILED",
    "TOMORROW",
];

#[test]
fn whatever_is_seen_a_generation_is_started_once_and_never_changed_or_deleted() {
    let object = object("text", &Value::Null);
    let references = references();
    for held in [false, true] {
        for deleting in [false, true] {
            let case = Case {
                held,
                deleting,
                ..Case::of(&object, &references)
            };
            for word in WORDS {
                let (planned, _) = case.pass(Ok(Found::There(observed("text", word, &[]))));
                let expected = match (deleting, held, word) {
                    (true, true, _) => Plan::Release,
                    (true, false, _) => Plan::Rest(Rest::Gone),
                    (false, false, _) => Plan::Hold,
                    (false, true, "GENERATED") => Plan::Rest(Rest::InSync),
                    (false, true, "GENERATING" | "TOMORROW") => Plan::Wait(Wait::InFlight),
                    (false, true, _) => Plan::Refuse(Refuse::Failed),
                };
                assert_eq!(planned, expected, "{word} {held} {deleting}");
            }
            let (planned, _) = case.pass(Ok(Found::Absent));
            let expected = match (deleting, held) {
                (true, true) => Plan::Release,
                (true, false) => Plan::Rest(Rest::Gone),
                (false, true) => Plan::Create,
                (false, false) => Plan::Hold,
            };
            assert_eq!(planned, expected, "{held} {deleting}");
        }
    }
}

#[test]
fn another_text_gateway_or_engine_is_another_name_and_the_same_ones_are_found_again() {
    let name = |text: &str, references: &GenerationReferences| {
        GenerationKind::sought(&object(text, &Value::Null), references, &identity()).name
    };
    let own = references();
    let mut gateway = references();
    gateway.gateway.arn = Some(GATEWAY.replace("refunds", "other"));
    let mut engine = references();
    engine.engine = Reference::by_id("other-abcdef0123");
    let names = [
        name("text", &own),
        name("other", &own),
        name("text", &gateway),
        name("text", &engine),
    ];
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), 4, "{names:?}");
    assert_eq!(name("text", &own), names[0]);
    assert!(names[0].starts_with("draft_"));
}

#[test]
fn who_starts_the_same_again_does_it_with_the_same_client_token_and_another_text_with_another() {
    let references = references();
    let token = |text: &str| Case::of(&object(text, &Value::Null), &references).client_token();
    assert_eq!(token("text"), token("text"));
    assert_ne!(token("text"), token("other"));
}

#[test]
fn the_status_shows_twenty_assets_and_the_config_map_as_many_as_it_has_room_for() {
    let (object, references) = (object("text", &Value::Null), references());
    let written = |count: usize, bytes: usize| {
        let statement = format!("{STATEMENT}//{}", "x".repeat(bytes));
        let asset = |n: usize| asset(&format!("asset-{n:010}"), "VALID", Some(&statement));
        let assets: Vec<Asset> = (0..count).map(asset).collect();
        let found = Found::There(observed("text", "GENERATED", &assets));
        let (_, report) = Case::of(&object, &references).pass(Ok(found));
        (report.status.unwrap(), report.keepsake.unwrap().data)
    };
    let texts = |data: &BTreeMap<String, Option<String>>, end: &str| {
        data.keys().filter(|key| key.ends_with(end)).count()
    };
    let copied = |data: &BTreeMap<String, Option<String>>| {
        let whole: Value = serde_json::from_str(data["assets.json"].as_ref().unwrap()).unwrap();
        whole.as_array().unwrap().len()
    };
    let said = |status: &Value| status["conditions"][0]["message"].as_str().unwrap().to_owned();
    let (status, data) = written(21, 10);
    assert_eq!(status["assets"].as_array().unwrap().len(), 20);
    assert_eq!(status["usable"], "21 of 21");
    assert_eq!(
        (copied(&data), texts(&data, ".cedar"), texts(&data, ".yaml")),
        (21, 21, 21)
    );
    assert!(
        said(&status).ends_with("see status.assets, and ConfigMap draft-assets for all of it"),
        "{}",
        said(&status)
    );
    // 10,000 bytes each, and room for 400,000.
    let (status, data) = written(50, 9_900);
    let room = copied(&data);
    assert!((38..50).contains(&room), "{room}");
    assert!(
        (15..room).contains(&texts(&data, ".cedar")),
        "{}",
        texts(&data, ".cedar")
    );
    assert_eq!(texts(&data, ".cedar"), texts(&data, ".yaml"));
    let all = format!(
        "see status.assets, and ConfigMap draft-assets for the first {room}, which is all that it has room for"
    );
    assert!(said(&status).ends_with(&all), "{}", said(&status));
}

#[test]
fn the_id_of_a_generation_of_another_text_is_not_asked_for() {
    let known = json!({"generationId": "draft-1234567890", "generationName": name_of("text")});
    let sought = |text: &str| GenerationKind::sought(&object(text, &known), &references(), &identity());
    assert_eq!(sought("text").id.as_deref(), Some("draft-1234567890"));
    assert_eq!(
        (sought("other").id, sought("other").name),
        (None, name_of("other"))
    );
}

#[test]
fn what_was_generated_outlives_its_record_and_its_engine_and_is_not_run_again() {
    let fresh = object("text", &Value::Null);
    let references = references();
    let good = [asset("asset-1234567890", "VALID", Some(STATEMENT))];
    let gone = || Fault {
        class: FaultClass::Gone,
        operation: "GetPolicyGeneration",
        code: "ResourceNotFoundException".into(),
        message: "gone".into(),
    };
    for (word, expected) in [
        ("GENERATED", Plan::Rest(Rest::InSync)),
        ("GENERATE_FAILED", Plan::Refuse(Refuse::Failed)),
    ] {
        let status = Case::of(&fresh, &references).status(observed("text", word, &good));
        let object = object("text", &status);
        let case = Case::of(&object, &references);
        for found in [Ok(Found::Absent), Err(gone())] {
            let (planned, report) = case.pass(found);
            assert_eq!(planned, expected);
            let after = report.status.unwrap();
            assert_eq!(after["assets"], status["assets"]);
            assert_eq!(row(&after), row(&status));
        }
        // Another text was never run.
        let other = scene::object("other", &status);
        assert_eq!(
            Case::of(&other, &references).pass(Ok(Found::Absent)).0,
            Plan::Create
        );
    }
    let running = Case::of(&fresh, &references).pass(Err(gone()));
    assert_eq!(running.0, Plan::Wait(Wait::Sight));
}

#[test]
fn what_was_written_is_in_the_status_and_whole_beside_it() {
    let object = object("text", &Value::Null);
    let mut references = references();
    let long = format!("{STATEMENT} // {}", "x".repeat(2000));
    let assets = [
        asset("asset-1234567890", "VALID", Some(&long)),
        asset("asset-0987654321", "NOT_TRANSLATABLE", None),
    ];
    let found = observed("text", "GENERATED", &assets);
    let (_, report) = Case::of(&object, &references).pass(Ok(Found::There(found.clone())));
    let (status, kept) = (report.status.unwrap(), report.keepsake.unwrap());
    assert_eq!(row(&status), "Ready=True/Synced");
    assert_eq!(
        (&status["usable"], &status["assetsInAws"]),
        (&json!("1 of 2"), &json!(true))
    );
    let (first, second) = (&status["assets"][0], &status["assets"][1]);
    assert!(first["statement"].as_str().unwrap().ends_with(".."));
    assert_eq!(second["statement"], json!(null));
    assert_eq!(second["manifest"], json!(null));
    let said = second["findings"][0]["message"].as_str().unwrap();
    assert!(
        said.contains("could not be translated") && said.ends_with(": what AWS says"),
        "{said}"
    );
    let manifest = first["manifest"].as_str().unwrap();
    for line in [
        "kind: Policy",
        "name: \"draft-1\"",
        "assetId: \"asset-1234567890\"",
        "namespace: \"team\"",
    ] {
        assert!(manifest.contains(line), "{manifest}");
    }
    assert_eq!(kept.name, "draft-assets");
    assert!(!kept.there);
    let data: BTreeMap<String, String> = kept
        .data
        .into_iter()
        .filter_map(|(key, text)| Some((key, text?)))
        .collect();
    assert_eq!(data["asset-1234567890.cedar"], long);
    let note = report.note.unwrap();
    assert_eq!((note.reason, note.warning), ("GenerationCompleted", false));

    // What was written is written once, and told once.
    references.copied = Copied::Data(data.clone());
    let after = scene::object("text", &status);
    let (_, again) = Case::of(&after, &references).pass(Ok(Found::There(found)));
    assert_eq!((again.keepsake, again.note), (None, None));
    // In full, as long as nobody has changed it; and what was cut is not taken for the statement.
    let status: PolicyGenerationStatus = serde_json::from_value(status).unwrap();
    assert_eq!(copies(&status, &references.copied), assets);
    let mut changed = data;
    let whole = changed.get_mut("assets.json").unwrap();
    *whole = whole.replace("permit", "forbid");
    for other in [Copied::Data(changed), Copied::Nothing, Copied::Foreign] {
        let left = copies(&status, &other);
        assert_eq!(left[0].definition.as_ref().unwrap().as_statement(), None);
        assert_eq!(left[0].asset_id, assets[0].asset_id);
    }
}

#[test]
fn a_stranger_s_config_map_is_left_alone() {
    let object = object("text", &Value::Null);
    let references = GenerationReferences {
        copied: Copied::Foreign,
        ..references()
    };
    let good = [asset("asset-1234567890", "VALID", Some(STATEMENT))];
    let (_, report) =
        Case::of(&object, &references).pass(Ok(Found::There(observed("text", "GENERATED", &good))));
    assert_eq!(report.keepsake, None);
    let status = report.status.unwrap();
    assert_eq!(status["configMap"], json!(null));
    let said = status["conditions"][0]["message"].as_str().unwrap();
    assert!(
        said.contains("ConfigMap draft-assets is not this object's"),
        "{said}"
    );
}

#[test]
fn a_config_map_that_cannot_be_had_keeps_nothing_else_back() {
    let object = object("text", &Value::Null);
    let why = "configmaps is forbidden";
    let good = [asset("asset-1234567890", "VALID", Some(STATEMENT))];
    let found = || observed("text", "GENERATED", &good);
    let said = |status: &Value| status["conditions"][0]["message"].as_str().unwrap().to_owned();
    // The write was refused.
    let (_, report) = Case::of(&object, &references()).pass(Ok(Found::There(found())));
    let status = report.keepsake.unwrap().missing(report.status.unwrap(), why);
    assert_eq!(row(&status), "Ready=True/Synced");
    assert_eq!(
        (&status["configMap"], &status["assetsDigest"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(status["assets"][0]["statement"], STATEMENT);
    let expected = format!(
        "ConfigMap draft-assets could not be written ({why}), so what is not in status.assets is in AWS"
    );
    assert!(said(&status).contains(&expected), "{}", said(&status));
    // The read was refused: nothing is written there, and what is known of it stays.
    let unread = GenerationReferences {
        copied: Copied::Unread(why.into()),
        ..references()
    };
    let (_, report) = Case::of(&object, &unread).pass(Ok(Found::There(found())));
    let (status, kept) = (report.status.unwrap(), report.keepsake);
    assert_eq!((kept, &status["configMap"]), (None, &Value::Null));
    assert!(
        said(&status).contains(&format!("could not be read ({why})")),
        "{}",
        said(&status)
    );
    let before = Case::of(&object, &references()).status(found());
    let known = scene::object("text", &before);
    let after = Case::of(&known, &unread).status(found());
    assert_eq!(after["assetsDigest"], before["assetsDigest"]);
    assert_eq!(row(&after), "Ready=True/Synced");
}

#[test]
fn a_config_map_of_an_earlier_object_is_taken_over_also_when_it_says_the_same() {
    let object = object("text", &Value::Null);
    let good = [asset("asset-1234567890", "VALID", Some(STATEMENT))];
    let keepsake = |copied: Copied| {
        let references = GenerationReferences {
            copied,
            ..references()
        };
        let found = Found::There(observed("text", "GENERATED", &good));
        Case::of(&object, &references).pass(Ok(found)).1.keepsake
    };
    let first = keepsake(Copied::Nothing).unwrap();
    let data: BTreeMap<String, String> = first
        .data
        .iter()
        .filter_map(|(key, text)| Some((key.clone(), text.clone()?)))
        .collect();
    assert_eq!(keepsake(Copied::Data(data.clone())), None);
    let again = keepsake(Copied::Inherited(data)).unwrap();
    assert_eq!((again.there, again.data), (true, first.data));
}

#[test]
fn generated_without_anything_to_use_is_no_success() {
    let object = object("text", &Value::Null);
    let references = references();
    let case = Case::of(&object, &references);
    for (finding, statement) in [
        ("NOT_TRANSLATABLE", None),
        ("INVALID", None),
        ("INVALID", Some(STATEMENT)),
        ("ALLOW_NONE", Some(STATEMENT)),
        ("DENY_NONE", Some(STATEMENT)),
        ("VALID", None),
    ] {
        let status = case.status(observed(
            "text",
            "GENERATED",
            &[asset("a-1234567890", finding, statement)],
        ));
        assert_eq!(
            row(&status),
            "Ready=False/NoUsableAsset Stalled/NoUsableAsset",
            "{finding}"
        );
        assert_eq!(status["usable"], "0 of 1");
    }
    // AWS was seen to say so of what it could not write.
    for (statement, words) in [
        (None, "it could not be translated: "),
        (Some(STATEMENT), "it does not fit the tools of the gateway"),
    ] {
        let asset = asset("a-1234567890", "INVALID", statement);
        let status = case.status(observed("text", "GENERATED", &[asset]));
        let said = status["assets"][0]["findings"][0]["message"].as_str().unwrap();
        assert!(
            said.starts_with(words) && said.ends_with(": what AWS says"),
            "{said}"
        );
    }
    let nothing = case.status(observed("text", "GENERATED", &[]));
    assert_eq!(row(&nothing), "Ready=False/NoUsableAsset Stalled/NoUsableAsset");
    for finding in ["VALID", "ALLOW_ALL", "DENY_ALL", "TOMORROW"] {
        let good = asset("a-1234567890", finding, Some(STATEMENT));
        assert_eq!(
            row(&case.status(observed("text", "GENERATED", &[good]))),
            "Ready=True/Synced"
        );
    }
    let failed = case.status(observed("text", "GENERATE_FAILED", &[]));
    assert_eq!(row(&failed), "Ready=False/CreateFailed Stalled/CreateFailed");
    assert_eq!(failed["conditions"][0]["message"], "GENERATE_FAILED: why");
}

#[test]
fn what_is_being_written_is_told_when_it_takes_long() {
    let (object, references) = (object("text", &Value::Null), references());
    for (waited, word, expected) in [
        (false, "GENERATING", None),
        (
            true,
            "GENERATING",
            Some("Ready=Unknown/Generating Reconciling/Generating"),
        ),
        (
            true,
            "TOMORROW",
            Some("Ready=Unknown/Updating Reconciling/Updating"),
        ),
    ] {
        let case = Case {
            waited,
            ..Case::of(&object, &references)
        };
        let (_, report) = case.pass(Ok(Found::There(observed("text", word, &[]))));
        assert_eq!(report.status.as_ref().map(row).as_deref(), expected, "{word}");
    }
}

#[test]
fn a_manifest_is_of_what_can_be_used_and_takes_the_finding_that_is_told_in_it() {
    let object = object("text", &Value::Null);
    let references = references();
    let assets = [
        asset("asset-1234567890", "VALID", Some(STATEMENT)),
        asset("asset-2222222222", "ALLOW_ALL", Some(STATEMENT)),
        asset("asset-3333333333", "INVALID", Some(STATEMENT)),
    ];
    let found = observed("text", "GENERATED", &assets);
    let (_, report) = Case::of(&object, &references).pass(Ok(Found::There(found)));
    let (status, kept) = (report.status.unwrap(), report.keepsake.unwrap());
    let manifest = |n: usize| status["assets"][n]["manifest"].as_str();
    assert!(
        !manifest(0).unwrap().contains("validationMode"),
        "{:?}",
        manifest(0)
    );
    let adopted = format!(
        "  definition:\n    # {STATEMENT}\n    generation: {{name: \"draft\", assetId: \"asset-1234567890\"}}\n"
    );
    assert!(manifest(0).unwrap().contains(&adopted), "{:?}", manifest(0));
    let broad = manifest(1).unwrap();
    assert!(
        broad.ends_with("\n  validationMode: IGNORE_ALL_FINDINGS\n"),
        "{broad}"
    );
    let comment = "\n# ALLOW_ALL: it permits every call that its first lines cover, whatever the call says: what AWS says\n";
    assert!(broad.contains(comment), "{broad}");
    assert_eq!(manifest(2), None);
    assert_eq!(
        kept.data.get("asset-2222222222.yaml").unwrap().as_deref(),
        Some(broad)
    );
    assert!(!kept.data.contains_key("asset-3333333333.yaml"));
    assert!(kept.data.contains_key("asset-3333333333.cedar"));
}
