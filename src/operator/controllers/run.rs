//! The operator's life: connect, check, watch, reconcile, stop.

use super::backoff::{action, eased};
use super::config::{OperatorConfig, OperatorError};
use super::context::{Context, settle};
use super::kinds::KINDS;
use super::lanes::{Lane, Of};
use super::lead::{Lead, campaign};
use super::pass::{panicked, reconcile};
use super::waiting::{KUBERNETES, Woken, attend, failed};
use super::wake::Waker;
use crate::operator::agentcore::{AgentCore, Endpoint, Remote};
use crate::operator::breaker::Breakers;
use crate::operator::cluster::{Candidate, Cluster, ClusterError, Glimpse, References, Scope, Watched};
use crate::operator::decide::{Backoff, Next};
use crate::telemetry::{Health, Metrics, PassResult, bind};
use futures::channel::mpsc::{UnboundedReceiver, unbounded};
use futures::{FutureExt as _, Stream, StreamExt as _, TryStreamExt as _};
use kube::runtime::controller::{Action, Config, Controller};
use kube::runtime::reflector::{ObjectRef, Store};
use kube::runtime::{Predicate as _, WatchStreamExt as _, predicates, watcher};
use kube::{Resource, ResourceExt as _};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

/// Passes under way at once, of each kind and lane: each is one call to Kubernetes or to AWS at a time, and most of them wait, for
/// AWS's rates or a listing that others make too.
const CONCURRENCY: u16 = 64;

/// How often it is looked whether the API server has gone back to an older state.
const LOOK_BACK: Duration = Duration::from_secs(5);

/// Runs until `shutdown`; passes under way are finished first.
///
/// # Errors
/// [`OperatorError`] when something that must be there at the start is not.
pub async fn run(config: OperatorConfig, shutdown: CancellationToken) -> Result<(), OperatorError> {
    let backend = match &config.endpoint {
        Endpoint::Local { .. } => "local",
        Endpoint::Aws { .. } => "aws",
    };
    let metrics = Metrics::new(backend, config.metrics_objects);
    let scopes = Scope::of(config.namespaces);
    let cluster = Cluster::connect(config.kubeconfig.as_deref(), scopes.clone(), metrics.clone()).await?;
    check(&cluster, &scopes).await?;
    let cluster_id = match config.cluster_id {
        Some(id) => id,
        None => cluster.id().await?,
    };
    let (turned, turns) = unbounded();
    let (stray, strays) = unbounded();
    let agentcore = AgentCore::connect(
        config.endpoint,
        metrics.clone(),
        turned.clone(),
        stray,
        shutdown.clone(),
    )
    .await?;
    let watches = scopes.len().saturating_mul(KINDS.len());
    let health = Health::waiting_for(u32::try_from(watches).unwrap_or(u32::MAX));
    let address = config.metrics_listen;
    let (address, serving) = bind(address, metrics.clone(), health.clone(), shutdown.clone())
        .await
        .map_err(|source| OperatorError::Listen { address, source })?;
    tracing::info!(%address, cluster_id, "metrics and probes are served; the operator starts");
    let lead = config
        .candidate
        .as_ref()
        .map_or_else(Lead::alone, |_| Lead::elected());
    let context = Arc::new(Context::new(
        cluster,
        agentcore,
        cluster_id,
        config.resync,
        metrics,
        lead,
        Breakers::new(turned),
    ));
    // A task of its own, so that no pass delays a renewal. It outlives the passes: they end under the Lease.
    let passes_ended = CancellationToken::new();
    let leading = config.candidate.map(|candidate| {
        tokio::spawn(leads(
            Arc::clone(&context),
            candidate,
            shutdown.clone(),
            passes_ended.clone(),
        ))
    });
    let (served, ..) = tokio::join!(
        serving,
        look_after(&context, scopes, strays, &health, &shutdown),
        attend(&context, turns, &shutdown),
        look_back(&context, &shutdown),
    );
    passes_ended.cancel();
    if let Some(leading) = leading
        && !leading.await.unwrap_or(false)
    {
        return Err(OperatorError::LeaseLost);
    }
    served.map_err(|source| OperatorError::Listen { address, source })?;
    tracing::info!("the operator has stopped");
    Ok(())
}

/// Makes sure that the server answers and knows every kind, in every scope.
pub(super) async fn check(cluster: &Cluster, scopes: &[Scope]) -> Result<(), ClusterError> {
    for scope in scopes {
        for kind in &KINDS {
            (kind.check)(cluster, scope).await?;
        }
    }
    Ok(())
}

