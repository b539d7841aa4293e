//! What the conditions say: rows S1 to S20 of kubernetes-conventions.md 1.4, from a plan and its outcome.

use super::facts::{Intent, Seen};
use super::memory::Outcome;
use super::message::{LONGEST, shorten};
use super::plan::{Plan, Refuse, Rest, Wait};
use super::report::Thought;
use super::{Desire, Kind};
use crate::api::{Reason, Timestamp};
use crate::cedar;
use crate::model::{Fault, FaultClass, Lifecycle};
use std::time::Duration;

/// The same passing error for longer than this is S10.
const EXHAUSTED: Duration = Duration::from_secs(15 * 60);
/// Denials are expected for this long after a change, while AWS spreads permissions (S13).
const DENIAL_GRACE: Duration = Duration::from_secs(2 * 60);
/// What AWS finishes within this time is not worth a write to say that it is under way.
const QUIET: Duration = Duration::from_secs(1);
/// A conflict over something that is not seen is taken for a passing one for this long.
const CONFLICT_GRACE: Duration = Duration::from_secs(5);

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
    fn new(ready: Truth, reason: Reason, message: &str) -> Self {
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
    fn progressing(reason: Reason, message: &str) -> Verdict {
        Verdict::Says(Self {
            reconciling: Some(reason),
            ..Self::new(Truth::Unknown, reason, message)
        })
    }

    /// S8, S9, S13: tried again by itself.
    fn retrying(reason: Reason, message: &str) -> Verdict {
        Verdict::Says(Self {
            reconciling: Some(Reason::ProgressingWithRetry),
            ..Self::new(Truth::False, reason, message)
        })
    }

    /// S17.
    fn deleting(message: &str) -> Verdict {
        let reason = Reason::Deleting;
        Verdict::Says(Self {
            reconciling: Some(reason),
            ..Self::new(Truth::False, reason, message)
        })
    }

    /// S10, S11, S12, S14, S18: a person must change something.
    fn stalled(reason: Reason, message: &str) -> Verdict {
        Verdict::Says(Self {
            stalled: true,
            ..Self::new(Truth::False, reason, message)
        })
    }
}

