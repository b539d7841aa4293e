//! Who writes lines to a file, in the order in which they came.

use super::chain::linked;
use super::file::{Lines, LogFile};
use crate::model::{Digest, sha256_of};
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout, timeout_at};

/// How often lines are handed over before any is written, and callers wait to hand theirs over.
const WAITING: usize = 4_096;
/// How many of those are written together.
const TOGETHER: usize = 256;
/// How long a line may take, and the end of the log.
const PATIENCE: Duration = Duration::from_secs(3);

/// The decision log cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum DecisionLogError {
    /// Another process has it.
    #[error("another process writes to the decision log {}: give each backend its own --decision-log", .0.display())]
    Taken(PathBuf),
    /// The operating system does not let it.
    #[error("the decision log {} cannot be written: {source}; give --decision-log a file that can be", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Error,
    },
}

impl DecisionLogError {
    fn new(path: &Path, source: Error) -> Self {
        let path = path.to_owned();
        if source.kind() == ErrorKind::ResourceBusy {
            Self::Taken(path)
        } else {
            Self::Unwritable { path, source }
        }
    }
}

/// A decision was not recorded; why is in the log of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the decision could not be recorded")]
pub struct Unrecorded;

/// What becomes of a call whose decision cannot be recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DecisionLogFailure {
    /// It is not made.
    #[default]
    Deny,
    /// It is what was decided.
    Allow,
}

/// Where decisions are recorded, if anywhere.
#[derive(Debug, Default)]
pub struct DecisionLog {
    lines: Option<Sender<Handed>>,
    /// Lines of this turn of the runtime: they are handed over together, so that the writer is woken once for all of them.
    gathered: Mutex<Vec<Line>>,
    failure: DecisionLogFailure,
    patience: Duration,
    /// Whether the file hangs: a line took too long, and the writer has not come back from it.
    hangs: Arc<AtomicBool>,
    /// Hears when the writer has ended.
    ended: Mutex<Option<oneshot::Receiver<()>>>,
}

/// A line, and who hears whether it was written.
#[derive(Debug)]
struct Line {
    text: String,
    asker: oneshot::Sender<bool>,
}

/// What the writer is told.
#[derive(Debug)]
enum Handed {
    /// To write these.
    Lines(Vec<Line>),
    /// That nothing more comes.
    End,
}

/// Hands over what was gathered when it is dropped: also when the call that began to gather is given up.
struct Gathering<'l> {
    log: &'l DecisionLog,
    lines: &'l Sender<Handed>,
}

impl Drop for Gathering<'_> {
    fn drop(&mut self) {
        let gathered = std::mem::take(&mut *self.log.gathered());
        // Who asked hears of lines that are dropped.
        if !gathered.is_empty() && self.lines.try_send(Handed::Lines(gathered)).is_err() {
            tracing::debug!("lines of the decision log are lost");
        }
    }
}

impl DecisionLog {
    /// Appends to this file, which only this user may read when it is new. Its lines go on from the last one.
    ///
    /// # Errors
    /// [`DecisionLogError`].
    pub fn open(path: &Path, failure: DecisionLogFailure) -> Result<Self, DecisionLogError> {
        let (file, last, torn) = LogFile::open(path).map_err(|source| DecisionLogError::new(path, source))?;
        let log = Self::over(file, last, torn, path)?;
        Ok(Self { failure, ..log })
    }

    fn over(
        file: impl Lines,
        last: Option<Digest>,
        torn: bool,
        path: &Path,
    ) -> Result<Self, DecisionLogError> {
        let (lines, received) = channel(WAITING);
        let (ending, ended) = oneshot::channel();
        let hangs = Arc::new(AtomicBool::new(false));
        let mut writing = Writing {
            file,
            last,
            torn,
            path: path.to_owned(),
            missed: 0,
            hangs: Arc::clone(&hangs),
        };
        // Not one of the runtime's threads, for whose end it would wait while the file hangs.
        let writer = std::thread::Builder::new().name("decision-log".to_owned());
        let run = move || {
            writing.run(received);
            // Whoever hears of the end may open the file.
            drop(writing);
            if ending.send(()).is_err() {
                tracing::debug!("nobody waits for the end of the decision log");
            }
        };
        let started = writer.spawn(run);
        drop(started.map_err(|source| DecisionLogError::new(path, source))?);
        Ok(Self {
            lines: Some(lines),
            gathered: Mutex::default(),
            failure: DecisionLogFailure::Deny,
            patience: PATIENCE,
            hangs,
            ended: Mutex::new(Some(ended)),
        })
    }

