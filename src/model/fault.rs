//! What can go wrong in a call to `AgentCore` (reliability.md section 3).

use std::fmt;

/// The class of a failed call: matched on error code and modelled members, never on text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FaultClass {
    /// 429: too many calls.
    Throttled,
    /// 500, 503, time-out, refused connection, an answer that is no AWS answer.
    Unavailable,
    /// 400 `ValidationException`.
    Invalid,
    /// 400 with reason `IdempotentParameterMismatchException`.
    TokenMismatch,
    /// 402: a quota is used up.
    Quota,
    /// 403, or no credentials.
    Denied,
    /// The signature was refused because the clocks differ.
    Clock,
    /// 404 `ResourceNotFoundException`.
    Gone,
    /// 409: the name is taken, the resource is busy, or it is in use; the operation and what is seen tell which.
    Conflict,
}

impl FaultClass {
    /// Every class there is.
    pub const ALL: [Self; 9] = [
        Self::Throttled,
        Self::Unavailable,
        Self::Invalid,
        Self::TokenMismatch,
        Self::Quota,
        Self::Denied,
        Self::Clock,
        Self::Gone,
        Self::Conflict,
    ];

    /// Whether the same call can be expected to pass without anybody changing anything.
    #[must_use]
    pub fn passes_by_itself(self) -> bool {
        match self {
            Self::Throttled | Self::Unavailable | Self::TokenMismatch | Self::Gone | Self::Conflict => true,
            Self::Invalid | Self::Quota | Self::Denied | Self::Clock => false,
        }
    }
}

/// A failed call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What kind of failure it is.
    pub class: FaultClass,
    /// The AWS operation, such as `CreatePolicy`.
    pub operation: &'static str,
    /// AWS's error code, such as `ConflictException`; empty when there was no AWS answer.
    pub code: String,
    /// What AWS said, cleaned: one line, no request id, no time, at most some hundred characters.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.operation)?;
        if !self.code.is_empty() {
            write!(f, "{}: ", self.code)?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}
