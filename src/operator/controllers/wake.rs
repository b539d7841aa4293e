//! Which watch wakes whom: dependency edges are watches, not backoff (reliability.md 2.6).

use super::context::Context;
use crate::api::{Policy, PolicyEngine};
use crate::operator::cluster::Glimpse;
use futures::channel::mpsc::UnboundedSender;
use kube::ResourceExt as _;
use kube::runtime::reflector::{ObjectRef, Store};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long an engine's counts of its policies may lag behind a change.
const COUNTS_LAG: Duration = Duration::from_secs(5);

/// What of an engine matters to its policies.
type Standing = (Option<String>, Option<String>, bool);

/// Wakes policies when their engine changes, and engines when their policies do.
pub(super) struct Waker {
    pub context: Arc<Context>,
    pub engines: Store<Glimpse<PolicyEngine>>,
    pub policies: Store<Glimpse<Policy>>,
    pub wake_engine: UnboundedSender<ObjectRef<Glimpse<PolicyEngine>>>,
    pub wake_policy: UnboundedSender<ObjectRef<Glimpse<Policy>>>,
    pub standings: Mutex<HashMap<ObjectRef<Glimpse<PolicyEngine>>, Standing>>,
    pub due: Arc<Mutex<HashSet<ObjectRef<Glimpse<PolicyEngine>>>>>,
}

impl Waker {
    /// Wakes every object there is: what changed while another process led was left to that one.
    pub(super) fn wake_all(&self) {
        for engine in self.engines.state() {
            self.send(&self.wake_engine, ObjectRef::from_obj(engine.as_ref()));
        }
        for policy in self.policies.state() {
            self.send(&self.wake_policy, ObjectRef::from_obj(policy.as_ref()));
        }
    }

    /// An engine was added, changed or deleted: its policies go on if it matters to them.
    pub(super) fn engine_touched(&self, engine: &Glimpse<PolicyEngine>) {
        let reference = ObjectRef::from_obj(engine);
        let is_there = self.engines.get(&reference).is_some();
        let standing = (
            engine.engine_id.clone(),
            engine.status.clone(),
            engine.metadata.deletion_timestamp.is_some() || !is_there,
        );
        {
            let mut standings = self.standings.lock().unwrap_or_else(PoisonError::into_inner);
            if is_there {
                if standings.insert(reference, standing.clone()).as_ref() == Some(&standing) {
                    return;
                }
            } else {
                standings.remove(&reference);
                self.forget(engine.uid());
            }
        }
        for policy in self.policies.state() {
            if policy.namespace() == engine.namespace()
                && policy.engine_ref.as_deref() == engine.metadata.name.as_deref()
            {
                self.send(&self.wake_policy, ObjectRef::from_obj(policy.as_ref()));
            }
        }
    }

    /// A policy was added, changed or deleted: an engine that waits for it to go looks at once, any other counts its
    /// policies a little later, once for many changes.
    pub(super) fn policy_touched(&self, policy: &Glimpse<Policy>) {
        if self.policies.get(&ObjectRef::from_obj(policy)).is_none() {
            self.forget(policy.uid());
        }
        let (Some(name), Some(namespace)) = (policy.engine_ref.as_deref(), policy.namespace()) else {
            return;
        };
        let reference = ObjectRef::<Glimpse<PolicyEngine>>::new(name).within(&namespace);
        match self.engines.get(&reference) {
            None => {}
            Some(engine) if engine.metadata.deletion_timestamp.is_some() => {
                self.send(&self.wake_engine, reference);
            }
            Some(_) => {
                let first = self
                    .due
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .insert(reference.clone());
                if first {
                    let (due, wake) = (Arc::clone(&self.due), self.wake_engine.clone());
                    tokio::spawn(async move {
                        tokio::time::sleep(COUNTS_LAG).await;
                        due.lock()
                            .unwrap_or_else(PoisonError::into_inner)
                            .remove(&reference);
                        // Nobody listens any more only while the operator stops.
                        drop(wake.unbounded_send(reference));
                    });
                }
            }
        }
    }

    fn send<T>(&self, to: &UnboundedSender<T>, what: T) {
        if to.unbounded_send(what).is_err() {
            tracing::debug!(cluster = self.context.cluster_id, "the operator is stopping");
        }
    }

    fn forget(&self, uid: Option<String>) {
        if let Some(uid) = uid {
            self.context.forget(&uid);
        }
    }
}
