//! The condition table, row by row (kubernetes-conventions.md 1.4), and what must hold of every row: Flux's checks,
//! clean messages, and that the same cause gives the same bytes.

use super::*;
use crate::api::{Condition, Policy, PolicyEngine, Timestamp};
use crate::model::{Fault, FaultClass, Lifecycle};
use serde_json::{Value, json};
use std::time::Duration;

const STATEMENT: &str =
    "permit(principal is AgentCore::OAuthUser, action, resource is AgentCore::Gateway) when { true };";

/// One pass over a policy, with everything that a row depends on.
struct Scene {
    object: Value,
    engine: Option<Value>,
    found: Result<Found<PolicyRecord>, Fault>,
    memory: Memory,
    outcome: Option<Outcome>,
    now: Timestamp,
}

fn identity() -> Identity {
    Identity {
        cluster_id: "c".into(),
        namespace: "team".into(),
        name: "p".into(),
        uid: "u".into(),
    }
}

fn record(status: Lifecycle) -> PolicyRecord {
    PolicyRecord {
        resource: Resource {
            id: "p_1-aaaaaaaaaa".into(),
            arn: "arn".into(),
            name: identity().default_name(),
            status,
            status_reasons: Vec::new(),
            description: None,
            created_at: "2026-01-01T00:00:00Z".into(),
            updated_at: "2026-01-01T00:00:00Z".into(),
        },
        engine_id: "e-1234567890".into(),
        statement: Some(Statement::Cedar(STATEMENT.into())),
        enforcement_mode: Some("ACTIVE".into()),
    }
}

fn fault(class: FaultClass) -> Fault {
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
    fn new(found: Result<Found<PolicyRecord>, Fault>) -> Self {
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
            memory: Memory::new(Timestamp::UNIX_EPOCH),
            outcome: None,
            now: Timestamp::UNIX_EPOCH,
        }
    }

    fn with(mut self, pointer: &str, value: Value) -> Self {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        self.object.pointer_mut(parent).unwrap()[key] = value;
        self
    }

    fn outcome(mut self, outcome: Outcome) -> Self {
        self.outcome = Some(outcome);
        self
    }

    /// The object as it stands after a pass that ended in this status.
    fn after(mut self, status: Value) -> Self {
        self.object["status"] = status;
        self
    }

    /// Every pass has failed for this long.
    fn failing_for(mut self, how_long: Duration) -> Self {
        self.now = Timestamp::UNIX_EPOCH.checked_add(how_long).unwrap();
        self.memory.failing_since = Some(Timestamp::UNIX_EPOCH);
        self.memory.waiting_since = Some(Timestamp::UNIX_EPOCH);
        self
    }

    fn report(&self) -> (Plan, Report) {
        let object: Policy = serde_json::from_value(self.object.clone()).unwrap();
        let engine: Option<PolicyEngine> = self.engine.clone().map(|e| serde_json::from_value(e).unwrap());
        let references = PolicyReferences {
            engine: EngineReference::by_object("e", engine.as_ref()),
            claimed: Vec::new(),
        };
        let meta = &object.metadata;
        let subject = Subject {
            identity: identity(),
            generation: meta.generation.unwrap(),
            deleting: meta.deletion_timestamp.is_some(),
            held: meta.finalizers.is_some(),
            management: PolicyKind::management(&object),
            requests: Vec::new(),
            asked: None,
            spec_json: self.object["spec"].clone(),
            mirror: PolicyKind::mirror(&object),
        };
        let resync = Some(Duration::from_mins(5));
        let pace = Pace {
            now: self.now,
            resync,
            deleting: subject.deleting,
        };
        let desire = PolicyKind::desire(&object, &references, &subject.identity);
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
        let refusal = self.memory.refusal(&sight.key).cloned();
        let memory = self.memory.clone().after(&sight.moment(plan, &outcome));
        let view = sight.view(memory.applied(&sight.payload_digest));
        let refusal = refusal.as_ref();
        let thought = Thought {
            sight: &sight,
            view,
            refusal,
            plan,
            outcome: &outcome,
            memory: &memory,
        };
        (plan, report(&thought))
    }

    /// The status that is written.
    fn status(&self) -> Value {
        let (plan, report) = self.report();
        report
            .status
            .unwrap_or_else(|| panic!("{plan:?} writes no status"))
    }
}

