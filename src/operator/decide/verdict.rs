//! What the conditions say: rows S1 to S20 of kubernetes-conventions.md 1.4, from a plan and its outcome.

use super::facts::{Intent, Phase, Seen};
use super::memory::Outcome;
use super::message::{LONGEST, shorten};
use super::plan::{Plan, Refuse, Rest, Wait};
use super::thought::Thought;
use super::wording::{
    cause, deletion, differences, failure, in_sync, invalid, kind_removed, making, obstacle,
};
use super::{Desire, Kind, Remark};
use crate::api::{Reason, Timestamp};
use crate::model::{Fault, FaultClass, Lifecycle};
use std::time::Duration;

/// The same passing error for longer than this is S10.
const EXHAUSTED: Duration = Duration::from_mins(15);
/// Denials are expected for this long after a change, while AWS spreads permissions (S13).
const DENIAL_GRACE: Duration = Duration::from_mins(2);
/// What AWS finishes within this time is not worth a write to say that it is under way.
const QUIET: Duration = Duration::from_secs(1);
/// A conflict over something that is not seen is taken for a passing one for this long.
pub(super) const CONFLICT_GRACE: Duration = Duration::from_secs(5);

/// The status of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Truth {
    True,
    False,
    Unknown,
}

/// What the conditions become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing is written: what is known now would be overtaken by the next look.
    Silent,
    /// The conditions stay; the generation advances if nothing but `suspend` changed (S15, S16).
    Kept { advance: bool },
    /// They are these.
    Says(Lines),
}

/// The conditions of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lines {
    pub ready: Truth,
    pub reason: Reason,
    pub message: String,
    /// The reason of `Reconciling`, when it is there.
    pub reconciling: Option<Reason>,
    /// Whether `Stalled` is there.
    pub stalled: bool,
    /// Whether `Drifted` is there.
    pub drifted: bool,
}

impl Lines {
    pub(super) fn new(ready: Truth, reason: Reason, message: &str) -> Self {
        let message = shorten(message, LONGEST);
        Self {
            ready,
            reason,
            message,
            reconciling: None,
            stalled: false,
            drifted: false,
        }
    }

    /// S2, S6: AWS is at work.
    fn progressing(reason: Reason, message: &str) -> Self {
        Self {
            reconciling: Some(reason),
            ..Self::new(Truth::Unknown, reason, message)
        }
    }

    /// S8, S9, S13, S20: tried again by itself.
    pub(super) fn retrying(reason: Reason, message: &str) -> Self {
        Self {
            reconciling: Some(Reason::ProgressingWithRetry),
            ..Self::new(Truth::False, reason, message)
        }
    }

    /// S17.
    fn deleting(message: &str) -> Self {
        Self {
            reconciling: Some(Reason::Deleting),
            ..Self::new(Truth::False, Reason::Deleting, message)
        }
    }

    /// S7, S10, S11, S12, S14, S18: a person must change something.
    pub(super) fn stalled(reason: Reason, message: &str) -> Self {
        Self {
            stalled: true,
            ..Self::new(Truth::False, reason, message)
        }
    }
}

impl From<Lines> for Verdict {
    fn from(lines: Lines) -> Self {
        Self::Says(lines)
    }
}

/// The row that a pass ends in.
pub(super) fn verdict<K: Kind>(thought: &Thought<'_, K>) -> Verdict {
    match (thought.outcome, thought.plan) {
        // Nothing is wrong for the user: the next try has another token (reliability.md 2.2.4).
        (Outcome::Failed(fault), _)
            if fault.class == FaultClass::TokenMismatch && !failing(thought, CONFLICT_GRACE) =>
        {
            Verdict::Silent
        }
        (Outcome::Failed(fault), _) => failed_write(thought, fault).into(),
        (Outcome::Accepted { .. }, Plan::Update) if updating(thought) == Reason::DriftCorrecting => {
            Lines::progressing(Reason::DriftCorrecting, &differences(thought)).into()
        }
        // Only a later look counts, never the answer of a write (reliability.md 2.2.3).
        (Outcome::Accepted { .. }, _)
        | (
            Outcome::Nothing,
            Plan::Hold
            | Plan::Release
            | Plan::Create
            | Plan::Adopt
            | Plan::Update
            | Plan::Replace
            | Plan::Delete
            | Plan::Rest(Rest::Gone),
        ) => Verdict::Silent,
        (Outcome::Nothing, Plan::Note) => noting(thought).into(),
        (Outcome::Nothing, Plan::Wait(wait)) => waiting(thought, wait).map_or(Verdict::Silent, Verdict::Says),
        (Outcome::Nothing, Plan::Rest(rest)) => resting(thought, rest),
        (Outcome::Nothing, Plan::Refuse(refuse)) => refused(thought, refuse).into(),
    }
}

