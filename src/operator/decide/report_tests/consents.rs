//! An object that refers to what is not there or not for it (reliability.md 8.1, I8, I9).

use super::scene::{Scene, drifted, row, there};
use crate::model::Lifecycle;
use crate::operator::decide::*;
use serde_json::json;

fn barred(found: Found<PolicyRecord>) -> Scene {
    let mut scene = Scene::new(Ok(found));
    scene.withheld = Some(withheld("PolicyEngine shared/e"));
    scene
}

#[test]
fn what_was_made_with_consent_stays_as_it_is_and_the_object_says_so() {
    let all = [
        Found::Absent,
        Found::Unlocated,
        drifted(),
        there(Lifecycle::Active),
        there(Lifecycle::CreateFailed),
        there(Lifecycle::UpdateFailed),
        there(Lifecycle::Deleting),
    ];
    for found in all {
        let (plan, report) = barred(found.clone()).report();
        assert_eq!(plan, Plan::Wait(Wait::Dependency), "{found:?}");
        assert_eq!(report.finalizer, FinalizerChange::Keep);
        let status = report.status.expect("a status");
        let expected = "Ready=False/DependencyNotReady Reconciling/ProgressingWithRetry";
        assert_eq!(row(&status), expected, "{found:?}");
    }
}

#[test]
fn deletion_needs_no_consent() {
    let deleted = |found| {
        barred(found)
            .with("/metadata/deletionTimestamp", json!("2026-01-01T00:00:00Z"))
            .report()
            .0
    };
    assert_eq!(deleted(there(Lifecycle::Active)), Plan::Delete);
    assert_eq!(deleted(Found::Absent), Plan::Release);
}

#[test]
fn who_does_not_look_after_a_namespace_says_so_whatever_is_there() {
    let Referent::<()>::Withheld(text) = Referent::beyond("PolicyEngine", "shared", "e") else {
        panic!("nothing is told of it");
    };
    assert!(
        text.starts_with("PolicyEngine shared/e is in a namespace that this operator does not look after")
    );
    assert_eq!(
        Referent::elsewhere("PolicyEngine", "shared", "e", Some(())),
        Referent::There(())
    );
    let nothing = Referent::<()>::elsewhere("PolicyEngine", "shared", "e", None);
    assert_eq!(nothing, Referent::Withheld(withheld("PolicyEngine shared/e")));
}
