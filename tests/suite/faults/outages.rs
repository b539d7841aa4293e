//! Outages (F9, F10, F34): while one lasts, one call at a time is made of each operation; when it ends, all who wait go on
//! at once (reliability.md section 3, R7).

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::scripted::{Call, Scripted, answered};
use super::truth::says_ready;
use crate::lifecycle::scene::{Scene, engine, message, permit, policy, ready, with};
use crate::rig::proxy::Gate;
use crate::rig::wait::{wait_for, wait_until};
use crate::rig::{Backend, Operator};

/// Policies of one crowd.
const CROWD: usize = 50;
/// How long an outage lasts: objects that failed all that time have pauses of up to 16 s, and most pauses are longer than
/// what R7 allows.
const LASTS: Duration = Duration::from_secs(25);
/// Passes of one kind at once: so many calls may be on their way when a breaker opens.
const AT_ONCE: u16 = 64;
/// How long all may take at the most.
const LONG: Duration = Duration::from_mins(2);

/// What every operation answers while the service is away.
const OPERATIONS: [&str; 8] = [
    "ListPolicyEngines",
    "ListPolicies",
    "ListTagsForResource",
    "CreatePolicyEngine",
    "CreatePolicy",
    "UpdatePolicy",
    "DeletePolicy",
    "UpdatePolicyEngine",
];

fn away(operation: &str) -> Value {
    json!({"operation": operation, "answer": {"error": "ServiceUnavailableException", "status": 503, "message": "away"}})
}

/// Policies `<prefix>00` and on, for this role.
fn crowd(prefix: &str, role: &str) -> Vec<Value> {
    let name = |number| format!("{prefix}{number:02}");
    (0..CROWD)
        .map(|number| policy(&name(number), &permit(role)))
        .collect()
}

/// Waits until this many policies are Ready of their generation, and says how long it took.
#[track_caller]
fn until_ready(scene: &Scene, count: usize) -> Duration {
    let (began, api) = (Instant::now(), &scene.namespace.api);
    wait_until(&format!("{count} policies to be Ready"), LONG, || {
        let policies = api.list(&scene.namespace.name, "policies");
        let ready = policies.iter().filter(|policy| says_ready(policy)).count();
        (ready == count)
            .then_some(())
            .ok_or_else(|| format!("{ready} are"))
    });
    began.elapsed()
}

/// An engine and a crowd `a`, Ready, and how long the crowd took without a fault.
#[track_caller]
fn calm(scene: &Scene) -> Duration {
    scene.apply(&[engine("refunds", json!({}))]);
    scene.until_ready("acpe/refunds");
    let began = Instant::now();
    scene.apply(&crowd("a", "agent"));
    until_ready(scene, CROWD);
    began.elapsed()
}

/// R7: after the outage.
#[track_caller]
fn assert_recovered(scene: &Scene, count: usize, clean: Duration) {
    let took = until_ready(scene, count);
    eprintln!("recovered in {took:?}; without a fault it takes {clean:?}");
    let allowed = 2 * clean + Duration::from_secs(5);
    assert!(
        took <= allowed,
        "recovery took {took:?}, and {allowed:?} are allowed"
    );
}

/// Waits until the outage has lasted.
#[track_caller]
fn outlast(began: Instant) {
    wait_for("the outage to have lasted", LONG, || began.elapsed() >= LASTS);
}

fn is_open(operator: &Operator, operation: &str) -> bool {
    let series = format!("agentcore_operator_breaker_open{{operation=\"{operation}\"");
    operator.metric(&series) > 0.0
}

/// Asserts that calls of each operation, after those that were under way when its breaker opened, came one at a time.
#[track_caller]
fn assert_no_herd(calls: &[Call]) {
    let mut by_operation: BTreeMap<&str, Vec<Duration>> = BTreeMap::new();
    for call in calls.iter().filter(|call| call.error.is_some()) {
        by_operation.entry(&call.operation).or_default().push(call.at);
    }
    assert!(!by_operation.is_empty(), "nothing was called");
    for (operation, at) in by_operation {
        // What was on its way when the third failure opened the breaker was answered in no time.
        let opened = at.get(2).copied().unwrap_or_default() + Duration::from_millis(950);
        let probes: Vec<Duration> = at.iter().copied().filter(|at| *at >= opened).collect();
        let apart = probes.windows(2).map(|pair| pair[1].saturating_sub(pair[0]));
        let closest = apart.min().unwrap_or(LASTS);
        eprintln!(
            "{operation}: {} calls, {} of them probes, the closest two {closest:?} apart",
            at.len(),
            probes.len()
        );
        assert!(closest >= Duration::from_millis(950), "{operation}: {closest:?}");
        let most = u64::from(AT_ONCE) + LASTS.as_secs();
        assert!(at.len() as u64 <= most, "{operation}: {} calls", at.len());
    }
}

