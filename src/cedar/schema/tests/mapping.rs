//! The type table of service.md 10.5, row by row.

use super::*;
use std::str::FromStr;

/// The Cedar type of a property's schema, and what is declared for it.
fn mapped(property: &Value) -> (String, Vec<String>) {
    let schema = Schema::of(&[of_property(property)]).expect("it fits");
    cedar_policy::Schema::from_str(&schema.text()).expect("Cedar reads it");
    let mut of = String::new();
    let mut declared = Vec::new();
    let tool = &schema.tools[0];
    for line in tool.types.lines().chain(schema.shared.lines()).map(str::trim) {
        match line.strip_prefix("type T___tInput = { \"p\": ") {
            Some(rest) => of = rest.trim_end_matches(" };").to_owned(),
            None if line.is_empty() || line == "type T___tOutput = {};" => {}
            None => declared.push(line.to_owned()),
        }
    }
    (of, declared)
}

#[track_caller]
fn maps(property: &Value, cedar: &str, with: &[&str]) {
    let (of, declared) = mapped(property);
    assert_eq!(
        (
            of.as_str(),
            declared.iter().map(String::as_str).collect::<Vec<_>>()
        ),
        (cedar, with.to_vec())
    );
}

#[test]
fn scalars_and_formats() {
    for (name, cedar) in [
        ("string", "String"),
        ("integer", "Long"),
        ("boolean", "Bool"),
        ("number", "decimal"),
        ("float", "decimal"),
    ] {
        maps(&json!({"type": name}), cedar, &[]);
    }
    for (format, cedar) in [
        ("date", "datetime"),
        ("date-time", "datetime"),
        ("duration", "duration"),
        ("ipv4", "ipaddr"),
        ("ipv6", "ipaddr"),
        ("decimal", "decimal"),
        ("uuid", "String"),
    ] {
        maps(&json!({"type": "string", "format": format}), cedar, &[]);
    }
}

