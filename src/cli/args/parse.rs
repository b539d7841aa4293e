//! Values of flags, each with what to write instead.

use crate::api::parse_interval;
use crate::model::is_object_name;
use std::path::PathBuf;
use std::time::Duration;

pub(super) fn interval(text: &str) -> Result<Duration, String> {
    parse_interval(text).ok_or_else(|| "give a duration such as 50ms, 30s, 5m or 1h30m".to_owned())
}

/// A region as the model's ARNs have it (service.md 3): every AWS region is one.
pub(super) fn region(text: &str) -> Result<String, String> {
    let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_one = (9..=15).contains(&text.len()) && text.bytes().all(known);
    is_one.then(|| text.to_owned()).ok_or_else(|| {
        "give a region such as us-east-1: 9 to 15 small letters, digits and hyphens".to_owned()
    })
}

pub(super) fn url(text: &str) -> Result<String, String> {
    let host = ["http://", "https://"]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme));
    let is_one = host.is_some_and(|host| {
        host.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '[')
            && !host.contains(char::is_whitespace)
    });
    is_one.then(|| text.to_owned()).ok_or_else(|| {
        "give a URL such as https://bedrock-agentcore-control.us-east-1.amazonaws.com".to_owned()
    })
}

pub(super) fn mapping(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, path)) if !name.is_empty() && !path.is_empty() => Ok((name.to_owned(), path.into())),
        _ => Err("give a name, an equals sign and a path, such as schemas=./schemas".to_owned()),
    }
}

pub(super) fn host(text: &str) -> Result<String, String> {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let name = text.strip_prefix("*.").unwrap_or(text);
    let is_one = name
        .split('.')
        .all(|label| !label.is_empty() && label.bytes().all(known));
    is_one.then(|| text.to_owned()).ok_or_else(|| {
        "give a host name without port, such as mcp.tools.svc or *.svc.cluster.local".to_owned()
    })
}

pub(super) fn namespace(text: &str) -> Result<String, String> {
    let is_one = text.len() <= 63 && !text.contains('.') && is_object_name(text);
    is_one
        .then(|| text.to_owned())
        .ok_or_else(|| "give the name of a namespace, such as team-a".to_owned())
}

/// What a name of an object may be, for people.
const OBJECT: &str = "small letters, digits, hyphens and dots, at most 253";

pub(super) fn object(text: &str) -> Result<String, String> {
    is_object_name(text)
        .then(|| text.to_owned())
        .ok_or_else(|| format!("give the name of an object, such as shop: {OBJECT}"))
}

/// What names of objects begin with that are numbered.
pub(super) fn prefix(text: &str) -> Result<String, String> {
    is_object_name(&format!("{text}-9999"))
        .then(|| text.to_owned())
        .ok_or_else(|| format!("give what names of objects can begin with, such as refunds: {OBJECT}"))
}

/// The name of a Gateway object, or an ARN, which is judged where the service's own names are.
pub(super) fn resource(text: &str) -> Result<String, String> {
    if text.starts_with("arn:") {
        return Ok(text.to_owned());
    }
    object(text).map_err(|_| {
        format!(
            "give the name of a Gateway object, such as shop, or the ARN of a gateway; a name has {OBJECT}"
        )
    })
}
