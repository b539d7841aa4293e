//! From a plan and its outcome to what is published: the status, the finalizer, an Event, and when to look again.

use super::Subject;
use super::facts::{Facts, Intent, Owner, Seen};
use super::kind::{Desire, Kind, Look, View};
use super::memory::{Memory, Outcome, Pace};
use super::plan::{Plan, Refuse, Rest, Wait};
use super::verdict::{Lines, Truth, Verdict, verdict};
use crate::api::{Condition, ConditionType, Mirror, Reason, Time, Timestamp};
use crate::model::{Fault, FaultClass};
use std::time::Duration;

/// The first look after a write.
const FIRST_POLL: Duration = Duration::from_millis(100);
/// The longest pause between two looks at something the service is at work on.
const LONGEST_POLL: Duration = Duration::from_secs(5);
/// How often something that no watch tells of is looked at again.
const UNWATCHED: Duration = Duration::from_secs(60);
/// How often a blocked deletion is looked at again.
const BLOCKED: Duration = Duration::from_secs(10);
/// The bounds of `statusReasons` in the CRD.
const MOST_REASONS: usize = 100;
const LONGEST_REASON: usize = 16_384;

/// All that a pass found out.
#[derive(Debug)]
pub struct Thought<'a, K: Kind> {
    /// The object.
    pub subject: &'a Subject,
    /// Its spec in AWS's words.
    pub desire: &'a Desire<K::Desired>,
    /// What is needed to judge the resource.
    pub view: View<'a, K>,
    /// What AWS has.
    pub look: Option<&'a Look>,
    /// Why AWS could not be looked at.
    pub fault: Option<&'a Fault>,
    /// The answer to the same write before, while it was a refusal.
    pub refusal: Option<&'a Fault>,
    /// What must go first.
    pub dependents: &'a [String],
    /// The words of the plan table.
    pub facts: Facts,
    /// What was planned.
    pub plan: Plan,
    /// What came of it.
    pub outcome: &'a Outcome,
    /// What is remembered, this pass included.
    pub memory: &'a Memory,
    /// Digest of the payload.
    pub payload_digest: &'a str,
    /// Digest of the spec without `suspend`.
    pub spec_digest: &'a str,
    /// The time of this pass.
    pub now: Timestamp,
    /// How patient the object is.
    pub pace: Pace,
}

impl<K: Kind> Thought<'_, K> {
    /// The reason of `Ready` as it stands.
    pub(super) fn ready_reason(&self) -> Option<&str> {
        self.subject
            .mirror
            .conditions
            .iter()
            .find(|c| c.type_ == "Ready")
            .map(|c| c.reason.as_str())
    }
}

/// What becomes of the finalizer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FinalizerChange {
    /// It stays as it is.
    Keep,
    /// It is put on.
    Add,
    /// It is taken off.
    Remove,
}

/// When to look again, if nothing happens before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// At once.
    Now,
    /// After this time, AWS having been looked at anew.
    Poll(Duration),
    /// About after this time.
    Later(Duration),
    /// After an error: exponentially later, with the number of failures so far.
    Backoff(u32),
    /// Only when something happens.
    Idle,
}

/// An Event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Whether it is a warning.
    pub warning: bool,
    /// Reason, of the closed list in kubernetes-conventions.md 6.
    pub reason: &'static str,
    /// What was done.
    pub action: &'static str,
    /// What a person reads, at most 1 kB.
    pub note: String,
}

/// What is published.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The whole status, when it is to be written.
    pub status: Option<serde_json::Value>,
    /// What becomes of the finalizer.
    pub finalizer: FinalizerChange,
    /// An Event, on transitions only.
    pub note: Option<Note>,
    /// When to look again.
    pub next: Next,
}

/// The report of a pass. Total: there is one for every thought.
#[must_use]
pub fn report<K: Kind>(thought: &Thought<'_, K>) -> Report {
    let verdict = verdict(thought);
    let finalizer = match thought.plan {
        Plan::Hold => FinalizerChange::Add,
        Plan::Release => FinalizerChange::Remove,
        Plan::Create
        | Plan::Adopt
        | Plan::Update
        | Plan::Replace
        | Plan::Delete
        | Plan::Wait(_)
        | Plan::Rest(_)
        | Plan::Refuse(_) => FinalizerChange::Keep,
    };
    Report {
        status: status(thought, &verdict),
        finalizer,
        note: note(thought, &verdict),
        next: next(thought),
    }
}

