//! What of a spec is sent as it is written, is what AWS has under that name: the model of its API is the judge.

use agentcore_policy_operator::api;
use serde_json::{Value, json};

/// Fields of a spec that are no members of a request, or are sent in another form.
const OURS: [&str; 9] = [
    "adoptId",
    "adoptionPolicy",
    "deletionPolicy",
    "managementPolicy",
    "name",
    "resyncInterval",
    "suspend",
    "tags",
    "description",
];

fn model() -> Value {
    serde_json::from_str(include_str!("../../../src/backend/wire/service-model.json")).expect("JSON")
}

/// Everything in a schema that a shape of AWS's does not have, as sentences.
fn findings(shapes: &Value, path: &str, schema: &Value, shape: &str) -> Vec<String> {
    let shape = &shapes[shape];
    if let Some(words) = schema["enum"].as_array() {
        let known = shape["enum"].as_array().cloned().unwrap_or_default();
        let strange = words
            .iter()
            .filter(|word| !known.contains(word) && !word.is_null());
        return strange.map(|word| format!("{path} may be {word}")).collect();
    }
    let kind = match schema["type"].as_str() {
        Some("object") => "structure",
        Some("array") => "list",
        other => other.unwrap_or_default(),
    };
    if shape["type"] != kind {
        return vec![format!("{path} is a {kind} and AWS's is {}", shape["type"])];
    }
    let properties = schema["properties"].as_object().into_iter().flatten();
    let inner = properties.flat_map(|(name, property)| {
        let path = format!("{path}.{name}");
        match shape["members"][name]["shape"].as_str() {
            Some(member) => findings(shapes, &path, property, member),
            None => vec![format!("{path} is not there")],
        }
    });
    let items = schema.get("items").into_iter().flat_map(|items| {
        let member = shape["member"].as_str().unwrap_or_default();
        findings(shapes, &format!("{path}[]"), items, member)
    });
    inner.chain(items).collect()
}

#[test]
fn every_field_of_a_gateway_that_is_sent_is_one_that_aws_has() {
    let crds: Vec<Value> = api::crds()
        .iter()
        .map(|crd| serde_json::to_value(crd).expect("JSON"))
        .collect();
    let gateway = crds.iter().find(|crd| crd["spec"]["names"]["kind"] == "Gateway");
    let schema = &gateway.expect("the CRD")["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
    let mut spec = schema["properties"]["spec"].clone();
    let fields = spec["properties"].as_object_mut().expect("fields");
    fields.retain(|name, _| !OURS.contains(&name.as_str()));
    assert!(fields.len() > 4, "{fields:?}");
    let shapes = &model()["shapes"];
    for request in ["CreateGatewayRequest", "UpdateGatewayRequest"] {
        assert_eq!(findings(shapes, "spec", &spec, request), [""; 0], "{request}");
    }
}

#[test]
fn the_judge_finds_what_it_is_there_to_find() {
    let bad = json!({"type": "object", "properties": {
        "rolearn": {"type": "string"}, "roleArn": {"type": "integer"},
        "authorizerType": {"type": "string", "enum": ["NONE", "JWT"]},
        "protocolConfiguration": {"type": "object", "properties": {"mcp": {"type": "object", "properties": {
            "supportedVersions": {"type": "array", "items": {"type": "boolean"}}, "search": {"type": "string"},
        }}}},
    }});
    let mut found = findings(&model()["shapes"], "spec", &bad, "CreateGatewayRequest");
    found.sort();
    assert_eq!(
        found,
        [
            "spec.authorizerType may be \"JWT\"",
            "spec.protocolConfiguration.mcp.search is not there",
            "spec.protocolConfiguration.mcp.supportedVersions[] is a boolean and AWS's is \"string\"",
            "spec.roleArn is a integer and AWS's is \"string\"",
            "spec.rolearn is not there",
        ]
    );
}
