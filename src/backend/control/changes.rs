//! What has changed, for whoever keeps what is in force in memory.

use crate::backend::store::{Kind, Record, Write};
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Something that calls meet, and that is another one now.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Changed {
    /// A gateway, or one of its targets.
    Gateway(String),
    /// A policy.
    Policy(String),
}

/// What has changed since it was last taken: each thing once, however often it changed.
///
/// A batch begins before it is committed and ends afterwards. So whoever has seen what a batch wrote finds that it has
/// begun, and can wait until it is in force.
#[derive(Debug, Default)]
pub struct Changes {
    noted: Mutex<Noted>,
    news: Notify,
}

#[derive(Debug, Default)]
struct Noted {
    /// Whether anybody takes them; without, nothing is kept.
    followed: bool,
    changed: BTreeSet<Changed>,
    /// How many batches have begun.
    begun: u64,
    /// Those of them that have not ended, by their number.
    open: BTreeSet<u64>,
}

/// A batch that is being committed. When it goes, all that it would change counts as changed, whatever became of it.
#[derive(Debug)]
pub(super) struct Batch<'c> {
    changes: &'c Changes,
    number: u64,
    changed: Vec<Changed>,
}

impl Changes {
    /// Keeps changes from now on.
    pub fn follow(&self) {
        self.lock().followed = true;
    }

    /// How many batches have begun: those that wrote what was read before are among them.
    pub fn begun(&self) -> u64 {
        self.lock().begun
    }

    /// What has changed, as soon as something has, and how many batches have ended, the first one not counted that has
    /// not, nor any after it.
    pub async fn take(&self) -> (BTreeSet<Changed>, u64) {
        loop {
            let news = self.news.notified();
            {
                let mut noted = self.lock();
                if !noted.changed.is_empty() {
                    let open = noted.open.first();
                    let ended = open.map_or(noted.begun, |first| first - 1);
                    return (std::mem::take(&mut noted.changed), ended);
                }
            }
            news.await;
        }
    }

    /// Begins a batch, if it changes anything that is followed.
    pub(super) fn begin(&self, batch: &[Write]) -> Option<Batch<'_>> {
        let changed = of_batch(batch);
        let mut noted = self.lock();
        if changed.is_empty() || !noted.followed {
            return None;
        }
        noted.begun += 1;
        let number = noted.begun;
        noted.open.insert(number);
        Some(Batch {
            changes: self,
            number,
            changed,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Noted> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        let mut noted = self.changes.lock();
        noted.open.remove(&self.number);
        noted
            .changed
            .append(&mut std::mem::take(&mut self.changed).into_iter().collect());
        drop(noted);
        self.changes.news.notify_one();
    }
}

/// What a batch changes of what calls meet. The record of a policy that is taken away has its id alone.
fn of_batch(batch: &[Write]) -> Vec<Changed> {
    let of_record = |record: &Record| match record.key.kind {
        Kind::Policy => Some(Changed::Policy(record.key.id.clone())),
        Kind::Gateway => Some(Changed::Gateway(record.key.id.clone())),
        Kind::Target => Some(Changed::Gateway(record.parent.clone())),
        Kind::Engine | Kind::Generation | Kind::Asset | Kind::Token | Kind::Setting => None,
    };
    let changed = batch.iter().filter_map(|write| match write {
        Write::Insert(record) | Write::Replace(record) => of_record(record),
        Write::Remove(key, _) if key.kind == Kind::Policy => Some(Changed::Policy(key.id.clone())),
        Write::Remove(key, _) if key.kind == Kind::Gateway => Some(Changed::Gateway(key.id.clone())),
        // A target that is taken away was DELETING before, and that was told with its gateway.
        Write::Remove(..) | Write::Unchanged(..) | Write::Fewer { .. } | Write::Fits { .. } => None,
    });
    changed.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::store::Key;

    fn removed(kind: Kind, id: &str) -> Write {
        let id = id.to_owned();
        Write::Remove(Key { kind, id }, 1)
    }

    #[tokio::test]
    async fn what_changed_is_taken_once_and_only_when_somebody_follows() {
        let changes = Changes::default();
        let batch = |id: &str| [removed(Kind::Policy, id), removed(Kind::Token, "t")];
        assert!(changes.begin(&batch("p")).is_none());
        changes.follow();
        assert!(changes.begin(&[removed(Kind::Token, "t")]).is_none());
        for id in ["q", "p", "p"] {
            drop(changes.begin(&batch(id)));
        }
        let both = ["p", "q"].map(|id| Changed::Policy(id.to_owned()));
        assert_eq!(changes.take().await, (BTreeSet::from(both), 3));
        // Who waits is woken.
        let mut waiting = Box::pin(changes.take());
        assert!(futures::poll!(&mut waiting).is_pending());
        drop(changes.begin(&[removed(Kind::Gateway, "g")]));
        let gateway = BTreeSet::from([Changed::Gateway("g".to_owned())]);
        assert_eq!(waiting.await, (gateway, 4));
    }

    #[tokio::test]
    async fn a_batch_that_has_not_ended_keeps_those_after_it_from_being_counted() {
        let changes = Changes::default();
        changes.follow();
        let batch = |id: &str| changes.begin(&[removed(Kind::Policy, id)]);
        let (first, second) = (batch("p"), batch("q"));
        assert_eq!(changes.begun(), 2);
        let one = |id: &str| BTreeSet::from([Changed::Policy(id.to_owned())]);
        drop(second);
        assert_eq!(changes.take().await, (one("q"), 0));
        drop(first);
        assert_eq!(changes.take().await, (one("p"), 2));
    }
}
