//! The one place with a timer.

use std::thread::sleep;
use std::time::{Duration, Instant};

const POLL: Duration = Duration::from_millis(25);

/// Polls until `condition` is `Ok` and returns its value.
///
/// The error is what the condition saw instead; the last one is told when the deadline passes. A slow
/// condition is looked at once more after the deadline, so that a busy machine does not fail a test that
/// came true meanwhile.
#[track_caller]
pub fn wait_until<T>(what: &str, deadline: Duration, mut condition: impl FnMut() -> Result<T, String>) -> T {
    let began = Instant::now();
    loop {
        let last_look = began.elapsed() >= deadline;
        match condition() {
            Ok(value) => return value,
            Err(seen) if last_look => {
                panic!("waited {deadline:?} for {what}, in vain; last seen: {seen}")
            }
            Err(_) => sleep(POLL),
        }
    }
}

/// [`wait_until`] for a condition that has nothing to tell.
#[track_caller]
pub fn wait_for(what: &str, deadline: Duration, mut condition: impl FnMut() -> bool) {
    wait_until(what, deadline, || {
        condition().then_some(()).ok_or_else(|| "not yet".to_owned())
    });
}
