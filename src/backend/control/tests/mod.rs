//! The operations over a real store, with clocks that tests move.

mod engines;
mod gateways;
mod generations;
mod judged;
mod overtaken;
mod policies;
mod revalidated;
mod scripted;
mod sizes;
mod switches;
mod tags;
mod tokens;
mod work;

use super::clock::ManualClock;
use super::*;
use crate::backend::generate::DeterministicAuthor;
use crate::backend::script::Catalog;
use crate::backend::solver::Solver;
use crate::backend::store::Sqlite;
use crate::backend::tools::Targets;
use serde_json::json;
use tempfile::TempDir;

const DELAY: Duration = Duration::from_millis(50);
const START: Micros = 1_771_934_400_123_456;
const GOOD: &str = "permit(principal is AgentCore::OAuthUser, action, resource is AgentCore::Gateway) \
    when { principal.hasTag(\"sub\") };";
const OTHER: &str = "permit(principal is AgentCore::IamEntity, action, resource is AgentCore::Gateway) \
    when { principal.id == \"x\" };";
const WRONG: &str = "permit(principal, action, resource is AgentCore::Gateway) when { principal.nope == 1 };";

struct Rig {
    directory: TempDir,
    service: Arc<ManualClock>,
    machine: Arc<ManualClock>,
    control: Control,
}

impl Rig {
    async fn new() -> Self {
        Self::switched(&[]).await
    }

    /// With these switches, each written `NAME=VALUE`.
    async fn switched(assignments: &[&str]) -> Self {
        Self::with(assignments, Arc::new(Targets::default())).await
    }

    /// With these switches and this author.
    async fn written_by(assignments: &[&str], author: Arc<dyn Author>) -> Self {
        let mut rig = Self::switched(assignments).await;
        rig.control.author = author;
        rig
    }

    /// With these switches and this source of tools.
    async fn with(assignments: &[&str], tools: Arc<dyn ToolSource>) -> Self {
        let mut switches = Switches::default();
        for assignment in assignments {
            switches.assign(assignment).unwrap();
        }
        let directory = TempDir::new().unwrap();
        let (service, machine) = (ManualClock::at(START), ManualClock::at(START + 7));
        let author = Arc::new(DeterministicAuthor);
        let control = control(&directory, &service, &machine, switches, tools, author).await;
        Self {
            directory,
            service,
            machine,
            control,
        }
    }

    /// Stores copies of a record, without a name, until there are this many of its kind.
    async fn multiply(&self, kind: Kind, id: &str, until: u32) {
        let key = |id: String| Key { kind, id };
        let one = self
            .control
            .store
            .get(&key(id.to_owned()))
            .await
            .unwrap()
            .unwrap();
        let more = (1..until).map(|n| {
            Write::Insert(Record {
                key: key(n.to_string()),
                name: None,
                ..one.clone()
            })
        });
        assert!(self.control.commit(more.collect()).await.unwrap());
    }

    /// As after a restart: another control over the same files.
    async fn restarted(self) -> Self {
        let Self {
            directory,
            service,
            machine,
            control: before,
        } = self;
        before.store.close().await;
        let (switches, tools) = (before.switches.clone(), Arc::clone(&before.tools));
        let author = Arc::clone(&before.author);
        let control = control(&directory, &service, &machine, switches, tools, author).await;
        Self {
            directory,
            service,
            machine,
            control,
        }
    }

    async fn call(&self, operation: &str, input: Value) -> Result<Value, Refusal> {
        let caller = Caller::root("123456789012");
        self.control
            .perform(operation, input, &caller, Faults::default())
            .await
    }

    async fn ok(&self, operation: &str, input: Value) -> Value {
        self.call(operation, input.clone())
            .await
            .unwrap_or_else(|refusal| panic!("{operation} {input}: {refusal:?}"))
    }

    async fn conflict(&self, operation: &str, input: Value) -> String {
        match self.call(operation, input).await {
            Err(Refusal::Conflict(text)) => text,
            other => panic!("{operation}: {other:?}"),
        }
    }

