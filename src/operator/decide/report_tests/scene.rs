//! One pass over a policy, made up; and what must hold of every status it ends in: Flux's checks and clean messages.

use crate::api::{Condition, Policy, PolicyEngine, Timestamp};
use crate::model::{Fault, FaultClass, Lifecycle};
use crate::operator::decide::*;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

pub const STATEMENT: &str =
    "permit(principal is AgentCore::OAuthUser, action, resource is AgentCore::Gateway) when { true };";

/// One pass over a policy, with everything that a row depends on.
pub struct Scene {
    pub object: Value,
    pub engine: Option<Value>,
    pub found: Result<Found<PolicyRecord>, Fault>,
    pub memory: Memory,
    pub outcome: Option<Outcome>,
    pub now: Timestamp,
    pub declared: Arc<Vec<Declaration>>,
    pub withheld: Option<String>,
    pub gateways: Gateways,
    pub beside: Option<u64>,
    pub generation: Option<Generated>,
}

/// What a pass comes to.
struct Passed {
    plan: Plan,
    report: Report,
    memory: Memory,
    token: Option<String>,
}

pub fn identity() -> Identity {
    Identity {
        cluster_id: "c".into(),
        namespace: "team".into(),
        name: "p".into(),
        uid: "u".into(),
    }
}

pub fn record(status: Lifecycle) -> PolicyRecord {
    PolicyRecord {
        resource: Resource {
            id: "p_1-aaaaaaaaaa".into(),
            arn: "arn".into(),
            name: identity().default_name(),
            status,
            word: None,
            status_reasons: Vec::new(),
            description: None,
            created_at: "2026-01-01T00:00:00Z".into(),
            updated_at: "2026-01-01T00:00:00Z".into(),
        },
        engine_id: "e-1234567890".into(),
        statement: Some(Statement::Cedar(STATEMENT.into())),
        enforcement_mode: Some("ACTIVE".into()),
        marked: false,
    }
}

pub fn fault(class: FaultClass) -> Fault {
    let code = if class == FaultClass::Unavailable {
        ""
    } else {
        "SomeException"
    };
    Fault {
        class,
        operation: "CreatePolicy",
        code: code.into(),
        message: "what AWS said".into(),
    }
}

impl Scene {
    /// A held policy of an ACTIVE engine, seen like this.
    pub fn new(found: Result<Found<PolicyRecord>, Fault>) -> Self {
        Self {
            object: json!({
                "apiVersion": "agentcore.dev/v1alpha1", "kind": "Policy",
                "metadata": {"name": "p", "namespace": "team", "uid": "u", "generation": 2,
                             "finalizers": ["agentcore.dev/finalizer"]},
                "spec": {"policyEngineRef": {"name": "e"}, "definition": {"cedar": {"statement": STATEMENT}}}
            }),
            engine: Some(json!({
                "apiVersion": "agentcore.dev/v1alpha1", "kind": "PolicyEngine", "metadata": {"name": "e"}, "spec": {},
                "status": {"policyEngineId": "e-1234567890", "status": "ACTIVE"}
            })),
            found,
            memory: Memory::new(Timestamp::UNIX_EPOCH, false),
            outcome: None,
            now: Timestamp::UNIX_EPOCH,
            declared: Arc::default(),
            withheld: None,
            gateways: Gateways::default(),
            beside: None,
            generation: None,
        }
    }

    pub fn with(mut self, pointer: &str, value: Value) -> Self {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        self.object.pointer_mut(parent).unwrap()[key] = value;
        self
    }

    pub fn outcome(mut self, outcome: Outcome) -> Self {
        self.outcome = Some(outcome);
        self
    }

    /// The object as it stands after a pass that ended in this status.
    pub fn after(mut self, status: Value) -> Self {
        self.object["status"] = status;
        self
    }

    /// Every pass has failed for this long.
    pub fn failing_for(mut self, how_long: Duration) -> Self {
        self.now = Timestamp::UNIX_EPOCH.checked_add(how_long).unwrap();
        self.memory.failing_since = Some(Timestamp::UNIX_EPOCH);
        let of_look = self.found.as_ref().err().map(|fault| fault.class);
        self.memory.failing = match &self.outcome {
            Some(Outcome::Failed(fault)) => Some(fault.class),
            Some(Outcome::Nothing | Outcome::Accepted { .. }) | None => of_look,
        };
        self.memory.waiting_since = Some(Timestamp::UNIX_EPOCH);
        self
    }

    pub fn report(&self) -> (Plan, Report) {
        let passed = self.pass();
        (passed.plan, passed.report)
    }

    /// The client token of the create that the pass plans.
    pub fn client_token(&self) -> String {
        self.pass().token.expect("a create")
    }

    /// The next pass over the same object, which has seen this, and is answered so.
    pub fn then(self, found: Result<Found<PolicyRecord>, Fault>, outcome: Option<Outcome>) -> Self {
        let Passed { memory, .. } = self.pass();
        Self {
            found,
            memory,
            outcome,
            ..self
        }
    }

