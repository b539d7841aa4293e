//! The real functions of `decide`, called once for each distinct input and remembered.
//!
//! A pass is a function of what was read, seen and remembered, so the checker may ask for it millions of times and have it
//! computed some thousand times. Statuses, memories and tokens are interned: equal values have equal numbers.

use super::backend::{Listing, Phase, Resource};
use super::manifest::{CLUSTER, Modelled, answered_id, fault, object, typed};
use super::mutant::Mutant;
use super::setting::Setting;
use super::world::{Call, ENGINE, Id, Object, Reply};
use crate::api::Timestamp;
use crate::model::FaultClass;
use crate::operator::cluster::Cluster;
use crate::operator::decide::{
    EngineKind, FinalizerChange, Memory, Outcome, Pace, PolicyKind, Sight, changes, conclude, plan,
};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::sync::RwLock;
use std::time::Duration;

/// The time of every pass.
const NOW: Timestamp = Timestamp::UNIX_EPOCH;
/// A time before everybody's patience.
const LONG_AGO: Duration = Duration::from_hours(24);

/// What a pass depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    pub slot: usize,
    pub object: Object,
    pub engine: Option<Object>,
    /// What the look showed, as far as this object can see it.
    pub listing: Result<Listing, FaultClass>,
    /// Which policies' objects refer to an engine that is being deleted.
    pub dependents: [bool; 3],
    pub memory: Option<Id>,
}

impl Key {
    /// Leaves out what makes no difference to this object, so that equal passes are recognised.
    pub fn reduced(mut self) -> Self {
        if let Ok(listing) = &mut self.listing {
            let presence = |it: &mut Resource| {
                *it = Resource {
                    phase: Phase::Active,
                    content: 0,
                    in_force: true,
                    clouded: false,
                    ..*it
                };
            };
            for (name, resource) in listing.iter_mut().enumerate() {
                let looked_at = name == self.slot || name == ENGINE || self.object.deleting;
                *resource = resource.filter(|_| looked_at);
                if name != self.slot {
                    resource.iter_mut().for_each(presence);
                }
                if let Some(it) = resource {
                    (it.in_force, it.clouded) = (true, false);
                }
            }
            if self.slot != ENGINE {
                for (name, resource) in listing.iter_mut().enumerate() {
                    *resource = resource.filter(|_| name == self.slot || name == ENGINE);
                }
            }
        }
        if self.slot == ENGINE && self.object.deleting {
            self.engine = None;
        } else {
            self.dependents = [false; 3];
        }
        self
    }
}

/// The same with statuses as they are written.
#[derive(Clone, Debug)]
pub struct Input {
    pub object: Object,
    pub engine: Option<(Object, Value)>,
    pub listing: Result<Listing, FaultClass>,
    pub dependents: Vec<usize>,
}

/// What a pass decides before anything is sent.
#[derive(Clone, Copy, Debug)]
pub struct Decision {
    pub call: Option<Call>,
}

/// What a pass comes to.
#[derive(Clone, Copy, Debug)]
pub struct Conclusion {
    pub memory: Id,
    /// A merge patch of the status, interned.
    pub patch: Option<Id>,
    pub finalizer: FinalizerChange,
}

/// What the model reads in a status.
#[derive(Clone, Debug)]
pub struct Told {
    pub observed: i64,
    pub ready: bool,
    pub reason: String,
    pub knows_id: bool,
}

#[derive(Debug)]
struct Interned<T> {
    numbers: HashMap<String, Id>,
    values: Vec<T>,
}

impl<T> Default for Interned<T> {
    fn default() -> Self {
        Self {
            numbers: HashMap::new(),
            values: Vec::new(),
        }
    }
}

impl<T> Interned<T> {
    fn number(&mut self, key: String, value: impl FnOnce() -> T) -> Id {
        let next = self.values.len();
        *self.numbers.entry(key).or_insert_with(|| {
            self.values.push(value());
            u32::try_from(next).expect("fewer than four thousand million")
        })
    }

    fn get(&self, number: Id) -> &T {
        &self.values[number as usize]
    }
}

