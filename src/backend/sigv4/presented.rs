//! What a request shows of its signature: in the header `Authorization`, or in its query when it was presigned.

use super::Request;
use super::failure::Failure;
use http::HeaderMap;
use percent_encoding::percent_decode_str;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// The longest life of a presigned request, in seconds.
const WEEK: i64 = 604_800;
/// Characters of a bad part that are told back.
const TOLD: usize = 64;

/// A signature with what is needed to calculate it again.
#[derive(Debug)]
pub struct Presented {
    /// Id of the access key.
    pub access_key: String,
    /// Date, region, service and terminator.
    pub scope: [String; 4],
    /// Lower-case names of the headers that were signed.
    pub signed_headers: Vec<String>,
    /// The signature, in lower-case hexadecimal.
    pub signature: String,
    /// When it was signed, as `20260224T120000Z`.
    pub moment: String,
    /// How long a presigned request lasts, in seconds.
    pub lifetime: Option<i64>,
    /// The session token that came along.
    pub token: Option<String>,
    /// The payload hash that was sent.
    pub payload: Option<String>,
}

/// Reads the signature of a request; none when it is not signed.
///
/// # Errors
/// [`Failure::Incomplete`] when something of it is missing.
pub fn presented(request: &Request<'_>) -> Result<Option<Presented>, Failure> {
    if let Some(authorization) = header(request.headers, "authorization") {
        return in_header(authorization, request.headers).map(Some);
    }
    if request.query.split('&').any(|pair| pair.starts_with("X-Amz-")) {
        return in_query(request).map(Some);
    }
    Ok(None)
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn in_header(authorization: &str, headers: &HeaderMap) -> Result<Presented, Failure> {
    let parts = authorization.strip_prefix(ALGORITHM).unwrap_or(authorization);
    let (mut credential, mut signed_headers, mut signature) = (None, None, None);
    for part in parts.split(',').map(str::trim) {
        let Some((name, value)) = part.split_once('=') else {
            let part: String = part.chars().take(TOLD).collect();
            return Err(Failure::Incomplete(format!(
                "'{part}' not a valid key=value pair (missing equal-sign) in Authorization header."
            )));
        };
        match name.trim() {
            "Credential" => credential = Some(value),
            "SignedHeaders" => signed_headers = Some(value),
            "Signature" => signature = Some(value),
            _ => {}
        }
    }
    let moment = header(headers, "x-amz-date").or_else(|| header(headers, "date"));
    let wants = |name: &str| format!("Authorization header requires '{name}' parameter.");
    let missing: Vec<String> = [
        credential.is_none().then(|| wants("Credential")),
        signature.is_none().then(|| wants("Signature")),
        signed_headers.is_none().then(|| wants("SignedHeaders")),
        moment.is_none().then(|| {
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.".to_owned()
        }),
    ]
    .into_iter()
    .flatten()
    .collect();
    let (Some(credential), Some(signed_headers), Some(signature), Some(moment)) =
        (credential, signed_headers, signature, moment)
    else {
        return Err(Failure::Incomplete(missing.join(" ")));
    };
    let (access_key, scope) = split_credential(credential)?;
    Ok(Presented {
        access_key,
        scope,
        signed_headers: names(signed_headers)?,
        signature: signature.to_owned(),
        moment: moment.to_owned(),
        lifetime: None,
        token: header(headers, "x-amz-security-token").map(str::to_owned),
        payload: header(headers, "x-amz-content-sha256").map(str::to_owned),
    })
}

fn in_query(request: &Request<'_>) -> Result<Presented, Failure> {
    let value = |name: &str| {
        let pairs = request.query.split('&').filter_map(|pair| pair.split_once('='));
        let found = pairs
            .filter(|(key, _)| *key == name)
            .map(|(_, value)| value)
            .next()?;
        Some(percent_decode_str(found).decode_utf8_lossy().into_owned())
    };
    let required = |name: &str| value(name).ok_or_else(|| lacking(name));
    let algorithm = required("X-Amz-Algorithm")?;
    let credential = required("X-Amz-Credential")?;
    let moment = required("X-Amz-Date")?;
    let lifetime = required("X-Amz-Expires")?;
    let signed_headers = required("X-Amz-SignedHeaders")?;
    let signature = required("X-Amz-Signature")?;
    if algorithm != ALGORITHM {
        return Err(Failure::Incomplete(format!(
            "X-Amz-Algorithm must be '{ALGORITHM}'."
        )));
    }
    let lifetime = lifetime
        .parse()
        .ok()
        .filter(|seconds| (1..=WEEK).contains(seconds));
    let lifetime = lifetime.ok_or_else(|| {
        Failure::Incomplete("X-Amz-Expires must be at least 1 and at most a week, in seconds.".to_owned())
    })?;
    let (access_key, scope) = split_credential(&credential)?;
    Ok(Presented {
        access_key,
        scope,
        signed_headers: names(&signed_headers)?,
        signature,
        moment,
        lifetime: Some(lifetime),
        token: value("X-Amz-Security-Token"),
        payload: header(request.headers, "x-amz-content-sha256").map(str::to_owned),
    })
}

fn lacking(name: &str) -> Failure {
    Failure::Incomplete(format!(
        "AWS query-string parameters must include '{name}'. Re-examine the query-string parameters."
    ))
}

fn split_credential(credential: &str) -> Result<(String, [String; 4]), Failure> {
    let parts: Vec<String> = credential.split('/').map(str::to_owned).collect();
    let Ok([access_key, scope @ ..]) = <[String; 5]>::try_from(parts) else {
        return Err(Failure::Incomplete(
            "Credential must have exactly 5 slash-delimited elements, e.g. \
             keyid/date/region/service/term."
                .to_owned(),
        ));
    };
    Ok((access_key, scope))
}

/// The names of the signed headers; `host` must be one of them, so that a request is for one endpoint only.
fn names(signed_headers: &str) -> Result<Vec<String>, Failure> {
    let names: Vec<String> = signed_headers.split(';').map(str::to_ascii_lowercase).collect();
    if names.iter().any(|name| name == "host") {
        Ok(names)
    } else {
        Err(Failure::Invalid(
            "'Host' must be a 'SignedHeader' in the AWS Authorization.".to_owned(),
        ))
    }
}