/// What is sent next, which the status must name before.
fn noting<K: Kind>(thought: &Thought<'_, K>) -> Lines {
    match thought.sight.facts.seen {
        Seen::There { .. } => Lines::progressing(updating(thought), &differences(thought)),
        Seen::Absent | Seen::Unseen | Seen::Unlocated => Lines::progressing(K::MAKING, &making::<K>()),
    }
}

/// `None`: nothing worth a write.
fn waiting<K: Kind>(thought: &Thought<'_, K>, wait: Wait) -> Option<Lines> {
    let deleting = thought.sight.subject.deleting;
    match (wait, thought.sight.facts.seen) {
        (Wait::Sight, _) => thought.sight.fault.map(|fault| failed_look(thought, fault)),
        (Wait::Dependency | Wait::Guard, _) => {
            Some(Lines::retrying(Reason::DependencyNotReady, &obstacle(thought)))
        }
        (Wait::InFlight, _) => in_flight(thought),
        (Wait::Successor, _) => thought.sight.hindrance.text().map(Lines::deleting),
        (Wait::Effect, _) if deleting => Some(Lines::deleting(&deletion::<K>())),
        // The resource was made or marked a moment ago: the next listing will show it.
        (Wait::Effect, Seen::Absent | Seen::Unseen | Seen::Unlocated) => None,
        (Wait::Effect, Seen::There { .. }) => {
            Some(Lines::progressing(updating(thought), &differences(thought)))
        }
    }
}

fn in_flight<K: Kind>(thought: &Thought<'_, K>) -> Option<Lines> {
    let noun = K::NOUN;
    // Ready must not stay True over a resource that is being changed; apart from that, a moment's work is not told.
    let told = older(thought.memory.waiting_since, thought.sight.pace.now, QUIET);
    if !thought.sight.subject.is_ready() && !told {
        return None;
    }
    let deleting = thought.sight.subject.deleting;
    let status = &thought.sight.look.as_ref()?.resource.status;
    Some(match status {
        Lifecycle::Deleting if deleting => Lines::deleting(&deletion::<K>()),
        _ if deleting => Lines::deleting(&format!(
            "the {noun} is deleted as soon as AgentCore has finished changing it"
        )),
        Lifecycle::Deleting => Lines::progressing(
            Reason::Creating,
            &format!("AgentCore is deleting the {noun}; it is created anew afterwards"),
        ),
        Lifecycle::Updating => {
            Lines::progressing(updating(thought), &format!("AgentCore is changing the {noun}"))
        }
        Lifecycle::Creating => Lines::progressing(K::MAKING, &making::<K>()),
        Lifecycle::Other(_)
        | Lifecycle::Active
        | Lifecycle::CreateFailed
        | Lifecycle::UpdateFailed
        | Lifecycle::DeleteFailed => Lines::progressing(
            Reason::Updating,
            &format!("AgentCore reports status {status}, which this version does not know"),
        ),
    })
}

/// A correction stays a correction until it is done. Where nothing differs, or nothing is written, none begins: AgentCore may
/// be changing the resource for another object, such as a gateway for an attachment.
fn updating<K: Kind>(thought: &Thought<'_, K>) -> Reason {
    let same = thought.sight.subject.mirror.observed_generation == Some(thought.sight.subject.generation);
    let facts = &thought.sight.facts;
    let differs = matches!(facts.seen, Seen::There { differs: true, .. }) && facts.intent == Intent::Keep;
    let said = |reason: Reason| thought.ready_reason() == Some(reason.as_str());
    let well = [Reason::Synced, Reason::Stale, Reason::GenerationChanged];
    let begins = differs && well.into_iter().any(said);
    if same && (begins || said(Reason::DriftCorrecting)) {
        Reason::DriftCorrecting
    } else {
        Reason::Updating
    }
}

