//! Policies of one engine that are judged by what stands beside them: who failed is tried again when that changes.

use super::scene::{Scene, calls, engine, forbid, passes, permit, policy};
use crate::rig::wait_until;
use serde_json::json;
use std::time::Duration;

#[test]
fn a_forbid_that_failed_before_its_permit_was_there_is_tried_again_when_it_is() {
    let scene = Scene::new("siblings");
    let operator = scene.operator();
    scene.apply(&[engine("refunds", json!({})), policy("guests", &forbid("guest"))]);
    scene.until_reason("acpol/guests", "CreateFailed");
    scene.apply(&[policy("agents", &permit("agent"))]);
    // The resync would come after five minutes.
    scene.until_ready("acpol/agents");
    scene.until_ready("acpol/guests");
    assert_eq!(calls(&operator, "CreatePolicy"), 3, "one try, and one more");
}

#[test]
fn policies_that_fail_side_by_side_do_not_wake_each_other() {
    let scene = Scene::new("crowd-fails");
    let operator = scene.operator();
    let names: Vec<String> = (0..6).map(|number| format!("guests-{number}")).collect();
    let crowd = names.iter().map(|name| policy(name, &forbid(name)));
    let all: Vec<_> = std::iter::once(engine("refunds", json!({})))
        .chain(crowd)
        .collect();
    scene.apply(&all);
    for name in &names {
        scene.until_reason(&format!("acpol/{name}"), "CreateFailed");
    }
    assert_eq!(
        calls(&operator, "CreatePolicy"),
        6,
        "nobody is tried again for who fails beside it"
    );
    // One that permits comes and goes: a change each, so one more try for each of them, and no more.
    scene.apply(&[policy("agents", &permit("agent"))]);
    scene.until_ready("acpol/agents");
    for name in &names {
        scene.until_ready(&format!("acpol/{name}"));
    }
    assert_eq!(calls(&operator, "CreatePolicy"), 13);
    let mut before = passes(&operator);
    wait_until("the operator to be at rest", Duration::from_secs(30), || {
        let now = passes(&operator);
        let at_rest = now == before;
        before = now;
        at_rest.then_some(()).ok_or_else(|| format!("{now} passes"))
    });
    assert_eq!(calls(&operator, "CreatePolicy"), 13);
}
