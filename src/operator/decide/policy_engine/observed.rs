//! What AWS has of a policy engine: whose it is, and where it differs.

use super::{DesiredEngine, EngineKind};
use crate::api::PolicyCounts;
use crate::operator::decide::{Difference, Look, Owner, Phase, Resource, Tags, View, tagging};

/// A policy engine: what a listing shows of it, and what must be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObservedEngine {
    /// From the listing.
    pub resource: Resource,
    /// Its tags.
    pub tags: Tags,
    /// How many policies it has, when a listing of them is at hand.
    pub policies: Option<PolicyCounts>,
    /// The policies still in it; looked at only while it is being deleted.
    pub remnants: Vec<Remnant>,
}

/// What is still in what is to be deleted: a policy in an engine, or a target in a gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remnant {
    /// AWS id.
    pub id: String,
    /// AWS name.
    pub name: String,
}

pub(super) fn look(view: &View<'_, EngineKind>, observed: &ObservedEngine) -> Look {
    Look {
        resource: observed.resource.clone(),
        owner: owner(view, observed),
        phase: Phase::of(&observed.resource.status),
        differences: view
            .desired
            .map(|desired| differences(desired, observed))
            .unwrap_or_default(),
        // The tags go with the create.
        unwritten: false,
    }
}

/// Tags tell whose an engine is.
fn owner(view: &View<'_, EngineKind>, observed: &ObservedEngine) -> Owner {
    let known = view.object.status.as_ref();
    let known = known.and_then(|status| status.policy_engine_id.as_deref());
    let id = Some(observed.resource.id.as_str());
    let held = view.held && (known == id || view.created == id);
    let adoption = view.object.spec.management.adoption();
    tagging::owner(&observed.tags, view.identity, held, adoption)
}

fn differences(desired: &DesiredEngine, observed: &ObservedEngine) -> Vec<Difference> {
    let (wanted, found) = (
        desired.description.as_deref(),
        observed.resource.description.as_deref(),
    );
    let description = Difference::between("description", wanted, found);
    let tags = desired.tagging.differences(&observed.tags);
    description
        .into_iter()
        .chain(tags.into_iter().flatten())
        .collect()
}
