//! Tags of an AWS resource: the user's, and the owner's mark (reliability.md 2.3).

use super::facts::Owner;
use super::{Difference, Identity};
use crate::api::{AdoptionPolicy, ManagementPolicy, Tag};
use std::collections::BTreeMap;

/// Tag that names the cluster which owns a resource.
pub const MARK_CLUSTER: &str = "agentcore.dev/cluster";
/// Tag that names the object, as `namespace/name`: the primary key of the mark.
pub const MARK_OBJECT: &str = "agentcore.dev/object";
/// Tag that names the object's UID.
pub const MARK_UID: &str = "agentcore.dev/uid";

/// Tags as a resource has them.
pub type Tags = BTreeMap<String, String>;

/// The tags that a resource should have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tagging {
    /// The user's tags.
    pub tags: Tags,
    /// The mark of who keeps it.
    pub mark: Tags,
    /// Keys of tags that the spec had before and has no more.
    pub retired: Vec<String>,
}

/// The tags that name an object as the one that keeps a resource: the primary key of its mark, which outlives its UID.
#[must_use]
pub fn mark_of(cluster_id: &str, (namespace, name): &(String, String)) -> Tags {
    Tags::from([
        (MARK_CLUSTER.to_owned(), cluster_id.to_owned()),
        (MARK_OBJECT.to_owned(), format!("{namespace}/{name}")),
    ])
}

/// Whether a resource with these tags carries this mark.
#[must_use]
pub fn carries(tags: &Tags, mark: &Tags) -> bool {
    mark.iter().all(|(key, value)| tags.get(key) == Some(value))
}

impl Tagging {
    /// Those of the spec, and the mark of who keeps the resource; `known` are the keys that the object is known to have set.
    #[must_use]
    pub fn of(tags: &[Tag], known: &[String], identity: &Identity, management: ManagementPolicy) -> Self {
        let tags: Tags = tags
            .iter()
            .map(|tag| (tag.key.clone(), tag.value.clone()))
            .collect();
        Self {
            retired: known
                .iter()
                .filter(|key| !tags.contains_key(*key))
                .cloned()
                .collect(),
            tags,
            mark: match management {
                ManagementPolicy::Manage => Tags::from([
                    (MARK_CLUSTER.to_owned(), identity.cluster_id.clone()),
                    (MARK_OBJECT.to_owned(), identity.key()),
                    (MARK_UID.to_owned(), identity.uid.clone()),
                ]),
                // Who only looks leaves no mark, and misses none.
                ManagementPolicy::Observe => Tags::new(),
            },
        }
    }

    /// The user's tags and the owner's mark.
    #[must_use]
    pub fn all(&self) -> Tags {
        self.tags
            .iter()
            .chain(&self.mark)
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect()
    }

    /// The tags to set, given what AWS has.
    #[must_use]
    pub fn to_set(&self, found: &Tags) -> Tags {
        self.all()
            .into_iter()
            .filter(|(key, value)| found.get(key) != Some(value))
            .collect()
    }

    /// The keys of tags to remove, given what AWS has: only such as this object once set.
    #[must_use]
    pub fn to_remove(&self, found: &Tags) -> Vec<String> {
        self.retired
            .iter()
            .filter(|key| found.contains_key(*key))
            .cloned()
            .collect()
    }

    /// Whether nothing is to be set or removed.
    #[must_use]
    pub fn agrees(&self, found: &Tags) -> bool {
        self.to_set(found).is_empty() && self.to_remove(found).is_empty()
    }

    /// Where AWS differs. Setting tags and taking them off are two writes, so they are two differences.
    #[must_use]
    pub fn differences(&self, found: &Tags) -> [Option<Difference>; 2] {
        let set: Vec<String> = self.to_set(found).into_keys().collect();
        let removed = self.to_remove(found);
        let tags = |field, keys: &[String]| {
            let (wanted, found) = (listed(&self.all(), keys), listed(found, keys));
            Difference::between(field, Some(&wanted), Some(&found))
        };
        [tags("tags left out", &removed), tags("tags", &set)]
    }

    /// The keys of the tags that the object has put on the resource: those of the spec, and until they are seen to be off,
    /// those that it is known to have set before.
    #[must_use]
    pub fn keys(&self, before: Vec<String>, found: &Tags) -> Vec<String> {
        let mut keys: Vec<String> = self.tags.keys().cloned().collect();
        if !self.agrees(found) {
            keys.extend(before);
        }
        keys.sort();
        keys.dedup();
        keys
    }
}

/// Whose a resource is by its tags; the key is `namespace/name` in the cluster, since backup tools restore objects with new
/// UIDs (reliability.md 2.3). `held`: the object holds the resource that has this id, by its status or by what its create
/// was answered.
#[must_use]
pub fn owner(tags: &Tags, identity: &Identity, held: bool, adoption: AdoptionPolicy) -> Owner {
    match (tags.get(MARK_CLUSTER), tags.get(MARK_OBJECT)) {
        (Some(cluster), Some(object)) if *cluster == identity.cluster_id && *object == identity.key() => {
            Owner::Mine
        }
        // Somebody took the tags off what we hold: they are put back.
        (None, None) if held => Owner::Mine,
        (None, None) if adoption == AdoptionPolicy::IfUnowned => Owner::Adoptable,
        (Some(_) | None, Some(_) | None) => Owner::Foreign,
    }
}

/// These tags in words.
fn listed(tags: &Tags, keys: &[String]) -> String {
    let word = |key: &String| {
        tags.get(key)
            .map_or_else(|| format!("no {key}"), |value| format!("{key}={value}"))
    };
    keys.iter().map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_carried_whole_and_beside_other_tags() {
        let place = |name: &str| ("n".to_owned(), name.to_owned());
        let mark = mark_of("c", &place("o"));
        let mut tags = mark.clone();
        tags.insert("team".into(), "pay".into());
        assert!(carries(&tags, &mark));
        assert!(!carries(&tags, &mark_of("c", &place("other"))));
        assert!(!carries(&tags, &mark_of("elsewhere", &place("o"))));
        tags.remove(MARK_OBJECT);
        assert!(!carries(&tags, &mark));
    }
}
