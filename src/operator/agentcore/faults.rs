//! One table from every answer to a class (reliability.md section 3): by error code and modelled members, never by text.

use super::credentials;
use crate::model::{Fault, FaultClass, MISMATCH, SIGNATURE};
use crate::operator::decide::shorten;
use aws_sdk_bedrockagentcorecontrol as sdk;
use sdk::config::http::HttpResponse;
use sdk::error::{ProvideErrorMetadata, SdkError};
use sdk::primitives::{DateTime, DateTimeFormat};
use std::error::Error;
use std::time::{Duration, SystemTime};

/// The longest message that is kept, in characters.
const LONGEST: usize = 600;
/// A signature that was refused by a service whose clock is this far away was refused for that: AWS takes five minutes,
/// and the SDK takes clocks for wrong from here on.
const SKEW: Duration = Duration::from_mins(4);

/// The fault that an SDK error is, which was told now.
pub(super) fn fault<E>(operation: &'static str, error: &SdkError<E, HttpResponse>, now: SystemTime) -> Fault
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let code = error.code().unwrap_or_default().to_owned();
    let response = error.raw_response();
    let body = response
        .and_then(|response| response.body().bytes())
        .unwrap_or_default();
    let date = response.and_then(|response| response.headers().get("date"));
    let class = classify(
        &code,
        reason(body).as_deref(),
        response.map(|response| response.status().as_u16()),
        date.and_then(|date| skew(date, now)),
    );
    let (class, message) = match (error.message(), credentials::failure(error)) {
        (Some(said), _) => (class, clean(said)),
        (None, Some((class, told))) => (class, told.to_owned()),
        (None, None) => (class, transport(error)),
    };
    Fault {
        class,
        operation,
        code,
        message,
    }
}

/// The class of an answer: by its code, the modelled member `reason`, its status, and how far its clock is from ours.
fn classify(code: &str, reason: Option<&str>, status: Option<u16>, skew: Option<Duration>) -> FaultClass {
    if code == "ValidationException" && reason == Some(MISMATCH) {
        return FaultClass::TokenMismatch;
    }
    if SIGNATURE.contains(&code) && skew.is_some_and(|skew| skew > SKEW) {
        return FaultClass::Clock;
    }
    FaultClass::of(code, status)
}

/// How far the clock of an answer is from this one, by its header `Date`.
fn skew(date: &str, now: SystemTime) -> Option<Duration> {
    let theirs = DateTime::from_str(date, DateTimeFormat::HttpDate).ok()?;
    let theirs = SystemTime::try_from(theirs).ok()?;
    let ahead = theirs.duration_since(now);
    Some(ahead.unwrap_or_else(|behind| behind.duration()))
}

/// The modelled member `reason` of a `ValidationException`.
fn reason(body: &[u8]) -> Option<String> {
    let body: serde_json::Value = serde_json::from_slice(body).ok()?;
    Some(body.get("reason")?.as_str()?.to_owned())
}

/// One line without request ids and role sessions, so that the same cause gives the same bytes
/// (kubernetes-conventions.md 1.6).
fn clean(text: &str) -> String {
    let kept: Vec<&str> = text
        .split_whitespace()
        .filter(|word| !is_request_id(word))
        .map(without_session)
        .collect();
    shorten(&kept.join(" "), LONGEST)
}

/// `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION` without the session, whose name changes with every new credential.
fn without_session(word: &str) -> &str {
    let role = word.find(":assumed-role/").map(|at| at + ":assumed-role/".len());
    let session = role.and_then(|at| Some(at + word.get(at..)?.find('/')?));
    session.and_then(|at| word.get(..at)).unwrap_or(word)
}

