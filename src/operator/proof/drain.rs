//! Liveness: from any state, once faults stop, the goal is reached in a bounded number of rounds, and then it is quiet.

use super::backend::{Phase, STRANGER};
use super::kernel::Kernel;
use super::world::{Budget, ENGINE, OBJECTS, Pass, World};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::RwLock;

/// Rounds until the goal, those in which nothing may be written any more included.
pub const ROUNDS: usize = 24;
/// Rounds at the end in which nothing is written.
const QUIET: usize = 3;

/// The leader of a canonical world.
const LEADER: usize = 0;

/// What is known of worlds without faults: how many rounds they take to rest.
#[derive(Debug, Default)]
pub struct Drain {
    known: RwLock<HashMap<u64, usize>>,
}

impl Drain {
    /// The longest way to rest that was seen.
    pub fn longest(&self) -> usize {
        self.known
            .read()
            .expect("no panic while writing")
            .values()
            .copied()
            .max()
            .unwrap_or_default()
    }

    /// Rounds that the world takes to rest at its goal, or why it does not.
    pub fn rounds(&self, kernel: &Kernel, world: &World) -> Result<usize, String> {
        let mut world = World {
            budget: Budget::default(),
            ..world.clone()
        }
        .canonical();
        let mut way = Vec::new();
        let mut quiet = 0;
        let rest = loop {
            let print = print(&world);
            let known = self
                .known
                .read()
                .expect("no panic while writing")
                .get(&print)
                .copied();
            if let Some(rest) = known {
                break rest;
            }
            if quiet == QUIET {
                unmet(kernel, &world)?;
                break 0;
            }
            if way.len() == ROUNDS {
                return Err(format!("after {ROUNDS} rounds it still writes: {world:?}"));
            }
            way.push(print);
            let wrote;
            (world, wrote) = round(kernel, &world);
            if wrote {
                quiet = 0;
            } else {
                quiet += 1;
                world.wait(kernel);
                world = world.canonical();
            }
        };
        let mut known = self.known.write().expect("no panic while writing");
        let total = rest + way.len();
        for (done, print) in way.into_iter().enumerate() {
            known.insert(print, total - done);
        }
        if total > ROUNDS {
            return Err(format!("it takes {total} rounds"));
        }
        Ok(total)
    }
}

fn print(world: &World) -> u64 {
    let mut hasher = DefaultHasher::new();
    world.hash(&mut hasher);
    hasher.finish()
}

/// Everything under way ends, every controller passes over every object, and the service finishes its work. Whether
/// anything was written.
fn round(kernel: &Kernel, world: &World) -> (World, bool) {
    let mut world = world.clone();
    let mut wrote = !world.late.is_empty();
    while let Some(call) = world.late.pop() {
        world.serve_late(call);
    }
    for c in 0..world.controllers.len() {
        wrote |= finish(kernel, &mut world, c);
    }
    for slot in 0..OBJECTS {
        // What an answer leads to is seen by the next pass, before time goes on.
        for _ in 0..2 {
            world.read(LEADER, slot);
            world.controllers[LEADER].shelf = None;
            wrote |= finish(kernel, &mut world, LEADER);
        }
    }
    for name in 0..OBJECTS {
        let busy = world.backend.resources[name].is_some_and(|resource| resource.phase.busy());
        wrote |= busy;
        world.backend.settle(name, true);
    }
    (world.canonical(), wrote)
}

/// Takes a pass to its end. Whether it wrote anything.
fn finish(kernel: &Kernel, world: &mut World, c: usize) -> bool {
    let mut wrote = false;
    world.look(kernel, c, Ok(()));
    if let Pass::Sent { call, .. } = world.controllers[c].pass {
        // What a stranger stands in the way of is asked for again, slowly, as long as he does.
        wrote |= !unproven(kernel, world, call.slot);
        world.deliver(c);
    }
    world.hear(kernel, c, None);
    let objects = world.objects;
    world.publish(kernel, c);
    wrote || objects != world.objects
}

/// Whether what has the object's AWS name is not, or cannot be shown to be, the object's.
fn unproven(kernel: &Kernel, world: &World, name: usize) -> bool {
    let clouded = world.backend.resources[name].is_some_and(|resource| resource.clouded);
    theirs(world, name) || (clouded && kernel.setting.named[name])
}

/// Whether somebody else's resource has the object's AWS name.
fn theirs(world: &World, name: usize) -> bool {
    world.backend.resources[name].is_some_and(|resource| resource.maker == STRANGER)
}

/// What is missing to the goal: every object is as AWS is, or gone with its resource, or says who is in its way.
fn unmet(kernel: &Kernel, world: &World) -> Result<(), String> {
    for slot in 0..OBJECTS {
        let resource = world.backend.resources[slot].filter(|resource| resource.maker == slot);
        let Some(object) = world.objects[slot] else {
            continue;
        };
        let told = kernel.told(object.status);
        let ready = told.ready && told.observed == object.generation();
        let there = resource.is_some_and(|it| it.phase == Phase::Active && it.content == object.spec);
        let conflict = theirs(world, slot) && told.reason == "Conflict" && !told.ready;
        // Under a name of the user's own nothing tells whose a resource is that came when nobody waited for it any more:
        // a person is asked, and nothing is let go.
        let asks = kernel.setting.named[slot]
            && resource.is_some_and(|it| it.clouded)
            && ["Conflict", "DeletionBlocked"].contains(&told.reason.as_str());
        let reached = !object.deleting && (conflict || (ready && there && told.knows_id));
        // An engine waits for its policies, and a policy for its engine.
        let blocked = slot == ENGINE
            && object.deleting
            && told.reason == "DeletionBlocked"
            && world.objects.iter().skip(1).any(Option::is_some);
        let orphaned = slot != ENGINE
            && !kernel.setting.engine_given
            && !object.deleting
            && world.objects[ENGINE].is_none_or(|engine| engine.deleting);
        if !(reached || asks || blocked || orphaned) {
            return Err(format!(
                "object {slot} rests with {told:?} and {resource:?}: {world:?}"
            ));
        }
    }
    Ok(())
}
