//! What is kept of each resource, and what is shown of it.

mod engine;
mod gateway;
mod generation;
mod policy;
mod target;

use super::Control;
use super::clock::Micros;
use super::defaults::text;
use super::lifecycle::{Event, Next, Status};
use super::refusal::Refusal;
use crate::backend::store::{Key, Kind, Record, Write};
use crate::backend::switches::MutationResponseStatus;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::time::Duration;

pub use engine::{EngineBody, EngineView};
pub use gateway::{GatewayBody, GatewaySettings, GatewayView};
pub use generation::{AssetBody, AssetFinding, AssetView, GeneratedAsset, GenerationBody, GenerationView};
pub use policy::{Definition, EnforcementMode, PolicyBody, PolicyView, Rule, StatementText, ValidationMode};
pub use target::{TargetBody, TargetSettings, TargetView};

/// Tags of a resource.
pub type Tags = BTreeMap<String, String>;

/// A kind of resource: where its records are, and what is in them.
pub trait Body: Serialize + DeserializeOwned + Send + Sync {
    /// Kind of the records.
    const KIND: Kind;
    /// What it is called at the beginning of a sentence.
    const NOUN: &str;
    /// Its statuses.
    type Status: Status;

    /// Notes that the status changed, when, and why if it failed.
    fn changed(&mut self, at: Micros, reasons: Vec<String>);

    /// What it weighs where sizes are bounded.
    fn size(&self) -> i64 {
        0
    }
}

/// A kind of resource that has tags.
pub trait Tagged: Body {
    /// Its tags.
    fn tags(&mut self) -> &mut Tags;
}

/// A record with its body read.
#[derive(Clone, Debug)]
pub struct Stored<B: Body> {
    /// The columns; its `body` and its `size` are out of date, [`Stored::body`] is what counts.
    pub record: Record,
    /// Status of the resource.
    pub status: B::Status,
    /// The rest.
    pub body: B,
}

impl<B: Body> Stored<B> {
    /// A new resource; `name` is one that no other of its kind has, if it has one.
    pub fn new(id: String, parent: &str, name: impl Into<Option<String>>, created: Micros, body: B) -> Self {
        let record = Record {
            key: Key { kind: B::KIND, id },
            parent: parent.to_owned(),
            name: name.into(),
            scope: None,
            size: 0,
            version: 0,
            status: String::new(),
            due: None,
            created,
            body: String::new(),
        };
        Self {
            record,
            status: B::Status::NEW,
            body,
        }
    }

    /// Reads the body of a record.
    pub fn read(record: Record) -> Result<Self, Refusal> {
        let unreadable =
            |why: &str| Refusal::Fault(format!("record {} cannot be read: {why}", record.key.id));
        // Where it is wrong, and not by which words: they may be nobody's business.
        let body = serde_json::from_str(&record.body).map_err(|error: serde_json::Error| {
            let (line, column) = (error.line(), error.column());
            let what = if error.is_data() {
                "not what is kept of one"
            } else {
                "no JSON"
            };
            unreadable(&format!("its body is {what} at line {line}, column {column}"))
        })?;
        let status = B::Status::parse(&record.status).ok_or_else(|| unreadable("unknown status"))?;
        Ok(Self { record, status, body })
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.record.key.id
    }

    /// Begins a caller's change that leads to `next` and gives the status before, or says that the service is still at
    /// work on it; `verb` is what cannot be done then, such as `updated`.
    pub fn begin(
        &mut self,
        control: &Control,
        next: Next<B::Status>,
        verb: &str,
    ) -> Result<B::Status, Refusal> {
        let Next::Status(status) = next else {
            return Err(Refusal::Conflict(text::busy(B::NOUN, verb, &self.status)));
        };
        let before = std::mem::replace(&mut self.status, status);
        self.body.changed(control.clocks.service.now(), Vec::new());
        self.record.due = Some(control.settles_at());
        Ok(before)
    }

    /// It as the answer to a change shows it (`compat.mutation-response-status`).
    pub fn answered(mut self, control: &Control, before: B::Status) -> Self {
        if control.switches.mutation_response_status == MutationResponseStatus::Previous {
            self.status = before;
        }
        self
    }

    /// Keeps it, as it is now, for whoever works on it for so long; false when somebody else was there before.
    pub async fn lease(&mut self, control: &Control, time: Duration) -> Result<bool, Refusal> {
        let time = Micros::try_from(time.as_micros()).unwrap_or(Micros::MAX);
        self.record.due = Some(control.clocks.machine.now().saturating_add(time));
        let done = control.commit(vec![self.replace()?]).await?;
        if done {
            self.record.version += 1;
        }
        Ok(done)
    }

    /// Ends the service's work on it at `now`; `reasons` say why it failed.
    pub fn end(mut self, event: Event, now: Micros, reasons: Vec<String>) -> Result<Write, Refusal> {
        self.record.due = None;
        match self.status.after(event) {
            Next::Status(status) => {
                self.status = status;
                self.body.changed(now, reasons);
            }
            Next::Gone => return Ok(self.remove()),
            Next::Busy | Next::Unmoved => {}
        }
        self.replace()
    }

    /// Adds it.
    pub fn insert(&self) -> Result<Write, Refusal> {
        Ok(Write::Insert(self.written()?))
    }

    /// Writes it over the version that was read.
    pub fn replace(&self) -> Result<Write, Refusal> {
        Ok(Write::Replace(self.written()?))
    }

    /// Takes away the version that was read.
    pub fn remove(&self) -> Write {
        Write::Remove(self.record.key.clone(), self.record.version)
    }

    /// Requires that it is still the version that was read.
    pub fn unchanged(&self) -> Write {
        Write::Unchanged(self.record.key.clone(), self.record.version)
    }

    fn written(&self) -> Result<Record, Refusal> {
        let body = serde_json::to_string(&self.body).map_err(|error| Refusal::Fault(error.to_string()))?;
        Ok(Record {
            status: self.status.to_string(),
            body,
            size: self.body.size(),
            ..self.record.clone()
        })
    }
}
