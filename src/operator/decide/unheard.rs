//! Creates whose answer nobody has heard: they may be served yet.

use super::pace::Pace;
use crate::api::Timestamp;
use std::time::Duration;

/// How long a create may still be on its way when nobody waits for it any more.
const LATE: Duration = Duration::from_secs(10);

/// Those that may have been sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unheard {
    /// When the last of them was, at the latest.
    last: Option<Timestamp>,
    /// Its client token, where that is known and there is no other.
    token: Option<String>,
}

impl Unheard {
    /// One of which nothing is known, if there may be one.
    pub fn since(last: Option<Timestamp>) -> Self {
        Self { last, token: None }
    }

    /// Whether one may be served yet.
    pub fn may_come(&self, pace: &Pace) -> bool {
        self.last.is_some_and(|at| !pace.older(at, Some(LATE)))
    }

    /// One was sent, and nobody knows what came of it.
    pub fn sent(&mut self, token: Option<&str>, now: Timestamp) {
        let only = self.last.is_none() || self.token.as_deref() == token;
        self.token = token.filter(|_| only).map(str::to_owned);
        self.last = Some(now);
    }

    /// The same was sent again, by the same token, and answered: served late, it is answered with what is there by now, and makes
    /// nothing (reliability.md 2.2). Others may be served yet.
    pub fn answered(&mut self, token: Option<&str>) {
        if self.token.is_some() && self.token.as_deref() == token {
            *self = Self::since(None);
        }
    }

    /// What the only one of them makes is seen: it was served, and served again it makes nothing.
    pub fn seen(&mut self) {
        if self.token.is_some() {
            *self = Self::since(None);
        }
    }

    /// When the last of them was sent: for the model, as the rest of the memory.
    #[cfg(test)]
    pub fn last(&mut self) -> &mut Option<Timestamp> {
        &mut self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_create_answered_leaves_none_that_could_make_another_and_no_other_one_does() {
        let at: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let pace = Pace {
            now: at,
            date: at,
            resync: None,
            deleting: true,
            beside: None,
        };
        let after = |sent: &[&str], answered: Option<&str>| {
            let mut unheard = Unheard::since(None);
            for token in sent {
                unheard.sent(Some(token), at);
            }
            unheard.answered(answered);
            unheard.may_come(&pace)
        };
        assert!(after(&["a"], None));
        assert!(!after(&["a"], Some("a")));
        assert!(!after(&["a", "a"], Some("a")));
        assert!(after(&["a"], Some("b")), "of another spec, or another epoch");
        assert!(after(&["a", "b"], Some("b")), "the first may come yet");
        assert!(after(&["a", "b", "b"], Some("b")));
        let mut unknown = Unheard::since(Some(at));
        unknown.answered(None);
        assert!(unknown.may_come(&pace), "of the process before");
        unknown.sent(Some("a"), at);
        unknown.answered(Some("a"));
        assert!(unknown.may_come(&pace));
    }
}
