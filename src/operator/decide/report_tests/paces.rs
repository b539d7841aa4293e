//! When a pass is made again, where that depends on more than what was planned and answered.

use super::scene::{Scene, fault, record};
use crate::api::Timestamp;
use crate::model::{FaultClass, Lifecycle};
use crate::operator::decide::{Backoff, Found, Next, Outcome, Plan, Refuse};
use serde_json::json;
use std::time::Duration;

fn poll(milliseconds: u64) -> Next {
    Next::Poll(Duration::from_millis(milliseconds))
}

fn backoff(failures: u32) -> Next {
    Next::Backoff(Backoff {
        failures,
        operation: Some("CreatePolicy"),
    })
}

/// A policy of AWS's that an edit is to change.
fn edited(class: FaultClass) -> Scene {
    Scene::new(Ok(Found::There(record(Lifecycle::Active))))
        .with(
            "/status",
            json!({"policyId": "p_1-aaaaaaaaaa", "policyEngineId": "e-1234567890"}),
        )
        .with("/spec/enforcementMode", json!("LOG_ONLY"))
        .outcome(Outcome::Failed(fault(class)))
}

#[test]
fn a_resource_that_has_gone_since_the_look_is_looked_for_once_at_once() {
    let (plan, report) = edited(FaultClass::Gone).report();
    assert_eq!((plan, report.next), (Plan::Update, poll(100)));
    let again = edited(FaultClass::Gone).then(
        Ok(Found::There(record(Lifecycle::Active))),
        Some(Outcome::Failed(fault(FaultClass::Gone))),
    );
    let (plan, report) = again.report();
    assert_eq!((plan, report.next), (Plan::Update, backoff(2)), "no third time");
    let (plan, report) = edited(FaultClass::Throttled).report();
    assert_eq!((plan, report.next), (Plan::Update, backoff(1)), "another fault");
}

/// A create that AWS refused while this stood beside it.
fn refused(beside: u64) -> Scene {
    let mut scene = Scene::new(Ok(Found::Absent)).outcome(Outcome::Failed(fault(FaultClass::Invalid)));
    scene.beside = Some(beside);
    scene
}

#[test]
fn what_was_refused_is_tried_again_when_what_stands_beside_it_changes_and_not_too_often() {
    let refusal = || Some(Outcome::Failed(fault(FaultClass::Invalid)));
    let mut scene = refused(1).then(Ok(Found::Absent), refusal());
    let (plan, report) = scene.report();
    assert_eq!(plan, Plan::Refuse(Refuse::Answer));
    assert_eq!(
        report.next,
        Next::Later(Duration::from_mins(5)),
        "nothing has changed"
    );
    scene.beside = Some(2);
    assert_eq!(scene.report().0, Plan::Create, "it may pass now");
    let mut scene = scene.then(Ok(Found::Absent), refusal());
    scene.beside = Some(3);
    scene.now = Timestamp::UNIX_EPOCH
        .checked_add(Duration::from_millis(300))
        .unwrap();
    let (plan, report) = scene.report();
    assert_eq!(plan, Plan::Refuse(Refuse::Answer));
    assert_eq!(report.next, poll(700), "a second after the last try");
}
