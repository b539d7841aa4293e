//! Two lanes of passes for each kind: what is deleted, or asked for by a person, does not wait behind what is not
//! (performance.md section 2). An object is in one lane at a time, and in one pass.

use super::context::Context;
use super::waiting::Wake;
use crate::operator::cluster::{Glimpse, requests};
use futures::channel::mpsc::UnboundedSender;
use kube::Resource;
use kube::runtime::reflector::ObjectRef;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

/// Which objects go through a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    /// All but the urgent ones.
    Usual,
    /// Those that are being deleted, and those that somebody asks for a look at.
    Urgent,
}

/// What the passes of one lane need.
pub(super) struct Of<O: Resource<DynamicType = ()>> {
    pub context: Arc<Context>,
    pub lane: Lane,
    /// The way to the other lane.
    pub others: UnboundedSender<ObjectRef<Glimpse<O>>>,
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
            // Nobody listens any more only while the operator stops.
            drop(self.others.unbounded_send(ObjectRef::from_obj(object)));
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
        } else {
            Lane::Usual
        }
    }
}

/// The objects that a pass is over.
#[derive(Debug, Default)]
pub(super) struct Busy(Mutex<HashSet<String>>);

/// A pass over an object, until it is dropped.
#[derive(Debug)]
pub(super) struct Pass<'a> {
    busy: &'a Busy,
    uid: String,
}

impl Busy {
    /// A pass over an object, unless another lane has one.
    pub(super) fn begin(&self, uid: &str) -> Option<Pass<'_>> {
        let uid = uid.to_owned();
        let begins = self.all().insert(uid.clone());
        begins.then_some(Pass { busy: self, uid })
    }

    fn all(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        self.busy.all().remove(&self.uid);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_in_one_pass_at_a_time() {
        let busy = Busy::default();
        let pass = busy.begin("one");
        assert!(pass.is_some());
        assert!(busy.begin("one").is_none(), "already in one");
        assert!(busy.begin("two").is_some());
        drop(pass);
        assert!(busy.begin("one").is_some(), "it has ended");
    }
}
