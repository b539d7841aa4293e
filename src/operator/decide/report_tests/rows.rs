//! The condition table, row by row (kubernetes-conventions.md 1.4).

use super::scene::{Scene, deleted, drifted, fault, panicked, record, row, synced, there};
use crate::api::Timestamp;
use crate::model::{FaultClass, Lifecycle};
use crate::operator::decide::*;
use serde_json::{Value, json};
use std::time::Duration;

const LONG: Duration = Duration::from_mins(16);

#[test]
fn s2_the_service_at_work_is_told_after_a_moment_and_not_before() {
    let scene = |status| Scene::new(Ok(there(status))).failing_for(Duration::from_secs(2));
    assert_eq!(
        row(&scene(Lifecycle::Creating).status()),
        "Ready=Unknown/Creating Reconciling/Creating"
    );
    assert_eq!(
        row(&scene(Lifecycle::Updating).status()),
        "Ready=Unknown/Updating Reconciling/Updating"
    );
    let (plan, report) = Scene::new(Ok(there(Lifecycle::Creating))).report();
    assert_eq!((plan, report.status), (Plan::Wait(Wait::InFlight), None));
}

#[test]
fn s3_s4_in_sync_is_synced_and_a_resync_writes_the_same() {
    assert_eq!(row(&synced()), "Ready=True/Synced");
    let again = Scene {
        now: Timestamp::now(),
        ..Scene::new(Ok(there(Lifecycle::Active))).after(synced())
    };
    assert_eq!(again.status(), synced(), "the same bytes, whatever the time");
}

#[test]
fn s5_s8_s10_a_failed_look_keeps_the_last_truth_and_work_outstanding_is_tried_again() {
    for (class, reason) in [
        (FaultClass::Throttled, "Throttled"),
        (FaultClass::Unavailable, "BackendUnavailable"),
    ] {
        let in_sync = Scene::new(Err(fault(class))).after(synced());
        assert_eq!(row(&in_sync.status()), "Ready=True/Stale");
        let fresh = Scene::new(Err(fault(class)));
        assert_eq!(
            row(&fresh.status()),
            format!("Ready=False/{reason} Reconciling/ProgressingWithRetry")
        );
        let write = Scene::new(Ok(Found::Absent)).outcome(Outcome::Failed(fault(class)));
        assert_eq!(
            row(&write.status()),
            format!("Ready=False/{reason} Reconciling/ProgressingWithRetry")
        );
        for scene in [in_sync, fresh, write] {
            let exhausted = "Ready=False/RetriesExhausted Stalled/RetriesExhausted";
            assert_eq!(row(&scene.failing_for(LONG).status()), exhausted);
        }
    }
}

#[test]
fn s6_s7_drift_is_corrected_or_under_observe_only_told() {
    let accepted = Outcome::Accepted { id: None };
    let corrected = Scene::new(Ok(drifted())).after(synced()).outcome(accepted);
    assert_eq!(
        row(&corrected.status()),
        "Ready=Unknown/DriftCorrecting Reconciling/DriftCorrecting"
    );
    let observed = Scene::new(Ok(drifted())).with("/spec/managementPolicy", json!("Observe"));
    let status = observed.status();
    assert_eq!(
        row(&status),
        "Ready=False/DriftDetected Stalled/DriftDetected Drifted/DriftDetected"
    );
    let absent = Scene::new(Ok(Found::Absent)).with("/spec/managementPolicy", json!("Observe"));
    assert_eq!(
        row(&absent.status()),
        "Ready=False/DriftDetected Stalled/DriftDetected Drifted/DriftDetected"
    );
}

#[test]
fn an_edit_that_was_accepted_is_not_told_before_it_is_seen() {
    let edited = Scene::new(Ok(drifted()))
        .after(synced())
        .with("/metadata/generation", json!(3));
    let (plan, report) = edited.outcome(Outcome::Accepted { id: None }).report();
    assert_eq!((plan, report.status), (Plan::Update, None));
}

