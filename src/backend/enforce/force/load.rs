//! Reading what is in force.
//!
//! A record that cannot be read closes what depends on it, and nothing else: a policy closes the gateways of its engine,
//! a gateway or a target its gateway (I8: what cannot be known is not taken to be what it was).

use super::gate::{Engine, Gate};
use crate::backend::control::{
    Changed, Control, EngineInForce, GatewayInForce, PolicyInForce, Refusal, Unreadable,
};
use crate::cedar::{Authorizer, BuildError, Change, Mode, Schema};
use arc_swap::ArcSwap;
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::fmt::Display;
use std::sync::Arc;

/// What was read of a gateway that takes calls.
#[derive(Clone, Debug)]
enum Read {
    /// All of it.
    Whole(Arc<Gate>),
    /// Its record, or one of a target, could not be.
    Not,
}

/// Gateways by id.
type Gates = HashMap<String, Read>;

/// Policies that were read, by the id of their engine.
type Policies = HashMap<String, Result<Vec<PolicyInForce>, Unreadable>>;

/// A gateway whose records cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unread;

/// What was read last of all gateways.
#[derive(Debug)]
pub struct Loaded {
    control: Arc<Control>,
    gates: ArcSwap<Gates>,
}

impl Loaded {
    /// Nothing yet.
    pub fn new(control: Arc<Control>) -> Self {
        Self {
            control,
            gates: ArcSwap::default(),
        }
    }

    /// The gateway with this id, if it takes calls.
    pub fn gate(&self, id: &str) -> Result<Option<Arc<Gate>>, Unread> {
        match self.gates.load().get(id) {
            None => Ok(None),
            Some(Read::Whole(gate)) => Ok(Some(Arc::clone(gate))),
            Some(Read::Not) => Err(Unread),
        }
    }

    /// Those that were read, with their engines.
    fn governed(&self) -> Vec<(Arc<Gate>, Engine)> {
        let gates = self.gates.load();
        let governed = gates.values().filter_map(|read| match read {
            Read::Whole(gate) => Some((Arc::clone(gate), gate.engine.clone()?)),
            Read::Not => None,
        });
        governed.collect()
    }

    /// Reads these gateways, those that are known already, and all their policies.
    pub async fn load(&self, mut ids: BTreeSet<String>) -> Result<(), Refusal> {
        let mut gates = Gates::new();
        ids.extend(self.gates.load().keys().cloned());
        let mut policies = Policies::new();
        for id in ids {
            if let Some(read) = self.read(&id, Some(&mut policies)).await? {
                gates.insert(id, read);
            }
        }
        self.gates.store(Arc::new(gates));
        Ok(())
    }

    /// A gateway as it is now, if it takes calls: with all policies of its engine, as they are in `all` or are put there; without
    /// `all`, what decided there before goes on.
    async fn read(&self, id: &str, all: Option<&mut Policies>) -> Result<Option<Read>, Refusal> {
        let gateway = match self.control.gateway_in_force(id).await? {
            Ok(Some(gateway)) => gateway,
            Ok(None) => return Ok(None),
            Err(unreadable) => {
                tracing::error!(gateway = id, error = %unreadable, "this gateway takes no calls");
                return Ok(Some(Read::Not));
            }
        };
        let gate = match gateway.engine.clone() {
            Some(engine) => {
                let before = self.gate(id).ok().flatten();
                let authorizer = match (same_engine(&gateway, &engine, before.as_deref()), all) {
                    (Some(authorizer), None) => Ok(authorizer),
                    (same, all) => {
                        let mut own = Policies::new();
                        let policies = self.policies(&engine.id, all.unwrap_or(&mut own)).await?;
                        policies.and_then(|policies| by_all(&gateway, same, policies))
                    }
                };
                governed(gateway, engine, authorizer)
            }
            None => Gate::new(gateway, None),
        };
        Ok(Some(Read::Whole(Arc::new(gate))))
    }

