//! What AWS has of a gateway: whose it is, and where it differs.

use super::{DesiredGateway, GatewayKind};
use crate::api::AdoptionPolicy;
use crate::model::Lifecycle;
use crate::operator::decide::members::Members;
use crate::operator::decide::{Difference, Look, Owner, Phase, Remnant, Resource, Tags, View, tagging};

/// A gateway: what a listing shows of it, and what must be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObservedGateway {
    /// What every kind has.
    pub resource: Resource,
    /// All that `GetGateway` shows, as it came.
    pub members: Members,
    /// Its tags.
    pub tags: Tags,
    /// The targets still in it; looked at only while it is being deleted.
    pub targets: Vec<Remnant>,
}

impl ObservedGateway {
    /// Whether an update replaces the members, and does not set tags: also where nothing differs, for that is what a gateway
    /// in `UPDATE_UNSUCCESSFUL` is brought back by.
    #[must_use]
    pub fn is_replaced(&self, desired: &DesiredGateway) -> bool {
        !desired.wanted.differences(&self.members).is_empty() || desired.tagging.agrees(&self.tags)
    }

    /// A text among the members.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        Some(self.members.get(name)?.as_str()?.to_owned())
    }
}

pub(super) fn look(view: &View<'_, GatewayKind>, observed: &ObservedGateway) -> Look {
    Look {
        resource: observed.resource.clone(),
        owner: owner(view, observed),
        phase: phase(view, observed),
        differences: view
            .desired
            .map(|desired| differences(desired, observed))
            .unwrap_or_default(),
        // The tags go with the create.
        unwritten: false,
    }
}

/// Tags tell whose a gateway is.
fn owner(view: &View<'_, GatewayKind>, observed: &ObservedGateway) -> Owner {
    let known = view.object.status.as_ref();
    let known = known.and_then(|status| status.gateway_id.as_deref());
    let id = Some(observed.resource.id.as_str());
    let held = view.held && (known == id || view.created == id);
    let adoption = view.object.spec.management.adoption();
    tagging::owner(&observed.tags, view.identity, held, adoption)
}

/// `FAILED` is said of what could not be made and of what could not be taken away (service.md 9.1). Only what has never been
/// READY is made anew: anything else may be in use, and is brought back in its place.
fn phase(view: &View<'_, GatewayKind>, observed: &ObservedGateway) -> Phase {
    let status = &observed.resource.status;
    if *status != Lifecycle::CreateFailed {
        return Phase::of(status);
    }
    let before = view.object.status.as_ref();
    let was_ready = before.is_some_and(|status| {
        status.gateway_id.as_ref() == Some(&observed.resource.id) && status.gateway_url.is_some()
    });
    let may_be_another_s = view.object.spec.management.adoption() != AdoptionPolicy::Never;
    if view.object.metadata.deletion_timestamp.is_some() {
        Phase::DeleteFailed
    } else if was_ready || may_be_another_s {
        Phase::UpdateFailed
    } else {
        Phase::CreateFailed
    }
}

fn differences(desired: &DesiredGateway, observed: &ObservedGateway) -> Vec<Difference> {
    let mut all = desired.wanted.differences(&observed.members);
    all.extend(desired.tagging.differences(&observed.tags).into_iter().flatten());
    all
}