#[test]
fn an_enum_is_an_entity_type_with_its_values_in_order_and_once() {
    maps(
        &json!({"type": "string", "enum": ["b", "a", "b", "say \"hi\"\n"]}),
        "T___t_Input_p",
        &[r#"entity T___t_Input_p enum ["b", "a", "say \"hi\"\n"];"#],
    );
    for odd in [json!([]), json!(["a", 1]), json!("a")] {
        maps(&json!({"type": "string", "enum": odd}), "String", &[]);
    }
}

#[test]
fn an_object_is_a_record_whose_required_properties_are_there() {
    maps(
        &json!({"type": "object", "required": ["zip"], "properties": {
            "zip": {"type": "string"},
            "n": {"type": "integer"},
            "in": {"type": "object", "properties": {"a": {"type": "boolean"}}},
        }}),
        "T___t_Input_p",
        &[
            r#"type T___t_Input_p_in = { "a"?: Bool };"#,
            r#"type T___t_Input_p = { "in"?: T___t_Input_p_in, "n"?: Long, "zip": String };"#,
        ],
    );
    maps(
        &json!({"type": "object"}),
        "T___t_Input_p",
        &["type T___t_Input_p = {};"],
    );
    for closed in [json!(true), json!(false), json!(null)] {
        maps(
            &json!({"type": "object", "additionalProperties": closed}),
            "T___t_Input_p",
            &["type T___t_Input_p = {};"],
        );
    }
}

#[test]
fn additional_properties_with_a_schema_make_an_entity_with_tags() {
    maps(
        &json!({"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": {"type": "integer"}}),
        "T___t_Input_p",
        &[r#"entity T___t_Input_p = { "a"?: String } tags Long;"#],
    );
    maps(
        &json!({"type": "object", "additionalProperties": {"type": "string", "enum": ["x"]}}),
        "T___t_Input_p",
        &[
            r#"entity T___t_Input_p_pTag enum ["x"];"#,
            "entity T___t_Input_p = {} tags T___t_Input_p_pTag;",
        ],
    );
}

#[test]
fn an_array_is_a_set_and_a_closed_tuple_a_record() {
    maps(
        &json!({"type": "array", "items": {"type": "string"}}),
        "Set<String>",
        &[],
    );
    maps(
        &json!({"type": "array", "items": {"type": "array", "items": {"type": "integer"}}}),
        "Set<Set<Long>>",
        &[],
    );
    maps(
        &json!({"type": "array", "items": {"type": "object", "properties": {"a": {"type": "string"}}}}),
        "Set<T___t_Input_p>",
        &[r#"type T___t_Input_p = { "a"?: String };"#],
    );
    for open in [json!({"type": "array"}), json!({"type": "array", "items": true})] {
        maps(&open, "Set<Unknown>", &["entity Unknown;"]);
    }
    let (string, integer) = (json!({"type": "string"}), json!({"type": "integer"}));
    maps(
        &json!({"type": "array", "prefixItems": [string, integer], "items": false}),
        r#"{ "proj0": String, "proj1": Long }"#,
        &[],
    );
    maps(
        &json!({"type": "array", "prefixItems": [string, string], "items": string}),
        "Set<String>",
        &[],
    );
    maps(
        &json!({"type": "array", "prefixItems": [string, integer], "items": string}),
        "Set<Unknown>",
        &["entity Unknown;"],
    );
}

#[test]
fn null_and_what_has_no_type_are_opaque() {
    maps(&json!({"type": "null"}), "Null", &["entity Null;"]);
    for odd in [
        json!({}),
        json!(true),
        json!({"type": "wat"}),
        json!({"type": 1}),
        json!({"enum": ["a"]}),
        json!({"$ref": "#/$defs/nowhere"}),
        json!({"$ref": "http://example.com/x"}),
        json!({"anyOf": "x"}),
    ] {
        maps(&odd, "Unknown", &["entity Unknown;"]);
    }
}

#[test]
fn choices_are_records_of_optional_fields() {
    let record = r#"{ "typeChoice0"?: String, "typeChoice1"?: Long }"#;
    let choices = json!([{"type": "string"}, {"type": "integer"}]);
    maps(&json!({"anyOf": choices}), record, &[]);
    maps(&json!({"oneOf": choices}), record, &[]);
    maps(
        &json!({"type": ["string", "integer"], "enum": ["a"]}),
        record,
        &[],
    );
    maps(
        &json!({"type": ["object", "null"], "properties": {"a": {"type": "string"}}}),
        r#"{ "typeChoice0"?: T___t_Input_p_TypeChoice0, "typeChoice1"?: Null }"#,
        &[
            r#"type T___t_Input_p_TypeChoice0 = { "a"?: String };"#,
            "entity Null;",
        ],
    );
}

#[test]
fn definitions_are_types_of_their_own() {
    let schema = Schema::of(&[tool(
        "T",
        "t",
        json!({
            "$defs": {
                "money": {"type": "object", "properties": {"of": {"$ref": "#/$defs/code"}}},
                "code": {"type": "string"},
                "unused": {"type": "string", "enum": ["x"]},
            },
            "properties": {"a": {"$ref": "#/$defs/money"}, "b": {"$ref": "#/$defs/money"}},
        }),
    )])
    .expect("it fits");
    cedar_policy::Schema::from_str(&schema.text()).expect("Cedar reads it");
    for line in [
        "type T___t_Input_code = String;",
        r#"type T___t_Input_money = { "of"?: T___t_Input_code };"#,
        r#"entity T___t_Input_unused enum ["x"];"#,
        r#"type T___tInput = { "a"?: T___t_Input_money, "b"?: T___t_Input_money };"#,
    ] {
        assert_eq!(
            schema.text().matches(line).count(),
            1,
            "{line}\n{}",
            schema.text()
        );
    }
}

#[test]
fn a_circle_of_definitions_is_cut_where_it_closes() {
    let node = json!({"type": "object", "properties": {"next": {"$ref": "#/definitions/node"}}});
    let schema = Schema::of(&[tool(
        "T",
        "t",
        json!({"definitions": {"node": node, "loop": {"$ref": "#/definitions/loop"}},
               "properties": {"p": {"$ref": "#/definitions/node"}}}),
    )])
    .expect("it fits");
    cedar_policy::Schema::from_str(&schema.text()).expect("Cedar reads it");
    let text = schema.text();
    assert!(
        text.contains(r#"type T___t_Input_node = { "next"?: Unknown };"#),
        "{text}"
    );
    assert!(
        text.contains(r#"type T___tInput = { "p"?: T___t_Input_node };"#),
        "{text}"
    );
}

#[test]
fn hyphens_and_other_characters_stay_in_ids_and_leave_type_names() {
    let property = json!({"type": "object", "properties": {"x y\"": {"type": "string", "enum": ["a"]}}});
    let schema = Schema::of(&[
        tool(
            "lakehouse-mcp",
            "query-claims",
            json!({"properties": {"as-of": property}}),
        ),
        tool(
            "lakehouse-mcp",
            "query_claims",
            json!({"properties": {"as-of": property}}),
        ),
    ])
    .expect("it fits");
    let cedar = cedar_policy::Schema::from_str(&schema.text()).expect("Cedar reads it");
    let actions: BTreeSet<String> = cedar
        .actions()
        .map(|action| action.id().unescaped().to_owned())
        .collect();
    for id in [
        "lakehouse-mcp",
        "lakehouse-mcp___query-claims",
        "lakehouse-mcp___query_claims",
    ] {
        assert!(actions.contains(id), "{actions:?}");
    }
    for line in [
        r#"type lakehouse_mcp___query_claimsInput = { "as-of"?: lakehouse_mcp___query_claims_Input_as_of };"#,
        r#"type lakehouse_mcp___query_claimsInput_2 = { "as-of"?: lakehouse_mcp___query_claims_Input_as_of_2 };"#,
        r#"{ "x y\""?: lakehouse_mcp___query_claims_Input_as_of_x_y_ }"#,
    ] {
        assert!(schema.text().contains(line), "{line}\n{}", schema.text());
    }
}

#[test]
fn beyond_400_kilobytes_there_is_no_schema() {
    let long = "x".repeat(1_000);
    let many = |count: usize| -> Vec<Tool> {
        (0..count)
            .map(|number| {
                tool(
                    "T",
                    &format!("{number}"),
                    json!({"properties": {&long: {"type": "string"}}}),
                )
            })
            .collect()
    };
    let some = Schema::of(&many(250)).expect("it fits");
    assert!(some.text().len() <= MAX_BYTES);
    assert_eq!(Schema::of(&many(500)).err(), Some(SchemaError::TooLarge));
    assert_eq!(
        SchemaError::TooLarge.to_string(),
        "the Cedar schema of the tools is larger than 409600 bytes; give the policy engine's gateways fewer tools, \
         or tools with smaller input schemas"
    );
}

#[test]
fn hostile_schemas_end() {
    let mut deep = json!({"type": "string"});
    let mut doubling = json!({"type": "string"});
    for _ in 0..100 {
        deep = json!({"type": "object", "properties": {"p": deep}});
        doubling = json!({"type": ["array", "array"], "items": doubling});
    }
    let schema = Schema::of(&[of_property(&deep)]).expect("it fits");
    cedar_policy::Schema::from_str(&schema.text()).expect("Cedar reads it");
    assert_eq!(
        Schema::of(&[of_property(&doubling)]).err(),
        Some(SchemaError::TooLarge)
    );
    let chain: serde_json::Map<String, Value> = (0..5_000)
        .map(|number| {
            (
                format!("d{number:04}"),
                json!({"$ref": format!("#/$defs/d{:04}", number + 1)}),
            )
        })
        .collect();
    let schema = Schema::of(&[tool("T", "t", json!({"$defs": chain}))]).expect("it fits");
    cedar_policy::Schema::from_str(&schema.text()).expect("Cedar reads it");
    for odd in [
        json!(null),
        json!([]),
        json!({"properties": 1, "required": 2, "$defs": 3}),
    ] {
        let schema = Schema::of(&[tool("T", "t", odd)]).expect("it fits");
        cedar_policy::Schema::from_str(&schema.text()).expect("Cedar reads it");
    }
}

/// Appendix C in this schema's template and writing: the types are the same under the same names.
#[test]
fn appendix_c_is_the_golden() {
    let refund = json!({
        "type": "object",
        "properties": {
            "amount": {"type": "integer"},
            "price": {"type": "number"},
            "reason": {"type": "string"},
            "tags": {"type": "array", "items": {"type": "string"}},
            "addr": {"type": "object", "properties": {"zip": {"type": "string"}, "n": {"type": "integer"}}, "required": ["zip"]},
            "free": {"type": "object"},
            "nothing": {"type": "null"},
            "mode": {"type": "string", "enum": ["a", "b"]},
            "when": {"type": "string", "format": "date-time"},
            "flag": {"type": "boolean"},
        },
        "required": ["amount", "price"],
    });
    let schema = Schema::of(&[
        tool("RefundTarget", "noargs", json!({"type": "object"})),
        tool("RefundTarget", "process_refund", refund),
    ])
    .expect("it fits");
    let text = schema.text();
    let added = text
        .strip_prefix(FIXED_TEXT.as_str())
        .expect("the fixed part comes first");
    assert_eq!(added, include_str!("appendix_c.cedarschema"));
    cedar_policy::Schema::from_str(&text).expect("Cedar reads it");
}
