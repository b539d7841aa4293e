//! A small model with every kind of shape.

use super::*;
use serde_json::{Map, json};

/// A model with these shapes, in the namespace `shop`.
fn model(shapes: &Value) -> Value {
    let named = shapes.as_object().unwrap().iter();
    let shapes: Map<String, Value> = named
        .map(|(name, shape)| (format!("shop#{name}"), shape.clone()))
        .collect();
    json!({"smithy": "2.0", "shapes": shapes})
}

fn shop() -> Value {
    let to = |name: &str| json!({"target": format!("shop#{name}")});
    let required = json!({"smithy.api#required": {}});
    model(&json!({
        "Shop": {
            "type": "service", "version": "2026-01-01", "operations": [to("Ping")], "resources": [to("OrderResource")],
            "traits": {"aws.protocols#restJson1": {}},
        },
        "OrderResource": {"type": "resource", "read": to("GetOrder"), "create": to("PlaceOrder"), "resources": [to("OrderResource")]},
        "Ping": {"type": "operation", "input": {"target": "smithy.api#Unit"}, "output": {"target": "smithy.api#Unit"}},
        "GetOrder": {"type": "operation", "input": to("GetOrderInput"), "output": to("Order"),
            "traits": {"smithy.api#documentation": "Gets an order"}},
        "PlaceOrder": {"type": "operation", "input": to("Order")},
        "GetOrderInput": {"type": "structure", "members": {
            "id": {"target": "smithy.api#String", "traits": {
                "smithy.api#required": {}, "smithy.api#httpLabel": {}, "smithy.api#documentation": "Which one",
            }},
        }},
        "Audited": {"type": "structure", "traits": {"smithy.api#mixin": {}}, "members": {
            "by": {"target": "smithy.api#String", "traits": required},
            "note": {"target": "smithy.api#String"},
        }},
        "Order": {"type": "structure", "mixins": [to("Audited")], "members": {
            "count": {"target": "smithy.api#Integer", "traits": required},
            "price": {"target": "smithy.api#BigDecimal"},
            "paid": {"target": "smithy.api#Boolean"},
            "photo": {"target": "smithy.api#Blob"},
            "extra": {"target": "smithy.api#Document"},
            "placed": {"target": "smithy.api#Timestamp"},
            "shipped": {"target": "shop#Epoch"},
            "heard": {"target": "shop#Epoch", "traits": {"smithy.api#timestampFormat": "http-date"}},
            "tags": to("Tags"),
            "stock": to("Stock"),
            "state": to("State"),
            "size": to("Size"),
            "level": to("Level"),
            "payment": to("Payment"),
            "parts": to("Orders"),
        }},
        "Epoch": {"type": "timestamp", "traits": {"smithy.api#timestampFormat": "epoch-seconds"}},
        "Tags": {"type": "set", "member": {"target": "smithy.api#String"}},
        "Stock": {"type": "map", "key": {"target": "smithy.api#String"}, "value": {"target": "smithy.api#Long"}},
        "State": {"type": "enum", "members": {
            "OPEN": {"target": "smithy.api#Unit"},
            "DONE": {"target": "smithy.api#Unit", "traits": {"smithy.api#enumValue": "done"}},
        }},
        "Size": {"type": "string", "traits": {"smithy.api#enum": [{"value": "s", "name": "SMALL"}, {"value": "l"}]}},
        "Level": {"type": "intEnum", "members": {"ONE": {"target": "smithy.api#Unit", "traits": {"smithy.api#enumValue": 1}}}},
        "Payment": {"type": "union", "members": {"card": {"target": "smithy.api#String"}, "cash": {"target": "smithy.api#Unit"}}},
        "Orders": {"type": "list", "member": to("Order")},
        "Order$count": {"type": "apply", "traits": {"smithy.api#documentation": "How many"}},
    }))
}

fn told(document: &Value) -> String {
    tools("T", document).unwrap_err().to_string()
}

#[test]
fn operations_of_the_service_and_its_resources_are_tools() {
    let tools = tools("Shop", &shop()).unwrap();
    let said: Vec<_> = tools
        .iter()
        .map(|tool| (tool.action_id(), tool.description.clone()))
        .collect();
    assert_eq!(
        said,
        [
            ("Shop___Ping".to_owned(), String::new()),
            ("Shop___PlaceOrder".to_owned(), String::new()),
            ("Shop___GetOrder".to_owned(), "Gets an order".to_owned()),
        ]
    );
    let nothing = json!({"type": "object", "properties": {}});
    assert_eq!(
        (&tools[0].input, tools[0].output.as_ref()),
        (&nothing, Some(&nothing))
    );
    assert_eq!(tools[1].output, None);
    assert_eq!(
        tools[2].input,
        json!({
            "type": "object",
            "properties": {"id": {"type": "string", "description": "Which one"}},
            "required": ["id"],
        })
    );
}

