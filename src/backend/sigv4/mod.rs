//! Signature Version 4: who sent a request (service.md 2.1 and 2.8).
//!
//! `presented` reads what a request shows, in its headers or in its query; `canonical` writes the request as both
//! sides must see it; the AWS SDK's own `aws-sigv4` calculates; `failure` has AWS's words. Only the signature is
//! secret-dependent, and it is compared in constant time. The control plane and gateways ask here alike.

mod canonical;
mod credentials;
mod failure;
mod presented;
#[cfg(test)]
mod tests;

pub use credentials::{Credentials, CredentialsError};
pub use failure::Failure;

use crate::backend::control::Caller;
use crate::model::{compact, parse_compact, same};
use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use canonical::{hex_sha256, string_to_sign};
use http::HeaderMap;
use presented::{Presented, presented};
use std::time::{Duration, UNIX_EPOCH};

/// How far the time of a request may be from this machine's, in seconds.
const SKEW: i64 = 5 * 60;
/// The payload hash of a request that leaves its body out of the signature.
const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

/// A request, as it came.
#[derive(Clone, Copy, Debug)]
pub struct Request<'r> {
    /// HTTP method.
    pub method: &'r str,
    /// Path, still percent-encoded.
    pub path: &'r str,
    /// Query, still percent-encoded.
    pub query: &'r str,
    /// Headers.
    pub headers: &'r HeaderMap,
    /// The whole body.
    pub body: &'r [u8],
}

/// What a signature is good for.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'s> {
    /// Region, such as `us-east-1`.
    pub region: &'s str,
    /// Signing name, such as `bedrock-agentcore`.
    pub service: &'s str,
}

/// Verifies a request and tells who sent it.
///
/// `now` is this machine's time in seconds since 1970: it has to agree with the caller's, whatever the service's
/// clock shows.
///
/// # Errors
/// [`Failure`] as AWS tells it, also for a request that is not signed.
pub fn verify(
    credentials: &Credentials,
    scope: Scope<'_>,
    request: &Request<'_>,
    now: i64,
) -> Result<Caller, Failure> {
    let presented = presented(request)?.ok_or(Failure::Missing)?;
    let key = credentials
        .find(&presented.access_key)
        .ok_or(Failure::Unrecognized)?;
    check_scope(&presented, scope)?;
    let signed_at = check_time(&presented, now)?;
    let payload = payload_hash(&presented, request.body)?;
    let text = string_to_sign(&presented, request, &payload)?;
    let day = UNIX_EPOCH + Duration::from_secs(u64::try_from(signed_at).unwrap_or(0));
    let signing = generate_signing_key(key.secret.reveal(), day, scope.region, scope.service);
    if !same(
        &calculate_signature(signing, text.as_bytes()),
        &presented.signature,
    ) {
        return Err(Failure::mismatch());
    }
    // A temporary key comes with its token, and a long-term one with none.
    match (&key.session_token, presented.token.as_deref()) {
        (None, None) => Ok(key.caller.clone()),
        (Some(wanted), Some(token)) if same(token, wanted.reveal()) => Ok(key.caller.clone()),
        (Some(_), _) | (None, Some(_)) => Err(Failure::Unrecognized),
    }
}

/// The credential scope: date, region, service and terminator.
fn check_scope(presented: &Presented, scope: Scope<'_>) -> Result<(), Failure> {
    let [date, region, service, terminator] = &presented.scope;
    let told = if region != scope.region {
        format!("Credential should be scoped to a valid region, not '{region}'.")
    } else if service != scope.service {
        format!(
            "Credential should be scoped to correct service: '{}'.",
            scope.service
        )
    } else if terminator != "aws4_request" {
        format!("Credential should be scoped with a valid terminator: 'aws4_request', not '{terminator}'.")
    } else if presented.moment.get(..8) != Some(date) {
        format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{date}' != \
             '{}', from '{}'.",
            presented.moment.get(..8).unwrap_or_default(),
            presented.moment
        )
    } else {
        return Ok(());
    };
    Err(Failure::Invalid(told))
}

/// The request is of now, or presigned and not too old; gives when it was signed.
fn check_time(presented: &Presented, now: i64) -> Result<i64, Failure> {
    let moment = &presented.moment;
    let signed_at = parse_compact(moment).ok_or_else(|| {
        Failure::Incomplete(format!(
            "Date must be in ISO-8601 'basic format'. Got '{moment}'. See http://en.wikipedia.org/wiki/ISO_8601"
        ))
    })?;
    let (earliest, latest) = (now.saturating_sub(SKEW), now.saturating_add(SKEW));
    if signed_at > latest {
        return Err(Failure::Invalid(format!(
            "Signature not yet current: {moment} is still later than {} ({} + 5 min.)",
            compact(latest),
            compact(now)
        )));
    }
    let expired = match presented.lifetime {
        None if signed_at < earliest => Some((
            signed_at,
            format!("{} ({} - 5 min.)", compact(earliest), compact(now)),
        )),
        Some(lifetime) if signed_at.saturating_add(lifetime) < now => {
            Some((signed_at.saturating_add(lifetime), compact(now)))
        }
        None | Some(_) => None,
    };
    if let Some((ended, now)) = expired {
        let ended = compact(ended);
        return Err(Failure::Invalid(format!(
            "Signature expired: {ended} is now earlier than {now}"
        )));
    }
    Ok(signed_at)
}

/// The payload hash that was signed, when it is the body's or says that the body was not signed.
fn payload_hash(presented: &Presented, body: &[u8]) -> Result<String, Failure> {
    let actual = hex_sha256(body);
    match &presented.payload {
        None => Ok(actual),
        Some(hash) if hash == UNSIGNED_PAYLOAD || *hash == actual => Ok(hash.clone()),
        Some(_) => Err(Failure::mismatch()),
    }
}
