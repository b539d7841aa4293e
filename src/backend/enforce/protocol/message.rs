//! One JSON-RPC 2.0 message of a client, read strictly.

use super::error::RpcError;
use super::json;
use serde_json::{Map, Value};

/// Members of a message.
const MEMBERS: [&str; 6] = ["jsonrpc", "id", "method", "params", "result", "error"];
/// Longest name of a method in bytes.
const LONGEST_METHOD: usize = 128;
/// Longest text of an id in bytes.
const LONGEST_ID: usize = 512;

/// What a client says.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// It wants an answer.
    Request(Request),
    /// It wants none.
    Notification {
        /// What it is about.
        method: String,
        /// What it says.
        params: Map<String, Value>,
    },
    /// It answers something; this server asks nothing.
    Answer,
}

/// A request.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// A string or an integer.
    pub id: Value,
    /// What is wanted.
    pub method: String,
    /// With what.
    pub params: Map<String, Value>,
}

/// Why a body is no message, and which id it has as far as that could be read.
#[derive(Clone, Debug, PartialEq)]
pub struct Unreadable {
    /// The id, or null.
    pub id: Value,
    /// What is wrong.
    pub error: RpcError,
}

impl Unreadable {
    fn new(id: Value, error: RpcError) -> Box<Self> {
        Box::new(Self { id, error })
    }
}

impl Message {
    /// Reads a body. An array is refused, whatever is in it: a batch could carry a call past the policies (reliability.md
    /// 8.1), and no current version of the protocol has them.
    ///
    /// # Errors
    /// What JSON-RPC calls it.
    pub fn read(body: &[u8]) -> Result<Self, Box<Unreadable>> {
        let value = json::parse(body).map_err(|error| {
            let told = format!("Parse error: {error}");
            Unreadable::new(Value::Null, RpcError::parse(told))
        })?;
        let invalid = |id: Value, why: &str| Unreadable::new(id, RpcError::invalid_request(why));
        let mut members = match value {
            Value::Object(members) => members,
            Value::Array(_) => {
                return Err(invalid(
                    Value::Null,
                    "Batches are not supported; send one message",
                ));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                return Err(invalid(Value::Null, "A message is a JSON object"));
            }
        };
        let id = members.remove("id");
        let known = id.as_ref().filter(|id| is_id(id)).cloned().unwrap_or_default();
        let refused = |why: &str| invalid(known.clone(), why);
        if id.as_ref().is_some_and(|id| !is_id(id)) {
            return Err(refused("The id must be a string or an integer"));
        }
        if let Some(other) = members.keys().find(|name| !MEMBERS.contains(&name.as_str())) {
            let name: String = other.chars().take(64).collect();
            return Err(refused(&format!("A message has no member {name:?}")));
        }
        if members.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
            return Err(refused("The member jsonrpc must be \"2.0\""));
        }
        let answers = members.contains_key("result") || members.contains_key("error");
        let method = match (members.remove("method"), answers) {
            (None, true) if id.is_some() => return Ok(Self::Answer),
            (Some(Value::String(method)), false) if (1..=LONGEST_METHOD).contains(&method.len()) => method,
            _ => {
                return Err(refused(
                    "The member method must name what is wanted, and nothing else be there",
                ));
            }
        };
        let params = match members.remove("params") {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(params)) => params,
            Some(_) => {
                let error = RpcError::invalid_params("The member params must be an object");
                return Err(Unreadable::new(known, error));
            }
        };
        Ok(match id {
            Some(id) => Self::Request(Request { id, method, params }),
            None => Self::Notification { method, params },
        })
    }
}

/// Whether a value may be the id of a message (MCP: "MUST NOT be null").
fn is_id(id: &Value) -> bool {
    match id {
        Value::String(text) => text.len() <= LONGEST_ID,
        Value::Number(number) => number.is_i64() || number.is_u64(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn refused(body: &str) -> (Value, i64) {
        let refused = Message::read(body.as_bytes()).expect_err(body);
        (refused.id, refused.error.code)
    }

    #[test]
    fn a_request_a_notification_and_an_answer_are_told_apart() {
        let read = |body: Value| Message::read(body.to_string().as_bytes()).unwrap();
        for id in [json!(1), json!("a"), json!(-7), json!("")] {
            assert_eq!(
                read(json!({"jsonrpc": "2.0", "id": id, "method": "m", "params": {"a": [1]}})),
                Message::Request(Request {
                    id,
                    method: "m".to_owned(),
                    params: Map::from_iter([("a".to_owned(), json!([1]))]),
                })
            );
        }
        assert!(matches!(
            read(json!({"jsonrpc": "2.0", "method": "m"})),
            Message::Notification { .. }
        ));
        assert_eq!(
            read(json!({"jsonrpc": "2.0", "id": 1, "result": {}})),
            Message::Answer
        );
    }

    #[test]
    fn a_batch_is_refused_with_anything_in_it() {
        let call = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call"}"#;
        for body in ["[]", &format!("[{call}]"), &format!("  [{call},{call}]")] {
            assert_eq!(refused(body), (Value::Null, -32600), "{body}");
        }
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        for (body, id, code) in [
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}"#,
                json!(null),
                -32700,
            ),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"ping","Method":"tools/call"}"#,
                json!(1),
                -32600,
            ),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"m","Params":{}}"#,
                json!(1),
                -32600,
            ),
            (
                r#"{"jsonrpc":"2.0","id":1,"ID":2,"method":"m"}"#,
                json!(1),
                -32600,
            ),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"m","result":{}}"#,
                json!(1),
                -32600,
            ),
            (r#"{"jsonrpc":"2.0","id":null,"method":"m"}"#, json!(null), -32600),
            (r#"{"jsonrpc":"2.0","id":1.5,"method":"m"}"#, json!(null), -32600),
            (r#"{"jsonrpc":"2.0","id":[1],"method":"m"}"#, json!(null), -32600),
            (r#"{"jsonrpc":"1.0","id":1,"method":"m"}"#, json!(1), -32600),
            (r#"{"id":1,"method":"m"}"#, json!(1), -32600),
            (r#"{"jsonrpc":"2.0","id":1}"#, json!(1), -32600),
            (r#"{"jsonrpc":"2.0","id":1,"method":7}"#, json!(1), -32600),
            (r#"{"jsonrpc":"2.0","id":1,"method":""}"#, json!(1), -32600),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"m","params":[1]}"#,
                json!(1),
                -32602,
            ),
            (r#"{"jsonrpc":"2.0","id":1,"method":"m"}{}"#, json!(null), -32700),
            ("1", json!(null), -32600),
            ("", json!(null), -32700),
        ] {
            assert_eq!(refused(body), (id, code), "{body}");
        }
        let long = json!({"jsonrpc": "2.0", "id": "x".repeat(600), "method": "m"}).to_string();
        assert_eq!(refused(&long), (Value::Null, -32600));
    }

    proptest! {
        #[test]
        fn no_body_makes_it_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
            drop(Message::read(&body));
        }
    }
}
