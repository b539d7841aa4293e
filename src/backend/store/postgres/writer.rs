//! Carries out batches: one transaction of all processes at a time, so that what a batch requires holds exactly.

use super::connect::{LOCKS, is_passing, within};
use crate::backend::store::ledger::{Changes, Ledger, Questions, Row};
use crate::backend::store::queue::{Together, every};
use crate::backend::store::{Commit, Kind, Write};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, PgConnection};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

/// How often a transaction is begun again with a new connection, when the old one broke before the commit.
const ATTEMPTS: usize = 2;

/// How long the others may take until it is this process's turn: what every session of this program asks for.
const TURN: Duration = Duration::from_secs(30);

/// Number under which this process keeps records. It holds for one connection of the writer: other processes see by
/// its lock that the keeper lives.
pub type Keeper = Arc<AtomicI32>;

/// The connection that writes.
pub struct Connection {
    options: PgConnectOptions,
    open: Option<PgConnection>,
    keeper: Keeper,
    patience: Duration,
}

/// Where a transaction broke.
enum Broken {
    /// Before the commit was sent: nothing has happened.
    Before(sqlx::Error),
    /// At the commit: it may have happened.
    At(sqlx::Error),
}

impl From<sqlx::Error> for Broken {
    fn from(error: sqlx::Error) -> Self {
        Self::Before(error)
    }
}

impl Connection {
    /// Connects, and takes a number as keeper.
    pub async fn open(options: PgConnectOptions, patience: Duration) -> Result<Self, sqlx::Error> {
        let keeper = Keeper::default();
        let open = Some(within(patience, connect(&options, &keeper)).await?);
        Ok(Self {
            options,
            open,
            keeper,
            patience,
        })
    }

    /// The number of this process, now and later.
    pub fn keeper(&self) -> Keeper {
        Arc::clone(&self.keeper)
    }

    async fn attempt(&mut self, batches: &[Vec<Write>]) -> Result<Vec<Commit>, Broken> {
        // Taken out: a connection that breaks is dropped with its session.
        let mut connection = match self.open.take() {
            Some(connection) => connection,
            None => within(self.patience, connect(&self.options, &self.keeper)).await?,
        };
        let keeper = self.keeper.load(Ordering::SeqCst);
        let writing = transaction(&mut connection, batches, keeper, self.patience);
        let commits = writing.await?;
        self.open = Some(connection);
        Ok(commits)
    }
}

impl Together for Connection {
    async fn write(&mut self, batches: &[Vec<Write>]) -> Result<Vec<Commit>, sqlx::Error> {
        let mut attempts = 1;
        loop {
            match self.attempt(batches).await {
                Ok(commits) => return Ok(commits),
                Err(Broken::Before(error)) if attempts < ATTEMPTS && is_passing(&error) => {
                    tracing::warn!(%error, "the database did not take a write; trying again over a new connection");
                    attempts += 1;
                }
                Err(Broken::Before(error) | Broken::At(error)) => return Err(error),
            }
        }
    }

    async fn close(self) -> Result<(), sqlx::Error> {
        match self.open {
            Some(connection) => connection.close().await,
            None => Ok(()),
        }
    }
}

/// A connection that holds the lock of a new number.
async fn connect(options: &PgConnectOptions, keeper: &Keeper) -> Result<PgConnection, sqlx::Error> {
    let mut connection = options.connect().await?;
    // An answer means that the batch survives a crash of the server, also where that is not the server's habit.
    sqlx::query(
        "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
    )
    .execute(&mut connection)
    .await?;
    loop {
        let number = rand::random_range(1..=i32::MAX);
        let free: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock($1, $2)")
            .bind(LOCKS)
            .bind(number)
            .fetch_one(&mut connection)
            .await?;
        if free {
            keeper.store(number, Ordering::SeqCst);
            return Ok(connection);
        }
    }
}

