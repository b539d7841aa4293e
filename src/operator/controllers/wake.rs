//! Which watch wakes whom: dependency edges are watches, not backoff (reliability.md 2.6).

use super::context::Context;
use super::rooms::Guest;
use crate::api::{ALLOW_REFERENCES_FROM, Policy, PolicyEngine};
use crate::operator::cluster::{Glimpse, Scope};
use crate::operator::decide::engine_rooms;
use futures::StreamExt as _;
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender};
use kube::runtime::reflector::{ObjectRef, Store};
use kube::{Resource, ResourceExt as _};
use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long an engine's counts of its policies may lag behind a change.
const COUNTS_LAG: Duration = Duration::from_secs(5);

/// How long those that wait for a policy may be told later than it changes.
const SIBLINGS_LAG: Duration = Duration::from_millis(250);

/// What of an engine matters to its policies: its id, its status, whether it goes, and whom it lets refer to it.
type Standing = (Option<String>, Option<String>, bool, Option<String>);

/// The objects of one scope, and how its controllers are woken.
pub(super) struct Part {
    pub scope: Scope,
    pub engines: Store<Glimpse<PolicyEngine>>,
    pub policies: Store<Glimpse<Policy>>,
    pub wake_engine: UnboundedSender<ObjectRef<Glimpse<PolicyEngine>>>,
    pub wake_policy: UnboundedSender<ObjectRef<Glimpse<Policy>>>,
}

/// Wakes policies when their engine changes, and engines when their policies do, in whichever namespaces they are.
pub(super) struct Waker {
    pub context: Arc<Context>,
    pub parts: Vec<Part>,
    pub standings: Mutex<HashMap<ObjectRef<Glimpse<PolicyEngine>>, Standing>>,
    pub due: Arc<Later<ObjectRef<Glimpse<PolicyEngine>>>>,
    pub told: Arc<Later<(String, bool)>>,
}

/// What is done a while later: once, however often it is asked for in the meantime.
#[derive(Debug)]
pub(super) struct Later<T>(Mutex<HashSet<T>>);

