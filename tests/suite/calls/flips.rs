//! A gateway that goes from `LOG_ONLY` to `ENFORCE` and back under traffic (reliability.md 4, F45; 7, R8).

use super::connection::Called;
use super::stage::{Stage, TOOL};
use crate::rig::wait::wait_for;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

const FLIPS: usize = 40;
const CALLERS: u64 = 4;

/// A call of 2,000, which no policy permits.
struct Tried {
    id: u64,
    from: Instant,
    to: Instant,
    denied: bool,
}

/// From when until when a mode was in force for certain.
struct Stable {
    enforces: bool,
    from: Instant,
    to: Instant,
}

#[test]
fn f45_while_enforcement_is_switched_on_and_off_every_call_is_decided_by_one_mode_that_its_record_names() {
    let stage = Stage::new(
        |_, _| (200, "{}".to_owned(), None),
        &["--transition-delay", "0ms"],
    );
    let gateway = stage.gateway("flips");
    let engine = stage.engine(&gateway);
    stage.attach(&gateway, "flips", &engine, "ENFORCE");
    let (ended, calls) = (AtomicBool::new(false), AtomicU64::new(0));
    let tried = Mutex::new(Vec::new());
    let mut stable = Vec::new();
    std::thread::scope(|scope| {
        for caller in 0..CALLERS {
            let (stage, gateway, ended, calls, tried) = (&stage, &gateway, &ended, &calls, &tried);
            scope.spawn(move || {
                let mut connection = stage.connect(gateway);
                let mut own = Vec::new();
                for id in (caller..).step_by(2 * usize::try_from(CALLERS).expect("few")) {
                    if ended.load(Ordering::Relaxed) {
                        break;
                    }
                    let below = connection
                        .call(id, TOOL, &json!({"amount": 500}))
                        .expect("an answer");
                    assert_eq!(
                        below,
                        Called::Through("{}".to_owned()),
                        "what is permitted always goes through"
                    );
                    let id = id + CALLERS;
                    let from = Instant::now();
                    let above = connection
                        .call(id, TOOL, &json!({"amount": 2000}))
                        .expect("an answer");
                    let denied = match above {
                        Called::Through(_) => false,
                        Called::Denied => true,
                        Called::Failed(text) => panic!("{text}"),
                    };
                    own.push(Tried {
                        id,
                        from,
                        to: Instant::now(),
                        denied,
                    });
                    calls.fetch_add(1, Ordering::Relaxed);
                }
                tried.lock().expect("no panic").extend(own);
            });
        }
        let mut enforces = true;
        let mut from = Instant::now();
        for _ in 0..FLIPS {
            let enough = calls.load(Ordering::Relaxed) + 4 * CALLERS;
            wait_for("some calls", Duration::from_secs(30), || {
                calls.load(Ordering::Relaxed) > enough
            });
            stable.push(Stable {
                enforces,
                from,
                to: Instant::now(),
            });
            enforces = !enforces;
            stage.attach(
                &gateway,
                "flips",
                &engine,
                if enforces { "ENFORCE" } else { "LOG_ONLY" },
            );
            from = Instant::now();
        }
        ended.store(true, Ordering::Relaxed);
    });
    let tried = tried.into_inner().expect("no panic");
    assert_agrees(&tried, &stable);
    assert_recorded(&tried, &stage.decisions(&gateway));
}

/// A call that lies within a time in which one mode was in force is decided by it.
fn assert_agrees(tried: &[Tried], stable: &[Stable]) {
    let mut judged = [0, 0];
    for call in tried {
        let mode = stable
            .iter()
            .find(|mode| mode.from <= call.from && call.to <= mode.to);
        if let Some(mode) = mode {
            assert_eq!(call.denied, mode.enforces, "call {}", call.id);
            judged[usize::from(mode.enforces)] += 1;
        }
    }
    println!(
        "{} calls, of which {judged:?} (logged, enforced) lie within one mode",
        tried.len()
    );
    assert!(judged.iter().all(|count| *count >= FLIPS), "{judged:?}");
}

/// The record of each names the mode that it was decided by.
fn assert_recorded(tried: &[Tried], lines: &[Value]) {
    let modes: HashMap<u64, &Value> = lines
        .iter()
        .filter_map(|line| {
            Some((
                line["id"].as_u64()?,
                &line["attributes"]["aws.agentcore.gateway.policy.mode"],
            ))
        })
        .collect();
    for call in tried {
        let expected = if call.denied { "ENFORCE" } else { "LOG_ONLY" };
        assert_eq!(modes[&call.id], expected, "call {}", call.id);
    }
}
