//! What is remembered of an object between passes, beside its status: what was tried, and how it was answered.
//!
//! Losing it (a restart) costs at most one repeated call an object: everything that must not be lost is derived from
//! AWS's listings, the object's status and the deterministic client token.

use super::facts::{Attempt, Seen};
use super::{Phase, Plan, Refuse};
use crate::api::Timestamp;
use crate::model::{Fault, FaultClass};
use std::time::Duration;

/// How long an accepted write may stay invisible before it is made again.
const EFFECT_GRACE: Duration = Duration::from_secs(30);

/// What came of acting on a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing was sent.
    Nothing,
    /// AWS accepted the write.
    Accepted {
        /// The id in the answer to a create.
        id: Option<String>,
    },
    /// The write failed.
    Failed(Fault),
}

/// How a write was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Accepted.
    Accepted,
    /// Refused for good, as far as this content goes.
    Refused(Fault),
}

/// The last write.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Made {
    /// What was sent: verb, digest of the payload, fields.
    key: String,
    /// Digest of the payload.
    digest: String,
    at: Timestamp,
    answer: Answer,
    /// Whether the resource was seen since.
    seen_since: bool,
}

/// What is remembered of an object between passes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Memory {
    /// When this process first saw the object.
    pub first_seen: Timestamp,
    /// Since when every pass fails.
    pub failing_since: Option<Timestamp>,
    /// How many passes failed in a row.
    pub failures: u32,
    /// Since when something is waited for.
    pub waiting_since: Option<Timestamp>,
    /// The id that the last create was answered with.
    pub created: Option<String>,
    made: Option<Made>,
}

impl Memory {
    /// Nothing remembered yet.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self {
            first_seen: now,
            failing_since: None,
            failures: 0,
            waiting_since: None,
            created: None,
            made: None,
        }
    }

    /// The answer to the last write with this key, while it was a refusal.
    #[must_use]
    pub fn refusal(&self, key: &str) -> Option<&Fault> {
        match self
            .made
            .as_ref()
            .filter(|made| made.key == key)
            .map(|made| &made.answer)
        {
            Some(Answer::Refused(fault)) => Some(fault),
            Some(Answer::Accepted) | None => None,
        }
    }

    /// Whether the last write with this payload was accepted.
    #[must_use]
    pub fn applied(&self, digest: &str) -> bool {
        self.made
            .as_ref()
            .is_some_and(|made| made.digest == digest && made.answer == Answer::Accepted)
    }

    /// Whether the last write had this payload, however it was answered.
    #[must_use]
    pub fn tried(&self, digest: &str) -> bool {
        self.made.as_ref().is_some_and(|made| made.digest == digest)
    }

    /// Whether the write with this key was made before, and how that went.
    ///
    /// `failed_before`: the object's status says that this very payload was sent before (after a restart, when
    /// memory is empty); it counts only against a resource in a failed state, and says nothing of its deletion.
    #[must_use]
    pub fn attempt(&self, key: &str, seen: Seen, failed_before: bool, pace: &Pace) -> Attempt {
        let Some(made) = self.made.as_ref().filter(|made| made.key == key) else {
            let failed = matches!(
                seen,
                Seen::There {
                    phase: Phase::CreateFailed | Phase::UpdateFailed | Phase::DeleteFailed,
                    ..
                }
            );
            return match (
                failed && failed_before && !pace.deleting,
                pace.older(self.first_seen, pace.resync),
            ) {
                (false, _) => Attempt::Fresh,
                (true, false) => Attempt::Settled,
                (true, true) => Attempt::Due,
            };
        };
        match (&made.answer, seen) {
            (Answer::Refused(fault), _) if pace.older(made.at, pace.after(fault.class)) => Attempt::Due,
            (Answer::Refused(_), _) => Attempt::Refused,
            (Answer::Accepted, Seen::Absent) if made.seen_since => Attempt::Fresh,
            (Answer::Accepted, Seen::Absent) if pace.older(made.at, Some(EFFECT_GRACE)) => Attempt::Due,
            (Answer::Accepted, Seen::Absent) => Attempt::Settled,
            (Answer::Accepted, Seen::Unseen | Seen::Unlocated | Seen::There { .. }) => {
                let patience = if pace.deleting {
                    Some(EFFECT_GRACE)
                } else {
                    pace.resync
                };
                if pace.older(made.at, patience) {
                    Attempt::Due
                } else {
                    Attempt::Settled
                }
            }
        }
    }

    /// What is remembered after a pass.
    #[must_use]
    pub fn after(
        mut self,
        plan: Plan,
        key: &str,
        digest: &str,
        seen: Seen,
        outcome: &Outcome,
        now: Timestamp,
    ) -> Self {
        if let (Some(made), Seen::There { .. }) = (self.made.as_mut(), seen) {
            made.seen_since = true;
        }
        match outcome {
            Outcome::Nothing => {}
            Outcome::Accepted { id } => {
                if plan == Plan::Create {
                    self.created.clone_from(id);
                }
                // The delete before a new create is no try at the payload.
                if plan != Plan::Replace {
                    self.made = Some(made(key, digest, now, Answer::Accepted));
                }
            }
            // A conflict over a resource that is seen there is an answer; otherwise it may pass.
            Outcome::Failed(fault)
                if !fault.class.passes_by_itself()
                    || (fault.class == FaultClass::Conflict
                        && matches!(seen, Seen::There { .. })
                        && plan == Plan::Create) =>
            {
                self.made = Some(made(key, digest, now, Answer::Refused(fault.clone())));
            }
            Outcome::Failed(_) => {}
        }
        let refused = plan == Plan::Refuse(Refuse::Answer);
        let failed = matches!(outcome, Outcome::Failed(_)) || seen == Seen::Unseen || refused;
        self.failures = if failed {
            self.failures.saturating_add(1)
        } else {
            0
        };
        self.failing_since = failed.then(|| self.failing_since.unwrap_or(now));
        let waits = matches!(plan, Plan::Wait(_)) || plan.writes_remotely();
        self.waiting_since = waits.then(|| self.waiting_since.unwrap_or(now));
        self
    }
}

