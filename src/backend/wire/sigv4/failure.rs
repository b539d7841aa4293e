//! Why a request is not taken for its sender's, in AWS's words.

use super::super::reply::Reply;
use super::super::sts;
use crate::backend::switches::UnsignedRequest;

/// Why a request is not verified.
#[derive(Debug, PartialEq, Eq)]
pub enum Failure {
    /// It is not signed.
    Missing,
    /// What it shows is not a whole signature.
    Incomplete(String),
    /// The access key is not known, or its session token is another one or none that it has.
    Unrecognized,
    /// The signature is another one, or of another time or scope.
    Invalid(String),
}

/// HTTP status of all of them, as the services that speak restJson1 and STS answer.
const STATUS: u16 = 403;

impl Failure {
    /// The signature is another one. Says nothing about which.
    pub fn mismatch() -> Self {
        Self::Invalid(
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret \
             Access Key and signing method. Consult the service documentation for details."
                .to_owned(),
        )
    }

    /// The answer in `restJson1` (`compat.unsigned-request` for an unsigned one).
    pub fn reply(&self, unsigned: UnsignedRequest) -> Reply {
        let name = match (self, unsigned) {
            (Self::Missing, UnsignedRequest::MissingToken) => "MissingAuthenticationTokenException",
            (Self::Missing, UnsignedRequest::AccessDenied) => "AccessDeniedException",
            (Self::Incomplete(_), _) => "IncompleteSignatureException",
            (Self::Unrecognized, _) => "UnrecognizedClientException",
            (Self::Invalid(_), _) => "InvalidSignatureException",
        };
        Reply::error(STATUS, name, self.message())
    }

    /// The answer of STS, which has other names for the same.
    pub fn sts_reply(&self, request_id: &str) -> Reply {
        let code = match self {
            Self::Missing => "MissingAuthenticationToken",
            Self::Incomplete(_) => "IncompleteSignature",
            Self::Unrecognized => "InvalidClientTokenId",
            Self::Invalid(_) => "SignatureDoesNotMatch",
        };
        let message = match self {
            Self::Missing => "Request is missing Authentication Token",
            Self::Unrecognized => "The security token included in the request is invalid.",
            Self::Incomplete(message) | Self::Invalid(message) => message,
        };
        sts::error(STATUS, code, message, request_id)
    }

    fn message(&self) -> &str {
        match self {
            Self::Missing => "Missing Authentication Token",
            Self::Unrecognized => "The security token included in the request is invalid.",
            Self::Incomplete(message) | Self::Invalid(message) => message,
        }
    }
}