/// Looks every so often whether the API server has gone back to an older state.
async fn look_back(context: &Context, shutdown: &CancellationToken) {
    let looks = async {
        loop {
            tokio::time::sleep(LOOK_BACK).await;
            for kind in &KINDS {
                (kind.look_back)(&context.cluster).await;
            }
        }
    };
    tokio::select! {
        () = looks => {}
        () = shutdown.cancelled() => {}
    }
}

/// Leads when it can; false when the Lease was lost, and with it the right to go on.
async fn leads(
    context: Arc<Context>,
    candidate: Candidate,
    shutdown: CancellationToken,
    over: CancellationToken,
) -> bool {
    let kept = campaign(&context, context.cluster.campaign(candidate), &over).await;
    shutdown.cancel();
    kept
}

/// The controllers of every kind, over every scope.
async fn look_after(
    context: &Arc<Context>,
    scopes: Vec<Scope>,
    strays: UnboundedReceiver<Vec<String>>,
    health: &Health,
    shutdown: &CancellationToken,
) {
    let watched = scopes
        .iter()
        .flat_map(|scope| KINDS.iter().map(move |kind| (kind.herd)(context, scope)));
    let (flocks, herds): (Vec<_>, Vec<_>) = watched.unzip();
    let waker = Arc::new(Waker::new(Arc::clone(context), flocks));
    let controllers = herds
        .into_iter()
        .map(|herd| herd.tend(context, &waker, health, shutdown));
    let until_the_end = async {
        let granted = scopes.iter().map(|scope| waker.hear_of_grants(scope));
        tokio::join!(
            context.lead.taken().map(|()| waker.wake_all()),
            futures::future::join_all(granted),
            waker.hear_of_strays(strays),
        );
    };
    tokio::join!(futures::future::join_all(controllers), async {
        tokio::select! {
            () = until_the_end => {}
            () = shutdown.cancelled() => {}
        }
    });
}

pub(super) async fn synced<O>(store: Store<O>, health: &Health)
where
    O: Resource<DynamicType = ()> + Clone + 'static,
{
    if store.wait_until_ready().await.is_ok() {
        health.part_is_ready();
    }
}

/// The controllers of one kind, one a lane: what changed or was woken goes through the pass.
pub(super) async fn controller<K>(
    context: &Arc<Context>,
    watched: Watched<
        K::Object,
        impl Stream<Item = Result<Glimpse<K::Object>, watcher::Error>> + Send + 'static,
    >,
    (wake, wakes): Woken<K::Object>,
    shutdown: &CancellationToken,
) where
    K: Remote + References,
    K::Object: Resource<DynamicType = (), Scope = k8s_openapi::NamespaceResourceScope>,
{
    // As many in each of the three lanes.
    context.metrics.controller_started(K::NAME, 3 * CONCURRENCY);
    // Our own status writes change none of these, so they start no pass.
    let relevant = predicates::generation
        .combine(predicates::finalizers)
        .combine(predicates::annotations);
    let Watched { touched, store } = watched;
    let touched = touched
        .inspect_err(|_| context.metrics.watch_broke(K::NAME))
        .predicate_filter(relevant, kube::runtime::PredicateConfig::default())
        .filter_map(|object| std::future::ready(object.ok()))
        .map(|object| (ObjectRef::from_obj(&object), context.lane(&object)));
    let woken = wakes
        .filter_map(|reference| std::future::ready(store.get(&reference)))
        .map(|object| (ObjectRef::from_obj(object.as_ref()), context.lane(&object)));
    let (to_usual, usual) = unbounded();
    let (to_edited, edited) = unbounded();
    let (to_urgent, urgent) = unbounded();
    let sorted = futures::stream::select(touched, woken)
        .take_until(shutdown.cancelled())
        .for_each(|(reference, lane)| {
            context.metrics.queued(K::NAME);
            let to = match lane {
                Lane::Usual => &to_usual,
                Lane::Edited => &to_edited,
                Lane::Urgent => &to_urgent,
            };
            // Nobody listens any more only while the operator stops.
            drop(to.unbounded_send(reference));
            std::future::ready(())
        });
    let lane = |lane, waiting: UnboundedReceiver<_>| {
        Controller::for_stream(futures::stream::pending(), store.clone())
            .with_config(Config::default().concurrency(CONCURRENCY))
            .reconcile_on(waiting)
            .graceful_shutdown_on(shutdown.clone().cancelled_owned())
            .run(
                |object, of| apart(reconciled::<K>(object, of)),
                |object, _, of| failed(&*object, &of),
                Arc::new(Of {
                    context: Arc::clone(context),
                    lane,
                    wake: wake.clone(),
                }),
            )
            .for_each(|_| std::future::ready(()))
    };
    tokio::join!(
        sorted,
        lane(Lane::Usual, usual),
        lane(Lane::Edited, edited),
        lane(Lane::Urgent, urgent),
    );
}

