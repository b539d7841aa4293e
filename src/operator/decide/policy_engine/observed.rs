//! What AWS has of a policy engine: whose it is, and where it differs.

use super::{DesiredEngine, EngineKind, MARK_CLUSTER, MARK_OBJECT};
use crate::api::{AdoptionPolicy, PolicyCounts};
use crate::model::Lifecycle;
use crate::operator::decide::{Difference, Look, Owner, View};
use std::collections::BTreeMap;

/// A policy engine as a listing shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineRecord {
    /// AWS id.
    pub id: String,
    /// ARN.
    pub arn: String,
    /// AWS name.
    pub name: String,
    /// Status.
    pub status: Lifecycle,
    /// Reasons, as they came.
    pub status_reasons: Vec<String>,
    /// Free text.
    pub description: Option<String>,
    /// KMS key.
    pub encryption_key_arn: Option<String>,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub updated_at: String,
}

/// A policy engine with what the listing does not show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObservedEngine {
    /// From the listing.
    pub record: EngineRecord,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// How many policies it has, when a listing of them is at hand.
    pub policies: Option<PolicyCounts>,
    /// Names of the policies still in it; looked at only while it is being deleted.
    pub remnants: Vec<String>,
}

pub(super) fn look(view: &View<'_, EngineKind>, observed: &ObservedEngine) -> Look {
    let record = &observed.record;
    Look {
        id: record.id.clone(),
        owner: owner(view, observed),
        status: record.status.clone(),
        status_reasons: record.status_reasons.clone(),
        created_at: record.created_at.clone(),
        updated_at: record.updated_at.clone(),
        differences: view
            .desired
            .map(|desired| differences(desired, observed))
            .unwrap_or_default(),
    }
}

/// Tags tell whose an engine is; the key is `namespace/name` in the cluster, since backup tools restore objects with
/// new UIDs (reliability.md 2.3).
fn owner(view: &View<'_, EngineKind>, observed: &ObservedEngine) -> Owner {
    let mark = (observed.tags.get(MARK_CLUSTER), observed.tags.get(MARK_OBJECT));
    match mark {
        (Some(cluster), Some(object))
            if *cluster == view.identity.cluster_id && *object == view.identity.key() =>
        {
            Owner::Mine
        }
        (None, None) if view.object.spec.management.adoption() == AdoptionPolicy::IfUnowned => {
            Owner::Adoptable
        }
        (Some(_) | None, Some(_) | None) => Owner::Foreign,
    }
}

fn differences(desired: &DesiredEngine, observed: &ObservedEngine) -> Vec<Difference> {
    let text = |tags: &BTreeMap<String, String>, keys: &[String]| {
        keys.iter()
            .map(|key| {
                tags.get(key)
                    .map_or_else(|| format!("no {key}"), |value| format!("{key}={value}"))
            })
            .collect::<Vec<_>>()
            .join(" ")
    };
    let mut keys: Vec<String> = desired.tags_to_set(&observed.tags).into_keys().collect();
    keys.extend(desired.tags_to_remove(&observed.tags));
    let tags = (!keys.is_empty()).then(|| {
        let (wanted, found) = (text(&desired.all_tags(), &keys), text(&observed.tags, &keys));
        Difference::between("tags", Some(&wanted), Some(&found))
    });
    let description = Difference::between(
        "description",
        desired.description.as_deref(),
        observed.record.description.as_deref(),
    );
    description.into_iter().chain(tags.flatten()).collect()
}
