//! Answers from the past: reads that are late (F32), an API server that has been left behind (F33), and an etcd that was
//! put back to a backup (F35).

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::kinds::apart;
use super::truth::says_ready;
use crate::lifecycle::scene::{SOON, Scene, calls, engine, engine_and_policy, permit, policy, with};
use crate::rig::api::Api;
use crate::rig::proxy::Gate;
use crate::rig::wait::wait_until;
use crate::rig::{ControlPlane, Operator, Second};

const LONG: Duration = Duration::from_mins(2);

/// Waits for longer than [`Scene::until_ready`] does.
#[track_caller]
fn ready_in_time(scene: &Scene, which: &str) -> Value {
    ready_within(LONG, scene, which)
}

#[track_caller]
fn ready_within(longest: Duration, scene: &Scene, which: &str) -> Value {
    wait_until(&format!("{which} to be Ready"), longest, || {
        match scene.object(which) {
            Some(object) if says_ready(&object) => Ok(object),
            other => Err(format!("{other:?}")),
        }
    })
}

#[track_caller]
fn gone_in_time(scene: &Scene, which: &str) {
    gone_within(LONG, scene, which);
}

#[track_caller]
fn gone_within(longest: Duration, scene: &Scene, which: &str) {
    wait_until(&format!("{which} to be gone"), longest, || {
        scene
            .object(which)
            .map_or(Ok(()), |object| Err(object.to_string()))
    });
}

/// What policies there are, by their statements, with their ids.
fn policies(scene: &Scene) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let mut all: Vec<_> = scene
        .policies()
        .iter()
        .map(|policy| {
            let statement = &policy["definition"]["cedar"]["statement"];
            (text(statement), text(&policy["policyId"]))
        })
        .collect();
    all.sort();
    all
}

fn statements(scene: &Scene) -> Vec<String> {
    policies(scene)
        .into_iter()
        .map(|(statement, _)| statement)
        .collect()
}

const OPERATIONS: [&str; 5] = [
    "CreatePolicyEngine",
    "CreatePolicy",
    "UpdatePolicy",
    "DeletePolicy",
    "DeletePolicyEngine",
];

/// The life of an engine and a policy while reads are this late; watches and writes are not.
fn a_life_of_late_reads(late: Duration) {
    let scene = Scene::new("f32");
    let gate = Gate::new();
    // As many reads as follow on a write.
    let longest = LONG + 10 * late;
    let operator = scene.setup().through(&gate).start_ready();
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let api = Api::new(scene.namespace.cluster);
            wait_until("the end of the test", 10 * longest, || {
                gate.tell(api.version().expect("a version"));
                let over = over.load(Ordering::Relaxed);
                over.then_some(()).ok_or_else(String::new)
            });
        });
        let lived = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            gate.answer_late(Some(late));
            scene.apply(&engine_and_policy());
            ready_within(longest, &scene, "acpol/agents");
            scene.apply(&[policy("agents", &permit("boss"))]);
            ready_within(longest, &scene, "acpol/agents");
            assert_eq!(statements(&scene), [permit("boss")]);
            scene.delete("acpol/agents");
            scene.delete("acpe/refunds");
            gone_within(longest, &scene, "acpe/refunds");
        }));
        over.store(true, Ordering::Relaxed);
        if let Err(panic) = lived {
            std::panic::resume_unwind(panic);
        }
    });
    assert_eq!(scene.engines().len(), 0);
    for operation in OPERATIONS {
        assert_eq!(calls(&operator, operation), 1, "{operation}");
    }
    // No write is tried in vain over and over until its effect is read.
    let mut tried = gate.mutations();
    tried.retain(|mutation| mutation.what.contains("agentcore.dev"));
    assert!(tried.len() < 30, "{tried:#?}");
}

#[test]
fn f32_reads_that_lag_behind_own_writes_lead_to_nothing_twice_and_to_no_hot_loop() {
    a_life_of_late_reads(Duration::from_secs(2));
}

#[test]
#[ignore = "make faults: 10 minutes"]
fn f32_reads_that_lag_by_a_minute_lead_to_nothing_twice() {
    a_life_of_late_reads(Duration::from_mins(1));
}

fn resynced(name: &str, role: &str) -> Value {
    with(policy(name, &permit(role)), "resyncInterval", json!("1s"))
}

