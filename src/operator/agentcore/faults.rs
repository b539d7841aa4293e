//! One table from every answer to a class (reliability.md section 3): by error code and modelled members, never by text.

use crate::model::{Fault, FaultClass};
use crate::operator::decide::shorten;
use aws_sdk_bedrockagentcorecontrol::config::http::HttpResponse;
use aws_sdk_bedrockagentcorecontrol::error::{ProvideErrorMetadata, SdkError};
use std::error::Error;

/// The longest message that is kept, in characters.
const LONGEST: usize = 600;

/// The fault that an SDK error is.
pub(super) fn fault<E>(operation: &'static str, error: &SdkError<E, HttpResponse>) -> Fault
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let code = error.code().unwrap_or_default().to_owned();
    let body = error
        .raw_response()
        .and_then(|response| response.body().bytes())
        .unwrap_or_default();
    let class = classify(
        &code,
        reason(body).as_deref(),
        error.raw_response().map(|r| r.status().as_u16()),
    );
    let credentials = is_about_credentials(error);
    let (class, message) = match (error.message(), credentials) {
        (Some(said), _) => (class, clean(said)),
        (None, true) => (
            FaultClass::Denied,
            "no AWS credentials: give the ServiceAccount a role (IRSA or Pod Identity), or set AWS_PROFILE"
                .to_owned(),
        ),
        (None, false) => (class, transport(error)),
    };
    Fault {
        class,
        operation,
        code,
        message,
    }
}

/// The class of an error code. A bare 404 is not `ResourceNotFoundException`: a wrong endpoint must not look like a
/// resource that is gone.
fn classify(code: &str, reason: Option<&str>, status: Option<u16>) -> FaultClass {
    match code {
        "ValidationException" if reason == Some("IdempotentParameterMismatchException") => {
            FaultClass::TokenMismatch
        }
        "ValidationException" | "SerializationException" => FaultClass::Invalid,
        "ServiceQuotaExceededException" => FaultClass::Quota,
        "ResourceNotFoundException" => FaultClass::Gone,
        "ConflictException" => FaultClass::Conflict,
        "ThrottlingException" | "TooManyRequestsException" => FaultClass::Throttled,
        "RequestTimeTooSkewed" | "RequestExpired" => FaultClass::Clock,
        "AccessDeniedException"
        | "UnrecognizedClientException"
        | "ExpiredTokenException"
        | "InvalidClientTokenId"
        | "InvalidSignatureException"
        | "MissingAuthenticationTokenException" => FaultClass::Denied,
        _ => match status {
            Some(429) => FaultClass::Throttled,
            Some(403) => FaultClass::Denied,
            Some(400) => FaultClass::Invalid,
            Some(_) | None => FaultClass::Unavailable,
        },
    }
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

fn is_about_credentials<E: Error + 'static>(error: &SdkError<E, HttpResponse>) -> bool {
    let mut cause: Option<&dyn Error> = Some(error);
    while let Some(error) = cause {
        if error.to_string().contains("credentials provider") {
            return true;
        }
        cause = error.source();
    }
    false
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
            assert_eq!(classify(code, reason, Some(status)), class, "{code} {status}");
        }
    }

    #[test]
    fn a_code_decides_also_where_the_status_says_otherwise() {
        let table = [
            (FaultClass::Invalid, "ValidationException SerializationException"),
            (
                FaultClass::Throttled,
                "ThrottlingException TooManyRequestsException",
            ),
            (FaultClass::Clock, "RequestTimeTooSkewed RequestExpired"),
            (
                FaultClass::Denied,
                "AccessDeniedException UnrecognizedClientException ExpiredTokenException InvalidClientTokenId \
                 InvalidSignatureException MissingAuthenticationTokenException",
            ),
        ];
        for (class, codes) in table {
            for code in codes.split(' ') {
                assert_eq!(classify(code, None, Some(500)), class, "{code}");
                assert_eq!(classify(code, None, None), class, "{code}");
            }
        }
        let by_status = [429, 403, 400, 500].map(|status| classify("Unheard", None, Some(status)));
        let classes = [
            FaultClass::Throttled,
            FaultClass::Denied,
            FaultClass::Invalid,
            FaultClass::Unavailable,
        ];
        assert_eq!(by_status, classes);
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
        let told =
            |error: &SdkError<std::fmt::Error, HttpResponse>| (transport(error), is_about_credentials(error));
        let late = SdkError::timeout_error("after 10 s");
        assert_eq!(told(&late), ("no answer in time".to_owned(), false));
        let unbuilt = SdkError::construction_failure("the credentials provider was not enabled");
        assert_eq!(
            told(&unbuilt),
            ("the request could not be built".to_owned(), true)
        );
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
