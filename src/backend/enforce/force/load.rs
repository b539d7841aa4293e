//! Reading what is in force, and keeping up with it.

use super::gate::{Engine, Gate};
use crate::backend::control::{Changed, Control, EngineInForce, GatewayInForce, PolicyInForce, Refusal};
use crate::cedar::{Authorizer, BuildError, Change, Mode, Schema};
use arc_swap::ArcSwap;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

/// How long a call waits for changes that were made before it.
const CATCHING_UP: Duration = Duration::from_millis(250);
/// Pause after the store failed.
const AFTER_FAILURE: Duration = Duration::from_millis(500);

/// Gateways by id.
type Gates = HashMap<String, Arc<Gate>>;

/// What is in force at all gateways.
#[derive(Debug)]
pub struct Force {
    control: Arc<Control>,
    gates: ArcSwap<Gates>,
    /// How many batches of changes are in force; none before everything was read for the first time.
    applied: watch::Sender<Option<u64>>,
}

impl Force {
    /// Nothing, until [`Force::follow`].
    pub fn new(control: Arc<Control>) -> Self {
        control.changes().follow();
        Self {
            control,
            gates: ArcSwap::default(),
            applied: watch::Sender::new(None),
        }
    }

    /// The gateway with this id, if it takes calls.
    pub fn gate(&self, id: &str) -> Option<Arc<Gate>> {
        self.gates.load().get(id).cloned()
    }

    /// Waits until everything was read for the first time.
    pub async fn loaded(&self) {
        let mut applied = self.applied.subscribe();
        while applied.borrow_and_update().is_none() {
            if applied.changed().await.is_err() {
                return;
            }
        }
    }

    /// Waits until everything is in force that was committed before; not for ever, since what was in force before still
    /// is (service.md 11.9 knows no figure).
    pub async fn caught_up(&self) {
        let begun = self.control.changes().begun();
        if self.applied.borrow().is_some_and(|applied| applied >= begun) {
            return;
        }
        let mut applied = self.applied.subscribe();
        let caught_up = async move {
            while applied.borrow_and_update().is_none_or(|applied| applied < begun) {
                if applied.changed().await.is_err() {
                    return;
                }
            }
        };
        if timeout(CATCHING_UP, caught_up).await.is_err() {
            tracing::debug!("a call is decided by what was in force before the last changes");
        }
    }

