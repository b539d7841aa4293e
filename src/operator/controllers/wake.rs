//! Which watch wakes whom: dependency edges are watches, not backoff (reliability.md 2.6).

use super::context::Context;
use super::rooms::Guest;
use crate::api::{Policy, PolicyEngine};
use crate::operator::cluster::Glimpse;
use crate::operator::decide::engine_rooms;
use futures::channel::mpsc::UnboundedSender;
use kube::ResourceExt as _;
use kube::runtime::reflector::{ObjectRef, Store};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long an engine's counts of its policies may lag behind a change.
const COUNTS_LAG: Duration = Duration::from_secs(5);

/// How long those that wait for a policy may be told later than it changes.
const SIBLINGS_LAG: Duration = Duration::from_millis(250);

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
    pub told: Arc<Mutex<HashSet<(String, bool)>>>,
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
    /// policies a little later, once for many changes; so do policies that wait for what this one comes to.
    pub(super) fn policy_touched(&self, policy: &Glimpse<Policy>) {
        let gone = self.policies.get(&ObjectRef::from_obj(policy)).is_none();
        if gone {
            self.forget(policy.uid());
        }
        self.siblings(policy, gone);
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

    /// Wakes those that wait for what a policy has come to: once for many changes.
    fn siblings(&self, policy: &Glimpse<Policy>, gone: bool) {
        let guest = (policy.namespace().unwrap_or_default(), policy.name_any());
        let engine = policy.engine_ref.clone().map(|name| {
            let own = policy.namespace().unwrap_or_default();
            (policy.engine_namespace.clone().unwrap_or(own), name)
        });
        let rooms = engine_rooms(engine, [policy.engine_given.clone(), policy.engine_id.clone()]);
        if gone {
            self.context.rooms.wait(&rooms, &guest, None);
        }
        let standing = gone
            || policy.metadata.deletion_timestamp.is_some()
            || policy.status.as_deref() == Some("ACTIVE");
        for room in rooms {
            let others = |all: Vec<Guest>| {
                all.into_iter()
                    .filter(|other| *other != guest)
                    .collect::<Vec<_>>()
            };
            if others(self.context.rooms.guests(&room, standing)).is_empty() {
                continue;
            }
            let key = (room.clone(), standing);
            let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            if !told.insert(key.clone()) {
                continue;
            }
            let (told, wake) = (Arc::clone(&self.told), self.wake_policy.clone());
            let (context, guest) = (Arc::clone(&self.context), guest.clone());
            tokio::spawn(async move {
                tokio::time::sleep(SIBLINGS_LAG).await;
                told.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
                for (namespace, name) in context.rooms.guests(&room, standing) {
                    if (&namespace, &name) != (&guest.0, &guest.1) {
                        let reference = ObjectRef::<Glimpse<Policy>>::new(&name).within(&namespace);
                        // Nobody listens any more only while the operator stops.
                        drop(wake.unbounded_send(reference));
                    }
                }
            });
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
