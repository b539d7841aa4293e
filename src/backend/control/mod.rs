//! The operations: what a request does to what is kept. Knows no HTTP and no SQL.
//!
//! [`Control::perform`] takes an operation's name and its checked input and gives its output or a [`Refusal`].
//! Changes are asynchronous, as AWS's are: a request writes a status such as `CREATING` and when it is due to
//! settle, and [`Control::work`] settles it then, also after a restart.

mod changes;
mod clock;
mod defaults;
mod engine;
mod gateway;
mod generation;
mod in_force;
mod judge;
mod lifecycle;
mod list;
mod operations;
mod place;
mod policy;
mod record;
mod refusal;
mod revalidate;
mod scripted;
mod seen;
mod settle;
mod statement;
mod tags;
mod target;
#[cfg(test)]
mod tests;
mod token;

use crate::backend::generate::Author;
use crate::backend::script::{Faults, Script};
use crate::backend::solver::Solver;
use crate::backend::store::{Commit, Key, Kind, Record, Refused, Store, Write};
use crate::backend::switches::Switches;
use crate::backend::tools::ToolSource;
use crate::cedar::Kept;
use crate::model::sha256;
use record::{Body, Stored};
use scripted::Scripted;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::sync::Notify;

pub use changes::{Changed, Changes};
pub use clock::{Clock, Micros, ServiceClock, SystemClock};
pub use generation::{Desk, DraftError, candidates};
pub use in_force::{EngineInForce, GatewayInForce, PolicyInForce, TargetInForce, Unreadable};
#[cfg(test)]
pub use operations::SERVED;
pub use place::Place;
pub use refusal::{Reason, Refusal};
pub use seen::Seen;
pub use target::Passes;
#[cfg(test)]
pub use tests::{scratch, scratch_over, scratch_with};

/// How often an operation starts over when another one overtakes it between its reads and its commit.
const ATTEMPTS: usize = 64;
/// The record that holds the key of page tokens.
const PAGE_KEY: &str = "page-key";

/// Who is calling, as STS tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Twelve-digit account id.
    pub account: String,
    /// ARN of the caller.
    pub arn: String,
    /// Unique id of the caller.
    pub user_id: String,
    /// Id of the access key that the request was signed with, when signatures are verified.
    pub access_key: Option<String>,
}

impl Caller {
    /// The account itself: whoever sends requests that nobody verifies.
    pub fn root(account: &str) -> Self {
        Self {
            arn: format!("arn:aws:iam::{account}:root"),
            user_id: account.to_owned(),
            account: account.to_owned(),
            access_key: None,
        }
    }
}

/// The two clocks of the backend.
#[derive(Clone, Debug)]
pub struct Clocks {
    /// The service's time: timestamps, lifetimes of tokens. Tests may set it.
    pub service: Arc<dyn Clock>,
    /// The machine's time: when a transition is due, so that setting the other one stops nothing.
    pub machine: Arc<dyn Clock>,
}

impl Clocks {
    /// Both show the time of this machine, the service's until the script sets it.
    pub fn system(script: &Arc<Script>) -> Self {
        Self {
            service: Arc::new(ServiceClock(Arc::clone(script))),
            machine: Arc::new(SystemClock),
        }
    }
}

/// What the operations stand on.
#[derive(Debug)]
pub struct Setup {
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// Account and region.
    pub place: Place,
    /// Service's and machine's time.
    pub clocks: Clocks,
    /// How long a resource stays in a status such as `CREATING`.
    pub delay: Duration,
    /// What is done where nothing public says what AWS does.
    pub switches: Switches,
    /// What tests ask for beyond what AWS does.
    pub script: Arc<Script>,
    /// Where the tools of gateway targets come from.
    pub tools: Arc<dyn ToolSource>,
    /// Who writes generated policies.
    pub author: Arc<dyn Author>,
    /// Who answers what is open about findings.
    pub solver: Solver,
}

/// The operations over a store.
#[derive(Debug)]
pub struct Control {
    store: Arc<dyn Store>,
    place: Place,
    clocks: Clocks,
    delay: Micros,
    switches: Switches,
    script: Arc<Script>,
    scripted: Scripted,
    tools: Arc<dyn ToolSource>,
    author: Arc<dyn Author>,
    solver: Solver,
    /// Statements and schemas that were read before.
    kept: Arc<Kept>,
    changes: Changes,
    /// The worker sleeps until then; an earlier due time must wake it.
    asleep_until: AtomicI64,
    wake: Notify,
}

impl Control {
    /// The operations on this ground.
    pub fn new(setup: Setup) -> Self {
        let Setup {
            store,
            place,
            clocks,
            delay,
            switches,
            script,
            tools,
            author,
            solver,
        } = setup;
        Self {
            store,
            place,
            clocks,
            delay: Micros::try_from(delay.as_micros()).unwrap_or(Micros::MAX),
            switches,
            script,
            scripted: Scripted::default(),
            tools,
            author,
            solver,
            kept: Arc::default(),
            changes: Changes::default(),
            asleep_until: AtomicI64::new(Micros::MAX),
            wake: Notify::new(),
        }
    }

