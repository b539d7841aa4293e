//! Operators that come and go while there is much to do: an old and a new one side by side (F38), and restarts in the middle
//! of a crowd (F39).

use std::collections::{BTreeMap, BTreeSet};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::scripted::{Call, Scripted};
use super::truth::says_ready;
use crate::lifecycle::scene::{Scene, calls, engine, permit, policy, with};
use crate::rig::wait::wait_until;

const LONG: Duration = Duration::from_mins(2);

fn name(number: usize) -> String {
    format!("p{number:03}")
}

/// Waits until so many policies are Ready of their generation.
#[track_caller]
fn until_ready(scene: &Scene, count: usize) {
    let api = &scene.namespace.api;
    wait_until(&format!("{count} policies to be Ready"), LONG, || {
        let policies = api.list(&scene.namespace.name, "policies");
        let ready = policies.iter().filter(|policy| says_ready(policy)).count();
        (ready == count && policies.len() == count)
            .then_some(())
            .ok_or_else(|| format!("{ready} of {} are", policies.len()))
    });
}

/// Statements in AWS, each as often as it is there.
fn statements(scene: &Scene) -> Vec<String> {
    let policies = scene.policies();
    let statement = |policy: &Value| {
        policy["definition"]["cedar"]["statement"]
            .as_str()
            .map(str::to_owned)
    };
    let mut all: Vec<String> = policies.iter().filter_map(statement).collect();
    all.sort();
    all
}

/// A rolling update without an election: the new process starts while the old one works, and the old one ends later. What a
/// released version wrote cannot be played before there is one; a status without all that later versions add can.
#[test]
fn f38_an_old_and_a_new_process_side_by_side_make_nothing_twice_and_come_to_rest() {
    const POLICIES: usize = 60;
    let scene = Scene::new("f38");
    let old = scene.setup().named("old").start_ready();
    let all = |role: &dyn Fn(usize) -> String| -> Vec<Value> {
        let policies = (0..POLICIES).map(|number| {
            let policy = policy(&name(number), &permit(&role(number)));
            let often = |policy| with(policy, "resyncInterval", json!("1s"));
            if number == 30 { often(policy) } else { policy }
        });
        std::iter::once(engine("refunds", json!({})))
            .chain(policies)
            .collect()
    };
    scene.apply(&all(&name));
    let new = scene.setup().named("new").start_ready();
    let edited = |number: usize| {
        if number.is_multiple_of(2) {
            name(number)
        } else {
            format!("edited{number}")
        }
    };
    scene.apply(&all(&edited));
    for number in 0..10 {
        scene.delete(&format!("acpol/{}", name(number)));
    }
    until_ready(&scene, POLICIES - 10);
    assert_eq!(old.terminate().code(), Some(0));
    assert_eq!(new.terminate().code(), Some(0));
    // As one that knows less would have left it.
    let bare =
        json!({"status": {"conditions": [], "observedGeneration": null, "statement": null, "status": null}});
    scene.namespace.kubectl(&[
        "patch",
        "acpol",
        &name(20),
        "--subresource=status",
        "--type=merge",
        "-p",
        &bare.to_string(),
    ]);
    let new = scene.setup().named("newer").start_ready();
    until_ready(&scene, POLICIES - 10);
    let mut expected: Vec<String> = (10..POLICIES).map(|number| permit(&edited(number))).collect();
    expected.sort();
    assert_eq!(statements(&scene), expected);
    assert_eq!(scene.engines().len(), 1);
    // At rest: looks go on, and nothing is sent.
    let sent = || {
        [
            "CreatePolicy",
            "UpdatePolicy",
            "DeletePolicy",
            "UpdatePolicyEngine",
        ]
        .map(|operation| calls(&new, operation))
    };
    let (before, looks) = (sent(), calls(&new, "ListPolicies"));
    wait_until("more looks", LONG, || {
        let now = calls(&new, "ListPolicies");
        (now >= looks + 3).then_some(()).ok_or_else(|| now.to_string())
    });
    assert_eq!(sent(), before);
}

/// The most calls that may be on their way when a process is killed.
const AT_ONCE: usize = 64;

#[test]
#[ignore = "make faults: 1 minute"]
fn f39_a_thousand_policies_that_are_created_while_the_operator_restarts_are_each_made_once() {
    const ENGINES: usize = 10;
    const POLICIES: usize = 1_000;
    const KILLS: usize = 3;
    let scripted = Scripted::new("f39");
    let scene = &scripted.scene;
    let engines: Vec<Value> = (0..ENGINES)
        .map(|number| engine(&format!("e{number}"), json!({})))
        .collect();
    scene.apply(&engines);
    let began = Instant::now();
    let mut operator = scene.operator();
    let _operator = thread::scope(|scope| {
        scope.spawn(|| {
            for part in (0..POLICIES).collect::<Vec<_>>().chunks(100) {
                let of_engine = |number: usize| json!({"name": format!("e{}", number % ENGINES)});
                let policies = part.iter().map(|number| {
                    with(
                        policy(&name(*number), &permit(&name(*number))),
                        "policyEngineRef",
                        of_engine(*number),
                    )
                });
                scene.apply(&policies.collect::<Vec<_>>());
            }
        });
        for kill in 1..=KILLS {
            wait_until("more policies in AWS", LONG, || {
                let there = scene.policies().len();
                (there >= kill * POLICIES / 5)
                    .then_some(())
                    .ok_or_else(|| there.to_string())
            });
            operator.kill();
            operator = scene.operator();
        }
        operator
    });
    until_ready(scene, POLICIES);
    println!("{POLICIES} policies with {KILLS} restarts: {:?}", began.elapsed());
    let there = statements(scene);
    let distinct: BTreeSet<&String> = there.iter().collect();
    assert_eq!(
        (there.len(), distinct.len(), scene.engines().len()),
        (POLICIES, POLICIES, ENGINES)
    );
    assert_no_herd(&created(&scripted), POLICIES + KILLS * AT_ONCE);
}

/// All calls of `CreatePolicy`, page by page of the journal.
fn created(scripted: &Scripted) -> Vec<Call> {
    scripted
        .calls_since(0)
        .into_iter()
        .filter(|call| call.operation == "CreatePolicy")
        .collect()
}

/// A create is sent again only where its process was killed before it knew of it, and of each second there are no more than
/// the service can do.
fn assert_no_herd(creates: &[Call], most: usize) {
    assert!(creates.len() <= most, "{} creates, at most {most}", creates.len());
    let mut errors: BTreeMap<&str, usize> = BTreeMap::new();
    for call in creates {
        *errors.entry(call.error.as_deref().unwrap_or("none")).or_default() += 1;
    }
    println!("{} creates, by error: {errors:?}", creates.len());
    assert_eq!(errors.keys().copied().collect::<Vec<_>>(), ["none"]);
}