fn status<K: Kind>(thought: &Thought<'_, K>, verdict: &Verdict) -> Option<serde_json::Value> {
    let subject = thought.subject;
    let mut mirror = mirrored(thought);
    match verdict {
        Verdict::Silent => return None,
        Verdict::Kept { advance } => {
            if *advance {
                mirror.observed_generation = Some(subject.generation);
                for condition in &mut mirror.conditions {
                    condition.observed_generation = Some(subject.generation);
                }
            }
        }
        Verdict::Says(lines) => {
            mirror.observed_generation = Some(subject.generation);
            mirror.spec_digest = Some(thought.spec_digest.to_owned());
            mirror.conditions =
                conditions(&subject.mirror.conditions, lines, subject.generation, thought.now);
        }
    }
    if subject.requested_at.is_some() {
        mirror.last_handled_reconcile_at.clone_from(&subject.requested_at);
    }
    Some(K::status(&thought.view, mirror))
}

/// The service's own words, taken over as they are; what is not this object's is not shown.
fn mirrored<K: Kind>(thought: &Thought<'_, K>) -> Mirror {
    let mut mirror = thought.subject.mirror.clone();
    let ours = thought
        .look
        .filter(|look| look.owner == Owner::Mine || thought.facts.intent == Intent::Observe);
    match (ours, thought.facts.seen) {
        (Some(look), _) => {
            mirror.status = Some(look.status.to_string());
            mirror.status_reasons = look
                .status_reasons
                .iter()
                .take(MOST_REASONS)
                .map(|r| cut(r))
                .collect();
            mirror.created_at = Some(look.created_at.clone());
            mirror.updated_at = Some(look.updated_at.clone());
        }
        (None, Seen::Absent | Seen::There { .. }) => {
            mirror.status = None;
            mirror.status_reasons.clear();
            mirror.created_at = None;
            mirror.updated_at = None;
        }
        (None, Seen::Unseen | Seen::Unlocated) => {}
    }
    let agrees = ours.is_some_and(|look| look.differences.is_empty());
    if thought.view.desired.is_some() && (agrees || thought.memory.tried(thought.payload_digest)) {
        mirror.applied_digest = Some(thought.payload_digest.to_owned());
    }
    mirror
}

fn cut(reason: &str) -> String {
    reason.chars().take(LONGEST_REASON).collect()
}

/// The list of conditions: `Ready` always, the others only while they are True; a time changes only with a status.
fn conditions(before: &[Condition], lines: &Lines, generation: i64, now: Timestamp) -> Vec<Condition> {
    let make = |kind: ConditionType, truth: Truth, reason: Reason| {
        let status = match truth {
            Truth::True => "True",
            Truth::False => "False",
            Truth::Unknown => "Unknown",
        };
        let same = before
            .iter()
            .find(|c| c.type_ == kind.as_str() && c.status == status);
        Condition {
            type_: kind.as_str().to_owned(),
            status: status.to_owned(),
            reason: reason.as_str().to_owned(),
            message: lines.message.clone(),
            observed_generation: Some(generation),
            last_transition_time: same.map_or(Time(now), |c| c.last_transition_time.clone()),
        }
    };
    let mut list = vec![make(ConditionType::Ready, lines.ready, lines.reason)];
    list.extend(
        lines
            .reconciling
            .map(|reason| make(ConditionType::Reconciling, Truth::True, reason)),
    );
    list.extend(
        lines
            .stalled
            .then(|| make(ConditionType::Stalled, Truth::True, lines.reason)),
    );
    list.extend(
        lines
            .drifted
            .then(|| make(ConditionType::Drifted, Truth::True, lines.reason)),
    );
    list
}

