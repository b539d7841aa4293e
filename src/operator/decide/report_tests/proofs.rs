//! What the model found: ownership that was lost by an edit, a finalizer let go too early, statuses that came and went.

use super::scene::{STATEMENT, Scene, deleted, fault, record, row, synced};
use crate::model::{FaultClass, Lifecycle};
use crate::operator::decide::*;
use serde_json::json;
use std::time::Duration;

const OTHER: &str = "forbid(principal, action, resource is AgentCore::Gateway) when { true };";

/// A policy under a name of the user's own, as AWS has it.
fn given(statement: &str) -> Found<PolicyRecord> {
    let mut record = record(Lifecycle::Active);
    record.resource.name = "Given".into();
    record.statement = Some(Statement::Cedar(statement.into()));
    Found::There(record)
}

fn named(scene: Scene) -> Scene {
    scene.with("/spec/name", json!("Given"))
}

fn edited(scene: Scene) -> Scene {
    scene
        .with("/metadata/generation", json!(3))
        .with("/spec/definition/cedar/statement", json!(OTHER))
}

fn clash() -> Outcome {
    Outcome::Failed(fault(FaultClass::Conflict))
}

#[test]
fn what_is_there_is_proved_by_the_create_that_made_it_also_after_an_edit() {
    let created = named(Scene::new(Ok(Found::Absent)));
    let unproven = edited(named(Scene::new(Ok(given(STATEMENT)))));
    assert_eq!(unproven.report().0, Plan::Create);
    assert_eq!(unproven.client_token(), created.client_token());
    let deleting = deleted(edited(named(Scene::new(Ok(given(STATEMENT))))));
    assert_eq!(deleting.client_token(), created.client_token());
}

#[test]
fn each_way_in_which_it_may_have_been_made_is_tried_once() {
    let mut scene = named(Scene::new(Ok(given(STATEMENT))));
    scene.outcome = Some(clash());
    let mut tokens = Vec::new();
    while scene.report().0 == Plan::Create && tokens.len() < 9 {
        tokens.push(scene.client_token());
        scene = scene.then(Ok(given(STATEMENT)), Some(clash()));
    }
    assert_eq!(scene.report().0, Plan::Refuse(Refuse::Conflict));
    assert_eq!(tokens.len(), 4, "two validation modes, with and without an epoch");
    let lenient =
        named(Scene::new(Ok(Found::Absent))).with("/spec/validationMode", json!("IGNORE_ALL_FINDINGS"));
    assert!(
        tokens.contains(&lenient.client_token()),
        "the mode may have been edited"
    );
}

#[test]
fn a_create_that_answers_with_another_id_has_told_which_one_disappeared() {
    let replayed = Outcome::Accepted {
        id: Some("gone-1".into()),
    };
    let scene = named(Scene::new(Ok(given(STATEMENT)))).then(Ok(given(STATEMENT)), Some(replayed));
    let (before, after) = (
        scene.client_token(),
        scene.then(Ok(given(STATEMENT)), None).client_token(),
    );
    assert_ne!(before, after);
}

#[test]
fn a_stranger_s_policy_is_said_to_be_one_without_a_word_in_between() {
    let mut scene = named(Scene::new(Ok(given(STATEMENT))));
    scene.outcome = Some(clash());
    for _ in 0..4 {
        scene = scene.then(Ok(given(STATEMENT)), Some(clash()));
    }
    let status = scene.status();
    assert_eq!(row(&status), "Ready=False/Conflict Stalled/Conflict");
    scene = scene.after(status.clone());
    scene.now = scene.now.checked_add(Duration::from_mins(6)).unwrap();
    assert_eq!(scene.report().0, Plan::Create, "it is asked once more, slowly");
    assert_eq!(scene.status(), status);
}

#[test]
fn nothing_is_changed_before_the_status_names_what_was_created() {
    let created = named(Scene::new(Ok(Found::Absent))).outcome(Outcome::Accepted {
        id: Some("p_1-aaaaaaaaaa".into()),
    });
    let edited = edited(created.then(Ok(given(STATEMENT)), None));
    let (plan, report) = edited.report();
    assert_eq!(plan, Plan::Wait(Wait::Effect));
    let status = report.status.expect("the id");
    assert_eq!(status["policyId"], "p_1-aaaaaaaaaa");
    assert_eq!(edited.after(status).report().0, Plan::Update);
}