#[derive(Debug, Default)]
struct Tables {
    statuses: Interned<(Value, Told)>,
    memories: Interned<Memory>,
    tokens: Interned<()>,
    patches: Interned<Map<String, Value>>,
    keys: HashMap<Key, Id>,
    inputs: Vec<(Key, Decision)>,
    conclusions: HashMap<(Id, Reply), Conclusion>,
    merged: HashMap<(Id, Id), Id>,
    aged: HashMap<Id, Id>,
}

/// The real functions and what they answered so far.
#[derive(Debug)]
pub struct Kernel {
    pub setting: Setting,
    pub mutant: Option<Mutant>,
    tables: RwLock<Tables>,
}

impl Kernel {
    pub fn new(setting: Setting, mutant: Option<Mutant>) -> Self {
        Self {
            setting,
            mutant,
            tables: RwLock::default(),
        }
    }

    fn read<T>(&self, of: impl FnOnce(&Tables) -> T) -> T {
        of(&self.tables.read().expect("no panic while writing"))
    }

    fn write<T>(&self, of: impl FnOnce(&mut Tables) -> T) -> T {
        of(&mut self.tables.write().expect("no panic while writing"))
    }

    /// How many distinct passes were computed with the real functions.
    pub fn computed(&self) -> usize {
        self.read(|tables| tables.inputs.len() + tables.conclusions.len())
    }

    /// The status of an object that has none: the CRD's default.
    pub fn blank(&self) -> Id {
        self.status(json!({"observedGeneration": -1}))
    }

    fn status(&self, status: Value) -> Id {
        let told = Told::read(&status);
        self.write(|tables| tables.statuses.number(status.to_string(), || (status, told)))
    }

    pub fn told(&self, status: Id) -> Told {
        self.read(|tables| tables.statuses.get(status).1.clone())
    }

    fn status_value(&self, status: Id) -> Value {
        self.read(|tables| tables.statuses.get(status).0.clone())
    }

    /// The pass over this input, up to its request.
    pub fn decide(&self, key: Key) -> (Id, Decision) {
        let key = key.reduced();
        let known = self.read(|t| t.keys.get(&key).map(|id| (*id, t.inputs[*id as usize].1)));
        known.unwrap_or_else(|| {
            let (decision, unsent) = self.think(&key, None);
            self.write(|tables| {
                let next = u32::try_from(tables.inputs.len()).expect("few inputs");
                let id = *tables.keys.entry(key).or_insert(next);
                if id == next {
                    tables.inputs.push((key, decision));
                    tables.conclusions.insert((id, Reply::Nothing), unsent);
                }
                (id, decision)
            })
        })
    }

    pub fn key(&self, input: Id) -> Key {
        self.read(|tables| tables.inputs[input as usize].0)
    }

    /// The pass over this input, from its answer on.
    pub fn conclude(&self, input: Id, reply: Reply) -> Conclusion {
        let known = self.read(|tables| tables.conclusions.get(&(input, reply)).copied());
        known.unwrap_or_else(|| {
            let (_, conclusion) = self.think(&self.key(input), Some(reply));
            self.write(|tables| tables.conclusions.insert((input, reply), conclusion));
            conclusion
        })
    }

    /// The same memory when much time has passed.
    pub fn aged(&self, memory: Id) -> Id {
        let known = self.read(|tables| tables.aged.get(&memory).copied());
        known.unwrap_or_else(|| {
            let old = self.read(|tables| tables.memories.get(memory).clone());
            let aged = self.memory(old.as_of(NOW - LONG_AGO));
            self.write(|tables| tables.aged.insert(memory, aged));
            aged
        })
    }

    fn memory(&self, mut memory: Memory) -> Id {
        // Only backoff counts beyond the first failure, and the model's clock knows no such pauses.
        memory.failures = memory.failures.min(1);
        self.write(|tables| tables.memories.number(format!("{memory:?}"), || memory))
    }

    /// What the API server makes of a status and a merge patch.
    pub fn merged(&self, status: Id, patch: Id) -> Id {
        let known = self.read(|tables| tables.merged.get(&(status, patch)).copied());
        known.unwrap_or_else(|| {
            let mut whole = self.status_value(status);
            let members = self.read(|tables| tables.patches.get(patch).clone());
            let stored = whole.as_object_mut().expect("a status is an object");
            for (member, value) in members {
                if value.is_null() {
                    stored.remove(&member);
                } else {
                    stored.insert(member, value);
                }
            }
            let merged = self.status(whole);
            self.write(|tables| tables.merged.insert((status, patch), merged));
            merged
        })
    }

