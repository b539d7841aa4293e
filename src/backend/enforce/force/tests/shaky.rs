//! A store that is looked at often, and that can be away.

use crate::backend::store::{
    Commit, Key, Kind, Listing, Record, Sqlite, Store, StoreError, Versioned, Write,
};
use async_trait::async_trait;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

#[derive(Debug)]
pub(super) struct Shaky {
    store: Sqlite,
    /// Whether nothing can be read.
    pub(super) away: AtomicBool,
}

impl Shaky {
    pub(super) async fn open(directory: &Path) -> Arc<Self> {
        Arc::new(Self {
            store: Sqlite::open(directory).await.unwrap(),
            away: AtomicBool::new(false),
        })
    }

    fn there(&self) -> Result<&Sqlite, StoreError> {
        if self.away.load(Ordering::SeqCst) {
            return Err(StoreError::Closed);
        }
        Ok(&self.store)
    }
}

#[async_trait]
impl Store for Shaky {
    async fn get(&self, key: &Key) -> Result<Option<Record>, StoreError> {
        self.there()?.get(key).await
    }

    async fn find_by_name(&self, kind: Kind, name: &str) -> Result<Option<Record>, StoreError> {
        self.there()?.find_by_name(kind, name).await
    }

    async fn page(&self, listing: &Listing<'_>) -> Result<Vec<Record>, StoreError> {
        self.there()?.page(listing).await
    }

    async fn count(&self, kind: Kind, parent: &str) -> Result<u32, StoreError> {
        self.there()?.count(kind, parent).await
    }

    async fn due(&self, now: i64, limit: u32) -> Result<Vec<Record>, StoreError> {
        self.there()?.due(now, limit).await
    }

    async fn next_due(&self) -> Result<Option<i64>, StoreError> {
        self.there()?.next_due().await
    }

    fn look_every(&self) -> Duration {
        Duration::from_millis(5)
    }

    async fn revision(&self) -> Result<i64, StoreError> {
        self.there()?.revision().await
    }

    async fn versions(&self, kinds: &[Kind]) -> Result<Vec<Versioned>, StoreError> {
        self.there()?.versions(kinds).await
    }

    async fn commit(&self, batch: Vec<Write>) -> Result<Commit, StoreError> {
        self.there()?.commit(batch).await
    }

    async fn close(&self) {
        self.store.close().await;
    }
}