/// All batches in one transaction. The lock makes the transactions of all processes take turns: each sees what the
/// one before it committed, because at this isolation level every statement looks anew.
async fn transaction(
    connection: &mut PgConnection,
    batches: &[Vec<Write>],
    keeper: i32,
    patience: Duration,
) -> Result<Vec<Commit>, Broken> {
    let begin = connection.begin_with("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE");
    let mut transaction = within(patience, begin).await?;
    // The server itself bounds how long this may take (`lock_timeout`).
    let turn = sqlx::query("SELECT pg_advisory_xact_lock($1, 0)")
        .bind(LOCKS)
        .execute(&mut *transaction);
    within(patience + TURN, turn).await?;
    let commits = within(patience, async {
        let mut ledger = read(&mut transaction, &Questions::of(batches)).await?;
        let commits = batches.iter().map(|batch| ledger.decide(batch)).collect();
        write(&mut transaction, &ledger.changes(), keeper).await?;
        Ok(commits)
    })
    .await?;
    within(patience, transaction.commit()).await.map_err(Broken::At)?;
    Ok(commits)
}

async fn read<'b>(
    connection: &mut PgConnection,
    questions: &Questions<'b>,
) -> Result<Ledger<'b>, sqlx::Error> {
    let mut ledger = Ledger::asking(questions);
    if !questions.keys.is_empty() {
        let (kinds, ids) = columns(&questions.keys);
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT kind, id, version, parent, name, scope, size FROM records \
             JOIN unnest($1::text[], $2::text[]) AS asked (kind, id) USING (kind, id)",
        )
        .bind(kinds)
        .bind(ids)
        .fetch_all(&mut *connection)
        .await?;
        for row in rows {
            ledger.holds(row);
        }
    }
    if !questions.names.is_empty() {
        let (kinds, names) = columns(&questions.names);
        let rows: Vec<(String, String)> = sqlx::query_as(
            "SELECT kind, name FROM records \
             JOIN unnest($1::text[], $2::text[]) AS asked (kind, name) USING (kind, name)",
        )
        .bind(kinds)
        .bind(names)
        .fetch_all(&mut *connection)
        .await?;
        for (kind, name) in rows {
            if let Some(kind) = Kind::parse(&kind) {
                ledger.named(kind, name);
            }
        }
    }
    if !questions.counts.is_empty() {
        let (kinds, parents) = columns(&questions.counts);
        let rows: Vec<(String, String, i64)> = sqlx::query_as(
            "SELECT kind, parent, (SELECT count(*) FROM records AS r WHERE r.kind = asked.kind \
             AND r.parent = asked.parent) FROM unnest($1::text[], $2::text[]) AS asked (kind, parent)",
        )
        .bind(kinds)
        .bind(parents)
        .fetch_all(&mut *connection)
        .await?;
        for (kind, parent, count) in rows {
            if let Some(kind) = Kind::parse(&kind) {
                ledger.counted(kind, parent, count);
            }
        }
    }
    if !questions.sizes.is_empty() {
        let (kinds, parents) = columns(questions.sizes.keys());
        let scopes = questions.sizes.iter().flat_map(|((kind, parent), scopes)| {
            let of_parent = |scope: &&'b str| (kind.as_str(), *parent, *scope);
            scopes.iter().map(of_parent)
        });
        let (scope_kinds, scope_parents, scopes): (Vec<_>, Vec<_>, Vec<_>) = scopes.collect();
        let rows: Vec<(String, String, String, i64)> = sqlx::query_as(
            "SELECT kind, parent, scope, size FROM sizes \
             JOIN unnest($1::text[], $2::text[], $3::text[]) AS asked (kind, parent, scope) USING (kind, parent, scope) \
             UNION SELECT largest.* FROM unnest($4::text[], $5::text[]) AS asked (kind, parent) CROSS JOIN LATERAL \
             (SELECT kind, parent, scope, size FROM sizes WHERE sizes.kind = asked.kind \
             AND sizes.parent = asked.parent ORDER BY size DESC LIMIT $6) AS largest",
        )
        .bind(scope_kinds)
        .bind(scope_parents)
        .bind(scopes)
        .bind(kinds)
        .bind(parents)
        .bind(questions.largest)
        .fetch_all(connection)
        .await?;
        for (kind, parent, scope, size) in rows {
            if let Some(kind) = Kind::parse(&kind) {
                ledger.weighed(kind, parent, scope, size);
            }
        }
    }
    Ok(ledger)
}

