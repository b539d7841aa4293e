//! Lanes of passes for each kind: what is deleted, or asked for by a person, does not wait behind what is not (performance.md
//! section 2), nor what is changed behind what is created (P13). An object is in one lane at a time, and in one pass.

use super::context::Context;
use super::waiting::Wake;
use crate::operator::cluster::{Glimpse, requests};
use futures::channel::mpsc::UnboundedSender;
use kube::Resource;
use kube::runtime::reflector::ObjectRef;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Which objects go through a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    /// All others.
    Usual,
    /// Those that were changed since something was sent to AWS for them.
    Edited,
    /// Those that are being deleted, and those that somebody asks for a look at.
    Urgent,
}

/// What the passes of one lane need.
pub(super) struct Of<O: Resource<DynamicType = ()>> {
    pub context: Arc<Context>,
    pub lane: Lane,
    /// The way to whichever lane is an object's then.
    pub wake: UnboundedSender<ObjectRef<Glimpse<O>>>,
}

impl<O: Resource<DynamicType = ()> + 'static> Of<O> {
    /// What starts another pass over an object.
    pub(super) fn wake(&self, object: &Glimpse<O>) -> Wake {
        let (wake, reference) = (self.wake.clone(), ObjectRef::from_obj(object));
        // Nobody listens any more only while the operator stops.
        Arc::new(move || drop(wake.unbounded_send(reference.clone())))
    }

    /// Whether an object is another lane's; then it is sent there.
    pub(super) fn sent_on(&self, object: &Glimpse<O>) -> bool {
        let sent = self.context.lane(object) != self.lane;
        if sent {
            self.wake(object)();
        }
        sent
    }
}

impl Context {
    /// The lane of an object.
    pub(super) fn lane<O>(&self, object: &Glimpse<O>) -> Lane {
        let meta = &object.metadata;
        let asked = || self.is_unanswered(meta.uid.as_deref().unwrap_or_default(), &requests(meta));
        if meta.deletion_timestamp.is_some() || asked() {
            Lane::Urgent
        } else if object.applied.is_some() && !object.current {
            Lane::Edited
        } else {
            Lane::Usual
        }
    }
}

/// The objects that a pass is over, each with what wakes it when another lane came for it meanwhile.
#[derive(Default)]
pub(super) struct Busy(Mutex<HashMap<String, Option<Wake>>>);

/// A pass over an object, until it is dropped.
#[derive(Debug)]
pub(super) struct Pass<'a> {
    busy: &'a Busy,
    uid: String,
}

impl Busy {
    /// A pass over an object, unless another lane has one: then `wake` is called when that ends.
    pub(super) fn begin(&self, uid: &str, wake: impl FnOnce() -> Wake) -> Option<Pass<'_>> {
        match self.all().entry(uid.to_owned()) {
            Entry::Occupied(mut held) => {
                held.get_mut().get_or_insert_with(wake);
                None
            }
            Entry::Vacant(free) => {
                free.insert(None);
                Some(Pass {
                    busy: self,
                    uid: uid.to_owned(),
                })
            }
        }
    }

    fn all(&self) -> MutexGuard<'_, HashMap<String, Option<Wake>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Busy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Busy").finish_non_exhaustive()
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        let came = self.busy.all().remove(&self.uid).flatten();
        if let Some(wake) = came {
            wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn an_object_is_in_one_pass_at_a_time_and_who_came_meanwhile_is_woken_when_it_ends() {
        let (busy, woken) = (Busy::default(), Arc::new(AtomicUsize::new(0)));
        let begin = |uid| {
            let woken = Arc::clone(&woken);
            let wake = move || {
                woken.fetch_add(1, Ordering::Relaxed);
            };
            busy.begin(uid, || Arc::new(wake))
        };
        let pass = begin("one");
        assert!(pass.is_some());
        assert!(begin("one").is_none(), "already in one");
        assert!(begin("one").is_none(), "still in it, whoever asked");
        assert!(begin("two").is_some());
        assert_eq!(woken.load(Ordering::Relaxed), 0, "it has not ended");
        drop(pass);
        assert_eq!(woken.load(Ordering::Relaxed), 1);
        assert!(begin("one").is_some(), "it has ended");
        assert_eq!(woken.load(Ordering::Relaxed), 1, "nobody came");
    }
}
