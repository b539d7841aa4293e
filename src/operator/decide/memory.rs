//! What is remembered of an object between passes, beside its status: what was tried, and how it was answered.
//!
//! Losing it (a restart) costs at most one repeated call an object: everything that must not be lost is derived from
//! AWS's listings, the object's status and the deterministic client token.

use super::contest::Contest;
use super::facts::{Attempt, Phase, Seen};
use super::pace::Pace;
use super::plan::{Plan, Refuse, Rest};
use super::siblings::Siblings;
use super::unheard::Unheard;
use crate::api::Timestamp;
use crate::model::{Fault, FaultClass};
use std::time::Duration;

/// How long an accepted write may stay invisible before it is made again.
const EFFECT_GRACE: Duration = Duration::from_secs(30);

/// How long what is deleted is kept in force in case another object takes its place: longer than one command takes after
/// the other, and than a watch or a list lags.
pub(super) const LINGER: Duration = Duration::from_secs(1);

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

impl Outcome {
    /// What came of a planned write that was answered so.
    ///
    /// Gone is what a delete wants; the next look must show it.
    #[must_use]
    pub fn of(plan: Plan, answer: Result<Option<String>, Fault>) -> Self {
        match answer {
            Ok(id) => Self::Accepted { id },
            Err(fault) if fault.class == FaultClass::Gone && matches!(plan, Plan::Delete | Plan::Replace) => {
                Self::Accepted { id: None }
            }
            Err(fault) => Self::Failed(fault),
        }
    }
}

/// What a pass comes to.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    /// What was planned.
    pub plan: Plan,
    /// What came of it.
    pub outcome: &'a Outcome,
    /// What tells the write from another.
    pub key: &'a str,
    /// Digest of the payload.
    pub digest: &'a str,
    /// The client token, if a create was sent.
    pub token: Option<&'a str>,
    /// What was seen before it.
    pub seen: Seen,
    /// The time of what was seen, where that tells of every write.
    pub time: Option<&'a str>,
    /// AWS id of what was seen, where it is the object's and the status does not name it yet.
    pub unnamed: Option<&'a str>,
    /// Digest of what is there and unproven.
    pub unproven: Option<&'a str>,
    /// Why nothing could be seen.
    pub fault: Option<&'a Fault>,
    /// Whether a change of what stands beside the resource brought it about.
    pub stirred: bool,
    /// The reconcile-now request that is not answered yet.
    pub asked: Option<&'a str>,
    /// When, and how patient the object is.
    pub pace: Pace,
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
    /// The reconcile-now request that stood then.
    asked: Option<String>,
    /// Whether the resource was seen since.
    seen_since: bool,
}

/// What is remembered of an object between passes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Memory {
    /// When this process first saw the object.
    pub first_seen: Timestamp,
    /// Since when every pass fails in the same way.
    pub failing_since: Option<Timestamp>,
    /// In which way.
    pub failing: Option<FaultClass>,
    /// How many creates in a row were refused for a token that AWS had seen with another request.
    mismatches: u32,
    /// How many passes failed in a row.
    pub failures: u32,
    /// Since when something is waited for.
    pub waiting_since: Option<Timestamp>,
    /// Since when the object is seen in deletion.
    deleting_since: Option<Timestamp>,
    /// The id that the last create was answered with.
    pub created: Option<String>,
    /// Creates whose answer nobody has heard.
    unheard: Unheard,
    /// How many creates did not prove a resource of these contents to be the object's.
    disproved: Option<(String, u8)>,
    siblings: Siblings,
    /// Whether somebody else writes the same resource.
    pub contest: Contest,
    made: Option<Made>,
}

impl Memory {
    /// Nothing remembered yet.
    ///
    /// `held`: the finalizer was on before this process saw the object, so the one before may have sent a create.
    #[must_use]
    pub fn new(now: Timestamp, held: bool) -> Self {
        Self {
            first_seen: now,
            failing_since: None,
            failing: None,
            mismatches: 0,
            failures: 0,
            waiting_since: None,
            deleting_since: None,
            created: None,
            unheard: Unheard::since(held.then_some(now)),
            disproved: None,
            siblings: Siblings::default(),
            contest: Contest::default(),
            made: None,
        }
    }

