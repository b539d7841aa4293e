//! Signed AWS requests to a gateway: `AWS_IAM` and `AUTHENTICATE_ONLY` (service.md 11.2).

use super::refusal::Unidentified;
use crate::backend::control::Caller;
use crate::backend::sigv4::{self, Credentials, Request, Scope};
use http::header::AUTHORIZATION;
use http::request::Parts;

/// Signing name of gateways, as of the control plane (service.md 2.1).
const SERVICE: &str = "bedrock-agentcore";
/// What a request says in place of the hash of its body when the signature is of no body.
const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";
const MICROS: i64 = 1_000_000;

/// Who signed a request.
///
/// # Errors
/// [`Unidentified`] in AWS's words. The body has to be signed too: it says which tool is called.
pub(super) fn signer(
    identities: Option<&Credentials>,
    region: &str,
    head: &Parts,
    body: &[u8],
    now: i64,
) -> Result<Caller, Unidentified> {
    let Some(identities) = identities else {
        return Err(Unidentified::signature(
            "This gateway takes requests that are signed by IAM identities, and the local backend knows none; start it \
             with --iam-identities FILE",
        ));
    };
    let more_than_one = |name: &str| head.headers.get_all(name).iter().nth(1).is_some();
    if more_than_one(AUTHORIZATION.as_str()) {
        return Err(Unidentified::malformed(
            "There is more than one Authorization header",
        ));
    }
    let hashes = head.headers.get_all("x-amz-content-sha256");
    if hashes.iter().any(|hash| hash == UNSIGNED_PAYLOAD) {
        return Err(Unidentified::signature("The body of the request is not signed"));
    }
    let scope = Scope {
        region,
        service: SERVICE,
    };
    let request = Request {
        method: head.method.as_str(),
        path: head.uri.path(),
        query: head.uri.query().unwrap_or_default(),
        headers: &head.headers,
        body,
    };
    sigv4::verify(identities, scope, &request, now / MICROS)
        .map_err(|failure| Unidentified::signature(failure.message()))
}
