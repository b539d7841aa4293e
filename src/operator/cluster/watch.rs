//! Watches: one a kind and scope, with a store that others may read.

use super::{Cluster, Glimpse, Scope};
use futures::{Stream, StreamExt as _};
use kube::runtime::reflector::{self, Store};
use kube::runtime::{WatchStreamExt as _, watcher};
use kube::{Resource, ResourceExt as _};
use std::fmt::Debug;

/// Objects a list page: small pages keep the peak low while a long list is read.
const PAGE: u32 = 100;

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

/// Watches the objects of a kind; a broken watch is taken up again, and what was missed is found by a list.
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
    let touched = watcher(cluster.scoped::<Glimpse<K>>(scope), config)
        .default_backoff()
        .modify(|object| object.managed_fields_mut().clear())
        .reflect(writer)
        .touched_objects()
        .inspect(|event| {
            if let Err(error) = event {
                tracing::warn!(%error, kind = %K::kind(&()), "the watch broke and is taken up again");
            }
        });
    Watched { touched, store }
}
