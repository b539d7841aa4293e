//! How patient an object is.

use crate::api::Timestamp;
use crate::model::{FaultClass, Retry};
use std::time::Duration;

/// How patient an object is.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// The time of this pass, by a clock that no one sets: what patience is counted by.
    pub now: Timestamp,
    /// What the machine's clock says, for people to read in the status.
    pub date: Timestamp,
    /// `spec.resyncInterval`; `None`: never by itself.
    pub resync: Option<Duration>,
    /// Whether the object is being deleted.
    pub deleting: bool,
    /// What stands beside its resource, as one number that changes with it; `None`: not known.
    pub beside: Option<u64>,
}

impl Pace {
    /// After which time a refused write is made again (reliability.md section 3).
    #[must_use]
    pub fn after(&self, class: FaultClass) -> Option<Duration> {
        match class.row().retry {
            Retry::After(pause) => Some(pause),
            Retry::Backoff | Retry::Resync | Retry::Look => self.resync,
        }
    }

    pub(super) fn older(&self, at: Timestamp, than: Option<Duration>) -> bool {
        than.is_some_and(|than| self.now.duration_since(at).unsigned_abs() >= than)
    }
}
