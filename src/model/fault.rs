//! What can go wrong in a call to `AgentCore` (reliability.md section 3).

use std::fmt;
use std::time::Duration;

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

    /// Its row of the table.
    #[must_use]
    pub fn row(self) -> &'static Row {
        match self {
            Self::Throttled => &TABLE[0],
            Self::Unavailable => &TABLE[1],
            Self::Invalid => &TABLE[2],
            Self::TokenMismatch => &TABLE[3],
            Self::Quota => &TABLE[4],
            Self::Denied => &TABLE[5],
            Self::Clock => &TABLE[6],
            Self::Gone => &TABLE[7],
            Self::Conflict => &TABLE[8],
        }
    }

    /// The class of an error code, or of an HTTP status where the code is not known.
    ///
    /// A bare 404 is not `ResourceNotFoundException`: a wrong endpoint must not look like a resource that is gone. Nor is
    /// a bare 409 an answer of the service's own.
    #[must_use]
    pub fn of(code: &str, status: Option<u16>) -> Self {
        let by_code = TABLE.iter().find(|row| row.codes.contains(&code));
        let by_status = || TABLE.iter().find(|row| status.is_some() && row.status == status);
        by_code
            .or_else(by_status)
            .map_or(Self::Unavailable, |row| row.class)
    }

    /// Whether the same call can be expected to pass without anybody changing anything.
    #[must_use]
    pub fn passes_by_itself(self) -> bool {
        match self.row().retry {
            Retry::Backoff | Retry::Look => true,
            Retry::After(_) | Retry::Resync => false,
        }
    }
}

/// When a failed call is made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// Exponentially later, or as soon as the operation works again.
    Backoff,
    /// After this time.
    After(Duration),
    /// At the resync, or when the spec changes.
    Resync,
    /// When a look has shown what it means.
    Look,
}

/// One row of the table of error classes: by what a class is told, and when the call is made again. What an object says
/// is in `operator::decide`, since it depends on what was to be done.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The class.
    pub class: FaultClass,
    /// Error codes, each of which tells the class whatever the status is.
    pub codes: &'static [&'static str],
    /// The HTTP status that tells it where the code is not known.
    pub status: Option<u16>,
    /// When the call is made again.
    pub retry: Retry,
}

/// The codes of a signature that is not taken for the sender's: so says a service also of one that its clock finds too
/// old or too new (service.md 2.8).
pub const SIGNATURE: [&str; 2] = ["InvalidSignatureException", "SignatureDoesNotMatch"];

/// Reliability.md section 3, as far as it is about answers of AWS.
const TABLE: [Row; 9] = [
    Row {
        class: FaultClass::Throttled,
        codes: &[
            "ThrottlingException",
            "ThrottledException",
            "Throttling",
            "TooManyRequestsException",
            "RequestLimitExceeded",
            "SlowDown",
        ],
        status: Some(429),
        retry: Retry::Backoff,
    },
    Row {
        class: FaultClass::Unavailable,
        codes: &["InternalServerException", "ServiceUnavailableException"],
        status: None,
        retry: Retry::Backoff,
    },
    Row {
        class: FaultClass::Invalid,
        codes: &["ValidationException", "SerializationException"],
        status: Some(400),
        retry: Retry::Resync,
    },
    Row {
        class: FaultClass::TokenMismatch,
        codes: &[MISMATCH],
        status: None,
        retry: Retry::Backoff,
    },
    Row {
        class: FaultClass::Quota,
        codes: &["ServiceQuotaExceededException"],
        status: Some(402),
        retry: Retry::After(Duration::from_mins(10)),
    },
    Row {
        class: FaultClass::Denied,
        codes: &[
            "AccessDeniedException",
            "AccessDenied",
            "UnrecognizedClientException",
            "ExpiredTokenException",
            "ExpiredToken",
            "InvalidClientTokenId",
            SIGNATURE[0],
            SIGNATURE[1],
            "IncompleteSignatureException",
            "IncompleteSignature",
            "MissingAuthenticationTokenException",
            "MissingAuthenticationToken",
        ],
        status: Some(403),
        retry: Retry::After(Duration::from_mins(1)),
    },
    Row {
        class: FaultClass::Clock,
        codes: &["RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"],
        status: None,
        retry: Retry::After(Duration::from_mins(1)),
    },
    Row {
        class: FaultClass::Gone,
        codes: &["ResourceNotFoundException"],
        status: None,
        retry: Retry::Backoff,
    },
    Row {
        class: FaultClass::Conflict,
        codes: &["ConflictException"],
        status: None,
        retry: Retry::Look,
    },
];