#[test]
fn s9_a_dependency_that_is_missing_or_not_ready_is_named() {
    let missing = Scene {
        engine: None,
        ..Scene::new(Ok(Found::Unlocated))
    };
    assert_eq!(
        row(&missing.status()),
        "Ready=False/DependencyNotReady Reconciling/ProgressingWithRetry"
    );
    let mut creating = Scene::new(Ok(Found::Absent));
    creating.engine.as_mut().unwrap()["status"]["status"] = json!("CREATING");
    assert_eq!(
        row(&creating.status()),
        "Ready=False/DependencyNotReady Reconciling/ProgressingWithRetry"
    );
    // What is in sync needs nothing of its engine.
    let mut in_sync = Scene::new(Ok(there(Lifecycle::Active)));
    in_sync.engine.as_mut().unwrap()["status"]["status"] = json!("UPDATING");
    assert_eq!(row(&in_sync.status()), "Ready=True/Synced");
}

#[test]
fn s11_what_is_wrong_with_the_spec_or_failed_in_aws_stalls() {
    let statement = "permit(principal, action, resource is AgentCore::Gateway) when { = };";
    let unparsable = Scene::new(Ok(Found::Absent)).with("/spec/definition/cedar/statement", json!(statement));
    assert_eq!(
        row(&unparsable.status()),
        "Ready=False/InvalidPolicy Stalled/InvalidPolicy"
    );
    let wildcard = "permit(principal, action, resource) when { true && true };";
    let wildcard = Scene::new(Ok(Found::Absent)).with("/spec/definition/cedar/statement", json!(wildcard));
    assert_eq!(
        row(&wildcard.status()),
        "Ready=False/InvalidPolicy Stalled/InvalidPolicy"
    );
    let refused = Scene::new(Ok(Found::Absent)).outcome(Outcome::Failed(fault(FaultClass::Invalid)));
    assert_eq!(
        row(&refused.status()),
        "Ready=False/InvalidPolicy Stalled/InvalidPolicy"
    );
    for (status, reason) in [
        (Lifecycle::CreateFailed, "CreateFailed"),
        (Lifecycle::UpdateFailed, "UpdateFailed"),
        (Lifecycle::DeleteFailed, "DeleteFailed"),
    ] {
        let tried = Scene::new(Ok(there(status))).after(json!({"appliedDigest": synced()["appliedDigest"]}));
        assert_eq!(
            row(&tried.status()),
            format!("Ready=False/{reason} Stalled/{reason}")
        );
    }
}

#[test]
fn s12_a_name_that_is_somebody_else_s_is_a_conflict() {
    let named = |scene: Scene| scene.with("/spec/name", json!("Taken"));
    let mut theirs = record(Lifecycle::Active);
    theirs.resource.name = "Taken".into();
    let mut foreign = named(Scene::new(Ok(Found::There(theirs))));
    foreign.object["metadata"]
        .as_object_mut()
        .unwrap()
        .remove("finalizers");
    let status = foreign.status();
    assert_eq!(row(&status), "Ready=False/Conflict Stalled/Conflict");
    assert_eq!(status["status"], Value::Null, "what is not ours is not shown");
    // Held elsewhere in the account: a conflict that no listing explains, after a moment.
    let hidden = named(Scene::new(Ok(Found::Absent))).outcome(Outcome::Failed(fault(FaultClass::Conflict)));
    assert_eq!(
        row(&hidden.status()),
        "Ready=Unknown/Creating Reconciling/Creating"
    );
    assert_eq!(
        row(&hidden.failing_for(Duration::from_secs(6)).status()),
        "Ready=False/Conflict Stalled/Conflict"
    );
}

