//! What must hold from pass to pass: nothing that was asked for is lost, and nothing is let go too early.

use super::scene::{Scene, accepted, deleted, drifted, fault, record, row, synced, there};
use crate::model::{FaultClass, Lifecycle};
use crate::operator::decide::*;
use serde_json::{Value, json};
use std::time::Duration;

#[test]
fn a_validation_mode_that_could_not_be_sent_is_not_taken_for_told_and_is_sent_by_the_next_pass() {
    let edited = Scene::new(Ok(there(Lifecycle::Active)))
        .after(synced())
        .with("/metadata/generation", json!(3))
        .with("/spec/validationMode", json!("IGNORE_ALL_FINDINGS"))
        .outcome(Outcome::Failed(fault(FaultClass::Throttled)));
    let status = edited.status();
    assert_eq!(
        row(&status),
        "Ready=False/Throttled Reconciling/ProgressingWithRetry"
    );
    assert_eq!(status["validationMode"], "FAIL_ON_ANY_FINDINGS");
    let next = edited
        .after(status)
        .then(Ok(there(Lifecycle::Active)), Some(accepted()));
    assert_eq!(next.report().0, Plan::Update);
    let seen = next.then(Ok(there(Lifecycle::Active)), None).status();
    assert_eq!(
        (row(&seen).as_str(), &seen["validationMode"]),
        ("Ready=True/Synced", &json!("IGNORE_ALL_FINDINGS"))
    );
}

#[test]
fn a_validation_mode_edited_while_the_policy_is_created_is_sent_afterwards() {
    let created = Scene::new(Ok(Found::Absent)).outcome(accepted());
    let edited = created
        .then(Ok(there(Lifecycle::Active)), Some(accepted()))
        .with("/spec/validationMode", json!("IGNORE_ALL_FINDINGS"));
    assert_eq!(edited.report().0, Plan::Update);
}

#[test]
fn a_validation_mode_is_noted_in_the_status_of_the_pass_that_sent_it() {
    let edited = Scene::new(Ok(there(Lifecycle::Active)))
        .after(synced())
        .with("/status/validationMode", json!("FAIL_ON_ANY_FINDINGS"))
        .with("/spec/validationMode", json!("IGNORE_ALL_FINDINGS"))
        .outcome(accepted());
    assert_eq!(edited.report().0, Plan::Update);
    assert_eq!(edited.status()["validationMode"], json!("IGNORE_ALL_FINDINGS"));
}

#[test]
fn a_create_after_the_resource_that_the_status_names_is_gone_has_a_token_of_its_own() {
    let create = || Scene::new(Ok(Found::Absent));
    let named = create().after(json!({"policyId": "p_1-aaaaaaaaaa", "policyEngineId": "e-1234567890"}));
    assert_ne!(named.client_token(), create().client_token());
}

#[test]
fn an_update_that_was_refused_does_not_hold_up_a_deletion() {
    let refusal = || Some(Outcome::Failed(fault(FaultClass::Invalid)));
    let mut edited = Scene::new(Ok(drifted())).after(synced());
    edited.outcome = refusal();
    assert_eq!(edited.report().0, Plan::Update);
    let again = edited.then(Ok(drifted()), refusal());
    assert_eq!(again.report().0, Plan::Refuse(Refuse::Answer));
    assert_eq!(deleted(again).report().0, Plan::Delete);
}

#[test]
fn an_edit_is_not_in_sync_while_the_engine_s_object_is_silent() {
    let mut edited = Scene::new(Ok(drifted()))
        .after(synced())
        .with("/metadata/generation", json!(3));
    edited.object["status"]["policyEngineId"] = json!("e-1234567890");
    edited.engine.as_mut().unwrap()["status"] = json!({});
    assert_eq!(
        row(&edited.status()),
        "Ready=False/DependencyNotReady Reconciling/ProgressingWithRetry"
    );
}

#[test]
fn a_suspended_object_keeps_every_word_that_its_conditions_speak_of() {
    let suspended = Scene::new(Ok(there(Lifecycle::UpdateFailed)))
        .after(synced())
        .with("/metadata/generation", json!(3))
        .with("/spec/suspend", json!(true));
    let status = suspended.status();
    assert_eq!(
        (row(&status).as_str(), &status["status"]),
        ("Ready=True/Synced", &json!("ACTIVE"))
    );
    assert_eq!(status["effectiveStatement"], synced()["effectiveStatement"]);
}

#[test]
fn an_id_that_was_only_observed_is_no_claim() {
    let mut theirs = record(Lifecycle::Active);
    theirs.resource.name = "Taken".into();
    let mut observed = Scene::new(Ok(Found::There(theirs)))
        .after(synced())
        .with("/spec/name", json!("Taken"));
    observed.object["metadata"]
        .as_object_mut()
        .unwrap()
        .remove("finalizers");
    assert_eq!(row(&observed.status()), "Ready=False/Conflict Stalled/Conflict");
}

#[test]
fn a_create_that_no_listing_shows_yet_holds_the_finalizer_of_a_deleted_object() {
    let created = Scene::new(Ok(Found::Absent)).outcome(Outcome::Accepted {
        id: Some("p_1-aaaaaaaaaa".into()),
    });
    let unseen = deleted(created.then(Ok(Found::Absent), None));
    assert_eq!(unseen.report().0, Plan::Wait(Wait::Effect));
    let shown = unseen.then(Ok(there(Lifecycle::Active)), Some(accepted()));
    assert_eq!(shown.report().0, Plan::Delete);
    assert_eq!(shown.then(Ok(Found::Absent), None).report().0, Plan::Release);
}

