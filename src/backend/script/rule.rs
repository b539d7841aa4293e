//! A rule: which calls of which operation, and what happens to them.

use std::time::Duration;

/// One rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Name of the operation.
    pub operation: String,
    /// The first call that it hits, counted from 1.
    pub from: u64,
    /// The last one.
    pub to: u64,
    /// What happens.
    pub faults: Faults,
    /// The rule as it was set.
    pub written: serde_json::Value,
}

impl Rule {
    /// Whether it hits the call with this number.
    pub fn hits(&self, number: u64) -> bool {
        (self.from..=self.to).contains(&number)
    }
}

/// What happens to one call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// It is not carried out and answered so.
    pub answer: Option<Answer>,
    /// It is carried out, and the connection dropped without an answer.
    pub drop: bool,
    /// The change that it begins takes so much longer.
    pub stay: Option<Duration>,
    /// The change that it begins fails with this reason.
    pub fail: Option<String>,
    /// The change that it begins waits so long for somebody to authorize it.
    pub consent: Option<Duration>,
    /// The list that it asks for is as it was so long ago.
    pub lag: Option<Duration>,
}

/// An error that a rule answers with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Name of the error.
    pub error: String,
    /// HTTP status.
    pub status: u16,
    /// Its text.
    pub message: String,
    /// `reason` of a `ValidationException`.
    pub reason: Option<String>,
}

impl Faults {
    /// These, and of the others what these do not say.
    #[must_use]
    pub fn or(self, other: &Self) -> Self {
        Self {
            answer: self.answer.or_else(|| other.answer.clone()),
            drop: self.drop || other.drop,
            stay: self.stay.or(other.stay),
            fail: self.fail.or_else(|| other.fail.clone()),
            consent: self.consent.or(other.consent),
            lag: self.lag.or(other.lag),
        }
    }
}
