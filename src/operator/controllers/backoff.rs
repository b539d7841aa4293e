//! When to try again (reliability.md section 3): 0.5 s doubling to 60 s with full jitter; resyncs jittered by a tenth.

use crate::operator::decide::Next;
use kube::runtime::controller::Action;
use rand::RngExt as _;
use std::time::Duration;

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_mins(1);

/// The longest pause after this many failures in a row.
fn ceiling(failures: u32) -> Duration {
    FIRST
        .saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1)))
        .min(LONGEST)
}

/// This share of the longest pause. At most one call a second an object, so full jitter has a floor.
fn pause(failures: u32, share: f64) -> Duration {
    ceiling(failures).mul_f64(share).max(FIRST / 2)
}

/// What the controller is told.
pub(super) fn action(next: Next) -> Action {
    let mut random = rand::rng();
    match next {
        Next::Now => Action::requeue(Duration::ZERO),
        Next::Poll(after) => Action::requeue(after),
        Next::Later(after) => Action::requeue(after.mul_f64(random.random_range(0.9..=1.1))),
        Next::Backoff(failures) => Action::requeue(pause(failures, random.random_range(0.0..=1.0))),
        Next::Idle => Action::await_change(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_minute() {
        let pauses: Vec<u64> = (1..=9).map(|failures| ceiling(failures).as_secs()).collect();
        assert_eq!(pauses, [0, 1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(ceiling(u32::MAX), LONGEST);
        assert_eq!(ceiling(0), FIRST);
    }

    #[test]
    fn a_pause_is_any_part_of_the_longest_and_never_none() {
        let pauses = |failures| [0.0, 0.75, 1.0].map(|share| pause(failures, share).as_millis());
        assert_eq!(pauses(1), [250, 375, 500]);
        assert_eq!(pauses(9), [250, 45_000, 60_000]);
    }
}
