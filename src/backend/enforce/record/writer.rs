//! Who writes lines to a file, in the order in which they came.

use super::chain::linked;
use super::file::{Lines, LogFile};
use crate::model::{Digest, sha256_of};
use std::io::Error;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Lines that wait to be written before callers wait to hand theirs over.
const WAITING: usize = 4_096;
/// Lines that are written together.
const TOGETHER: usize = 256;

/// The decision log cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("the decision log {} cannot be written: {source}; give --decision-log a file that can be", path.display())]
pub struct DecisionLogError {
    path: PathBuf,
    #[source]
    source: Error,
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
    lines: Option<Sender<Line>>,
    failure: DecisionLogFailure,
    writer: Mutex<Option<JoinHandle<()>>>,
}

/// What the writer is told.
#[derive(Debug)]
enum Line {
    /// To write this, and to say whether it was.
    Text(String, oneshot::Sender<bool>),
    /// That nothing more comes.
    End,
}

impl DecisionLog {
    /// Appends to this file, which only this user may read when it is new. Its lines go on from the last one.
    ///
    /// # Errors
    /// [`DecisionLogError`].
    pub fn open(path: &Path, failure: DecisionLogFailure) -> Result<Self, DecisionLogError> {
        let (file, last, torn) = LogFile::open(path).map_err(|source| DecisionLogError {
            path: path.to_owned(),
            source,
        })?;
        let log = Self::over(file, last, torn, path);
        Ok(Self { failure, ..log })
    }

    fn over(file: impl Lines, last: Option<Digest>, torn: bool, path: &Path) -> Self {
        let (lines, received) = channel(WAITING);
        let mut writing = Writing {
            file,
            last,
            torn,
            path: path.to_owned(),
            missed: 0,
        };
        let writer = tokio::task::spawn_blocking(move || writing.run(received));
        Self {
            lines: Some(lines),
            failure: DecisionLogFailure::Deny,
            writer: Mutex::new(Some(writer)),
        }
    }

    /// Whether anything is recorded.
    pub fn is_on(&self) -> bool {
        self.lines.is_some()
    }

    /// Writes a line; returns when the operating system has it, so that it outlives this process.
    ///
    /// # Errors
    /// [`Unrecorded`], when nothing may be done without.
    pub async fn record(&self, line: String) -> Result<(), Unrecorded> {
        match (self.written(line).await, self.failure) {
            (true, _) | (false, DecisionLogFailure::Allow) => Ok(()),
            (false, DecisionLogFailure::Deny) => Err(Unrecorded),
        }
    }

    async fn written(&self, line: String) -> bool {
        let Some(lines) = &self.lines else { return true };
        let (told, written) = oneshot::channel();
        lines.send(Line::Text(line, told)).await.is_ok() && written.await.unwrap_or(false)
    }

    /// Ends the log.
    pub async fn close(&self) {
        let Some(lines) = &self.lines else { return };
        if lines.send(Line::End).await.is_err() {
            tracing::debug!("the decision log had ended before");
        }
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer
            && let Err(error) = writer.await
        {
            tracing::error!(%error, "the writer of the decision log ended badly");
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
}

/// A line within what is appended.
struct Placed {
    /// Where it begins and ends.
    place: std::ops::Range<usize>,
    digest: Digest,
}

impl<F: Lines> Writing<F> {
    /// Writes lines until there are no more to come; those that wait together at once.
    fn run(&mut self, mut lines: Receiver<Line>) {
        let mut together = Vec::with_capacity(TOGETHER);
        let mut ended = false;
        while !ended && lines.blocking_recv_many(&mut together, TOGETHER) > 0 {
            let (mut texts, mut askers) = (Vec::new(), Vec::new());
            for line in together.drain(..) {
                match line {
                    Line::Text(text, asker) => {
                        texts.push(text);
                        askers.push(asker);
                    }
                    Line::End => ended = true,
                }
            }
            let written = self.write(&texts);
            for (at, asker) in askers.into_iter().enumerate() {
                if asker.send(at < written).is_err() {
                    tracing::debug!("nobody waits for this line of the decision log any more");
                }
            }
        }
    }

    /// Writes these lines, the first ones if not all; gives how many.
    fn write(&mut self, texts: &[String]) -> usize {
        if texts.is_empty() {
            return 0;
        }
        let (bytes, placed) = self.chained(texts);
        let (taken, failure) = match self.file.begin() {
            Ok(()) => self.file.append(&bytes),
            Err(error) => (0, Some(error)),
        };
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