    /// The same, with everything in it as of one moment: for the model, whose clock knows "now" and "long ago".
    #[cfg(test)]
    #[must_use]
    pub fn as_of(mut self, moment: Timestamp) -> Self {
        self.first_seen = moment;
        for time in [
            &mut self.failing_since,
            &mut self.waiting_since,
            &mut self.deleting_since,
            self.unheard.last(),
        ] {
            *time = time.map(|_| moment);
        }
        if let Some(made) = &mut self.made {
            made.at = moment;
        }
        self.siblings = self.siblings.as_of(moment);
        self
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

    /// How many creates did not prove a resource of these contents to be the object's.
    #[must_use]
    pub fn disproved(&self, contents: &str) -> u8 {
        let same = self.disproved.as_ref().filter(|(of, _)| of == contents);
        same.map_or(0, |(_, times)| *times)
    }

    /// Whether the last write with this payload was accepted.
    #[must_use]
    pub fn applied(&self, digest: &str) -> bool {
        self.made
            .as_ref()
            .is_some_and(|made| made.digest == digest && made.answer == Answer::Accepted)
    }

    /// Whether the last write was accepted and had another payload.
    #[must_use]
    pub fn superseded(&self, digest: &str) -> bool {
        self.made
            .as_ref()
            .is_some_and(|made| made.digest != digest && made.answer == Answer::Accepted)
    }

    /// Whether the write with this key was made before, and how that went.
    ///
    /// `failed_before`: the object's status says that this very payload was sent before (after a restart, when
    /// memory is empty); it counts only against a resource in a failed state, and says nothing of its deletion.
    #[must_use]
    pub fn attempt(&self, key: &str, digest: &str, seen: Seen, failed_before: bool, pace: &Pace) -> Attempt {
        if pace.deleting && seen == Seen::Absent && self.may_come(pace) {
            return Attempt::Settled;
        }
        let failed = matches!(
            seen,
            Seen::There {
                phase: Phase::CreateFailed | Phase::UpdateFailed | Phase::DeleteFailed,
                ..
            }
        );
        // What failed was sent with this payload, whatever fields differ by now. It says nothing of a delete.
        let same = |made: &&Made| made.key == key || (failed && !pace.deleting && made.digest == digest);
        let Some(made) = self.made.as_ref().filter(same) else {
            let settled = failed && failed_before && !pace.deleting;
            return match (settled, pace.older(self.first_seen, pace.resync)) {
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

    /// How long the next try of what failed has yet to wait, now that what stands beside it has changed; `None`: it has not.
    #[must_use]
    pub fn stirred(&self, key: &str, pace: &Pace) -> Option<Duration> {
        self.siblings.wait(self.refusal(key), pace)
    }

    /// Whether the object has been seen in deletion for long enough that what takes its place would be there by now.
    #[must_use]
    pub fn lingered(&self, pace: &Pace) -> bool {
        self.deleting_since
            .is_some_and(|since| pace.older(since, Some(LINGER)))
    }

    /// Whether a create, of whatever the spec said then, is on its way or accepted and not listed yet.
    fn may_come(&self, pace: &Pace) -> bool {
        let unseen = self.made.as_ref().is_some_and(|made| {
            let accepted = made.answer == Answer::Accepted && made.key.starts_with("create:");
            accepted && !made.seen_since && !pace.older(made.at, Some(EFFECT_GRACE))
        });
        self.unheard.may_come(pace) || unseen
    }

    /// The epoch that goes into the client token: the last id that was seen to disappear.
    ///
    /// `seen` is the id of what is there, and `gone` the one in the object's status, if it is there no more. An id that a
    /// create was answered with, and that no listing has shown within the grace, was replayed from before a deletion
    /// behind our back; one that was shown and is not there has disappeared before any status named it.
    #[must_use]
    pub fn epoch(&self, attempt: Attempt, seen: Option<&String>, gone: Option<String>) -> Option<String> {
        let made = self.made.as_ref().filter(|made| made.answer == Answer::Accepted);
        let over = made.is_some_and(|made| made.seen_since || attempt == Attempt::Due);
        let created = self
            .created
            .clone()
            .filter(|created| over && Some(created) != seen);
        let epoch = created.or(gone);
        // A token that AWS has seen with another request is of no more use; the unique name still stops a second resource.
        match self.mismatches {
            0 => epoch,
            mismatches => Some(format!("{}#{mismatches}", epoch.unwrap_or_default())),
        }
    }

    /// Whether the last write was made since this reconcile-now request: it has had its try.
    #[must_use]
    pub fn tried_for(&self, request: &str) -> bool {
        let asked = self.made.as_ref().and_then(|made| made.asked.as_deref());
        asked == Some(request)
    }

    /// What is remembered after a pass.
    #[must_use]
    pub fn after(mut self, moment: &Moment<'_>) -> Self {
        let Moment {
            plan, outcome, seen, ..
        } = *moment;
        let now = moment.pace.now;
        self.deleting_since = moment.pace.deleting.then(|| self.deleting_since.unwrap_or(now));
        let wrote = plan.writes_remotely() && *outcome != Outcome::Nothing;
        let in_sync = plan == Plan::Rest(Rest::InSync);
        self.contest = self.contest.after(moment);
        self.siblings = self.siblings.after(&moment.pace, wrote, moment.stirred, in_sync);
        if moment.unnamed.is_some() && moment.unnamed != self.created.as_deref() {
            self.unheard.seen();
        }
        if let (Some(made), Seen::There { .. }) = (self.made.as_mut(), seen) {
            made.seen_since = true;
            // What is in sync has had its effect: the next difference is a new one.
            if in_sync {
                made.key.clear();
            }
        }
        let answer = match outcome {
            Outcome::Nothing => None,
            Outcome::Accepted { id } => {
                if plan == Plan::Create {
                    self.created.clone_from(id);
                    self.unheard.answered(moment.token);
                }
                // The delete before a new create is no try at the payload.
                (plan != Plan::Replace).then_some(Answer::Accepted)
            }
            Outcome::Failed(fault) => {
                // A conflict over a resource that is seen there is an answer; otherwise it may pass.
                let proof = plan == Plan::Create && matches!(seen, Seen::There { .. });
                if let (FaultClass::Conflict, true, Some(contents)) = (fault.class, proof, moment.unproven) {
                    let times = self.disproved(contents).saturating_add(1);
                    self.disproved = Some((contents.to_owned(), times));
                }
                let settled =
                    !fault.class.passes_by_itself() || (fault.class == FaultClass::Conflict && proof);
                settled.then(|| Answer::Refused(fault.clone()))
            }
        };
        if let Some(answer) = answer {
            self.made = Some(Made {
                key: moment.key.to_owned(),
                digest: moment.digest.to_owned(),
                at: now,
                answer,
                asked: moment.asked.map(str::to_owned),
                seen_since: false,
            });
        }
        if let Outcome::Failed(fault) = outcome {
            if plan == Plan::Create && fault.class == FaultClass::Unavailable {
                self.unheard.sent(moment.token, now);
            }
            self.mismatches += u32::from(fault.class == FaultClass::TokenMismatch);
        }
        let accepted = matches!(outcome, Outcome::Accepted { .. });
        let waits = matches!(plan, Plan::Wait(_)) || plan.writes_remotely();
        self.waiting_since = waits.then(|| self.waiting_since.filter(|_| !accepted).unwrap_or(now));
        self.failed(moment)
    }

    /// Counts failures in a row, and since when they are of one class.
    fn failed(mut self, moment: &Moment<'_>) -> Self {
        let refused = moment.plan == Plan::Refuse(Refuse::Answer);
        let class = match moment.outcome {
            Outcome::Failed(fault) => Some(fault.class),
            Outcome::Nothing if moment.seen == Seen::Unseen => moment.fault.map(|fault| fault.class),
            Outcome::Nothing if refused => self.failing,
            Outcome::Nothing | Outcome::Accepted { .. } => None,
        };
        if class.is_none() || class != self.failing {
            self.failing_since = class.map(|_| moment.pace.now);
        }
        self.failures = if class.is_some() {
            self.failures.saturating_add(1)
        } else {
            0
        };
        self.failing = class;
        self
    }
}
