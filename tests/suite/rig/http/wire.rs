//! Requests and answers of HTTP/1.1 as they came, byte for byte.

use std::io::{self, BufRead, Read, Write};

/// How the end of a body is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// So many bytes.
    Length(u64),
    /// In chunks.
    Chunked,
    /// Until the connection is closed.
    UntilClose,
}

/// The first line and the headers of a request or an answer, as they came.
pub struct Head {
    /// All of it, the empty line included.
    pub bytes: Vec<u8>,
}

impl Head {
    /// None at the end of the connection.
    pub fn read(from: &mut impl BufRead) -> io::Result<Option<Self>> {
        let mut bytes = Vec::new();
        while !bytes.ends_with(b"\r\n\r\n") {
            if from.read_until(b'\n', &mut bytes)? == 0 {
                return Ok(None);
            }
        }
        Ok(Some(Self { bytes }))
    }

    /// Adds a bearer token to a request that has none.
    pub fn authorize(&mut self, token: Option<&str>) {
        let Some(token) = token.filter(|_| self.header("authorization").is_none()) else {
            return;
        };
        let end = self.bytes.len() - b"\r\n".len();
        self.bytes.truncate(end);
        self.bytes
            .extend_from_slice(format!("Authorization: Bearer {token}\r\n\r\n").as_bytes());
    }

    /// Without its line end.
    pub fn first_line(&self) -> String {
        String::from_utf8_lossy(&self.bytes)
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned()
    }

    /// Method and path without what differs from run to run.
    pub fn in_general(&self) -> String {
        let line = self.first_line();
        let target = line
            .rsplit_once(' ')
            .map_or(line.as_str(), |(target, _version)| target);
        let mut before = "";
        let mut general = Vec::new();
        for part in target.split('?').next().unwrap_or_default().split('/') {
            let after_aws_collection = matches!(before, "policy-engines" | "tags")
                || (before == "policies" && target.contains(" /policy-engines/"))
                || (matches!(before, "gateways" | "targets") && target.contains(" /gateways/"));
            general.push(
                if before == "namespaces" || after_aws_collection && !part.is_empty() {
                    "*"
                } else {
                    part
                },
            );
            before = part;
        }
        general.join("/")
    }

    /// Whether the request changes something.
    pub fn is_mutating(&self) -> bool {
        ["POST ", "PUT ", "PATCH ", "DELETE "]
            .iter()
            .any(|method| self.bytes.starts_with(method.as_bytes()))
    }

    fn header(&self, name: &str) -> Option<String> {
        let text = String::from_utf8_lossy(&self.bytes);
        let headers = text.lines().skip(1).filter_map(|line| line.split_once(':'));
        let mut values = headers.filter(|(key, _)| key.eq_ignore_ascii_case(name));
        values.next().map(|(_, value)| value.trim().to_ascii_lowercase())
    }

    /// The status code of an answer.
    pub fn status(&self) -> Option<u16> {
        self.first_line().split(' ').nth(1)?.parse().ok()
    }

    /// How the end of its body is told.
    pub fn framing(&self, answer: bool) -> Framing {
        let without_body = answer && matches!(self.status(), Some(204 | 304));
        match (self.header("transfer-encoding"), self.header("content-length")) {
            _ if without_body => Framing::Length(0),
            (Some(coding), _) if coding.contains("chunked") => Framing::Chunked,
            (_, Some(length)) => Framing::Length(length.parse().unwrap_or(0)),
            _ if answer => Framing::UntilClose,
            _ => Framing::Length(0),
        }
    }
}

/// Passes a body on as it comes: an answer to a watch never ends.
pub fn relay(from: &mut impl BufRead, to: &mut impl Write, framing: Framing) -> io::Result<()> {
    match framing {
        Framing::Length(length) => copy(from, to, length),
        Framing::UntilClose => loop {
            let bytes = from.fill_buf()?;
            let length = bytes.len();
            if length == 0 {
                return Ok(());
            }
            to.write_all(bytes)?;
            to.flush()?;
            from.consume(length);
        },
        Framing::Chunked => loop {
            let mut line = Vec::new();
            from.read_until(b'\n', &mut line)?;
            to.write_all(&line)?;
            let length = length_of_chunk(&String::from_utf8_lossy(&line))?;
            // The chunk and its line end; after the last chunk the line end alone.
            copy(from, to, length + 2)?;
            if length == 0 {
                return Ok(());
            }
        },
    }
}

/// What the chunks of a body hold, as they come.
pub struct Chunks<R> {
    from: R,
    left: u64,
    over: bool,
}

impl<R: BufRead> Chunks<R> {
    /// Of a body that begins here.
    pub fn of(from: R) -> Self {
        Self {
            from,
            left: 0,
            over: false,
        }
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.from.read_line(&mut line)?;
        Ok(line)
    }
}

impl<R: BufRead> Read for Chunks<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 && !self.over {
            self.left = length_of_chunk(&self.line()?)?;
            self.over = self.left == 0;
            if self.over {
                self.line()?;
            }
        }
        let length = self.from.by_ref().take(self.left).read(into)?;
        self.left -= length as u64;
        match (length, self.left) {
            (0, 1..) => return Err(io::ErrorKind::UnexpectedEof.into()),
            (1.., 0) => drop(self.line()?),
            _ => {}
        }
        Ok(length)
    }
}

fn length_of_chunk(line: &str) -> io::Result<u64> {
    let digits = line.trim().split(';').next().unwrap_or_default();
    u64::from_str_radix(digits, 16).map_err(io::Error::other)
}

fn copy(from: &mut impl BufRead, to: &mut impl Write, length: u64) -> io::Result<()> {
    let copied = io::copy(&mut from.take(length), to)?;
    to.flush()?;
    if copied == length {
        Ok(())
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}