    /// Whether anything is recorded.
    pub fn is_on(&self) -> bool {
        self.lines.is_some()
    }

    /// Writes a line; returns when the operating system has it, so that it outlives this process. One that takes too long
    /// counts as one that cannot be written; it may be written later all the same, as a record of what was not done.
    ///
    /// # Errors
    /// [`Unrecorded`], when nothing may be done without.
    pub async fn record(&self, line: String) -> Result<(), Unrecorded> {
        match (self.written(line).await, self.failure) {
            (true, _) | (false, DecisionLogFailure::Allow) => Ok(()),
            (false, DecisionLogFailure::Deny) => Err(Unrecorded),
        }
    }

    async fn written(&self, text: String) -> bool {
        let Some(lines) = &self.lines else { return true };
        let (asker, mut written) = oneshot::channel();
        let line = Line { text, asker };
        if self.hangs.load(Ordering::SeqCst) {
            // One has waited for all. The line is for when the file takes lines again.
            if lines.try_send(Handed::Lines(vec![line])).is_err() {
                tracing::debug!("a line of the decision log is lost");
            }
            return false;
        }
        let until = Instant::now() + self.patience;
        let is_first = {
            let mut gathered = self.gathered();
            gathered.push(line);
            gathered.len() == 1
        };
        if is_first {
            let _gathering = Gathering { log: self, lines };
            // Until all that can go on has gone on, and there is room.
            tokio::task::yield_now().await;
            match timeout_at(until, lines.reserve()).await {
                Ok(Ok(place)) => place.send(Handed::Lines(std::mem::take(&mut *self.gathered()))),
                Ok(Err(_)) => return false,
                Err(_) => return self.gave_up(&mut written),
            }
        }
        match timeout_at(until, &mut written).await {
            Ok(written) => written.unwrap_or(false),
            Err(_) => self.gave_up(&mut written),
        }
    }

    fn gathered(&self) -> MutexGuard<'_, Vec<Line>> {
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A line took too long; whether it was written at the last moment.
    fn gave_up(&self, written: &mut oneshot::Receiver<bool>) -> bool {
        let hung = self.hangs.swap(true, Ordering::SeqCst);
        // The writer answers first and takes it back then.
        if let Ok(written) = written.try_recv() {
            self.hangs.store(false, Ordering::SeqCst);
            return written;
        }
        if !hung {
            tracing::error!(after = ?self.patience, "the decision log hangs; decisions are not recorded");
        }
        false
    }

    /// Ends the log; a file that hangs is not waited for.
    pub async fn close(&self) {
        let Some(lines) = &self.lines else { return };
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner).take();
        let end = async {
            if lines.send(Handed::End).await.is_err() {
                tracing::debug!("the decision log had ended before");
            }
            match ended {
                Some(ended) => ended.await.is_ok(),
                None => true,
            }
        };
        match timeout(self.patience, end).await {
            Ok(true) => {}
            Ok(false) => tracing::error!("the writer of the decision log ended badly"),
            Err(_) => tracing::error!("the decision log hangs; its last lines may be missing"),
        }
    }
}

/// The writer's side.
struct Writing<F> {
    file: F,
    /// Digest of the last line.
    last: Option<Digest>,
    /// Whether the file does not end with a line's end.
    torn: bool,
    path: PathBuf,
    /// Lines that were not written since the last one that was.
    missed: u64,
    hangs: Arc<AtomicBool>,
}

/// A line within what is appended.
struct Placed {
    /// Where it begins and ends.
    place: std::ops::Range<usize>,
    digest: Digest,
}

