//! A generation waits for the tools that its text may be about: it cannot be taken back.

use super::scene::{Case, identity, object, observed, references};
use crate::api::{PolicyGeneration, Time, Timestamp};
use crate::operator::decide::report_tests::scene::row;
use crate::operator::decide::{
    Found, GenerationKind, GenerationReferences, Kind as _, Next, Plan, Rest, Wait,
};
use serde_json::Value;
use std::time::Duration;

#[test]
fn it_waits_for_tools_that_are_under_way_only_until_it_is_started() {
    let object = object("text", &Value::Null);
    let references = GenerationReferences {
        coming: Some("GatewayTarget tool".into()),
        ..references()
    };
    let case = Case::of(&object, &references);
    let (planned, report) = case.pass(Ok(Found::Absent));
    assert_eq!(planned, Plan::Wait(Wait::Guard));
    let status = report.status.unwrap();
    let said = status["conditions"][0]["message"].as_str().unwrap();
    assert!(said.starts_with("GatewayTarget tool is not READY yet"), "{said}");
    let (planned, _) = case.pass(Ok(Found::There(observed("text", "GENERATED", &[]))));
    assert_eq!(planned, Plan::Rest(Rest::InSync));
}

#[test]
fn without_tools_it_is_not_started_says_what_it_waits_for_and_goes_on_when_they_are_there() {
    let (object, references) = (object("text", &Value::Null), references());
    for held in [false, true] {
        let case = Case {
            held,
            ..Case::of(&object, &references)
        };
        let (planned, report) = case.pass(Ok(Found::Unready("the gateway has no tools".into())));
        assert_eq!(planned, Plan::Wait(Wait::Guard));
        let status = report.status.unwrap();
        assert_eq!(
            row(&status),
            "Ready=False/DependencyNotReady Reconciling/ProgressingWithRetry"
        );
        assert_eq!(status["conditions"][0]["message"], "the gateway has no tools");
    }
    let case = Case::of(&object, &references);
    assert_eq!(case.pass(Ok(Found::Absent)).0, Plan::Create);
    // No watch tells of tools that others make, so it looks again, and more and more slowly.
    let next = |waited: bool| {
        let case = Case {
            waited,
            ..Case::of(&object, &references)
        };
        case.pass(Ok(Found::Unready("none".into()))).1.next
    };
    assert_eq!(next(false), Next::Later(Duration::from_secs(1)));
    assert_eq!(next(true), Next::Later(Duration::from_secs(3)));
}

#[test]
fn the_tools_are_looked_at_only_of_what_is_to_be_started() {
    let own = references();
    let sought = |object: &PolicyGeneration, references: &GenerationReferences| {
        GenerationKind::sought(object, references, &identity()).tools_of
    };
    let fresh = object("text", &Value::Null);
    assert_eq!(sought(&fresh, &own).as_deref(), Some("refunds-abcdef0123"));
    let over = Case::of(&fresh, &own).status(observed("text", "GENERATE_FAILED", &[]));
    assert_eq!(sought(&object("text", &over), &own), None);
    assert!(sought(&object("other", &over), &own).is_some());
    let mut going = fresh.clone();
    going.metadata.deletion_timestamp = Some(Time(Timestamp::UNIX_EPOCH));
    let mut suspended = fresh.clone();
    suspended.spec.management.suspend = Some(true);
    for object in [&going, &suspended] {
        assert_eq!(sought(object, &own), None);
    }
    let coming = GenerationReferences {
        coming: Some("GatewayTarget tool".into()),
        ..references()
    };
    assert_eq!(sought(&fresh, &coming), None);
}
