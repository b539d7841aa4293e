//! Random ways through worlds that are too large to be walked through whole. A way is told by its number, so it is the
//! same one each time; one that breaks something is told by the fewest steps that still do.

use super::model::Operator;
use super::mutant::Mutant;
use super::offers::Step;
use super::setting::{Setting, engine, everybody, family, named, pair, policy, taken};
use super::world::{Budget, World};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use stateright::Model as _;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

/// Steps of a way, at most.
const LONGEST: usize = 160;

/// The most that may happen on a way.
const MOST: Budget = Budget {
    crashes: 2,
    lost: 2,
    stale: 2,
    removals: 1,
    alterations: 1,
    failures: 2,
    refusals: 2,
    wipes: 1,
    edits: 2,
    deletions: 3,
    revivals: 1,
    elections: 2,
};

/// The worlds, each with what was computed in it so far.
#[derive(Debug)]
struct Worlds(Vec<Operator>);

/// A way that breaks a property at its end.
#[derive(Debug)]
struct Broken {
    property: &'static str,
    /// Which of the worlds.
    world: usize,
    begin: World,
    steps: Vec<Step>,
}

impl Worlds {
    fn new(mutant: Option<Mutant>) -> Self {
        let makers: [fn(Budget) -> Setting; 7] = [policy, named, taken, pair, engine, family, everybody];
        Self(makers.map(|make| Operator::new(make(MOST), mutant)).into())
    }

    /// Goes the way of this number, as far as nothing is broken.
    fn walk(&self, number: u64) -> Option<Broken> {
        let mut chance = StdRng::seed_from_u64(number);
        // The largest world is as likely as all others together.
        let largest = self.0.len() - 1;
        let which = chance.random_range(0..2 * largest).min(largest);
        let model = &self.0[which];
        let mut begin = model.init_states().remove(0);
        begin.budget = some_of(MOST, &mut chance);
        let mut world = begin.clone();
        let mut steps = Vec::new();
        let mut offered = Vec::new();
        while steps.len() < LONGEST {
            offered.clear();
            model.actions(&world, &mut offered);
            let step = *offered.choose(&mut chance)?;
            steps.push(step);
            world = world.after(&model.kernel, step);
            if broken(model, &world).is_some() {
                let (steps, property) = shortest(model, &begin, steps);
                return Some(Broken {
                    property,
                    world: which,
                    begin,
                    steps,
                });
            }
        }
        None
    }
}

/// Any part of what may happen: a way on which everything happens at once seldom gets far with anything.
fn some_of(most: Budget, chance: &mut StdRng) -> Budget {
    let mut some = most;
    for part in [
        &mut some.crashes,
        &mut some.lost,
        &mut some.stale,
        &mut some.removals,
        &mut some.alterations,
        &mut some.failures,
        &mut some.refusals,
        &mut some.wipes,
        &mut some.edits,
        &mut some.deletions,
        &mut some.revivals,
        &mut some.elections,
    ] {
        *part = chance.random_range(0..=*part);
    }
    some
}

/// What this world breaks.
fn broken(model: &Operator, world: &World) -> Option<&'static str> {
    let properties = model.properties();
    let broken = properties.iter().find(|it| !(it.condition)(model, world))?;
    Some(broken.name)
}

/// What these steps break, and after how many of them; `None` when they cannot be made, or break nothing.
fn replay(model: &Operator, begin: &World, steps: &[Step]) -> Option<(usize, &'static str)> {
    let mut world = begin.clone();
    let mut offered = Vec::new();
    for (before, step) in steps.iter().enumerate() {
        offered.clear();
        model.actions(&world, &mut offered);
        if !offered.contains(step) {
            return None;
        }
        world = world.after(&model.kernel, *step);
        if let Some(property) = broken(model, &world) {
            return Some((before + 1, property));
        }
    }
    None
}

/// Leaves out steps, many at once and then one by one, until none can be spared.
fn shortest(model: &Operator, begin: &World, mut steps: Vec<Step>) -> (Vec<Step>, &'static str) {
    let mut property = replay(model, begin, &steps).map_or("nothing", |(_, property)| property);
    let mut size = steps.len();
    while size > 0 {
        let (mut at, before) = (0, steps.len());
        while at < steps.len() {
            let mut fewer = steps.clone();
            fewer.drain(at..(at + size).min(steps.len()));
            if let Some((enough, still)) = replay(model, begin, &fewer) {
                fewer.truncate(enough);
                (steps, property) = (fewer, still);
            } else {
                at += size;
            }
        }
        if steps.len() == before || size > 1 {
            size /= 2;
        }
    }
    (steps, property)
}

/// Goes the ways of these numbers, on as many threads as there are processors.
#[track_caller]
fn walk(numbers: Range<u64>) {
    let (worlds, next) = (Worlds::new(None), AtomicU64::new(numbers.start));
    let (begun, ways) = (Instant::now(), numbers.end - numbers.start);
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if !numbers.contains(&number) {
                        break;
                    }
                    let broken = worlds.walk(number);
                    assert!(broken.is_none(), "way {number}: {broken:#?}");
                }
            });
        }
    });
    println!("{ways} ways, {:.0?}", begun.elapsed());
}

#[test]
fn any_way_among_everybody_and_everything_holds() {
    walk(0..250);
}

/// `make model`.
#[test]
#[ignore = "takes minutes: run it with `make model`"]
fn very_many_ways_hold() {
    walk(250..250_000);
}

#[test]
fn what_a_mutant_breaks_is_met_and_told_in_the_fewest_steps() {
    for mutant in [
        Mutant::RandomToken,
        Mutant::ReleasedOnAcceptedDelete,
        Mutant::ReadyThoughFailed,
        Mutant::DeletedBeforeReplaced,
    ] {
        let worlds = Worlds::new(Some(mutant));
        let broken = (0..2_000).find_map(|number| worlds.walk(number));
        let broken = broken.unwrap_or_else(|| panic!("nobody met {mutant:?}"));
        let model = &worlds.0[broken.world];
        let whole = replay(model, &broken.begin, &broken.steps);
        assert_eq!(whole, Some((broken.steps.len(), broken.property)));
        for left_out in 0..broken.steps.len() {
            let mut fewer = broken.steps.clone();
            fewer.remove(left_out);
            assert_eq!(
                replay(model, &broken.begin, &fewer),
                None,
                "{mutant:?}: {fewer:?}"
            );
        }
    }
}
