//! service.md 10.5 and 11.1: what arguments become, and what is said of those that are not of the schema.

use super::*;
use crate::cedar::RequestError;
use crate::cedar::authorize::words::Words;
use cedar_policy_core::ast;
use cedar_policy_core::extensions::Extensions;

/// One property of every form.
fn everything() -> Value {
    json!({
        "properties": {
            "flag": {"type": "boolean"},
            "count": {"type": "integer"},
            "price": {"type": "number"},
            "text": {"type": "string"},
            "exact": {"type": "string", "format": "decimal"},
            "day": {"type": "string", "format": "date"},
            "when": {"type": "string", "format": "date-time"},
            "while": {"type": "string", "format": "duration"},
            "from": {"type": "string", "format": "ipv4"},
            "mode": {"type": "string", "enum": ["a", "b"]},
            "nothing": {"type": "null"},
            "any": {},
            "list": {"type": "array", "items": {"type": "number"}},
            "pair": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "items": false},
            "place": {"type": "object", "properties": {"zip": {"type": "string"}, "at": {"$ref": "#/$defs/at"}}},
            "labels": {
                "type": "object",
                "properties": {"owner": {"type": "string"}},
                "additionalProperties": {"type": "integer"},
            },
            "maybe": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "one": {"oneOf": [
                {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]},
                {"type": "object", "properties": {"b": {"type": "integer"}}, "required": ["b"]},
            ]},
            "either": {"type": ["integer", "string"]},
        },
        "required": ["text"],
        "$defs": {"at": {"type": "object", "properties": {"floor": {"type": "integer"}}}},
    })
}

/// Arguments that are all there.
fn complete() -> Value {
    json!({
        "flag": true, "count": 7, "price": 12.345_678, "text": "x", "exact": "1.5", "day": "2026-02-24",
        "when": "2026-02-24T13:00:00.123456+01:00", "while": "P1DT2H3M4.5S", "from": "10.1.2.3", "mode": "b",
        "nothing": null, "any": {"x": 1}, "list": [1, 2.5], "pair": ["p", 2],
        "place": {"zip": "8001", "at": {"floor": 3}}, "labels": {"owner": "me", "size": 3},
        "maybe": "m", "one": {"b": 2}, "either": "e",
    })
}

fn authorizer_of(input: Value) -> (Authorizer, Schema) {
    let schema = Schema::of(&[tool("odd", input)]).expect("it fits");
    let authorizer = Authorizer::new(GATEWAY).expect("Cedar reads its own names");
    authorizer.offer(&schema).expect("they are tools");
    (authorizer, schema)
}

/// What a condition comes to with these arguments: whether it holds, or Cedar's error.
fn holds(value: Value, condition: &str) -> Result<bool, String> {
    let (authorizer, _) = authorizer_of(everything());
    authorizer
        .apply([put("p", &statement("permit", None, condition), Mode::Active)])
        .expect("it is a statement");
    let (snapshot, arguments) = (authorizer.snapshot(), arguments(value));
    let call = Call {
        tool: "Refund___odd",
        arguments: &arguments,
        now: NOW,
    };
    let response = snapshot
        .request(&user(&[]), call)
        .map_err(|error| error.to_string())?
        .decide();
    match response.mismatched.first() {
        Some(mismatch) => Err(mismatch.error.clone()),
        None => Ok(!response.determining.is_empty()),
    }
}

#[test]
fn every_form_of_argument_becomes_what_the_schema_says() {
    for condition in [
        "context.input.flag",
        "context.input.count == 7",
        "context.input.price == decimal(\"12.3456\")",
        "context.input.text == \"x\"",
        "context.input.exact.lessThan(decimal(\"1.6\"))",
        "context.input.day == datetime(\"2026-02-24\")",
        "context.input.when == datetime(\"2026-02-24T12:00:00.123Z\")",
        "context.input.while == duration(\"1d2h3m4s500ms\")",
        "context.input.from.isInRange(ip(\"10.0.0.0/8\"))",
        "context.input.mode == AgentCore::Refund___odd_Input_mode::\"b\"",
        "context.input.nothing is AgentCore::Null",
        "context.input.any is AgentCore::Unknown",
        "context.input.list == [decimal(\"1.0\"), decimal(\"2.5\")]",
        "context.input.pair.proj0 == \"p\" && context.input.pair.proj1 == 2",
        "context.input.place.zip == \"8001\" && context.input.place.at.floor == 3",
        "context.input.labels.owner == \"me\" && context.input.labels.getTag(\"size\") == 3",
        "!context.input.labels.hasTag(\"owner\")",
        "context.input.maybe.typeChoice0 == \"m\"",
        "!(context.input.one has typeChoice0) && context.input.one.typeChoice1.b == 2",
        "context.input.either.typeChoice1 == \"e\"",
        "context.system.now == datetime(\"2026-02-24T12:00:00Z\")",
    ] {
        assert_eq!(holds(complete(), condition), Ok(true), "{condition}");
    }
}

