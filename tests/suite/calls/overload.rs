//! More calls than there are places for (reliability.md 4, F44).

use super::connection::{Called, Connection};
use super::stage::{Stage, TOOL};
use crate::rig::wait::wait_for;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// More than a gateway's listener has connections.
const CALLS: u64 = 600;
/// Calls of one target at a time.
const PLACES: usize = 128;

/// A function that hangs until it is let go, and how often it was called.
#[derive(Default)]
struct Hanging {
    let_go: AtomicBool,
    called: AtomicUsize,
}

fn stage(hanging: &Arc<Hanging>) -> Stage {
    let hanging = Arc::clone(hanging);
    let functions = move |head: &[String], _: &str| {
        if head[0].contains("function:slow") {
            hanging.called.fetch_add(1, Ordering::SeqCst);
            wait_for("the function to be let go", Duration::from_mins(2), || {
                hanging.let_go.load(Ordering::SeqCst)
            });
        }
        (200, "{}".to_owned(), None)
    };
    Stage::new(functions, &[])
}

#[test]
fn f44_a_tool_that_hangs_takes_no_other_gateway_with_it_and_nothing_unauthorized_reaches_it() {
    let hanging = Arc::new(Hanging::default());
    let stage = stage(&hanging);
    let (slow, quick) = (stage.gateway("slow"), stage.gateway("quick"));
    let engine = stage.engine(&slow);
    stage.attach(&slow, "slow", &engine, "ENFORCE");
    // Half of the calls are permitted.
    let amount = |id: u64| json!({"amount": if id.is_multiple_of(2) { 500 } else { 2000 }});
    let mut waiting: Vec<(u64, Connection)> = (0..CALLS).map(|id| (id, stage.connect(&slow))).collect();
    for (id, connection) in &mut waiting {
        connection.send(*id, TOOL, &amount(*id)).expect("it is sent");
    }
    // Meanwhile another gateway answers, and this one denies.
    for id in 0..20 {
        let called = stage
            .connect(&quick)
            .call(id, TOOL, &json!({"amount": 1}))
            .expect("an answer");
        assert_eq!(called, Called::Through("{}".to_owned()));
        let denied = stage
            .connect(&slow)
            .call(CALLS + id, TOOL, &json!({"amount": 2000}))
            .expect("an answer");
        assert_eq!(denied, Called::Denied);
    }
    hanging.let_go.store(true, Ordering::SeqCst);
    let mut counts = [0, 0, 0];
    for (id, mut connection) in waiting {
        let place = match connection.receive().expect("every call is answered") {
            Called::Through(_) => 0,
            Called::Denied => 1,
            Called::Failed(text) => {
                assert!(
                    text.starts_with("Too many calls of this target are under way"),
                    "{text}"
                );
                2
            }
        };
        assert_eq!(place == 1, !id.is_multiple_of(2), "call {id}: {place}");
        counts[place] += 1;
    }
    println!("through, denied, turned away: {counts:?}");
    assert_eq!(
        counts[0],
        hanging.called.load(Ordering::SeqCst),
        "only what was permitted reached the tool"
    );
    assert!(counts[0] >= PLACES && counts[2] > 0, "{counts:?}");
    let again = stage
        .connect(&slow)
        .call(1, TOOL, &json!({"amount": 1}))
        .expect("an answer");
    assert_eq!(
        again,
        Called::Through("{}".to_owned()),
        "its places are free again"
    );
}

#[test]
fn f44_callers_who_leave_free_their_places() {
    let hanging = Arc::new(Hanging::default());
    let stage = stage(&hanging);
    let slow = stage.gateway("slow");
    let called = || hanging.called.load(Ordering::SeqCst);
    for _ in 0..2 {
        let mut leaving = Vec::new();
        // Who comes while those of the round before are still leaving is turned away, and comes again.
        while leaving.len() < PLACES {
            let before = called();
            let mut connection = stage.connect(&slow);
            connection
                .send(1, TOOL, &json!({"amount": 1}))
                .expect("it is sent");
            wait_for(
                "the tool to be called, or an answer",
                Duration::from_secs(30),
                || called() > before || connection.is_answered(),
            );
            if called() > before {
                leaving.push(connection);
            }
        }
        let mut one_more = stage.connect(&slow);
        let turned_away = one_more.call(1, TOOL, &json!({"amount": 1})).expect("an answer");
        assert!(matches!(turned_away, Called::Failed(_)), "{turned_away:?}");
    }
    hanging.let_go.store(true, Ordering::SeqCst);
}
