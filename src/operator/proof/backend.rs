//! The service, as far as a plan depends on it: names, client tokens, statuses, refusals (service.md 4, 5 and 7).

use super::world::{Call, ENGINE, Id, OBJECTS, Reply, Verb};
use crate::model::{FaultClass, Lifecycle};

/// Who made a resource: an object's place, or somebody else.
pub const STRANGER: usize = usize::MAX;
/// What a stranger's hand leaves in a resource.
pub const ALTERED: u8 = 3;

/// A resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Resource {
    /// Tells it from others that had the same name before.
    pub serial: u8,
    /// Known to the model alone.
    pub maker: usize,
    /// The version of the spec that it was made or changed to.
    pub content: u8,
    pub phase: Phase,
    /// Whether it has been in force; the service goes on enforcing what was ACTIVE before.
    pub in_force: bool,
    /// Serial of the engine that a policy is in.
    pub parent: u8,
    /// Whether its contents prove nothing of its maker: it came when nobody waited for it any more, or was altered.
    pub clouded: bool,
}

/// Its status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    Creating,
    Active,
    Updating,
    Deleting,
    CreateFailed,
    UpdateFailed,
    DeleteFailed,
}

impl Phase {
    pub fn busy(self) -> bool {
        matches!(self, Self::Creating | Self::Updating | Self::Deleting)
    }

    pub fn lifecycle(self) -> Lifecycle {
        match self {
            Self::Creating => Lifecycle::Creating,
            Self::Active => Lifecycle::Active,
            Self::Updating => Lifecycle::Updating,
            Self::Deleting => Lifecycle::Deleting,
            Self::CreateFailed => Lifecycle::CreateFailed,
            Self::UpdateFailed => Lifecycle::UpdateFailed,
            Self::DeleteFailed => Lifecycle::DeleteFailed,
        }
    }
}

/// What a listing shows, by AWS name. Names are unique, so there is at most one of each (service.md 7.3).
pub type Listing = [Option<Resource>; OBJECTS];

/// A client token that the service remembers, with the request that it came with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Token {
    value: Id,
    content: u8,
    parent: u8,
    serial: u8,
}

/// The service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Backend {
    pub resources: Listing,
    /// How many resources had each name.
    pub serials: [u8; OBJECTS],
    pub tokens: Vec<Token>,
    /// The engine is given by its id and no object's.
    pub engine_given: bool,
}

impl Backend {
    /// Makes a resource without anybody asking for it.
    pub fn place(&mut self, name: usize, resource: Resource) {
        self.serials[name] = resource.serial + 1;
        self.resources[name] = Some(resource);
    }

    /// Serves a request.
    pub fn serve(&mut self, call: Call) -> Reply {
        let name = call.slot;
        if name != ENGINE
            && !self.engine_given
            && let Some(refusal) = self.engine_refuses(call)
        {
            return refusal;
        }
        let (serial, delete) = match call.verb {
            Verb::Create {
                token,
                content,
                parent,
            } => return self.create(name, token, content, parent),
            Verb::Update { serial, .. } | Verb::Idle { serial } => (serial, false),
            Verb::Delete { serial } => (serial, true),
        };
        let full = name == ENGINE
            && self
                .resources
                .iter()
                .skip(1)
                .flatten()
                .any(|r| r.parent == serial);
        let Some(resource) = self.resources[name].as_mut().filter(|r| r.serial == serial) else {
            return Reply::Failed(FaultClass::Gone);
        };
        if let Verb::Idle { .. } = call.verb {
            return Reply::Accepted(None);
        }
        if resource.phase.busy() || (delete && full) {
            return Reply::Failed(FaultClass::Conflict);
        }
        if let Verb::Update { content, .. } = call.verb {
            resource.content = content;
            resource.phase = Phase::Updating;
        } else {
            resource.phase = Phase::Deleting;
        }
        Reply::Accepted(None)
    }

    fn engine_refuses(&self, call: Call) -> Option<Reply> {
        let wanted = match call.verb {
            Verb::Create { parent, .. } => Some(parent),
            Verb::Update { .. } | Verb::Delete { .. } | Verb::Idle { .. } => {
                self.resources[call.slot].map(|r| r.parent)
            }
        };
        match self.resources[ENGINE] {
            Some(engine) if Some(engine.serial) == wanted => {
                engine.phase.busy().then_some(Reply::Failed(FaultClass::Conflict))
            }
            Some(_) | None => Some(Reply::Failed(FaultClass::Gone)),
        }
    }

    /// The same token and request answer with the same id, whatever became of the resource; the token is looked at
    /// before the name (service.md 7.2, 7.3).
    fn create(&mut self, name: usize, token: Id, content: u8, parent: u8) -> Reply {
        if let Some(known) = self.tokens.iter().find(|known| known.value == token) {
            return if (known.content, known.parent) == (content, parent) {
                Reply::Accepted(Some(known.serial))
            } else {
                Reply::Failed(FaultClass::TokenMismatch)
            };
        }
        if self.resources[name].is_some() {
            return Reply::Failed(FaultClass::Conflict);
        }
        let serial = self.serials[name];
        self.place(
            name,
            Resource {
                serial,
                maker: name,
                content,
                phase: Phase::Creating,
                in_force: false,
                parent,
                clouded: false,
            },
        );
        self.tokens.push(Token {
            value: token,
            content,
            parent,
            serial,
        });
        self.tokens.sort_unstable();
        Reply::Accepted(Some(serial))
    }

    /// The service finishes its work on a resource, well or badly.
    pub fn settle(&mut self, name: usize, well: bool) {
        let Some(resource) = self.resources[name].as_mut() else {
            return;
        };
        resource.phase = match (resource.phase, well) {
            (Phase::Creating | Phase::Updating, true) => {
                resource.in_force = true;
                Phase::Active
            }
            (Phase::Deleting, true) => {
                self.resources[name] = None;
                return;
            }
            (Phase::Creating, false) => Phase::CreateFailed,
            (Phase::Updating, false) => Phase::UpdateFailed,
            (Phase::Deleting, false) => Phase::DeleteFailed,
            (
                Phase::Active | Phase::CreateFailed | Phase::UpdateFailed | Phase::DeleteFailed,
                true | false,
            ) => resource.phase,
        };
    }
}

/// Serial of the engine in a listing, if it is there.
pub fn engine_of(listing: &Listing, given: bool) -> Option<u8> {
    if given {
        Some(0)
    } else {
        listing[ENGINE].map(|engine| engine.serial)
    }
}