impl<T> Default for Later<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone + Eq + Hash + Send + 'static> Later<T> {
    fn once(self: &Arc<Self>, what: T, lag: Duration, then: impl FnOnce(T) + Send + 'static) {
        if self.asked().insert(what.clone()) {
            let later = Arc::clone(self);
            tokio::spawn(async move {
                tokio::time::sleep(lag).await;
                later.asked().remove(&what);
                then(what);
            });
        }
    }

    fn asked(&self) -> MutexGuard<'_, HashSet<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waker {
    /// Wakes every object there is: what changed while another process led was left to that one.
    pub(super) fn wake_all(&self) {
        self.wake_engines(|_| true);
        self.wake_policies(|_| true);
    }

    /// The part that looks after a namespace.
    fn part(&self, namespace: Option<&str>) -> Option<&Part> {
        let namespace = namespace?;
        self.parts.iter().find(|part| part.scope.covers(namespace))
    }

    /// An engine was added, changed or deleted: its policies go on if it matters to them.
    pub(super) fn engine_touched(&self, engine: &Glimpse<PolicyEngine>) {
        let reference = ObjectRef::from_obj(engine);
        let part = self.part(engine.metadata.namespace.as_deref());
        let is_there = part.is_some_and(|part| part.engines.get(&reference).is_some());
        let standing = (
            engine.engine_id.clone(),
            engine.status.clone(),
            engine.metadata.deletion_timestamp.is_some() || !is_there,
            engine.annotations().get(ALLOW_REFERENCES_FROM).cloned(),
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
        let of_it = Some((engine.namespace().unwrap_or_default(), engine.name_any()));
        self.wake_policies(|policy| {
            policy.engine() == of_it
                || policy.engine_given.is_some() && policy.engine_given == engine.engine_id
        });
    }

    /// What a namespace grants has changed: policies of others that refer into it look again.
    fn grants_touched(&self, namespace: &str) {
        self.wake_policies(|policy| {
            let into = policy
                .engine()
                .is_some_and(|(of_engine, _)| of_engine == namespace);
            policy.engine_given.is_some() || into && policy.metadata.namespace.as_deref() != Some(namespace)
        });
    }

    /// Wakes those that a change of what the namespaces of a scope grant concerns, as long as there are changes.
    pub(super) async fn hear_of_grants(&self, scope: &Scope) {
        let granting = self.context.cluster.granting(scope).await;
        granting
            .for_each(|namespace| async move { self.grants_touched(&namespace) })
            .await;
    }

    /// Wakes the objects of what others have changed or deleted in AWS, as long as that is told.
    pub(super) async fn hear_of_strays(&self, mut strays: UnboundedReceiver<Vec<String>>) {
        while let Some(ids) = strays.next().await {
            let ids: HashSet<String> = ids.into_iter().collect();
            let is_of_them = |id: &Option<String>| id.as_ref().is_some_and(|id| ids.contains(id));
            self.wake_engines(|engine| is_of_them(&engine.engine_id));
            self.wake_policies(|policy| is_of_them(&policy.policy_id));
        }
    }

    fn wake_engines(&self, whom: impl Fn(&Glimpse<PolicyEngine>) -> bool) {
        for part in &self.parts {
            self.wake(&part.engines, &part.wake_engine, &whom);
        }
    }

    fn wake_policies(&self, whom: impl Fn(&Glimpse<Policy>) -> bool) {
        for part in &self.parts {
            self.wake(&part.policies, &part.wake_policy, &whom);
        }
    }

    fn wake<O>(
        &self,
        objects: &Store<Glimpse<O>>,
        to: &UnboundedSender<ObjectRef<Glimpse<O>>>,
        whom: impl Fn(&Glimpse<O>) -> bool,
    ) where
        O: Resource<DynamicType = ()> + 'static,
    {
        for object in objects.state() {
            if whom(&object) {
                self.send(to, ObjectRef::from_obj(object.as_ref()));
            }
        }
    }

    /// A policy was added, changed or deleted: an engine that waits for it to go looks at once, any other counts its
    /// policies a little later, once for many changes; so do policies that wait for what this one comes to.
    pub(super) fn policy_touched(self: &Arc<Self>, policy: &Glimpse<Policy>) {
        let part = self.part(policy.metadata.namespace.as_deref());
        let gone = part.is_none_or(|part| part.policies.get(&ObjectRef::from_obj(policy)).is_none());
        if gone {
            self.forget(policy.uid());
        }
        self.siblings(policy, gone);
        let Some((namespace, name)) = policy.engine() else {
            return;
        };
        let Some(part) = self.part(Some(&namespace)) else {
            return;
        };
        let reference = ObjectRef::<Glimpse<PolicyEngine>>::new(&name).within(&namespace);
        match part.engines.get(&reference) {
            None => {}
            Some(engine) if engine.metadata.deletion_timestamp.is_some() => {
                self.send(&part.wake_engine, reference);
            }
            Some(_) => {
                let (waker, wake) = (Arc::clone(self), part.wake_engine.clone());
                self.due.once(reference, COUNTS_LAG, move |reference| {
                    waker.send(&wake, reference);
                });
            }
        }
    }

    /// Wakes those that wait for what a policy has come to: once for many changes.
    fn siblings(self: &Arc<Self>, policy: &Glimpse<Policy>, gone: bool) {
        let guest = (policy.namespace().unwrap_or_default(), policy.name_any());
        let ids = [policy.engine_given.clone(), policy.engine_id.clone()];
        let rooms = engine_rooms(policy.engine(), ids);
        if gone {
            self.context.rooms.wait(&rooms, &guest, None);
        }
        let standing = gone
            || policy.metadata.deletion_timestamp.is_some()
            || policy.status.as_deref() == Some("ACTIVE");
        for room in rooms {
            if self.others(&room, standing, &guest).is_empty() {
                continue;
            }
            let (waker, guest) = (Arc::clone(self), guest.clone());
            self.told
                .once((room, standing), SIBLINGS_LAG, move |(room, standing)| {
                    for (namespace, name) in waker.others(&room, standing, &guest) {
                        if let Some(part) = waker.part(Some(&namespace)) {
                            let reference = ObjectRef::new(&name).within(&namespace);
                            waker.send(&part.wake_policy, reference);
                        }
                    }
                });
        }
    }

    /// Who waits in a room beside this one.
    fn others(&self, room: &str, standing: bool, guest: &Guest) -> Vec<Guest> {
        let mut others = self.context.rooms.guests(room, standing);
        others.retain(|other| other != guest);
        others
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