    async fn missing(&self, operation: &str, input: Value) -> String {
        match self.call(operation, input).await {
            Err(Refusal::NotFound(text)) => text,
            other => panic!("{operation}: {other:?}"),
        }
    }

    async fn invalid(&self, operation: &str, input: Value) -> String {
        match self.call(operation, input).await {
            Err(Refusal::Validation { message, .. }) => message,
            other => panic!("{operation}: {other:?}"),
        }
    }

    /// Lets the transition delay pass and does the work that is then due.
    async fn settle(&self) {
        self.service.advance(DELAY);
        self.machine.advance(DELAY);
        self.control.settle().await.unwrap();
    }

    async fn engine(&self, name: &str) -> String {
        let engine = self.ok("CreatePolicyEngine", json!({"name": name})).await;
        self.settle().await;
        engine["policyEngineId"].as_str().unwrap().to_owned()
    }

    async fn policy(&self, engine: &str, name: &str, statement: &str) -> Value {
        let policy = self.ok("CreatePolicy", new_policy(engine, name, statement)).await;
        self.settle().await;
        json!({"policyEngineId": engine, "policyId": policy["policyId"]})
    }
}

async fn control(
    directory: &TempDir,
    service: &Arc<ManualClock>,
    machine: &Arc<ManualClock>,
    switches: Switches,
    tools: Arc<dyn ToolSource>,
    author: Arc<dyn Author>,
) -> Control {
    let store = Arc::new(Sqlite::open(directory.path()).await.unwrap());
    let place = Place {
        region: "us-east-1".to_owned(),
        account: "123456789012".to_owned(),
        gateways: None,
    };
    let clocks = Clocks {
        service: service.clone(),
        machine: machine.clone(),
    };
    Control::new(Setup {
        store,
        place,
        clocks,
        delay: DELAY,
        switches,
        script: Arc::new(Script::new(Catalog::default())),
        tools,
        author,
        solver: Solver::none(),
    })
}

/// A control over a new store in this directory, by the time of this machine, whose transitions take no time.
pub async fn scratch(directory: &TempDir) -> Arc<Control> {
    scratch_with(directory, Switches::default(), Catalog::default()).await
}

/// The same with switches, and with what a script may name.
pub async fn scratch_with(directory: &TempDir, switches: Switches, catalog: Catalog) -> Arc<Control> {
    let store = Arc::new(Sqlite::open(directory.path()).await.unwrap());
    scratch_over(store, switches, catalog)
}

/// The same over a store that is there.
pub fn scratch_over(store: Arc<dyn Store>, switches: Switches, catalog: Catalog) -> Arc<Control> {
    let script = Arc::new(Script::new(catalog));
    let place = Place {
        region: "us-east-1".to_owned(),
        account: "123456789012".to_owned(),
        gateways: None,
    };
    Arc::new(Control::new(Setup {
        store,
        place,
        clocks: Clocks::system(&script),
        delay: Duration::ZERO,
        switches,
        author: Arc::new(DeterministicAuthor),
        script,
        tools: Arc::new(Targets::default()),
        solver: Solver::none(),
    }))
}

fn new_policy(engine: &str, name: &str, statement: &str) -> Value {
    json!({"policyEngineId": engine, "name": name, "definition": {"cedar": {"statement": statement}}})
}

fn with(mut input: Value, member: &str, value: Value) -> Value {
    input[member] = value;
    input
}

#[test]
fn no_operation_is_served_twice() {
    let mut names = SERVED.to_vec();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), SERVED.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_that_is_not_served_is_named() {
    let rig = Rig::new().await;
    let refusal = rig.call("CreateToaster", json!({})).await.unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "The operation CreateToaster is not served by this backend"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_key_stays_the_same_and_differs_between_stores() {
    let rig = Rig::new().await;
    let key = rig.control.page_key().await.unwrap();
    let rig = rig.restarted().await;
    assert_eq!(rig.control.page_key().await.unwrap(), key);
    assert_ne!(Rig::new().await.control.page_key().await.unwrap(), key);
}
