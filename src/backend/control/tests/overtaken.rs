//! A store with a race in it: something else is done whole between the reads of a request and its commit.

use super::*;
use crate::backend::store::{Commit, Listing, StoreError, Versioned};
use async_trait::async_trait;
use std::fmt;
use std::pin::Pin;
use std::sync::Mutex;

/// What is done in between.
pub type Interlude = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A store whose next commit waits until something else is done.
pub struct Overtaken {
    store: Arc<dyn Store>,
    by: Mutex<Option<Interlude>>,
}

impl Overtaken {
    /// This store, whose next commit is overtaken by that.
    pub fn by(store: &Arc<dyn Store>, by: Interlude) -> Arc<Self> {
        Arc::new(Self {
            store: Arc::clone(store),
            by: Mutex::new(Some(by)),
        })
    }
}

impl fmt::Debug for Overtaken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Overtaken")
    }
}

#[async_trait]
impl Store for Overtaken {
    async fn get(&self, key: &Key) -> Result<Option<Record>, StoreError> {
        self.store.get(key).await
    }

    async fn find_by_name(&self, kind: Kind, name: &str) -> Result<Option<Record>, StoreError> {
        self.store.find_by_name(kind, name).await
    }

    async fn page(&self, listing: &Listing<'_>) -> Result<Vec<Record>, StoreError> {
        self.store.page(listing).await
    }

    async fn count(&self, kind: Kind, parent: &str) -> Result<u32, StoreError> {
        self.store.count(kind, parent).await
    }

    async fn due(&self, now: i64, limit: u32) -> Result<Vec<Record>, StoreError> {
        self.store.due(now, limit).await
    }

    async fn next_due(&self) -> Result<Option<i64>, StoreError> {
        self.store.next_due().await
    }

    fn look_every(&self) -> Duration {
        self.store.look_every()
    }

    async fn revision(&self) -> Result<i64, StoreError> {
        self.store.revision().await
    }

    async fn versions(&self, kinds: &[Kind]) -> Result<Vec<Versioned>, StoreError> {
        self.store.versions(kinds).await
    }

    async fn commit(&self, batch: Vec<Write>) -> Result<Commit, StoreError> {
        let by = self.by.lock().unwrap().take();
        if let Some(by) = by {
            by.await;
        }
        self.store.commit(batch).await
    }

    async fn close(&self) {
        self.store.close().await;
    }
}

/// A control like that of `rig`, over this store.
pub fn over(rig: &Rig, store: Arc<dyn Store>) -> Control {
    Control::new(Setup {
        store,
        place: rig.control.place.clone(),
        clocks: rig.control.clocks.clone(),
        delay: DELAY,
        switches: rig.control.switches.clone(),
        script: Arc::clone(&rig.control.script),
        tools: Arc::clone(&rig.control.tools),
        author: Arc::new(DeterministicAuthor),
        solver: Solver::none(),
    })
}