fn note<K: Kind>(thought: &Thought<'_, K>, verdict: &Verdict) -> Option<Note> {
    let normal = |reason, action, note: String| {
        Some(Note {
            warning: false,
            reason,
            action,
            note,
        })
    };
    let noun = K::NOUN;
    match (thought.plan, thought.outcome, verdict) {
        (Plan::Create, Outcome::Accepted { .. }, _) if thought.facts.seen == Seen::Absent => {
            normal("Created", "Create", format!("created the {noun} in AgentCore"))
        }
        (Plan::Adopt, Outcome::Accepted { .. }, _) => {
            normal("Adopted", "Adopt", format!("took over the {noun}"))
        }
        (Plan::Update, Outcome::Accepted { .. }, Verdict::Says(lines)) => {
            normal("DriftCorrected", "Update", lines.message.clone())
        }
        (Plan::Update, Outcome::Accepted { .. }, _) => normal(
            "Updated",
            "Update",
            format!("changed the {noun} in AgentCore to the spec"),
        ),
        (Plan::Release, _, _) if thought.facts.seen == Seen::Absent => {
            normal("Deleted", "Delete", format!("the {noun} is gone from AgentCore"))
        }
        (_, _, Verdict::Says(lines)) if thought.ready_reason() != Some(lines.reason.as_str()) => {
            let reason = warning(lines.reason)?;
            Some(Note {
                warning: true,
                reason,
                action: "Reconcile",
                note: super::shorten(&lines.message, 1000),
            })
        }
        (_, _, Verdict::Says(_) | Verdict::Silent | Verdict::Kept { .. }) => None,
    }
}

/// The Event reason of a transition into trouble; passing states make none.
fn warning(reason: Reason) -> Option<&'static str> {
    match reason {
        Reason::InvalidPolicy
        | Reason::InvalidSpec
        | Reason::CreateFailed
        | Reason::UpdateFailed
        | Reason::DeleteFailed => Some("ValidationFailed"),
        Reason::Conflict => Some("Conflict"),
        Reason::AccessDenied => Some("AccessDenied"),
        Reason::Throttled => Some("Throttled"),
        Reason::QuotaExceeded => Some("QuotaExceeded"),
        Reason::DeletionBlocked => Some("DeletionBlocked"),
        Reason::DriftDetected => Some("DriftDetected"),
        Reason::Synced
        | Reason::Stale
        | Reason::Creating
        | Reason::Updating
        | Reason::DriftCorrecting
        | Reason::BackendUnavailable
        | Reason::DependencyNotReady
        | Reason::RetriesExhausted
        | Reason::ClockSkew
        | Reason::Deleting
        | Reason::InternalError
        | Reason::ProgressingWithRetry => None,
    }
}

fn next<K: Kind>(thought: &Thought<'_, K>) -> Next {
    let resync = || thought.pace.resync.map_or(Next::Idle, Next::Later);
    let after = |class: FaultClass| match class.passes_by_itself() {
        true => Next::Backoff(thought.memory.failures),
        false => thought.pace.after(class).map_or(Next::Idle, Next::Later),
    };
    match (thought.outcome, thought.plan) {
        (Outcome::Failed(fault), _) => after(fault.class),
        (Outcome::Accepted { .. }, _) => Next::Poll(FIRST_POLL),
        (Outcome::Nothing, Plan::Hold) => Next::Now,
        (Outcome::Nothing, Plan::Wait(Wait::Sight)) => match thought.fault {
            Some(fault) => after(fault.class),
            None => Next::Backoff(thought.memory.failures),
        },
        (Outcome::Nothing, Plan::Wait(Wait::InFlight | Wait::Effect)) => Next::Poll(poll(thought)),
        (Outcome::Nothing, Plan::Wait(Wait::Dependency)) => Next::Later(UNWATCHED),
        (Outcome::Nothing, Plan::Refuse(Refuse::Answer)) => match thought.refusal {
            Some(fault) => thought.pace.after(fault.class).map_or(Next::Idle, Next::Later),
            None => resync(),
        },
        (Outcome::Nothing, Plan::Refuse(Refuse::Dependents)) => Next::Poll(BLOCKED),
        (
            Outcome::Nothing,
            Plan::Refuse(Refuse::Spec | Refuse::Conflict | Refuse::Failed | Refuse::Unproven),
        ) => resync(),
        (Outcome::Nothing, Plan::Rest(Rest::InSync | Rest::Drifted)) => resync(),
        (Outcome::Nothing, Plan::Rest(Rest::Suspended | Rest::Gone) | Plan::Release) => Next::Idle,
        // A planned write that was not sent: the pass was overtaken.
        (Outcome::Nothing, Plan::Create | Plan::Adopt | Plan::Update | Plan::Replace | Plan::Delete) => {
            Next::Now
        }
    }
}

/// The longer it takes, the less often: half of the time that has passed, within bounds.
fn poll<K: Kind>(thought: &Thought<'_, K>) -> Duration {
    let waited = thought.memory.waiting_since.map_or(Duration::ZERO, |since| {
        thought.now.duration_since(since).unsigned_abs()
    });
    (waited / 2).clamp(FIRST_POLL, LONGEST_POLL)
}
