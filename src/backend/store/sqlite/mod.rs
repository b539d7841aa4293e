//! The store on `SQLite`: one file, write-ahead log, every commit on disk before it is answered.

mod log;
mod open;
mod writer;

use super::queue::{Queue, Writer};
use super::rows::{COLUMNS, VERSIONED, record, versioned};
use super::{Commit, Key, Kind, Listing, Record, Store, StoreError, Versioned, Write};
use async_trait::async_trait;
use sqlx::{AssertSqlSafe, SqlitePool};
use std::fs::File;
use std::path::Path;
use std::time::Duration;
use tokio::sync::Mutex;

/// No other process writes; but the clock of the machine may be set.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// A `SQLite` database in a data directory.
///
/// Reads have connections of their own and see the last commit; writes go through one writer, which puts
/// batches that wait together into one transaction (one flush to disk for all of them).
#[derive(Debug)]
pub struct Sqlite {
    readers: SqlitePool,
    writer: Mutex<Option<Writer>>,
    queue: Queue,
    /// Keeps other processes out of the directory until the store is closed or dropped.
    lock: Mutex<Option<File>>,
}

impl Sqlite {
    /// Opens the database of a data directory; makes both when they are not there.
    ///
    /// # Errors
    /// [`StoreError`] when the directory cannot be written, or when the file is damaged, none of this program's,
    /// or written by a later version; the file is then left as it is.
    pub async fn open(directory: &Path) -> Result<Self, StoreError> {
        let (lock, connection, readers) = open::open(directory).await?;
        let (writer, queue) = Writer::start(connection);
        Ok(Self {
            readers,
            writer: Mutex::new(Some(writer)),
            queue,
            lock: Mutex::new(Some(lock)),
        })
    }

    async fn one(&self, condition: &str, kind: Kind, value: &str) -> Result<Option<Record>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM records WHERE kind = ? AND {condition} = ?");
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(kind.as_str())
            .bind(value)
            .fetch_optional(&self.readers)
            .await?;
        row.as_ref().map(record).transpose()
    }
}

#[async_trait]
impl Store for Sqlite {
    async fn get(&self, key: &Key) -> Result<Option<Record>, StoreError> {
        self.one("id", key.kind, &key.id).await
    }

    async fn find_by_name(&self, kind: Kind, name: &str) -> Result<Option<Record>, StoreError> {
        self.one("name", kind, name).await
    }

    async fn page(&self, listing: &Listing<'_>) -> Result<Vec<Record>, StoreError> {
        let (created, id) = listing.after.unwrap_or((i64::MIN, ""));
        let narrowed = if listing.scope.is_some() {
            "AND (scope IS NULL OR scope = ?)"
        } else {
            ""
        };
        let sql = format!(
            "SELECT {COLUMNS} FROM records WHERE kind = ? AND parent = ? AND (created, id) > (?, ?) {narrowed} \
             ORDER BY created, id LIMIT ?"
        );
        let mut query = sqlx::query(AssertSqlSafe(sql))
            .bind(listing.kind.as_str())
            .bind(listing.parent)
            .bind(created)
            .bind(id);
        if let Some(scope) = listing.scope {
            query = query.bind(scope);
        }
        query
            .bind(listing.limit)
            .fetch_all(&self.readers)
            .await?
            .iter()
            .map(record)
            .collect()
    }

    async fn count(&self, kind: Kind, parent: &str) -> Result<u32, StoreError> {
        Ok(
            sqlx::query_scalar("SELECT COUNT(*) FROM records WHERE kind = ? AND parent = ?")
                .bind(kind.as_str())
                .bind(parent)
                .fetch_one(&self.readers)
                .await?,
        )
    }

    async fn due(&self, now: i64, limit: u32) -> Result<Vec<Record>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM records WHERE due <= ? ORDER BY due LIMIT ?");
        let query = sqlx::query(AssertSqlSafe(sql)).bind(now).bind(limit);
        query.fetch_all(&self.readers).await?.iter().map(record).collect()
    }

    async fn next_due(&self) -> Result<Option<i64>, StoreError> {
        let sql = "SELECT MIN(due) FROM records WHERE due IS NOT NULL";
        Ok(sqlx::query_scalar(sql).fetch_one(&self.readers).await?)
    }

    fn look_every(&self) -> Duration {
        LOOK_EVERY
    }

    async fn revision(&self) -> Result<i64, StoreError> {
        let sql = "SELECT revision FROM revision";
        Ok(sqlx::query_scalar(sql).fetch_one(&self.readers).await?)
    }

    async fn versions(&self, kinds: &[Kind]) -> Result<Vec<Versioned>, StoreError> {
        let kinds: serde_json::Value = kinds.iter().map(|kind| kind.as_str()).collect();
        let sql = format!("SELECT {VERSIONED} FROM records WHERE kind IN (SELECT value FROM json_each(?))");
        let query = sqlx::query(AssertSqlSafe(sql)).bind(kinds.to_string());
        query
            .fetch_all(&self.readers)
            .await?
            .iter()
            .map(versioned)
            .collect()
    }

    async fn commit(&self, batch: Vec<Write>) -> Result<Commit, StoreError> {
        self.queue.commit(batch).await
    }

    async fn close(&self) {
        self.readers.close().await;
        if let Some(writer) = self.writer.lock().await.take() {
            writer.close(&self.queue).await;
        }
        drop(self.lock.lock().await.take());
    }
}

#[cfg(test)]
mod tests;
