//! What decides at one gateway: immutable snapshots, of which one is in force.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use cedar_policy_core::ast::{Entity, EntityUID};

use super::index::Index;
use super::rule::{Mode, Place, Reading, Rule};
use super::tools::Tools;
use super::words::{Words, uid};
use crate::cedar::parse::parsed;
use crate::cedar::refusal::ParseFailure;
use crate::cedar::schema::Schema;
use crate::model::{Digest, sha256};

/// The authorizer of one gateway. Readers take the [`Snapshot`] that is in force and wait for nobody; changes are made one
/// after the other, and each is in force at once and whole, or not at all.
#[derive(Debug)]
pub struct Authorizer {
    gateway: Arc<str>,
    current: ArcSwap<Snapshot>,
    register: Mutex<Register>,
}

/// The policies and tools that decide at a gateway, at one moment. Until tools and policies are loaded nothing is allowed.
#[derive(Debug)]
pub struct Snapshot {
    pub(super) generation: u64,
    pub(super) gateway: Arc<EntityUID>,
    pub(super) tools: Option<Arc<Tools>>,
    pub(super) index: Index,
    /// The actions that conditions name.
    pub(super) named: Arc<[Arc<Entity>]>,
}

/// A change of one policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is there, with this statement.
    Put {
        /// Its id.
        policy: String,
        /// Exactly one static policy of Cedar.
        statement: String,
        /// Whether it decides.
        mode: Mode,
    },
    /// It is not there.
    Remove {
        /// Its id.
        policy: String,
    },
}

/// Why a change was not made: what was in force before still is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// A statement does not parse.
    #[error("policy {policy}: {failure}")]
    Statement {
        /// The policy's id.
        policy: String,
        /// What is wrong with it.
        failure: ParseFailure,
    },
    /// A fault of this program.
    #[error("the policies cannot be put in force: {0}")]
    Fault(String),
}

/// What changes are made from; readers never see it.
#[derive(Debug, Default)]
struct Register {
    policies: HashMap<Arc<str>, Registered>,
}

#[derive(Debug)]
struct Registered {
    digest: Digest,
    mode: Mode,
    place: Option<Place>,
    rule: Arc<Rule>,
    named: BTreeSet<Arc<str>>,
}

/// A policy after a change: none when it is not there any more.
type After = Option<Registered>;

impl Authorizer {
    /// The authorizer of the gateway with this ARN, with nothing loaded.
    ///
    /// # Errors
    /// [`BuildError::Fault`].
    pub fn new(gateway: &str) -> Result<Self, BuildError> {
        let words = Words::get().map_err(BuildError::Fault)?;
        let nothing = Snapshot {
            generation: 0,
            gateway: Arc::new(uid(&words.gateway, gateway)),
            tools: None,
            index: Index::default(),
            named: Arc::from([]),
        };
        Ok(Self {
            gateway: gateway.into(),
            current: ArcSwap::from_pointee(nothing),
            register: Mutex::default(),
        })
    }

