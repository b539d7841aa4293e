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
    /// How many batches have been noted.
    batches: u64,
}

impl Changes {
    /// Keeps changes from now on.
    pub fn follow(&self) {
        self.lock().followed = true;
    }

    /// How many batches have been noted: what was committed before is among them.
    pub fn batches(&self) -> u64 {
        self.lock().batches
    }

    /// What has changed, as soon as something has, and how many batches that are.
    pub async fn take(&self) -> (BTreeSet<Changed>, u64) {
        loop {
            let news = self.news.notified();
            {
                let mut noted = self.lock();
                if !noted.changed.is_empty() {
                    return (std::mem::take(&mut noted.changed), noted.batches);
                }
            }
            news.await;
        }
    }

    /// Notes what a batch that was committed changed.
    pub(super) fn note(&self, changed: Vec<Changed>) {
        if changed.is_empty() {
            return;
        }
        let mut noted = self.lock();
        if noted.followed {
            noted.changed.extend(changed);
            noted.batches += 1;
            drop(noted);
            self.news.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Noted> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a batch changes of what calls meet. The record of a policy that is taken away has its id alone.
pub(super) fn of_batch(batch: &[Write]) -> Vec<Changed> {
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
        let of = |id: &str| of_batch(&[removed(Kind::Policy, id), removed(Kind::Token, "t")]);
        changes.note(of("p"));
        assert_eq!(changes.batches(), 0);
        changes.follow();
        for id in ["q", "p", "p"] {
            changes.note(of(id));
        }
        let both = ["p", "q"].map(|id| Changed::Policy(id.to_owned()));
        assert_eq!(changes.take().await, (BTreeSet::from(both), 3));
        // Who waits is woken.
        let mut waiting = Box::pin(changes.take());
        assert!(futures::poll!(&mut waiting).is_pending());
        changes.note(of_batch(&[removed(Kind::Gateway, "g")]));
        assert_eq!(
            waiting.await,
            (BTreeSet::from([Changed::Gateway("g".to_owned())]), 4)
        );
    }
}
