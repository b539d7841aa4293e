//! A generation runs once for what it is asked, whatever is seen; and what its status says of what was written.

mod copied;
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
