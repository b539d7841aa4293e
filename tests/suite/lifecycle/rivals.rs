//! Objects that say that they stand for one resource.

use super::attachment::{arn_of, attachment, until_attached};
use super::gateway::{gateway, text};
use super::scene::{Scene, engine};
use crate::rig::proxy::{Fault, Gate, Mutation};
use serde_json::json;
use std::time::Duration;

/// Who looks between another's write and the status that tells of it takes the write for its own.
#[test]
fn of_two_that_took_one_write_for_their_own_the_younger_sees_the_conflict_when_their_statuses_meet() {
    let scene = Scene::new("attach-meet");
    let gate = Gate::new();
    let _operator = scene.setup().through(&gate).start();
    scene.apply(&[engine("refunds", json!({})), gateway("refunds", json!({}))]);
    let id = text(&scene.until_ready("acgw/refunds")["status"], "gatewayId");
    let arn = arn_of(&scene, "refunds");
    let told = Mutation {
        what: "PATCH /apis/agentcore.dev/v1alpha1/namespaces/*/policyengineattachments/first/status"
            .to_owned(),
        nth: 0,
    };
    gate.inject(Some((told, Fault::Delay(Duration::from_secs(3)))));
    scene.apply(&[attachment("first", "ENFORCE")]);
    until_attached(&scene, &id, &arn, "ENFORCE");
    scene.apply(&[attachment("second", "ENFORCE")]);
    scene.until_ready("acatt/second");
    let first = scene.object("acatt/first").expect("the first");
    assert_eq!(
        first["status"]["gatewayId"],
        json!(null),
        "{:?}",
        gate.mutations()
    );
    // Of two of one second the identity tells.
    let age = |name: &&str| {
        let metadata = scene.object(name).expect("both are there")["metadata"].clone();
        (text(&metadata, "creationTimestamp"), text(&metadata, "uid"))
    };
    let mut rivals = ["acatt/first", "acatt/second"];
    rivals.sort_by_key(age);
    let [elder, younger] = rivals;
    // No resync is due in this time.
    scene.until_reason(younger, "Conflict");
    scene.until_ready(elder);
}
