//! Row F24 of the fault matrix (reliability.md 4, 2.6.4): a `forbid` that moves to another object is never out of force.

use serde_json::{Value, json};

use super::stage::Stage;
use super::workloads::{forbidding, replace, replace_late};
use crate::lifecycle::scene::{Scene, condition, engine, forbid, message, permit, policy, with};

/// Policies take this long to become ACTIVE and to go, so that a gap would be seen.
const SLOW: [&str; 2] = ["--transition-delay", "1500ms"];

#[test]
fn f24_a_forbid_that_moves_is_in_force_throughout_whichever_object_goes_first() {
    let stage = Stage::on(Scene::with_backend("f24", &SLOW));
    let setup = stage.setup();
    for script in [replace, replace_late] {
        let outcome = stage.play(&setup, script, None);
        assert!(outcome.looks > 20, "{} looks", outcome.looks);
    }
}

#[test]
fn a_forbid_in_deletion_says_what_it_waits_for_and_a_permit_waits_for_nothing() {
    let scene = Scene::with_backend("f24-slow", &["--transition-delay", "4s"]);
    let _operator = scene.operator();
    scene.apply(&[
        engine("refunds", json!({})),
        forbidding("guests", "guest"),
        policy("agents", &permit("agent")),
    ]);
    scene.until_ready("acpol/guests");
    scene.until_ready("acpol/agents");
    scene.delete("acpol/guests");
    scene.delete("acpol/agents");
    scene.apply(&[
        forbidding("visitors", "guest"),
        policy("others", &permit("agent")),
    ]);
    let object = scene.until_reason("acpol/guests", "Deleting");
    let expected = "this forbid stays in force until Policy visitors, which says the same, is in force";
    assert_eq!(message(&object), expected);
    assert_eq!(condition(&object, "Reconciling")["status"], "True");
    scene.until_gone("acpol/agents");
    assert!(
        in_force(&scene).contains(&forbid("guest")),
        "the permit went before it"
    );
    scene.until_ready("acpol/visitors");
    scene.until_gone("acpol/guests");
}

#[test]
fn a_forbid_whose_replacement_fails_stays_in_force_and_says_so_until_somebody_decides() {
    let scene = Scene::new("f24-fails");
    let operator = scene.operator();
    scene.apply(&[engine("refunds", json!({})), forbidding("guests", "guest")]);
    scene.until_ready("acpol/guests");
    scene.delete("acpol/guests");
    // Nothing is permitted that it could narrow, so AWS finds it overly restrictive.
    let failing = policy("visitors", &format!("// anew\n{}", forbid("guest")));
    scene.apply(std::slice::from_ref(&failing));
    scene.until_reason("acpol/visitors", "CreateFailed");
    let object = scene.until_reason("acpol/guests", "DeletionBlocked");
    assert!(
        message(&object).contains("Policy visitors"),
        "{}",
        message(&object)
    );
    assert_eq!(condition(&object, "Stalled")["status"], "True");
    assert_eq!(in_force(&scene), [forbid("guest")]);
    // Another process knows no less.
    operator.kill();
    let _operator = scene.operator();
    assert_eq!(in_force(&scene), [forbid("guest")]);
    scene.apply(&[with(failing, "suspend", json!(true))]);
    scene.until_gone("acpol/guests");
    assert_eq!(in_force(&scene), [""; 0]);
}

/// The statements of the policies that are ACTIVE.
fn in_force(scene: &Scene) -> Vec<String> {
    let active = scene
        .policies()
        .into_iter()
        .filter(|policy| policy["status"] == "ACTIVE");
    let text = |policy: Value| {
        policy["definition"]["cedar"]["statement"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    active.map(text).collect()
}