fn resting<K: Kind>(thought: &Thought<'_, K>, rest: Rest) -> Verdict {
    match rest {
        Rest::InSync => Verdict::Says(match K::remark(&thought.view) {
            None => Lines::new(Truth::True, Reason::Synced, &in_sync(thought)),
            Some(Remark::Known(reason, text)) => Lines::new(Truth::True, reason, &text),
            Some(Remark::Useless(reason, text)) => Lines::stalled(reason, &text),
        }),
        Rest::Drifted => {
            let message = if thought.sight.facts.seen == Seen::Absent {
                format!(
                    "AgentCore has no such {}, and managementPolicy: Observe does not create it",
                    K::NOUN
                )
            } else {
                format!(
                    "{}; managementPolicy: Observe does not change it",
                    differences(thought)
                )
            };
            Lines {
                drifted: true,
                ..Lines::stalled(Reason::DriftDetected, &message)
            }
            .into()
        }
        // Created suspended: there is nothing to say yet, and a status without Ready would say it badly.
        Rest::Suspended if thought.sight.subject.mirror.conditions.is_empty() => Verdict::Silent,
        Rest::Suspended => Verdict::Kept {
            advance: thought.sight.subject.mirror.spec_digest.as_deref()
                == Some(thought.sight.subject.spec_digest().as_str()),
        },
        Rest::Gone => Verdict::Silent,
    }
}

fn refused<K: Kind>(thought: &Thought<'_, K>, refuse: Refuse) -> Lines {
    match refuse {
        Refuse::Spec => match thought.sight.desire {
            Desire::Refused(refusal) => Lines::stalled(refusal.reason, &refusal.message),
            Desire::Known(_) | Desire::Waiting(..) | Desire::Unguarded(..) | Desire::Barred(_) => {
                Lines::retrying(Reason::InternalError, "the spec was refused without a reason")
            }
        },
        Refuse::Conflict => Lines::stalled(Reason::Conflict, &K::conflict(&thought.view)),
        Refuse::Answer => match thought.refusal {
            Some(fault) => failed_write(thought, fault),
            None => Lines::retrying(Reason::InternalError, "AgentCore refused without a reason"),
        },
        Refuse::Failed => Lines::stalled(failed_reason(thought), &failure(thought)),
        Refuse::Dependents => Lines::stalled(
            Reason::DeletionBlocked,
            thought.sight.hindrance.text().unwrap_or_default(),
        ),
        Refuse::Unproven => Lines::stalled(Reason::DeletionBlocked, &K::unproven(&thought.view)),
        Refuse::KindRemoved => Lines::stalled(Reason::DeletionBlocked, &kind_removed::<K>()),
    }
}

/// A failed read of a converged object keeps the last truth (S5); everything else is as a failed write.
fn failed_look<K: Kind>(thought: &Thought<'_, K>, fault: &Fault) -> Lines {
    let passing = matches!(fault.class, FaultClass::Throttled | FaultClass::Unavailable);
    if passing && thought.sight.subject.is_ready() && !exhausted(thought) {
        let message = format!("in sync when last seen; {}", cause(fault));
        return Lines::new(Truth::True, Reason::Stale, &message);
    }
    failed_write(thought, fault)
}

