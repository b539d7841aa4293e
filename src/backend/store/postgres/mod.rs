//! The store on PostgreSQL: one database for several processes, every commit durable before it is answered.

mod connect;
mod error;
mod url;
mod writer;

use super::queue::{Queue, Writer};
use super::rows::{COLUMNS, VERSIONED, record, versioned};
use super::{Commit, Key, Kind, Listing, Record, Store, StoreError, Versioned, Write};
use async_trait::async_trait;
use connect::{LOCKS, PATIENCE, READERS, is_passing, within};
use sqlx::postgres::PgArguments;
use sqlx::{AssertSqlSafe, PgPool};
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::Mutex;
use writer::Keeper;

pub use error::PostgresError;
pub use url::DatabaseUrl;

/// What a process left behind that ended is taken over within this time.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// What has been due for so many microseconds is done by anybody: its keeper lives, but stands still.
const STALLED: i64 = 30_000_000;

/// A PostgreSQL database.
///
/// Reads have connections of their own and see the last commit of any process. Writes of one process go through one
/// writer, as in `SQLite`; the writers of all processes take turns.
///
/// A record is looked after by the process that wrote it last, its keeper. Whether a keeper lives is seen by a lock
/// that its session holds and that the server lets go of when the session ends, however it ends.
#[derive(Debug)]
pub struct Postgres {
    readers: PgPool,
    writer: Mutex<Option<Writer>>,
    queue: Queue,
    keeper: Keeper,
    /// How long a read may take.
    patience: Duration,
}

impl Postgres {
    /// Opens a database and brings its tables up to date; an empty one gets them.
    ///
    /// # Errors
    /// [`PostgresError`] when the server cannot be reached, does not let this user in, is too old, or holds what is
    /// none of this program's.
    pub async fn open(url: &DatabaseUrl) -> Result<Self, StoreError> {
        Self::patient(url, PATIENCE).await
    }

    async fn patient(url: &DatabaseUrl, patience: Duration) -> Result<Self, StoreError> {
        let options = url.options()?;
        let readers = connect::open(&options).await?;
        let connection = writer::Connection::open(options, patience).await?;
        let keeper = connection.keeper();
        let (writer, queue) = Writer::start(connection);
        Ok(Self {
            readers,
            writer: Mutex::new(Some(writer)),
            queue,
            keeper,
            patience,
        })
    }

    async fn one(&self, condition: &str, kind: Kind, value: &str) -> Result<Option<Record>, StoreError> {
        if !storable(value) {
            return Ok(None);
        }
        let sql = format!("SELECT {COLUMNS} FROM records WHERE kind = $1 AND {condition} = $2");
        let query = || {
            let query = sqlx::query(AssertSqlSafe(sql.as_str()));
            query
                .bind(kind.as_str())
                .bind(value)
                .fetch_optional(&self.readers)
        };
        let row = self.read(query).await?;
        row.as_ref().map(record).transpose()
    }

    async fn records<'q>(
        &self,
        query: impl Fn() -> sqlx::query::Query<'q, sqlx::Postgres, PgArguments>,
    ) -> Result<Vec<Record>, StoreError> {
        let rows = self.read(|| query().fetch_all(&self.readers)).await?;
        rows.iter().map(record).collect()
    }

    /// Reads, once more with another connection when one broke. A restart of the server breaks all of them at once, and
    /// those that were used a moment ago are used again without a look.
    async fn read<T, F>(&self, asking: impl Fn() -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, sqlx::Error>>,
    {
        let reading = async {
            for _ in 0..READERS {
                match asking().await {
                    Err(error) if is_passing(&error) => {
                        tracing::warn!(%error, "a connection to the database broke; reading with another one");
                    }
                    answer => return answer,
                }
            }
            asking().await
        };
        Ok(within(self.patience, reading).await?)
    }
}

/// PostgreSQL has no texts with this character: nothing is found under one.
fn storable(text: &str) -> bool {
    !text.contains('\0')
}