    /// Performs an operation of the model on an input that satisfies the model's constraints.
    ///
    /// Members are named as in the model; moments are microseconds since 1970; a list's token is the position
    /// itself. The output may hold more members than the output shape names.
    ///
    /// `faults` is what the fault script says of this call, as far as it concerns the operation.
    pub async fn perform(
        &self,
        operation: &str,
        input: Value,
        caller: &Caller,
        faults: Faults,
    ) -> Result<Value, Refusal> {
        tracing::debug!(operation, caller = caller.arn, "performing");
        scripted::under(faults, operations::perform(self, operation, input)).await
    }

    /// Whether [`Control::perform`] knows an operation.
    pub fn serves(operation: &str) -> bool {
        operations::SERVED.contains(&operation)
    }

    /// Account and region.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// What is done where nothing public says what AWS does.
    pub fn switches(&self) -> &Switches {
        &self.switches
    }

    /// The service's time.
    pub fn now(&self) -> Micros {
        self.clocks.service.now()
    }

    /// What tests ask for beyond what AWS does.
    pub fn script(&self) -> &Arc<Script> {
        &self.script
    }

    /// What has changed of what calls meet.
    pub fn changes(&self) -> &Changes {
        &self.changes
    }

    /// How often changes are to be looked for that [`Control::changes`] does not tell: those of other processes with the
    /// same database.
    pub fn look_every(&self) -> Duration {
        self.store.look_every()
    }

    /// A secret of this store, the same after every restart and on every replica.
    pub async fn page_key(&self) -> Result<String, Refusal> {
        let key = Key {
            kind: Kind::Setting,
            id: PAGE_KEY.to_owned(),
        };
        loop {
            if let Some(record) = self.store.get(&key).await? {
                return Ok(record.body);
            }
            let random: [u128; 2] = rand::random();
            let record = Record {
                key: key.clone(),
                parent: String::new(),
                name: None,
                scope: None,
                size: 0,
                version: 0,
                status: String::new(),
                due: None,
                created: self.clocks.service.now(),
                body: sha256([random.map(|n| n.to_string()).concat().as_str()])
                    .as_str()
                    .to_owned(),
            };
            self.store.commit(vec![Write::Insert(record)]).await?;
        }
    }

    /// The resource with this id, if there is one.
    async fn find<B: Body>(&self, id: &str) -> Result<Option<Stored<B>>, Refusal> {
        let key = Key {
            kind: B::KIND,
            id: id.to_owned(),
        };
        self.store.get(&key).await?.map(Stored::read).transpose()
    }

    /// When a change that is made now settles.
    fn settles_at(&self) -> Micros {
        let stay = Micros::try_from(scripted::stay().as_micros()).unwrap_or(Micros::MAX);
        let delay = self.delay.saturating_add(stay);
        self.clocks.machine.now().saturating_add(delay)
    }

    /// Commits a batch; false when it was overtaken and the operation must look again. That policies would be too large
    /// is known by the store alone, and is told at once.
    async fn commit(&self, batch: Vec<Write>) -> Result<bool, Refusal> {
        let due = batch.iter().filter_map(due).min();
        let noted = self.note(&batch).await?;
        let changing = self.changes.begin(&batch);
        let commit = self.store.commit(batch).await;
        drop(changing);
        let commit = commit?;
        self.scripted.conclude(noted, commit == Commit::Done);
        match commit {
            Commit::Done => {
                if due.is_some_and(|due| due < self.asleep_until.load(Ordering::SeqCst)) {
                    self.wake.notify_one();
                }
                Ok(true)
            }
            Commit::Refused(Refused::TooLarge(..)) => Err(policy::too_large(&self.switches)),
            Commit::Refused(refused) => {
                tracing::debug!(?refused, "a change was overtaken");
                Ok(false)
            }
        }
    }
}

fn due(write: &Write) -> Option<Micros> {
    match write {
        Write::Insert(record) | Write::Replace(record) => record.due,
        Write::Unchanged(..) | Write::Fewer { .. } | Write::Fits { .. } | Write::Remove(..) => None,
    }
}

/// Repeats `attempt` until it is not overtaken.
async fn until_done<T, F>(mut attempt: impl FnMut() -> F) -> Result<T, Refusal>
where
    F: Future<Output = Result<Option<T>, Refusal>> + Send,
{
    for _ in 0..ATTEMPTS {
        if let Some(done) = attempt().await? {
            return Ok(done);
        }
    }
    Err(Refusal::Conflict(
        "The resource is being changed by other requests".to_owned(),
    ))
}
