//! One breaker: a pure state machine. Time is handed in, as what has passed since some beginning.

use std::time::Duration;

/// It opens after this many failures in a row.
const FAILURES: u32 = 3;
/// The shortest pause between the end of a probe and the next one; the longest is twice as long.
///
/// So short that who waits is served in time when an outage ends (reliability.md R7), however long it was.
const PAUSE: Duration = Duration::from_secs(1);
/// A probe that has not ended after this time is not waited for: longer than any call may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Whether calls are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Breaker {
    /// All are.
    Closed {
        /// How many failed in a row.
        failures: u32,
    },
    /// One at a time.
    Open {
        /// When the next one may be made.
        due: Duration,
    },
}

/// What becomes of a call that is about to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Admission {
    /// It is made, as any.
    Call,
    /// It is made, and all others wait for how it ends.
    Probe,
    /// It is not made.
    Refused,
}

/// How a call ended that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// With an answer, be it a refusal.
    Answered,
    /// Without one, or with one that says that none can be had now.
    Failed,
    /// Nobody waited for it any longer.
    Unheard,
}

/// A breaker has turned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// From now on one call at a time is made.
    Opened,
    /// It answers again: all calls are made.
    Closed,
}

impl Default for Breaker {
    fn default() -> Self {
        Self::Closed { failures: 0 }
    }
}

impl Breaker {
    /// What becomes of a call that would be made now.
    pub(super) fn admit(&mut self, now: Duration) -> Admission {
        match self {
            Self::Closed { .. } => Admission::Call,
            Self::Open { due } if *due <= now => {
                *due = now + PATIENCE;
                Admission::Probe
            }
            Self::Open { .. } => Admission::Refused,
        }
    }

    /// Takes in how an admitted call ended. `share`, from 0 to 1, is chance: it keeps several operators apart.
    pub(super) fn settle(
        &mut self,
        admission: Admission,
        end: End,
        now: Duration,
        share: f64,
    ) -> Option<Turn> {
        let due = now + PAUSE + PAUSE.mul_f64(share);
        match (&mut *self, admission, end) {
            // What was not made ends in nothing; and what began before the breaker opened is as old as what opened it.
            (_, Admission::Refused, _)
            | (Self::Open { .. }, Admission::Call, _)
            | (Self::Closed { .. }, _, End::Unheard) => None,
            (Self::Closed { failures }, _, End::Answered) => {
                *failures = 0;
                None
            }
            (Self::Closed { failures }, _, End::Failed) => {
                *failures += 1;
                (*failures >= FAILURES).then(|| {
                    *self = Self::Open { due };
                    Turn::Opened
                })
            }
            (Self::Open { .. }, Admission::Probe, End::Answered) => {
                *self = Self::default();
                Some(Turn::Closed)
            }
            (Self::Open { .. }, Admission::Probe, End::Failed) => {
                *self = Self::Open { due };
                None
            }
            (Self::Open { .. }, Admission::Probe, End::Unheard) => {
                *self = Self::Open { due: now };
                None
            }
        }
    }

    /// Whether it is open.
    pub(super) fn is_open(&self) -> bool {
        matches!(self, Self::Open { .. })
    }

