//! One request, as it is sent.

use super::Failure;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::SocketAddr;

/// A request and what its answer must hold.
#[derive(Clone, Debug)]
pub struct Request {
    pub bytes: Vec<u8>,
    pub expect: String,
}

#[derive(serde::Deserialize)]
struct Line {
    path: String,
    headers: BTreeMap<String, String>,
    body: String,
    expect: String,
}

impl Request {
    /// Out of a line of JSON.
    pub fn read(address: SocketAddr, line: &str) -> Result<Self, Failure> {
        let line: Line = serde_json::from_str(line)?;
        let mut text = format!("POST {} HTTP/1.1\r\nhost: {address}\r\n", line.path);
        for (name, value) in &line.headers {
            write!(text, "{name}: {value}\r\n")?;
        }
        write!(text, "content-length: {}\r\n\r\n{}", line.body.len(), line.body)?;
        Ok(Self {
            bytes: text.into_bytes(),
            expect: line.expect,
        })
    }
}