/// A UUID, with whatever punctuation stands around it.
fn is_request_id(word: &str) -> bool {
    let core = word.trim_matches(|c: char| !c.is_ascii_hexdigit());
    core.len() == 36
        && core.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Why there was no AWS answer: the innermost cause, without addresses that differ from try to try.
fn transport<E: Error + 'static>(error: &SdkError<E, HttpResponse>) -> String {
    match error {
        SdkError::TimeoutError(_) => "no answer in time".to_owned(),
        SdkError::DispatchFailure(_) => {
            let mut innermost: &dyn Error = error;
            while let Some(source) = innermost.source() {
                innermost = source;
            }
            clean(&innermost.to_string())
        }
        SdkError::ConstructionFailure(_) => "the request could not be built".to_owned(),
        SdkError::ResponseError(_) | SdkError::ServiceError(_) => {
            "the answer is not one of AgentCore's".to_owned()
        }
        _ => "the call failed".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn codes_and_modelled_members_decide_and_a_bare_404_is_not_gone() {
        let table = [
            ("ValidationException", None, 400, FaultClass::Invalid),
            (
                "ValidationException",
                Some("IdempotentParameterMismatchException"),
                400,
                FaultClass::TokenMismatch,
            ),
            ("ServiceQuotaExceededException", None, 402, FaultClass::Quota),
            ("AccessDeniedException", None, 403, FaultClass::Denied),
            ("ResourceNotFoundException", None, 404, FaultClass::Gone),
            ("ConflictException", None, 409, FaultClass::Conflict),
            ("ThrottlingException", None, 429, FaultClass::Throttled),
            ("InternalServerException", None, 500, FaultClass::Unavailable),
            ("RequestTimeTooSkewed", None, 403, FaultClass::Clock),
            ("", None, 404, FaultClass::Unavailable),
            ("UnknownOperationException", None, 404, FaultClass::Unavailable),
            ("", None, 503, FaultClass::Unavailable),
        ];
        for (code, reason, status, class) in table {
            assert_eq!(
                classify(code, reason, Some(status), None),
                class,
                "{code} {status}"
            );
        }
    }

    /// F37: the service's code is the same for a wrong secret.
    #[test]
    fn f37_a_signature_that_a_service_with_another_clock_refuses_is_refused_for_the_clock() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let table = [
            ("Tue, 14 Nov 2023 22:13:20 GMT", Some(0)),
            ("Tue, 14 Nov 2023 22:20:00 GMT", Some(400)),
            ("Tue, 14 Nov 2023 22:06:40 GMT", Some(400)),
            ("yesterday", None),
        ];
        for (date, seconds) in table {
            let skew = skew(date, now);
            assert_eq!(skew, seconds.map(Duration::from_secs), "{date}");
            let class = if skew.is_some_and(|skew| !skew.is_zero()) {
                FaultClass::Clock
            } else {
                FaultClass::Denied
            };
            for code in SIGNATURE {
                assert_eq!(classify(code, None, Some(403), skew), class, "{code} {date}");
            }
            let denied = classify("AccessDeniedException", None, Some(403), skew);
            assert_eq!(denied, FaultClass::Denied, "{date}");
        }
        let at = |skew| classify(SIGNATURE[0], None, Some(403), Some(skew));
        assert_eq!(at(SKEW), FaultClass::Denied);
        assert_eq!(at(SKEW + Duration::from_nanos(1)), FaultClass::Clock);
    }

    #[test]
    fn the_reason_is_a_member_of_the_body() {
        assert_eq!(
            reason(br#"{"message": "no", "reason": "FieldValidationFailed"}"#).as_deref(),
            Some("FieldValidationFailed")
        );
        for body in ["", "reason", "{}", r#"{"reason": 1}"#] {
            assert_eq!(reason(body.as_bytes()), None, "{body}");
        }
    }

    #[test]
    fn a_call_without_an_answer_says_why() {
        type Failed = SdkError<std::fmt::Error, HttpResponse>;
        let late: Failed = SdkError::timeout_error("after 10 s");
        assert_eq!(transport(&late), "no answer in time");
        let unbuilt: Failed = SdkError::construction_failure("a secret");
        assert_eq!(transport(&unbuilt), "the request could not be built");
    }

    #[test]
    fn a_role_is_named_without_its_session() {
        let denied = "User: arn:aws:sts::123456789012:assumed-role/operator/web-identity-token-1700000000 is not authorized";
        assert_eq!(
            clean(denied),
            "User: arn:aws:sts::123456789012:assumed-role/operator is not authorized"
        );
        assert_eq!(
            clean("arn:aws:sts::1:assumed-role/operator"),
            "arn:aws:sts::1:assumed-role/operator"
        );
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".*|.*:assumed-role/.*") {
            let _any = clean(&text);
        }

        #[test]
        fn a_request_id_never_changes_a_message(id in "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}") {
            prop_assert_eq!(clean(&format!("denied (RequestId: {id})")), "denied (RequestId:");
            prop_assert_eq!(clean(&format!("denied {id}.")), "denied");
        }
    }
}
