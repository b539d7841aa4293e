//! Events: on transitions only, never per pass (kubernetes-conventions.md section 6).

use super::facts::Seen;
use super::kind::Kind;
use super::memory::Outcome;
use super::plan::Plan;
use super::shorten;
use super::thought::Thought;
use super::verdict::Verdict;
use crate::api::Reason;

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

pub(super) fn note<K: Kind>(thought: &Thought<'_, K>, verdict: &Verdict) -> Option<Note> {
    let normal = |reason, action, note: String| {
        Some(Note {
            warning: false,
            reason,
            action,
            note,
        })
    };
    let noun = K::NOUN;
    let caution = K::caution(&thought.view).filter(|_| !thought.sight.subject.deleting);
    match (thought.plan, thought.outcome, verdict) {
        (Plan::Create | Plan::Update, Outcome::Accepted { .. }, _) if thought.memory.contest.is_fought() => {
            Some(Note {
                warning: true,
                reason: "Conflict",
                action: "Update",
                note: format!(
                    "twice in a row the {noun} was not what it had been told to be, though AgentCore had accepted it and \
                     changed: somebody else writes it at the same time, or AgentCore keeps it in another form. It is told \
                     once more, and then at every resync; let one of the two leave it alone"
                ),
            })
        }
        (Plan::Create, Outcome::Accepted { .. }, _) if thought.sight.facts.seen == Seen::Absent => {
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
        (Plan::Release, _, _) if thought.sight.facts.seen == Seen::Absent => {
            normal("Deleted", "Delete", format!("the {noun} is gone from AgentCore"))
        }
        // The status that is written now says so, and is what this is told by once.
        (_, _, Verdict::Says(_)) if caution.is_some() => caution,
        (_, _, Verdict::Says(lines)) if thought.ready_reason() != Some(lines.reason.as_str()) => {
            let reason = warning(lines.reason)?;
            Some(Note {
                warning: true,
                reason,
                action: "Reconcile",
                note: shorten(&lines.message, 1000),
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
        | Reason::UnsupportedGatewayFields
        | Reason::CreateFailed
        | Reason::UpdateFailed
        | Reason::DeleteFailed => Some("ValidationFailed"),
        Reason::Conflict => Some("Conflict"),
        Reason::AccessDenied => Some("AccessDenied"),
        Reason::Throttled => Some("Throttled"),
        Reason::QuotaExceeded => Some("QuotaExceeded"),
        Reason::DeletionBlocked => Some("DeletionBlocked"),
        Reason::DriftDetected => Some("DriftDetected"),
        Reason::GenerationChanged => Some("GenerationChanged"),
        Reason::Synced
        | Reason::Stale
        | Reason::Creating
        | Reason::Updating
        | Reason::Generating
        | Reason::NoUsableAsset
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