/// Asserts that two calls for one policy, of which the first failed, were a second apart. Returns how many pairs there were.
#[track_caller]
fn assert_apart(calls: &[Call]) -> usize {
    let mut pairs = 0;
    let mut failed: BTreeMap<&str, Duration> = BTreeMap::new();
    let of_one = |call: &&Call| call.operation == "UpdatePolicy";
    for call in calls.iter().filter(of_one) {
        if let Some(before) = failed.remove(call.path.as_str()) {
            let apart = call.at.saturating_sub(before);
            // The journal has the time of the answer, and answers take a moment.
            assert!(apart >= Duration::from_millis(950), "{}: {apart:?}", call.path);
            pairs += 1;
        }
        if call.error.is_some() {
            failed.insert(&call.path, call.at);
        }
    }
    pairs
}

#[test]
fn f10_while_all_operations_fail_one_call_at_a_time_is_made_and_afterwards_all_is_soon_ready() {
    let scripted = Scripted::new("f10-all");
    let scene = &scripted.scene;
    let operator = scene.operator();
    let clean = calm(scene);
    let before = scripted.last();
    scripted.rules(&json!(OPERATIONS.map(away)));
    let began = Instant::now();
    scene.apply(&crowd("a", "boss"));
    scene.apply(&crowd("b", "agent"));
    // What was under way meets the outage at its create; from then on it is the look that fails.
    let object = scene.until("acpol/b00", "the failing look to be told", |object| {
        ready(object)["reason"] == "BackendUnavailable" && message(object).contains("ListPolicies")
    });
    outlast(began);
    assert!(is_open(&operator, "ListPolicies"), "{}", operator.metrics());
    assert_no_herd(&scripted.calls_since(before));
    let said = |object: &Value| object["status"]["conditions"].clone();
    let now = scene.object("acpol/b00").expect("the policy");
    assert_eq!(said(&now), said(&object), "the same cause gives the same words");
    scripted.rules(&json!([]));
    assert_recovered(scene, 2 * CROWD, clean);
    assert!(!is_open(&operator, "ListPolicies"));
    assert_eq!(scene.policies().len(), 2 * CROWD);
}

#[test]
fn f10_while_one_operation_fails_the_others_go_on_and_nobody_calls_more_than_once_a_second() {
    let scripted = Scripted::new("f10-one");
    let scene = &scripted.scene;
    let operator = scene.operator();
    let clean = calm(scene);
    let before = scripted.last();
    scripted.rules(&json!([away("UpdatePolicy")]));
    let began = Instant::now();
    scene.apply(&crowd("a", "boss"));
    scene.apply(&[policy("b00", &permit("agent"))]);
    scene.until_ready("acpol/b00");
    outlast(began);
    assert!(is_open(&operator, "UpdatePolicy"));
    let calls = scripted.calls_since(before);
    let updates: Vec<Call> = calls
        .into_iter()
        .filter(|call| call.operation == "UpdatePolicy")
        .collect();
    assert_no_herd(&updates);
    assert_apart(&updates);
    scripted.rules(&json!([]));
    assert_recovered(scene, CROWD + 1, clean);
    assert_apart(&scripted.calls_since(before));
}

