//! The file of a decision log: whole lines, appended.

use crate::model::{Digest, sha256_of};
use std::fs::{File, Metadata, OpenOptions, TryLockError};
use std::io::{Error, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// Bytes that are read at once in search of the last line.
const PIECE: u64 = 64 * 1024;

/// Where lines go.
pub trait Lines: Send + 'static {
    /// Makes ready: what is written now goes where the log is now. Where that is not the end of what was written last,
    /// gives whether the line there has no end.
    fn begin(&mut self) -> Result<Option<bool>, Error>;

    /// Hands this to the operating system, as much as it takes; gives how much that was, and why it was not all.
    fn append(&mut self, bytes: &[u8]) -> (usize, Option<Error>);

    /// Takes the last bytes back that were appended.
    fn take_back(&mut self, bytes: usize) -> Result<(), Error>;
}

/// The file.
#[derive(Debug)]
pub struct LogFile {
    path: PathBuf,
    file: File,
}

impl LogFile {
    /// Opens it for appending; a new one may be read by this user only. Gives the digest of its last line, if it has one,
    /// and whether that line has no end.
    pub fn open(path: &Path) -> Result<(Self, Option<Digest>, bool), Error> {
        let file = appending(path)?;
        let last = last_of(&file, path)?;
        let torn = is_torn(last.as_deref());
        let digest = last.map(|last| sha256_of(last.strip_suffix(b"\n").unwrap_or(&last)));
        let path = path.to_owned();
        Ok((Self { path, file }, digest, torn))
    }

    fn regular(&self) -> Result<Metadata, Error> {
        let metadata = self.file.metadata()?;
        if metadata.is_file() {
            Ok(metadata)
        } else {
            Err(ErrorKind::Unsupported.into())
        }
    }
}

impl Lines for LogFile {
    /// A file that was moved away is left, and another one begun.
    fn begin(&mut self) -> Result<Option<bool>, Error> {
        let here = self.file.metadata()?;
        match std::fs::metadata(&self.path) {
            Ok(there) if (here.dev(), here.ino()) == (there.dev(), there.ino()) => {
                let emptied = there.is_file() && there.len() == 0;
                return Ok(emptied.then_some(false));
            }
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let file = appending(&self.path)?;
        let last = last_of(&file, &self.path)?;
        self.file = file;
        tracing::info!(path = %self.path.display(), "the decision log was moved away; another one is begun");
        Ok(Some(is_torn(last.as_deref())))
    }

    fn append(&mut self, bytes: &[u8]) -> (usize, Option<Error>) {
        let mut rest = bytes;
        loop {
            let error = match self.file.write(rest) {
                Ok(0) if rest.is_empty() => return (bytes.len(), None),
                Ok(0) => ErrorKind::WriteZero.into(),
                Ok(taken) => {
                    rest = rest.get(taken..).unwrap_or_default();
                    if rest.is_empty() {
                        return (bytes.len(), None);
                    }
                    continue;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => error,
            };
            return (bytes.len() - rest.len(), Some(error));
        }
    }

    fn take_back(&mut self, bytes: usize) -> Result<(), Error> {
        let length = self.regular()?.len();
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.file.set_len(length.saturating_sub(bytes))
    }
}

/// Opens it for appending, which one process may at a time: each follows the lines that itself has written. One that
/// another process has is [`ErrorKind::ResourceBusy`].
fn appending(path: &Path) -> Result<File, Error> {
    let mut options = OpenOptions::new();
    let file = options.append(true).create(true).mode(0o600).open(path)?;
    if file.metadata()?.is_file() {
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Error::new(
                    ErrorKind::ResourceBusy,
                    "another process writes to it",
                ));
            }
            Err(TryLockError::Error(error)) => {
                let path = path.display();
                tracing::warn!(%path, %error, "the decision log cannot be locked; no other process may write to it");
            }
        }
    }
    Ok(file)
}

/// The last line of the log that is open here; none of a device.
fn last_of(file: &File, path: &Path) -> Result<Option<Vec<u8>>, Error> {
    if file.metadata()?.is_file() {
        last_line(&mut File::open(path)?)
    } else {
        Ok(None)
    }
}

fn is_torn(last: Option<&[u8]>) -> bool {
    last.is_some_and(|last| !last.ends_with(b"\n"))
}

