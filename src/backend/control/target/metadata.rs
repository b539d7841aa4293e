//! What a target may be told of a request beside a tool's arguments: `metadataConfiguration`.

use super::TargetSettings;
use serde_json::Value;

/// Names of headers that "are restricted and cannot be configured for propagation" (AWS's guide, "Header propagation with
/// Gateway"), in lower case. The guide's list goes on behind `Access-Control-Expose-Headers`; `Proxy-Authenticate`, `Origin` and
/// `Access-Control-Max-Age` are taken to be in it.
const RESTRICTED: [&str; 62] = [
    "authorization",
    "proxy-authorization",
    "www-authenticate",
    "proxy-authenticate",
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "content-type",
    "content-length",
    "content-encoding",
    "content-language",
    "content-location",
    "content-range",
    "cache-control",
    "etag",
    "expires",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "last-modified",
    "pragma",
    "vary",
    "connection",
    "keep-alive",
    "proxy-connection",
    "upgrade",
    "host",
    "user-agent",
    "referer",
    "from",
    "range",
    "accept-ranges",
    "transfer-encoding",
    "te",
    "trailer",
    "server",
    "date",
    "location",
    "retry-after",
    "set-cookie",
    "cookie",
    "content-security-policy",
    "content-security-policy-report-only",
    "strict-transport-security",
    "x-content-type-options",
    "x-frame-options",
    "x-xss-protection",
    "referrer-policy",
    "permissions-policy",
    "cross-origin-embedder-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "access-control-allow-origin",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "access-control-allow-credentials",
    "access-control-expose-headers",
    "access-control-max-age",
    "origin",
];

/// What of a client's request is passed on to a target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Passes {
    /// Names of headers, as they were written.
    pub headers: Vec<String>,
    /// Names of parameters of the URL.
    pub parameters: Vec<String>,
}

impl Passes {
    /// What these settings allow.
    pub fn of(settings: &TargetSettings) -> Self {
        Self {
            // One that was created before they were refused has none of them passed on either.
            headers: names(settings, "allowedRequestHeaders")
                .into_iter()
                .filter(|name| !is_restricted(name))
                .collect(),
            parameters: names(settings, "allowedQueryParameters"),
        }
    }
}

/// Why a target cannot have these settings, if it cannot: a header that is nobody's to pass on, or no name of a header. The
/// wording is ours.
pub fn refusal(settings: &TargetSettings) -> Option<String> {
    for list in ["allowedRequestHeaders", "allowedResponseHeaders"] {
        for name in names(settings, list) {
            let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            if name.is_empty() || !name.chars().all(is_name) {
                return Some(format!(
                    "metadataConfiguration.{list}: {name:?} is no name of a header"
                ));
            }
            if is_restricted(&name) {
                return Some(format!(
                    "metadataConfiguration.{list}: the header {name} is restricted and cannot be configured for propagation"
                ));
            }
        }
    }
    None
}

fn is_restricted(name: &str) -> bool {
    RESTRICTED.contains(&name.to_ascii_lowercase().as_str())
}

fn names(settings: &TargetSettings, list: &str) -> Vec<String> {
    let metadata = settings.rest.get("metadataConfiguration");
    let names = metadata.and_then(|metadata| metadata.get(list)?.as_array());
    let names = names.into_iter().flatten().filter_map(Value::as_str);
    names.map(str::to_owned).collect()
}
