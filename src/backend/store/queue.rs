//! One writer a process: batches that wait together share a transaction, so that they share its flush to disk.

use super::{Commit, StoreError, Write};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// Batches that share a transaction.
const TOGETHER: usize = 64;
/// Batches that wait; more make their senders wait.
const WAITING: usize = 256;

/// What carries batches out.
pub trait Together: Send + 'static {
    /// Does each batch or refuses it, one after the other, in one durable transaction; gives the answers in their
    /// order. After an error nothing of any batch has happened, as far as the database can tell.
    fn write(
        &mut self,
        batches: &[Vec<Write>],
    ) -> impl Future<Output = Result<Vec<Commit>, sqlx::Error>> + Send;

    /// Lets go of the database.
    fn close(self) -> impl Future<Output = Result<(), sqlx::Error>> + Send;
}

type Answer = Result<Commit, StoreError>;

struct Job {
    batch: Vec<Write>,
    answer: oneshot::Sender<Answer>,
}

enum Message {
    Job(Job),
    Close,
}

/// Where batches are handed in.
#[derive(Debug)]
pub struct Queue(mpsc::Sender<Message>);

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
    /// Starts to write.
    pub fn start(database: impl Together) -> (Self, Queue) {
        let (sender, jobs) = mpsc::channel(WAITING);
        (Self(tokio::spawn(run(database, jobs))), Queue(sender))
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

async fn run(mut database: impl Together, mut messages: mpsc::Receiver<Message>) {
    let mut together = Vec::with_capacity(TOGETHER);
    let mut closing = false;
    while !closing && messages.recv_many(&mut together, TOGETHER).await > 0 {
        let mut batches = Vec::with_capacity(together.len());
        let mut senders = Vec::with_capacity(together.len());
        for message in together.drain(..) {
            match message {
                Message::Job(job) => {
                    batches.push(job.batch);
                    senders.push(job.answer);
                }
                Message::Close => closing = true,
            }
        }
        if !batches.is_empty() {
            answer(database.write(&batches).await, senders);
        }
    }
    if let Err(error) = database.close().await {
        tracing::warn!(%error, "the database was not closed cleanly");
    }
}

fn answer(written: Result<Vec<Commit>, sqlx::Error>, senders: Vec<oneshot::Sender<Answer>>) {
    let (commits, failure) = match written {
        Ok(commits) => (commits, None),
        Err(error) => (Vec::new(), Some(Arc::new(error))),
    };
    let mut commits = commits.into_iter();
    for sender in senders {
        let answer = match (&failure, commits.next()) {
            (None, Some(commit)) => Ok(commit),
            (Some(error), _) => Err(StoreError::Write(Arc::clone(error))),
            (None, None) => Err(StoreError::Closed),
        };
        // Whoever asked may have left; the batch stands all the same.
        drop(sender.send(answer));
    }
}