fn columns<'p, 'q: 'p>(
    pairs: impl IntoIterator<Item = &'p (Kind, &'q str)>,
) -> (Vec<&'static str>, Vec<&'q str>) {
    pairs
        .into_iter()
        .map(|(kind, word)| (kind.as_str(), *word))
        .unzip()
}

async fn write(connection: &mut PgConnection, changes: &Changes<'_>, keeper: i32) -> Result<(), sqlx::Error> {
    let Changes {
        removed,
        replaced,
        inserted,
    } = changes;
    // In this order, so that a name is free before it is taken anew.
    if !removed.is_empty() {
        let done = sqlx::query(
            "DELETE FROM records USING unnest($1::text[], $2::text[], $3::bigint[]) AS gone (kind, id, version) \
             WHERE records.kind = gone.kind AND records.id = gone.id AND records.version = gone.version",
        )
        .bind(each(removed, |(key, _)| key.kind.as_str()))
        .bind(each(removed, |(key, _)| key.id.as_str()))
        .bind(each(removed, |(_, version)| *version))
        .execute(&mut *connection)
        .await?;
        every(done.rows_affected(), removed.len())?;
    }
    if !replaced.is_empty() {
        let done = sqlx::query(
            "UPDATE records SET version = new.after, scope = new.scope, status = new.status, due = new.due, \
             body = new.body, keeper = $8, size = new.size FROM unnest($1::text[], $2::text[], $3::bigint[], \
             $4::bigint[], $5::text[], $6::text[], $7::bigint[], $9::text[], $10::bigint[]) \
             AS new (kind, id, before, after, scope, status, due, body, size) \
             WHERE records.kind = new.kind AND records.id = new.id AND records.version = new.before",
        )
        .bind(each(replaced, |(.., record)| record.key.kind.as_str()))
        .bind(each(replaced, |(.., record)| record.key.id.as_str()))
        .bind(each(replaced, |(before, ..)| *before))
        .bind(each(replaced, |(_, after, _)| *after))
        .bind(each(replaced, |(.., record)| record.scope.as_deref()))
        .bind(each(replaced, |(.., record)| record.status.as_str()))
        .bind(each(replaced, |(.., record)| record.due))
        .bind(keeper)
        .bind(each(replaced, |(.., record)| record.body.as_str()))
        .bind(each(replaced, |(.., record)| record.size))
        .execute(&mut *connection)
        .await?;
        every(done.rows_affected(), replaced.len())?;
    }
    if !inserted.is_empty() {
        let done = sqlx::query(
            "INSERT INTO records (kind, id, parent, name, scope, version, status, due, created, body, size, keeper) \
             SELECT *, $12::int FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], \
             $6::bigint[], $7::text[], $8::bigint[], $9::bigint[], $10::text[], $11::bigint[])",
        )
        .bind(each(inserted, |(fixed, ..)| fixed.key.kind.as_str()))
        .bind(each(inserted, |(fixed, ..)| fixed.key.id.as_str()))
        .bind(each(inserted, |(fixed, ..)| fixed.parent.as_str()))
        .bind(each(inserted, |(fixed, ..)| fixed.name.as_deref()))
        .bind(each(inserted, |(_, written, _)| written.scope.as_deref()))
        .bind(each(inserted, |(.., version)| *version))
        .bind(each(inserted, |(_, written, _)| written.status.as_str()))
        .bind(each(inserted, |(_, written, _)| written.due))
        .bind(each(inserted, |(fixed, ..)| fixed.created))
        .bind(each(inserted, |(_, written, _)| written.body.as_str()))
        .bind(each(inserted, |(_, written, _)| written.size))
        .bind(keeper)
        .execute(connection)
        .await?;
        every(done.rows_affected(), inserted.len())?;
    }
    Ok(())
}

fn each<'c, C, T>(changes: &'c [C], column: impl Fn(&'c C) -> T) -> Vec<T> {
    changes.iter().map(column).collect()
}

#[cfg(test)]
impl Connection {
    pub async fn synchronous_commit(&mut self) -> String {
        let connection = self.open.as_mut().expect("it was just opened");
        sqlx::query_scalar("SHOW synchronous_commit")
            .fetch_one(connection)
            .await
            .expect("the server tells its settings")
    }
}