#[test]
fn each_kind_of_shape_has_its_schema() {
    let tools = tools("Shop", &shop()).unwrap();
    let order = &tools[1].input;
    assert_eq!(order["required"], json!(["count", "by"]));
    for (name, expected) in [
        ("count", json!({"type": "integer", "description": "How many"})),
        ("price", json!({"type": "number"})),
        ("paid", json!({"type": "boolean"})),
        ("photo", json!({"type": "string", "contentEncoding": "base64"})),
        ("extra", json!({})),
        ("placed", json!({"type": "string", "format": "date-time"})),
        ("shipped", json!({"type": "number"})),
        ("heard", json!({"type": "string"})),
        ("tags", json!({"type": "array", "items": {"type": "string"}})),
        (
            "stock",
            json!({"type": "object", "additionalProperties": {"type": "integer"}}),
        ),
        ("state", json!({"type": "string", "enum": ["OPEN", "done"]})),
        ("size", json!({"type": "string", "enum": ["s", "l"]})),
        ("level", json!({"type": "integer"})),
        ("payment", json!({"$ref": "#/$defs/Payment"})),
        (
            "parts",
            json!({"type": "array", "items": {"$ref": "#/$defs/Order"}}),
        ),
        ("note", json!({"type": "string"})),
    ] {
        assert_eq!(order["properties"][name], expected, "{name}");
    }
    assert_eq!(
        order["$defs"]["Payment"],
        json!({
            "type": "object", "minProperties": 1, "maxProperties": 1,
            "properties": {"card": {"type": "string"}, "cash": {"type": "object", "properties": {}}},
        })
    );
    assert_eq!(
        order["$defs"]["Order"]["properties"], order["properties"],
        "an order contains orders"
    );
}

#[test]
fn shapes_of_one_name_in_two_namespaces_are_told_apart() {
    let mut document = shop();
    document["shapes"]["other#Payment"] = json!({"type": "structure", "members": {}});
    document["shapes"]["shop#Order"]["members"]["refund"] = json!({"target": "other#Payment"});
    let input = tools("T", &document).unwrap()[1].input.clone();
    let named = [
        &input["properties"]["payment"]["$ref"],
        &input["properties"]["refund"]["$ref"],
    ];
    assert_eq!(named, ["#/$defs/Payment", "#/$defs/Payment_2"]);
    assert_eq!(
        input["$defs"]["Payment_2"],
        json!({"type": "object", "properties": {}})
    );
}

#[test]
fn what_is_no_model_is_told_with_its_place() {
    let operation = |shapes: Value| {
        let mut all = json!({
            "S": {"type": "service", "operations": [{"target": "shop#Do"}]},
            "Do": {"type": "operation", "input": {"target": "shop#In"}},
            "In": {"type": "structure", "members": {"a": {"target": "shop#A"}}},
        });
        all.as_object_mut()
            .unwrap()
            .extend(shapes.as_object().unwrap().clone());
        told(&model(&all))
    };
    assert!(told(&json!({"openapi": "3.0.0"})).starts_with("# is no Smithy model: it must be the JSON AST"));
    assert_eq!(
        told(&json!({"smithy": "3.0"})),
        "#/smithy is 3.0: Smithy 1.0 and 2.0 are supported"
    );
    assert_eq!(
        told(&model(&json!({}))),
        "#/shapes has no service: a target is one service"
    );
    assert!(operation(json!({"T": {"type": "service"}})).contains("more than one service (shop#S, shop#T)"));
    assert_eq!(
        operation(json!({})),
        "#/shapes/shop#A is named and is not defined: add the shape to the model"
    );
    assert_eq!(
        operation(json!({"Do": {"type": "structure"}})),
        "#/shapes/shop#Do is of the type structure and must be of operation"
    );
    assert_eq!(
        operation(json!({"In": {"type": "string"}})),
        "#/shapes/shop#In is of the type string: input and output are structures"
    );
    assert_eq!(
        operation(json!({"A": {"type": "operation"}})),
        "#/shapes/shop#A is of the type operation, which no value has"
    );
    assert_eq!(
        operation(json!({"A": {"type": "list"}})),
        "#/shapes/shop#A must have a member"
    );
}

#[test]
fn lists_that_contain_themselves_are_bounded() {
    let document = model(&json!({
        "S": {"type": "service", "operations": [{"target": "shop#Do"}]},
        "Do": {"type": "operation", "input": {"target": "shop#In"}},
        "In": {"type": "structure", "mixins": [{"target": "shop#In"}], "members": {"a": {"target": "shop#A"}}},
        "A": {"type": "list", "member": {"target": "shop#B"}},
        "B": {"type": "map", "value": {"target": "shop#A"}},
    }));
    assert!(told(&document).ends_with("contains itself, or is nested too deep, with no structure between"));
}