fn made(key: &str, digest: &str, at: Timestamp, answer: Answer) -> Made {
    Made {
        key: key.to_owned(),
        digest: digest.to_owned(),
        at,
        answer,
        seen_since: false,
    }
}

/// How patient an object is.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// The time of this pass.
    pub now: Timestamp,
    /// `spec.resyncInterval`; `None`: never by itself.
    pub resync: Option<Duration>,
    /// Whether the object is being deleted.
    pub deleting: bool,
}

impl Pace {
    /// After which time a refused write is made again (reliability.md section 3).
    #[must_use]
    pub fn after(&self, class: FaultClass) -> Option<Duration> {
        match class {
            FaultClass::Denied | FaultClass::Clock => Some(Duration::from_secs(60)),
            FaultClass::Quota => Some(Duration::from_secs(600)),
            FaultClass::Invalid
            | FaultClass::Conflict
            | FaultClass::Throttled
            | FaultClass::Unavailable
            | FaultClass::TokenMismatch
            | FaultClass::Gone => self.resync,
        }
    }

    fn older(&self, at: Timestamp, than: Option<Duration>) -> bool {
        than.is_some_and(|than| self.now.duration_since(at).unsigned_abs() >= than)
    }
}

/// The epoch that goes into the client token: the last id that was seen to disappear.
///
/// `known` is the id in the object's status. An id that a create was answered with, and that no listing has shown
/// within the grace, was replayed from before a deletion behind our back.
#[must_use]
pub fn epoch(memory: &Memory, attempt: Attempt, known: Option<&str>) -> Option<String> {
    let phantom = memory
        .made
        .as_ref()
        .is_some_and(|made| !made.seen_since && made.answer == Answer::Accepted);
    match (attempt, &memory.created) {
        (Attempt::Due, Some(created)) if phantom => Some(created.clone()),
        (Attempt::Due | Attempt::Fresh | Attempt::Settled | Attempt::Refused, _) => known.map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::super::facts::Owner;
    use super::*;

    #[test]
    fn a_failed_resource_is_not_made_again_after_a_restart_and_is_deleted_at_once() {
        let now = Timestamp::UNIX_EPOCH;
        let pace = |deleting| Pace {
            now,
            resync: Some(Duration::from_mins(5)),
            deleting,
        };
        for phase in [Phase::CreateFailed, Phase::UpdateFailed, Phase::DeleteFailed] {
            let seen = Seen::There {
                owner: Owner::Mine,
                phase,
                differs: true,
            };
            let attempt = |deleting| Memory::new(now).attempt("key", seen, true, &pace(deleting));
            assert_eq!(attempt(false), Attempt::Settled, "{phase:?}");
            assert_eq!(attempt(true), Attempt::Fresh, "{phase:?}");
        }
    }
}
