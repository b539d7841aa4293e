//! One plain HTTP request, for metrics, probes and the backend.

mod kept;
mod serve;
pub mod wire;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

pub use kept::{Body, Kept, NOTHING};
pub use serve::{Served, header, serve};

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The body, as text.
    pub body: String,
}

/// Sends one request to `http://HOST:PORT/...` and reads the answer to its end.
pub fn request(method: &str, url: &str, body: &str) -> std::io::Result<Answer> {
    request_by(method, url, "", body)
}

/// The same with an `Authorization`, if that is not empty.
pub fn request_by(method: &str, url: &str, authorization: &str, body: &str) -> std::io::Result<Answer> {
    let rest = url
        .strip_prefix("http://")
        .ok_or_else(|| invalid("only http:// URLs"))?;
    let (host, path) = rest.find('/').map_or((rest, "/"), |slash| rest.split_at(slash));
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let by = match authorization {
        "" => String::new(),
        by => format!("Authorization: {by}\r\n"),
    };
    // HTTP/1.0: one answer, not chunked, ended by the end of the connection.
    write!(
        stream,
        "{method} {path} HTTP/1.0\r\nHost: {host}\r\n{by}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text
        .split_once("\r\n\r\n")
        .ok_or_else(|| invalid("no end of the headers"))?;
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
    Ok(Answer {
        status: status.ok_or_else(|| invalid("no status code"))?,
        body: body.to_owned(),
    })
}

/// A GET.
pub fn get(url: &str) -> std::io::Result<Answer> {
    request("GET", url, "")
}

fn invalid(what: &str) -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::InvalidData, what)
}
