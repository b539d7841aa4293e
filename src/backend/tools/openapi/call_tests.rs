//! What is formed into arguments is parted again into the request that the document describes.

use super::call::{CallError, Request};
use super::*;
use percent_encoding::percent_decode_str;
use proptest::prelude::*;
use serde_json::{Map, json};

const SERVER: &str = "https://api.example.com/base/v1";

/// An argument: its name, where it goes, and its value.
#[derive(Clone, Debug)]
struct Given {
    name: String,
    within: &'static str,
    value: Value,
}

/// What means something somewhere.
const PIECES: [&str; 25] = [
    ".", "..", "/", "\\", "%2e", "%2F", "%", "?", "#", "&", "=", ";", ",", ":", "@", " ", "+", "\t", "\r\n",
    "\0", "{p0}", "ä", "a", "\u{2028}", "\"",
];

/// Text that means something in URLs, headers and cookies.
fn evil() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::collection::vec(prop::sample::select(&PIECES[..]), 0..6).prop_map(|pieces| pieces.concat()),
        ".{0,12}",
        "[a-z0-9]{1,8}",
    ]
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        evil().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        (-1.0e9..1.0e9_f64).prop_map(Value::from),
    ]
}

fn value(within: &'static str) -> BoxedStrategy<Value> {
    let list = prop::collection::vec(scalar(), 1..4).prop_map(Value::from);
    match within {
        "cookie" => scalar().boxed(),
        "member" => {
            let object = prop::collection::btree_map(evil(), scalar(), 0..3).prop_map(|map| json!(map));
            prop_oneof![scalar(), list, object, Just(Value::Null)].boxed()
        }
        _ => prop_oneof![scalar(), list].boxed(),
    }
}

fn given() -> impl Strategy<Value = Vec<Given>> {
    let places = prop::sample::select(&["path", "query", "header", "cookie", "member"][..]);
    let odd = prop::sample::select(&["", " b", "&b=c", "ä", "[]", "/..", ";", "%41", "+"][..]);
    let one = (places, odd).prop_flat_map(|(within, odd)| {
        let name = match within {
            "path" => "p".to_owned(),
            "header" => "X-H".to_owned(),
            _ => format!("n{odd}"),
        };
        value(within).prop_map(move |value| (name.clone(), within, value))
    });
    prop::collection::vec(one, 0..7).prop_map(|all| {
        let numbered = all.into_iter().enumerate();
        let given = numbered.map(|(index, (name, within, value))| Given {
            name: format!("{name}{index}"),
            within,
            value,
        });
        given.collect()
    })
}

