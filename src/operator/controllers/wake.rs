//! Which watch wakes whom: dependency edges are watches, not backoff (reliability.md 2.6). Which edges there are, a kind
//! says by [`Edges`]; here is what follows from one, whatever the kinds at its ends.

use super::context::Context;
use super::holders::Holders;
use super::rooms::Guest;
use crate::operator::cluster::{Edges, Glimpse, Place, Scope, Standing};
use crate::operator::decide::{EngineKind, GatewayKind, Kind, Referable as _};
use futures::StreamExt as _;
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender};
use kube::runtime::reflector::{ObjectRef, Store};
use kube::{Resource, ResourceExt as _};
use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long what an object counts of those that refer to it may lag behind a change.
const COUNTS_LAG: Duration = Duration::from_secs(5);

/// How long those that wait for another object of their kind may be told later than it changes.
const SIBLINGS_LAG: Duration = Duration::from_millis(250);

/// The objects of one kind and scope, and how their passes are started.
pub(super) struct Flock {
    pub kind: &'static str,
    pub scope: Scope,
    pub members: Box<dyn Members>,
}

/// The objects of a flock, whatever their kind is.
pub(super) trait Members: Send + Sync {
    /// Starts a pass over each that is meant.
    fn wake(&self, whom: &dyn Fn(&dyn Edges) -> bool);
    /// Starts a pass over this one.
    fn wake_one(&self, place: &Place);
    /// Whether this one is being deleted; none: it is not there.
    fn goes(&self, place: &Place) -> Option<bool>;
}

/// The objects of a watch, and the way to their controller.
pub(super) struct Watching<O: Resource<DynamicType = ()> + 'static> {
    pub store: Store<Glimpse<O>>,
    pub wake: UnboundedSender<ObjectRef<Glimpse<O>>>,
}

impl<O> Watching<O>
where
    O: Resource<DynamicType = ()> + 'static,
{
    fn start(&self, object: ObjectRef<Glimpse<O>>) {
        if self.wake.unbounded_send(object).is_err() {
            tracing::debug!(kind = %O::kind(&()), "the operator is stopping");
        }
    }
}

fn reference<O: Resource<DynamicType = ()>>(place: &Place) -> ObjectRef<Glimpse<O>> {
    ObjectRef::new(&place.name).within(&place.namespace)
}

impl<O> Members for Watching<O>
where
    O: Resource<DynamicType = ()> + 'static,
    Glimpse<O>: Edges,
{
    fn wake(&self, whom: &dyn Fn(&dyn Edges) -> bool) {
        for object in self.store.state() {
            if whom(&*object) {
                self.start(ObjectRef::from_obj(object.as_ref()));
            }
        }
    }

    fn wake_one(&self, place: &Place) {
        self.start(reference(place));
    }

    fn goes(&self, place: &Place) -> Option<bool> {
        let object = self.store.get(&reference(place))?;
        Some(object.metadata.deletion_timestamp.is_some())
    }
}

