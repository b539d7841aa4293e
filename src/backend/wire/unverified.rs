//! The answers to a request that is not taken for its sender's.

use super::reply::Reply;
use super::sts;
use crate::backend::sigv4::Failure;
use crate::backend::switches::UnsignedRequest;

/// HTTP status of all of them, as the services that speak restJson1 and STS answer.
const STATUS: u16 = 403;

/// The answer in `restJson1` (`compat.unsigned-request` for an unsigned one).
pub fn reply(failure: &Failure, unsigned: UnsignedRequest) -> Reply {
    let name = match (failure, unsigned) {
        (Failure::Missing, UnsignedRequest::MissingToken) => "MissingAuthenticationTokenException",
        (Failure::Missing, UnsignedRequest::AccessDenied) => "AccessDeniedException",
        (Failure::Incomplete(_), _) => "IncompleteSignatureException",
        (Failure::Unrecognized, _) => "UnrecognizedClientException",
        (Failure::Invalid(_), _) => "InvalidSignatureException",
    };
    Reply::error(STATUS, name, failure.message())
}

/// The answer of STS, which has other names for the same.
pub fn sts_reply(failure: &Failure, request_id: &str) -> Reply {
    let (code, message) = match failure {
        Failure::Missing => (
            "MissingAuthenticationToken",
            "Request is missing Authentication Token",
        ),
        Failure::Incomplete(message) => ("IncompleteSignature", message.as_str()),
        Failure::Unrecognized => ("InvalidClientTokenId", failure.message()),
        Failure::Invalid(message) => ("SignatureDoesNotMatch", message.as_str()),
    };
    sts::error(STATUS, code, message, request_id)
}