    /// Whether it is open and waits for somebody to try.
    pub(super) fn is_due(&self, now: Duration) -> bool {
        matches!(self, Self::Open { due } if *due <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: Duration = Duration::from_secs(100);
    const LATER: Duration = Duration::from_secs(500);

    fn open(due: Duration) -> Breaker {
        Breaker::Open { due }
    }

    fn closed(failures: u32) -> Breaker {
        Breaker::Closed { failures }
    }

    /// Every state, every admission, every end.
    #[test]
    fn every_end_of_every_call_in_every_state() {
        use Admission::{Call, Probe, Refused};
        use End::{Answered, Failed, Unheard};
        let next = open(T + Duration::from_millis(1500));
        let table = [
            (closed(0), Call, Answered, closed(0), None),
            (closed(0), Call, Failed, closed(1), None),
            (closed(0), Call, Unheard, closed(0), None),
            (closed(1), Call, Answered, closed(0), None),
            (closed(1), Call, Failed, closed(2), None),
            (closed(1), Call, Unheard, closed(1), None),
            (closed(2), Call, Answered, closed(0), None),
            (closed(2), Call, Failed, next, Some(Turn::Opened)),
            (closed(2), Call, Unheard, closed(2), None),
            // Another probe has closed it meanwhile: this one is a call as any.
            (closed(0), Probe, Answered, closed(0), None),
            (closed(1), Probe, Failed, closed(2), None),
            (closed(2), Probe, Failed, next, Some(Turn::Opened)),
            (closed(2), Probe, Unheard, closed(2), None),
            (open(LATER), Probe, Answered, closed(0), Some(Turn::Closed)),
            (open(LATER), Probe, Failed, next, None),
            (open(LATER), Probe, Unheard, open(T), None),
            (open(LATER), Call, Answered, open(LATER), None),
            (open(LATER), Call, Failed, open(LATER), None),
            (open(LATER), Call, Unheard, open(LATER), None),
        ];
        for (before, admission, end, after, turn) in table {
            let mut breaker = before;
            let turned = breaker.settle(admission, end, T, 0.5);
            assert_eq!(
                (breaker, turned),
                (after, turn),
                "{before:?} {admission:?} {end:?}"
            );
        }
        for before in [closed(0), closed(2), open(T), open(LATER)] {
            for end in [Answered, Failed, Unheard] {
                let mut breaker = before;
                assert_eq!(breaker.settle(Refused, end, T, 0.5), None);
                assert_eq!(breaker, before, "what was not made changes nothing");
            }
        }
    }

    #[test]
    fn every_state_admits_all_one_or_none() {
        let second = Duration::from_secs(1);
        let table = [
            (closed(0), Admission::Call, closed(0)),
            (closed(2), Admission::Call, closed(2)),
            (open(T + second), Admission::Refused, open(T + second)),
            (open(T), Admission::Probe, open(T + PATIENCE)),
            (
                open(T.saturating_sub(second)),
                Admission::Probe,
                open(T + PATIENCE),
            ),
        ];
        for (before, admission, after) in table {
            let mut breaker = before;
            assert_eq!(breaker.is_due(T), admission == Admission::Probe, "{before:?}");
            assert_eq!((breaker.admit(T), breaker), (admission, after), "{before:?}");
            assert_eq!(breaker.is_open(), before.is_open());
        }
    }

    #[test]
    fn while_it_is_open_one_caller_tries_and_the_next_one_after_a_pause_by_chance() {
        let mut breaker = open(T);
        assert_eq!(breaker.admit(T), Admission::Probe);
        assert_eq!(breaker.admit(T), Admission::Refused);
        for (share, pause) in [(0.0, 1000), (0.25, 1250), (1.0, 2000)] {
            breaker.settle(Admission::Probe, End::Failed, T, share);
            let due = T + Duration::from_millis(pause);
            assert_eq!(breaker, open(due));
            assert_eq!(
                breaker.admit(due.saturating_sub(Duration::from_nanos(1))),
                Admission::Refused
            );
        }
    }

    #[test]
    fn a_probe_that_never_ends_holds_nobody_up_for_ever() {
        let mut breaker = open(T);
        assert_eq!(breaker.admit(T), Admission::Probe);
        assert_eq!(breaker.admit(T + PATIENCE), Admission::Probe);
        assert_eq!(
            breaker.settle(Admission::Probe, End::Answered, LATER, 0.0),
            Some(Turn::Closed)
        );
        assert_eq!(
            breaker.settle(Admission::Probe, End::Answered, LATER, 0.0),
            None,
            "once"
        );
    }
}
