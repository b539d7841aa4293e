//! The spec of a `PolicyEngine` in AWS's words.

use crate::api::PolicyEngine;
use crate::operator::decide::{Identity, Tagging, Tags};
use serde_json::json;

/// What AWS should have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesiredEngine {
    /// AWS name.
    pub name: String,
    /// Free text.
    pub description: Option<String>,
    /// KMS key.
    pub encryption_key_arn: Option<String>,
    /// Its tags.
    pub tagging: Tagging,
}

impl DesiredEngine {
    pub(super) fn of(object: &PolicyEngine, identity: &Identity) -> Self {
        let known = object.status.as_ref().map(|status| status.tag_keys.as_slice());
        Self {
            name: object
                .spec
                .name
                .clone()
                .unwrap_or_else(|| identity.default_name()),
            description: object.spec.description.clone(),
            encryption_key_arn: object.spec.encryption_key_arn.clone(),
            tagging: Tagging::of(
                &object.spec.tags,
                known.unwrap_or_default(),
                identity,
                object.spec.management.management(),
            ),
        }
    }

    pub(super) fn payload(&self) -> String {
        json!({
            "name": self.name,
            "description": self.description,
            "encryptionKeyArn": self.encryption_key_arn,
            "tags": self.tagging.all(),
        })
        .to_string()
    }

    /// Whether an update sends the description, and not the tags: also where nothing differs, for that is what an engine
    /// in `UPDATE_FAILED` is brought back by.
    #[must_use]
    pub fn describes(&self, description: Option<&str>, tags: &Tags) -> bool {
        self.description.as_deref() != description || self.tagging.agrees(tags)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_that_failed_to_update_is_brought_back_by_its_description() {
        let tags = Tags::from([("team".to_owned(), "one".to_owned())]);
        let desired = DesiredEngine {
            name: "e".into(),
            description: Some("text".into()),
            encryption_key_arn: None,
            tagging: Tagging {
                tags: tags.clone(),
                ..Tagging::default()
            },
        };
        assert!(desired.describes(Some("text"), &tags), "nothing differs");
        assert!(desired.describes(None, &Tags::new()));
        assert!(!desired.describes(Some("text"), &Tags::new()), "the tags do");
    }
}
