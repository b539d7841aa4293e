//! When to try again (reliability.md section 3): 0.5 s doubling to 60 s with full jitter, but never within a second of
//! the failure; resyncs up to a fifth earlier, so that none is late (performance.md P4).

use crate::operator::decide::{Backoff, Next};
use kube::runtime::controller::Action;
use rand::RngExt as _;
use std::time::Duration;

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_mins(1);
/// The pauses of who may have been unlucky grow up to this many failures (4 s),
const UNLUCKY: u32 = 4;
/// and on after so many more.
const LUCKLESS: u32 = 4;
/// At most one call a second an object.
pub(super) const APART: Duration = Duration::from_secs(1);

/// The longest pause after this many failures in a row.
fn ceiling(failures: u32) -> Duration {
    FIRST
        .saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1)))
        .min(LONGEST)
}

/// This share of the longest pause, after the second that calls are apart: what failed together comes back apart.
fn pause(failures: u32, share: f64) -> Duration {
    let spread = ceiling(failures).min(LONGEST.saturating_sub(APART));
    APART + spread.mul_f64(share)
}

/// As many failures as count while others' calls of the same operation are answered: an object that is unlucky when half
/// of all calls are throttled waits no longer than some seconds; one that fails by itself, up to a minute all the same.
pub(super) fn eased(failures: u32) -> u32 {
    failures.min(UNLUCKY).max(failures.saturating_sub(LUCKLESS))
}

/// What the controller is told.
pub(super) fn action(next: Next) -> Action {
    let mut random = rand::rng();
    match next {
        Next::Now => Action::requeue(Duration::ZERO),
        Next::Poll(after) => Action::requeue(after),
        Next::Later(after) => Action::requeue(after.mul_f64(random.random_range(0.8..=1.0))),
        Next::Backoff(Backoff { failures, .. }) => {
            Action::requeue(pause(failures, random.random_range(0.0..=1.0)))
        }
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
    fn who_may_have_been_unlucky_waits_some_seconds_and_who_fails_all_the_same_a_minute() {
        let counted: Vec<u32> = (1..=13).map(eased).collect();
        assert_eq!(counted, [1, 2, 3, 4, 4, 4, 4, 4, 5, 6, 7, 8, 9]);
        assert_eq!(ceiling(eased(12)), LONGEST);
    }

    #[test]
    fn a_pause_is_any_part_of_the_longest_and_never_less_than_a_second() {
        let pauses = |failures| [0.0, 0.5, 1.0].map(|share| pause(failures, share).as_millis());
        assert_eq!(pauses(1), [1000, 1250, 1500]);
        assert_eq!(pauses(3), [1000, 2000, 3000]);
        assert_eq!(pauses(9), [1000, 30_500, 60_000]);
    }
}