#[test]
fn f9_half_of_the_calls_are_throttled_and_everything_gets_done_at_no_more_than_a_call_a_second() {
    let scripted = Scripted::new("f9-half");
    let scene = &scripted.scene;
    let _operator = scene.operator();
    let clean = calm(scene);
    let before = scripted.last();
    let odd = (0..400).map(|number| answered("UpdatePolicy", &json!(2 * number + 1), "ThrottlingException"));
    scripted.rules(&odd.collect());
    scene.apply(&crowd("a", "boss"));
    // Each of them meets a throttle with every other call: half of them fail once, a quarter twice, and so on.
    let ideal = clean + Duration::from_secs(6);
    let took = until_ready(scene, CROWD);
    let pairs = assert_apart(&scripted.calls_since(before));
    eprintln!("done in {took:?}; {pairs} calls were made again");
    assert!(pairs > 0, "nothing was throttled");
    assert!(took <= 2 * ideal + Duration::from_secs(5), "took {took:?}");
}

#[test]
fn f10_a_service_that_was_stopped_is_found_again_by_all_who_wait_for_it() {
    let mut scene = Scene::new("f10-stopped");
    let address = scene.backend.url.trim_start_matches("http://").to_owned();
    let operator = scene.operator();
    let clean = calm(&scene);
    let elsewhere = scene.namespace.dir().join("other");
    std::fs::create_dir_all(&elsewhere).expect("a folder");
    let other = Backend::start(&elsewhere, &[]);
    std::mem::replace(&mut scene.backend, other).kill();
    let began = Instant::now();
    scene.apply(&crowd("b", "agent"));
    scene.until_reason("acpol/b00", "BackendUnavailable");
    outlast(began);
    let unreachable = |metrics: &str| metrics.matches("code=\"unreachable\"").count();
    assert!(unreachable(&operator.metrics()) > 0);
    let failed: f64 = OPERATIONS
        .map(|operation| {
            let series = "agentcore_operator_backend_requests_total{operation=";
            operator.metric(&format!("{series}\"{operation}\",code=\"unreachable\""))
        })
        .iter()
        .sum();
    eprintln!("{failed} calls while it was stopped");
    assert!(
        failed <= 2.0 * (f64::from(AT_ONCE) + LASTS.as_secs_f64()),
        "{failed} calls"
    );
    scene.backend = Backend::start_at(&address, &scene.namespace.dir(), &[]);
    assert_recovered(&scene, 2 * CROWD, clean);
    assert_eq!(scene.policies().len(), 2 * CROWD);
}

#[test]
fn f34_after_an_outage_of_the_api_server_every_object_is_soon_looked_at_and_edits_are_carried_out() {
    let scene = Scene::new("f34");
    let gate = Gate::new();
    let operator = scene.setup().through(&gate).start_ready();
    let clean = calm(&scene);
    let resynced = |role: &str| {
        let objects = crowd("a", role).into_iter();
        objects
            .map(|object| with(object, "resyncInterval", json!("2s")))
            .collect::<Vec<Value>>()
    };
    scene.apply(&resynced("agent"));
    until_ready(&scene, CROWD);
    let failed = || operator.metric("controller_runtime_reconcile_errors_total{controller=\"Policy\"");
    let before = failed();
    gate.leave();
    let began = Instant::now();
    // The administrator takes another way.
    scene.apply(&resynced("boss"));
    scene.apply(&crowd("b", "agent"));
    wait_for("passes to fail", LONG, || failed() > before + 2.0);
    outlast(began);
    assert!(is_open(&operator, "Kubernetes"));
    let failures = failed() - before;
    eprintln!("{failures} passes failed");
    assert!(
        failures <= f64::from(AT_ONCE) + LASTS.as_secs_f64(),
        "{failures} passes"
    );
    gate.come_back();
    assert_recovered(&scene, 2 * CROWD, clean);
    assert!(!is_open(&operator, "Kubernetes"));
}

#[test]
fn f34_a_request_that_is_never_answered_is_given_up_and_its_pass_is_made_anew() {
    let scene = Scene::new("f34-silent");
    let gate = Gate::new();
    let operator = scene.setup().through(&gate).start_ready();
    scene.apply(&[engine("refunds", json!({}))]);
    scene.until_ready("acpe/refunds");
    gate.delay("/policies/held");
    scene.apply(&[policy("held", &permit("held")), policy("other", &permit("other"))]);
    scene.until_ready("acpol/other");
    let failed = || operator.metric("controller_runtime_reconcile_errors_total{controller=\"Policy\"");
    wait_for("the pass to fail", LONG, || failed() > 0.0);
    gate.open();
    scene.until_ready("acpol/held");
}
