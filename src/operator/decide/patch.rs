//! What of a stored status must be written so that it becomes the wanted one.

use serde_json::{Map, Value};

/// What belongs together in a status: one without the other would speak of another generation.
const TOGETHER: [&str; 2] = ["observedGeneration", "conditions"];

/// The merge patch between two statuses: members that differ, and `null` for those that are no more.
///
/// A patch that changes anything carries the conditions and their generation whole: two processes that patch at once must
/// not make a third status out of both.
#[must_use]
pub fn changes(stored: &Value, wanted: &Value) -> Map<String, Value> {
    let (none, empty) = (Map::new(), Map::new());
    let (stored, wanted) = (
        stored.as_object().unwrap_or(&none),
        wanted.as_object().unwrap_or(&empty),
    );
    let changed = wanted
        .iter()
        .filter(|(key, value)| stored.get(*key) != Some(*value));
    let removed = stored
        .keys()
        .filter(|key| !wanted.contains_key(*key))
        .map(|key| (key.clone(), Value::Null));
    let mut patch: Map<String, Value> = changed
        .map(|(key, value)| (key.clone(), value.clone()))
        .chain(removed)
        .collect();
    if !patch.is_empty() {
        let together = TOGETHER.into_iter().filter_map(|key| wanted.get_key_value(key));
        patch.extend(together.map(|(key, value)| (key.clone(), value.clone())));
    }
    patch
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn equal_statuses_give_no_write() {
        let status = json!({"status": "ACTIVE", "conditions": [{"type": "Ready"}]});
        assert!(changes(&status, &status).is_empty());
    }

    #[test]
    fn a_patch_leaves_no_condition_to_another_generation() {
        let read = json!({"observedGeneration": 1, "conditions": ["Unknown"]});
        let wanted = json!({"observedGeneration": 1, "conditions": ["True"]});
        let meanwhile = json!({"observedGeneration": 2, "conditions": ["False"]});
        let mut stored = meanwhile.as_object().unwrap().clone();
        stored.extend(changes(&read, &wanted));
        assert_eq!(Value::Object(stored), wanted);
    }

    #[test]
    fn what_is_no_more_is_taken_away() {
        let patch = changes(
            &json!({"status": "ACTIVE", "policyId": "p"}),
            &json!({"status": "UPDATING"}),
        );
        assert_eq!(
            Value::Object(patch),
            json!({"status": "UPDATING", "policyId": null})
        );
    }

    proptest! {
        #[test]
        fn patching_the_stored_status_gives_the_wanted_one(
            stored in proptest::collection::btree_map("[a-d]", 0..3i64, 0..4),
            wanted in proptest::collection::btree_map("[a-d]", 0..3i64, 0..4),
        ) {
            let mut result = json!(stored);
            for (key, value) in changes(&json!(stored), &json!(wanted)) {
                let members = result.as_object_mut().unwrap();
                if value.is_null() { members.remove(&key); } else { members.insert(key, value); }
            }
            prop_assert_eq!(result, json!(wanted));
        }
    }
}
