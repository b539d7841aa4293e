//! Anything at all, and what is nearly a request: read and checked without a fault.
//!
//! `__fuzz__` holds the seeds. Each test runs them and then edits of them for a moment, or for as long as
//! `BOLERO_RANDOM_TEST_TIME_MS` says (`make fuzz`).

use super::*;
use crate::backend::wire::route::Route;
use crate::backend::wire::{decode, page, route};
use crate::model::edited;
use serde_json::Map;
use std::sync::LazyLock;
use std::time::Duration;

/// Tokens that never end.
const SEAL: page::Seal<'_> = page::Seal {
    key: "key",
    now: 0,
    lifetime: None,
};

static MODEL: LazyLock<Model> = LazyLock::new(|| Model::load().unwrap());
const MOMENT: Duration = Duration::from_millis(300);
/// Characters of a message that names what is wrong with a request of a few kilobytes.
const LONGEST_MESSAGE: usize = 100_000;

const BODIES: [&str; 3] = [
    include_str!("__fuzz__/bodies/corpus/policy.json"),
    include_str!("__fuzz__/bodies/corpus/gateway.json"),
    include_str!("__fuzz__/bodies/corpus/target.json"),
];
const URIS: [&str; 3] = [
    include_str!("__fuzz__/uris/corpus/list"),
    include_str!("__fuzz__/uris/corpus/tags"),
    include_str!("__fuzz__/uris/corpus/target"),
];
const TOKENS: [&str; 2] = [
    include_str!("__fuzz__/tokens/corpus/page"),
    include_str!("__fuzz__/tokens/corpus/client"),
];

/// Reads and checks a request; a message about it is bounded.
fn take(route: &Route<'_, '_>, query: &str, body: &[u8]) {
    let message = match decode::decode(&MODEL, route, query, body) {
        Ok(input) => check(&MODEL, route.operation.input, &Value::Object(input)).message(),
        Err(unreadable) => Some(unreadable.to_string()),
    };
    assert!(message.is_none_or(|message| message.len() < LONGEST_MESSAGE));
}

#[test]
fn fuzz_bodies() {
    let test = bolero::check!(name = "bodies");
    test.with_test_time(MOMENT).for_each(|input: &[u8]| {
        for body in [input, edited(&BODIES, input).as_bytes()] {
            for operation in MODEL.operations() {
                let labels = operation.path.iter().filter_map(|segment| match segment {
                    Segment::Label(name) => Some((name.as_str(), "engine-0123456789")),
                    Segment::Literal(_) => None,
                });
                let labels = labels.collect();
                take(&Route { operation, labels }, "", body);
            }
        }
    });
}

#[test]
fn fuzz_uris() {
    let test = bolero::check!(name = "uris");
    test.with_test_time(MOMENT).for_each(|input: &[u8]| {
        for uri in [String::from_utf8_lossy(input).into_owned(), edited(&URIS, input)] {
            let (path, query) = uri.split_once('?').unwrap_or((&uri, ""));
            for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
                if let Some(route) = route::find(&MODEL, method, path) {
                    take(&route, query, b"{}");
                }
            }
        }
    });
}

/// Only a token that was sealed is opened, and sealing what it held gives it again.
#[test]
fn fuzz_tokens() {
    let client_token = MODEL
        .operations()
        .iter()
        .find(|operation| operation.name == "CreatePolicyEngine")
        .unwrap();
    let test = bolero::check!(name = "tokens");
    test.with_test_time(MOMENT).for_each(|input: &[u8]| {
        for token in [
            String::from_utf8_lossy(input).into_owned(),
            edited(&TOKENS, input),
        ] {
            for operation in MODEL.operations() {
                let Some(paginator) = &operation.paginator else {
                    continue;
                };
                let mut members = Map::from_iter([(paginator.input_token.clone(), json!(token))]);
                if let Ok(scope) = page::open(SEAL, operation, paginator, &mut members) {
                    let mut output =
                        json!({paginator.output_token.as_str(): members[&paginator.input_token]});
                    page::close(SEAL, &scope, paginator, &mut output);
                    assert_eq!(output[&paginator.output_token], json!(token));
                    assert_eq!(token, TOKENS[0], "nobody can make one up");
                }
            }
            let plain = |byte: u8| byte.is_ascii_alphanumeric();
            let taken = (33..=256).contains(&token.len())
                && token.bytes().all(|byte| plain(byte) || byte == b'-')
                && token.bytes().next().is_some_and(plain)
                && token.bytes().last().is_some_and(plain);
            let request = json!({"name": "a", "clientToken": token});
            assert_eq!(
                check(&MODEL, client_token.input, &request).message().is_none(),
                taken,
                "{token:?}"
            );
        }
    });
}

#[test]
fn the_seed_of_a_page_token_is_one_that_is_taken() {
    let operation = MODEL
        .operations()
        .iter()
        .find(|operation| operation.name == "ListPolicyEngines")
        .unwrap();
    let paginator = operation.paginator.as_ref().unwrap();
    let scope = page::open(SEAL, operation, paginator, &mut Map::new()).unwrap();
    let mut output = json!({paginator.output_token.as_str(): "1700000000000000,engine-0123456789"});
    page::close(SEAL, &scope, paginator, &mut output);
    assert_eq!(output[&paginator.output_token], json!(TOKENS[0]));
}
