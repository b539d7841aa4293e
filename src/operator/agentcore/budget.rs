//! AWS's rates (performance.md 1.1): one token bucket an operation, so that no call is made only to be throttled.

use std::collections::HashMap;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// Operations that AWS allows once a second; all others of the policy service, five times.
const ONCE_A_SECOND: [&str; 4] = [
    "CreatePolicyEngine",
    "UpdatePolicyEngine",
    "DeletePolicyEngine",
    "StartPolicyGeneration",
];

/// How many calls may still be made.
#[derive(Debug)]
pub(super) struct Budget {
    limited: bool,
    /// When the next call of each operation may be made, if calls came as fast as allowed.
    next: Mutex<HashMap<&'static str, Instant>>,
}

impl Budget {
    /// AWS's published quotas, shared by every client of the account.
    pub(super) fn of_aws() -> Self {
        Self {
            limited: true,
            next: Mutex::default(),
        }
    }

    /// No limit: the local backend.
    pub(super) fn unlimited() -> Self {
        Self {
            limited: false,
            next: Mutex::default(),
        }
    }

    /// Waits until the operation may be called.
    pub(super) async fn take(&self, operation: &'static str) {
        if !self.limited {
            return;
        }
        let turn = {
            let mut next = self.next.lock().await;
            let (turn, following) = turn(operation, next.get(operation).copied(), Instant::now());
            next.insert(operation, following);
            turn
        };
        tokio::time::sleep_until(turn).await;
    }
}

/// When the operation may be called, and when the call after it, if calls came as fast as allowed. Five calls may come
/// at once where five a second are allowed.
fn turn(operation: &str, due: Option<Instant>, now: Instant) -> (Instant, Instant) {
    let (gap, burst) = if ONCE_A_SECOND.contains(&operation) {
        (Duration::from_secs(1), Duration::ZERO)
    } else {
        (Duration::from_millis(200), Duration::from_millis(800))
    };
    let earliest = now.checked_sub(burst).unwrap_or(now);
    let turn = due.map_or(earliest, |due| due.max(earliest));
    (turn.max(now), turn + gap)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The moments, in milliseconds after the first, at which this many calls may be made that all come at once.
    fn turns(operation: &'static str, calls: usize) -> Vec<u128> {
        let now = Instant::now();
        let mut due = None;
        (0..calls)
            .map(|_| {
                let (at, following) = turn(operation, due, now);
                due = Some(following);
                at.duration_since(now).as_millis()
            })
            .collect()
    }

    #[test]
    fn calls_come_no_faster_than_aws_allows() {
        assert_eq!(turns("CreatePolicy", 7), [0, 0, 0, 0, 0, 200, 400]);
        assert_eq!(turns("CreatePolicyEngine", 3), [0, 1000, 2000]);
    }

    #[tokio::test]
    async fn the_local_backend_is_not_limited() {
        let budget = Budget::unlimited();
        let start = Instant::now();
        for _ in 0..1000 {
            budget.take("CreatePolicyEngine").await;
        }
        assert!(start.elapsed() < Duration::from_secs(1));
    }
}