impl<F: Lines> Writing<F> {
    /// Writes lines until there are no more to come; those that wait together at once.
    fn run(&mut self, mut handed: Receiver<Handed>) {
        let mut together = Vec::with_capacity(TOGETHER);
        let mut ended = false;
        while !ended && handed.blocking_recv_many(&mut together, TOGETHER) > 0 {
            let (mut texts, mut askers) = (Vec::new(), Vec::new());
            for handed in together.drain(..) {
                match handed {
                    Handed::Lines(lines) => {
                        for Line { text, asker } in lines {
                            texts.push(text);
                            askers.push(asker);
                        }
                    }
                    Handed::End => ended = true,
                }
            }
            let written = self.write(&texts);
            for (at, asker) in askers.into_iter().enumerate() {
                if asker.send(at < written).is_err() {
                    tracing::debug!("nobody waits for this line of the decision log any more");
                }
            }
            if self.hangs.swap(false, Ordering::SeqCst) {
                tracing::warn!(path = %self.path.display(), "the decision log hung, and takes lines again");
            }
        }
    }

    /// Writes these lines, the first ones if not all; gives how many.
    fn write(&mut self, texts: &[String]) -> usize {
        if texts.is_empty() {
            return 0;
        }
        match self.file.begin() {
            Ok(torn) => self.torn = torn.unwrap_or(self.torn),
            Err(error) => {
                self.tell(texts.len(), Some(error));
                return 0;
            }
        }
        let (bytes, placed) = self.chained(texts);
        let (taken, failure) = self.file.append(&bytes);
        let whole: Vec<&Placed> = placed.iter().filter(|line| line.place.end < taken).collect();
        let written = whole.len();
        if let Some(last) = whole.last() {
            self.last = Some(last.digest.clone());
        }
        if taken > 0 {
            self.torn = false;
        }
        let kept = whole.last().map_or(0, |last| last.place.end + 1);
        if taken > kept {
            self.take_back(&bytes, kept, taken);
        }
        self.tell(texts.len() - written, failure);
        written
    }

    /// The lines with their links and their ends, and where each of them is.
    fn chained(&self, texts: &[String]) -> (Vec<u8>, Vec<Placed>) {
        let mut bytes = Vec::new();
        if self.torn {
            bytes.push(b'\n');
        }
        let mut placed: Vec<Placed> = Vec::with_capacity(texts.len());
        for text in texts {
            let before = placed.last().map(|line| &line.digest);
            let line = linked(text, before.or(self.last.as_ref()));
            let begin = bytes.len();
            bytes.extend_from_slice(line.as_bytes());
            placed.push(Placed {
                place: begin..bytes.len(),
                digest: sha256_of(line.as_bytes()),
            });
            bytes.push(b'\n');
        }
        (bytes, placed)
    }

    /// Takes back what was written of a line. Where that cannot be, the next line goes on from it.
    fn take_back(&mut self, bytes: &[u8], kept: usize, taken: usize) {
        let rest = bytes.get(kept..taken).unwrap_or_default();
        if let Err(error) = self.file.take_back(rest.len()) {
            tracing::error!(path = %self.path.display(), %error, "a line of the decision log is cut off");
            let begun = rest.strip_prefix(b"\n").unwrap_or(rest);
            if !begun.is_empty() {
                self.last = Some(sha256_of(begun));
                self.torn = true;
            }
        } else if rest.starts_with(b"\n") {
            // So was the end of the line that was torn before.
            self.torn = true;
        }
    }

    fn tell(&mut self, missed: usize, failure: Option<Error>) {
        let path = self.path.display();
        match failure {
            Some(error) if self.missed == 0 => tracing::error!(%path, %error, "decisions are not recorded"),
            Some(error) => tracing::debug!(%path, %error, "decisions are still not recorded"),
            None if self.missed > 0 => {
                tracing::warn!(%path, missed = self.missed, "decisions are recorded again");
                self.missed = 0;
            }
            None => {}
        }
        self.missed += u64::try_from(missed).unwrap_or(u64::MAX);
    }
}

#[cfg(test)]
mod tests;
