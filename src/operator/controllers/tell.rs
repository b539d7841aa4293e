//! What a pass tells those who watch the operator: lines of the log, and what is counted.

use super::context::Context;
use crate::api::{Condition, Reason, Timestamp};
use crate::model::Milestone;
use crate::operator::cluster::Glimpse;
use crate::operator::decide::{Desire, Kind, Outcome, Plan, Report, Subject, milestones, ready};
use crate::telemetry::Standing;
use kube::runtime::reflector::Store;
use kube::{Resource as _, ResourceExt as _};
use std::sync::Arc;

/// The reasons whose messages may quote the spec, or AWS's words about it: whoever may read the spec finds them in the
/// status.
const QUOTING: [Reason; 9] = [
    Reason::InvalidPolicy,
    Reason::InvalidSpec,
    Reason::UnsupportedGatewayFields,
    Reason::CreateFailed,
    Reason::UpdateFailed,
    Reason::DeleteFailed,
    Reason::DriftCorrecting,
    Reason::DriftDetected,
    Reason::NoUsableAsset,
];

/// Counts a statement that was read before AWS was asked.
pub(super) fn desired<K: Kind>(context: &Context, desire: &Desire<K::Desired>) {
    if K::INVALID != Reason::InvalidPolicy {
        return;
    }
    match desire {
        Desire::Refused(refusal) if refusal.reason != K::INVALID => {}
        // Its statement was not read.
        Desire::Barred(_) => {}
        Desire::Refused(_) => context.metrics.cedar_validated(false),
        Desire::Known(_) | Desire::Waiting(..) | Desire::Unguarded(..) => {
            context.metrics.cedar_validated(true);
        }
    }
}

/// One line for what changed something, so that a log tells the story of an object.
pub(super) fn acted(plan: Plan, outcome: &Outcome) {
    match outcome {
        Outcome::Accepted { id } => {
            tracing::info!(plan = ?plan, id = id.as_deref().unwrap_or_default(), "AgentCore accepted");
        }
        Outcome::Failed(fault) => {
            tracing::warn!(plan = ?plan, operation = fault.operation, error.code = fault.code, "{}", fault.for_log());
        }
        Outcome::Nothing if matches!(plan, Plan::Hold | Plan::Release) => {
            tracing::info!(plan = ?plan, "finalizer");
        }
        Outcome::Nothing => {}
    }
}

/// Counts what a published report has changed, and says why an object is not Ready.
pub(super) fn published<K: Kind>(
    context: &Context,
    object: &K::Object,
    subject: &Subject,
    report: &Report,
    date: Timestamp,
) {
    let conditions = report.conditions();
    let was_ready = context.was_ready(&subject.identity.uid);
    let published = (report.finalizer, conditions.as_slice());
    for milestone in milestones(object.meta(), &subject.mirror, was_ready, published, date) {
        context.metrics.milestone(K::NAME, milestone);
        if matches!(milestone, Milestone::FirstReady(_)) {
            context.note_ready(&subject.identity.uid);
        }
    }
    if let Some(result) = generated::<K>(report, &conditions) {
        context.metrics.generation_over(result);
    }
    let said = |condition: &Condition| (condition.status.clone(), condition.reason.clone());
    let after = ready(&conditions);
    if after.map(said) == ready(&subject.mirror.conditions).map(said) {
        return;
    }
    match after {
        Some(ready) if ready.status == "True" => tracing::info!(reason = ready.reason, "Ready"),
        Some(ready) if QUOTING.iter().any(|reason| ready.reason == reason.as_str()) => {
            tracing::info!(reason = ready.reason, "not Ready: the status says more");
        }
        Some(ready) => tracing::info!(reason = ready.reason, "not Ready: {}", ready.message),
        None => {}
    }
}

/// How a generation has ended, when that is what is told.
fn generated<K: Kind>(report: &Report, conditions: &[Condition]) -> Option<&'static str> {
    let note = report.note.as_ref().filter(|_| K::MAKING == Reason::Generating)?;
    let failed = ready(conditions).is_some_and(|ready| ready.reason == Reason::CreateFailed.as_str());
    match (note.reason, note.warning) {
        ("GenerationCompleted", false) => Some("usable"),
        ("GenerationCompleted", true) => Some("useless"),
        _ => failed.then_some("failed"),
    }
}

/// Shows in the metrics how the objects of a kind stand.
pub(super) fn shown<K: Kind>(context: &Context, store: Store<Glimpse<K::Object>>) {
    let standing = |object: &Arc<Glimpse<K::Object>>| Standing {
        namespace: object.namespace().unwrap_or_default(),
        name: object.name_any(),
        conditions: object.conditions.clone(),
    };
    let standings = move || store.state().iter().map(standing).collect();
    context.metrics.objects(K::NAME, Box::new(standings));
}