/// `Ready`'s status and reason, then the other conditions with their reasons.
fn row(status: &Value) -> String {
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
fn flux(conditions: &[Condition], status: &Value) {
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

fn there(status: Lifecycle) -> Found<PolicyRecord> {
    Found::There(record(status))
}

fn synced() -> Value {
    Scene::new(Ok(there(Lifecycle::Active))).status()
}

fn drifted() -> Found<PolicyRecord> {
    let other = PolicyRecord {
        enforcement_mode: Some("LOG_ONLY".into()),
        ..record(Lifecycle::Active)
    };
    Found::There(other)
}

const LONG: Duration = Duration::from_mins(16);

#[test]
fn s2_the_service_at_work_is_told_after_a_moment_and_not_before() {
    let scene = |status| Scene::new(Ok(there(status))).failing_for(Duration::from_secs(2));
    assert_eq!(
        row(&scene(Lifecycle::Creating).status()),
        "Ready=Unknown/Creating Reconciling/Creating"
    );
    assert_eq!(
        row(&scene(Lifecycle::Updating).status()),
        "Ready=Unknown/Updating Reconciling/Updating"
    );
    let (plan, report) = Scene::new(Ok(there(Lifecycle::Creating))).report();
    assert_eq!((plan, report.status), (Plan::Wait(Wait::InFlight), None));
}

#[test]
fn s3_s4_in_sync_is_synced_and_a_resync_writes_the_same() {
    assert_eq!(row(&synced()), "Ready=True/Synced");
    let again = Scene {
        now: Timestamp::now(),
        ..Scene::new(Ok(there(Lifecycle::Active))).after(synced())
    };
    assert_eq!(again.status(), synced(), "the same bytes, whatever the time");
}

#[test]
fn s5_s8_s10_a_failed_look_keeps_the_last_truth_and_work_outstanding_is_tried_again() {
    for (class, reason) in [
        (FaultClass::Throttled, "Throttled"),
        (FaultClass::Unavailable, "BackendUnavailable"),
    ] {
        let in_sync = Scene::new(Err(fault(class))).after(synced());
        assert_eq!(row(&in_sync.status()), "Ready=True/Stale");
        let fresh = Scene::new(Err(fault(class)));
        assert_eq!(
            row(&fresh.status()),
            format!("Ready=False/{reason} Reconciling/ProgressingWithRetry")
        );
        let write = Scene::new(Ok(Found::Absent)).outcome(Outcome::Failed(fault(class)));
        assert_eq!(
            row(&write.status()),
            format!("Ready=False/{reason} Reconciling/ProgressingWithRetry")
        );
        for scene in [in_sync, fresh, write] {
            let exhausted = "Ready=False/RetriesExhausted Stalled/RetriesExhausted";
            assert_eq!(row(&scene.failing_for(LONG).status()), exhausted);
        }
    }
}

#[test]
fn s6_s7_drift_is_corrected_or_under_observe_only_told() {
    let accepted = Outcome::Accepted { id: None };
    let corrected = Scene::new(Ok(drifted())).after(synced()).outcome(accepted);
    assert_eq!(
        row(&corrected.status()),
        "Ready=Unknown/DriftCorrecting Reconciling/DriftCorrecting"
    );
    let observed = Scene::new(Ok(drifted())).with("/spec/managementPolicy", json!("Observe"));
    let status = observed.status();
    assert_eq!(
        row(&status),
        "Ready=False/DriftDetected Stalled/DriftDetected Drifted/DriftDetected"
    );
    let absent = Scene::new(Ok(Found::Absent)).with("/spec/managementPolicy", json!("Observe"));
    assert_eq!(
        row(&absent.status()),
        "Ready=False/DriftDetected Stalled/DriftDetected Drifted/DriftDetected"
    );
}

#[test]
fn an_edit_that_was_accepted_is_not_told_before_it_is_seen() {
    let edited = Scene::new(Ok(drifted()))
        .after(synced())
        .with("/metadata/generation", json!(3));
    let (plan, report) = edited.outcome(Outcome::Accepted { id: None }).report();
    assert_eq!((plan, report.status), (Plan::Update, None));
}

#[test]
fn s9_a_dependency_that_is_missing_or_not_ready_is_named() {
    let missing = Scene {
        engine: None,
        ..Scene::new(Ok(Found::Unlocated))
    };
    assert_eq!(
        row(&missing.status()),
        "Ready=False/DependencyNotReady Reconciling/ProgressingWithRetry"
    );
    let mut creating = Scene::new(Ok(Found::Absent));
    creating.engine.as_mut().unwrap()["status"]["status"] = json!("CREATING");
    assert_eq!(
        row(&creating.status()),
        "Ready=False/DependencyNotReady Reconciling/ProgressingWithRetry"
    );
    // What is in sync needs nothing of its engine.
    let mut in_sync = Scene::new(Ok(there(Lifecycle::Active)));
    in_sync.engine.as_mut().unwrap()["status"]["status"] = json!("UPDATING");
    assert_eq!(row(&in_sync.status()), "Ready=True/Synced");
}

#[test]
fn s11_what_is_wrong_with_the_spec_or_failed_in_aws_stalls() {
    let statement = "permit(principal, action, resource is AgentCore::Gateway) when { = };";
    let unparsable = Scene::new(Ok(Found::Absent)).with("/spec/definition/cedar/statement", json!(statement));
    assert_eq!(
        row(&unparsable.status()),
        "Ready=False/InvalidPolicy Stalled/InvalidPolicy"
    );
    let wildcard = "permit(principal, action, resource) when { true && true };";
    let wildcard = Scene::new(Ok(Found::Absent)).with("/spec/definition/cedar/statement", json!(wildcard));
    assert_eq!(
        row(&wildcard.status()),
        "Ready=False/InvalidPolicy Stalled/InvalidPolicy"
    );
    let refused = Scene::new(Ok(Found::Absent)).outcome(Outcome::Failed(fault(FaultClass::Invalid)));
    assert_eq!(
        row(&refused.status()),
        "Ready=False/InvalidPolicy Stalled/InvalidPolicy"
    );
    let elsewhere = Scene::new(Ok(Found::Absent)).with("/spec/policyEngineRef/namespace", json!("other"));
    assert_eq!(
        row(&elsewhere.status()),
        "Ready=False/InvalidSpec Stalled/InvalidSpec"
    );
    for (status, reason) in [
        (Lifecycle::CreateFailed, "CreateFailed"),
        (Lifecycle::UpdateFailed, "UpdateFailed"),
        (Lifecycle::DeleteFailed, "DeleteFailed"),
    ] {
        let tried = Scene::new(Ok(there(status))).after(json!({"appliedDigest": synced()["appliedDigest"]}));
        assert_eq!(
            row(&tried.status()),
            format!("Ready=False/{reason} Stalled/{reason}")
        );
    }
}

#[test]
fn s12_a_name_that_is_somebody_else_s_is_a_conflict() {
    let named = |scene: Scene| scene.with("/spec/name", json!("Taken"));
    let mut theirs = record(Lifecycle::Active);
    theirs.resource.name = "Taken".into();
    let mut foreign = named(Scene::new(Ok(Found::There(theirs))));
    foreign.object["metadata"]
        .as_object_mut()
        .unwrap()
        .remove("finalizers");
    let status = foreign.status();
    assert_eq!(row(&status), "Ready=False/Conflict Stalled/Conflict");
    assert_eq!(status["status"], Value::Null, "what is not ours is not shown");
    // Held elsewhere in the account: a conflict that no listing explains, after a moment.
    let hidden = named(Scene::new(Ok(Found::Absent))).outcome(Outcome::Failed(fault(FaultClass::Conflict)));
    assert_eq!(
        row(&hidden.status()),
        "Ready=Unknown/Creating Reconciling/Creating"
    );
    assert_eq!(
        row(&hidden.failing_for(Duration::from_secs(6)).status()),
        "Ready=False/Conflict Stalled/Conflict"
    );
}

#[test]
fn s13_s14_a_denial_is_given_time_and_then_stalls_as_quota_and_clock_do_at_once() {
    let failed = |class| Scene::new(Ok(Found::Absent)).outcome(Outcome::Failed(fault(class)));
    let denied = failed(FaultClass::Denied);
    assert_eq!(
        row(&denied.status()),
        "Ready=False/AccessDenied Reconciling/ProgressingWithRetry"
    );
    let later = denied.failing_for(Duration::from_mins(3));
    assert_eq!(
        row(&later.status()),
        "Ready=False/AccessDenied Stalled/AccessDenied"
    );
    assert_eq!(
        row(&failed(FaultClass::Quota).status()),
        "Ready=False/QuotaExceeded Stalled/QuotaExceeded"
    );
    assert_eq!(
        row(&failed(FaultClass::Clock).status()),
        "Ready=False/ClockSkew Stalled/ClockSkew"
    );
}

#[test]
fn s15_s16_suspending_keeps_the_conditions_and_advances_only_if_nothing_else_changed() {
    let suspended = |scene: Scene| {
        scene
            .with("/spec/suspend", json!(true))
            .with("/metadata/generation", json!(3))
    };
    let alone = suspended(Scene::new(Ok(there(Lifecycle::Active))).after(synced())).status();
    assert_eq!(
        (row(&alone).as_str(), &alone["observedGeneration"]),
        ("Ready=True/Synced", &json!(3))
    );
    let edited = Scene::new(Ok(there(Lifecycle::Active)))
        .after(synced())
        .with("/spec/description", json!("new"));
    let edited = suspended(edited).status();
    assert_eq!(
        (row(&edited).as_str(), &edited["observedGeneration"]),
        ("Ready=True/Synced", &json!(2))
    );
}

#[test]
fn an_object_that_was_created_suspended_has_no_status_without_ready() {
    let (plan, report) = Scene::new(Ok(Found::Absent))
        .with("/spec/suspend", json!(true))
        .report();
    assert_eq!((plan, report.status), (Plan::Rest(Rest::Suspended), None));
}

#[test]
fn s17_s18_deleting_says_so_and_a_blocked_deletion_says_what_is_in_the_way() {
    let deleted = |scene: Scene| scene.with("/metadata/deletionTimestamp", json!("2026-01-01T00:00:00Z"));
    let going = deleted(Scene::new(Ok(there(Lifecycle::Deleting)))).failing_for(Duration::from_secs(2));
    assert_eq!(row(&going.status()), "Ready=False/Deleting Reconciling/Deleting");
    let busy = deleted(Scene::new(Ok(there(Lifecycle::Active))))
        .outcome(Outcome::Failed(fault(FaultClass::Conflict)));
    assert_eq!(row(&busy.status()), "Ready=False/Deleting Reconciling/Deleting");
    let blocked = busy.failing_for(Duration::from_secs(6));
    assert_eq!(
        row(&blocked.status()),
        "Ready=False/DeletionBlocked Stalled/DeletionBlocked"
    );
    let (plan, report) = deleted(Scene::new(Ok(Found::Absent))).report();
    assert_eq!(
        (plan, report.finalizer, report.status),
        (Plan::Release, FinalizerChange::Remove, None)
    );
}

#[test]
fn s20_a_panic_is_told_and_leaves_the_rest_as_it_stands() {
    let object: Policy =
        serde_json::from_value(Scene::new(Ok(Found::Absent)).after(synced()).object).unwrap();
    let subject = Subject {
        identity: identity(),
        generation: 2,
        deleting: false,
        held: true,
        management: PolicyKind::management(&object),
        requests: Vec::new(),
        asked: None,
        spec_json: json!({}),
        mirror: PolicyKind::mirror(&object),
    };
    let status = internal_error::<PolicyKind>(&subject, &object, Timestamp::UNIX_EPOCH)
        .status
        .unwrap();
    assert_eq!(
        row(&status),
        "Ready=False/InternalError Reconciling/ProgressingWithRetry"
    );
    assert_eq!(status["policyId"], synced()["policyId"]);
}

#[test]
fn a_transition_time_changes_only_with_the_status_it_is_of() {
    let later = Timestamp::UNIX_EPOCH.checked_add(Duration::from_secs(5)).unwrap();
    let failed = Scene::new(Err(fault(FaultClass::Unavailable))).status();
    let throttled = Scene {
        now: later,
        ..Scene::new(Err(fault(FaultClass::Throttled))).after(failed.clone())
    };
    let time = |status: &Value| status["conditions"][0]["lastTransitionTime"].clone();
    assert_eq!(time(&throttled.status()), time(&failed), "False is still False");
    let recovered = Scene {
        now: later,
        ..Scene::new(Ok(there(Lifecycle::Active))).after(failed.clone())
    };
    assert_ne!(time(&recovered.status()), time(&failed));
}
