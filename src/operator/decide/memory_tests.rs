//! What is remembered: what was sent, how it was answered, and what failed since when.

use super::memory::{Memory, Moment, Outcome};
use super::{Attempt, Owner, Pace, Phase, Plan, Refuse, Rest, Seen, Wait};
use crate::api::Timestamp;
use crate::model::{Fault, FaultClass};
use std::time::Duration;

fn at(second: u64) -> Timestamp {
    Timestamp::UNIX_EPOCH
        .checked_add(Duration::from_secs(second))
        .unwrap()
}

fn there(phase: Phase) -> Seen {
    Seen::There {
        owner: Owner::Mine,
        phase,
        differs: true,
    }
}

fn failed(class: FaultClass) -> Outcome {
    Outcome::Failed(Fault {
        class,
        operation: "Operation",
        code: "SomeException".into(),
        message: "what AWS said".into(),
    })
}

fn accepted(id: Option<&str>) -> Outcome {
    Outcome::Accepted {
        id: id.map(str::to_owned),
    }
}

/// A pass that sent, or would have sent, `key` with payload `digest`.
fn moment(plan: Plan, outcome: &Outcome, seen: Seen, second: u64) -> Moment<'_> {
    Moment {
        plan,
        outcome,
        key: "key",
        digest: "digest",
        token: None,
        seen,
        time: None,
        unnamed: None,
        unproven: None,
        fault: None,
        stirred: false,
        asked: None,
        pace: pace(second, false),
    }
}

/// The memory after such a pass.
fn pass(memory: Memory, plan: Plan, outcome: &Outcome, seen: Seen, second: u64) -> Memory {
    memory.after(&moment(plan, outcome, seen, second))
}

fn pace(second: u64, deleting: bool) -> Pace {
    Pace {
        now: at(second),
        date: at(second),
        resync: Some(Duration::from_mins(5)),
        deleting,
        beside: None,
    }
}

fn fresh() -> Memory {
    Memory::new(at(0), false)
}

#[test]
fn gone_is_what_a_delete_wants_and_no_other_write() {
    let gone = || match failed(FaultClass::Gone) {
        Outcome::Failed(fault) => Err(fault),
        Outcome::Nothing | Outcome::Accepted { .. } => unreachable!("it failed"),
    };
    for plan in [Plan::Delete, Plan::Replace] {
        assert_eq!(Outcome::of(plan, gone()), accepted(None), "{plan:?}");
    }
    for plan in [Plan::Create, Plan::Update, Plan::Adopt] {
        assert_eq!(Outcome::of(plan, gone()), failed(FaultClass::Gone), "{plan:?}");
    }
    let busy = gone().map_err(|fault: Fault| Fault {
        class: FaultClass::Conflict,
        ..fault
    });
    assert_eq!(Outcome::of(Plan::Delete, busy), failed(FaultClass::Conflict));
}

#[test]
fn an_accepted_create_is_waited_for_and_then_made_again_and_at_once_when_it_was_seen() {
    let made = pass(fresh(), Plan::Create, &accepted(Some("one")), Seen::Absent, 0);
    let attempt =
        |memory: &Memory, second| memory.attempt("key", "digest", Seen::Absent, false, &pace(second, false));
    assert_eq!(attempt(&made, 29), Attempt::Settled);
    assert_eq!(attempt(&made, 30), Attempt::Due);
    let active = there(Phase::Active);
    let seen = pass(made, Plan::Wait(Wait::Effect), &Outcome::Nothing, active, 1);
    assert_eq!(attempt(&seen, 2), Attempt::Fresh, "it was there, and is gone");
}

