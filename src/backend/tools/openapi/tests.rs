//! The pet store of the OpenAPI examples, and what is not usable.

use super::*;
use crate::backend::tools::document::parse;
use serde_json::{Map, json};

/// A document with these operations under `/x`, by method, and these components.
fn document(operations: &Value, components: &Value) -> Value {
    json!({
        "openapi": "3.1.0",
        "servers": [{"url": "https://{region}.example.com/v1"}],
        "paths": {"/x/{id}": operations, "x-note": 1},
        "components": components,
    })
}

/// One operation with these members.
fn one(members: &Value) -> Value {
    let mut operation = Map::from_iter([("operationId".to_owned(), json!("do"))]);
    operation.extend(members.as_object().unwrap().clone());
    document(&json!({"post": operation}), &json!({}))
}

fn body(schema: &Value) -> Value {
    one(&json!({"requestBody": {"required": true, "content": {"application/json": {"schema": schema}}}}))
}

fn input(document: &Value) -> Value {
    tools("T", document).unwrap()[0].input.clone()
}

fn told(document: &Value) -> String {
    tools("T", document).unwrap_err().to_string()
}

#[test]
fn the_pet_store_has_three_tools() {
    let document = parse(include_str!("petstore.yaml")).unwrap();
    let tools = tools("Pets", &document).unwrap();
    let said: Vec<_> = tools
        .iter()
        .map(|tool| (tool.action_id(), tool.description.as_str()))
        .collect();
    assert_eq!(
        said,
        [
            ("Pets___listPets".to_owned(), "List all pets"),
            ("Pets___createPets".to_owned(), "Create a pet"),
            ("Pets___showPetById".to_owned(), "Info for a specific pet"),
        ]
    );
    assert_eq!(
        tools[0].input,
        json!({"type": "object", "properties": {"limit": {
            "type": "integer", "maximum": 100, "format": "int32",
            "description": "How many items to return at one time (max 100)",
        }}})
    );
    let pet = json!({
        "id": {"type": "integer", "format": "int64"}, "name": {"type": "string"}, "tag": {"type": "string"},
    });
    assert_eq!(
        tools[1].input,
        json!({"type": "object", "properties": pet, "required": ["id", "name"]})
    );
    assert_eq!(tools[2].input["required"], json!(["petId"]));
    assert_eq!(tools[0].output, None, "an array is no result of a tool");
    assert_eq!(tools[1].output, None);
    assert_eq!(tools[2].output, Some(tools[1].input.clone()));
}

#[test]
fn parameters_of_all_places_and_the_body_are_side_by_side() {
    let schema = json!({"type": "string"});
    let parameter = |name: &str, within: &str| json!({"name": name, "in": within, "schema": schema});
    let operations = json!({
        "parameters": [{"$ref": "#/components/parameters/Id"}, parameter("page", "query")],
        "put": {
            "operationId": "put", "description": "Puts", "summary": "No",
            "parameters": [
                {"name": "page", "in": "query", "required": true, "schema": {"type": "integer"}},
                parameter("X-Trace", "header"), parameter("Authorization", "header"), parameter("session", "cookie"),
            ],
            "requestBody": {"content": {"application/vnd.x+json; charset=utf-8": {"schema": {
                "type": "object", "required": ["a"],
                "properties": {"a": {"type": "boolean"}, "id": {"type": "string", "example": "7"}},
            }}}},
            "responses": {"204": {}, "201": {"content": {"application/json": {"schema": {"properties": {"b": true}}}}}},
        },
    });
    let components = json!({"parameters": {"Id": {"name": "id", "in": "path", "schema": schema}}});
    let tool = tools("T", &document(&operations, &components)).unwrap().remove(0);
    assert_eq!(tool.description, "Puts");
    assert_eq!(
        tool.input,
        json!({
            "type": "object",
            "properties": {
                "X-Trace": schema, "a": {"type": "boolean"}, "id": schema, "page": {"type": "integer"}, "session": schema,
            },
            "required": ["id", "page"],
        })
    );
    assert_eq!(
        tool.output,
        Some(json!({"type": "object", "properties": {"b": {}}}))
    );
}

#[test]
fn a_body_without_named_members_is_one_argument() {
    let list = json!({"type": "array", "items": {"type": "string"}});
    assert_eq!(
        input(&body(&list)),
        json!({"type": "object", "properties": {"body": list}, "required": ["body"]})
    );
    let map = json!({"type": "object", "additionalProperties": {"type": "integer"}});
    assert_eq!(input(&body(&map))["properties"], json!({"body": map}));
}

#[test]
fn references_become_definitions_and_may_turn_in_a_circle() {
    let mut document =
        body(&json!({"type": "object", "properties": {"tree": {"$ref": "#/components/schemas/Alias"}}}));
    document["components"]["schemas"] = json!({
        "Alias": {"$ref": "#/components/schemas/Tree"},
        "Tree": {"type": "object", "nullable": true, "properties": {
            "left": {"$ref": "#/components/schemas/Tree", "description": "The left one"},
            "other": {"$ref": "#/components/x%7E1y/Tree"},
            "kind": {"type": "string", "enum": ["a", "b"], "deprecated": true},
            "pair": {"type": "array", "prefixItems": [{"type": "integer"}], "items": false},
            "any": {"type": ["string", "null"]},
        }},
    });
    document["components"]["x/y"] = json!({"Tree": {"type": "string", "format": "date-time"}});
    let input = input(&document);
    assert_eq!(input["properties"]["tree"], json!({"$ref": "#/$defs/Tree"}));
    assert_eq!(
        input["$defs"],
        json!({
            "Tree": {"type": "object", "properties": {
                "left": {"$ref": "#/$defs/Tree", "description": "The left one"},
                "other": {"$ref": "#/$defs/Tree_2"},
                "kind": {"type": "string", "enum": ["a", "b"]},
                "pair": {"type": "array", "prefixItems": [{"type": "integer"}], "items": false},
                "any": {"type": ["string", "null"]},
            }},
            "Tree_2": {"type": "string", "format": "date-time"},
        })
    );
}