#[test]
fn f33_an_api_server_from_the_past_brings_about_nothing() {
    let (apart, scene) = apart("f33");
    let second = Second::start(apart.0);
    let gate = Gate::new();
    let setup = scene.setup().through(&gate);
    let operator = setup.start_ready();
    scene.apply(&[
        engine("refunds", json!({})),
        resynced("agents", "agent"),
        resynced("guests", "guest"),
    ]);
    for which in ["acpol/agents", "acpol/guests"] {
        scene.until_ready(which);
    }
    second.gate.close();
    scene.apply(&[resynced("agents", "boss"), resynced("late", "late")]);
    for which in ["acpol/agents", "acpol/late"] {
        scene.until_ready(which);
    }
    scene.delete("acpol/guests");
    scene.until_gone("acpol/guests");
    let (before, written) = (policies(&scene), gate.mutations());

    // While it runs: it is in the middle of passes when nobody answers any more.
    gate.redirect(Some(&second.address));
    scene.apply(&[resynced("agents", "chief"), resynced("new", "new")]);
    scene.delete("acpol/late");
    let stuck =
        |operator: &Operator| operator.metric("controller_runtime_active_workers{controller=\"Policy\"}");
    wait_until("a pass that waits for its read", SOON, || {
        (stuck(&operator) > 0.0)
            .then_some(())
            .ok_or_else(|| operator.metrics())
    });
    assert_eq!(
        (policies(&scene), gate.mutations()),
        (before.clone(), written.clone())
    );
    // When it starts: it waits for a server that knows what there is.
    operator.kill();
    let mut operator = setup.start();
    let ended = operator.process().wait(SOON);
    assert_eq!(ended.code(), Some(1));
    let said = operator.process().stderr();
    assert!(said.contains("does not answer"), "{said}");
    assert_eq!((policies(&scene), gate.mutations()), (before, written));

    second.gate.open();
    let _operator = setup.start_ready();
    for which in ["acpol/agents", "acpol/new"] {
        ready_in_time(&scene, which);
    }
    gone_in_time(&scene, "acpol/late");
    assert_eq!(statements(&scene), [permit("chief"), permit("new")]);
}

/// etcd is put back to where an edit, a deletion and a new object had not happened yet; `on`: what happens then.
fn put_back(what: &str, on: impl FnOnce(&Scene, &ControlPlane, &Operator, &Gate)) {
    let (apart, scene) = apart(what);
    let cluster = apart.0;
    let gate = Gate::new();
    let operator = scene.setup().through(&gate).start_ready();
    scene.apply(&engine_and_policy());
    scene.apply(&[policy("guests", &permit("guest"))]);
    for which in ["acpol/agents", "acpol/guests"] {
        scene.until_ready(which);
    }
    cluster.keep();
    scene.apply(&[policy("agents", &permit("boss")), policy("new", &permit("new"))]);
    for which in ["acpol/agents", "acpol/new"] {
        ready_in_time(&scene, which);
    }
    scene.delete("acpol/guests");
    gone_in_time(&scene, "acpol/guests");
    let before = policies(&scene);
    let made = OPERATIONS.map(|operation| calls(&operator, operation));

    on(&scene, cluster, &operator, &gate);
    wait_until("AWS to be as the backup says", SOON, || {
        let now = statements(&scene);
        let wanted = [permit("agent"), permit("guest"), permit("new")];
        (now == wanted).then_some(()).ok_or_else(|| format!("{now:?}"))
    });
    for which in ["acpol/agents", "acpol/guests"] {
        ready_in_time(&scene, which);
    }
    assert!(scene.object("acpol/new").is_none());
    // What is edited now is seen, though its version is one that there was before.
    scene.apply(&[policy("agents", &permit("chief"))]);
    ready_in_time(&scene, "acpol/agents");
    scene.apply(&[policy("new", &permit("new"))]);
    ready_in_time(&scene, "acpol/new");
    let id = |all: &[(String, String)]| {
        let new = all.iter().find(|(statement, _)| *statement == permit("new"));
        new.map(|(_, id)| id.clone())
    };
    assert_eq!(id(&before), id(&policies(&scene)), "it is taken up again");
    let [_, created, _, deleted, _] = made;
    assert_eq!(calls(&operator, "DeletePolicy"), deleted);
    assert_eq!(calls(&operator, "CreatePolicy"), created + 1, "the guests' alone");
}

#[test]
fn f35_an_etcd_that_is_put_back_and_counts_on_takes_nothing_away() {
    put_back("f35-bumped", |_, cluster, _, _| cluster.restore(5000));
}

#[test]
fn f35_an_etcd_that_is_put_back_and_counts_anew_takes_nothing_away() {
    put_back("f35", |_, cluster, _, _| cluster.restore(0));
}

/// A watch that goes on from where it was is told nothing then of what came back.
#[test]
fn f35_an_etcd_that_is_put_back_and_has_counted_past_what_was_seen_takes_nothing_away() {
    put_back("f35-past", |scene, cluster, operator, gate| {
        let api = &scene.namespace.api;
        let version = || api.version().and_then(|version| version.parse::<u64>().ok());
        let seen = version().expect("a version");
        let broke = || operator.metric("agentcore_operator_watch_errors_total{kind=\"Policy\"}");
        let before = broke();
        gate.leave();
        wait_until("the watch to break", SOON, || {
            (broke() > before).then_some(()).ok_or_else(String::new)
        });
        cluster.restore(0);
        for note in 0_u32.. {
            if version().is_some_and(|version| version > seen) {
                break;
            }
            let notes = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "notes"},
                               "data": {"note": note.to_string()}});
            scene.namespace.apply(&notes.to_string()).success();
        }
        gate.come_back();
    });
}