#[test]
fn what_arguments_become_is_of_the_types_that_policies_are_validated_against() {
    let (authorizer, schema) = authorizer_of(everything());
    let reduced = schema.reduced_to("Refund___odd", []).expect("Cedar reads it");
    let validator: &cedar_policy_core::validator::ValidatorSchema = reduced.validator.schema().as_ref();
    let (snapshot, words) = (
        authorizer.snapshot(),
        Words::get().expect("Cedar reads its own names"),
    );
    let fits = |value: Value| {
        let arguments = arguments(value);
        let call = Call {
            tool: "Refund___odd",
            arguments: &arguments,
            now: NOW,
        };
        let request = snapshot.request(&user(&[]), call).expect("it is a request");
        let uid = |uid: &ast::EntityUID| (uid.clone(), None);
        let checked = ast::Request::new(
            uid(user(&[]).entity.uid()),
            uid(&request.tool.uid),
            (super::super::words::uid(&words.gateway, GATEWAY), None),
            request.context,
            Some(validator),
            Extensions::all_available(),
        );
        checked.map(drop).map_err(|error| error.to_string())
    };
    assert_eq!(fits(complete()), Ok(()));
    assert_eq!(
        fits(json!({"text": "y", "maybe": null, "one": {"a": 1}, "either": 3, "labels": {}})),
        Ok(())
    );
    fits(json!({"text": "y", "injected": 1})).expect_err("no schema has it");
}

#[test]
fn numbers_and_texts_become_what_they_are() {
    for (value, condition) in [
        (json!({"count": 7.0}), "context.input.count == 7"),
        (json!({"price": 3}), "context.input.price == decimal(\"3.0\")"),
        (
            json!({"price": -0.000_09}),
            "context.input.price == decimal(\"0.0\")",
        ),
        (
            json!({"price": 1e3}),
            "context.input.price == decimal(\"1000.0\")",
        ),
        (
            json!({"when": "2026-02-24t12:00:00z"}),
            "context.input.when == datetime(\"2026-02-24T12:00:00Z\")",
        ),
        (
            json!({"when": "2026-02-24 12:00:00.5"}),
            "context.input.when == datetime(\"2026-02-24T12:00:00.500Z\")",
        ),
        (
            json!({"while": "P2W"}),
            "context.input.while == duration(\"14d\")",
        ),
        (
            json!({"while": "P1Y1M"}),
            "context.input.while == duration(\"395d\")",
        ),
        (
            json!({"while": "PT0S"}),
            "context.input.while == duration(\"0ms\")",
        ),
        (
            json!({"from": "::ffff:10.0.0.1"}),
            "context.input.from == ip(\"10.0.0.1\")",
        ),
        (
            json!({"from": "10.0.0.0/8"}),
            "context.input.from == ip(\"10.0.0.0/8\")",
        ),
        (
            json!({"maybe": null}),
            "context.input.maybe.typeChoice1 is AgentCore::Null",
        ),
    ] {
        assert_eq!(holds(value.clone(), condition), Ok(true), "{value} {condition}");
    }
}

/// service.md 11.1: neither stripped nor checked; 11.5: what is missing is told by the tool.
#[test]
fn what_the_schema_does_not_name_is_there_and_what_is_missing_is_not() {
    let injected = json!({"text": "x", "geography": "EU", "deep": {"list": [1, {"n": 1.5}], "none": null}, "place": {"more": 1}});
    for condition in [
        "context.input.geography == \"EU\"",
        "context.input.deep.list.contains(1) && context.input.deep.list.contains({n: decimal(\"1.5\")})",
        "context.input.deep.none is AgentCore::Null",
        "context.input.place.more == 1",
    ] {
        assert_eq!(holds(injected.clone(), condition), Ok(true), "{condition}");
    }
    assert_eq!(holds(json!({}), "context.input has text"), Ok(false));
    assert_eq!(
        holds(json!({}), "context.input.text == \"x\""),
        Err("record does not have the attribute `text`".to_owned())
    );
}

#[test]
fn an_argument_that_is_not_of_the_schema_is_told_with_its_place() {
    let mut told = Vec::new();
    for value in [
        json!({"flag": "true"}),
        json!({"count": "7"}),
        json!({"count": 7.5}),
        json!({"count": 9_223_372_036_854_775_808_u64}),
        json!({"price": 1e30}),
        json!({"text": null}),
        json!({"exact": "1.23456"}),
        json!({"day": "24.2.2026"}),
        json!({"when": "2026-02-30T12:00:00Z"}),
        json!({"when": "2026-02-24T12:00:00.Z"}),
        json!({"while": "P"}),
        json!({"while": "1h"}),
        json!({"from": "10.0.0.256"}),
        json!({"mode": "c"}),
        json!({"nothing": 0}),
        json!({"list": [1, 2, "3"]}),
        json!({"pair": ["p"]}),
        json!({"place": {"at": {"floor": "first"}}}),
        json!({"labels": {"a/b~c": "x"}}),
        json!({"maybe": 3}),
        json!({"one": {"c": 1}}),
        json!({"injected": {"n": 1e300}}),
    ] {
        let error = holds(value.clone(), "true").expect_err("it is not of the schema");
        told.push(format!("{value}\n  {error}"));
    }
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn arguments_end_at_a_depth() {
    let nested = |levels: usize| (0..levels).fold(json!(1), |inner, _| json!([inner]));
    assert_eq!(
        holds(json!({"deep": nested(127)}), "context.input has deep"),
        Ok(true)
    );
    let error = holds(json!({"deep": nested(128)}), "true").expect_err("it is too deep");
    assert!(
        error.ends_with(" is deeper, and must be nested at most 128 levels deep"),
        "{error}"
    );
}

#[test]
fn a_moment_that_cedar_does_not_know_is_told() {
    let (authorizer, _) = authorizer_of(json!({}));
    let (snapshot, arguments) = (authorizer.snapshot(), Map::new());
    let call = Call {
        tool: "Refund___odd",
        arguments: &arguments,
        now: i64::MAX,
    };
    let refused = snapshot.request(&user(&[]), call).map(|_| ());
    assert_eq!(refused, Err(RequestError::Moment(i64::MAX)));
}