    fn pass(&self) -> Passed {
        let object: Policy = serde_json::from_value(self.object.clone()).unwrap();
        let engine: Option<PolicyEngine> = self.engine.clone().map(|e| serde_json::from_value(e).unwrap());
        let engine = match &self.withheld {
            Some(text) => Referent::Withheld(text.clone()),
            None => engine.map_or(Referent::Absent, Referent::There),
        };
        let references = PolicyReferences {
            gateways: self.gateways.clone(),
            engine: Reference::by_object::<EngineKind>("e", &engine, EngineKind::FIELD),
            awaited: None,
            claims: Vec::new(),
            generation: self.generation.clone(),
            declared: Arc::clone(&self.declared),
        };
        let meta = &object.metadata;
        let subject = Subject {
            identity: identity(),
            generation: meta.generation.unwrap(),
            deleting: meta.deletion_timestamp.is_some(),
            kind_removed: false,
            held: meta.finalizers.is_some(),
            management: PolicyKind::management(&object),
            requests: Vec::new(),
            asked: None,
            spec_json: self.object["spec"].clone(),
            mirror: PolicyKind::mirror(&object),
        };
        let resync = subject.management.resync(Duration::from_mins(5));
        let pace = Pace {
            now: self.now,
            date: self.now,
            resync,
            deleting: subject.deleting,
            beside: self.beside,
        };
        let desire = PolicyKind::desire(&object, &references, &subject.identity);
        let identity = &subject.identity;
        let desire = wanted_of::<PolicyKind>(desire, &object, &references, identity, &self.found);
        let sight = Sight::<PolicyKind>::new(
            &subject,
            &object,
            &references,
            &desire,
            &self.found,
            &self.memory,
            pace,
        );
        let plan = plan(sight.facts);
        let sent = plan.writes_remotely();
        let outcome = self.outcome.clone().filter(|_| sent).unwrap_or(Outcome::Nothing);
        let (memory, report) = conclude(&sight, &self.memory, plan, &outcome);
        let token = match sight.write(plan, &self.memory) {
            Some(Write::Create { client_token, .. }) => Some(client_token),
            Some(Write::Adopt { .. } | Write::Update { .. } | Write::Delete { .. }) | None => None,
        };
        Passed {
            plan,
            report,
            memory,
            token,
        }
    }

    /// The status that is written.
    pub fn status(&self) -> Value {
        let (plan, report) = self.report();
        report
            .status
            .unwrap_or_else(|| panic!("{plan:?} writes no status"))
    }
}

/// `Ready`'s status and reason, then the other conditions with their reasons.
pub fn row(status: &Value) -> String {
    let conditions: Vec<Condition> = serde_json::from_value(status["conditions"].clone()).unwrap();
    flux(&conditions, status);
    let words = conditions.iter().map(|c| {
        let value = if c.type_ == "Ready" {
            format!("={}", c.status)
        } else {
            String::new()
        };
        format!("{}{value}/{}", c.type_, c.reason)
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Flux's checks (1.5) and the rules for messages (1.6).
pub fn flux(conditions: &[Condition], status: &Value) {
    let get = |kind: &str| conditions.iter().find(|c| c.type_ == kind);
    let ready = get("Ready").expect("FAIL0002");
    let negative = ["Reconciling", "Stalled", "Drifted"].map(get);
    if ready.status == "True" {
        assert!(negative.iter().all(Option::is_none), "FAIL0001 WARN0001");
    }
    if get("Reconciling").is_some() {
        assert_ne!(ready.status, "True", "FAIL0003");
    }
    if get("Stalled").is_some() {
        assert_eq!(ready.status, "False", "FAIL0004");
        assert!(get("Reconciling").is_none(), "FAIL0005");
    }
    if ready.status == "Unknown" {
        assert!(get("Reconciling").is_some(), "FAIL0011");
    }
    for condition in conditions {
        assert_eq!(
            condition.observed_generation,
            status["observedGeneration"].as_i64(),
            "FAIL0009"
        );
        assert!(
            !condition.reason.is_empty() && condition.status != "False" || condition.type_ == "Ready",
            "WARN0003"
        );
        assert!(!condition.message.contains('\n') && condition.message.chars().count() <= 1024);
        assert!(!condition.message.is_empty());
    }
}

pub fn there(status: Lifecycle) -> Found<PolicyRecord> {
    Found::There(record(status))
}

/// The same, being deleted.
pub fn deleted(scene: Scene) -> Scene {
    scene.with("/metadata/deletionTimestamp", json!("2026-01-01T00:00:00Z"))
}

pub fn accepted() -> Outcome {
    Outcome::Accepted { id: None }
}

pub fn synced() -> Value {
    Scene::new(Ok(there(Lifecycle::Active))).status()
}

pub fn drifted() -> Found<PolicyRecord> {
    let other = PolicyRecord {
        enforcement_mode: Some("LOG_ONLY".into()),
        ..record(Lifecycle::Active)
    };
    Found::There(other)
}

/// The status after a pass over an object in sync that panicked.
pub fn panicked() -> Value {
    let scene = Scene::new(Ok(Found::Absent)).after(synced());
    let object: Policy = serde_json::from_value(scene.object).unwrap();
    let subject = Subject {
        identity: identity(),
        generation: 2,
        deleting: false,
        kind_removed: false,
        held: true,
        management: PolicyKind::management(&object),
        requests: Vec::new(),
        asked: None,
        spec_json: json!({}),
        mirror: PolicyKind::mirror(&object),
    };
    let report = internal_error::<PolicyKind>(&subject, &object, 1, Timestamp::UNIX_EPOCH);
    report.status.expect("a status")
}