#[test]
fn the_epoch_is_the_id_that_a_create_was_answered_with_once_it_should_have_been_seen() {
    let made = pass(fresh(), Plan::Create, &accepted(Some("one")), Seen::Absent, 0);
    let known = || Some("known".to_owned());
    assert_eq!(made.epoch(Attempt::Due, None, known()).as_deref(), Some("one"));
    assert_eq!(made.epoch(Attempt::Settled, None, known()), known());
    assert_eq!(made.epoch(Attempt::Fresh, None, None), None);
    let active = there(Phase::Active);
    let seen = pass(made, Plan::Wait(Wait::Effect), &Outcome::Nothing, active, 1);
    let one = "one".to_owned();
    assert_eq!(
        seen.epoch(Attempt::Due, Some(&one), known()),
        known(),
        "it is there"
    );
    assert_eq!(
        seen.epoch(Attempt::Fresh, None, known()),
        Some(one),
        "it was there"
    );
}

#[test]
fn only_a_write_that_was_accepted_supersedes_another() {
    let after = |outcome: &Outcome| pass(fresh(), Plan::Update, outcome, there(Phase::Active), 0);
    let taken = after(&accepted(None));
    assert!(!taken.superseded("digest") && taken.superseded("another"));
    let refused = after(&failed(FaultClass::Invalid));
    assert!(!refused.superseded("digest") && !refused.superseded("another"));
    assert!(!fresh().superseded("another"));
}

#[test]
fn a_write_is_not_repeated_until_its_effect_was_seen() {
    let active = there(Phase::Active);
    let made = pass(fresh(), Plan::Update, &accepted(None), active, 0);
    let attempt = |memory: &Memory| memory.attempt("key", "digest", active, false, &pace(2, false));
    let waiting = pass(made, Plan::Wait(Wait::Effect), &Outcome::Nothing, active, 1);
    assert_eq!(attempt(&waiting), Attempt::Settled);
    let rested = pass(waiting, Plan::Rest(Rest::InSync), &Outcome::Nothing, active, 1);
    assert_eq!(attempt(&rested), Attempt::Fresh);
}

#[test]
fn what_failed_is_not_sent_again_with_the_same_payload_and_is_deleted_at_once() {
    let failed = there(Phase::UpdateFailed);
    let made = pass(fresh(), Plan::Update, &accepted(None), there(Phase::Active), 0);
    let attempt = |digest, deleting| made.attempt("another", digest, failed, false, &pace(1, deleting));
    assert_eq!(attempt("digest", false), Attempt::Settled);
    assert_eq!(attempt("edited", false), Attempt::Fresh);
    assert_eq!(attempt("digest", true), Attempt::Fresh);
}

#[test]
fn a_refusal_is_remembered_of_its_write_alone() {
    let refused = pass(
        fresh(),
        Plan::Create,
        &failed(FaultClass::Denied),
        Seen::Absent,
        0,
    );
    assert_eq!(
        refused.refusal("key").map(|fault| fault.class),
        Some(FaultClass::Denied)
    );
    assert_eq!(refused.refusal("another"), None);
    let made = pass(fresh(), Plan::Create, &accepted(None), Seen::Absent, 0);
    assert_eq!(made.refusal("key"), None);
}

#[test]
fn what_passes_by_itself_is_no_refusal() {
    let active = there(Phase::Active);
    let attempt = |plan, class, seen| {
        let tried = pass(fresh(), plan, &failed(class), seen, 0);
        tried.attempt("key", "digest", seen, false, &pace(1, false))
    };
    assert_eq!(
        attempt(Plan::Update, FaultClass::Conflict, active),
        Attempt::Fresh
    );
    assert_eq!(
        attempt(Plan::Create, FaultClass::Throttled, active),
        Attempt::Fresh
    );
    assert_eq!(
        attempt(Plan::Create, FaultClass::Conflict, Seen::Absent),
        Attempt::Fresh
    );
    assert_eq!(
        attempt(Plan::Create, FaultClass::Conflict, active),
        Attempt::Refused
    );
    assert_eq!(
        attempt(Plan::Update, FaultClass::Invalid, active),
        Attempt::Refused
    );
}

