//! Why nobody is known to call, as HTTP tells it (RFC 6750 section 3, RFC 9728 section 5.1, the MCP authorization
//! specification).

use serde_json::{Value, json};

/// Who calls is not known, or may not call at all. No text holds a token or a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unidentified {
    why: Why,
    message: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Why {
    /// No token came.
    Missing,
    /// What came is not one token.
    Malformed,
    /// The token is not taken.
    Invalid,
    /// The token has none of the scopes.
    Scope,
    /// The signature of an AWS request is missing or wrong.
    Signature,
    /// It cannot be found out at the moment.
    Unknown,
    /// A fault of this program.
    Fault,
}

impl Unidentified {
    pub(super) fn missing(message: impl Into<String>) -> Self {
        Self::new(Why::Missing, message)
    }

    pub(super) fn malformed(message: impl Into<String>) -> Self {
        Self::new(Why::Malformed, message)
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(Why::Invalid, message)
    }

    pub(super) fn scope(message: impl Into<String>) -> Self {
        Self::new(Why::Scope, message)
    }

    pub(super) fn signature(message: impl Into<String>) -> Self {
        Self::new(Why::Signature, message)
    }

    pub(super) fn unknown(message: impl Into<String>) -> Self {
        Self::new(Why::Unknown, message)
    }

    pub(super) fn fault(message: impl Into<String>) -> Self {
        Self::new(Why::Fault, message)
    }

    fn new(why: Why, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { why, message }
    }

    /// The HTTP status: 401 without a token that is taken, 403 without a scope or AWS signature that is, 400 when it is not
    /// clear what came, 503 when the issuer's keys cannot be fetched.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self.why {
            Why::Missing | Why::Invalid => 401,
            Why::Malformed => 400,
            Why::Scope | Why::Signature => 403,
            Why::Unknown => 503,
            Why::Fault => 500,
        }
    }

    /// What is wrong, in one line.
    #[cfg(test)]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The body of the answer.
    #[must_use]
    pub fn body(&self) -> Value {
        match self.error() {
            Some(error) => json!({"error": error, "error_description": self.message}),
            None => json!({"message": self.message}),
        }
    }

    /// The header `WWW-Authenticate`, when the answer has one: where the metadata of the gateway are
    /// ([`super::Authorizer::metadata_url`]), which scopes it wants, and what is wrong.
    #[must_use]
    pub fn www_authenticate(&self, metadata_url: &str, scopes: &[String]) -> Option<String> {
        if matches!(self.why, Why::Signature | Why::Unknown | Why::Fault) {
            return None;
        }
        let mut parts = vec![format!("resource_metadata=\"{}\"", quotable(metadata_url))];
        if !scopes.is_empty() {
            parts.push(format!("scope=\"{}\"", quotable(&scopes.join(" "))));
        }
        if let Some(error) = self.error() {
            parts.push(format!("error=\"{error}\""));
            parts.push(format!("error_description=\"{}\"", quotable(&self.message)));
        }
        Some(format!("Bearer {}", parts.join(", ")))
    }

    /// The code of RFC 6750 section 3.1; a request without a token gets none.
    fn error(&self) -> Option<&'static str> {
        match self.why {
            Why::Malformed => Some("invalid_request"),
            Why::Invalid => Some("invalid_token"),
            Why::Scope => Some("insufficient_scope"),
            Why::Missing | Why::Signature | Why::Unknown | Why::Fault => None,
        }
    }
}

/// What may stand between quotes in a header.
fn quotable(text: &str) -> String {
    let allowed = |c: &char| (' '..='~').contains(c) && !matches!(c, '"' | '\\');
    text.chars().filter(allowed).collect()
}
