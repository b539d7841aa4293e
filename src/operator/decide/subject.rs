//! What the pass knows of any object, whatever its kind.

use super::Intent;
use crate::api::{Condition, DeletionPolicy, Management, ManagementPolicy, Mirror};
use crate::model::{default_gateway_name, default_name, sha256};

/// Who an object is: the primary key of every owner's mark (reliability.md 2.3).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    /// What tells this cluster from all others.
    pub cluster_id: String,
    /// Namespace of the object.
    pub namespace: String,
    /// Name of the object.
    pub name: String,
    /// UID of the object.
    pub uid: String,
}

impl Identity {
    /// The AWS name of the object's resource when its spec gives none.
    #[must_use]
    pub fn default_name(&self) -> String {
        default_name(&self.cluster_id, &self.namespace, &self.name)
    }

    /// The same for a gateway.
    #[must_use]
    pub fn default_gateway_name(&self) -> String {
        default_gateway_name(&self.cluster_id, &self.namespace, &self.name)
    }

    /// `namespace/name`.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }
}

/// What the pass knows of any object.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Who it is.
    pub identity: Identity,
    /// `metadata.generation`.
    pub generation: i64,
    /// Whether it is being deleted.
    pub deleting: bool,
    /// Whether its kind is being removed, and the object with it.
    pub kind_removed: bool,
    /// Whether it carries our finalizer.
    pub held: bool,
    /// The shared fields of its spec.
    pub management: Management,
    /// The values of the reconcile-now annotations, as long as the status can echo them.
    pub requests: Vec<String>,
    /// The one that was not answered yet.
    pub asked: Option<String>,
    /// Canonical JSON of its spec.
    pub spec_json: serde_json::Value,
    /// The shared fields of its status as it stands.
    pub mirror: Mirror,
}

impl Subject {
    /// What the object asks for.
    #[must_use]
    pub fn intent(&self) -> Intent {
        let observe = self.management.management() == ManagementPolicy::Observe;
        match (self.deleting, self.management.deletion(), observe) {
            (true, DeletionPolicy::Retain, _) | (true, DeletionPolicy::Delete, true) => Intent::Retain,
            (true, DeletionPolicy::Delete, false) if self.kind_removed => Intent::Spare,
            (true, DeletionPolicy::Delete, false) => Intent::Delete,
            (false, _, _) if self.management.suspended() => Intent::Suspend,
            (false, _, true) => Intent::Observe,
            (false, _, false) => Intent::Keep,
        }
    }

    /// Digest of the spec without `suspend`, so that suspending alone is told from other edits (S15, S16).
    #[must_use]
    pub fn spec_digest(&self) -> String {
        let mut spec = self.spec_json.clone();
        if let Some(members) = spec.as_object_mut() {
            members.remove("suspend");
        }
        sha256([spec.to_string().as_str()]).short(32).to_owned()
    }

    /// Whether the status as it stands says, of this very generation, that all is well.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.mirror.says(Some(self.generation), "Ready")
    }
}

/// The condition `Ready`.
#[must_use]
pub fn ready(conditions: &[Condition]) -> Option<&Condition> {
    conditions.iter().find(|condition| condition.type_ == "Ready")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn subject(management: Management, deleting: bool) -> Subject {
        Subject {
            identity: Identity {
                cluster_id: "c".into(),
                namespace: "n".into(),
                name: "o".into(),
                uid: "u".into(),
            },
            generation: 1,
            deleting,
            kind_removed: false,
            held: true,
            management,
            requests: Vec::new(),
            asked: None,
            spec_json: json!({}),
            mirror: Mirror::default(),
        }
    }

    #[test]
    fn deletion_is_looked_at_before_suspension_and_observation_never_deletes() {
        let suspended = Management {
            suspend: Some(true),
            ..Management::default()
        };
        assert_eq!(subject(suspended.clone(), true).intent(), Intent::Delete);
        assert_eq!(subject(suspended, false).intent(), Intent::Suspend);
        let observed = Management {
            management_policy: Some(ManagementPolicy::Observe),
            ..Management::default()
        };
        assert_eq!(subject(observed.clone(), true).intent(), Intent::Retain);
        assert_eq!(subject(observed, false).intent(), Intent::Observe);
    }

    #[test]
    fn a_kind_that_is_removed_spares_what_would_be_deleted_with_its_objects() {
        let removed = |management: Management, deleting| Subject {
            kind_removed: true,
            ..subject(management, deleting)
        };
        let retained = Management {
            deletion_policy: Some(DeletionPolicy::Retain),
            ..Management::default()
        };
        assert_eq!(removed(Management::default(), true).intent(), Intent::Spare);
        assert_eq!(removed(retained, true).intent(), Intent::Retain);
        assert_eq!(removed(Management::default(), false).intent(), Intent::Keep);
    }

    #[test]
    fn suspending_alone_leaves_the_spec_digest_as_it_is() {
        let mut one = subject(Management::default(), false);
        one.spec_json = json!({"name": "a", "suspend": true});
        let mut two = one.clone();
        two.spec_json = json!({"name": "a"});
        assert_eq!(one.spec_digest(), two.spec_digest());
        two.spec_json = json!({"name": "b"});
        assert_ne!(one.spec_digest(), two.spec_digest());
    }
}
