//! What was asked and how it was answered, the latest requests only.

use serde::Serialize;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Entries that are kept; the oldest makes room.
const KEPT: usize = 10_000;

/// One request. Nothing in it is secret: no body, no query, no header.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// When it was answered, by the machine's time, in ISO 8601.
    pub time: String,
    /// The operation; none when the request is none of the model's.
    pub operation: Option<String>,
    /// HTTP method.
    pub method: String,
    /// Path, as it came.
    pub path: String,
    /// ARN of the caller; none when it was not verified who called.
    pub principal: Option<String>,
    /// How it ended.
    pub outcome: Outcome,
    /// Name of the error, if it was one.
    pub error: Option<String>,
    /// HTTP status of the answer; none when there was none.
    pub status: Option<u16>,
    /// Id of the request, as in the header `x-amzn-RequestId`.
    pub request_id: String,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was refused, or failed.
    Error,
    /// It was carried out, and the connection dropped without an answer.
    Dropped,
}

/// A part of the journal.
#[derive(Debug, Serialize)]
pub struct Page {
    /// The entries, the oldest first.
    pub entries: Vec<Numbered>,
    /// The number of the latest request; 0 before the first.
    pub last: u64,
}

/// An entry with its number.
#[derive(Clone, Debug, Serialize)]
pub struct Numbered {
    /// Counted from 1.
    pub number: u64,
    /// The request.
    #[serde(flatten)]
    pub entry: Entry,
}

/// The journal.
#[derive(Debug, Default)]
pub struct Journal(Mutex<Written>);

#[derive(Debug, Default)]
struct Written {
    entries: VecDeque<Numbered>,
    last: u64,
}

impl Journal {
    /// Adds a request.
    pub fn push(&self, entry: Entry) {
        let mut written = self.written();
        written.last += 1;
        let number = written.last;
        if written.entries.len() == KEPT {
            written.entries.pop_front();
        }
        written.entries.push_back(Numbered { number, entry });
    }

    /// The entries behind a number.
    pub fn after(&self, number: u64) -> Page {
        let written = self.written();
        let entries = written.entries.iter().filter(|entry| entry.number > number);
        Page {
            entries: entries.cloned().collect(),
            last: written.last,
        }
    }

    /// Forgets all entries.
    pub fn clear(&self) {
        self.written().entries.clear();
    }

    fn written(&self) -> MutexGuard<'_, Written> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str) -> Entry {
        Entry {
            time: "2026-01-01T00:00:00Z".to_owned(),
            operation: None,
            method: "GET".to_owned(),
            path: path.to_owned(),
            principal: None,
            outcome: Outcome::Done,
            error: None,
            status: Some(200),
            request_id: "r".to_owned(),
        }
    }

    #[test]
    fn entries_are_numbered_and_the_oldest_make_room() {
        let journal = Journal::default();
        for number in 0..KEPT + 2 {
            journal.push(entry(&format!("/{number}")));
        }
        let all = journal.after(0);
        assert_eq!(
            (all.entries.len(), all.entries[0].number, all.last),
            (KEPT, 3, KEPT as u64 + 2)
        );
        assert_eq!(
            journal.after(all.last - 1).entries[0].entry.path,
            format!("/{}", KEPT + 1)
        );
        journal.clear();
        journal.push(entry("/later"));
        let page = journal.after(0);
        assert_eq!((page.entries.len(), page.entries[0].number), (1, KEPT as u64 + 3));
    }

    #[test]
    fn an_entry_is_flat_json() {
        let journal = Journal::default();
        journal.push(entry("/"));
        assert_eq!(
            serde_json::to_value(journal.after(0)).unwrap(),
            serde_json::json!({"last": 1, "entries": [{
                "number": 1, "time": "2026-01-01T00:00:00Z", "operation": null, "method": "GET", "path": "/",
                "principal": null, "outcome": "done", "error": null, "status": 200, "requestId": "r",
            }]})
        );
    }
}
