//! Edits of what a policy adopts, among crashes, refusals and generations that are run again: what is sent can be told afterwards,
//! and what was in force before can be gone back to.

use super::adoptions::{ASSET, active, adopted, asset, generated, message, scene};
use super::scene::{Scene, fault, row};
use crate::model::FaultClass;
use crate::operator::decide::generation::tests::scene::STATEMENT;
use crate::operator::decide::*;
use serde_json::{Value, json};

const SECOND: &str = "asset-2222222222";
const FORBID: &str = "forbid(principal, action, resource is AgentCore::Gateway);";

/// The generation that both assets are of.
fn both() -> Generated {
    Generated {
        assets: Some(vec![asset(ASSET, Some(STATEMENT)), asset(SECOND, Some(FORBID))]),
        ..generated("n-1234567890")
    }
}

/// The same object, run again for another text.
fn again() -> Generated {
    Generated {
        assets: Some(vec![asset("asset-3333333333", Some(STATEMENT))]),
        ..generated("n-2222222222")
    }
}

fn has(text: &str) -> Found<PolicyRecord> {
    active(Statement::Policy(text.into()))
}

/// Passes over the object until one sends something: what that is, and the status as it is stored then.
fn sent(mut scene: Scene) -> (Plan, Value) {
    for _ in 0..3 {
        let (planned, report) = scene.report();
        if let Some(status) = report.status {
            scene = scene.after(status);
        }
        if planned.writes_remotely() {
            return (planned, scene.object["status"].clone());
        }
    }
    panic!("nothing is sent: {}", scene.object["status"]);
}

#[test]
fn what_was_sent_before_a_crash_is_what_was_adopted_whatever_has_become_of_its_generation() {
    let (planned, stored) = sent(scene(SECOND, Some(both()), has(STATEMENT)).after(adopted()));
    assert_eq!(planned, Plan::Update);
    for generation in [Some(again()), None] {
        // It was done.
        let status = scene(SECOND, generation.clone(), has(FORBID))
            .after(stored.clone())
            .status();
        assert_eq!(
            (&status["adopted"]["assetId"], &status["effectiveStatement"]),
            (&json!(SECOND), &json!(FORBID)),
            "{}",
            message(&status)
        );
        // It was not.
        let undone = scene(SECOND, generation.clone(), has(STATEMENT)).after(stored.clone());
        assert_eq!(undone.report().0, Plan::Update);
        // It was edited back meanwhile.
        for (shown, expected) in [(FORBID, Plan::Update), (STATEMENT, Plan::Rest(Rest::InSync))] {
            let back = scene(ASSET, generation.clone(), has(shown)).after(stored.clone());
            if expected == Plan::Update {
                assert_eq!(sent(back).0, expected);
            } else {
                assert_eq!(back.report().0, expected);
                assert_eq!(back.status()["effectiveStatement"], STATEMENT);
            }
        }
    }
}

#[test]
fn what_was_created_before_a_crash_is_what_was_adopted_also_under_a_name_of_the_spec_s() {
    let named = |scene: Scene| scene.with("/spec/name", json!("Agents"));
    let (planned, stored) = sent(named(scene(ASSET, Some(both()), Found::Absent)));
    assert_eq!(planned, Plan::Create);
    let first = named(scene(ASSET, Some(both()), Found::Absent)).after(stored.clone());
    for generation in [Some(again()), None] {
        let restarted = named(scene(ASSET, generation, Found::Absent)).after(stored.clone());
        assert_eq!(restarted.report().0, Plan::Create);
        assert_eq!(restarted.client_token(), first.client_token());
    }
}

#[test]
fn what_is_in_force_can_be_gone_back_to_when_what_was_to_follow_it_was_refused() {
    let (_, stored) = sent(scene(SECOND, Some(both()), has(STATEMENT)).after(adopted()));
    let refused = Outcome::Failed(fault(FaultClass::Invalid));
    let refused = scene(SECOND, Some(both()), has(STATEMENT))
        .after(stored)
        .outcome(refused);
    let refused = refused.status();
    assert_eq!(row(&refused), "Ready=False/InvalidPolicy Stalled/InvalidPolicy");
    let misspelt = json!({"cedar": {"statement": "permit(!)"}});
    let misspelt = scene(ASSET, Some(again()), has(STATEMENT))
        .with("/spec/definition", misspelt)
        .after(adopted())
        .status();
    assert_eq!(row(&misspelt), "Ready=False/InvalidPolicy Stalled/InvalidPolicy");
    for before in [refused, misspelt] {
        for (generation, expected) in [
            (Some(again()), "Ready=True/GenerationChanged"),
            (None, "Ready=True/Synced"),
        ] {
            let back = scene(ASSET, generation, has(STATEMENT))
                .after(before.clone())
                .status();
            assert_eq!(row(&back), expected, "{}", message(&back));
            assert_eq!(back["adopted"], adopted()["adopted"]);
        }
    }
}
