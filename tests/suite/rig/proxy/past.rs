//! Answers from the past with authentic bytes: a list of exactly that version, or one object out of it.

use std::io::{self, BufReader, Read};

use serde_json::{Value, json};

use super::{Connection, send};
use crate::rig::http::wire::{Chunks, Framing, Head, relay};

const OURS: &str = "/apis/agentcore.dev/v1alpha1/";

/// A read of our kinds, as it is asked for at another version.
pub(super) struct Past {
    request: Vec<u8>,
    /// The object that is wanted out of the list.
    name: Option<String>,
}

impl Past {
    /// None: it is no read of our kinds that can be asked for so.
    pub(super) fn of(head: &Head, version: &str) -> Option<Self> {
        let line = head.first_line();
        let target = line.strip_prefix("GET ")?.strip_suffix(" HTTP/1.1")?;
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        if query.contains("watch=true") || query.contains("continue=") {
            return None;
        }
        let parts: Vec<&str> = path.strip_prefix(OURS)?.split('/').collect();
        let (path, name) = match parts.as_slice() {
            ["namespaces", namespace, plural, name] => (
                format!("{OURS}namespaces/{namespace}/{plural}"),
                Some((*name).to_owned()),
            ),
            ["namespaces", _, _] | [_] => (path.to_owned(), None),
            _ => return None,
        };
        let mut query: Vec<String> = query
            .split('&')
            .filter(|pair| !pair.is_empty() && !pair.starts_with("resourceVersion"))
            .map(str::to_owned)
            .collect();
        query.extend(
            name.as_ref()
                .map(|name| format!("fieldSelector=metadata.name%3D{name}")),
        );
        query.push(format!("resourceVersion={version}&resourceVersionMatch=Exact"));
        let first = format!("GET {path}?{} HTTP/1.1", query.join("&"));
        let request = String::from_utf8_lossy(&head.bytes).replacen(&line, &first, 1);
        Some(Self {
            request: request.into_bytes(),
            name,
        })
    }

    /// The whole answer.
    pub(super) fn ask(&self, server: &mut BufReader<Box<dyn Connection>>) -> io::Result<Vec<u8>> {
        send(&self.request, server.get_mut())?;
        let head = Head::read(server)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        let mut body = Vec::new();
        relay(server, &mut body, head.framing(true))?;
        let Some(name) = self.name.as_ref().filter(|_| head.status() == Some(200)) else {
            return Ok([head.bytes, body].concat());
        };
        if head.framing(true) == Framing::Chunked {
            let chunks = std::mem::take(&mut body);
            Chunks::of(chunks.as_slice()).read_to_end(&mut body)?;
        }
        let mut list: Value = serde_json::from_slice(&body)?;
        let items = list["items"].as_array_mut();
        let (status, object) = match items.and_then(Vec::pop) {
            Some(object) => ("200 OK", object),
            None => (
                "404 Not Found",
                json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": 404,
                       "reason": "NotFound", "message": format!("\"{name}\" not found")}),
            ),
        };
        let object = object.to_string();
        let length = object.len();
        Ok(format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{object}"
        )
        .into_bytes())
    }
}
