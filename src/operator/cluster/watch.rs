//! Watches: one a kind and scope, with a store that others may read.

use super::{Cluster, Glimpse, Scope};
use crate::api::{ALLOW_REFERENCES_FROM, RECONCILE_ANNOTATIONS};
use futures::{Stream, StreamExt as _, TryStreamExt as _, stream};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Resource;
use kube::runtime::reflector::{self, Store};
use kube::runtime::utils::Backoff;
use kube::runtime::{WatchStreamExt as _, watcher};
use rand::RngExt as _;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

/// Objects a list page: small pages keep the peak low while a long list is read.
const PAGE: u32 = 100;
/// The first pause after a watch broke is at most this long.
const SHORTEST_PAUSE: Duration = Duration::from_millis(800);
/// And all others, at most this.
const LONGEST_PAUSE: Duration = Duration::from_secs(3);

/// A watch and what it has brought.
pub struct Watched<K: Resource<DynamicType = ()> + 'static, S> {
    /// Every object that was added, changed or deleted.
    pub touched: S,
    /// All objects there are.
    pub store: Store<Glimpse<K>>,
}

impl<K: Resource<DynamicType = ()> + 'static, S> Debug for Watched<K, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watched").finish_non_exhaustive()
    }
}

/// The pauses before a watch is taken up again: so short that objects are served in time after an outage of the API
/// server (reliability.md R7). There is one watch a kind and scope, so this is no herd.
#[derive(Debug, Default)]
struct Pauses {
    failures: u32,
}

impl Iterator for Pauses {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let longest = SHORTEST_PAUSE
            .saturating_mul(2_u32.saturating_pow(self.failures))
            .min(LONGEST_PAUSE);
        self.failures = self.failures.saturating_add(1);
        Some(longest.mul_f64(rand::rng().random_range(0.5..=1.0)))
    }
}

impl Backoff for Pauses {
    fn reset(&mut self) {
        self.failures = 0;
    }
}

/// Watches the objects of a kind; where a watch broke, it begins anew with a list, and so it does when the server has
/// gone back to an older state. It does not go on from the version that it had come to: a server that was put back to a
/// backup and has counted past that version would leave out, without a word, what it is back at (reliability.md 4, F35).
///
/// Lists are paged and not streamed: an API server over an old etcd refuses streamed lists.
#[must_use]
pub fn watch<K>(
    cluster: &Cluster,
    scope: &Scope,
) -> Watched<K, impl Stream<Item = Result<Glimpse<K>, watcher::Error>> + Send + 'static>
where
    K: Resource<DynamicType = (), Scope = k8s_openapi::NamespaceResourceScope> + 'static,
{
    let (store, writer) = reflector::store();
    let config = watcher::Config::default().page_size(PAGE);
    let (objects, scope) = (cluster.scoped::<Glimpse<K>>(scope), scope.clone());
    let (seen, followed) = (Arc::clone(&cluster.seen), Arc::clone(&cluster.followed));
    let until = Arc::clone(&cluster.seen);
    let touched = stream::repeat_with(move || {
        until_it_breaks(watcher(objects.clone(), config.clone())).take_until(Box::pin(until.turned()))
    })
    .flatten()
    .backoff(Pauses::default())
    .inspect_ok(move |event| {
        seen.watched(&scope, event);
        followed.watched(event);
    });
    let touched = touched
        .modify(|object| prune(object.meta_mut()))
        .reflect(writer)
        .touched_objects()
        .inspect(|event| {
            if let Err(error) = event {
                tracing::warn!(%error, kind = %K::kind(&()), "the watch broke and begins anew");
            }
        });
    Watched { touched, store }
}

/// Ends with the first error.
fn until_it_breaks<T>(
    events: impl Stream<Item = Result<T, watcher::Error>> + Send,
) -> impl Stream<Item = Result<T, watcher::Error>> + Send
where
    T: Send,
{
    stream::unfold(Some(Box::pin(events)), async |events| {
        let mut events = events?;
        let event = events.next().await?;
        let whole = event.is_ok();
        Some((event, whole.then_some(events)))
    })
}

/// Takes away what nobody reads: of ten thousand objects each byte counts, and what `kubectl apply` notes of an object is
/// as long as the object.
fn prune(meta: &mut ObjectMeta) {
    *meta = ObjectMeta {
        annotations: meta.annotations.take().map(|mut annotations| {
            annotations.retain(|key, _| {
                RECONCILE_ANNOTATIONS.contains(&key.as_str()) || key == ALLOW_REFERENCES_FROM
            });
            annotations
        }),
        deletion_timestamp: meta.deletion_timestamp.take(),
        finalizers: meta.finalizers.take(),
        generation: meta.generation,
        name: meta.name.take(),
        namespace: meta.namespace.take(),
        uid: meta.uid.take(),
        ..ObjectMeta::default()
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_store_keeps_of_an_object_who_it_is_and_what_starts_a_pass() {
        let kept = json!({
            "name": "p", "namespace": "n", "uid": "u", "generation": 3, "finalizers": ["agentcore.dev/finalizer"],
            "deletionTimestamp": "2026-01-01T00:00:00Z",
            "annotations": {"agentcore.dev/reconcile-requested-at": "1", "reconcile.fluxcd.io/requestedAt": "2",
                            "agentcore.dev/allow-references-from": "a"},
        });
        let mut whole = kept.clone();
        whole["annotations"]["kubectl.kubernetes.io/last-applied-configuration"] = json!("{}");
        for (member, value) in [
            ("labels", json!({"a": "b"})),
            ("creationTimestamp", json!("2026-01-01T00:00:00Z")),
            ("resourceVersion", json!("7")),
            (
                "ownerReferences",
                json!([{"apiVersion": "v1", "kind": "A", "name": "a", "uid": "a"}]),
            ),
            ("managedFields", json!([{"manager": "kubectl"}])),
        ] {
            whole[member] = value;
        }
        let mut meta: ObjectMeta = serde_json::from_value(whole).expect("metadata");
        prune(&mut meta);
        assert_eq!(serde_json::to_value(&meta).expect("JSON"), kept);
    }
}
