//! The one writer: batches that wait together share a transaction, so that they share its flush to disk.

use crate::backend::store::{Commit, Key, Kind, Record, Refused, StoreError, Write};
use sqlx::{Connection as _, SqliteConnection};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// Batches that share a transaction.
const TOGETHER: usize = 64;
/// Batches that wait; more make their senders wait.
const WAITING: usize = 256;

type Answer = Result<Commit, StoreError>;

struct Job {
    batch: Vec<Write>,
    answer: oneshot::Sender<Answer>,
}

/// Where batches are handed in.
#[derive(Debug)]
pub struct Queue(mpsc::Sender<Message>);

enum Message {
    Job(Job),
    Close,
}

/// The task that writes.
#[derive(Debug)]
pub struct Writer(JoinHandle<()>);

impl Queue {
    /// Hands in a batch and waits until it is on disk or refused. A batch that was handed in is carried out even
    /// when nobody waits for the answer any more.
    pub async fn commit(&self, batch: Vec<Write>) -> Answer {
        let (answer, answered) = oneshot::channel();
        let job = Message::Job(Job { batch, answer });
        self.0.send(job).await.map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)?
    }
}

impl Writer {
    /// Starts writing to this connection.
    pub fn start(connection: SqliteConnection) -> (Self, Queue) {
        let (sender, jobs) = mpsc::channel(WAITING);
        (Self(tokio::spawn(run(connection, jobs))), Queue(sender))
    }

    /// Writes what was handed in before, and ends.
    pub async fn close(self, queue: &Queue) {
        if queue.0.send(Message::Close).await.is_ok()
            && let Err(error) = self.0.await
        {
            tracing::error!(%error, "the database writer did not end well");
        }
    }
}

async fn run(mut connection: SqliteConnection, mut messages: mpsc::Receiver<Message>) {
    let mut together = Vec::with_capacity(TOGETHER);
    let mut closing = false;
    while !closing && messages.recv_many(&mut together, TOGETHER).await > 0 {
        let mut jobs = Vec::with_capacity(together.len());
        for message in together.drain(..) {
            match message {
                Message::Job(job) => jobs.push(job),
                Message::Close => closing = true,
            }
        }
        write_together(&mut connection, jobs).await;
    }
    if let Err(error) = connection.close().await {
        tracing::warn!(%error, "the database was not closed cleanly");
    }
}

async fn write_together(connection: &mut SqliteConnection, jobs: Vec<Job>) {
    let mut answers = Vec::with_capacity(jobs.len());
    let (batches, senders): (Vec<_>, Vec<_>) = jobs.into_iter().map(|job| (job.batch, job.answer)).unzip();
    let failure = transaction(connection, &batches, &mut answers)
        .await
        .err()
        .map(Arc::new);
    let mut answers = answers.into_iter();
    for sender in senders {
        let answer = match (&failure, answers.next()) {
            (None, Some(commit)) => Ok(commit),
            (Some(error), _) => Err(StoreError::Write(Arc::clone(error))),
            (None, None) => Err(StoreError::Closed),
        };
        // Whoever asked may have left; the batch stands all the same.
        drop(sender.send(answer));
    }
}

/// Writes all batches in one transaction; a refused one leaves nothing behind and does not touch the others.
async fn transaction(
    connection: &mut SqliteConnection,
    batches: &[Vec<Write>],
    answers: &mut Vec<Commit>,
) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    for batch in batches {
        sqlx::query("SAVEPOINT batch").execute(&mut *transaction).await?;
        let refused = apply(&mut transaction, batch).await?;
        if refused.is_some() {
            sqlx::query("ROLLBACK TO batch")
                .execute(&mut *transaction)
                .await?;
        }
        sqlx::query("RELEASE batch").execute(&mut *transaction).await?;
        answers.push(refused.map_or(Commit::Done, Commit::Refused));
    }
    transaction.commit().await
}

