//! A client whose connection stays open: for tests that look so often that a new one for each look would be much of their
//! work.

use std::io::{self, BufReader, Read, Write};
use std::sync::{Mutex, PoisonError};

use super::Answer;
use super::wire::{Chunks, Framing, Head, relay};

/// A media type, and what is of it.
pub type Body<'a> = (&'a str, &'a [u8]);

/// The body of a request without one.
pub const NOTHING: Body<'_> = ("application/json", b"");

/// Of one server; one request at a time.
pub struct Kept<S> {
    connect: Box<dyn Fn() -> io::Result<S> + Send + Sync>,
    /// Of every request, each with its line end.
    headers: String,
    held: Mutex<Option<BufReader<S>>>,
}

impl<S: Read + Write> Kept<S> {
    /// Connects at the first request.
    pub fn new(headers: String, connect: impl Fn() -> io::Result<S> + Send + Sync + 'static) -> Self {
        Self {
            connect: Box::new(connect),
            headers,
            held: Mutex::default(),
        }
    }

    /// One request, whose body is of this media type, and its answer; asked again on a new connection if the old one has
    /// gone.
    pub fn answer(&self, method: &str, path: &str, body: Body<'_>) -> io::Result<Answer> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(mut open) = held.take()
            && let Ok(answer) = self.ask(&mut open, method, path, body)
        {
            *held = Some(open);
            return Ok(answer);
        }
        let mut open = BufReader::new((self.connect)()?);
        let answer = self.ask(&mut open, method, path, body)?;
        *held = Some(open);
        Ok(answer)
    }

    /// The head of an answer, and the connection its body comes over: nobody else's.
    pub fn begin(&self, method: &str, path: &str) -> io::Result<(Head, BufReader<S>)> {
        let mut open = BufReader::new((self.connect)()?);
        let head = self.send(&mut open, method, path, NOTHING)?;
        Ok((head, open))
    }

    fn ask(&self, open: &mut BufReader<S>, method: &str, path: &str, body: Body<'_>) -> io::Result<Answer> {
        let head = self.send(open, method, path, body)?;
        let mut bytes = Vec::new();
        match head.framing(true) {
            Framing::Chunked => drop(Chunks::of(open).read_to_end(&mut bytes)?),
            framing => relay(open, &mut bytes, framing)?,
        }
        Ok(Answer {
            status: head.status().unwrap_or_default(),
            body: String::from_utf8_lossy(&bytes).into_owned(),
        })
    }

    /// Sends a request and reads the head of its answer.
    fn send(&self, open: &mut BufReader<S>, method: &str, path: &str, body: Body<'_>) -> io::Result<Head> {
        let (kind, body) = body;
        let (headers, length) = (&self.headers, body.len());
        let head = format!(
            "{method} {path} HTTP/1.1\r\n{headers}Content-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
        );
        let to = open.get_mut();
        to.write_all(&[head.as_bytes(), body].concat())?;
        to.flush()?;
        Ok(Head::read(open)?.ok_or(io::ErrorKind::UnexpectedEof)?)
    }
}
