//! A connection that is kept: what a client that calls often uses.

use crate::rig::http::wire::{Framing, Head};
use serde_json::{Value, json};
use std::io::{self, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(30);

/// To one gateway.
pub struct Connection {
    stream: BufReader<TcpStream>,
    path: String,
}

/// What became of the call of a tool.
#[derive(Clone, Debug, PartialEq)]
pub enum Called {
    /// The tool was called; its text.
    Through(String),
    /// Policies did not let it through.
    Denied,
    /// Neither; the text.
    Failed(String),
}

impl Connection {
    /// Opens one to `host` for the gateway with this id.
    pub fn open(host: &str, gateway: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(host)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream: BufReader::new(stream),
            path: format!("/{gateway}/mcp"),
        })
    }

    /// Sends the call of `tool` and does not wait.
    pub fn send(&mut self, id: u64, tool: &str, arguments: &Value) -> io::Result<()> {
        let params = json!({"name": tool, "arguments": arguments});
        let body = json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params}).to_string();
        let request = format!(
            "POST {} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.path,
            body.len()
        );
        self.stream.get_mut().write_all(request.as_bytes())
    }

    /// Whether the answer has begun to arrive.
    pub fn is_answered(&self) -> bool {
        let stream = self.stream.get_ref();
        stream.set_nonblocking(true).expect("a socket");
        let arrived = stream.peek(&mut [0]).is_ok();
        stream.set_nonblocking(false).expect("a socket");
        arrived
    }

    /// Waits for the answer.
    pub fn receive(&mut self) -> io::Result<Called> {
        let head = Head::read(&mut self.stream)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        let Framing::Length(length) = head.framing(true) else {
            return Err(io::Error::other("an answer without its length"));
        };
        let mut body = vec![0; usize::try_from(length).map_err(io::Error::other)?];
        self.stream.read_exact(&mut body)?;
        let body: Value = serde_json::from_slice(&body)?;
        let result = &body["result"];
        let text = result["content"][0]["text"].as_str();
        Ok(match (result["isError"].as_bool(), text) {
            (Some(false), Some(text)) => Called::Through(text.to_owned()),
            (Some(true), Some(text)) if text.contains("not allowed due to policy enforcement") => {
                Called::Denied
            }
            (_, Some(text)) => Called::Failed(text.to_owned()),
            (_, None) => Called::Failed(body.to_string()),
        })
    }

    /// Both.
    pub fn call(&mut self, id: u64, tool: &str, arguments: &Value) -> io::Result<Called> {
        self.send(id, tool, arguments)?;
        self.receive()
    }
}