    /// What is in force: to be taken once a decision.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.current.load_full()
    }

    /// Takes what the gateway offers from this schema. Gives the generation that is in force then.
    ///
    /// # Errors
    /// [`BuildError::Fault`]; what was in force still is.
    pub fn offer(&self, schema: &Schema) -> Result<u64, BuildError> {
        let words = Words::get().map_err(BuildError::Fault)?;
        let tools = Arc::new(Tools::of(schema, words).map_err(BuildError::Fault)?);
        let register = self.register.lock().unwrap_or_else(PoisonError::into_inner);
        let current = self.snapshot();
        let named = tools.actions(&register.named_with(&BTreeMap::new()));
        Ok(self.publish(Snapshot {
            generation: current.generation + 1,
            gateway: Arc::clone(&current.gateway),
            tools: Some(tools),
            index: current.index.clone(),
            named,
        }))
    }

    /// Makes changes, all of them at once; of two changes of one policy the last counts. Only what changed is parsed. Gives
    /// the generation that is in force then.
    ///
    /// # Errors
    /// [`BuildError`] when a statement is none; nothing has changed then.
    pub fn apply(&self, changes: impl IntoIterator<Item = Change>) -> Result<u64, BuildError> {
        let register = self.register.lock().unwrap_or_else(PoisonError::into_inner);
        self.carry_out(register, by_policy(changes))
    }

    /// Makes these the policies, and no others; as [`Authorizer::apply`]. What has not changed is not parsed.
    ///
    /// # Errors
    /// As [`Authorizer::apply`].
    pub fn replace(&self, policies: impl IntoIterator<Item = Change>) -> Result<u64, BuildError> {
        let mut changes = by_policy(policies);
        let register = self.register.lock().unwrap_or_else(PoisonError::into_inner);
        for id in register
            .policies
            .keys()
            .filter(|id| !changes.contains_key(*id))
            .cloned()
            .collect::<Vec<_>>()
        {
            let policy = id.as_ref().to_owned();
            changes.insert(id, Change::Remove { policy });
        }
        self.carry_out(register, changes)
    }

    fn carry_out(
        &self,
        mut register: MutexGuard<'_, Register>,
        changes: BTreeMap<Arc<str>, Change>,
    ) -> Result<u64, BuildError> {
        let words = Words::get().map_err(BuildError::Fault)?;
        let mut readings = BTreeMap::new();
        for (id, change) in changes {
            readings.extend(register.reading(id, change, &self.gateway, words)?);
        }
        let current = self.snapshot();
        if readings.is_empty() {
            return Ok(current.generation);
        }
        let mut index = current.index.clone();
        for (id, after) in &readings {
            let before = register.policies.get(id);
            if let Some((place, rule)) =
                before.and_then(|before| Some((before.place.as_ref()?, &before.rule)))
            {
                index.remove(place, rule);
            }
            if let Some((place, rule)) = after
                .as_ref()
                .and_then(|after| Some((after.place.as_ref()?, &after.rule)))
            {
                index.insert(place, rule);
            }
        }
        let named = match &current.tools {
            Some(tools) if register.is_renamed_by(&readings) => {
                tools.actions(&register.named_with(&readings))
            }
            Some(_) | None => Arc::clone(&current.named),
        };
        let generation = self.publish(Snapshot {
            generation: current.generation + 1,
            gateway: Arc::clone(&current.gateway),
            tools: current.tools.clone(),
            index,
            named,
        });
        register.note(readings);
        Ok(generation)
    }

    fn publish(&self, snapshot: Snapshot) -> u64 {
        let generation = snapshot.generation;
        self.current.store(Arc::new(snapshot));
        generation
    }
}

/// Changes by the policy that changes; of two of one policy the last counts.
fn by_policy(changes: impl IntoIterator<Item = Change>) -> BTreeMap<Arc<str>, Change> {
    let changes = changes.into_iter();
    changes.map(|change| (change.policy().into(), change)).collect()
}

impl Snapshot {
    /// Which one it is: a later one has a greater number, and 0 is none.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }
}

impl Change {
    /// The id of the policy that changes.
    fn policy(&self) -> &str {
        match self {
            Self::Put { policy, .. } | Self::Remove { policy } => policy,
        }
    }
}

impl Register {
    /// What a change comes to: nothing when all is so already.
    fn reading(
        &self,
        id: Arc<str>,
        change: Change,
        gateway: &str,
        words: &Words,
    ) -> Result<Option<(Arc<str>, After)>, BuildError> {
        let before = self.policies.get(&id);
        let Change::Put {
            policy,
            statement,
            mode,
        } = change
        else {
            return Ok(before.map(|_| (id, None)));
        };
        let digest = sha256([statement.as_str()]);
        if before.is_some_and(|before| before.digest == digest && before.mode == mode) {
            return Ok(None);
        }
        let read = |policy| Reading::of(&policy, &id, mode, gateway, words);
        let reading =
            parsed(&statement, read).map_err(|failure| BuildError::Statement { policy, failure })?;
        let registered = Registered {
            digest,
            mode,
            place: reading.place,
            rule: reading.rule,
            named: reading.named,
        };
        Ok(Some((id, Some(registered))))
    }

    /// Whether conditions that name actions come or go.
    fn is_renamed_by(&self, readings: &BTreeMap<Arc<str>, After>) -> bool {
        readings.iter().any(|(id, after)| {
            let both = [self.policies.get(id), after.as_ref()];
            both.into_iter().flatten().any(|policy| !policy.named.is_empty())
        })
    }

    /// The actions that conditions name when these changes are made.
    fn named_with(&self, readings: &BTreeMap<Arc<str>, After>) -> BTreeSet<Arc<str>> {
        let unchanged = self.policies.iter().filter(|(id, _)| !readings.contains_key(*id));
        let unchanged = unchanged.map(|(_, policy)| policy);
        let policies = unchanged.chain(readings.values().flatten());
        policies.flat_map(|policy| policy.named.iter().cloned()).collect()
    }

    /// Notes changes that were made.
    fn note(&mut self, readings: BTreeMap<Arc<str>, After>) {
        for (id, after) in readings {
            match after {
                Some(policy) => self.policies.insert(id, policy),
                None => self.policies.remove(&id),
            };
        }
    }
}
