//! The pass over an object of any kind, with the real functions of `decide`; between its steps a process may end.

use crate::api::{FINALIZER, Timestamp};
use crate::model::{Fault, FaultClass};
use crate::operator::cluster::Cluster;
use crate::operator::decide::{
    FinalizerChange, Found, Kind, Memory, Outcome, Pace, Sight, Write, conclude, plan,
};
use serde_json::{Value, json};
use std::time::Duration;

use super::cloud::fault;

/// What happens on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Harm {
    /// Nothing.
    Nothing,
    /// The process ends before it writes.
    EndsBefore,
    /// It ends when it has written, and nothing is published.
    EndsAfter,
    /// The answer to its write is lost.
    Unheard,
}

/// An object, and what is remembered of it.
#[derive(Clone, Debug)]
pub struct Actor {
    /// As the API server has it, if it has it.
    pub object: Option<Value>,
    memory: Option<Memory>,
}

impl Actor {
    /// One that was just applied.
    pub fn new(object: Value) -> Self {
        Self {
            object: Some(object),
            memory: None,
        }
    }

    /// The object as its kind.
    pub fn read<O: serde::de::DeserializeOwned>(&self) -> Option<O> {
        let object = self.object.clone()?;
        Some(serde_json::from_value(object).expect("an object"))
    }

    /// Makes a pass; whether it changed anything anywhere.
    pub fn pass<K: Kind>(
        &mut self,
        references: &K::References,
        found: Found<K::Observed>,
        (now, harm): (Timestamp, Harm),
        act: impl FnOnce(Write<'_, K>) -> Result<Option<String>, Fault>,
    ) -> bool {
        let Some(object) = self.read::<K::Object>() else {
            return false;
        };
        let subject = Cluster::subject::<K>(&object, "c");
        let memory = self
            .memory
            .take()
            .unwrap_or_else(|| Memory::new(now, subject.held));
        let desire = K::desire(&object, references, &subject.identity);
        let pace = Pace {
            now,
            date: now,
            resync: Some(Duration::from_mins(5)),
            deleting: subject.deleting,
            beside: None,
        };
        let found = Ok(found);
        let sight = Sight::<K>::new(&subject, &object, references, &desire, &found, &memory, pace);
        let planned = plan(sight.facts);
        if harm == Harm::EndsBefore {
            return true;
        }
        let outcome = match sight.write(planned, &memory) {
            None => Outcome::Nothing,
            Some(write) => {
                let answer = act(write);
                let heard = if harm == Harm::Unheard {
                    Err(fault(FaultClass::Unavailable))
                } else {
                    answer
                };
                Outcome::of(planned, heard)
            }
        };
        if harm == Harm::EndsAfter {
            return true;
        }
        let (memory, report) = conclude(&sight, &memory, planned, &outcome);
        self.memory = Some(memory);
        let before = self.object.clone();
        self.publish(report.status, report.finalizer, subject.deleting);
        outcome != Outcome::Nothing || self.object != before
    }

    fn publish(&mut self, status: Option<Value>, finalizer: FinalizerChange, deleting: bool) {
        let Some(object) = self.object.as_mut() else {
            return;
        };
        if let Some(status) = status {
            object["status"] = status;
        }
        match finalizer {
            FinalizerChange::Keep => {}
            FinalizerChange::Add => object["metadata"]["finalizers"] = json!([FINALIZER]),
            FinalizerChange::Remove => object["metadata"]["finalizers"] = json!([]),
        }
        if deleting && object["metadata"]["finalizers"] == json!([]) {
            self.object = None;
            self.memory = None;
        }
    }

    /// The process ends: what it remembered is gone.
    pub fn forget(&mut self) {
        self.memory = None;
    }
}
