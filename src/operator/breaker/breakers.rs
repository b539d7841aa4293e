//! The breakers of all operations, and who is told when one turns.

use super::state::{Admission, Breaker, End, Turn};
use futures::channel::mpsc::UnboundedSender;
use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Which breaker has turned, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turned {
    /// The operation.
    pub operation: &'static str,
    /// How.
    pub turn: Turn,
}

/// One breaker an operation, each with the failure that whoever is not let through is told: the last one.
#[derive(Debug)]
pub struct Breakers<F> {
    known: Mutex<HashMap<&'static str, Known<F>>>,
    turned: UnboundedSender<Turned>,
    began: Instant,
}

#[derive(Debug)]
struct Known<F> {
    breaker: Breaker,
    last: Option<F>,
}

impl<F: Clone> Breakers<F> {
    /// All closed. Who turns is told to `turned`.
    #[must_use]
    pub fn new(turned: UnboundedSender<Turned>) -> Self {
        Self {
            known: Mutex::default(),
            turned,
            began: Instant::now(),
        }
    }

    /// Leave to call an operation.
    ///
    /// # Errors
    /// The last failure, when another caller is to try first.
    pub fn admit(&self, operation: &'static str) -> Result<Permit<'_, F>, F> {
        let admission = {
            let mut known = self.known();
            let known = known.entry(operation).or_insert_with(|| Known {
                breaker: Breaker::default(),
                last: None,
            });
            match (known.breaker.admit(self.began.elapsed()), &known.last) {
                (Admission::Refused, Some(last)) => return Err(last.clone()),
                (admission, _) => admission,
            }
        };
        Ok(Permit {
            breakers: self,
            operation,
            admission,
            ended: false,
        })
    }

    /// Whether the breaker of this operation is open.
    pub fn is_open(&self, operation: &str) -> bool {
        self.known()
            .get(operation)
            .is_some_and(|known| known.breaker.is_open())
    }

    /// Those that are open and wait for somebody to try.
    pub fn due(&self) -> Vec<&'static str> {
        let now = self.began.elapsed();
        let known = self.known();
        let due = known.iter().filter(|(_, known)| known.breaker.is_due(now));
        due.map(|(operation, _)| *operation).collect()
    }

    fn settle(&self, operation: &'static str, admission: Admission, end: End, failure: Option<F>) {
        let (now, share) = (self.began.elapsed(), rand::random::<f64>());
        let turn = {
            let mut known = self.known();
            let Some(known) = known.get_mut(operation) else {
                return;
            };
            if failure.is_some() {
                known.last = failure;
            }
            known.breaker.settle(admission, end, now, share)
        };
        if let Some(turn) = turn {
            // Nobody listens any more only while the operator stops.
            drop(self.turned.unbounded_send(Turned { operation, turn }));
        }
    }

    fn known(&self) -> MutexGuard<'_, HashMap<&'static str, Known<F>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Leave to make one call, whose end must be told; dropped before, it counts as if it had not been given.
#[derive(Debug)]
pub struct Permit<'a, F: Clone> {
    breakers: &'a Breakers<F>,
    operation: &'static str,
    admission: Admission,
    ended: bool,
}

impl<F: Clone> Permit<'_, F> {
    /// The same leave after a wait: the breaker may have opened meanwhile.
    ///
    /// # Errors
    /// As [`Breakers::admit`].
    pub fn renewed(self) -> Result<Self, F> {
        let (breakers, operation) = (self.breakers, self.operation);
        if self.admission == Admission::Call && breakers.is_open(operation) {
            drop(self);
            return breakers.admit(operation);
        }
        Ok(self)
    }

    /// It was answered, be it by a refusal.
    pub fn answered(mut self) {
        self.end(End::Answered, None);
    }

    /// It was not.
    pub fn failed(mut self, failure: F) {
        self.end(End::Failed, Some(failure));
    }

    fn end(&mut self, end: End, failure: Option<F>) {
        self.ended = true;
        self.breakers.settle(self.operation, self.admission, end, failure);
    }
}

impl<F: Clone> Drop for Permit<'_, F> {
    fn drop(&mut self) {
        if !self.ended {
            self.end(End::Unheard, None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::channel::mpsc::unbounded;

    fn fail(breakers: &Breakers<u32>, failure: u32) -> bool {
        let permit = breakers.admit("Create");
        permit.map(|permit| permit.failed(failure)).is_ok()
    }

    #[test]
    fn who_is_not_let_through_is_told_the_last_failure_and_turns_are_told_once() {
        let (sender, mut turned) = unbounded();
        let breakers = Breakers::new(sender);
        assert!((1..=3).all(|failure| fail(&breakers, failure)));
        assert_eq!(breakers.admit("Create").err(), Some(3));
        assert!(breakers.is_open("Create"));
        assert_eq!(breakers.due(), Vec::<&str>::new(), "a pause comes first");
        assert!(breakers.admit("List").is_ok(), "each operation has its own");
        let opened = Turned {
            operation: "Create",
            turn: Turn::Opened,
        };
        assert_eq!(turned.try_recv().ok(), Some(opened));
        assert!(turned.try_recv().is_err());
    }

    #[test]
    fn an_answer_between_failures_keeps_it_closed_and_a_dropped_permit_counts_for_nothing() {
        let (sender, _turned) = unbounded();
        let breakers = Breakers::new(sender);
        for failure in 0..10 {
            assert!(fail(&breakers, failure) && fail(&breakers, failure));
            drop(breakers.admit("Create"));
            breakers.admit("Create").expect("it is closed").answered();
        }
        assert!(!breakers.is_open("Create"));
    }

    #[test]
    fn who_waited_while_it_opened_is_not_let_through_any_more() {
        let (sender, _turned) = unbounded();
        let breakers = Breakers::new(sender);
        let waited = breakers.admit("Create").expect("it is closed");
        let waited = waited.renewed().expect("it still is");
        assert!((1..=3).all(|failure| fail(&breakers, failure)));
        assert_eq!(waited.renewed().err(), Some(3));
    }

    #[test]
    fn a_probe_whose_caller_is_gone_is_left_to_the_next_one() {
        let (sender, mut turned) = unbounded();
        let breakers = Breakers::new(sender);
        assert!((1..=3).all(|failure| fail(&breakers, failure)));
        let probe = Permit {
            breakers: &breakers,
            operation: "Create",
            admission: Admission::Probe,
            ended: false,
        };
        drop(probe);
        assert_eq!(breakers.due(), ["Create"]);
        breakers
            .admit("Create")
            .expect("it is the next one's turn")
            .answered();
        assert!(!breakers.is_open("Create"));
        let told: Vec<Turn> = std::iter::from_fn(|| turned.try_recv().ok())
            .map(|turned| turned.turn)
            .collect();
        assert_eq!(told, [Turn::Opened, Turn::Closed]);
    }
}
