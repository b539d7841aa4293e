//! The fields that every kind has, in `spec` ([`Management`]) and in `status` ([`Mirror`]).

use super::Condition;
use crate::model::parse_interval;
use kube::KubeSchema;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Annotations that ask for one pass now; a new value is a new request (kubernetes-conventions.md 3.4).
pub const RECONCILE_ANNOTATIONS: [&str; 2] = [
    "agentcore.dev/reconcile-requested-at",
    "reconcile.fluxcd.io/requestedAt",
];

/// What becomes of the AWS resource when this object is deleted: `Delete` (default) deletes it and holds this
/// object until AWS says it is gone; `Retain` leaves it as it is. Can be changed at any time.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeletionPolicy {
    /// It is deleted too, and the object stays until AWS says it is gone.
    #[default]
    Delete,
    /// It stays; the object goes at once.
    Retain,
}

/// Whether a resource that exists already under this name may be taken over: `Never` (default) or `IfUnowned`,
/// which takes one that carries no other owner's mark. A foreign resource is never changed.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AdoptionPolicy {
    /// No: a name that is taken is a `Conflict`.
    #[default]
    Never,
    /// Yes, when it carries no other owner's mark.
    IfUnowned,
}

/// `Manage` (default) keeps AWS as this spec says; `Observe` reports status and drift and writes nothing to AWS.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ManagementPolicy {
    /// Create, update and delete.
    #[default]
    Manage,
    /// Report status and drift; write nothing to AWS.
    Observe,
}

/// How an object is managed: the same fields in every kind's `spec`.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Management {
    /// What becomes of the AWS resource when this object is deleted; see [`DeletionPolicy`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_policy: Option<DeletionPolicy>,
    /// Whether a resource that exists already may be taken over; see [`AdoptionPolicy`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adoption_policy: Option<AdoptionPolicy>,
    /// AWS id of the resource to take over with `adoptionPolicy: IfUnowned`, before it is looked for by name. Immutable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 10, max = 128), regex(pattern = r"^[0-9A-Za-z][-_0-9A-Za-z]*$"))]
    #[x_kube(validation = Rule::new("self == oldSelf").message("spec.adoptId is immutable: delete the object and create it anew"))]
    pub adopt_id: Option<String>,
    /// Whether the operator may change AWS; see [`ManagementPolicy`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub management_policy: Option<ManagementPolicy>,
    /// While true, nothing is created, updated or corrected in AWS. Deletion still works. Default: false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspend: Option<bool>,
    /// How often AWS is looked at when nothing has changed, such as `30s` or `1h`, up to a fifth earlier; `0s` never.
    /// Default: the operator's `--resync-interval` (5m).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 2, max = 32), regex(pattern = r"^([0-9]+(ms|s|m|h))+$"))]
    pub resync_interval: Option<String>,
}

impl Management {
    /// `spec.deletionPolicy` with its default.
    #[must_use]
    pub fn deletion(&self) -> DeletionPolicy {
        self.deletion_policy.unwrap_or_default()
    }

    /// `spec.adoptionPolicy` with its default.
    #[must_use]
    pub fn adoption(&self) -> AdoptionPolicy {
        self.adoption_policy.unwrap_or_default()
    }

    /// The id of the resource to take over, when that is allowed or has been done: `known` is the id in the status.
    #[must_use]
    pub fn adopted_id(&self, known: Option<&str>) -> Option<String> {
        let adopts = |id: &String| self.adoption() == AdoptionPolicy::IfUnowned || known == Some(id);
        self.adopt_id.clone().filter(adopts)
    }

    /// `spec.managementPolicy` with its default.
    #[must_use]
    pub fn management(&self) -> ManagementPolicy {
        self.management_policy.unwrap_or_default()
    }

    /// `spec.suspend` with its default.
    #[must_use]
    pub fn suspended(&self) -> bool {
        self.suspend.unwrap_or_default()
    }

    /// `spec.resyncInterval`, or the operator's; `None` when AWS is not looked at again by itself.
    #[must_use]
    pub fn resync(&self, default: Duration) -> Option<Duration> {
        let interval = self
            .resync_interval
            .as_deref()
            .and_then(parse_interval)
            .unwrap_or(default);
        Some(interval).filter(|interval| !interval.is_zero())
    }
}

/// What every kind's `status` has: the service's own words, and the conditions drawn from them.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Mirror {
    /// The `metadata.generation` that this status speaks of; -1 until the operator has seen the object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = -1))]
    pub observed_generation: Option<i64>,
    /// Status exactly as AWS returned it, such as `ACTIVE` or `CREATE_FAILED`. An open string: AWS may add values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub status: Option<String>,
    /// Reasons exactly as AWS returned them, with line breaks; at most 100 of at most 16384 characters are kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100), inner(length(max = 16384)))]
    pub status_reasons: Vec<String>,
    /// When AWS created the resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub created_at: Option<String>,
    /// When AWS last changed the resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub updated_at: Option<String>,
    /// The value of the reconcile-now annotation that was last answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub last_handled_reconcile_at: Option<String>,
    /// Digest of the spec, `suspend` left out, that the conditions speak of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub spec_digest: Option<String>,
    /// Digest of what was last sent to AWS, so that a refused spec is not sent again and again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub applied_digest: Option<String>,
    /// `Ready` always; `Reconciling`, `Stalled` and `Drifted` only while they are True.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "conditions_schema")]
    pub conditions: Vec<Condition>,
}

impl Mirror {
    /// Whether this condition is True, of that very `metadata.generation`.
    #[must_use]
    pub fn says(&self, generation: Option<i64>, kind: &str) -> bool {
        let mut conditions = self.conditions.iter();
        self.observed_generation == generation
            && conditions.any(|condition| condition.type_ == kind && condition.status == "True")
    }
}

/// The schema of `metav1.Condition` lists, with the bounds that Kubernetes itself keeps.
fn conditions_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "description": "`Ready` always; `Reconciling`, `Stalled` and `Drifted` only while they are True.",
        "type": "array",
        "maxItems": 16,
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["type"],
        "items": {
            "description": "One condition, as Kubernetes defines conditions.",
            "type": "object",
            "required": ["type", "status", "lastTransitionTime", "reason", "message"],
            "properties": {
                "type": {"description": "Ready, Reconciling, Stalled or Drifted.", "type": "string", "maxLength": 316},
                "status": {"description": "True, False or Unknown.", "type": "string", "enum": ["True", "False", "Unknown"]},
                "observedGeneration": {
                    "description": "The metadata.generation that this condition speaks of.",
                    "type": "integer", "format": "int64", "minimum": 0
                },
                "lastTransitionTime": {
                    "description": "When the status last changed.", "type": "string", "format": "date-time",
                    "maxLength": 64
                },
                "reason": {
                    "description": "One word that says why; docs/conditions.md explains each.",
                    "type": "string", "minLength": 1, "maxLength": 1024
                },
                "message": {
                    "description": "What is the matter and what to do about it.", "type": "string", "maxLength": 32768
                }
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_of_zero_switches_the_resync_off() {
        let spec = Management {
            resync_interval: Some("0s".into()),
            ..Management::default()
        };
        assert_eq!(spec.resync(Duration::from_mins(5)), None);
        assert_eq!(
            Management::default().resync(Duration::from_mins(5)),
            Some(Duration::from_mins(5))
        );
    }
}
