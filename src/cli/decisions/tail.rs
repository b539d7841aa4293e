//! A log that grows, is moved away for another one, or is emptied, read line by line.

use std::io::{Error, ErrorKind};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use tokio::fs::File;
use tokio::io::{AsyncBufReadExt as _, AsyncSeekExt as _, BufReader, SeekFrom};

/// Where the log is read.
pub(super) struct Tail {
    path: PathBuf,
    file: BufReader<File>,
    /// What was read of the file, up to the end of its last whole line.
    read: u64,
}

impl Tail {
    pub(super) async fn open(path: &Path) -> Result<Self, Error> {
        Ok(Self {
            path: path.to_owned(),
            file: BufReader::new(File::open(path).await?),
            read: 0,
        })
    }

    /// The next whole line; none, if there is none yet. What has no end yet is read again by [`Self::go_on`].
    pub(super) async fn line(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let mut line = Vec::new();
        let length = self.file.read_until(b'\n', &mut line).await?;
        if !line.ends_with(b"\n") {
            return Ok(None);
        }
        self.read += u64::try_from(length).unwrap_or(0);
        Ok(Some(line))
    }

    /// Looks whether the file is still where the log is. Gives another one that is there now: this one is read to its end
    /// before.
    pub(super) async fn go_on(&mut self) -> Result<Option<Self>, Error> {
        let here = self.file.get_ref().metadata().await?;
        match tokio::fs::metadata(&self.path).await {
            Ok(there) if (there.dev(), there.ino()) != (here.dev(), here.ino()) => {
                self.file.seek(SeekFrom::Start(self.read)).await?;
                return match Self::open(&self.path).await {
                    Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
                    opened => opened.map(Some),
                };
            }
            Ok(_) => {}
            // The next decision begins another one.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        // It was emptied. That a line's end alone is gone is what the writer took back, and writes again.
        if here.is_file() && here.len() + 1 < self.read {
            self.read = 0;
        }
        if here.is_file() {
            self.file.seek(SeekFrom::Start(self.read)).await?;
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;
    use tempfile::TempDir;

    async fn lines(tail: &mut Tail) -> String {
        let mut lines = String::new();
        while let Some(line) = tail.line().await.unwrap() {
            lines.push_str(std::str::from_utf8(&line).unwrap());
        }
        lines
    }

    /// What comes with one look.
    async fn look(tail: &mut Tail) -> String {
        let another = tail.go_on().await.unwrap();
        let mut read = lines(tail).await;
        if let Some(another) = another {
            *tail = another;
            read.push_str(&lines(tail).await);
        }
        read
    }

    fn append(path: &Path, text: &str) {
        let mut options = std::fs::OpenOptions::new();
        let mut file = options.append(true).create(true).open(path).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    #[tokio::test]
    async fn every_line_comes_once_whatever_becomes_of_the_file() {
        let directory = TempDir::new().unwrap();
        let (path, moved) = (directory.path().join("log"), directory.path().join("log.1"));
        assert_eq!(
            Tail::open(&path).await.err().map(|error| error.kind()),
            Some(ErrorKind::NotFound)
        );
        append(&path, "long before\nb\n");
        let mut tail = Tail::open(&path).await.unwrap();
        assert_eq!(lines(&mut tail).await, "long before\nb\n");
        assert_eq!(look(&mut tail).await, "");
        // Moved away: what comes to it still, nothing while there is no other, and the other one, which is shorter.
        std::fs::rename(&path, &moved).unwrap();
        assert_eq!(look(&mut tail).await, "");
        append(&moved, "c\n");
        assert_eq!(look(&mut tail).await, "c\n");
        append(&moved, "d\n");
        append(&path, "e\n");
        assert_eq!(look(&mut tail).await, "d\ne\n");
        for _ in 0..3 {
            assert_eq!(look(&mut tail).await, "");
        }
        append(&path, "f\n");
        assert_eq!(look(&mut tail).await, "f\n");
        // A part of a line that is taken back, with the end of the line before it or without.
        append(&path, "g{\"n");
        assert_eq!(look(&mut tail).await, "");
        let cut = |length| {
            let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
            file.set_len(length).unwrap();
        };
        cut(4);
        assert_eq!(look(&mut tail).await, "");
        append(&path, "h\n");
        assert_eq!(look(&mut tail).await, "h\n");
        cut(5);
        assert_eq!(look(&mut tail).await, "");
        append(&path, "\ni\n");
        assert_eq!(look(&mut tail).await, "i\n");
        // Emptied, and begun anew before it is looked at, or not.
        cut(0);
        append(&path, "j\n");
        assert_eq!(look(&mut tail).await, "j\n");
        append(&path, "k\n");
        assert_eq!(look(&mut tail).await, "k\n");
        cut(0);
        assert_eq!(look(&mut tail).await, "");
        append(&path, "l\n");
        assert_eq!(look(&mut tail).await, "l\n");
    }
}
