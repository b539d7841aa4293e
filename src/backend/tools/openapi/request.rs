//! Arguments in the path, the query and the headers of a request.

use super::call::{Call, CallError, Within, shown};
use http::header::{COOKIE, HeaderMap, HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use reqwest::Url;
use serde_json::{Map, Value};
use std::fmt::Write as _;

/// What is not written as it is in a value: all but the unreserved characters of RFC 3986.
const VALUE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
/// What a path of a document may not hold as it is.
const LITERAL: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'\\')
    .add(b'`')
    .add(b'{')
    .add(b'}');
/// Headers that say how a message is sent, to whom and for whom; an argument says neither.
const RESERVED: [&str; 13] = [
    "connection",
    "content-length",
    "cookie",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];
/// Bytes of a URL and of a header that are sent.
pub(super) const LONGEST: usize = 32 * 1024;

impl Call {
    pub(super) fn at(&self, server: &Url, arguments: &Map<String, Value>) -> Result<Url, CallError> {
        let below = server.path().trim_end_matches('/');
        let path = self.path_with(arguments)?;
        let whole = format!("{below}{path}");
        let mut url = server.clone();
        url.set_fragment(None);
        url.set_query(None);
        url.set_path(&whole);
        // The parser of URLs takes segments out that are dots; then it would be another path.
        let same = url.path().starts_with(below) && segments(url.path()) == segments(&whole);
        same.then_some(url)
            .ok_or_else(|| CallError::Invalid("The path would lead elsewhere".to_owned()))
    }

    fn path_with(&self, arguments: &Map<String, Value>) -> Result<String, CallError> {
        let mut path = String::new();
        let mut rest = self.path.as_str();
        while let Some((literal, behind)) = rest.split_once('{') {
            let (name, after) = behind.split_once('}').unwrap_or((behind, ""));
            let given = self
                .given(Within::Path, arguments)
                .find(|(known, _)| *known == name);
            let (_, value) = given.ok_or_else(|| CallError::Missing(vec![name.to_owned()]))?;
            let value = list(name, value)?;
            // Servers that decode a segment and then look for dots in it are not led astray either.
            let dots = value
                .iter()
                .any(|text| text.split(['/', '\\']).any(|piece| matches!(piece, "." | "..")));
            if dots || value.iter().all(String::is_empty) {
                return Err(CallError::Invalid(format!(
                    "'{}' must not be empty, and no piece of it between slashes `.` or `..`",
                    shown(name)
                )));
            }
            path.extend(utf8_percent_encode(literal, LITERAL));
            path.push_str(&joined(&value));
            rest = after;
        }
        path.extend(utf8_percent_encode(rest, LITERAL));
        let dots = |segment: &str| matches!(&*percent_decode_str(segment).decode_utf8_lossy(), "." | "..");
        if path.split('/').any(dots) {
            return Err(CallError::Invalid("The path would lead elsewhere".to_owned()));
        }
        Ok(if path.starts_with('/') {
            path
        } else {
            format!("/{path}")
        })
    }

    pub(super) fn query(&self, arguments: &Map<String, Value>) -> Result<String, CallError> {
        let mut query = String::new();
        for (name, value) in self.given(Within::Query, arguments) {
            for text in list(name, value)? {
                let (name, text) = (
                    utf8_percent_encode(name, VALUE),
                    utf8_percent_encode(&text, VALUE),
                );
                let and = if query.is_empty() { "" } else { "&" };
                // Writing to a string does not fail.
                write!(query, "{and}{name}={text}").map_err(|error| CallError::Invalid(error.to_string()))?;
            }
        }
        Ok(query)
    }

    pub(super) fn headers(&self, arguments: &Map<String, Value>) -> Result<HeaderMap, CallError> {
        let mut headers = HeaderMap::new();
        for (name, value) in self.given(Within::Header, arguments) {
            let refuse = |why: &str| CallError::Invalid(format!("'{}' {why}", shown(name)));
            let header = HeaderName::try_from(name).map_err(|_| refuse("is no name of a header"))?;
            if RESERVED.contains(&header.as_str()) {
                return Err(refuse("is a header that no argument sets"));
            }
            let texts = list(name, value)?;
            if value.is_array() && texts.iter().any(|text| text.contains(',')) {
                return Err(refuse("is a list in a header: its elements cannot hold commas"));
            }
            let text = texts.join(",");
            // Visible ASCII alone: no line breaks, and nothing that servers read in different ways.
            let value = Some(text)
                .filter(|text| text.len() <= LONGEST && text.trim() == text)
                .filter(|text| text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()))
                .and_then(|text| HeaderValue::try_from(text).ok());
            let value = value.ok_or_else(|| {
                refuse("cannot be a header: it must be visible ASCII without spaces around")
            })?;
            if headers.insert(header, value).is_some() {
                return Err(refuse("is a header that is there already"));
            }
        }
        let mut cookies = Vec::new();
        for (name, value) in self.given(Within::Cookie, arguments) {
            let value = text(value).ok_or_else(|| {
                CallError::Invalid(format!(
                    "'{}' is a cookie and must be a string, a number or a boolean",
                    shown(name)
                ))
            })?;
            cookies.push(format!(
                "{}={}",
                utf8_percent_encode(name, VALUE),
                utf8_percent_encode(&value, VALUE)
            ));
        }
        if !cookies.is_empty() {
            let cookies = HeaderValue::try_from(cookies.join("; "));
            headers.insert(
                COOKIE,
                cookies.map_err(|error| CallError::Invalid(error.to_string()))?,
            );
        }
        Ok(headers)
    }
}

/// A value as text; what is an object has none.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A value as texts: those of a list one by one.
fn list(name: &str, value: &Value) -> Result<Vec<String>, CallError> {
    let texts = match value {
        Value::Array(elements) => elements.iter().map(text).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            text(value).map(|text| vec![text])
        }
    };
    texts.ok_or_else(|| {
        CallError::Invalid(format!(
            "'{}' is a parameter and must be a string, a number, a boolean or a list of them",
            shown(name)
        ))
    })
}

fn joined(texts: &[String]) -> String {
    let encoded: Vec<String> = texts
        .iter()
        .map(|text| utf8_percent_encode(text, VALUE).to_string())
        .collect();
    encoded.join(",")
}

fn segments(path: &str) -> usize {
    path.split('/').count()
}
