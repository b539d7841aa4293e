//! From path labels, query and body to one input value by the names of the model.

use super::model::{Kind, Location, Member, Model, ShapeId};
use super::route::Route;
use super::violation::pointer;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

/// Why a request cannot be read: told as `ValidationException` with the reason `CannotParse`. Which class AWS gives
/// is not on record; this one is modelled and has the reason for it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Unreadable {
    /// JSON pointer of the member; empty for the whole body.
    pub at: String,
    /// What is wrong with it.
    pub message: String,
}

impl Unreadable {
    fn new(at: &str, expected: &str) -> Self {
        Self {
            at: at.to_owned(),
            message: format!("Value at '{at}' could not be parsed: expected {expected}"),
        }
    }
}

/// Collects all members of a request. Unknown members and `null` ones are left out, as AWS does.
pub fn decode(
    model: &Model,
    route: &Route<'_, '_>,
    query: &str,
    body: &[u8],
) -> Result<Map<String, Value>, Unreadable> {
    let members = model.members(route.operation.input);
    let mut input = if members.iter().any(|member| member.location == Location::Body) {
        read_body(model, members, body)?
    } else {
        Map::new()
    };
    let query: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((
                percent_decoded(&plus(key), key)?,
                percent_decoded(&plus(value), key)?,
            ))
        })
        .collect::<Result<_, Unreadable>>()?;
    for member in members {
        let texts: Vec<String> = match member.location {
            Location::Body => continue,
            Location::Uri => route
                .labels
                .iter()
                .filter(|(name, _)| *name == member.wire_name)
                .map(|(name, raw)| percent_decoded(raw, name))
                .collect::<Result<_, _>>()?,
            Location::Query => query
                .iter()
                .filter(|(k, _)| *k == member.wire_name)
                .map(|(_, v)| v.clone())
                .collect(),
        };
        if let Some(value) = from_texts(model, member, texts)? {
            input.insert(member.name.clone(), value);
        }
    }
    Ok(input)
}

fn plus(text: &str) -> String {
    text.replace('+', " ")
}

fn percent_decoded(text: &str, name: &str) -> Result<String, Unreadable> {
    let at = pointer("", name);
    let decoded = percent_decode_str(text)
        .decode_utf8()
        .map_err(|_| Unreadable::new(&at, "UTF-8 text"))?;
    Ok(decoded.into_owned())
}

/// A member that travels as text: a list takes every repetition, anything else the first.
fn from_texts(model: &Model, member: &Member, texts: Vec<String>) -> Result<Option<Value>, Unreadable> {
    let at = pointer("", &member.wire_name);
    let kind = model.shape(member.shape).map(|shape| &shape.kind);
    if texts.is_empty() {
        return Ok(None);
    }
    if matches!(kind, Some(Kind::List(_))) {
        return Ok(Some(texts.into()));
    }
    let Some(text) = texts.into_iter().next() else {
        return Ok(None);
    };
    Ok(Some(match kind {
        Some(Kind::Integer) => text
            .parse::<i32>()
            .map_err(|_| Unreadable::new(&at, "an integer"))?
            .into(),
        Some(Kind::Boolean) => text
            .parse::<bool>()
            .map_err(|_| Unreadable::new(&at, "a boolean"))?
            .into(),
        _ => text.into(),
    }))
}

fn read_body(model: &Model, members: &[Member], body: &[u8]) -> Result<Map<String, Value>, Unreadable> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Map::new());
    }
    let body: Value = serde_json::from_slice(body).map_err(|e| Unreadable {
        at: String::new(),
        message: format!("The request body could not be parsed as JSON: {e}"),
    })?;
    let Value::Object(body) = body else {
        return Err(Unreadable {
            at: String::new(),
            message: "The request body could not be parsed: expected a JSON object".to_owned(),
        });
    };
    let travelling = members.iter().filter(|member| member.location == Location::Body);
    structure(model, travelling, body, "")
}

fn structure<'m>(
    model: &Model,
    members: impl Iterator<Item = &'m Member>,
    mut sent: Map<String, Value>,
    at: &str,
) -> Result<Map<String, Value>, Unreadable> {
    let mut read = Map::new();
    for member in members {
        match sent.remove(&member.wire_name) {
            None | Some(Value::Null) => {}
            Some(sent) => {
                let sent = value(model, member.shape, sent, &pointer(at, &member.wire_name))?;
                read.insert(member.name.clone(), sent);
            }
        }
    }
    Ok(read)
}