#[test]
fn what_is_not_supported_is_refused_where_it_stands() {
    let at = "#/paths/~1x~1{id}/post";
    let content = format!("{at}/requestBody/content");
    let schema = format!("{content}/application~1json/schema");
    let parameter = |parameter: Value| one(&json!({"parameters": [parameter]}));
    for (document, expected) in [
        (
            json!({"swagger": "2.0"}),
            "#/swagger is Swagger, which is not supported: convert".to_owned(),
        ),
        (
            json!({"openapi": "4.0.0"}),
            "#/openapi is 4.0.0: OpenAPI 3.0 and 3.1 are supported".to_owned(),
        ),
        (json!([]), "# is no OpenAPI document".to_owned()),
        (
            json!({"openapi": "3.0.0", "paths": {}}),
            "#/servers must name the URL of the API".to_owned(),
        ),
        (
            json!({"openapi": "3.0.0", "servers": [{"url": "/v1"}]}),
            "#/servers/0/url is /v1: it must be an absolute URL".to_owned(),
        ),
        (
            document(&json!({"get": {}}), &json!({})),
            "#/paths/~1x~1{id}/get has no operationId: give it one".to_owned(),
        ),
        (
            body(&json!({"anyOf": []})),
            format!("{schema}/anyOf is not supported by AgentCore"),
        ),
        (
            body(&json!({"properties": {"a": {"allOf": []}}})),
            format!("{schema}/properties/a/allOf is not supported by AgentCore"),
        ),
        (
            body(&json!({"type": "strin"})),
            format!("{schema}/type must be one of array, boolean"),
        ),
        (
            body(&json!({"required": "a"})),
            format!("{schema}/required must be a list of strings"),
        ),
        (
            body(&json!({"$ref": "other.yaml#/Pet"})),
            format!("{schema}/$ref is other.yaml#/Pet, which is not within the document: put"),
        ),
        (
            body(&json!({"$ref": "#/nowhere"})),
            format!("{schema}/$ref is #/nowhere, and nothing stands there"),
        ),
        (
            one(&json!({"requestBody": {"content": {"application/xml": {"schema": {}}}}})),
            format!("{content} has no schema of application/json"),
        ),
        (
            parameter(json!({"name": "a", "in": "query", "style": "deepObject", "schema": {}})),
            format!(
                "{at}/parameters/0/style is a parameter serializer, which AgentCore does not support: leave it"
            ),
        ),
        (
            parameter(json!({"name": "a", "in": "path", "content": {}})),
            format!("{at}/parameters/0/content is a parameter serializer"),
        ),
        (
            parameter(json!({"in": "path"})),
            format!("{at}/parameters/0 must have a name"),
        ),
        (
            parameter(json!({"name": "a", "in": "body"})),
            format!("{at}/parameters/0/in must be one of path"),
        ),
    ] {
        let told = told(&document);
        assert!(told.starts_with(&expected), "{told}");
    }
}

#[test]
fn the_usual_style_of_a_parameter_may_be_written_out() {
    let parameters = json!([
        {"name": "a", "in": "query", "style": "form", "explode": true, "schema": {"type": "string"}},
        {"name": "b", "in": "path", "style": "simple", "explode": false, "schema": {"type": "string"}},
    ]);
    assert_eq!(
        input(&one(&json!({"parameters": parameters})))["required"],
        json!(["b"])
    );
}

#[test]
fn arguments_of_one_name_have_one_type() {
    let mut document = body(&json!({"type": "object", "properties": {"id": {"type": "integer"}}}));
    document["paths"]["/x/{id}"]["parameters"] =
        json!([{"name": "id", "in": "path", "schema": {"type": "string"}}]);
    assert!(told(&document).contains("/properties/id is of another type than the parameter id"));
}

#[test]
fn circles_and_documents_that_multiply_are_bounded() {
    let mut document = body(&json!({"$ref": "#/components/schemas/A"}));
    document["components"]["schemas"] =
        json!({"A": {"$ref": "#/components/schemas/B"}, "B": {"$ref": "#/components/schemas/A"}});
    assert!(told(&document).ends_with("refers to itself in a circle"));
    let long = json!({"type": "string", "description": "x".repeat(100_000)});
    let operations: Map<String, Value> = (0..300)
        .map(|n| {
            let parameter =
                json!({"name": "a", "in": "query", "schema": {"$ref": "#/components/schemas/Long"}});
            let operation = json!({"operationId": format!("o{n}"), "parameters": [parameter]});
            (format!("/p{n}"), json!({"get": operation}))
        })
        .collect();
    let document = json!({
        "openapi": "3.0.3", "servers": [{"url": "https://x.example"}], "paths": operations,
        "components": {"schemas": {"Long": long}},
    });
    assert!(
        told(&document).contains("once references are followed"),
        "{}",
        told(&document)
    );
}
