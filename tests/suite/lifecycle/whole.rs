//! What AWS replaces whole: members that nobody here knows are kept, or nothing is changed; and who loses against another writer
//! starts over.

use super::attachment::{arn_of, attachment, until_attached};
use super::gateway::{gateway, seen, text, until_there};
use super::scene::{Scene, calls, condition, engine, message, with};
use crate::rig::ahead::{Ahead, MEMBER};
use crate::rig::{Operator, OperatorSetup, wait_until};
use serde_json::{Value, json};
use std::time::Duration;

/// An engine, a gateway that is READY, and an operator that knows them as this service shows them.
#[track_caller]
fn set_up(what: &str) -> (Scene, Ahead, Operator, String) {
    let scene = Scene::new(what);
    let ahead = Ahead::of(&scene.backend.url);
    let operator = OperatorSetup::aws(&scene.namespace, &ahead.url).start_ready();
    scene.apply(&[engine("refunds", json!({})), gateway("refunds", json!({}))]);
    let id = text(&scene.until_ready("acgw/refunds")["status"], "gatewayId");
    (scene, ahead, operator, id)
}

#[track_caller]
fn described(scene: &Scene, description: &str) {
    scene.apply(&[gateway("refunds", json!({ "description": description }))]);
}

#[test]
fn members_that_nobody_here_knows_are_kept_or_nothing_is_changed_and_the_object_says_so() {
    let (scene, ahead, operator, id) = set_up("ahead");
    let arn = arn_of(&scene, "refunds");
    let theirs = json!({"switches": [{"on": true, "share": 0.25}], "of": null});
    ahead.set(&theirs);
    scene.apply(&[attachment("refunds", "ENFORCE")]);
    scene.until_ready("acatt/refunds");
    until_attached(&scene, &id, &arn, "ENFORCE");
    assert_eq!(ahead.member(), theirs, "after an attachment");
    described(&scene, "one");
    until_there(&scene, &id, "described", |gateway| {
        gateway["description"] == "one" && gateway["status"] == "READY"
    });
    assert_eq!(ahead.member(), theirs, "after the gateway's own edit");
    scene.until_ready("acgw/refunds");

    ahead.refuse(true);
    let before = seen(&scene, &id);
    scene.apply(&[attachment("refunds", "LOG_ONLY")]);
    described(&scene, "two");
    for which in ["acatt/refunds", "acgw/refunds"] {
        let object = scene.until_reason(which, "UnsupportedGatewayFields");
        assert_eq!(condition(&object, "Stalled")["status"], "True", "{which}");
        let said = message(&object);
        let service =
            format!("AgentCore answered UpdateGateway: {MEMBER} cannot be changed by this operation");
        assert!(
            said.contains(&service) && said.contains(&format!("does not know ({MEMBER})")),
            "{said}"
        );
    }
    assert_eq!(ahead.member(), theirs, "nothing was reset");
    assert_eq!(seen(&scene, &id), before, "and nothing else was changed");
    let told = |event: &String| event.starts_with("ValidationFailed: ") && event.contains(MEMBER);
    wait_until("an event of each", Duration::from_secs(10), || {
        let events = scene.events("refunds");
        (events.iter().filter(|event| told(event)).count() >= 2)
            .then_some(())
            .ok_or_else(|| format!("{events:?}"))
    });
    // It is not asked for again and again: the gateway looks every second.
    let (updates, looks) = (
        calls(&operator, "UpdateGateway"),
        calls(&operator, "ListGateways"),
    );
    wait_until("more looks", Duration::from_secs(20), || {
        let now = calls(&operator, "ListGateways");
        (now >= looks + 2).then_some(()).ok_or_else(|| now.to_string())
    });
    let more = calls(&operator, "UpdateGateway") - updates;
    assert!(more <= 3, "{more} more while the gateway looks every second");

    // A service that takes them back, and all goes on by the next edit.
    ahead.refuse(false);
    scene.apply(&[with(
        attachment("refunds", "LOG_ONLY"),
        "resyncInterval",
        json!("1s"),
    )]);
    scene.until_ready("acatt/refunds");
    scene.until_ready("acgw/refunds");
    until_attached(&scene, &id, &arn, "LOG_ONLY");
    assert_eq!(
        (ahead.member(), &seen(&scene, &id)["description"]),
        (theirs.clone(), &json!("two"))
    );
    scene.delete("acatt/refunds");
    scene.until_gone("acatt/refunds");
    assert_eq!(ahead.member(), theirs, "after the engine was taken off");
}

#[test]
fn who_loses_against_another_writer_starts_over_and_tells_of_it_when_that_happens_twice() {
    let (scene, ahead, operator, id) = set_up("contest");
    let arn = arn_of(&scene, "refunds");
    let fought = |name: &str| {
        let events = scene.events(name);
        let told = |event: &&String| event.starts_with("Conflict: twice in a row the ");
        events.iter().filter(told).cloned().collect::<Vec<_>>()
    };
    // Once is nothing to tell. Neither resync nor patience is over before it is attached: both are longer than is waited for.
    ahead.rival(1);
    scene.apply(&[attachment("refunds", "ENFORCE")]);
    scene.until_ready("acatt/refunds");
    until_attached(&scene, &id, &arn, "ENFORCE");
    assert_eq!(calls(&operator, "UpdateGateway"), 2);
    assert_eq!(fought("refunds"), [""; 0]);

    ahead.rival(2);
    scene.apply(&[attachment("refunds", "LOG_ONLY")]);
    scene.until("acatt/refunds", "LOG_ONLY", |object| {
        object["status"]["mode"] == "LOG_ONLY"
    });
    scene.until_ready("acatt/refunds");
    until_attached(&scene, &id, &arn, "LOG_ONLY");
    assert_eq!(calls(&operator, "UpdateGateway"), 5);
    wait_until("the event", Duration::from_secs(10), || {
        match fought("refunds").as_slice() {
            [one] if one.contains("the attachment") => Ok(()),
            other => Err(format!("{other:?}")),
        }
    });
    let quiet = |object: &Value| condition(object, "Reconciling") == json!(null);
    assert!(quiet(&scene.until_ready("acatt/refunds")));
}