#[async_trait]
impl Store for Postgres {
    async fn get(&self, key: &Key) -> Result<Option<Record>, StoreError> {
        self.one("id", key.kind, &key.id).await
    }

    async fn find_by_name(&self, kind: Kind, name: &str) -> Result<Option<Record>, StoreError> {
        self.one("name", kind, name).await
    }

    async fn page(&self, listing: &Listing<'_>) -> Result<Vec<Record>, StoreError> {
        let (created, id) = listing.after.unwrap_or((i64::MIN, ""));
        if ![listing.parent, listing.scope.unwrap_or_default(), id]
            .into_iter()
            .all(storable)
        {
            return Ok(Vec::new());
        }
        let narrowed = if listing.scope.is_some() {
            "AND (scope IS NULL OR scope = $6)"
        } else {
            ""
        };
        let sql = format!(
            "SELECT {COLUMNS} FROM records WHERE kind = $1 AND parent = $2 AND (created, id) > ($3, $4) {narrowed} \
             ORDER BY created, id LIMIT $5"
        );
        let query = || {
            let query = sqlx::query(AssertSqlSafe(sql.as_str()))
                .bind(listing.kind.as_str())
                .bind(listing.parent)
                .bind(created)
                .bind(id)
                .bind(i64::from(listing.limit));
            match listing.scope {
                Some(scope) => query.bind(scope),
                None => query,
            }
        };
        self.records(query).await
    }

    async fn count(&self, kind: Kind, parent: &str) -> Result<u32, StoreError> {
        if !storable(parent) {
            return Ok(0);
        }
        let query = || {
            let query = sqlx::query_scalar("SELECT count(*) FROM records WHERE kind = $1 AND parent = $2");
            query.bind(kind.as_str()).bind(parent).fetch_one(&self.readers)
        };
        let count: i64 = self.read(query).await?;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    async fn due(&self, now: i64, limit: u32) -> Result<Vec<Record>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM records WHERE due <= $1 AND (keeper = $2 OR due <= $3 OR NOT EXISTS \
             (SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = $4::oid AND objid = records.keeper::oid \
             AND objsubid = 2 AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))) \
             ORDER BY due LIMIT $5"
        );
        let query = || {
            let query = sqlx::query(AssertSqlSafe(sql.as_str()));
            query
                .bind(now)
                .bind(self.keeper.load(Ordering::SeqCst))
                .bind(now.saturating_sub(STALLED))
                .bind(LOCKS)
                .bind(i64::from(limit))
        };
        self.records(query).await
    }

    async fn next_due(&self) -> Result<Option<i64>, StoreError> {
        let sql = "SELECT MIN(due) FROM records WHERE keeper = $1 AND due IS NOT NULL";
        let keeper = || self.keeper.load(Ordering::SeqCst);
        self.read(|| sqlx::query_scalar(sql).bind(keeper()).fetch_one(&self.readers))
            .await
    }

    fn look_every(&self) -> Duration {
        LOOK_EVERY
    }

    async fn revision(&self) -> Result<i64, StoreError> {
        self.read(|| sqlx::query_scalar("SELECT revision FROM revision").fetch_one(&self.readers))
            .await
    }

    async fn versions(&self, kinds: &[Kind]) -> Result<Vec<Versioned>, StoreError> {
        let kinds: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
        let sql = format!("SELECT {VERSIONED} FROM records WHERE kind = ANY($1)");
        let query = || {
            let query = sqlx::query(AssertSqlSafe(sql.as_str()));
            query.bind(kinds.clone()).fetch_all(&self.readers)
        };
        self.read(query).await?.iter().map(versioned).collect()
    }

    async fn commit(&self, batch: Vec<Write>) -> Result<Commit, StoreError> {
        self.queue.commit(batch).await
    }

    async fn close(&self) {
        self.readers.close().await;
        if let Some(writer) = self.writer.lock().await.take() {
            writer.close(&self.queue).await;
        }
    }
}

#[cfg(test)]
#[path = "../../../../tests/postgres/server.rs"]
mod server;
#[cfg(test)]
mod tests;
