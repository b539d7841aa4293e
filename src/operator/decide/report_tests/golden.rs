//! Objects in every row of the condition table, for the suite: it holds them against the
//! libraries that waiting clients are made of.

use super::scene::{Scene, deleted, drifted, fault, panicked, record, synced, there};
use crate::model::{FaultClass, Lifecycle};
use crate::operator::decide::generation::tests::scene::useless;
use crate::operator::decide::*;
use serde_json::{Value, json};
use std::time::Duration;

const MOMENT: Duration = Duration::from_secs(6);
const LONG: Duration = Duration::from_mins(16);

/// An object as it stands after the pass.
fn ended(scene: Scene) -> Value {
    let status = scene.status();
    scene.after(status).object
}

fn failed(class: FaultClass) -> Scene {
    Scene::new(Ok(Found::Absent)).outcome(Outcome::Failed(fault(class)))
}

fn suspended(scene: Scene) -> Scene {
    let scene = scene.after(synced()).with("/spec/suspend", json!(true));
    scene.with("/metadata/generation", json!(3))
}

fn rows() -> Vec<(&'static str, Value)> {
    let new = |seen| Scene::new(Ok(seen));
    let observe = |seen| new(seen).with("/spec/managementPolicy", json!("Observe"));
    let fresh = new(Found::Absent).after(json!({"observedGeneration": -1}));
    let edited = suspended(new(there(Lifecycle::Active))).with("/spec/description", json!("new"));
    let nowhere = Scene {
        engine: None,
        ..new(Found::Unlocated)
    };
    let unparsable = new(Found::Absent).with("/spec/definition/cedar/statement", json!("permit(!)"));
    let mut theirs = record(Lifecycle::Active);
    theirs.resource.name = "Taken".into();
    let mut foreign = new(Found::There(theirs)).with("/spec/name", json!("Taken"));
    foreign.object["metadata"]["finalizers"] = Value::Null;
    let broken =
        new(there(Lifecycle::CreateFailed)).after(json!({"appliedDigest": synced()["appliedDigest"]}));
    let busy = deleted(new(there(Lifecycle::Active))).outcome(Outcome::Failed(fault(FaultClass::Conflict)));
    vec![
        ("S1", fresh.object),
        ("S2", ended(new(there(Lifecycle::Creating)).failing_for(MOMENT))),
        ("S2", ended(new(there(Lifecycle::Updating)).failing_for(MOMENT))),
        ("S3", ended(new(there(Lifecycle::Active)))),
        (
            "S5",
            ended(Scene::new(Err(fault(FaultClass::Unavailable))).after(synced())),
        ),
        (
            "S6",
            ended(
                new(drifted())
                    .after(synced())
                    .outcome(Outcome::Accepted { id: None }),
            ),
        ),
        ("S7", ended(observe(drifted()))),
        ("S7", ended(observe(Found::Absent))),
        ("S8", ended(Scene::new(Err(fault(FaultClass::Throttled))))),
        ("S8", ended(failed(FaultClass::Unavailable))),
        ("S9", ended(nowhere)),
        ("S10", ended(failed(FaultClass::Unavailable).failing_for(LONG))),
        ("S11", ended(unparsable)),
        ("S11", ended(failed(FaultClass::Invalid))),
        ("S11", ended(broken)),
        ("S12", ended(foreign)),
        ("S13", ended(failed(FaultClass::Denied))),
        ("S14", ended(failed(FaultClass::Denied).failing_for(LONG))),
        ("S14", ended(failed(FaultClass::Quota))),
        ("S14", ended(failed(FaultClass::Clock))),
        ("S15", ended(suspended(new(there(Lifecycle::Active))))),
        ("S16", ended(edited)),
        (
            "S17",
            ended(deleted(new(there(Lifecycle::Deleting))).failing_for(MOMENT)),
        ),
        ("S18", ended(busy.failing_for(MOMENT))),
        ("S19", useless()),
        ("S20", new(Found::Absent).after(panicked()).object),
    ]
}

#[test]
fn the_objects_that_the_suite_judges_are_those_of_today() {
    let rows = rows()
        .into_iter()
        .map(|(row, object)| json!({"row": row, "object": object}));
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/suite/waiting/golden"));
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| insta::assert_json_snapshot!("rows", rows.collect::<Vec<Value>>()));
}
