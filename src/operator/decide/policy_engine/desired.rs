//! The spec of a `PolicyEngine` in AWS's words.

use crate::api::PolicyEngine;
use crate::operator::decide::Identity;
use serde_json::json;
use std::collections::BTreeMap;

/// Tag that names the cluster which owns an engine.
pub const MARK_CLUSTER: &str = "agentcore.dev/cluster";
/// Tag that names the object, as `namespace/name`: the primary key of the mark.
pub const MARK_OBJECT: &str = "agentcore.dev/object";
/// Tag that names the object's UID.
pub const MARK_UID: &str = "agentcore.dev/uid";

/// What AWS should have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesiredEngine {
    /// AWS name.
    pub name: String,
    /// Free text.
    pub description: Option<String>,
    /// KMS key.
    pub encryption_key_arn: Option<String>,
    /// The user's tags.
    pub tags: BTreeMap<String, String>,
    /// The owner's mark, as tags.
    pub mark: BTreeMap<String, String>,
    /// Keys of tags that the spec had before and has no more.
    pub retired: Vec<String>,
}

impl DesiredEngine {
    pub(super) fn of(object: &PolicyEngine, identity: &Identity) -> Self {
        let tags: BTreeMap<String, String> = object
            .spec
            .tags
            .iter()
            .map(|tag| (tag.key.clone(), tag.value.clone()))
            .collect();
        let known = object
            .status
            .as_ref()
            .map(|status| status.tag_keys.clone())
            .unwrap_or_default();
        Self {
            name: object
                .spec
                .name
                .clone()
                .unwrap_or_else(|| identity.default_name()),
            description: object.spec.description.clone(),
            encryption_key_arn: object.spec.encryption_key_arn.clone(),
            retired: known.into_iter().filter(|key| !tags.contains_key(key)).collect(),
            tags,
            mark: BTreeMap::from([
                (MARK_CLUSTER.to_owned(), identity.cluster_id.clone()),
                (MARK_OBJECT.to_owned(), identity.key()),
                (MARK_UID.to_owned(), identity.uid.clone()),
            ]),
        }
    }

    pub(super) fn payload(&self) -> String {
        json!({
            "name": self.name,
            "description": self.description,
            "encryptionKeyArn": self.encryption_key_arn,
            "tags": self.all_tags(),
        })
        .to_string()
    }

    /// The user's tags and the owner's mark.
    #[must_use]
    pub fn all_tags(&self) -> BTreeMap<String, String> {
        self.tags
            .iter()
            .chain(&self.mark)
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect()
    }

    /// The tags to set, given what AWS has.
    #[must_use]
    pub fn tags_to_set(&self, found: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        self.all_tags()
            .into_iter()
            .filter(|(key, value)| found.get(key) != Some(value))
            .collect()
    }

    /// The keys of tags to remove, given what AWS has: only such as this object once set.
    #[must_use]
    pub fn tags_to_remove(&self, found: &BTreeMap<String, String>) -> Vec<String> {
        self.retired
            .iter()
            .filter(|key| found.contains_key(*key))
            .cloned()
            .collect()
    }

    /// Whether an update sends the description, and not the tags: also where nothing differs, for that is what an engine
    /// in `UPDATE_FAILED` is brought back by.
    #[must_use]
    pub fn describes(&self, description: Option<&str>, tags: &BTreeMap<String, String>) -> bool {
        self.description.as_deref() != description || self.tags_agree(tags)
    }

    /// Whether nothing is to be set or removed.
    #[must_use]
    pub fn tags_agree(&self, found: &BTreeMap<String, String>) -> bool {
        self.tags_to_set(found).is_empty() && self.tags_to_remove(found).is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_that_failed_to_update_is_brought_back_by_its_description() {
        let tags = BTreeMap::from([("team".to_owned(), "one".to_owned())]);
        let desired = DesiredEngine {
            name: "e".into(),
            description: Some("text".into()),
            encryption_key_arn: None,
            tags: tags.clone(),
            mark: BTreeMap::new(),
            retired: Vec::new(),
        };
        assert!(desired.describes(Some("text"), &tags), "nothing differs");
        assert!(desired.describes(None, &BTreeMap::new()));
        assert!(!desired.describes(Some("text"), &BTreeMap::new()), "the tags do");
    }
}