#[test]
fn only_a_create_without_an_answer_may_come_yet() {
    let held = |plan, class| {
        let tried = pass(fresh(), plan, &failed(class), Seen::Absent, 0);
        tried.attempt("delete", "digest", Seen::Absent, false, &pace(1, true))
    };
    assert_eq!(held(Plan::Create, FaultClass::Unavailable), Attempt::Settled);
    assert_eq!(held(Plan::Create, FaultClass::Throttled), Attempt::Fresh);
    assert_eq!(held(Plan::Update, FaultClass::Unavailable), Attempt::Fresh);
}

#[test]
fn failures_are_counted_and_dated_by_their_class() {
    let told = |memory: &Memory| (memory.failing, memory.failing_since, memory.failures);
    let write = |memory, class, second| pass(memory, Plan::Create, &failed(class), Seen::Absent, second);
    let twice = write(write(fresh(), FaultClass::Throttled, 1), FaultClass::Throttled, 2);
    assert_eq!(told(&twice), (Some(FaultClass::Throttled), Some(at(1)), 2));
    let denied = write(twice, FaultClass::Denied, 3);
    assert_eq!(told(&denied), (Some(FaultClass::Denied), Some(at(3)), 3));
    let plan = Plan::Refuse(Refuse::Answer);
    let waiting = pass(denied, plan, &Outcome::Nothing, Seen::Absent, 4);
    assert_eq!(
        told(&waiting),
        (Some(FaultClass::Denied), Some(at(3)), 4),
        "it still fails"
    );
    let plan = Plan::Wait(Wait::Dependency);
    let passed = pass(waiting, plan, &Outcome::Nothing, Seen::Absent, 5);
    assert_eq!(told(&passed), (None, None, 0));
}

#[test]
fn a_request_has_one_try_and_the_next_has_one_of_its_own() {
    let made = |memory: Memory, asked| {
        memory.after(&Moment {
            asked,
            ..moment(Plan::Create, &accepted(Some("id")), Seen::Absent, 1)
        })
    };
    assert!(!fresh().tried_for("first"));
    let unasked = made(fresh(), None);
    assert!(!unasked.tried_for("first"));
    let once = made(unasked, Some("first"));
    assert!(once.tried_for("first") && !once.tried_for("second"));
    assert!(made(once, Some("second")).tried_for("second"));
}

/// While a create may be served yet, nothing is let go of because it is not seen.
#[test]
fn a_create_that_nobody_heard_of_is_over_when_what_it_made_is_seen_and_not_when_an_earlier_one_is() {
    let lost = failed(FaultClass::Unavailable);
    let there = there(Phase::Active);
    let sent = |memory: Memory, token: &'static str| {
        memory.after(&Moment {
            token: Some(token),
            ..moment(Plan::Create, &lost, Seen::Absent, 1)
        })
    };
    let seen = |memory: Memory, unnamed: Option<&'static str>| {
        memory.after(&Moment {
            unnamed,
            ..moment(Plan::Rest(Rest::InSync), &Outcome::Nothing, there, 2)
        })
    };
    let lets_go = |memory: &Memory| {
        memory.attempt("delete", "digest", Seen::Absent, false, &pace(3, true)) != Attempt::Settled
    };
    let once = || sent(fresh(), "a");
    assert!(!lets_go(&once()));
    assert!(lets_go(&seen(once(), Some("new"))));
    // The status names it, so it was there before.
    assert!(!lets_go(&seen(once(), None)));
    assert!(
        !lets_go(&seen(sent(once(), "b"), Some("new"))),
        "it is one of two"
    );
    assert!(
        lets_go(&seen(sent(once(), "a"), Some("new"))),
        "the same was sent twice"
    );
    // A listing that lags shows what an earlier create made.
    let earlier = pass(fresh(), Plan::Create, &accepted(Some("old")), Seen::Absent, 0);
    let again = sent(
        pass(earlier, Plan::Rest(Rest::InSync), &Outcome::Nothing, there, 0),
        "a",
    );
    assert!(!lets_go(&seen(again.clone(), Some("old"))));
    assert!(lets_go(&seen(again, Some("new"))));
    // The process before this one may have sent another.
    assert!(!lets_go(&seen(sent(Memory::new(at(0), true), "a"), Some("new"))));
}
