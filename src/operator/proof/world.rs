//! The state that the model checker walks through: small numbers, so that millions of states fit.

use super::backend::{Backend, Listing};
use crate::model::FaultClass;

/// An interned value of the tables in `kernel`.
pub type Id = u32;

/// Objects, and with them AWS names: the engine, a policy, another policy.
pub const OBJECTS: usize = 3;
/// The engine's place among the objects.
pub const ENGINE: usize = 0;

/// An object as the API server has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Object {
    /// Which UID: an object that is made again is another one.
    pub life: u8,
    /// Which version of its spec.
    pub spec: u8,
    pub deleting: bool,
    /// Whether our finalizer is on it.
    pub held: bool,
    /// Its status, interned.
    pub status: Id,
}

impl Object {
    /// `metadata.generation`: an edit counts, and so does the request to delete.
    pub fn generation(self) -> i64 {
        1 + i64::from(self.spec) + i64::from(self.deleting)
    }
}

/// A request to the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Call {
    /// The object it is made for.
    pub slot: usize,
    pub verb: Verb,
}

/// What is requested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verb {
    /// With a client token; `parent` is the engine's serial.
    Create {
        token: Id,
        content: u8,
        parent: u8,
    },
    Update {
        serial: u8,
        content: u8,
    },
    Delete {
        serial: u8,
    },
    /// A write that changes nothing the model looks at.
    Idle {
        serial: u8,
    },
}

/// How a request was answered, or what the operator believes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reply {
    /// Nothing was sent.
    Nothing,
    Accepted(Option<u8>),
    Failed(FaultClass),
}

/// Where a pass is: a crash or another controller's step may come between any two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Pass {
    Idle,
    /// The object was read, and for a policy its engine's object.
    Read {
        slot: usize,
        object: Object,
        engine: Option<Object>,
    },
    /// The service was looked at, the plan made, the request sent.
    Sent {
        input: Id,
        call: Call,
    },
    /// The service has answered; nobody has heard it yet.
    Answered {
        input: Id,
        reply: Reply,
    },
    /// The pass has ended but for what it publishes.
    Concluded {
        input: Id,
        reply: Reply,
    },
}

/// A process of the operator. A lease is no fence: who has lost it may still end a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Controller {
    /// What it remembers of each object, under the object's life.
    pub memories: [Option<(u8, Id)>; OBJECTS],
    /// What its last look at the service showed.
    pub shelf: Option<Listing>,
    pub pass: Pass,
}

impl Controller {
    pub const FRESH: Self = Self {
        memories: [None; OBJECTS],
        shelf: None,
        pass: Pass::Idle,
    };
}

/// What may still go wrong, and what people may still do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Budget {
    /// A process ends at once, with all it remembers.
    pub crashes: u8,
    /// A request or its answer is lost, late or repeated; a write to the API server is lost.
    pub lost: u8,
    /// The service is seen as it was at the look before.
    pub stale: u8,
    /// Somebody deletes a resource behind our back.
    pub removals: u8,
    /// Somebody changes a resource behind our back.
    pub alterations: u8,
    /// What the service accepted ends in a failed state.
    pub failures: u8,
    /// The service answers 429 or 503.
    pub refusals: u8,
    /// The status of an object is wiped.
    pub wipes: u8,
    /// A spec is edited.
    pub edits: u8,
    /// An object is deleted.
    pub deletions: u8,
    /// An object that is gone is made again.
    pub revivals: u8,
    /// Another process becomes the leader.
    pub elections: u8,
}

/// A broken invariant; a state with one is a counterexample and goes no further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Harm {
    /// I2: something was written on a resource of somebody else.
    Touched,
    /// I3: `Ready` is said of what was not seen to be so.
    Untrue,
    /// 2.6.1: a request was sent for an object without the finalizer.
    Unheld,
    /// 2.2.1: the service has seen the client token with another request.
    Mismatched,
    /// I8: a policy in force was deleted though its object declares it.
    Open,
}

/// Everything.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct World {
    pub objects: [Option<Object>; OBJECTS],
    /// How many lives each object has had.
    pub lives: [u8; OBJECTS],
    pub backend: Backend,
    pub controllers: [Controller; 2],
    /// Which of them begins passes.
    pub leader: usize,
    /// Requests that nobody waits for any more and that may still arrive.
    pub late: Vec<Call>,
    pub budget: Budget,
    pub harm: Option<Harm>,
}

impl World {
    /// The controllers are alike, so the leader is the first; a shelf that nobody can use makes no difference.
    pub fn canonical(mut self) -> Self {
        if self.budget.stale == 0 {
            for controller in &mut self.controllers {
                controller.shelf = None;
            }
        }
        if self.leader != 0 {
            self.controllers.swap(0, 1);
            self.leader = 0;
        }
        self.late.sort_unstable();
        self
    }

    /// Whether no pass is under way and no request.
    pub fn calm(&self) -> bool {
        self.late.is_empty() && self.controllers.iter().all(|c| c.pass == Pass::Idle)
    }
}
