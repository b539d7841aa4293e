//! Objects that a pass is under way for: whether what it has read is still what is wanted, as far as watches tell. A call to
//! AWS may wait long for its turn, and what it was to do may be wanted no more by then (reliability.md 4, F38).

use super::{Cluster, Glimpse};
use kube::runtime::watcher::Event;
use kube::{Resource, ResourceExt as _};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Kind, namespace and name.
type Key = (String, String, String);

/// The objects that are followed.
#[derive(Debug, Default)]
pub(super) struct Followed(Mutex<HashMap<Key, (Wanted, Arc<AtomicBool>)>>);

/// What of an object tells what is wanted of it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Wanted {
    uid: Option<String>,
    generation: Option<i64>,
    deleting: bool,
}

/// An object that is followed until this is dropped.
#[derive(Debug)]
pub struct Following {
    followed: Arc<Followed>,
    key: Key,
    overtaken: Arc<AtomicBool>,
}

impl Wanted {
    fn of(object: &impl Resource) -> Self {
        let meta = object.meta();
        Self {
            uid: meta.uid.clone(),
            generation: meta.generation,
            deleting: meta.deletion_timestamp.is_some(),
        }
    }
}

impl Followed {
    /// Notes what a watch brings.
    pub(super) fn watched<O: Resource<DynamicType = ()>>(&self, event: &Event<Glimpse<O>>) {
        match event {
            Event::Apply(object) | Event::InitApply(object) => {
                self.tell(&key::<O>(object), |wanted| *wanted != Wanted::of(object));
            }
            Event::Delete(object) => self.tell(&key::<O>(object), |_| true),
            Event::Init | Event::InitDone => {}
        }
    }

    fn tell(&self, key: &Key, overtaken: impl Fn(&Wanted) -> bool) {
        if let Some((wanted, flag)) = self.lock().get(key)
            && overtaken(wanted)
        {
            flag.store(true, Ordering::Relaxed);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, (Wanted, Arc<AtomicBool>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key<O: Resource<DynamicType = ()>>(object: &impl Resource) -> Key {
    (
        O::kind(&()).into_owned(),
        object.namespace().unwrap_or_default(),
        object.name_any(),
    )
}

impl Cluster {
    /// Follows an object that was just read.
    pub fn follow<O: Resource<DynamicType = ()>>(&self, object: &O) -> Following {
        Following::new(&self.followed, object)
    }
}

impl Following {
    fn new<O: Resource<DynamicType = ()>>(followed: &Arc<Followed>, object: &O) -> Self {
        let (key, overtaken) = (key::<O>(object), Arc::<AtomicBool>::default());
        let entry = (Wanted::of(object), Arc::clone(&overtaken));
        followed.lock().insert(key.clone(), entry);
        Self {
            followed: Arc::clone(followed),
            key,
            overtaken,
        }
    }

    /// Whether the object was edited, deleted or made anew since it was read.
    #[must_use]
    pub fn is_overtaken(&self) -> bool {
        self.overtaken.load(Ordering::Relaxed)
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        let mut followed = self.followed.lock();
        // Not that of a later pass.
        if followed
            .get(&self.key)
            .is_some_and(|(_, flag)| Arc::ptr_eq(flag, &self.overtaken))
        {
            followed.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Policy;
    use serde_json::{Value, json};

    fn policy(generation: i64, more: &Value) -> Value {
        let mut metadata = json!({"namespace": "n", "name": "p", "uid": "u", "generation": generation});
        let more = more.as_object().unwrap().clone();
        metadata.as_object_mut().unwrap().extend(more);
        json!({"metadata": metadata, "spec": {"definition": {}}})
    }

    /// Whether an object that was read in generation 2 is overtaken by this.
    fn overtaken(event: &Event<Glimpse<Policy>>) -> bool {
        let followed = Arc::<Followed>::default();
        let read: Policy = serde_json::from_value(policy(2, &json!({}))).unwrap();
        let following = Following::new(&followed, &read);
        followed.watched(event);
        following.is_overtaken()
    }

    fn glimpse(generation: i64, more: &Value) -> Glimpse<Policy> {
        serde_json::from_value(policy(generation, more)).unwrap()
    }

    #[test]
    fn edits_deletions_and_namesakes_overtake_and_what_is_written_beside_the_spec_does_not() {
        let same = || glimpse(2, &json!({"resourceVersion": "9", "annotations": {"a": "b"}}));
        assert!(!overtaken(&Event::Apply(same())) && !overtaken(&Event::InitApply(same())));
        assert!(
            !overtaken(&Event::Init) && !overtaken(&Event::Delete(glimpse(2, &json!({"name": "other"}))))
        );
        assert!(overtaken(&Event::Apply(glimpse(3, &json!({})))));
        assert!(overtaken(&Event::Apply(glimpse(2, &json!({"uid": "another"})))));
        let deleting = json!({"deletionTimestamp": "2026-01-01T00:00:00Z"});
        assert!(overtaken(&Event::InitApply(glimpse(2, &deleting))));
        assert!(overtaken(&Event::Delete(same())));
    }

    #[test]
    fn nothing_is_kept_of_who_is_not_followed_any_more() {
        let followed = Arc::<Followed>::default();
        let read: Policy = serde_json::from_value(policy(2, &json!({}))).unwrap();
        let first = Following::new(&followed, &read);
        let second = Following::new(&followed, &read);
        drop(first);
        followed.watched(&Event::Apply(glimpse(3, &json!({}))));
        assert!(second.is_overtaken(), "a later one is still followed");
        drop(second);
        assert!(followed.lock().is_empty());
    }
}
