//! The token that a request carries (RFC 6750 section 2.1): in the one header `Authorization`, and nowhere else.

use super::refusal::Unidentified;
use http::HeaderMap;
use http::header::AUTHORIZATION;

/// The token of a request.
///
/// # Errors
/// [`Unidentified`] when there is none, or when it is not clear which.
pub(super) fn token(headers: &HeaderMap) -> Result<&str, Unidentified> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = match (values.next(), values.next()) {
        (None, _) => return Err(Unidentified::missing("Missing Bearer token")),
        (Some(value), None) => value,
        (Some(_), Some(_)) => {
            return Err(Unidentified::malformed(
                "There is more than one Authorization header",
            ));
        }
    };
    let text = value
        .to_str()
        .map_err(|_| Unidentified::malformed("The Authorization header is no text"))?;
    let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Unidentified::missing("Missing Bearer token"));
    }
    let token = token.trim_start_matches(' ');
    let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if token.is_empty() || !token.bytes().all(known) {
        return Err(Unidentified::malformed(
            "The Authorization header is not Bearer and one token",
        ));
    }
    Ok(token)
}