    fn think(&self, key: &Key, reply: Option<Reply>) -> (Decision, Conclusion) {
        let input = Input {
            object: key.object,
            engine: key
                .engine
                .map(|engine| (engine, self.status_value(engine.status))),
            listing: key.listing,
            dependents: (0..3).filter(|slot| key.dependents[*slot]).collect(),
        };
        if key.slot == ENGINE {
            self.pass::<EngineKind>(key, &input, reply)
        } else {
            self.pass::<PolicyKind>(key, &input, reply)
        }
    }

    /// `controllers::pass` with the model in the place of both servers.
    fn pass<K: Modelled>(&self, key: &Key, input: &Input, reply: Option<Reply>) -> (Decision, Conclusion) {
        let (setting, slot) = (&self.setting, key.slot);
        let remembered = key.memory.map_or_else(
            || Memory::new(NOW, key.object.held),
            |memory| self.read(|tables| tables.memories.get(memory).clone()),
        );
        let status = self.status_value(key.object.status);
        let it = typed::<K>(object(setting, slot, key.object, &status));
        let stored = serde_json::to_value(&it).expect("JSON");
        let references = K::references(setting, input);
        let subject = Cluster::subject::<K>(&it, CLUSTER);
        let desire = K::desire(&it, &references, &subject.identity);
        let sought = K::sought(&it, &references, &subject.identity);
        let found = K::observe(setting, input, &sought);
        let pace = Pace {
            now: NOW,
            date: NOW,
            resync: subject.management.resync(Duration::from_mins(5)),
            deleting: subject.deleting,
            beside: None,
        };
        let sight = Sight::<K>::new(&subject, &it, &references, &desire, &found, &remembered, pace);
        let planned = Mutant::plan(self.mutant, sight.facts, plan);
        let write = sight.write(planned, &remembered);
        let call = write.as_ref().map(|write| {
            let verb = K::verb(write, |token| {
                let token = Mutant::token(self.mutant, token, write, &sight, &remembered);
                self.write(|tables| tables.tokens.number(token, || ()))
            });
            Call { slot, verb }
        });
        let outcome = match reply {
            None | Some(Reply::Nothing) => Outcome::Nothing,
            Some(Reply::Accepted(serial)) => {
                Outcome::of(planned, Ok(serial.map(|serial| answered_id(slot, serial))))
            }
            Some(Reply::Failed(class)) => Outcome::of(planned, Err(fault(class))),
        };
        let (memory, mut report) = conclude(&sight, &remembered, planned, &outcome);
        let known = K::known_id(&it).is_some();
        if Mutant::lets_go(self.mutant, sight.facts, planned, &outcome, known) {
            // A release says nothing of the object, which is about to be gone.
            (report.finalizer, report.status) = (FinalizerChange::Remove, None);
        }
        let patch = report
            .status
            .map(|status| changes(stored.get("status").unwrap_or(&Value::Null), &status))
            .filter(|patch| !patch.is_empty());
        let conclusion = Conclusion {
            memory: self.memory(memory),
            patch: patch.map(|patch| {
                let text = Value::Object(patch.clone()).to_string();
                self.write(|tables| tables.patches.number(text, || patch))
            }),
            finalizer: report.finalizer,
        };
        (Decision { call }, conclusion)
    }
}

impl Told {
    fn read(status: &Value) -> Self {
        let conditions = status["conditions"].as_array().into_iter().flatten();
        let ready = conditions.clone().find(|c| c["type"] == "Ready");
        Self {
            observed: status["observedGeneration"].as_i64().unwrap_or(-1),
            ready: ready.is_some_and(|c| c["status"] == "True"),
            reason: ready
                .and_then(|c| c["reason"].as_str())
                .unwrap_or_default()
                .to_owned(),
            knows_id: status.get("policyId").or(status.get("policyEngineId")).is_some(),
        }
    }
}
