//! What AWS has of a target: whose it is, and where it differs.

use super::{DesiredTarget, TargetKind, desired};
use crate::api::AdoptionPolicy;
use crate::model::Lifecycle;
use crate::operator::decide::members::Members;
use crate::operator::decide::{Look, Owner, Phase, Resource, View};

/// A target: what a listing shows of it, and what must be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObservedTarget {
    /// What every kind has; targets have no ARN.
    pub resource: Resource,
    /// AWS id of its gateway.
    pub gateway_id: String,
    /// All that `GetGatewayTarget` shows, as it came.
    pub members: Members,
    /// Whether its gateway was found by the mark of the object that the spec names.
    pub marked: bool,
}

pub(super) fn look(view: &View<'_, TargetKind>, observed: &ObservedTarget) -> Look {
    Look {
        resource: observed.resource.clone(),
        owner: owner(view, observed),
        phase: phase(view, observed),
        differences: view
            .desired
            .map(|desired| desired.wanted.differences(&observed.members))
            .unwrap_or_default(),
        unwritten: view.created == Some(&observed.resource.id)
            && !in_own_gateway(view, observed)
            && !known(view, observed),
    }
}

/// Whether the target is in a gateway that an object here keeps, under the object's name.
fn in_own_gateway(view: &View<'_, TargetKind>, observed: &ObservedTarget) -> bool {
    let gateway = &view.references.gateway;
    let owned = gateway.owned && gateway.id.as_ref() == Some(&observed.gateway_id);
    (owned || observed.marked) && observed.resource.name == desired::name(view.object)
}

/// Whether the object's status names the target.
fn known(view: &View<'_, TargetKind>, observed: &ObservedTarget) -> bool {
    let status = view.object.status.as_ref();
    status.is_some_and(|status| {
        status.target_id.as_ref() == Some(&observed.resource.id)
            && status.gateway_id.as_ref() == Some(&observed.gateway_id)
    })
}

/// Targets carry no tags, and no digest in their names, which are seen in policies: one is the object's if its gateway is
/// kept here and the name matches. In a gateway of others, an id that we were given proves it, or the same client token, or
/// that it may be taken over (reliability.md 2.3).
fn owner(view: &View<'_, TargetKind>, observed: &ObservedTarget) -> Owner {
    let id = &observed.resource.id;
    let by_id = view.held && (known(view, observed) || view.created == Some(id));
    let mut claims = view.references.claims.iter().filter(|claim| claim.id == *id);
    let rival = claims.any(|claim| claim.older || !by_id);
    match view.object.spec.management.adoption() {
        _ if rival => Owner::Foreign,
        _ if by_id || in_own_gateway(view, observed) => Owner::Mine,
        // Nothing can be written on a target: the id in an object's status is the mark.
        AdoptionPolicy::IfUnowned => Owner::Mine,
        AdoptionPolicy::Never if view.held => Owner::Unproven,
        AdoptionPolicy::Never => Owner::Foreign,
    }
}

/// The create that may have made a target: that of the spec, while nothing differs from it.
pub(super) fn remake(view: &View<'_, TargetKind>, observed: &ObservedTarget) -> Option<DesiredTarget> {
    let desired = view.desired?;
    desired
        .wanted
        .differences(&observed.members)
        .is_empty()
        .then(|| desired.clone())
}

/// `FAILED` is said of what could not be made and of what could not be taken away (service.md 9.1). Only what has never been
/// READY is made anew: anything else may be in use, and is brought back in its place.
fn phase(view: &View<'_, TargetKind>, observed: &ObservedTarget) -> Phase {
    let status = &observed.resource.status;
    if *status != Lifecycle::CreateFailed {
        return Phase::of(status);
    }
    let before = view.object.status.as_ref();
    let was_ready = known(view, observed) && before.is_some_and(|status| status.target_name.is_some());
    let may_be_another_s = view.object.spec.management.adoption() != AdoptionPolicy::Never;
    if view.object.metadata.deletion_timestamp.is_some() {
        Phase::DeleteFailed
    } else if was_ready || may_be_another_s {
        Phase::UpdateFailed
    } else {
        Phase::CreateFailed
    }
}