async fn apply(connection: &mut SqliteConnection, batch: &[Write]) -> Result<Option<Refused>, sqlx::Error> {
    for write in batch {
        let refused = match write {
            Write::Unchanged(key, version) => unchanged(connection, key, *version).await?,
            Write::Fewer { kind, parent, limit } => fewer(connection, *kind, parent, *limit).await?,
            Write::Insert(record) => insert(connection, record).await?,
            Write::Replace(record) => replace(connection, record).await?,
            Write::Remove(key, version) => remove(connection, key, *version).await?,
        };
        if refused.is_some() {
            return Ok(refused);
        }
    }
    Ok(None)
}

async fn unchanged(
    connection: &mut SqliteConnection,
    key: &Key,
    version: i64,
) -> Result<Option<Refused>, sqlx::Error> {
    let found: Option<i64> = sqlx::query_scalar("SELECT version FROM records WHERE kind = ? AND id = ?")
        .bind(key.kind.as_str())
        .bind(&key.id)
        .fetch_optional(connection)
        .await?;
    Ok((found != Some(version)).then(|| Refused::Changed(key.clone())))
}

async fn fewer(
    connection: &mut SqliteConnection,
    kind: Kind,
    parent: &str,
    limit: u32,
) -> Result<Option<Refused>, sqlx::Error> {
    let count: u32 = sqlx::query_scalar("SELECT COUNT(*) FROM records WHERE kind = ? AND parent = ?")
        .bind(kind.as_str())
        .bind(parent)
        .fetch_one(connection)
        .await?;
    Ok((count >= limit).then(|| Refused::TooMany(kind, parent.to_owned())))
}

async fn insert(connection: &mut SqliteConnection, record: &Record) -> Result<Option<Refused>, sqlx::Error> {
    let Record {
        key,
        parent,
        name,
        scope,
        version: _,
        status,
        due,
        created,
        body,
    } = record;
    let inserted = sqlx::query(
        "INSERT INTO records (kind, id, parent, name, scope, version, status, due, created, body) \
         VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
    )
    .bind(key.kind.as_str())
    .bind(&key.id)
    .bind(parent)
    .bind(name)
    .bind(scope)
    .bind(status)
    .bind(due)
    .bind(created)
    .bind(body)
    .execute(&mut *connection)
    .await?;
    if inserted.rows_affected() == 1 {
        return Ok(None);
    }
    let found: Option<i64> = sqlx::query_scalar("SELECT version FROM records WHERE kind = ? AND id = ?")
        .bind(key.kind.as_str())
        .bind(&key.id)
        .fetch_optional(connection)
        .await?;
    Ok(Some(match (found, name) {
        (None, Some(name)) => Refused::NameTaken(key.kind, name.clone()),
        (Some(_), _) | (None, None) => Refused::Exists(key.clone()),
    }))
}

async fn replace(connection: &mut SqliteConnection, record: &Record) -> Result<Option<Refused>, sqlx::Error> {
    let Record {
        key,
        scope,
        version,
        status,
        due,
        body,
        ..
    } = record;
    let replaced = sqlx::query(
        "UPDATE records SET scope = ?, version = version + 1, status = ?, due = ?, body = ? \
         WHERE kind = ? AND id = ? AND version = ?",
    )
    .bind(scope)
    .bind(status)
    .bind(due)
    .bind(body)
    .bind(key.kind.as_str())
    .bind(&key.id)
    .bind(version)
    .execute(connection)
    .await?;
    Ok((replaced.rows_affected() != 1).then(|| Refused::Changed(key.clone())))
}

async fn remove(
    connection: &mut SqliteConnection,
    key: &Key,
    version: i64,
) -> Result<Option<Refused>, sqlx::Error> {
    let removed = sqlx::query("DELETE FROM records WHERE kind = ? AND id = ? AND version = ?")
        .bind(key.kind.as_str())
        .bind(&key.id)
        .bind(version)
        .execute(connection)
        .await?;
    Ok((removed.rows_affected() != 1).then(|| Refused::Changed(key.clone())))
}
