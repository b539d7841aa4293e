//! The worlds that are walked through: who is in them, and what may happen.

use super::backend::{Backend, Phase, Resource, STRANGER};
use super::kernel::Kernel;
use super::world::{Budget, Controller, Object, World};

/// Serial of an engine that no object stands for.
const ELSEWHERE: u8 = 9;

/// A world to start from.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Which objects there are; the first is the engine.
    pub objects: [bool; 3],
    /// Whose AWS name is given by the spec, so that no digest in it proves anything.
    pub named: [bool; 3],
    /// Whose `deletionPolicy` is `Retain`.
    pub retained: [bool; 3],
    /// Which AWS name a stranger's resource has.
    pub stranger: Option<usize>,
    /// Whether the policies name an engine by its AWS id; it is there and stays.
    pub engine_given: bool,
    /// Which objects people edit, delete and make again.
    pub handled: [bool; 3],
    pub budget: Budget,
}

impl Setting {
    /// Where it begins: objects that nobody has looked at yet.
    pub fn world(&self, kernel: &Kernel) -> World {
        let blank = kernel.blank();
        let object = Object {
            life: 0,
            spec: 0,
            deleting: false,
            held: false,
            status: blank,
        };
        let mut backend = Backend {
            engine_given: self.engine_given,
            ..Backend::default()
        };
        if let Some(name) = self.stranger {
            let theirs = Resource {
                serial: 0,
                maker: STRANGER,
                content: 1,
                phase: Phase::Active,
                in_force: true,
                // AWS names are unique in the account: a stranger's policy may be in an engine that we never list.
                parent: if self.engine_given { 0 } else { ELSEWHERE },
                clouded: false,
            };
            backend.place(name, theirs);
        }
        World {
            objects: self.objects.map(|there| there.then_some(object)),
            lives: self.objects.map(u8::from),
            backend,
            controllers: [Controller::FRESH; 2],
            leader: 0,
            late: Vec::new(),
            budget: self.budget,
            harm: None,
        }
        .canonical()
    }
}

/// A policy of a given engine under its default name.
pub fn policy(budget: Budget) -> Setting {
    Setting {
        objects: [false, true, false],
        named: [false; 3],
        retained: [false; 3],
        stranger: None,
        engine_given: true,
        handled: [true; 3],
        budget,
    }
}

/// The same under a name of the user's own.
pub fn named(budget: Budget) -> Setting {
    Setting {
        named: [false, true, false],
        ..policy(budget)
    }
}

/// The same, and the name is a stranger's policy's.
pub fn taken(budget: Budget) -> Setting {
    Setting {
        stranger: Some(1),
        ..named(budget)
    }
}

/// Two policies, one of them under a name that is a stranger's; people touch the other one.
pub fn pair(budget: Budget) -> Setting {
    Setting {
        objects: [false, true, true],
        named: [false, false, true],
        stranger: Some(2),
        handled: [false, true, false],
        ..policy(budget)
    }
}

/// An engine alone.
pub fn engine(budget: Budget) -> Setting {
    Setting {
        objects: [true, false, false],
        engine_given: false,
        ..policy(budget)
    }
}

/// An engine and a policy in it.
pub fn family(budget: Budget) -> Setting {
    Setting {
        objects: [true, true, false],
        ..engine(budget)
    }
}

/// An engine, a policy in it, and one whose name a stranger's policy has in another engine.
pub fn everybody(budget: Budget) -> Setting {
    Setting {
        objects: [true; 3],
        named: [false, false, true],
        stranger: Some(2),
        ..engine(budget)
    }
}
