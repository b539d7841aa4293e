//! Pure thought: from a spec and what was seen to a plan, and from a plan and its outcome to a status.
//!
//! Data flows through the files in this order: [`Subject`] (what is known of any object), a kind's `desired`
//! (its spec as AWS words), a kind's `observed` (what AWS has, whose it is, where it differs), [`Facts`], [`plan()`],
//! [`Memory`] (what was tried), [`Report`] (what the object's status becomes and when to look again).
//! No clock, no client, no logging: time is handed in.

mod facts;
mod kind;
mod memory;
mod message;
mod plan;
mod policy;
mod policy_engine;
mod report;
mod sought;
mod subject;
mod verdict;

#[cfg(test)]
mod plan_tests;

pub use facts::{Attempt, Dependents, Facts, Hold, Intent, Owner, Phase, Seen, Wanted};
pub use kind::{Desire, Difference, Found, Kind, Look, Refusal, View};
pub use memory::{Answer, Memory, Outcome, Pace, epoch};
pub use message::{one_line, shorten};
pub use plan::{Plan, Refuse, Rest, Wait, plan};
pub use policy::{DesiredPolicy, EngineReference, PolicyKind, PolicyRecord, PolicyReferences, Statement};
pub use policy_engine::{
    DesiredEngine, EngineKind, EngineRecord, EngineReferences, MARK_CLUSTER, MARK_OBJECT, MARK_UID,
    ObservedEngine,
};
pub use report::{FinalizerChange, Next, Note, Report, Thought, report};
pub use sought::Sought;
pub use subject::{Identity, Subject};

/// What is seen, as the plan table's words.
#[must_use]
pub fn seen(found: Option<&Found<Look>>) -> Seen {
    match found {
        None => Seen::Unseen,
        Some(Found::Unlocated) => Seen::Unlocated,
        Some(Found::Absent) => Seen::Absent,
        Some(Found::There(look)) => Seen::There {
            owner: look.owner,
            phase: look.phase(),
            differs: !look.differences.is_empty(),
        },
    }
}
