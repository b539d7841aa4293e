//! What was seen last of every object, by watches and by our own writes: an answer from before that is not acted on
//! (KEP-5647; reliability.md 4, F32, F33, F35).
//!
//! Versions are compared by size, which Kubernetes documents for its own objects and for custom ones; a version that is
//! no number is never held against an answer. What stays behind for [`PATIENCE`] is no answer from the past: the past is
//! what there is now, as after etcd was restored from a backup. Then everything is read anew.

use super::{Cluster, ClusterError, Glimpse, Scope};
use kube::api::ListParams;
use kube::runtime::watcher::Event;
use kube::{Resource, ResourceExt as _};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// How long answers from before what was seen are taken for late ones: a minute (reliability.md 7, R5), and a little.
pub const PATIENCE: Duration = Duration::from_secs(65);

/// What was seen last, by kind.
#[derive(Debug, Default)]
pub(super) struct Seen {
    kinds: Mutex<HashMap<String, OfKind>>,
    /// How often the past has become the present.
    turns: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct OfKind {
    /// By namespace and name.
    objects: HashMap<(String, String), Mark>,
    highest: Mark,
}

/// The highest version that was seen, and since when answers are behind it.
#[derive(Clone, Copy, Debug, Default)]
struct Mark {
    version: u64,
    behind: Option<Instant>,
}

/// How an answer stands to what was seen before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Fresh,
    Behind,
    /// Behind for so long that it is the truth.
    Turned,
}

impl Mark {
    fn raise(&mut self, version: u64) {
        self.version = self.version.max(version);
    }

    /// `bar`: what had been seen when the answer was asked for; what came since, it need not show.
    fn judge(&mut self, version: u64, bar: u64, now: Instant) -> Standing {
        if version >= bar {
            self.behind = None;
            return Standing::Fresh;
        }
        let since = *self.behind.get_or_insert(now);
        if now.saturating_duration_since(since) < PATIENCE {
            Standing::Behind
        } else {
            Standing::Turned
        }
    }
}

fn number(version: Option<&str>) -> Option<u64> {
    version?.parse().ok()
}

impl Seen {
    /// Notes a version of an object.
    pub(super) fn note<O: Resource<DynamicType = ()>>(&self, object: &impl Resource) {
        let meta = object.meta();
        if let Some(version) = number(meta.resource_version.as_deref()) {
            let mut kinds = self.lock();
            let kind = kinds.entry(O::kind(&()).into_owned()).or_default();
            kind.objects.entry(key(object)).or_default().raise(version);
            kind.highest.raise(version);
        }
    }

    /// Notes what a watch brings.
    pub(super) fn watched<O: Resource<DynamicType = ()>>(&self, scope: &Scope, event: &Event<Glimpse<O>>) {
        match event {
            Event::Apply(object) | Event::InitApply(object) => self.note::<O>(object),
            Event::Delete(object) => {
                self.note::<O>(object);
                if let Some(kind) = self.lock().get_mut(O::kind(&()).as_ref()) {
                    kind.objects.remove(&key(object));
                }
            }
            // What is not listed now has gone while nobody watched.
            Event::Init => {
                if let Some(kind) = self.lock().get_mut(O::kind(&()).as_ref()) {
                    kind.objects.retain(|(namespace, _), _| !scope.covers(namespace));
                }
            }
            Event::InitDone => {}
        }
    }

    /// What a read of an object that begins now must show.
    pub(super) fn bar<O: Resource<DynamicType = ()>>(&self, namespace: &str, name: &str) -> u64 {
        let kinds = self.lock();
        let kind = kinds.get(O::kind(&()).as_ref());
        kind.and_then(|kind| kind.objects.get(&(namespace.to_owned(), name.to_owned())))
            .map_or(0, |mark| mark.version)
    }

    /// What a list that begins now must show.
    pub(super) fn list_bar<O: Resource<DynamicType = ()>>(&self) -> u64 {
        let kinds = self.lock();
        kinds
            .get(O::kind(&()).as_ref())
            .map_or(0, |kind| kind.highest.version)
    }

    /// Whether an object that was read so, or was not there, is no older than the bar.
    pub(super) fn is_fresh<O: Resource<DynamicType = ()>>(
        &self,
        namespace: &str,
        name: &str,
        found: Option<&O>,
        bar: u64,
    ) -> bool {
        let version = match found {
            None => 0,
            Some(object) => match number(object.meta().resource_version.as_deref()) {
                Some(version) => version,
                None => return true,
            },
        };
        let mut kinds = self.lock();
        let mark = kinds
            .get_mut(O::kind(&()).as_ref())
            .and_then(|kind| kind.objects.get_mut(&(namespace.to_owned(), name.to_owned())));
        let standing = mark.map_or(Standing::Fresh, |mark| mark.judge(version, bar, Instant::now()));
        drop(kinds);
        self.stands(standing)
    }

    /// Whether a list of this version is no older than the bar.
    fn is_fresh_list<O: Resource<DynamicType = ()>>(&self, version: Option<&str>, bar: u64) -> bool {
        let Some(version) = number(version) else {
            return true;
        };
        let mut kinds = self.lock();
        let kind = kinds.get_mut(O::kind(&()).as_ref());
        let standing = kind.map_or(Standing::Fresh, |kind| {
            kind.highest.judge(version, bar, Instant::now())
        });
        drop(kinds);
        self.stands(standing)
    }