/// The row that a pass ends in.
pub(super) fn verdict<K: Kind>(thought: &Thought<'_, K>) -> Verdict {
    match (thought.outcome, thought.plan) {
        (Outcome::Failed(fault), _) => failed_write(thought, fault),
        (Outcome::Accepted { .. }, Plan::Update) if thought.subject.is_ready() => {
            Lines::progressing(Reason::DriftCorrecting, &differences(thought))
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
        (Outcome::Nothing, Plan::Wait(wait)) => waiting(thought, wait),
        (Outcome::Nothing, Plan::Rest(rest)) => resting(thought, rest),
        (Outcome::Nothing, Plan::Refuse(refuse)) => refused(thought, refuse),
    }
}

fn waiting<K: Kind>(thought: &Thought<'_, K>, wait: Wait) -> Verdict {
    match wait {
        Wait::Sight => match thought.fault {
            Some(fault) => failed_look(thought, fault),
            None => Lines::retrying(
                Reason::InternalError,
                "AgentCore was not looked at; tried again by itself",
            ),
        },
        Wait::Dependency => Lines::retrying(Reason::DependencyNotReady, &obstacle(thought)),
        Wait::InFlight => in_flight(thought),
        Wait::Effect => match (thought.facts.intent, thought.facts.seen) {
            (Intent::Delete | Intent::Retain, _) => Lines::deleting(&deletion::<K>()),
            // The resource was made or marked a moment ago: the next listing will show it.
            (
                Intent::Keep | Intent::Observe | Intent::Suspend,
                Seen::Absent | Seen::Unseen | Seen::Unlocated,
            ) => Verdict::Silent,
            (Intent::Keep | Intent::Observe | Intent::Suspend, Seen::There { .. }) => {
                Lines::progressing(updating(thought), &differences(thought))
            }
        },
    }
}

fn in_flight<K: Kind>(thought: &Thought<'_, K>) -> Verdict {
    let noun = K::NOUN;
    // Ready must not stay True over a resource that is being changed; apart from that, a moment's work is not told.
    if !thought.subject.is_ready() && !older(thought.memory.waiting_since, thought.now, QUIET) {
        return Verdict::Silent;
    }
    let deleting = matches!(thought.facts.intent, Intent::Delete | Intent::Retain);
    match thought.look.map(|look| &look.status) {
        Some(Lifecycle::Deleting) if deleting => Lines::deleting(&deletion::<K>()),
        _ if deleting => Lines::deleting(&format!(
            "the {noun} is deleted as soon as AgentCore has finished changing it"
        )),
        Some(Lifecycle::Deleting) => Lines::progressing(
            Reason::Creating,
            &format!("AgentCore is deleting the {noun}; it is created anew afterwards"),
        ),
        Some(Lifecycle::Other(word)) => Lines::progressing(
            Reason::Updating,
            &format!("AgentCore reports status {word}, which this version does not know"),
        ),
        Some(Lifecycle::Updating) => {
            Lines::progressing(updating(thought), &format!("AgentCore is changing the {noun}"))
        }
        Some(
            Lifecycle::Creating
            | Lifecycle::Active
            | Lifecycle::CreateFailed
            | Lifecycle::UpdateFailed
            | Lifecycle::DeleteFailed,
        )
        | None => Lines::progressing(Reason::Creating, &format!("AgentCore is creating the {noun}")),
    }
}

/// A correction stays a correction until it is done.
fn updating<K: Kind>(thought: &Thought<'_, K>) -> Reason {
    let same = thought.subject.mirror.observed_generation == Some(thought.subject.generation);
    let before = thought.ready_reason();
    let correcting = [Reason::Synced, Reason::Stale, Reason::DriftCorrecting].map(Reason::as_str);
    if same && before.is_some_and(|reason| correcting.contains(&reason)) {
        Reason::DriftCorrecting
    } else {
        Reason::Updating
    }
}

fn resting<K: Kind>(thought: &Thought<'_, K>, rest: Rest) -> Verdict {
    match rest {
        Rest::InSync => Verdict::Says(Lines::new(
            Truth::True,
            Reason::Synced,
            &format!("the {} is ACTIVE in AgentCore as the spec says", K::NOUN),
        )),
        Rest::Drifted => {
            let message = if thought.facts.seen == Seen::Absent {
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
            let Verdict::Says(lines) = Lines::stalled(Reason::DriftDetected, &message) else {
                return Verdict::Silent;
            };
            Verdict::Says(Lines {
                drifted: true,
                ..lines
            })
        }
        Rest::Suspended => Verdict::Kept {
            advance: thought.subject.mirror.spec_digest.as_deref() == Some(thought.spec_digest),
        },
        Rest::Gone => Verdict::Silent,
    }
}

fn refused<K: Kind>(thought: &Thought<'_, K>, refuse: Refuse) -> Verdict {
    let noun = K::NOUN;
    match refuse {
        Refuse::Spec => match thought.desire {
            Desire::Refused(refusal) => Lines::stalled(refusal.reason, &refusal.message),
            Desire::Known(_) | Desire::Waiting(..) => {
                Lines::retrying(Reason::InternalError, "the spec was refused without a reason")
            }
        },
        Refuse::Conflict => Lines::stalled(Reason::Conflict, &conflict::<K>()),
        Refuse::Answer => match thought.refusal {
            Some(fault) => failed_write(thought, fault),
            None => Lines::retrying(Reason::InternalError, "AgentCore refused without a reason"),
        },
        Refuse::Failed => Lines::stalled(failed_reason(thought), &failure(thought)),
        Refuse::Dependents => Lines::stalled(
            Reason::DeletionBlocked,
            &format!(
                "the {noun} is deleted when these are gone: {}",
                list(thought.dependents)
            ),
        ),
        Refuse::Unproven => Lines::stalled(
            Reason::DeletionBlocked,
            &format!(
                "AgentCore has a {noun} of this name that may or may not be this object's: set spec.adoptionPolicy: \
                 IfUnowned to have it deleted, or spec.deletionPolicy: Retain to let it be"
            ),
        ),
    }
}

/// A failed read of a converged object keeps the last truth (S5); everything else is as a failed write.
fn failed_look<K: Kind>(thought: &Thought<'_, K>, fault: &Fault) -> Verdict {
    let passing = matches!(fault.class, FaultClass::Throttled | FaultClass::Unavailable);
    if passing && thought.subject.is_ready() && !exhausted(thought) {
        let message = format!("in sync when last seen; {}", cause(fault));
        return Verdict::Says(Lines::new(Truth::True, Reason::Stale, &message));
    }
    failed_write(thought, fault)
}

fn failed_write<K: Kind>(thought: &Thought<'_, K>, fault: &Fault) -> Verdict {
    let cause = cause(fault);
    let failing = |for_more_than| older(thought.memory.failing_since, thought.now, for_more_than);
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
        FaultClass::Invalid => Lines::stalled(K::INVALID, &format!("{cause}. Correct the spec")),
        FaultClass::TokenMismatch => {
            Lines::progressing(Reason::Creating, &format!("{cause}; tried again by itself"))
        }
        FaultClass::Quota => Lines::stalled(
            Reason::QuotaExceeded,
            &format!("{cause}. Delete what is not needed, or ask AWS for more; tried again every 10 minutes"),
        ),
        FaultClass::Denied if failing(DENIAL_GRACE) => Lines::stalled(
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
        FaultClass::Conflict => contended(thought, &cause, failing(CONFLICT_GRACE)),
    }
}

/// 409: what it means depends on what was asked for.
fn contended<K: Kind>(thought: &Thought<'_, K>, cause: &str, for_long: bool) -> Verdict {
    match (thought.facts.intent, thought.plan) {
        (Intent::Delete | Intent::Retain, _) if for_long => Lines::stalled(
            Reason::DeletionBlocked,
            &format!("{cause}; tried again by itself"),
        ),
        (Intent::Delete | Intent::Retain, _) => Lines::deleting(&deletion::<K>()),
        (Intent::Keep | Intent::Observe | Intent::Suspend, Plan::Update) => {
            Lines::progressing(updating(thought), &format!("{cause}; tried again by itself"))
        }
        (Intent::Keep | Intent::Observe | Intent::Suspend, _) if for_long => {
            Lines::stalled(Reason::Conflict, &format!("{cause}. {}", conflict::<K>()))
        }
        (Intent::Keep | Intent::Observe | Intent::Suspend, _) => {
            Lines::progressing(Reason::Creating, &format!("{cause}; tried again by itself"))
        }
    }
}

fn exhausted<K: Kind>(thought: &Thought<'_, K>) -> bool {
    older(thought.memory.failing_since, thought.now, EXHAUSTED)
}

fn older(since: Option<Timestamp>, now: Timestamp, than: Duration) -> bool {
    since.is_some_and(|since| now.duration_since(since).unsigned_abs() > than)
}

fn failed_reason<K: Kind>(thought: &Thought<'_, K>) -> Reason {
    match thought.look.map(|look| &look.status) {
        Some(Lifecycle::UpdateFailed) => Reason::UpdateFailed,
        Some(Lifecycle::DeleteFailed) => Reason::DeleteFailed,
        Some(
            Lifecycle::CreateFailed
            | Lifecycle::Creating
            | Lifecycle::Active
            | Lifecycle::Updating
            | Lifecycle::Deleting
            | Lifecycle::Other(_),
        )
        | None => Reason::CreateFailed,
    }
}

/// The service's reasons in one clean sentence; the full texts are in `status.statusReasons`.
fn failure<K: Kind>(thought: &Thought<'_, K>) -> String {
    let Some(look) = thought.look else {
        return format!("AgentCore failed on the {}", K::NOUN);
    };
    let reasons: Vec<String> = look
        .status_reasons
        .iter()
        .map(|reason| cedar::summary(reason))
        .collect();
    let why = if reasons.is_empty() {
        "AgentCore gave no reason".to_owned()
    } else {
        reasons.join("; ")
    };
    let kept = match look.status {
        Lifecycle::UpdateFailed => "; the version before is still enforced",
        Lifecycle::CreateFailed
        | Lifecycle::DeleteFailed
        | Lifecycle::Creating
        | Lifecycle::Active
        | Lifecycle::Updating
        | Lifecycle::Deleting
        | Lifecycle::Other(_) => "",
    };
    format!("{}: {why}{kept}", look.status)
}

fn differences<K: Kind>(thought: &Thought<'_, K>) -> String {
    let differences = thought
        .look
        .map(|look| look.differences.as_slice())
        .unwrap_or_default();
    let parts: Vec<String> = differences
        .iter()
        .map(|d| format!("{}: wanted {}, found {}", d.field, d.wanted, d.found))
        .collect();
    format!("AgentCore differs from the spec in {}", parts.join("; "))
}

fn obstacle<K: Kind>(thought: &Thought<'_, K>) -> String {
    match thought.desire {
        Desire::Waiting(_, text) => text.clone(),
        Desire::Known(_) | Desire::Refused(_) => format!("it is not known where the {} is", K::NOUN),
    }
}

fn conflict<K: Kind>() -> String {
    let noun = K::NOUN;
    format!(
        "a {noun} of this name is there already and is not this object's, so it is left alone: choose another \
         spec.name, or take it over with spec.adoptionPolicy: IfUnowned if nobody else owns it"
    )
}

fn deletion<K: Kind>() -> String {
    format!("AgentCore is deleting the {}", K::NOUN)
}

fn cause(fault: &Fault) -> String {
    match fault.class {
        FaultClass::Unavailable if fault.code.is_empty() => {
            format!(
                "AgentCore cannot be reached: {} failed: {}",
                fault.operation, fault.message
            )
        }
        FaultClass::Throttled => format!("AgentCore asks for fewer calls ({})", fault.operation),
        FaultClass::Unavailable
        | FaultClass::Invalid
        | FaultClass::TokenMismatch
        | FaultClass::Quota
        | FaultClass::Denied
        | FaultClass::Clock
        | FaultClass::Gone
        | FaultClass::Conflict => format!("AgentCore answered {}: {}", fault.operation, fault.message),
    }
}

/// The first ten of a sorted list.
fn list(names: &[String]) -> String {
    let shown: Vec<&str> = names.iter().take(10).map(String::as_str).collect();
    let more = if names.len() > shown.len() { ", .." } else { "" };
    format!("{}{more}", shown.join(", "))
}