/// The `reason` of a `ValidationException` that is no mistake in the request: its client token was seen with another one.
pub const MISMATCH: &str = "IdempotentParameterMismatchException";

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

impl Fault {
    /// What AWS said, for a log; not where it says what is wrong with a statement, since it quotes that.
    #[must_use]
    pub fn for_log(&self) -> &str {
        if self.class == FaultClass::Invalid {
            "the object's status says why"
        } else {
            &self.message
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_has_its_row_and_no_code_or_status_tells_two() {
        assert_eq!(TABLE.map(|row| row.class), FaultClass::ALL);
        for class in FaultClass::ALL {
            assert_eq!(class.row().class, class);
        }
        let mut signals: Vec<String> = TABLE
            .iter()
            .flat_map(|row| {
                let codes = row.codes.iter().map(|code| (*code).to_owned());
                codes.chain(row.status.map(|status| status.to_string()))
            })
            .collect();
        let all = signals.len();
        signals.sort();
        signals.dedup();
        assert_eq!(signals.len(), all);
    }

    #[test]
    fn a_code_decides_whatever_the_status_and_a_status_where_the_code_is_not_known() {
        for row in TABLE {
            for code in row.codes {
                for status in [None, Some(400), Some(403), Some(429), Some(500)] {
                    assert_eq!(FaultClass::of(code, status), row.class, "{code} {status:?}");
                }
            }
            if row.status.is_some() {
                assert_eq!(FaultClass::of("Unheard", row.status), row.class);
                assert_eq!(FaultClass::of("", row.status), row.class);
            }
        }
        for status in [
            None,
            Some(404),
            Some(408),
            Some(409),
            Some(500),
            Some(502),
            Some(503),
        ] {
            assert_eq!(
                FaultClass::of("Unheard", status),
                FaultClass::Unavailable,
                "{status:?}"
            );
        }
    }

    /// The table that people read has every signal of this one.
    #[test]
    fn the_table_in_the_documentation_is_this_one() {
        let page = include_str!("../../docs/reliability.md");
        let section = page.split("## Error classes").nth(1).expect("the section");
        for row in TABLE {
            let name = format!("| {:?} |", row.class);
            let line = section.lines().find(|line| line.starts_with(&name));
            let line = line.unwrap_or_else(|| panic!("no line {name}"));
            for code in row.codes {
                assert!(line.contains(&format!("`{code}`")), "{code} is not in {line}");
            }
            if let Some(status) = row.status {
                assert!(line.contains(&status.to_string()), "{status} is not in {line}");
            }
            let retry = match row.retry {
                Retry::Backoff => "backoff".to_owned(),
                Retry::After(pause) => format!("{} min", pause.as_secs() / 60),
                Retry::Resync => "resync".to_owned(),
                Retry::Look => "look".to_owned(),
            };
            assert!(line.contains(&retry), "{retry} is not in {line}");
        }
    }

    #[test]
    fn a_fault_is_told_whole_and_a_log_quotes_no_statement() {
        let fault = |class, code: &str| Fault {
            class,
            operation: "CreatePolicy",
            code: code.to_owned(),
            message: "secret".to_owned(),
        };
        let busy = fault(FaultClass::Throttled, "ThrottlingException");
        assert_eq!(busy.to_string(), "CreatePolicy: ThrottlingException: secret");
        assert_eq!(busy.for_log(), "secret");
        assert_eq!(
            fault(FaultClass::Unavailable, "").to_string(),
            "CreatePolicy: secret"
        );
        let refused = fault(FaultClass::Invalid, "ValidationException");
        assert_eq!(refused.for_log(), "the object's status says why");
    }
}