#[test]
fn a_create_that_may_be_on_its_way_holds_the_finalizer_and_not_for_ever() {
    let lost = Scene::new(Ok(Found::Absent)).outcome(Outcome::Failed(fault(FaultClass::Unavailable)));
    let mut after = deleted(lost.then(Ok(Found::Absent), None));
    assert_eq!(after.report().0, Plan::Wait(Wait::Effect), "its answer was lost");
    after.now = after.now.checked_add(Duration::from_secs(10)).unwrap();
    assert_eq!(after.report().0, Plan::Release);

    let mut restarted = deleted(Scene::new(Ok(Found::Absent)));
    assert_eq!(
        restarted.report().0,
        Plan::Release,
        "this process put the finalizer on"
    );
    restarted.memory = Memory::new(restarted.now, true);
    assert_eq!(
        restarted.report().0,
        Plan::Wait(Wait::Effect),
        "the process before may have sent one"
    );
}

#[test]
fn what_is_to_be_taken_over_by_its_id_is_waited_for_and_nothing_is_made_in_its_place() {
    let adopts = |found, policy: &str| {
        let adopts = Scene::new(found).with("/spec/adoptId", json!("theirs-0000000000"));
        adopts.with("/spec/adoptionPolicy", json!(policy))
    };
    let waits = adopts(Ok(Found::Absent), "IfUnowned");
    assert_eq!(waits.report().0, Plan::Wait(Wait::Guard));
    let status = waits.status();
    assert_eq!(
        row(&status),
        "Ready=False/DependencyNotReady Reconciling/ProgressingWithRetry"
    );
    let said = status["conditions"][0]["message"].as_str().unwrap();
    assert!(
        said.contains("no policy with the id theirs-0000000000 (spec.adoptId)"),
        "{said}"
    );
    // It is taken over as soon as it is seen; once it was, another is made when it has gone.
    let mut theirs = record(Lifecycle::Active);
    theirs.resource.id = "theirs-0000000000".into();
    assert_eq!(
        adopts(Ok(Found::There(theirs)), "IfUnowned").report().0,
        Plan::Rest(Rest::InSync)
    );
    let taken = adopts(Ok(Found::Absent), "IfUnowned").after(json!({"policyId": "theirs-0000000000"}));
    assert_eq!(taken.report().0, Plan::Create);
    assert_eq!(
        adopts(Ok(Found::Absent), "Never").report().0,
        Plan::Create,
        "nothing is to be taken over"
    );
}

#[test]
fn an_edit_does_not_hide_a_create_that_no_listing_shows_yet() {
    let created = Scene::new(Ok(Found::Absent)).outcome(Outcome::Accepted {
        id: Some("p_1-aaaaaaaaaa".into()),
    });
    let late = deleted(edited(created.then(Ok(Found::Absent), None)));
    assert_eq!(late.report().0, Plan::Wait(Wait::Effect));
}

#[test]
fn what_somebody_failed_to_delete_is_brought_back_and_not_taken_away_first() {
    let failed = Scene::new(Ok(Found::There(record(Lifecycle::DeleteFailed)))).after(json!({}));
    assert_eq!(failed.report().0, Plan::Update);
    assert_eq!(synced()["status"], "ACTIVE");
}

#[test]
fn a_failed_resource_is_not_made_again_after_a_restart_and_is_deleted_at_once() {
    let now = crate::api::Timestamp::UNIX_EPOCH;
    let pace = |deleting| Pace {
        now,
        date: now,
        resync: Some(Duration::from_mins(5)),
        deleting,
        beside: None,
    };
    for phase in [Phase::CreateFailed, Phase::UpdateFailed, Phase::DeleteFailed] {
        let seen = Seen::There {
            owner: Owner::Mine,
            phase,
            differs: true,
        };
        let attempt = |deleting| Memory::new(now, true).attempt("key", "digest", seen, true, &pace(deleting));
        assert_eq!(attempt(false), Attempt::Settled, "{phase:?}");
        assert_eq!(attempt(true), Attempt::Fresh, "{phase:?}");
    }
}
