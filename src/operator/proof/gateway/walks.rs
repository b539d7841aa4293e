//! Random ways: passes that are harmed, strangers that write at the same time, users that change their minds. A way is told by its
//! number. At its end nothing happens any more, and all three come to rest as they are wanted.

use super::cloud::{ENGINE, OURS, THEIRS, UNKNOWN};
use super::pass::{Actor, Harm};
use super::world::{World, arn};
use crate::operator::decide::Members;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Steps of a way.
const STEPS: usize = 60;
/// Rounds in which all must come to rest, and those after in which nothing may change.
const ROUNDS: usize = 40;
const QUIET: usize = 3;

/// What a way has come to, beside the world.
struct Way {
    chance: StdRng,
    world: World,
    /// What a stranger has read, to write it later.
    read: Option<Members>,
    /// What the member that nobody knows must be.
    unknown: Value,
    /// Whether a stranger has written another engine, or ours when no object wanted it.
    meddled: bool,
}

impl Way {
    fn harm(&mut self) -> Harm {
        match self.chance.random_range(0..10) {
            0 => Harm::EndsBefore,
            1 => Harm::EndsAfter,
            2 => Harm::Unheard,
            _ => Harm::Nothing,
        }
    }

    fn step(&mut self) {
        let harm = self.harm();
        match self.chance.random_range(0..20) {
            0..4 => drop(self.world.pass_gateway(harm)),
            4..9 => drop(self.world.pass_attachment(harm)),
            9..12 => drop(self.world.pass_target(harm)),
            12..15 => self.world.cloud.at_work = false,
            15 => self.world.now += [1, 40, 400][self.chance.random_range(0..3)],
            16 => self.user(),
            17 => for_each(&mut self.world, Actor::forget),
            _ => self.stranger(),
        }
    }

    /// A user edits the gateway or the mode, takes the attachment away, or has it anew.
    fn user(&mut self) {
        let which = self.chance.random_range(0..4);
        let words = [["one", "two"], ["ENFORCE", "LOG_ONLY"]];
        let World {
            gateway, attachment, ..
        } = &mut self.world;
        let word = |chance: &mut StdRng, of: usize| words[of][chance.random_range(0..2)];
        match (which, &mut attachment.object) {
            (0, _) => edit(gateway, "description", word(&mut self.chance, 0)),
            (1, Some(_)) => edit(attachment, "mode", word(&mut self.chance, 1)),
            (2, Some(object)) => {
                object["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
                if object["metadata"]["finalizers"] == json!([]) {
                    attachment.object = None;
                    attachment.forget();
                }
            }
            (_, None) => self.world.attach_again(),
            (_, Some(_)) => {}
        }
    }

    /// A stranger reads the gateway or replaces it, by what it is or by what it was when it was read.
    fn stranger(&mut self) {
        let cloud = &mut self.world.cloud;
        let Some(mut members) = cloud.gateway.clone().filter(|_| !cloud.at_work) else {
            return;
        };
        match self.chance.random_range(0..7) {
            0 => drop(members.insert("description".to_owned(), json!("theirs"))),
            1 => drop(members.remove(ENGINE)),
            2 => drop(members.insert(ENGINE.to_owned(), json!({"arn": OURS, "mode": "LOG_ONLY"}))),
            3 => drop(members.insert(ENGINE.to_owned(), json!({"arn": THEIRS, "mode": "ENFORCE"}))),
            4 => drop(members.insert(UNKNOWN.to_owned(), json!(self.chance.random_range(0..9)))),
            5 => {
                self.read = Some(members);
                return;
            }
            _ => {
                let Some(read) = self.read.take() else { return };
                members = read;
            }
        }
        self.meddled |= !arn(&members).is_empty() && Some(&members) != cloud.gateway.as_ref();
        cloud.put(members);
        self.unknown = cloud.member(UNKNOWN);
    }

    /// Nothing happens any more: all come to rest, and stay there.
    fn rest(&mut self) {
        let mut quiet = 0;
        for _ in 0..ROUNDS {
            let world = &mut self.world;
            world.now += 400;
            world.cloud.at_work = false;
            let changed = [
                world.pass_gateway(Harm::Nothing),
                world.pass_attachment(Harm::Nothing),
                world.pass_target(Harm::Nothing),
            ];
            quiet = if changed.contains(&true) || world.cloud.at_work {
                0
            } else {
                quiet + 1
            };
            if quiet == QUIET {
                return;
            }
        }
        panic!("no rest: {:#?}", self.world);
    }

    /// What is wanted is there.
    fn judge(&self) {
        let World {
            cloud,
            gateway,
            attachment,
            target,
            ..
        } = &self.world;
        let wanted =
            |actor: &Actor, field: &str| actor.object.as_ref().map(|object| object["spec"][field].clone());
        assert_eq!(Some(cloud.member("description")), wanted(gateway, "description"));
        assert_eq!(cloud.member(UNKNOWN), self.unknown, "a member was reset");
        let engine = cloud.member(ENGINE);
        let ours = wanted(attachment, "mode").map(|mode| json!({"arn": OURS, "mode": mode}));
        let foreign = engine["arn"] == THEIRS;
        match ours {
            Some(ours) => assert!(engine == ours || foreign, "{engine}"),
            None => assert!(engine.is_null() || self.meddled, "{engine}"),
        }
        assert!(cloud.target.is_some() || foreign, "{target:#?}");
    }
}

fn edit(actor: &mut Actor, field: &str, value: &str) {
    let Some(object) = actor.object.as_mut() else {
        return;
    };
    if object["spec"][field] != value {
        object["spec"][field] = json!(value);
        let generation = object["metadata"]["generation"].as_i64().unwrap_or_default();
        object["metadata"]["generation"] = json!(generation + 1);
    }
}

/// Of each of the three.
fn for_each(world: &mut World, mut with: impl FnMut(&mut Actor)) {
    with(&mut world.gateway);
    with(&mut world.attachment);
    with(&mut world.target);
}

fn walk(number: u64) -> bool {
    let mut way = Way {
        chance: StdRng::seed_from_u64(number),
        world: World::new(),
        read: None,
        unknown: Value::Null,
        meddled: false,
    };
    for _ in 0..STEPS {
        way.step();
    }
    way.rest();
    way.judge();
    way.world.cloud.target.is_some()
}

fn walk_all(numbers: std::ops::Range<u64>) {
    let mut made = 0;
    for number in numbers {
        let ended = catch_unwind(AssertUnwindSafe(|| walk(number)));
        assert!(ended.is_ok(), "way {number}");
        made += u32::from(ended.unwrap_or_default());
    }
    assert!(made > 0, "no way leads to a target");
}

#[test]
fn a_gateway_of_three_objects_and_strangers_is_never_harmed_and_comes_to_rest() {
    walk_all(0..200);
}

#[test]
#[ignore = "takes minutes: run it with `make model`"]
fn very_many_ways_at_a_gateway_hold() {
    walk_all(200..30_000);
}
