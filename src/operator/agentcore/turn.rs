//! Whether a call that changes something is still to be made when its turn comes: calls wait for AWS's rates, and meanwhile the
//! object may have been edited or deleted, or another process may have become the one that writes (reliability.md 4, F36, F38).

use crate::model::{Fault, FaultClass};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

const WAITING: u8 = 0;
const BEGUN: u8 = 1;
const GIVEN_UP: u8 = 2;

/// The turn of the writes of one pass: none of them is made, or the first was and the others follow.
#[derive(Clone)]
pub struct Turn(Arc<Inner>);

struct Inner {
    may: Box<dyn Fn() -> bool + Send + Sync>,
    state: AtomicU8,
}

impl Turn {
    /// Writes are made as long as `may` says so.
    pub fn new(may: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(Inner {
            may: Box::new(may),
            state: AtomicU8::new(WAITING),
        }))
    }

    /// Whether the pass was given up before it changed anything; what its calls came to is of no meaning then.
    #[must_use]
    pub fn is_given_up(&self) -> bool {
        self.0.state.load(Ordering::Relaxed) == GIVEN_UP
    }

    /// The turn of an operation has come.
    pub(super) fn come(&self, operation: &'static str) -> Result<(), Fault> {
        let reads = operation.starts_with("Get") || operation.starts_with("List");
        if reads || self.0.state.load(Ordering::Relaxed) == BEGUN {
            return Ok(());
        }
        if !self.is_given_up() && (self.0.may)() {
            self.0.state.store(BEGUN, Ordering::Relaxed);
            return Ok(());
        }
        self.0.state.store(GIVEN_UP, Ordering::Relaxed);
        Err(Fault {
            class: FaultClass::Unavailable,
            operation,
            code: String::new(),
            message: "it was not called: it is not wanted any more".to_owned(),
        })
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
            Turn::new(move || wanted.load(Ordering::Relaxed))
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
    }
}
