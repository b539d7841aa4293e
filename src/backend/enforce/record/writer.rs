//! Who writes lines to a file, in the order in which they came.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinHandle;

/// Lines that wait to be written before callers wait.
const WAITING: usize = 4_096;

/// The decision log cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("the decision log {} cannot be written: {source}; give --decision-log a file that can be", path.display())]
pub struct DecisionLogError {
    path: PathBuf,
    #[source]
    source: std::io::Error,
}

/// Where decisions are recorded, if anywhere.
#[derive(Debug, Default)]
pub struct DecisionLog {
    lines: Option<Sender<Line>>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

/// What the writer is told.
#[derive(Debug)]
enum Line {
    /// To write this.
    Text(String),
    /// That nothing more comes.
    End,
}

impl DecisionLog {
    /// Appends to this file, which only this user may read when it is new.
    ///
    /// # Errors
    /// [`DecisionLogError`].
    pub fn open(path: &Path) -> Result<Self, DecisionLogError> {
        let file = OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(path)
            .map_err(|source| DecisionLogError {
                path: path.to_owned(),
                source,
            })?;
        let (lines, received) = channel(WAITING);
        let path = path.to_owned();
        let writer = tokio::task::spawn_blocking(move || write(file, &path, received));
        Ok(Self {
            lines: Some(lines),
            writer: Mutex::new(Some(writer)),
        })
    }

    /// Whether anything is recorded.
    pub fn is_on(&self) -> bool {
        self.lines.is_some()
    }

    /// Hands a line to the writer; waits while it is behind.
    pub async fn record(&self, line: String) {
        if let Some(lines) = &self.lines
            && lines.send(Line::Text(line)).await.is_err()
        {
            tracing::error!("a decision was not recorded: the decision log has ended");
        }
    }

    /// Ends the log: all that was recorded before is written then.
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

/// Writes lines until there are no more to come. Whenever none waits, what was written can be read.
fn write(file: File, path: &Path, mut lines: Receiver<Line>) {
    let mut file = BufWriter::new(file);
    let mut failed = false;
    while let Some(Line::Text(line)) = lines.blocking_recv() {
        let written = file
            .write_all(line.as_bytes())
            .and_then(|()| file.write_all(b"\n"))
            .and_then(|()| if lines.is_empty() { file.flush() } else { Ok(()) });
        match written {
            Ok(()) => failed = false,
            Err(error) if !failed => {
                failed = true;
                tracing::error!(path = %path.display(), %error, "decisions are not recorded");
            }
            Err(_) => {}
        }
    }
    if let Err(error) = file.flush() {
        tracing::error!(path = %path.display(), %error, "the last decisions are not recorded");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    #[tokio::test(flavor = "multi_thread")]
    async fn lines_are_appended_in_order_and_all_are_there_at_the_end() {
        let directory = TempDir::new().unwrap();
        let path = directory.path().join("decisions.jsonl");
        for round in 0..2 {
            let log = DecisionLog::open(&path).unwrap();
            for line in 0..10_000 {
                log.record(format!("{round}-{line}")).await;
            }
            log.close().await;
        }
        let written = std::fs::read_to_string(&path).unwrap();
        let expected = (0..2).flat_map(|round| (0..10_000).map(move |line| format!("{round}-{line}")));
        assert!(written.lines().eq(expected));
        let error = DecisionLog::open(&directory.path().join("no/such")).unwrap_err();
        assert!(
            error
                .to_string()
                .ends_with("give --decision-log a file that can be"),
            "{error}"
        );
    }
}
