//! Lifecycles: pure, one table for each set of statuses.
//!
//! The answer to a change shows the status that the table gives, such as `UPDATING` or `DELETING` (service.md section
//! 18, `compat.mutation-response-status`).

mod gateway;
mod generation;
mod policy;
mod target;

use std::fmt;

pub use gateway::GatewayStatus;
pub use generation::{AssetStatus, GenerationStatus};
pub use policy::{judged_again, overtaking};
pub use target::TargetStatus;

/// What happens to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A caller changes it.
    Update,
    /// A caller deletes it.
    Delete,
    /// The service's work on it ended well.
    Succeeded,
    /// The service's work on it failed.
    Failed,
}

#[cfg(test)]
impl Event {
    /// All events.
    pub const ALL: [Self; 4] = [Self::Update, Self::Delete, Self::Succeeded, Self::Failed];
}

/// What an event makes of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next<S> {
    /// It has this status now.
    Status(S),
    /// It is no more.
    Gone,
    /// A caller's change is refused: the service is still at work (`compat.policy-busy-conflict`,
    /// `compat.engine-busy-conflict`).
    Busy,
    /// There was no work to end; nothing changes.
    Unmoved,
}

/// The statuses of a kind of resource.
pub trait Status: Clone + fmt::Debug + fmt::Display + PartialEq + Send + Sync {
    /// What a new resource has.
    const NEW: Self;

    /// Reads the word on the wire and in the store.
    fn parse(word: &str) -> Option<Self>;

    /// The table.
    fn after(&self, event: Event) -> Next<Self>;

    /// Whether the service is at work on the resource, so that neither it nor what is in it may be changed.
    fn is_busy(&self) -> bool {
        self.after(Event::Update) == Next::Busy
    }
}

/// An enumeration of statuses with their words.
macro_rules! statuses {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $status:ident = $word:literal,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$doc])* $status,)+
        }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$status),+];

            /// The word on the wire and in the store.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$status => $word,)+
                }
            }

            fn of(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|status| status.as_str() == word)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
use statuses;
