//! What is worth counting of an object's life.

use std::time::Duration;

/// What a pass has brought to its end or found, for those who watch the whole (kubernetes-conventions.md 7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Milestone {
    /// It is Ready for the first time, so long after it was made.
    FirstReady(Duration),
    /// AWS differs from what was Ready.
    Drifted,
    /// It agrees again, so long after the drift was found.
    Agrees(Duration),
    /// It is gone, so long after that was asked for.
    Gone(Duration),
    /// Nothing will change until somebody changes something.
    Stalled,
}
