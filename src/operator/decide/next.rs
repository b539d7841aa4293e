//! When to look again.

use super::kind::Kind;
use super::memory::{LINGER, Outcome};
use super::plan::{Plan, Refuse, Rest, Wait};
use super::thought::Thought;
use super::verdict::{CONFLICT_GRACE, failing};
use crate::model::{Fault, FaultClass};
use std::time::Duration;

/// When to look again, if nothing happens before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// At once.
    Now,
    /// After this time, AWS having been looked at anew.
    Poll(Duration),
    /// About after this time.
    Later(Duration),
    /// After an error that passes by itself.
    Backoff(Backoff),
    /// Only when something happens.
    Idle,
}

/// Exponentially later, or as soon as what failed works again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// How many passes have failed in a row.
    pub failures: u32,
    /// The operation of AWS that failed; none: it was no call.
    pub operation: Option<&'static str>,
}

/// The first look after a write.
const FIRST_POLL: Duration = Duration::from_millis(100);
/// The longest pause between two looks at something the service is at work on.
const LONGEST_POLL: Duration = Duration::from_secs(5);
/// How often a conflict that may be over in a moment is looked at again.
const CONTENDED: Duration = Duration::from_secs(1);
/// How often something that no watch tells of is looked at again.
const UNWATCHED: Duration = Duration::from_mins(1);
/// How often a failed deletion is looked at again when nothing else is.
const DELETION: Duration = Duration::from_mins(5);
/// How often a blocked deletion is looked at again.
const BLOCKED: Duration = Duration::from_secs(10);
pub(super) fn next<K: Kind>(thought: &Thought<'_, K>) -> Next {
    // A deletion is looked at again whatever the resync says: somebody waits for it.
    let slow = thought
        .sight
        .pace
        .resync
        .or(thought.sight.subject.deleting.then_some(DELETION));
    let resync = || slow.map_or(Next::Idle, Next::Later);
    let backoff = |operation| {
        Next::Backoff(Backoff {
            failures: thought.memory.failures,
            operation,
        })
    };
    let after = |fault: &Fault| {
        if fault.class.passes_by_itself() {
            backoff(Some(fault.operation))
        } else {
            let pause = thought.sight.pace.after(fault.class);
            pause.map_or(Next::Idle, Next::Later)
        }
    };
    let stirred = thought.memory.stirred(&thought.sight.key, &thought.sight.pace);
    match (thought.outcome, thought.plan) {
        // What stands beside it has changed, and it was tried a short while ago for the same reason.
        (Outcome::Nothing, Plan::Refuse(Refuse::Failed | Refuse::Answer)) if stirred.is_some() => {
            Next::Poll(stirred.unwrap_or_default().max(FIRST_POLL))
        }
        (Outcome::Failed(fault), _) if fault.class == FaultClass::Conflict => contended(thought),
        // Its own resource has gone since the look: another look, and it is made anew.
        (Outcome::Failed(fault), Plan::Update | Plan::Adopt)
            if fault.class == FaultClass::Gone && thought.memory.failures <= 1 =>
        {
            Next::Poll(FIRST_POLL)
        }
        (Outcome::Failed(fault), _) => after(fault),
        (Outcome::Accepted { .. }, _) => Next::Poll(FIRST_POLL),
        (Outcome::Nothing, Plan::Hold | Plan::Note) => Next::Now,
        (Outcome::Nothing, Plan::Wait(Wait::Sight)) => match thought.sight.fault {
            Some(fault) => after(fault),
            None => backoff(None),
        },
        (Outcome::Nothing, Plan::Wait(Wait::InFlight | Wait::Effect)) => {
            Next::Poll(poll(thought, FIRST_POLL, LONGEST_POLL))
        }
        (Outcome::Nothing, Plan::Wait(Wait::Dependency)) => Next::Later(UNWATCHED),
        // No watch tells of tools that no object here stands for.
        (Outcome::Nothing, Plan::Wait(Wait::Guard)) => Next::Later(poll(thought, CONTENDED, UNWATCHED)),
        (Outcome::Nothing, Plan::Refuse(Refuse::Answer)) => match thought.refusal {
            Some(fault) => thought
                .sight
                .pace
                .after(fault.class)
                .map_or(Next::Idle, Next::Later),
            None => resync(),
        },
        (Outcome::Nothing, Plan::Wait(Wait::Successor)) => match thought.sight.hindrance.text() {
            Some(_) => Next::Poll(LONGEST_POLL),
            None => Next::Poll(LINGER),
        },
        (Outcome::Nothing, Plan::Refuse(Refuse::Dependents)) => Next::Poll(BLOCKED),
        (
            Outcome::Nothing,
            Plan::Refuse(
                Refuse::Spec | Refuse::Conflict | Refuse::Failed | Refuse::Unproven | Refuse::KindRemoved,
            )
            | Plan::Rest(Rest::InSync | Rest::Drifted),
        ) => resync(),
        (Outcome::Nothing, Plan::Rest(Rest::Suspended | Rest::Gone) | Plan::Release) => Next::Idle,
        // A planned write that was not sent: the pass was overtaken.
        (Outcome::Nothing, Plan::Create | Plan::Adopt | Plan::Update | Plan::Replace | Plan::Delete) => {
            Next::Now
        }
    }
}

/// The longer it takes, the less often: half of the time that has passed, within bounds.
fn poll<K: Kind>(thought: &Thought<'_, K>, first: Duration, longest: Duration) -> Duration {
    let waited = thought.memory.waiting_since.map_or(Duration::ZERO, |since| {
        thought.sight.pace.now.duration_since(since).unsigned_abs()
    });
    (waited / 2).clamp(first, longest)
}

/// 409: often over in a moment; what lasts is somebody else's, and looked at slowly.
fn contended<K: Kind>(thought: &Thought<'_, K>) -> Next {
    let lasting = failing(thought, CONFLICT_GRACE);
    match (lasting, thought.sight.subject.deleting) {
        (false, _) => Next::Poll(CONTENDED),
        (true, true) => Next::Poll(BLOCKED),
        (true, false) => Next::Later(UNWATCHED),
    }
}