/// The document of one operation with these arguments; each in the path is a segment behind `at`.
fn document(given: &[Given]) -> Value {
    let in_path = given.iter().filter(|given| given.within == "path");
    let path = in_path.fold(String::new(), |path, given| {
        format!("{path}/at/{{{}}}", given.name)
    });
    let parameters: Vec<Value> = given
        .iter()
        .filter(|given| given.within != "member")
        .map(|given| json!({"name": given.name, "in": given.within, "schema": {}}))
        .collect();
    let members = given.iter().filter(|given| given.within == "member");
    let members: Map<String, Value> = members.map(|given| (given.name.clone(), json!({}))).collect();
    let mut operation = json!({"operationId": "do", "parameters": parameters});
    if !members.is_empty() {
        operation["requestBody"] =
            json!({"content": {"application/json": {"schema": {"properties": members}}}});
    }
    json!({
        "openapi": "3.1.0", "servers": [{"url": SERVER}], "paths": {format!("{path}/end"): {"put": operation}},
    })
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn texts(value: &Value) -> Vec<String> {
    value
        .as_array()
        .map_or_else(|| vec![text(value)], |list| list.iter().map(text).collect())
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8().unwrap().into_owned()
}

/// What a server makes of a request: the texts of one argument, or the value of a member.
fn parted(request: &Request, given: &[Given], argument: &Given) -> Value {
    let name = argument.name.as_str();
    match argument.within {
        "path" => {
            let order: Vec<&str> = given
                .iter()
                .filter(|given| given.within == "path")
                .map(|given| given.name.as_str())
                .collect();
            let index = order.iter().position(|known| *known == name).unwrap();
            // Behind `/base/v1`, each with its `/at/`.
            let segment = request.url.path().split('/').nth(3 + 2 * index + 1).unwrap();
            json!(segment.split(',').map(decoded).collect::<Vec<_>>())
        }
        "query" => {
            let pairs = request.url.query_pairs().filter(|(known, _)| known == name);
            json!(pairs.map(|(_, text)| text.into_owned()).collect::<Vec<_>>())
        }
        "header" => {
            let text = request.headers.get(name).unwrap().to_str().unwrap();
            if argument.value.is_array() {
                json!(text.split(',').collect::<Vec<_>>())
            } else {
                json!([text])
            }
        }
        "cookie" => {
            let cookies = request.headers.get("cookie").unwrap().to_str().unwrap();
            let pairs = cookies.split("; ").map(|pair| pair.split_once('=').unwrap());
            let pairs = pairs.filter(|(known, _)| decoded(known) == name);
            json!(pairs.map(|(_, text)| decoded(text)).collect::<Vec<_>>())
        }
        _ => request.body.as_ref().unwrap().get(name).unwrap().clone(),
    }
}

/// The request, or why there is none.
fn request(document: &Value, arguments: &Map<String, Value>) -> Result<Request, CallError> {
    let mut all = calls(document).unwrap();
    let call = all.remove("do").unwrap();
    assert_eq!(call.server(), SERVER);
    call.request(&Url::parse(SERVER).unwrap(), arguments)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn what_is_formed_is_parted_again(given in given()) {
        let document = document(&given);
        // The arguments are those that the tool was listed with.
        let tool = tools("T", &document).unwrap().remove(0);
        let names: Vec<&String> = tool.input["properties"].as_object().unwrap().keys().collect();
        prop_assert_eq!(names.len(), given.len());
        let arguments: Map<String, Value> = given.iter().map(|given| (given.name.clone(), given.value.clone())).collect();
        prop_assert!(names.iter().all(|name| arguments.contains_key(*name)));
        let request = match request(&document, &arguments) {
            Ok(request) => request,
            // Only a path or a header can be what no argument may be.
            Err(CallError::Invalid(why)) => {
                prop_assert!(given.iter().any(|given| matches!(given.within, "path" | "header")), "{}", why);
                return Ok(());
            }
            Err(error) => panic!("{error:?}"),
        };
        for argument in &given {
            let expected = match argument.within {
                "member" => argument.value.clone(),
                _ => json!(texts(&argument.value)),
            };
            prop_assert_eq!(parted(&request, &given, argument), expected, "{:?}", argument);
        }
        // Nothing else is there.
        let count = |within: &str| given.iter().filter(|given| given.within == within).count();
        let path: Vec<&str> = request.url.path().split('/').collect();
        prop_assert_eq!(path.len(), 4 + 2 * count("path"));
        prop_assert_eq!((&path[..3], path.last()), (&["", "base", "v1"][..], Some(&"end")));
        prop_assert_eq!(request.url.origin(), Url::parse(SERVER).unwrap().origin());
        prop_assert_eq!((request.url.username(), request.url.fragment()), ("", None));
        let pairs: usize = given.iter().filter(|given| given.within == "query").map(|given| texts(&given.value).len()).sum();
        prop_assert_eq!(request.url.query_pairs().count(), pairs);
        let others = usize::from(count("cookie") > 0) + usize::from(count("member") > 0);
        prop_assert_eq!(request.headers.len(), count("header") + others);
        prop_assert_eq!(request.body.map_or(0, |body| body.as_object().unwrap().len()), count("member"));
    }

    /// Whatever it is: it is a text in its own segment, or it is refused.
    #[test]
    fn no_text_leaves_its_segment(before in evil(), after in evil()) {
        let document = json!({
            "openapi": "3.1.0", "servers": [{"url": SERVER}],
            "paths": {"/a/{x}{y}/b": {"get": {"operationId": "do", "parameters": [
                {"name": "x", "in": "path", "schema": {}}, {"name": "y", "in": "path", "schema": {}},
            ]}}},
        });
        let arguments = Map::from_iter([("x".to_owned(), json!(before)), ("y".to_owned(), json!(after))]);
        if let Ok(request) = request(&document, &arguments) {
            let path: Vec<&str> = request.url.path().split('/').collect();
            prop_assert_eq!((&path[..4], &path[5..]), (&["", "base", "v1", "a"][..], &["b"][..]));
            prop_assert_eq!(decoded(path[4]), format!("{before}{after}"));
            prop_assert!(!matches!(decoded(path[4]).as_str(), "." | ".."));
            let server_side = decoded(request.url.path()).replace('\\', "/");
            prop_assert!(!server_side.split('/').any(|piece| piece == ".."), "{}", server_side);
        }
    }
}

fn body_of(members: &Value) -> Value {
    json!({"openapi": "3.0.0", "servers": [{"url": SERVER}], "paths": {"/x/{id}": {"post": {
        "operationId": "do",
        "parameters": [{"name": "id", "in": "path", "schema": {"type": "string"}}],
        "requestBody": members,
    }}}})
}

fn sent(document: &Value, arguments: &Value) -> Result<Option<Value>, CallError> {
    request(document, arguments.as_object().unwrap()).map(|request| request.body)
}

#[test]
fn a_body_is_what_the_document_makes_of_it() {
    let json = |required: bool, schema: Value| {
        body_of(&json!({"required": required, "content": {"application/*": {"schema": schema}}}))
    };
    let list = json(true, json!({"type": "array", "items": {"type": "integer"}}));
    assert_eq!(
        sent(&list, &json!({"id": "7", "body": [1, 2]})),
        Ok(Some(json!([1, 2])))
    );
    assert_eq!(
        sent(&list, &json!({"id": "7", "body": null})),
        Ok(Some(Value::Null))
    );
    assert_eq!(
        sent(&list, &json!({"id": "7"})),
        Err(CallError::Missing(vec!["body".to_owned()]))
    );
    // One argument fills both.
    let both = json(
        false,
        json!({"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}, "a": {}}}),
    );
    assert_eq!(sent(&both, &json!({"id": "7"})), Ok(Some(json!({"id": "7"}))));
    let optional = json(false, json!({"properties": {"a": {}}}));
    assert_eq!(sent(&optional, &json!({"id": "7"})), Ok(None));
    assert_eq!(
        sent(&json(true, json!({"properties": {"a": {}}})), &json!({"id": "7"})),
        Ok(Some(json!({})))
    );
    // Others are members when the document says that there may be any.
    let unknown = CallError::Invalid("Unknown field(s): 'b'".to_owned());
    assert_eq!(sent(&optional, &json!({"id": "7", "b": 1})), Err(unknown.clone()));
    let closed = json(
        false,
        json!({"properties": {"a": {}}, "additionalProperties": false}),
    );
    assert_eq!(sent(&closed, &json!({"id": "7", "b": 1})), Err(unknown.clone()));
    let open = json(
        false,
        json!({"properties": {"a": {}}, "additionalProperties": {"type": "integer"}}),
    );
    assert_eq!(
        sent(&open, &json!({"id": "7", "a": 2, "b": 1})),
        Ok(Some(json!({"a": 2, "b": 1})))
    );
    let map = json(false, json!({"type": "object", "additionalProperties": true}));
    assert_eq!(sent(&map, &json!({"id": "7", "b": 1})), Err(unknown));
    let whole = request(&list, json!({"id": "7", "body": []}).as_object().unwrap()).unwrap();
    assert_eq!(whole.headers["content-type"], "application/json");
}

#[test]
fn the_nearest_server_counts_with_the_usual_values_of_its_variables() {
    let server = |url: &str| json!([{"url": url, "variables": {"stage": {"default": "prod"}, "other": {"enum": ["x"]}}}]);
    let document = json!({
        "openapi": "3.0.0", "servers": server("https://{stage}.a/{stage}/{other}"),
        "paths": {
            "/a": {"get": {"operationId": "a"}, "put": {"operationId": "b", "servers": server("https://b")}},
            "/c": {"servers": server("https://c"), "get": {"operationId": "c"}, "put": {"operationId": "d", "servers": server("https://d")}},
        },
    });
    let calls = calls(&document).unwrap();
    let of = |name: &str| calls[name].server().to_owned();
    assert_eq!(of("a"), "https://prod.a/prod/{other}");
    assert_eq!(
        (of("b"), of("c"), of("d")),
        (
            "https://b".to_owned(),
            "https://c".to_owned(),
            "https://d".to_owned()
        )
    );
}

#[test]
fn a_path_of_a_document_that_leads_elsewhere_is_refused() {
    for (path, expected) in [
        ("/a/../admin", None),
        ("/a/%2e%2E/admin", None),
        ("/a/./b", None),
        ("/..", None),
        ("/a b/c?d=e#f\\g", Some("/base/v1/a%20b/c%3Fd=e%23f%5Cg")),
        ("a//b/", Some("/base/v1/a//b/")),
        ("/", Some("/base/v1/")),
    ] {
        let document = json!({"openapi": "3.0.0", "servers": [{"url": SERVER}], "paths": {path: {"get": {"operationId": "do"}}}});
        let request = request(&document, &Map::new());
        assert_eq!(
            request.as_ref().ok().map(|request| request.url.path()),
            expected,
            "{path}"
        );
    }
}