fn failed_write<K: Kind>(thought: &Thought<'_, K>, fault: &Fault) -> Lines {
    let cause = cause(fault);
    match fault.class {
        FaultClass::Throttled | FaultClass::Unavailable if exhausted(thought) => Lines::stalled(
            Reason::RetriesExhausted,
            &format!("{cause}; it has failed for 15 minutes and is still tried"),
        ),
        FaultClass::Throttled => {
            Lines::retrying(Reason::Throttled, &format!("{cause}; tried again by itself"))
        }
        FaultClass::Unavailable => Lines::retrying(
            Reason::BackendUnavailable,
            &format!("{cause}; tried again by itself"),
        ),
        FaultClass::Invalid => {
            let refusal = K::invalid(&thought.view, fault).unwrap_or_else(|| invalid::<K>(&cause));
            Lines::stalled(refusal.reason, &refusal.message)
        }
        FaultClass::TokenMismatch => {
            Lines::progressing(Reason::Creating, &format!("{cause}; tried again by itself"))
        }
        FaultClass::Quota => Lines::stalled(
            Reason::QuotaExceeded,
            &format!("{cause}. Delete what is not needed, or ask AWS for more; tried again every 10 minutes"),
        ),
        // It was not AWS that said so: there is nothing to sign with.
        FaultClass::Denied if fault.code.is_empty() => Lines::stalled(
            Reason::AccessDenied,
            &format!("{cause}; tried again every minute"),
        ),
        FaultClass::Denied if failing(thought, DENIAL_GRACE) => Lines::stalled(
            Reason::AccessDenied,
            &format!("{cause}. Allow the operator's role this action; tried again every minute"),
        ),
        FaultClass::Denied => {
            Lines::retrying(Reason::AccessDenied, &format!("{cause}; tried again by itself"))
        }
        FaultClass::Clock => Lines::stalled(
            Reason::ClockSkew,
            &format!("{cause}. Set the clock of the operator's machine"),
        ),
        FaultClass::Gone => Lines::retrying(
            Reason::DependencyNotReady,
            &format!("{cause}; what the {} belongs to is not there", K::NOUN),
        ),
        FaultClass::Conflict => contended(thought, &cause, failing(thought, CONFLICT_GRACE)),
    }
}

/// 409: what it means depends on what was asked for.
fn contended<K: Kind>(thought: &Thought<'_, K>, cause: &str, for_long: bool) -> Lines {
    let said = |reason: Reason| thought.ready_reason() == Some(reason.as_str());
    match (thought.sight.facts.intent, thought.plan) {
        // It was tried once more whether the resource is ours, in vain: what was said of it stands.
        (Intent::Delete | Intent::Retain, Plan::Create) if said(Reason::DeletionBlocked) => {
            refused(thought, Refuse::Unproven)
        }
        (Intent::Keep | Intent::Observe | Intent::Suspend, Plan::Create)
            if said(Reason::Conflict) && thought.sight.facts.seen != Seen::Absent =>
        {
            refused(thought, Refuse::Conflict)
        }
        (Intent::Delete | Intent::Retain | Intent::Spare, _) if for_long => Lines::stalled(
            Reason::DeletionBlocked,
            &format!("{cause}; tried again by itself"),
        ),
        (Intent::Delete | Intent::Retain | Intent::Spare, _) => Lines::deleting(&deletion::<K>()),
        (Intent::Keep | Intent::Observe | Intent::Suspend, Plan::Update) => {
            Lines::progressing(updating(thought), &format!("{cause}; tried again by itself"))
        }
        (Intent::Keep | Intent::Observe | Intent::Suspend, _) if for_long => Lines::stalled(
            Reason::Conflict,
            &format!("{cause}. {}", K::conflict(&thought.view)),
        ),
        (Intent::Keep | Intent::Observe | Intent::Suspend, _) => {
            Lines::progressing(Reason::Creating, &format!("{cause}; tried again by itself"))
        }
    }
}

fn exhausted<K: Kind>(thought: &Thought<'_, K>) -> bool {
    failing(thought, EXHAUSTED)
}

/// Whether every pass has failed in this way for longer than that.
pub(super) fn failing<K: Kind>(thought: &Thought<'_, K>, for_more_than: Duration) -> bool {
    older(
        thought.memory.failing_since,
        thought.sight.pace.now,
        for_more_than,
    )
}

fn older(since: Option<Timestamp>, now: Timestamp, than: Duration) -> bool {
    since.is_some_and(|since| now.duration_since(since).unsigned_abs() > than)
}

fn failed_reason<K: Kind>(thought: &Thought<'_, K>) -> Reason {
    match thought.sight.look.as_ref().map(|look| look.phase) {
        Some(Phase::UpdateFailed) => Reason::UpdateFailed,
        Some(Phase::DeleteFailed) => Reason::DeleteFailed,
        Some(Phase::CreateFailed | Phase::InFlight | Phase::Active) | None => Reason::CreateFailed,
    }
}
