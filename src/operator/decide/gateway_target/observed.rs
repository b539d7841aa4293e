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
    /// Whether its gateway carries the mark of the object that the spec names; looked at only where nothing else tells that it
    /// is the one.
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
    let marked = observed.marked && gateway.withheld.is_none();
    (owned || marked) && observed.resource.name == desired::name(view.object)
}

/// Whether the spec leads to the target's gateway. Of what is only kept, the gateway that was looked at is the spec's.
pub(super) fn is_led_to(view: &View<'_, TargetKind>, observed: &ObservedTarget) -> bool {
    let ids = [&view.references.gateway.id, &view.object.spec.gateway_id];
    let named = ids.into_iter().flatten().any(|id| *id == observed.gateway_id);
    named || observed.marked || view.object.metadata.deletion_timestamp.is_none()
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
    let resource = &observed.resource;
    let is_led_to = is_led_to(view, observed);
    let known = known(view, observed) && is_led_to;
    let by_id = view.held && (known || view.created == Some(&resource.id));
    let rival = view.references.claims.iter().any(|claim| {
        let name = claim.given.as_ref().unwrap_or(&claim.place.1);
        claim.beats(resource, name, by_id)
    });
    match view.object.spec.management.adoption() {
        _ if rival => Owner::Foreign,
        _ if by_id || in_own_gateway(view, observed) => Owner::Mine,
        // Nothing can be written on a target: the id in an object's status is the mark.
        AdoptionPolicy::IfUnowned if is_led_to => Owner::Mine,
        _ if view.held => Owner::Unproven,
        AdoptionPolicy::Never | AdoptionPolicy::IfUnowned => Owner::Foreign,
    }
}

/// The create that may have made a target: that of the spec, in its gateway, while nothing differs from it.
pub(super) fn remake(view: &View<'_, TargetKind>, observed: &ObservedTarget) -> Option<DesiredTarget> {
    let there = |desired: &&DesiredTarget| desired.gateway_id == observed.gateway_id;
    let desired = view.desired.filter(there)?;
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