/// Wakes objects when those that they have to do with change, in whichever namespaces they are.
pub(super) struct Waker {
    context: Arc<Context>,
    flocks: Vec<Flock>,
    standings: Mutex<HashMap<Place, Standing>>,
    holders: Holders,
    due: Arc<Later<Place>>,
    told: Arc<Later<(&'static str, String, bool)>>,
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
    pub(super) fn new(context: Arc<Context>, flocks: Vec<Flock>) -> Self {
        Self {
            context,
            flocks,
            standings: Mutex::default(),
            holders: Holders::default(),
            due: Arc::default(),
            told: Arc::default(),
        }
    }

    /// Wakes every object there is: what changed while another process led was left to that one.
    pub(super) fn wake_all(&self) {
        self.wake(&|_| true);
    }

    fn wake(&self, whom: &dyn Fn(&dyn Edges) -> bool) {
        for flock in &self.flocks {
            flock.members.wake(whom);
        }
    }

    /// The flock that an object is of.
    fn flock(&self, place: &Place) -> Option<&Flock> {
        let of_it = |flock: &&Flock| flock.kind == place.kind && flock.scope.covers(&place.namespace);
        self.flocks.iter().find(of_it)
    }

    /// An object was added, changed or deleted: those that refer to it go on if it matters to them, what it refers to is
    /// looked at, and so are those that wait for what this one comes to.
    pub(super) fn touched<K: Kind>(self: &Arc<Self>, object: &Glimpse<K::Object>)
    where
        Glimpse<K::Object>: Edges,
    {
        let place = Place {
            kind: K::NAME,
            namespace: object.namespace().unwrap_or_default(),
            name: object.name_any(),
        };
        let there = self.flock(&place).and_then(|flock| flock.members.goes(&place));
        if there.is_none()
            && let Some(uid) = object.uid()
        {
            self.context.forget(&uid);
        }
        let notice = object.notice().filter(|_| there == Some(false));
        self.context.notices.leave(&place, notice);
        if let Some(standing) = object.standing(there.is_some()) {
            self.stands(&place, &standing, there.is_some());
        }
        self.siblings(&place, object, there.is_none());
        let held = object.id().filter(|_| there.is_some() && !object.observes);
        for holder in self.holders.holds(&place, held) {
            self.wake_one(&holder);
        }
        for referent in object.referents() {
            self.referred_to(referent);
        }
    }

    /// Wakes those that refer to an object if what matters to them has changed.
    fn stands(&self, place: &Place, standing: &Standing, is_there: bool) {
        {
            let mut standings = self.standings.lock().unwrap_or_else(PoisonError::into_inner);
            if !is_there {
                standings.remove(place);
            } else if standings.insert(place.clone(), standing.clone()).as_ref() == Some(standing) {
                return;
            }
        }
        self.wake(&|other| other.refers_to(place, standing.id.as_deref()));
    }

    /// Something that refers to an object has changed: one that waits for it to go looks at once, any other counts a little
    /// later, once for many changes.
    fn referred_to(self: &Arc<Self>, place: Place) {
        let Some(flock) = self.flock(&place) else {
            return;
        };
        match flock.members.goes(&place) {
            None => {}
            Some(true) => flock.members.wake_one(&place),
            Some(false) => {
                let waker = Arc::clone(self);
                self.due
                    .once(place, COUNTS_LAG, move |place| waker.wake_one(&place));
            }
        }
    }

    fn wake_one(&self, place: &Place) {
        if let Some(flock) = self.flock(place) {
            flock.members.wake_one(place);
        }
    }

    /// What a namespace grants has changed: objects of others that refer into it look again.
    fn grants_touched(&self, namespace: &str) {
        self.wake(&|object| object.refers_into(namespace));
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
            self.wake(&|object| object.id().is_some_and(|id| ids.contains(id)));
        }
    }

    /// Wakes those that wait for what an object has come to: once for many changes.
    fn siblings<O: Resource>(self: &Arc<Self>, place: &Place, object: &Glimpse<O>, gone: bool)
    where
        Glimpse<O>: Edges,
    {
        if gone {
            self.context.rooms.leave(place);
        }
        let stands = object.status.as_deref();
        let stands = stands.is_some_and(|status| [EngineKind::READY, GatewayKind::READY].contains(&status));
        let goes = gone || object.metadata.deletion_timestamp.is_some();
        let standing = goes || stands || object.is_given_up();
        for room in object.rooms() {
            if self.others(&room, standing, place).is_empty() {
                continue;
            }
            let (waker, guest) = (Arc::clone(self), place.clone());
            let what = (place.kind, room, standing);
            self.told.once(what, SIBLINGS_LAG, move |(_, room, standing)| {
                for other in waker.others(&room, standing, &guest) {
                    waker.wake_one(&other);
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
}
