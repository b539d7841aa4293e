//! What patience is counted by: a clock that nobody sets (reliability.md 4, F37).

use crate::api::Timestamp;
use tokio::time::Instant;

/// Begins with what the machine's clock says, and goes on from there by itself: when that one is put right, nothing becomes
/// older by it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    began: Timestamp,
    at: Instant,
}

impl Clock {
    /// Begins now.
    pub(super) fn start() -> Self {
        Self {
            began: Timestamp::now(),
            at: Instant::now(),
        }
    }

    /// What it says.
    pub(super) fn now(&self) -> Timestamp {
        // A sum that is out of range is thousands of years away.
        self.began.checked_add(self.at.elapsed()).unwrap_or(self.began)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn it_goes_on_from_its_beginning_by_the_time_that_has_passed() {
        let passed = Duration::from_secs(90);
        let clock = Clock {
            began: Timestamp::UNIX_EPOCH,
            at: Instant::now().checked_sub(passed).expect("a past"),
        };
        let now = clock.now().duration_since(Timestamp::UNIX_EPOCH).unsigned_abs();
        assert!((passed..passed * 2).contains(&now), "{now:?}");
    }
}
