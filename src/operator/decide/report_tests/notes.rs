//! Events: what is told once, of what, and when nothing is told.

use super::scene::{STATEMENT, Scene, accepted, deleted, drifted, fault, record, synced, there};
use crate::model::{FaultClass, Lifecycle};
use crate::operator::decide::contest_tests::fought;
use crate::operator::decide::*;
use serde_json::json;

/// Reason of the Event, and whether it is a warning.
fn event(scene: &Scene) -> Option<(&'static str, bool)> {
    scene.report().1.note.map(|note| (note.reason, note.warning))
}

#[test]
fn a_create_is_told_where_there_was_nothing_and_not_where_it_only_proves_whose_that_is() {
    let created = Scene::new(Ok(Found::Absent)).outcome(accepted());
    assert_eq!(event(&created), Some(("Created", false)));
    let mut given = record(Lifecycle::Active);
    given.resource.name = "Given".into();
    given.statement = Some(Statement::Cedar(STATEMENT.into()));
    let proved = Scene::new(Ok(Found::There(given)))
        .with("/spec/name", json!("Given"))
        .outcome(accepted());
    assert_eq!((proved.report().0, event(&proved)), (Plan::Create, None));
}

#[test]
fn a_deletion_is_told_when_the_resource_is_seen_to_be_gone_and_not_when_it_is_let_go() {
    let gone = deleted(Scene::new(Ok(Found::Absent)));
    assert_eq!(event(&gone), Some(("Deleted", false)));
    let kept =
        deleted(Scene::new(Ok(there(Lifecycle::Active)))).with("/spec/deletionPolicy", json!("Retain"));
    assert_eq!((kept.report().0, event(&kept)), (Plan::Release, None));
}

#[test]
fn an_update_is_told_as_an_edit_or_as_the_repair_of_a_drift() {
    let drifted = Scene::new(Ok(drifted())).after(synced()).outcome(accepted());
    assert_eq!(event(&drifted), Some(("DriftCorrected", false)));
    let edited = drifted.with("/metadata/generation", json!(3));
    assert_eq!(event(&edited), Some(("Updated", false)));
}

#[test]
fn who_is_overwritten_again_and_again_is_told_so_instead() {
    let mut drifted = Scene::new(Ok(drifted())).after(synced()).outcome(accepted());
    drifted.memory.contest = fought();
    assert_eq!(event(&drifted), Some(("Conflict", true)));
}

/// The status that is written with it says so, and is what the next pass finds.
#[test]
fn trouble_is_told_when_it_begins_and_not_while_it_lasts() {
    let denied = || Scene::new(Ok(Found::Absent)).outcome(Outcome::Failed(fault(FaultClass::Denied)));
    assert_eq!(event(&denied()), Some(("AccessDenied", true)));
    let status = denied().status();
    assert_eq!(event(&denied().after(status)), None);
    // What passes by itself is no trouble.
    let waiting = Scene::new(Ok(Found::Absent)).outcome(Outcome::Failed(fault(FaultClass::Unavailable)));
    assert_eq!(event(&waiting), None);
}