#[test]
fn a_correction_that_was_seen_frees_the_next_one() {
    let corrected = Scene::new(Ok(drifted())).after(synced()).outcome(accepted());
    let settled = corrected.then(Ok(drifted()), None);
    assert_eq!(settled.report().0, Plan::Wait(Wait::Effect), "not sent twice");
    let seen = settled.then(Ok(there(Lifecycle::Active)), None);
    assert_eq!(seen.report().0, Plan::Rest(Rest::InSync));
    let again = seen.then(Ok(drifted()), Some(accepted()));
    assert_eq!(again.report().0, Plan::Update);
}

/// As of a gateway while an attachment changes it.
#[test]
fn what_aws_changes_for_somebody_else_is_no_drift_while_nothing_differs() {
    let changing = || Scene::new(Ok(there(Lifecycle::Updating))).failing_for(Duration::from_secs(2));
    assert_eq!(
        row(&changing().after(synced()).status()),
        "Ready=Unknown/Updating Reconciling/Updating"
    );
    // One that is being corrected is until that is done.
    let correcting = Scene::new(Ok(drifted())).after(synced()).outcome(accepted());
    assert_eq!(
        row(&changing().after(correcting.status()).status()),
        "Ready=Unknown/DriftCorrecting Reconciling/DriftCorrecting"
    );
}

/// AWS is still carrying out the stranger's edit when it is first seen.
#[test]
fn a_drift_seen_while_aws_is_changing_the_resource_is_told_as_a_drift() {
    let mut changing = record(Lifecycle::Updating);
    changing.resource.description = Some("theirs".into());
    let watched = Scene::new(Ok(Found::There(changing)))
        .after(synced())
        .failing_for(Duration::from_secs(2));
    let status = watched.status();
    assert_eq!(
        row(&status),
        "Ready=Unknown/DriftCorrecting Reconciling/DriftCorrecting"
    );
    let (plan, report) = watched
        .after(status)
        .then(Ok(drifted()), Some(accepted()))
        .report();
    let note = report.note.expect("an Event");
    assert_eq!((plan, note.reason), (Plan::Update, "DriftCorrected"));
    assert!(note.note.contains("enforcementMode"), "{}", note.note);
}

#[test]
fn a_token_that_aws_has_seen_with_another_request_is_not_sent_again() {
    let token = |scene: &Scene| scene.client_token();
    let first = Scene::new(Ok(Found::Absent)).outcome(Outcome::Failed(fault(FaultClass::TokenMismatch)));
    let sent = token(&first);
    assert_eq!(
        sent,
        token(&Scene::new(Ok(Found::Absent))),
        "the same facts give the same token"
    );
    assert_ne!(token(&first.then(Ok(Found::Absent), None)), sent);
}

#[test]
fn a_failed_deletion_is_looked_at_again_though_there_is_no_resync() {
    let failed =
        deleted(Scene::new(Ok(there(Lifecycle::DeleteFailed)))).with("/spec/resyncInterval", json!("0s"));
    let refused = failed
        .outcome(accepted())
        .then(Ok(there(Lifecycle::DeleteFailed)), None);
    let (plan, report) = refused.report();
    assert_eq!(plan, Plan::Refuse(Refuse::Failed));
    assert_ne!(report.next, Next::Idle);
    let status: Value = report.status.unwrap();
    assert_eq!(row(&status), "Ready=False/DeleteFailed Stalled/DeleteFailed");
}

#[test]
fn what_is_under_way_is_looked_at_less_often_the_longer_it_takes() {
    let next = |waited| {
        let scene = Scene::new(Ok(there(Lifecycle::Creating))).failing_for(Duration::from_millis(waited));
        scene.report().1.next
    };
    for (waited, pause) in [(0, 100), (300, 150), (4_000, 2_000), (60_000, 5_000)] {
        assert_eq!(
            next(waited),
            Next::Poll(Duration::from_millis(pause)),
            "{waited} ms"
        );
    }
}

#[test]
fn a_conflict_is_tried_again_soon_and_slowly_when_it_lasts() {
    let clash = || Scene::new(Ok(Found::Absent)).outcome(Outcome::Failed(fault(FaultClass::Conflict)));
    let lasting = |scene: Scene| scene.failing_for(Duration::from_secs(6)).report().1.next;
    assert_eq!(clash().report().1.next, Next::Poll(Duration::from_secs(1)));
    assert_eq!(lasting(clash()), Next::Later(Duration::from_mins(1)));
    let in_use =
        Scene::new(Ok(there(Lifecycle::Active))).outcome(Outcome::Failed(fault(FaultClass::Conflict)));
    assert_eq!(lasting(deleted(in_use)), Next::Poll(Duration::from_secs(10)));
    let throttled = Scene::new(Ok(Found::Absent)).outcome(Outcome::Failed(fault(FaultClass::Throttled)));
    let told = Backoff {
        failures: 1,
        operation: Some("CreatePolicy"),
    };
    assert_eq!(throttled.report().1.next, Next::Backoff(told));
}

#[test]
fn a_create_after_one_that_was_seen_and_is_gone_has_a_token_of_its_own_though_no_status_named_the_id() {
    let create = Scene::new(Ok(Found::Absent)).outcome(Outcome::Accepted {
        id: Some(record(Lifecycle::CreateFailed).resource.id),
    });
    let first = create.client_token();
    let failed = create.then(Ok(there(Lifecycle::CreateFailed)), None);
    let again = failed.then(Ok(Found::Absent), None);
    assert_ne!(again.client_token(), first, "AWS would answer with what is gone");
}