    fn stands(&self, standing: Standing) -> bool {
        match standing {
            Standing::Fresh => true,
            Standing::Behind => false,
            Standing::Turned => {
                tracing::warn!(
                    "the API server has gone back to an older state, as from a backup: everything is read anew"
                );
                self.lock().clear();
                self.turns.send_modify(|turns| *turns = turns.saturating_add(1));
                true
            }
        }
    }

    /// Returns when the past has become the present, after this call.
    pub(super) fn turned(&self) -> impl Future<Output = ()> + Send + 'static + use<> {
        let mut turns = self.turns.subscribe();
        async move {
            if turns.changed().await.is_err() {
                // Who would say so has gone.
                std::future::pending::<()>().await;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, OfKind>> {
        self.kinds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(object: &impl Resource) -> (String, String) {
    (object.namespace().unwrap_or_default(), object.name_any())
}

impl Cluster {
    /// Refuses a list from before the bar, what it had to show when it began.
    pub(super) fn fresh_list<O: Resource<DynamicType = ()>>(
        &self,
        version: Option<&str>,
        bar: u64,
    ) -> Result<(), ClusterError> {
        if self.seen.is_fresh_list::<O>(version, bar) {
            Ok(())
        } else {
            Err(ClusterError::Behind {
                what: format!("the list of {}", O::plural(&())),
            })
        }
    }

    /// Looks whether the server has gone back to an older state: a watch that is taken up again from a version that is yet
    /// to come is silent until it has come, and nobody is told of what happens before.
    pub async fn look_for_the_past<O>(&self)
    where
        O: Resource<DynamicType = (), Scope = k8s_openapi::NamespaceResourceScope>,
    {
        for scope in &self.scopes {
            let one = ListParams::default().limit(1);
            let bar = self.seen.list_bar::<O>();
            let listed = self.scoped::<Glimpse<O>>(scope).list_metadata(&one).await;
            // A server that is away says nothing; the watches tell of that.
            if let Ok(list) = listed {
                self.fresh_list::<O>(list.metadata.resource_version.as_deref(), bar)
                    .ok();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Policy;
    use serde_json::json;

    fn glimpse(version: &str) -> Glimpse<Policy> {
        serde_json::from_value(
            json!({"metadata": {"namespace": "n", "name": "p", "resourceVersion": version}}),
        )
        .unwrap()
    }

    fn policy(version: &str) -> Policy {
        let metadata = json!({"namespace": "n", "name": "p", "resourceVersion": version});
        serde_json::from_value(json!({"metadata": metadata, "spec": {"definition": {}}})).unwrap()
    }

    #[test]
    fn what_was_seen_is_held_against_reads_and_lists_until_the_object_goes() {
        let seen = Seen::default();
        let bar = || seen.bar::<Policy>("n", "p");
        let reads = |version| seen.is_fresh("n", "p", Some(&policy(version)), bar());
        let absent = || seen.is_fresh::<Policy>("n", "p", None, bar());
        let lists = |version| seen.is_fresh_list::<Policy>(version, seen.list_bar::<Policy>());
        assert!(reads("5") && absent() && lists(Some("5")), "nothing was seen");
        seen.watched(&Scope::All, &Event::Apply(glimpse("9")));
        seen.watched(&Scope::All, &Event::Apply(glimpse("7")));
        assert!(reads("9") && reads("10") && reads("a-version"));
        // 10 is later than 9, though not by their letters.
        assert!(!reads("8") && !absent());
        assert!(lists(Some("9")) && lists(Some("10")));
        assert!(!lists(Some("8")) && lists(None));
        seen.watched(&Scope::All, &Event::Delete(glimpse("12")));
        assert!(absent() && !lists(Some("11")));
    }

    #[test]
    fn a_list_begun_anew_forgets_what_it_may_not_show_in_its_own_scope_alone() {
        let seen = Seen::default();
        seen.watched(&Scope::All, &Event::Apply(glimpse("9")));
        seen.watched::<Policy>(&Scope::Namespace("other".into()), &Event::Init);
        assert_eq!(seen.bar::<Policy>("n", "p"), 9);
        seen.watched::<Policy>(&Scope::Namespace("n".into()), &Event::Init);
        assert_eq!(seen.bar::<Policy>("n", "p"), 0);
    }

    #[test]
    fn what_is_seen_while_an_answer_is_on_its_way_is_not_held_against_it() {
        let seen = Seen::default();
        seen.watched(&Scope::All, &Event::Apply(glimpse("9")));
        let (bar, list_bar) = (seen.bar::<Policy>("n", "p"), seen.list_bar::<Policy>());
        seen.watched(&Scope::All, &Event::Apply(glimpse("12")));
        assert!(seen.is_fresh("n", "p", Some(&policy("9")), bar));
        assert!(seen.is_fresh_list::<Policy>(Some("9"), list_bar));
        assert!(!seen.is_fresh_list::<Policy>(Some("9"), seen.list_bar::<Policy>()));
    }

    #[test]
    fn what_stays_behind_for_long_is_the_truth() {
        let mut mark = Mark::default();
        mark.raise(9);
        let now = Instant::now();
        let later = |seconds| now.checked_add(Duration::from_secs(seconds)).unwrap();
        assert_eq!(mark.judge(8, 9, now), Standing::Behind);
        assert_eq!(mark.judge(8, 9, later(64)), Standing::Behind);
        assert_eq!(mark.judge(9, 9, later(64)), Standing::Fresh, "it has caught up");
        assert_eq!(mark.judge(8, 9, later(65)), Standing::Behind);
        assert_eq!(mark.judge(8, 9, later(130)), Standing::Turned);
    }
}
