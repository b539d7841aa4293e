//! The readers of statuses (`rig::kstatus`), tried on statuses made by hand. No cluster.

use serde_json::{Value, json};

use crate::rig::kstatus::{Kstatus, Set, assert_contract, hygiene_findings, kstatus, row};

/// A condition of generation 2, written `Type=Status/Reason`; the message is the reason's.
pub fn condition(text: &str) -> Value {
    let (kind, rest) = text.split_once('=').expect("Type=Status/Reason");
    let (status, reason) = rest.split_once('/').expect("Status/Reason");
    json!({
        "type": kind, "status": status, "reason": reason, "message": format!("because: {reason}"),
        "observedGeneration": 2, "lastTransitionTime": "2026-01-01T00:00:00Z",
    })
}

/// An object of generation 2 whose status is of generation 2.
fn object(conditions: &[&str]) -> Value {
    let conditions: Vec<Value> = conditions.iter().map(|text| condition(text)).collect();
    json!({
        "kind": "Policy", "metadata": {"name": "p", "generation": 2},
        "status": {"observedGeneration": 2, "conditions": conditions},
    })
}

/// An object with the value at a JSON pointer replaced.
fn with(mut object: Value, pointer: &str, value: Value) -> Value {
    let (parent, member) = pointer.rsplit_once('/').expect("a pointer");
    let parent = object.pointer_mut(parent).expect("the parent is there");
    match parent.as_array_mut() {
        Some(list) => list[member.parse::<usize>().expect("an index")] = value,
        None => parent[member] = value,
    }
    object
}

#[test]
fn kstatus_is_read_in_the_order_of_the_algorithm() {
    let synced = object(&["Ready=True/Synced"]);
    let deleted = json!("2026-01-01T00:00:00Z");
    let failed = |reason: &str| Kstatus::Failed(format!("because: {reason}"));
    for (object, expected) in [
        (
            with(synced.clone(), "/metadata/deletionTimestamp", deleted),
            Kstatus::Terminating,
        ),
        (
            with(synced.clone(), "/status/observedGeneration", json!(-1)),
            Kstatus::InProgress,
        ),
        (
            with(synced.clone(), "/status/observedGeneration", json!(3)),
            Kstatus::InProgress,
        ),
        (
            with(synced.clone(), "/status/observedGeneration", Value::Null),
            Kstatus::Current,
        ),
        (synced.clone(), Kstatus::Current),
        (object(&["Ready=False/Throttled"]), Kstatus::InProgress),
        (object(&["Ready=Unknown/Creating"]), Kstatus::InProgress),
        (
            object(&["Ready=True/Synced", "Reconciling=True/Creating"]),
            Kstatus::InProgress,
        ),
        (
            object(&["Ready=True/Synced", "Reconciling=False/Creating"]),
            Kstatus::Current,
        ),
        (
            object(&["Ready=False/Conflict", "Stalled=True/Conflict"]),
            failed("Conflict"),
        ),
        (
            object(&["Reconciling=True/A", "Stalled=True/B"]),
            Kstatus::InProgress,
        ),
        (object(&["Stalled=True/B", "Reconciling=True/A"]), failed("B")),
        (object(&[]), Kstatus::Current),
        (json!({"metadata": {"generation": 1}}), Kstatus::Current),
    ] {
        assert_eq!(kstatus(&object), Ok(expected), "{object}");
    }
    let text = with(synced, "/status/observedGeneration", json!("2"));
    assert!(kstatus(&text).is_err());
}

#[test]
fn the_rows_of_the_condition_table_are_known_and_nothing_beside_them() {
    let finished = Ok(Set::Finished);
    for (conditions, expected) in [
        (vec!["Ready=True/Synced"], finished.clone()),
        (vec!["Ready=True/Stale"], finished.clone()),
        (
            vec!["Ready=Unknown/Updating", "Reconciling=True/Updating"],
            Ok(Set::InProgress),
        ),
        (
            vec!["Ready=False/Deleting", "Reconciling=True/Deleting"],
            finished.clone(),
        ),
        (vec!["Ready=False/Conflict", "Stalled=True/Conflict"], finished),
    ] {
        assert_eq!(row(&object(&conditions)), expected, "{conditions:?}");
    }
    // The message is the same in all conditions of a row, so these are made to agree.
    let agreeing = |conditions: &[&str]| {
        let mut object = object(conditions);
        for condition in object["status"]["conditions"].as_array_mut().expect("a list") {
            condition["message"] = json!("the same");
        }
        object
    };
    let retrying = agreeing(&["Ready=False/Throttled", "Reconciling=True/ProgressingWithRetry"]);
    assert_eq!(row(&retrying), Ok(Set::Finished));
    let drifted = [
        "Ready=False/DriftDetected",
        "Stalled=True/DriftDetected",
        "Drifted=True/DriftDetected",
    ];
    assert_eq!(row(&agreeing(&drifted)), Ok(Set::Finished));
    for conditions in [
        vec![],
        vec!["Ready=True/Updating"],
        vec!["Ready=True/Synced", "Reconciling=True/Updating"],
        vec!["Ready=Unknown/Creating"],
        vec!["Ready=Unknown/Creating", "Reconciling=True/Updating"],
        vec!["Ready=False/Throttled", "Stalled=True/Throttled"],
        vec!["Ready=False/Conflict", "Reconciling=True/ProgressingWithRetry"],
        vec!["Ready=False/Conflict", "Stalled=True/InvalidSpec"],
        vec!["Ready=False/Conflict"],
        vec!["Ready=False/Surprise", "Stalled=True/Surprise"],
        vec!["Ready=False/DriftDetected", "Stalled=True/DriftDetected"],
    ] {
        assert!(row(&agreeing(&conditions)).is_err(), "{conditions:?}");
    }
}

#[test]
fn a_message_that_would_change_without_a_cause_is_found() {
    let said = |message: &str| {
        let object = object(&["Ready=False/Throttled"]);
        hygiene_findings(&with(object, "/status/conditions/0/message", json!(message))).len()
    };
    let engine = "the engine my-engine-abcdef0123 of account 123456789012 is not ACTIVE";
    assert_eq!(said(engine), 0);
    for dirty in [
        "",
        "ends with a line break\n",
        "denied (Request ID: 7)",
        "see 6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        "failed at 2026-11-25T22:47:57Z",
        "next retry at 22:47:57",
        "attempt 3 failed",
        &"x".repeat(1025),
    ] {
        assert_eq!(said(dirty), 1, "{dirty:?}");
    }
}

#[test]
fn a_status_of_a_past_generation_is_held_to_what_waiters_need() {
    let fresh = json!({
        "kind": "Policy", "metadata": {"name": "p", "generation": 1}, "status": {"observedGeneration": -1},
    });
    assert_eq!(assert_contract(&fresh), Kstatus::InProgress);
    let edited = with(object(&["Ready=True/Synced"]), "/metadata/generation", json!(3));
    assert_eq!(assert_contract(&edited), Kstatus::InProgress);
    let torn = with(edited, "/status/observedGeneration", json!(1));
    assert!(std::panic::catch_unwind(|| assert_contract(&torn)).is_err());
    let without = json!({"kind": "Policy", "metadata": {"name": "p", "generation": 1}});
    assert!(std::panic::catch_unwind(|| assert_contract(&without)).is_err());
}