/// The last line with its end, if it has one; none of an empty file.
fn last_line(file: &mut File) -> Result<Option<Vec<u8>>, Error> {
    let mut begin = file.seek(SeekFrom::End(0))?;
    let mut tail: Vec<u8> = Vec::new();
    while begin > 0 {
        let length = begin.min(PIECE);
        begin -= length;
        file.seek(SeekFrom::Start(begin))?;
        let mut piece = Vec::new();
        file.take(length).read_to_end(&mut piece)?;
        piece.append(&mut tail);
        tail = piece;
        let before_end = tail.len().saturating_sub(1);
        let before_end = tail.get(..before_end).unwrap_or_default();
        if let Some(at) = before_end.iter().rposition(|byte| *byte == b'\n') {
            return Ok(Some(tail.split_off(at + 1)));
        }
    }
    Ok((!tail.is_empty()).then_some(tail))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    #[test]
    fn the_last_line_is_found_however_long_it_is() {
        let directory = TempDir::new().unwrap();
        let path = directory.path().join("log");
        let long = "x".repeat(200_000);
        for (text, last, is_torn) in [
            (String::new(), None, false),
            ("a\n".to_owned(), Some("a"), false),
            ("a".to_owned(), Some("a"), true),
            ("a\nb\n".to_owned(), Some("b"), false),
            ("a\nb".to_owned(), Some("b"), true),
            ("\n".to_owned(), Some(""), false),
            (format!("a\n{long}\n"), Some(long.as_str()), false),
            (format!("{long}\n{long}"), Some(long.as_str()), true),
        ] {
            std::fs::write(&path, &text).unwrap();
            let (_, digest, torn) = LogFile::open(&path).unwrap();
            assert_eq!(
                digest,
                last.map(|last| sha256_of(last.as_bytes())),
                "{} bytes",
                text.len()
            );
            assert_eq!(torn, is_torn, "{} bytes", text.len());
        }
    }

    #[test]
    fn a_file_that_was_moved_away_is_begun_anew() {
        let directory = TempDir::new().unwrap();
        let (path, moved) = (directory.path().join("log"), directory.path().join("log.1"));
        let (mut file, ..) = LogFile::open(&path).unwrap();
        for (turn, line) in ["a\n", "b\n", "c\n"].into_iter().enumerate() {
            if turn == 2 {
                std::fs::rename(&path, &moved).unwrap();
            }
            file.begin().unwrap();
            assert!(file.append(line.as_bytes()).1.is_none());
        }
        let read = |path| std::fs::read_to_string(path).unwrap();
        assert_eq!((read(&moved).as_str(), read(&path).as_str()), ("a\nb\n", "c\n"));
        file.take_back(1).unwrap();
        assert_eq!(read(&path), "c");
        // One that was emptied goes on at its beginning.
        std::fs::write(&path, "").unwrap();
        file.begin().unwrap();
        assert!(file.append(b"d\n").1.is_none());
        assert_eq!(read(&path), "d\n");
    }

    #[test]
    fn a_file_has_one_writer() {
        let directory = TempDir::new().unwrap();
        let path = directory.path().join("log");
        let is_taken = || {
            let opened = LogFile::open(&path).map(|_| ());
            opened.is_err_and(|error| error.kind() == ErrorKind::ResourceBusy)
        };
        let (mut file, ..) = LogFile::open(&path).unwrap();
        assert!(is_taken());
        // Nor is another one taken from whoever has it now.
        std::fs::rename(&path, directory.path().join("log.1")).unwrap();
        let (other, ..) = LogFile::open(&path).unwrap();
        assert_eq!(file.begin().unwrap_err().kind(), ErrorKind::ResourceBusy);
        drop(other);
        assert_eq!(file.begin().unwrap(), Some(false));
        assert!(is_taken());
        drop(file);
        assert!(!is_taken());
        let (_null, _too) = (
            LogFile::open(Path::new("/dev/null")).unwrap(),
            LogFile::open(Path::new("/dev/null")).unwrap(),
        );
    }

    #[test]
    fn a_full_device_takes_nothing() {
        let (mut file, last, torn) = LogFile::open(Path::new("/dev/full")).unwrap();
        assert_eq!((last, torn), (None, false));
        file.begin().unwrap();
        let (taken, error) = file.append(b"line\n");
        assert_eq!((taken, error.unwrap().kind()), (0, ErrorKind::StorageFull));
    }
}
