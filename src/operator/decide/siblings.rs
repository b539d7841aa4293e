//! What failed for what stands beside it may pass when that changes: a `forbid` that was judged before the `permit` it
//! narrows, a name or a quota that a sibling took up.

use super::pace::Pace;
use crate::api::Timestamp;
use crate::model::{Fault, FaultClass};
use std::time::Duration;

/// The pause after a try that a change of the siblings brought about and that came to nothing; it doubles.
const PAUSE: Duration = Duration::from_secs(1);
/// The longest of these pauses.
const LONGEST: Duration = Duration::from_mins(10);

/// How the siblings were when the last write was made, or when this process first saw the object.
///
/// Only what is in force counts as a sibling, so whoever fails changes nothing for others that fail: there are at most as
/// many tries as changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Siblings {
    then: Option<u64>,
    /// How many tries in a row they brought about in vain, and when the last one was.
    tries: u32,
    tried_at: Option<Timestamp>,
}

impl Siblings {
    /// How long the next try has yet to wait. None: nothing has changed that the failure could come from.
    pub(super) fn wait(&self, refusal: Option<&Fault>, pace: &Pace) -> Option<Duration> {
        let changed = matches!((self.then, pace.beside), (Some(then), Some(now)) if then != now);
        let may_pass = refusal.is_none_or(|fault| match fault.class {
            FaultClass::Invalid | FaultClass::Conflict | FaultClass::Quota => true,
            FaultClass::Throttled
            | FaultClass::Unavailable
            | FaultClass::TokenMismatch
            | FaultClass::Denied
            | FaultClass::Clock
            | FaultClass::Gone => false,
        });
        (changed && may_pass && !pace.deleting).then(|| self.pause(pace.now))
    }

    fn pause(&self, now: Timestamp) -> Duration {
        let Some(tried_at) = self.tried_at else {
            return Duration::ZERO;
        };
        let doubled = 2_u32.saturating_pow(self.tries.saturating_sub(1));
        let pause = PAUSE.saturating_mul(doubled).min(LONGEST);
        pause.saturating_sub(now.duration_since(tried_at).unsigned_abs())
    }

    /// After a pass: whether it sent a write, whether they brought that about, and whether all is well.
    pub(super) fn after(mut self, pace: &Pace, wrote: bool, stirred: bool, in_sync: bool) -> Self {
        if wrote || self.then.is_none() {
            self.then = pace.beside.or(self.then);
        }
        if in_sync {
            (self.tries, self.tried_at) = (0, None);
        } else if wrote && stirred {
            (self.tries, self.tried_at) = (self.tries.saturating_add(1), Some(pace.now));
        }
        self
    }

    /// The same as of one moment.
    #[cfg(test)]
    pub(super) fn as_of(&self, moment: Timestamp) -> Self {
        Self {
            tried_at: self.tried_at.map(|_| moment),
            ..*self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::facts::{Attempt, Dependents, Facts, Hold, Intent, Owner, Phase, Seen, Wanted};
    use super::super::memory::{Memory, Moment, Outcome};
    use super::super::plan::{Plan, plan};
    use super::*;

    const FAILED: Seen = Seen::There {
        owner: Owner::Mine,
        phase: Phase::CreateFailed,
        differs: false,
    };

    /// A policy that AWS never takes, whatever stands beside it.
    struct Hopeless {
        memory: Memory,
        seen: Seen,
        creates: u32,
    }

    impl Hopeless {
        /// One pass, as `controllers::pass` makes it.
        fn pass(&mut self, second: u64, beside: u64) {
            let pace = Pace {
                now: Timestamp::UNIX_EPOCH
                    .checked_add(Duration::from_secs(second))
                    .unwrap(),
                date: Timestamp::UNIX_EPOCH,
                resync: None,
                deleting: false,
                beside: Some(beside),
            };
            let stirred = self.memory.stirred("key", &pace) == Some(Duration::ZERO);
            let attempt = self.memory.attempt("key", "digest", self.seen, false, &pace);
            let planned = plan(Facts {
                intent: Intent::Keep,
                hold: Hold::Held,
                wanted: Wanted::Known,
                seen: self.seen,
                attempt: if stirred {
                    attempt.asked_for(self.seen)
                } else {
                    attempt
                },
                dependents: Dependents::None,
            });
            let outcome = if planned.writes_remotely() {
                Outcome::Accepted { id: None }
            } else {
                Outcome::Nothing
            };
            self.memory = self.memory.clone().after(&Moment {
                plan: planned,
                outcome: &outcome,
                key: "key",
                digest: "digest",
                token: None,
                seen: self.seen,
                time: None,
                unnamed: None,
                unproven: None,
                fault: None,
                stirred,
                asked: None,
                pace,
            });
            if planned == Plan::Create {
                self.seen = FAILED;
            } else if planned == Plan::Replace {
                self.seen = Seen::Absent;
            }
            self.creates += u32::from(planned == Plan::Create);
        }
    }

    fn hopeless() -> Hopeless {
        Hopeless {
            memory: Memory::new(Timestamp::UNIX_EPOCH, false),
            seen: Seen::Absent,
            creates: 0,
        }
    }

    #[test]
    fn policies_that_fail_do_not_wake_each_other_and_try_again_once_a_change() {
        let mut crowd: Vec<Hopeless> = (0..50).map(|_| hopeless()).collect();
        let mut creates = Vec::new();
        // What fails is not in force, so all that they do leaves what stands beside them as it is.
        for change in 0..4_u64 {
            for second in 0..100 {
                for one in &mut crowd {
                    one.pass(change * 100 + second, change);
                }
            }
            creates.push(crowd.iter().map(|one| one.creates).sum::<u32>());
        }
        assert_eq!(
            creates,
            [50, 100, 150, 200],
            "one try each, and one more a change"
        );
    }

    #[test]
    fn a_sibling_that_comes_and_goes_without_end_brings_about_fewer_and_fewer_tries() {
        let mut one = hopeless();
        for second in 0..3600 {
            one.pass(second, second % 2);
        }
        let first_hour = one.creates;
        assert!((8..=20).contains(&first_hour), "{first_hour} tries in an hour");
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        let then = Siblings {
            then: Some(1),
            ..Siblings::default()
        };
        let pace = |deleting, beside| Pace {
            now: Timestamp::UNIX_EPOCH,
            date: Timestamp::UNIX_EPOCH,
            resync: None,
            deleting,
            beside,
        };
        let fault = |class| Fault {
            class,
            operation: "CreatePolicy",
            code: String::new(),
            message: String::new(),
        };
        let at_once = Some(Duration::ZERO);
        assert_eq!(then.wait(None, &pace(false, Some(2))), at_once);
        assert_eq!(
            then.wait(Some(&fault(FaultClass::Invalid)), &pace(false, Some(2))),
            at_once
        );
        assert_eq!(
            then.wait(Some(&fault(FaultClass::Denied)), &pace(false, Some(2))),
            None
        );
        assert_eq!(
            then.wait(None, &pace(false, Some(1))),
            None,
            "nothing has changed"
        );
        assert_eq!(then.wait(None, &pace(false, None)), None, "nothing is known");
        assert_eq!(then.wait(None, &pace(true, Some(2))), None, "it is being deleted");
        assert_eq!(Siblings::default().wait(None, &pace(false, Some(2))), None);
        assert_eq!(Attempt::Refused.asked_for(Seen::Absent), Attempt::Due);
    }
}
