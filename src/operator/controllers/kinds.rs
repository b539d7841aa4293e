//! The list of kinds, and what is done for each of them: whoever has something to do with every kind goes by this list.

use super::context::Context;
use super::release::line;
use super::run::{controller, synced};
use super::tell;
use super::waiting::Woken;
use super::wake::{Flock, Waker, Watching};
use crate::operator::agentcore::Remote;
use crate::operator::cluster::{Cluster, ClusterError, Edges, Glimpse, References, Scope, Watched, watch};
use crate::operator::decide::{
    AttachmentKind, EngineKind, GatewayKind, GenerationKind, PolicyKind, TargetKind,
};
use crate::telemetry::Health;
use futures::channel::mpsc::unbounded;
use futures::future::{BoxFuture, LocalBoxFuture};
use futures::stream::BoxStream;
use futures::{FutureExt as _, StreamExt as _, TryStreamExt as _};
use k8s_openapi::NamespaceResourceScope;
use kube::Resource;
use kube::runtime::watcher;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Every kind. What others refer to comes before what refers to it: objects are let go in the order from the end.
pub(super) static KINDS: [OfKind; 6] = [
    OfKind::of::<EngineKind>(),
    OfKind::of::<GatewayKind>(),
    OfKind::of::<TargetKind>(),
    OfKind::of::<GenerationKind>(),
    OfKind::of::<PolicyKind>(),
    OfKind::of::<AttachmentKind>(),
];

/// What is done for a kind, whichever it is.
pub(super) struct OfKind {
    /// Makes sure that the API server knows it.
    pub check: for<'a> fn(&'a Cluster, &'a Scope) -> BoxFuture<'a, Result<(), ClusterError>>,
    /// Looks whether the API server has gone back to an older state of it.
    pub look_back: for<'a> fn(&'a Cluster) -> BoxFuture<'a, ()>,
    /// Names each of its objects that the operator holds, and when that is meant, lets it go.
    pub release: Releases,
    /// Watches its objects of a scope.
    pub herd: Herds,
}

type Releases = for<'a> fn(
    &'a Cluster,
    bool,
    &'a mut dyn FnMut(String),
) -> LocalBoxFuture<'a, Result<usize, ClusterError>>;
type Herds = fn(&Arc<Context>, &Scope) -> (Flock, Box<dyn Herd>);
type Touched<O> = BoxStream<'static, Result<Glimpse<O>, watcher::Error>>;

impl OfKind {
    const fn of<K>() -> Self
    where
        K: Remote + References,
        K::Object: Resource<DynamicType = (), Scope = NamespaceResourceScope>,
        Glimpse<K::Object>: Edges,
    {
        Self {
            check: check::<K>,
            look_back: look_back::<K>,
            release: release::<K>,
            herd: herd::<K>,
        }
    }
}

/// The objects of one kind and scope, watched and not looked after yet.
pub(super) trait Herd: Send {
    /// Looks after them until `shutdown`.
    fn tend<'a>(
        self: Box<Self>,
        context: &'a Arc<Context>,
        waker: &Arc<Waker>,
        health: &'a Health,
        shutdown: &'a CancellationToken,
    ) -> BoxFuture<'a, ()>;
}

/// A watch, and both ends of what wakes its objects.
struct HerdOf<K: Remote> {
    watched: Watched<K::Object, Touched<K::Object>>,
    woken: Woken<K::Object>,
}

impl<K> Herd for HerdOf<K>
where
    K: Remote + References,
    K::Object: Resource<DynamicType = (), Scope = NamespaceResourceScope>,
    Glimpse<K::Object>: Edges,
{
    fn tend<'a>(
        self: Box<Self>,
        context: &'a Arc<Context>,
        waker: &Arc<Waker>,
        health: &'a Health,
        shutdown: &'a CancellationToken,
    ) -> BoxFuture<'a, ()> {
        let Self { watched, woken } = *self;
        let waker = Arc::clone(waker);
        let watched = Watched {
            touched: watched
                .touched
                .inspect_ok(move |object| waker.touched::<K>(object)),
            store: watched.store,
        };
        async move {
            tokio::join!(
                synced(watched.store.clone(), health),
                controller::<K>(context, watched, woken, shutdown),
            );
        }
        .boxed()
    }
}

fn check<'a, K>(cluster: &'a Cluster, scope: &'a Scope) -> BoxFuture<'a, Result<(), ClusterError>>
where
    K: Remote,
    K::Object: Resource<DynamicType = (), Scope = NamespaceResourceScope>,
{
    cluster.check::<K::Object>(scope).boxed()
}

fn look_back<K>(cluster: &Cluster) -> BoxFuture<'_, ()>
where
    K: Remote,
    K::Object: Resource<DynamicType = (), Scope = NamespaceResourceScope>,
{
    cluster.look_for_the_past::<K::Object>().boxed()
}

fn release<'a, K>(
    cluster: &'a Cluster,
    really: bool,
    tell: &'a mut dyn FnMut(String),
) -> LocalBoxFuture<'a, Result<usize, ClusterError>>
where
    K: Remote,
    K::Object: Resource<DynamicType = (), Scope = NamespaceResourceScope>,
    Glimpse<K::Object>: Edges,
{
    cluster
        .release::<K::Object>(really, move |object| tell(line(object)))
        .boxed_local()
}

fn herd<K>(context: &Arc<Context>, scope: &Scope) -> (Flock, Box<dyn Herd>)
where
    K: Remote + References,
    K::Object: Resource<DynamicType = (), Scope = NamespaceResourceScope>,
    Glimpse<K::Object>: Edges,
{
    let Watched { touched, store } = watch::<K::Object>(&context.cluster, scope);
    tell::shown::<K>(context, store.clone());
    let (wake, wakes) = unbounded();
    let flock = Flock {
        kind: K::NAME,
        scope: scope.clone(),
        members: Box::new(Watching {
            store: store.clone(),
            wake: wake.clone(),
        }),
    };
    let watched = Watched {
        touched: touched.boxed(),
        store,
    };
    let herd = HerdOf::<K> {
        watched,
        woken: (wake, wakes),
    };
    (flock, Box::new(herd))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::crds;

    #[test]
    fn every_kind_that_the_api_has_is_looked_after() {
        assert_eq!(KINDS.len(), crds().len());
    }
}