    /// Reads everything, then follows changes until `shutdown`.
    pub async fn follow(&self, shutdown: CancellationToken) {
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = self.follow_for_ever() => {}
        }
    }

    async fn follow_for_ever(&self) {
        let switches = self.control.switches();
        let delay = switches.propagation_delay.get();
        let mut whole = Instant::now();
        let mut waiting: BTreeSet<Changed> = BTreeSet::new();
        let mut batches = 0;
        loop {
            let outcome = if Instant::now() >= whole {
                let loaded = self.load().await;
                if loaded.is_ok() {
                    whole = Instant::now() + self.control.look_every();
                }
                loaded
            } else {
                self.change(&waiting).await
            };
            match outcome {
                Ok(()) => {
                    waiting.clear();
                    self.applied.send_replace(Some(batches));
                }
                Err(error) => {
                    tracing::error!(%error, "what is in force at gateways cannot be read; what was in force stays");
                    sleep(AFTER_FAILURE).await;
                    continue;
                }
            }
            tokio::select! {
                () = sleep_until(whole) => {}
                (changed, ended) = self.control.changes().take() => {
                    match delay {
                        Some(delay) => sleep(delay).await,
                        // It takes for ever.
                        None => std::future::pending().await,
                    }
                    waiting.extend(changed);
                    batches = ended;
                }
            }
        }
    }

    /// Reads every gateway and all policies: at the beginning, and for what other processes with the same database have
    /// changed.
    pub(super) async fn load(&self) -> Result<(), Refusal> {
        let mut gates = Gates::new();
        let mut policies: HashMap<String, Vec<PolicyInForce>> = HashMap::new();
        for id in self.control.gateway_ids().await? {
            let Some(gateway) = self.control.gateway_in_force(&id).await? else {
                continue;
            };
            let gate = match gateway.engine.clone() {
                Some(engine) => {
                    if !policies.contains_key(&engine.id) {
                        let of_engine = self.control.policies_in_force(&engine.id).await?;
                        policies.insert(engine.id.clone(), of_engine);
                    }
                    let policies = policies.get(&engine.id).map_or(&[][..], Vec::as_slice);
                    let authorizer = by_all(&gateway, &engine, policies, self.gate(&id).as_deref());
                    governed(gateway, engine, authorizer)
                }
                None => Gate::new(gateway, None),
            };
            gates.insert(id, Arc::new(gate));
        }
        self.gates.store(Arc::new(gates));
        Ok(())
    }

    /// Makes changes that were told. Policies that are there come before gateways, and those that are gone after them: a
    /// forbid is in force before the tool that it is for, and a permit goes no sooner than what it was for.
    pub(super) async fn change(&self, changed: &BTreeSet<Changed>) -> Result<(), Refusal> {
        let (mut there, mut gone) = (Vec::new(), Vec::new());
        for one in changed {
            if let Changed::Policy(id) = one {
                match self.control.policy_in_force(id).await? {
                    Some(policy) => there.push(policy),
                    None => gone.push(Change::Remove { policy: id.clone() }),
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

    async fn change_gateway(&self, id: &str) -> Result<(), Refusal> {
        let gate = match self.control.gateway_in_force(id).await? {
            None => None,
            Some(gateway) => Some(match gateway.engine.clone() {
                Some(engine) => {
                    let authorizer = match same_engine(&gateway, &engine, self.gate(id).as_deref()) {
                        Some(authorizer) => Ok(authorizer),
                        None => authorizer(&gateway, &self.control.policies_in_force(&engine.id).await?),
                    };
                    governed(gateway, engine, authorizer)
                }
                None => Gate::new(gateway, None),
            }),
        };
        self.publish(id, gate);
        Ok(())
    }

    /// From now on this is the gateway with this id, if there is one.
    fn publish(&self, id: &str, gate: Option<Gate>) {
        let mut gates = Gates::clone(&self.gates.load());
        match gate {
            Some(gate) => gates.insert(id.to_owned(), Arc::new(gate)),
            None => gates.remove(id),
        };
        self.gates.store(Arc::new(gates));
    }

    /// Changes policies at every gateway, by what changes in its engine.
    async fn change_policies(&self, of_engine: impl Fn(&str) -> Vec<Change> + Send) -> Result<(), Refusal> {
        let gates = self.gates.load_full();
        let mut broken = Vec::new();
        for gate in gates.values() {
            let Some(engine) = &gate.engine else { continue };
            let changes = of_engine(&engine.id);
            if changes.is_empty() {
                continue;
            }
            match &engine.authorizer {
                Ok(authorizer) => {
                    if let Err(error) = authorizer.apply(changes) {
                        self.close(gate, engine, &error);
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
    fn close(&self, gate: &Gate, engine: &Engine, error: &BuildError) {
        let id = gate.gateway.id.as_str();
        tracing::error!(gateway = id, %error, "nothing is allowed at this gateway");
        let engine = Engine {
            authorizer: Err(error.to_string()),
            ..engine.clone()
        };
        self.publish(id, Some(Gate::new(gate.gateway.clone(), Some(engine))));
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

/// What decides at a gateway by all policies that its engine has in force. Of what decided before, what has not changed is
/// not read again.
fn by_all(
    gateway: &GatewayInForce,
    engine: &EngineInForce,
    policies: &[PolicyInForce],
    before: Option<&Gate>,
) -> Result<Arc<Authorizer>, String> {
    let Some(authorizer) = same_engine(gateway, engine, before) else {
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
