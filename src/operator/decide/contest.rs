//! Whether somebody else writes the same resource. Nothing guards a write that replaces the whole: what was read before it and
//! what is read after it tell (reliability.md 2.5.3).

use super::facts::{Phase, Seen};
use super::memory::{Moment, Outcome};
use super::plan::{Plan, Rest};

/// A write that was lost is sent again at once this many times in a row; from then on as patiently as any other.
const AT_ONCE: u8 = 2;

/// The last write that AWS has accepted, and how often in a row others have won.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contest {
    /// Digest of what was sent, and the time of the resource as it was before.
    sent: Option<(String, String)>,
    lost: u8,
}

impl Contest {
    /// Whether another write came after the last one of this payload: the resource is at rest and of another `time` than before,
    /// and still not as it was told.
    fn is_lost(&self, digest: &str, seen: Seen, time: Option<&str>) -> bool {
        let differs = match seen {
            Seen::There { phase, differs, .. } => phase == Phase::Active && differs,
            Seen::Absent => true,
            Seen::Unseen | Seen::Unlocated => false,
        };
        let sent = self.sent.as_ref().filter(|(sent, _)| sent == digest);
        differs && sent.zip(time).is_some_and(|((_, before), now)| before != now)
    }

    /// Whether the last write is to be made again, though it was accepted a moment ago.
    #[must_use]
    pub fn starts_over(&self, digest: &str, seen: Seen, time: Option<&str>) -> bool {
        self.lost < AT_ONCE && self.is_lost(digest, seen, time)
    }

    /// Whether others have won twice in a row, or more often.
    #[must_use]
    pub fn is_fought(&self) -> bool {
        self.lost >= AT_ONCE
    }

    /// The same after a pass.
    #[must_use]
    pub fn after(self, moment: &Moment<'_>) -> Self {
        let replaced = matches!(moment.plan, Plan::Create | Plan::Update);
        let accepted = matches!(moment.outcome, Outcome::Accepted { .. });
        match moment.time {
            _ if moment.plan == Plan::Rest(Rest::InSync) => Self::default(),
            Some(time) if replaced && accepted => Self {
                lost: if self.is_lost(moment.digest, moment.seen, moment.time) {
                    self.lost.saturating_add(1)
                } else {
                    0
                },
                sent: Some((moment.digest.to_owned(), time.to_owned())),
            },
            Some(_) | None => self,
        }
    }
}