/// A pass as a task of its own: what one has to read and compare, of a large listing say, holds up no other.
async fn apart(
    pass: impl Future<Output = Result<Action, ClusterError>> + Send + 'static,
) -> Result<Action, ClusterError> {
    match tokio::spawn(pass).await {
        Ok(ended) => ended,
        Err(ended) => match ended.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The program ends.
            Err(_) => Ok(Action::await_change()),
        },
    }
}

/// A pass in the object's lane, unless it must not be made now: another process leads, the object rests, or
/// the API server is away and another object tries it.
async fn reconciled<K>(
    object: Arc<Glimpse<K::Object>>,
    of: Arc<Of<K::Object>>,
) -> Result<Action, ClusterError>
where
    K: Remote + References,
    K::Object: Resource<DynamicType = (), Scope = k8s_openapi::NamespaceResourceScope>,
{
    let context = &of.context;
    // Who leads has been told too, and who leads later is told of everything.
    if !context.lead.holds() || of.sent_on(&object) {
        return Ok(Action::await_change());
    }
    let uid = object.uid().unwrap_or_default();
    let resting = || context.resting(object.meta(), tokio::time::Instant::now());
    if let Some(rest) = context.waiters.rest(&uid).or_else(resting) {
        return Ok(Action::requeue(rest));
    }
    let Some(_pass) = context.busy.begin(&uid, || of.wake(&object)) else {
        return Ok(Action::await_change());
    };
    let began = tokio::time::Instant::now();
    let Some(permit) = context.permit() else {
        context
            .waiters
            .wait(&uid, Some(KUBERNETES), began, of.wake(&object));
        return Ok(failed(&object, &of));
    };
    let ended = passed::<K>(&object, context).await;
    settle(permit, ended.as_ref());
    let next = ended.inspect_err(|_| {
        context
            .waiters
            .wait(&uid, Some(KUBERNETES), began, of.wake(&object));
    })?;
    match next {
        Next::Backoff(Backoff { failures, operation }) => {
            context.waiters.wait(&uid, operation, began, of.wake(&object));
            let away = operation.is_some_and(|operation| context.agentcore.breakers().is_open(operation));
            let failures = if away { failures } else { eased(failures) };
            Ok(action(Next::Backoff(Backoff { failures, operation })))
        }
        Next::Now | Next::Poll(_) | Next::Later(_) | Next::Idle => {
            context.waiters.done(&uid);
            Ok(action(next))
        }
    }
}

/// A pass with its log span, its metrics, and a net under it: a panic is this object's alone.
async fn passed<K>(object: &Glimpse<K::Object>, context: &Context) -> Result<Next, ClusterError>
where
    K: Remote + References,
    K::Object: Resource<DynamicType = (), Scope = k8s_openapi::NamespaceResourceScope>,
{
    let (namespace, name) = (object.namespace().unwrap_or_default(), object.name_any());
    let span = tracing::info_span!(
        "pass",
        controller = K::NAME,
        namespace,
        name,
        generation = object.meta().generation,
        "reconcileID" = format!("{:08x}", rand::random::<u32>()),
    );
    let begun = Instant::now();
    context.metrics.pass_begun(K::NAME);
    let pass = AssertUnwindSafe(reconcile::<K>(context, &namespace, &name)).catch_unwind();
    let ended = pass.instrument(span.clone()).await;
    let (result, answer) = match ended {
        Ok(Ok(next)) => {
            context.clear_failures(&object.uid().unwrap_or_default());
            (result_of(next), Ok(next))
        }
        Ok(Err(error)) => {
            tracing::warn!(parent: &span, %error, "the pass failed");
            (PassResult::Error, Err(error))
        }
        Err(_) => {
            tracing::error!(parent: &span, "the pass panicked; this is a fault of the operator");
            context.metrics.pass_panicked(K::NAME);
            let failures = context.count_failure(&object.uid().unwrap_or_default());
            let answer = panicked::<K>(context, &namespace, &name, failures).await;
            (PassResult::Error, answer)
        }
    };
    context.metrics.pass_ended(K::NAME, result, begun.elapsed());
    answer
}

fn result_of(next: Next) -> PassResult {
    match next {
        Next::Now => PassResult::Requeue,
        Next::Poll(_) | Next::Later(_) | Next::Backoff(_) => PassResult::RequeueAfter,
        Next::Idle => PassResult::Success,
    }
}
