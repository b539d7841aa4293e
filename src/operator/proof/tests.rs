//! The walks: small ones with every test run, the whole ones with `make model`.

use super::model::Operator;
use super::setting::{Setting, engine, family, named, pair, policy, taken};
use super::world::{Budget, World};
use proptest::prelude::*;
use stateright::{Checker, HasDiscoveries, Model as _};
use std::time::Instant;

const NONE: Budget = Budget {
    crashes: 0,
    lost: 0,
    stale: 0,
    removals: 0,
    alterations: 0,
    failures: 0,
    refusals: 0,
    wipes: 0,
    edits: 0,
    deletions: 0,
    revivals: 0,
    elections: 0,
};

/// The bounds of reliability.md 6; a second controller comes in as the leader's successor.
const BOUNDS: Budget = Budget {
    crashes: 2,
    lost: 2,
    stale: 2,
    removals: 1,
    elections: 1,
    ..NONE
};

const PEOPLE: Budget = Budget {
    edits: 1,
    deletions: 1,
    ..NONE
};

const CRASH: Budget = Budget {
    crashes: 1,
    lost: 1,
    ..NONE
};

const BOTH: Budget = Budget {
    edits: 1,
    deletions: 1,
    ..CRASH
};

/// Walks through every state that there is; the number of distinct ones.
#[track_caller]
fn exhaust(name: &str, setting: Setting) -> usize {
    let begun = Instant::now();
    let checker = Operator::new(setting, None)
        .checker()
        .threads(2)
        .finish_when(HasDiscoveries::Any)
        .spawn_bfs()
        .join();
    if let Some((broken, path)) = checker.discoveries().into_iter().next() {
        let model = checker.model();
        let rest = model.drain.rounds(&model.kernel, path.last_state());
        panic!("{name}: {broken}: {:?}\n{rest:?}", path.into_actions());
    }
    assert!(checker.is_done(), "{name} was walked through whole");
    let (states, model) = (checker.unique_state_count(), checker.model());
    println!(
        "{name}: {states} distinct states, {} steps, {} passes computed, at rest after {} rounds at most, {:.0?}",
        checker.state_count(),
        model.kernel.computed(),
        model.drain.longest(),
        begun.elapsed(),
    );
    states
}

#[test]
fn a_slice_of_the_states_is_walked_through_and_holds() {
    let slice = [
        (
            "a policy, lost answers",
            policy(Budget {
                lost: 1,
                crashes: 1,
                deletions: 1,
                ..NONE
            }),
        ),
        (
            "a policy, stale looks",
            policy(Budget {
                stale: 1,
                removals: 1,
                crashes: 1,
                ..NONE
            }),
        ),
        (
            "a policy, two leaders",
            policy(Budget {
                elections: 1,
                edits: 1,
                deletions: 1,
                ..NONE
            }),
        ),
        (
            "a policy, failures",
            policy(Budget {
                failures: 1,
                removals: 1,
                refusals: 1,
                ..NONE
            }),
        ),
        (
            "a named policy",
            named(Budget {
                lost: 1,
                crashes: 1,
                edits: 1,
                ..NONE
            }),
        ),
        (
            "a name that is taken",
            taken(Budget {
                crashes: 1,
                removals: 1,
                deletions: 1,
                ..NONE
            }),
        ),
        (
            "a restored policy",
            policy(Budget {
                wipes: 1,
                deletions: 1,
                revivals: 1,
                crashes: 1,
                ..NONE
            }),
        ),
        (
            "an engine",
            engine(Budget {
                failures: 1,
                edits: 1,
                deletions: 1,
                ..NONE
            }),
        ),
        (
            "an engine and a policy",
            family(Budget {
                crashes: 1,
                deletions: 2,
                ..NONE
            }),
        ),
    ];
    let states: usize = slice
        .into_iter()
        .map(|(name, setting)| exhaust(name, setting))
        .sum();
    println!("{states} distinct states in all");
    assert!(states > 100_000, "only {states} states: the slice has shrunk");
}

#[test]
fn no_status_is_written_over_one_that_was_not_read() {
    let wiped = Budget {
        refusals: 1,
        wipes: 1,
        ..NONE
    };
    let overtaken = Budget {
        refusals: 1,
        elections: 1,
        removals: 1,
        ..NONE
    };
    exhaust(
        "a policy whose status is wiped after a failing look",
        policy(wiped),
    );
    exhaust("a policy that an overtaken leader speaks of", policy(overtaken));
}

/// `make model`.
#[test]
#[ignore = "takes minutes: run it with `make model`"]
fn every_state_within_the_bounds_holds() {
    let whole = [
        (
            "an engine and a policy",
            family(Budget {
                crashes: 1,
                deletions: 2,
                ..NONE
            }),
        ),
        ("a name that is taken", taken(Budget { removals: 1, ..BOTH })),
        (
            "a policy that comes back",
            policy(Budget {
                wipes: 1,
                revivals: 1,
                deletions: 1,
                ..CRASH
            }),
        ),
        (
            "a policy, seen late",
            policy(Budget {
                stale: 1,
                removals: 1,
                edits: 1,
                ..CRASH
            }),
        ),
        (
            "a named policy, seen late",
            named(Budget {
                stale: 1,
                removals: 1,
                deletions: 1,
                ..CRASH
            }),
        ),
        (
            "a policy that strangers touch",
            policy(Budget {
                removals: 1,
                alterations: 1,
                stale: 1,
                ..PEOPLE
            }),
        ),
        (
            "a policy whose service fails",
            policy(Budget {
                failures: 1,
                refusals: 1,
                removals: 1,
                ..PEOPLE
            }),
        ),
        (
            "a policy between two leaders",
            policy(Budget {
                elections: 1,
                deletions: 1,
                ..CRASH
            }),
        ),
        (
            "a policy that an overtaken leader speaks of",
            policy(Budget {
                elections: 1,
                refusals: 1,
                failures: 1,
                alterations: 1,
                wipes: 1,
                ..NONE
            }),
        ),
        ("a named policy that people touch", named(BOTH)),
        ("an engine that fails", engine(Budget { failures: 1, ..BOTH })),
        (
            "two policies and a stranger",
            pair(Budget {
                removals: 1,
                deletions: 1,
                ..NONE
            }),
        ),
        ("a policy within the bounds of section 6", policy(BOUNDS)),
    ];
    let states: usize = whole
        .into_iter()
        .map(|(name, setting)| exhaust(name, setting))
        .sum();
    println!("{states} distinct states in all");
    assert!(states >= 1_000_000, "only {states} states");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Objects that do not refer to each other may be passed over in any order.
    #[test]
    fn passes_over_independent_objects_commute(rounds in 1..8_usize) {
        let model = Operator::new(pair(NONE), None);
        let begin = model.init_states().remove(0);
        let walk = |order: [usize; 2]| {
            let mut world: World = begin.clone();
            for _ in 0..rounds {
                for slot in order {
                    whole_pass(&model, &mut world, slot);
                }
                world.backend.settle(1, true);
            }
            world
        };
        prop_assert_eq!(walk([1, 2]), walk([2, 1]));
    }
}

fn whole_pass(model: &Operator, world: &mut World, slot: usize) {
    world.read(0, slot);
    world.look(&model.kernel, 0, Ok(()));
    world.deliver(0);
    world.hear(&model.kernel, 0, None);
    world.publish(&model.kernel, 0);
}
