//! The canonical request: what both sides put into the signature, and nothing of how it travelled.

use super::Request;
use super::failure::Failure;
use super::presented::Presented;
use http::HeaderMap;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::{Digest as _, Sha256};

/// What is percent-encoded: everything but the unreserved characters of RFC 3986.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// SHA-256 in lower-case hexadecimal.
pub fn hex_sha256(bytes: &[u8]) -> String {
    let digits = Sha256::digest(bytes)
        .into_iter()
        .flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

/// The string to sign of a request with this signature and payload hash.
///
/// # Errors
/// [`Failure`] when a header that was signed is not there.
pub fn string_to_sign(
    presented: &Presented,
    request: &Request<'_>,
    payload: &str,
) -> Result<String, Failure> {
    let canonical = [
        request.method,
        &path(request.path),
        &query(request.query),
        &headers(request.headers, &presented.signed_headers)?,
        &presented.signed_headers.join(";"),
        payload,
    ]
    .join("\n");
    let digest = hex_sha256(canonical.as_bytes());
    let (moment, scope) = (&presented.moment, presented.scope.join("/"));
    Ok(format!("AWS4-HMAC-SHA256\n{moment}\n{scope}\n{digest}"))
}

/// The path as it came, without empty and dot segments, encoded once more: an ARN that travels as
/// `arn%3Aaws` is signed as `arn%253Aaws`.
fn path(raw: &str) -> String {
    let mut segments: Vec<String> = Vec::new();
    for segment in raw.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            other => segments.push(utf8_percent_encode(other, ENCODED).to_string()),
        }
    }
    let end = if raw.ends_with('/') && !segments.is_empty() {
        "/"
    } else {
        ""
    };
    format!("/{}{end}", segments.join("/"))
}

/// The query without the signature, in the order of encoded names and values. A plus is a space, as elsewhere.
fn query(raw: &str) -> String {
    let encoded = |text: &str| {
        let decoded: Vec<u8> = percent_decode_str(&text.replace('+', " ")).collect();
        percent_encoding::percent_encode(&decoded, ENCODED).to_string()
    };
    let mut pairs: Vec<(String, String)> = raw
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .filter(|(name, _)| *name != "X-Amz-Signature")
        .map(|(name, value)| (encoded(name), encoded(value)))
        .collect();
    pairs.sort();
    let pairs = pairs.into_iter().map(|(name, value)| format!("{name}={value}"));
    pairs.collect::<Vec<_>>().join("&")
}

/// The headers that were signed, a line each, in the order of the signature.
fn headers(all: &HeaderMap, signed: &[String]) -> Result<String, Failure> {
    let mut lines = String::new();
    for name in signed {
        let values: Vec<String> = all
            .get_all(name)
            .iter()
            .map(|value| {
                let text = String::from_utf8_lossy(value.as_bytes());
                text.split_whitespace().collect::<Vec<_>>().join(" ")
            })
            .collect();
        if values.is_empty() {
            return Err(Failure::mismatch());
        }
        lines.extend([name.as_str(), ":", &values.join(","), "\n"]);
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_normal_and_encoded_once_more() {
        for (raw, expected) in [
            ("/", "/"),
            ("/policy-engines", "/policy-engines"),
            ("/gateways/", "/gateways/"),
            ("/tags/arn%3Aaws%2Fx", "/tags/arn%253Aaws%252Fx"),
            ("/tags/arn:aws", "/tags/arn%3Aaws"),
            ("/a//b/./c/../d", "/a/b/d"),
            ("/../", "/"),
        ] {
            assert_eq!(path(raw), expected);
        }
    }

    #[test]
    fn a_query_is_sorted_and_encoded_as_rfc_3986_has_it() {
        for (raw, expected) in [
            ("", ""),
            ("tagKeys=k&tagKeys=b&a=", "a=&tagKeys=b&tagKeys=k"),
            ("tagKeys=b+c&x=%7e%2f", "tagKeys=b%20c&x=~%2F"),
            ("flag&X-Amz-Signature=0&X-Amz-Date=1", "X-Amz-Date=1&flag="),
        ] {
            assert_eq!(query(raw), expected);
        }
    }
}
