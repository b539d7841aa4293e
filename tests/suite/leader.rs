//! Several operators, of which one writes (L1 of kubernetes-conventions.md; F36 and F48 of reliability.md).

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::lifecycle::scene::{Scene, calls, engine, engine_and_policies};
use crate::rig::proxy::Gate;
use crate::rig::wait::{wait_for, wait_until};
use crate::rig::{Operator, OperatorSetup};

/// As long as a Lease lasts, and a look.
const FAILOVER: Duration = Duration::from_secs(15);
const SOON: Duration = Duration::from_secs(20);

/// Two operators that want to lead, the first of which does, and who asks.
struct Pair<'a> {
    scene: &'a Scene,
    setup: OperatorSetup<'a>,
    gate: Arc<Gate>,
}

impl<'a> Pair<'a> {
    #[track_caller]
    fn new(scene: &'a Scene) -> Self {
        Self {
            setup: scene.setup().electing(),
            gate: Gate::new(),
            scene,
        }
    }

    /// Started one after the other; the first goes through the gate.
    #[track_caller]
    fn start(&self) -> (Operator, Operator) {
        let mut first = self
            .setup
            .clone()
            .named("first")
            .env("AGENTCORE_OPERATOR_IDENTITY", "first")
            .through(&self.gate)
            .start();
        first.wait_ready();
        self.until_held_by("first", SOON);
        let second = self.setup.clone().named("second");
        let mut second = second.env("AGENTCORE_OPERATOR_IDENTITY", "second").start();
        second.wait_ready();
        (first, second)
    }

    fn lease(&self) -> Value {
        let namespace = &self.scene.namespace;
        let lease = namespace.get("leases", &namespace.service_account());
        lease.unwrap_or_default()
    }

    #[track_caller]
    fn until_held_by(&self, who: &str, within: Duration) -> Value {
        wait_until(&format!("the Lease to be held by {who}"), within, || {
            let lease = self.lease();
            let held = lease["spec"]["holderIdentity"] == who;
            held.then(|| lease.clone())
                .ok_or_else(|| lease["spec"].to_string())
        })
    }
}

fn leads(operator: &Operator) -> bool {
    let metrics = operator.metrics();
    metrics.contains("leader_election_master_status{name=\"agentcore-policy-operator\"} 1")
}

#[test]
fn ack10_one_of_two_writes_and_the_other_acts_within_the_lease_when_it_is_killed() {
    let scene = Scene::new("leader-killed");
    let pair = Pair::new(&scene);
    let (first, second) = pair.start();
    scene.apply(&[engine("one", json!({}))]);
    scene.until_ready("acpe/one");
    assert!(leads(&first) && !leads(&second));
    assert_eq!(calls(&first, "CreatePolicyEngine"), 1);
    assert_eq!(calls(&second, "CreatePolicyEngine"), 0);

    first.kill();
    let killed = Instant::now();
    scene.apply(&[engine("two", json!({}))]);
    scene.until_ready("acpe/two");
    assert!(killed.elapsed() < FAILOVER, "took {:?}", killed.elapsed());
    assert!(leads(&second));
    let lease = pair.until_held_by("second", SOON);
    assert_eq!(lease["spec"]["leaseTransitions"], 1);
    assert_eq!(scene.engines().len(), 2);
}

#[test]
fn who_is_asked_to_stop_gives_the_lease_back_and_the_other_goes_on_within_two_seconds() {
    let scene = Scene::new("leader-stopped");
    let pair = Pair::new(&scene);
    let (first, _second) = pair.start();
    // Most of them wait for AWS's rates when the signal comes.
    scene.apply(&engine_and_policies(60));
    wait_until("some to be sent", SOON, || {
        let sent = scene.policies().len();
        (sent >= 3).then_some(()).ok_or_else(|| sent.to_string())
    });
    let stopped = Instant::now();
    assert!(first.terminate().success());
    pair.until_held_by("second", SOON);
    assert!(
        stopped.elapsed() < Duration::from_secs(2),
        "took {:?}",
        stopped.elapsed()
    );
    scene.apply(&[engine("one", json!({}))]);
    scene.until_ready("acpe/one");
}

#[test]
fn who_was_stopped_past_its_lease_writes_nothing_when_it_goes_on_and_ends() {
    let scene = Scene::new("leader-paused");
    let pair = Pair::new(&scene);
    let (mut first, second) = pair.start();
    scene.apply(&[engine("one", json!({"resyncInterval": "1s"}))]);
    scene.until_ready("acpe/one");

    first.process().signal("STOP");
    let edited = json!({"resyncInterval": "1s", "description": "while it slept"});
    scene.apply(&[engine("one", edited), engine("two", json!({}))]);
    scene.until_ready("acpe/two");
    scene.until("acpe/one", "edited", |object| {
        object["status"]["observedGeneration"] == object["metadata"]["generation"]
    });
    let before = pair.gate.mutations();
    first.process().signal("CONT");
    let ended = first.process().wait(SOON);
    assert_eq!(ended.code(), Some(1), "{}", first.process().stderr());
    assert!(
        first.process().stderr().contains("the Lease was lost"),
        "{}",
        first.process().stderr()
    );
    assert_eq!(pair.gate.mutations(), before);
    assert!(leads(&second));
    assert_eq!(scene.engines().len(), 2);
}

#[test]
fn who_cannot_renew_its_lease_stops_writing_before_another_can_hold_it() {
    let scene = Scene::new("leader-cut-off");
    let pair = Pair::new(&scene);
    let (mut first, _second) = pair.start();
    pair.gate.delay("/leases/");
    let cut = Instant::now();
    let ended = first.process().wait(SOON);
    assert_eq!(ended.code(), Some(1));
    assert_eq!(
        pair.lease()["spec"]["holderIdentity"],
        "first",
        "it ended {:?} after",
        cut.elapsed()
    );
    pair.gate.open();
    pair.until_held_by("second", SOON);
    scene.apply(&[engine("one", json!({}))]);
    wait_for("the other one to act", SOON, || scene.engines().len() == 1);
}
