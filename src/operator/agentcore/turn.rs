//! Whether a call that changes something is still to be made when its turn comes: calls wait for AWS's rates, and meanwhile the
//! object may have been edited or deleted, another process may have become the one that writes (reliability.md 4, F36, F38), or
//! this one may have been told to stop (F48).

use crate::model::{Fault, FaultClass};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use tokio::time::Instant;

const WAITING: u8 = 0;
const BEGUN: u8 = 1;
const GIVEN_UP: u8 = 2;

/// The turn of the writes of one pass: none of them is made, or the first was and the others follow.
#[derive(Clone)]
pub struct Turn(Arc<Inner>);

struct Inner {
    may: Box<dyn Fn() -> bool + Send + Sync>,
    until: Box<dyn Fn() -> Option<Instant> + Send + Sync>,
    state: AtomicU8,
}

impl Turn {
    /// Writes begin as long as `may` says so, and wait for no answer after the moment that `until` says; none: as long as
    /// calls do.
    pub fn new(
        may: impl Fn() -> bool + Send + Sync + 'static,
        until: impl Fn() -> Option<Instant> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(Inner {
            may: Box::new(may),
            until: Box::new(until),
            state: AtomicU8::new(WAITING),
        }))
    }

    /// Whether the pass has changed something, or is about to.
    pub(super) fn has_begun(&self) -> bool {
        self.0.state.load(Ordering::Relaxed) == BEGUN
    }

    /// Whether the pass was given up before it changed anything; what its calls came to is of no meaning then.
    #[must_use]
    pub fn is_given_up(&self) -> bool {
        self.0.state.load(Ordering::Relaxed) == GIVEN_UP
    }

    /// The turn of an operation has come; when its answer is waited for no longer, if that is said.
    pub(super) fn come(&self, operation: &'static str) -> Result<Option<Instant>, Fault> {
        let reads = operation.starts_with("Get") || operation.starts_with("List");
        if reads {
            return Ok(None);
        }
        if !self.has_begun() {
            if self.is_given_up() || !(self.0.may)() {
                return Err(self.give_up(operation));
            }
            self.0.state.store(BEGUN, Ordering::Relaxed);
        }
        Ok((self.0.until)())
    }

    /// An operation is not called after all, so the pass begins anew, unless it has changed something.
    pub(super) fn give_up(&self, operation: &'static str) -> Fault {
        let (from, to, order) = (WAITING, GIVEN_UP, Ordering::Relaxed);
        self.0.state.compare_exchange(from, to, order, order).ok();
        uncalled(operation)
    }
}

/// What a call comes to that was not made.
pub(super) fn uncalled(operation: &'static str) -> Fault {
    unmade(operation, "it was not called: it is not wanted any more")
}

/// What a call comes to that nobody has answered, and why.
pub(super) fn unmade(operation: &'static str, message: &str) -> Fault {
    Fault {
        class: FaultClass::Unavailable,
        operation,
        code: String::new(),
        message: message.to_owned(),
    }
}

impl fmt::Debug for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Turn").field(&self.0.state).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicBool;

    #[test]
    fn writes_that_have_not_begun_are_given_up_and_those_that_have_go_on() {
        let wanted = Arc::new(AtomicBool::new(false));
        let turn = || {
            let wanted = Arc::clone(&wanted);
            Turn::new(move || wanted.load(Ordering::Relaxed), || None)
        };
        let late = turn();
        assert!(
            late.come("ListPolicies").is_ok() && !late.is_given_up(),
            "looks are made always"
        );
        assert!(late.come("CreatePolicy").is_err() && late.is_given_up());
        wanted.store(true, Ordering::Relaxed);
        assert!(late.come("CreatePolicy").is_err(), "given up is given up");
        let early = turn();
        assert!(early.come("UpdatePolicy").is_ok());
        wanted.store(false, Ordering::Relaxed);
        assert!(early.come("UpdatePolicy").is_ok() && !early.is_given_up());
        early.give_up("UpdatePolicy");
        assert!(!early.is_given_up(), "it has changed something");
        wanted.store(true, Ordering::Relaxed);
        let lacking = turn();
        lacking.give_up("StartPolicyGeneration");
        assert!(lacking.is_given_up() && lacking.come("StartPolicyGeneration").is_err());
    }

    #[test]
    fn answers_to_writes_are_waited_for_as_long_as_the_lease_stands_and_looks_for_longer() {
        let until = Instant::now();
        let turn = Turn::new(|| true, move || Some(until));
        assert_eq!(turn.come("ListPolicies").unwrap(), None);
        assert_eq!(turn.come("CreatePolicy").unwrap(), Some(until));
        assert_eq!(
            turn.come("UpdatePolicy").unwrap(),
            Some(until),
            "those that follow, too"
        );
    }
}
