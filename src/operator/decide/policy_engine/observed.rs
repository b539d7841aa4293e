//! What AWS has of a policy engine: whose it is, and where it differs.

use super::{DesiredEngine, EngineKind, MARK_CLUSTER, MARK_OBJECT};
use crate::api::{AdoptionPolicy, PolicyCounts};
use crate::operator::decide::{Difference, Look, Owner, Resource, View};
use std::collections::BTreeMap;

/// A policy engine: what a listing shows of it, and what must be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObservedEngine {
    /// From the listing.
    pub resource: Resource,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// How many policies it has, when a listing of them is at hand.
    pub policies: Option<PolicyCounts>,
    /// The policies still in it; looked at only while it is being deleted.
    pub remnants: Vec<Remnant>,
}

/// A policy that is still in an engine.
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
        differences: view
            .desired
            .map(|desired| differences(desired, observed))
            .unwrap_or_default(),
        // The tags go with the create.
        unwritten: false,
    }
}

/// Tags tell whose an engine is; the key is `namespace/name` in the cluster, since backup tools restore objects with
/// new UIDs (reliability.md 2.3).
fn owner(view: &View<'_, EngineKind>, observed: &ObservedEngine) -> Owner {
    let (cluster, object) = (observed.tags.get(MARK_CLUSTER), observed.tags.get(MARK_OBJECT));
    let known = view
        .object
        .status
        .as_ref()
        .and_then(|status| status.policy_engine_id.as_deref());
    let id = Some(observed.resource.id.as_str());
    match (cluster, object) {
        (Some(cluster), Some(object))
            if *cluster == view.identity.cluster_id && *object == view.identity.key() =>
        {
            Owner::Mine
        }
        // Somebody took the tags off what we hold: they are put back.
        (None, None) if view.held && (known == id || view.created == id) => Owner::Mine,
        (None, None) if view.object.spec.management.adoption() == AdoptionPolicy::IfUnowned => {
            Owner::Adoptable
        }
        (Some(_) | None, Some(_) | None) => Owner::Foreign,
    }
}

fn differences(desired: &DesiredEngine, observed: &ObservedEngine) -> Vec<Difference> {
    // Setting tags and taking them off are two writes, so they are two differences.
    let set: Vec<String> = desired.tags_to_set(&observed.tags).into_keys().collect();
    let removed = desired.tags_to_remove(&observed.tags);
    let tags = |field, keys: &[String]| {
        let (wanted, found) = (listed(&desired.all_tags(), keys), listed(&observed.tags, keys));
        Difference::between(field, Some(&wanted), Some(&found))
    };
    let (wanted, found) = (
        desired.description.as_deref(),
        observed.resource.description.as_deref(),
    );
    [
        Difference::between("description", wanted, found),
        tags("tags left out", &removed),
        tags("tags", &set),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// These tags in words.
fn listed(tags: &BTreeMap<String, String>, keys: &[String]) -> String {
    let word = |key: &String| {
        tags.get(key)
            .map_or_else(|| format!("no {key}"), |value| format!("{key}={value}"))
    };
    keys.iter().map(word).collect::<Vec<_>>().join(" ")
}