fn value(model: &Model, id: ShapeId, sent: Value, at: &str) -> Result<Value, Unreadable> {
    let Some(shape) = model.shape(id) else {
        return Ok(sent);
    };
    match (&shape.kind, sent) {
        (Kind::Structure { members, .. }, Value::Object(sent)) => {
            Ok(structure(model, members.iter(), sent, at)?.into())
        }
        (Kind::List(element), Value::Array(sent)) => Ok(sent
            .into_iter()
            .enumerate()
            .map(|(index, sent)| value(model, *element, sent, &pointer(at, &index.to_string())))
            .collect::<Result<Vec<_>, _>>()?
            .into()),
        (Kind::Map { value: element, .. }, Value::Object(sent)) => Ok(sent
            .into_iter()
            .filter(|(_, sent)| !sent.is_null())
            .map(|(name, sent)| {
                let sent = value(model, *element, sent, &pointer(at, &name))?;
                Ok((name, sent))
            })
            .collect::<Result<Map<_, _>, _>>()?
            .into()),
        (Kind::Integer, Value::Number(sent)) if sent.as_i64().is_some_and(|n| i32::try_from(n).is_ok()) => {
            Ok(sent.into())
        }
        (Kind::Timestamp, sent @ (Value::String(_) | Value::Number(_)))
        | (Kind::String, sent @ Value::String(_))
        | (Kind::Boolean, sent @ Value::Bool(_))
        | (Kind::Document, sent) => Ok(sent),
        (kind, _) => Err(Unreadable::new(at, expected(kind))),
    }
}

fn expected(kind: &Kind) -> &'static str {
    match kind {
        Kind::Structure { .. } | Kind::Map { .. } => "a JSON object",
        Kind::List(_) => "a JSON array",
        Kind::String => "a string",
        Kind::Integer => "an integer",
        Kind::Boolean => "a boolean",
        Kind::Timestamp => "a timestamp",
        Kind::Document => "a JSON value",
    }
}

#[cfg(test)]
mod tests {
    use super::super::route;
    use super::*;
    use serde_json::json;

    fn read(method: &str, path: &str, query: &str, body: &str) -> Result<Value, String> {
        let model = Model::load().unwrap();
        let route = route::find(&model, method, path).unwrap();
        decode(&model, &route, query, body.as_bytes())
            .map(Value::Object)
            .map_err(|e| e.to_string())
    }

    #[test]
    fn labels_query_and_body_become_one_value() {
        assert_eq!(
            read(
                "POST",
                "/policy-engines/e%2D1/policies",
                "",
                r#"{"name":"a","x":1,"description":null}"#
            ),
            Ok(json!({"policyEngineId": "e-1", "name": "a"}))
        );
        assert_eq!(
            read(
                "GET",
                "/policy-engines/",
                "maxResults=7&nextToken=a%3Db&other=1",
                ""
            ),
            Ok(json!({"maxResults": 7, "nextToken": "a=b"}))
        );
        assert_eq!(
            read("DELETE", "/tags/arn%3Aaws%2Fx", "tagKeys=k&tagKeys=j+1", ""),
            Ok(json!({"resourceArn": "arn:aws/x", "tagKeys": ["k", "j 1"]}))
        );
        assert_eq!(
            read("DELETE", "/tags/a", "tagKeys=", ""),
            Ok(json!({"resourceArn": "a", "tagKeys": [""]}))
        );
    }

    #[test]
    fn the_one_renamed_member_is_known_inside_by_its_model_name() {
        let body = r#"{"domainOverride":{"default":"a.b","defaultDomain":"c.d"}}"#;
        assert_eq!(
            read("POST", "/gateways", "", body),
            Ok(json!({"domainOverride": {"defaultDomain": "a.b"}}))
        );
    }

    #[test]
    fn wrong_types_say_where_and_what_was_expected() {
        for (body, text) in [
            (
                r#"{"name":1}"#,
                "Value at '/name' could not be parsed: expected a string",
            ),
            (
                r#"{"definition":{"cedar":"x"}}"#,
                "Value at '/definition/cedar' could not be parsed: expected a JSON object",
            ),
            (
                "[]",
                "The request body could not be parsed: expected a JSON object",
            ),
        ] {
            assert_eq!(
                read("POST", "/policy-engines/e/policies", "", body),
                Err(text.to_owned())
            );
        }
        assert!(
            read("POST", "/policy-engines", "", "{\"name\"")
                .unwrap_err()
                .starts_with(
                    "The request body could not be parsed as JSON: EOF while parsing an object at line 1"
                )
        );
        for number in ["x", "", "1.5", "99999999999"] {
            assert_eq!(
                read("GET", "/policy-engines", &format!("maxResults={number}"), ""),
                Err("Value at '/maxResults' could not be parsed: expected an integer".to_owned())
            );
        }
        assert_eq!(
            read("GET", "/policy-engines/%ff", "", ""),
            Err("Value at '/policyEngineId' could not be parsed: expected UTF-8 text".to_owned())
        );
    }

    #[test]
    fn an_operation_without_body_members_does_not_look_at_the_body() {
        assert_eq!(
            read("DELETE", "/policy-engines/e", "", "not json"),
            Ok(json!({"policyEngineId": "e"}))
        );
    }
}