    /// The policies of an engine, read once.
    async fn policies<'p>(
        &self,
        engine: &str,
        known: &'p mut Policies,
    ) -> Result<Result<&'p [PolicyInForce], String>, Refusal> {
        let policies = match known.entry(engine.to_owned()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(free) => free.insert(self.control.policies_in_force(engine).await?),
        };
        Ok(policies.as_deref().map_err(ToString::to_string))
    }

    /// Makes changes that were told. Policies that are there come before gateways, and those that are gone after them: a
    /// forbid is in force before the tool that it is for, and a permit goes no sooner than what it was for.
    pub async fn change(&self, changed: &BTreeSet<Changed>) -> Result<(), Refusal> {
        let (mut there, mut gone) = (Vec::new(), Vec::new());
        for one in changed {
            if let Changed::Policy(id) = one {
                match self.control.policy_in_force(id).await? {
                    Ok(Some(policy)) => there.push(policy),
                    Ok(None) => gone.push(Change::Remove { policy: id.clone() }),
                    Err(unreadable) => self.distrust(&unreadable).await?,
                }
            }
        }
        self.change_policies(|engine| {
            let of_engine = there.iter().filter(|policy| policy.engine == engine);
            of_engine.map(put).collect()
        })
        .await?;
        for one in changed {
            if let Changed::Gateway(id) = one {
                self.change_gateway(id).await?;
            }
        }
        self.change_policies(|_| gone.clone()).await
    }

    /// Closes the gateways that a policy decides at which cannot be read: those of its engine. Where not even that can be
    /// read, every gateway reads all its policies again, and those that cannot are closed.
    async fn distrust(&self, unreadable: &Unreadable) -> Result<(), Refusal> {
        for (gate, engine) in self.governed() {
            match &unreadable.parent {
                Some(parent) if *parent != engine.id => {}
                Some(_) => self.close(&gate, &engine, unreadable),
                None => {
                    self.close(&gate, &engine, unreadable);
                    self.change_gateway(&gate.gateway.id).await?;
                }
            }
        }
        Ok(())
    }

    async fn change_gateway(&self, id: &str) -> Result<(), Refusal> {
        let read = self.read(id, None).await?;
        self.publish(id, read);
        Ok(())
    }

    /// From now on this is the gateway with this id, if there is one.
    fn publish(&self, id: &str, read: Option<Read>) {
        let mut gates = Gates::clone(&self.gates.load());
        match read {
            Some(read) => gates.insert(id.to_owned(), read),
            None => gates.remove(id),
        };
        self.gates.store(Arc::new(gates));
    }

    /// Changes policies at every gateway, by what changes in its engine.
    async fn change_policies(&self, of_engine: impl Fn(&str) -> Vec<Change> + Send) -> Result<(), Refusal> {
        let mut broken = Vec::new();
        for (gate, engine) in self.governed() {
            let changes = of_engine(&engine.id);
            if changes.is_empty() {
                continue;
            }
            match &engine.authorizer {
                Ok(authorizer) => {
                    if let Err(error) = authorizer.apply(changes) {
                        self.close(&gate, &engine, &error);
                    }
                }
                // It may be whole again.
                Err(_) => broken.push(gate.gateway.id.clone()),
            }
        }
        for id in broken {
            self.change_gateway(&id).await?;
        }
        Ok(())
    }

    /// Nothing is allowed at a gateway any more whose policies cannot be put in force.
    fn close(&self, gate: &Gate, engine: &Engine, error: &impl Display) {
        let id = gate.gateway.id.as_str();
        tracing::error!(gateway = id, %error, "nothing is allowed at this gateway");
        let engine = Engine {
            authorizer: Err(error.to_string()),
            ..engine.clone()
        };
        let gate = Gate::new(gate.gateway.clone(), Some(engine));
        self.publish(id, Some(Read::Whole(Arc::new(gate))));
    }
}

/// What decided at a gateway before, when that was by the same engine and the same tools, and can be relied on. With other
/// tools it is made anew: who holds the gateway of before decides by the tools of before.
fn same_engine(
    gateway: &GatewayInForce,
    engine: &EngineInForce,
    before: Option<&Gate>,
) -> Option<Arc<Authorizer>> {
    let before = before.filter(|before| before.gateway.offer == gateway.offer)?;
    let known = before.engine.as_ref().filter(|known| known.id == engine.id)?;
    known.authorizer.as_ref().ok().cloned()
}

fn authorizer(gateway: &GatewayInForce, policies: &[PolicyInForce]) -> Result<Arc<Authorizer>, String> {
    let told = |error: BuildError| error.to_string();
    let schema = Schema::of_offer(&gateway.offer).map_err(|error| error.to_string())?;
    let authorizer = Authorizer::new(&gateway.arn).map_err(told)?;
    authorizer.apply(policies.iter().map(put)).map_err(told)?;
    authorizer.offer(&schema).map_err(told)?;
    Ok(Arc::new(authorizer))
}

/// What decides at a gateway by all policies that its engine has in force. Of what decided before, if that is the same, what
/// has not changed is not read again.
fn by_all(
    gateway: &GatewayInForce,
    same: Option<Arc<Authorizer>>,
    policies: &[PolicyInForce],
) -> Result<Arc<Authorizer>, String> {
    let Some(authorizer) = same else {
        return authorizer(gateway, policies);
    };
    authorizer
        .replace(policies.iter().map(put))
        .map_err(|error| error.to_string())?;
    Ok(authorizer)
}

/// A gateway that this decides for.
fn governed(
    gateway: GatewayInForce,
    engine: EngineInForce,
    authorizer: Result<Arc<Authorizer>, String>,
) -> Gate {
    if let Err(error) = &authorizer {
        tracing::error!(gateway = gateway.id, error, "nothing is allowed at this gateway");
    }
    let engine = Engine {
        id: engine.id,
        arn: engine.arn.into(),
        enforces: engine.enforces,
        authorizer,
    };
    Gate::new(gateway, Some(engine))
}

fn put(policy: &PolicyInForce) -> Change {
    Change::Put {
        policy: policy.id.clone(),
        statement: policy.statement.clone(),
        mode: if policy.decides {
            Mode::Active
        } else {
            Mode::LogOnly
        },
    }
}
