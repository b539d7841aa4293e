//! A store that is looked at often, and that can be away, as a whole or but for the number of its changes.

use crate::backend::store::{
    Commit, Key, Kind, Listing, Record, Sqlite, Store, StoreError, Versioned, Write,
};
use async_trait::async_trait;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

#[derive(Debug)]
pub(super) struct Shaky {
    store: Arc<Sqlite>,
    /// Whether nothing can be read.
    pub(super) away: AtomicBool,
    /// Whether no record can be read.
    pub(super) blind: AtomicBool,
    /// How often the number of changes was asked for.
    pub(super) looks: AtomicU64,
}

impl Shaky {
    pub(super) async fn open(directory: &Path) -> Arc<Self> {
        Self::over(Arc::new(Sqlite::open(directory).await.unwrap()))
    }

    /// The same database, as another process reaches it.
    pub(super) fn beside(&self) -> Arc<Self> {
        Self::over(Arc::clone(&self.store))
    }

    fn over(store: Arc<Sqlite>) -> Arc<Self> {
        Arc::new(Self {
            store,
            away: AtomicBool::new(false),
            blind: AtomicBool::new(false),
            looks: AtomicU64::new(0),
        })
    }

    fn records(&self) -> Result<&Sqlite, StoreError> {
        if self.blind.load(Ordering::SeqCst) {
            return Err(StoreError::Closed);
        }
        self.there()
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
        self.records()?.get(key).await
    }

    async fn find_by_name(&self, kind: Kind, name: &str) -> Result<Option<Record>, StoreError> {
        self.records()?.find_by_name(kind, name).await
    }

    async fn page(&self, listing: &Listing<'_>) -> Result<Vec<Record>, StoreError> {
        self.records()?.page(listing).await
    }

    async fn count(&self, kind: Kind, parent: &str) -> Result<u32, StoreError> {
        self.records()?.count(kind, parent).await
    }

    async fn due(&self, now: i64, limit: u32) -> Result<Vec<Record>, StoreError> {
        self.records()?.due(now, limit).await
    }

    async fn next_due(&self) -> Result<Option<i64>, StoreError> {
        self.there()?.next_due().await
    }

    fn look_every(&self) -> Duration {
        Duration::from_millis(5)
    }

    async fn revision(&self) -> Result<i64, StoreError> {
        self.looks.fetch_add(1, Ordering::SeqCst);
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