#[test]
fn s13_s14_a_denial_is_given_time_and_then_stalls_as_quota_and_clock_do_at_once() {
    let failed = |class| Scene::new(Ok(Found::Absent)).outcome(Outcome::Failed(fault(class)));
    let denied = failed(FaultClass::Denied);
    assert_eq!(
        row(&denied.status()),
        "Ready=False/AccessDenied Reconciling/ProgressingWithRetry"
    );
    let later = denied.failing_for(Duration::from_mins(3));
    assert_eq!(
        row(&later.status()),
        "Ready=False/AccessDenied Stalled/AccessDenied"
    );
    assert_eq!(
        row(&failed(FaultClass::Quota).status()),
        "Ready=False/QuotaExceeded Stalled/QuotaExceeded"
    );
    assert_eq!(
        row(&failed(FaultClass::Clock).status()),
        "Ready=False/ClockSkew Stalled/ClockSkew"
    );
}

#[test]
fn s15_s16_suspending_keeps_the_conditions_and_advances_only_if_nothing_else_changed() {
    let suspended = |scene: Scene| {
        scene
            .with("/spec/suspend", json!(true))
            .with("/metadata/generation", json!(3))
    };
    let alone = suspended(Scene::new(Ok(there(Lifecycle::Active))).after(synced())).status();
    assert_eq!(
        (row(&alone).as_str(), &alone["observedGeneration"]),
        ("Ready=True/Synced", &json!(3))
    );
    let edited = Scene::new(Ok(there(Lifecycle::Active)))
        .after(synced())
        .with("/spec/description", json!("new"));
    let edited = suspended(edited).status();
    assert_eq!(
        (row(&edited).as_str(), &edited["observedGeneration"]),
        ("Ready=True/Synced", &json!(2))
    );
}

#[test]
fn an_object_that_was_created_suspended_has_no_status_without_ready() {
    let (plan, report) = Scene::new(Ok(Found::Absent))
        .with("/spec/suspend", json!(true))
        .report();
    assert_eq!((plan, report.status), (Plan::Rest(Rest::Suspended), None));
}

#[test]
fn s17_s18_deleting_says_so_and_a_blocked_deletion_says_what_is_in_the_way() {
    let going = deleted(Scene::new(Ok(there(Lifecycle::Deleting)))).failing_for(Duration::from_secs(2));
    assert_eq!(row(&going.status()), "Ready=False/Deleting Reconciling/Deleting");
    let busy = deleted(Scene::new(Ok(there(Lifecycle::Active))))
        .outcome(Outcome::Failed(fault(FaultClass::Conflict)));
    assert_eq!(row(&busy.status()), "Ready=False/Deleting Reconciling/Deleting");
    let blocked = busy.failing_for(Duration::from_secs(6));
    assert_eq!(
        row(&blocked.status()),
        "Ready=False/DeletionBlocked Stalled/DeletionBlocked"
    );
    let (plan, report) = deleted(Scene::new(Ok(Found::Absent))).report();
    assert_eq!(
        (plan, report.finalizer, report.status),
        (Plan::Release, FinalizerChange::Remove, None)
    );
}

#[test]
fn s20_a_panic_is_told_and_leaves_the_rest_as_it_stands() {
    let status = panicked();
    assert_eq!(
        row(&status),
        "Ready=False/InternalError Reconciling/ProgressingWithRetry"
    );
    assert_eq!(status["policyId"], synced()["policyId"]);
}

#[test]
fn a_transition_time_changes_only_with_the_status_it_is_of() {
    let later = Timestamp::UNIX_EPOCH.checked_add(Duration::from_secs(5)).unwrap();
    let failed = Scene::new(Err(fault(FaultClass::Unavailable))).status();
    let throttled = Scene {
        now: later,
        ..Scene::new(Err(fault(FaultClass::Throttled))).after(failed.clone())
    };
    let time = |status: &Value| status["conditions"][0]["lastTransitionTime"].clone();
    assert_eq!(time(&throttled.status()), time(&failed), "False is still False");
    let recovered = Scene {
        now: later,
        ..Scene::new(Ok(there(Lifecycle::Active))).after(failed.clone())
    };
    assert_ne!(time(&recovered.status()), time(&failed));
}
