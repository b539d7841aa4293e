//! Constraints of the model against a decoded input, and their texts (service.md 2.5 and 2.7).

use super::model::{Kind, Model, Shape, ShapeId};
use super::violation::{Violation, Violations, pointer};
use serde_json::Value;

/// All violations of `input` against the structure `shape`, in the model's order.
pub fn check(model: &Model, shape: ShapeId, input: &Value) -> Violations {
    let mut found = Violations::default();
    value(model, shape, input, "", &mut found);
    found
}

fn value(model: &Model, id: ShapeId, value: &Value, at: &str, found: &mut Violations) {
    let Some(shape) = model.shape(id) else { return };
    match (&shape.kind, value) {
        (Kind::Structure { union, .. }, Value::Object(_)) => {
            structure(model, id, *union, value, at, found);
        }
        (Kind::List(element), Value::Array(elements)) => {
            size(shape, elements.len(), at, found);
            for (index, inner) in elements.iter().enumerate() {
                self::value(model, *element, inner, &pointer(at, &index.to_string()), found);
            }
        }
        (Kind::Map { key, value: element }, Value::Object(entries)) => {
            size(shape, entries.len(), at, found);
            for (name, inner) in entries {
                let at = pointer(at, name);
                if let Some(key) = model.shape(*key) {
                    text(key, name, &at, found);
                }
                self::value(model, *element, inner, &at, found);
            }
        }
        (Kind::String, Value::String(written)) => text(shape, written, at, found),
        (Kind::Integer, Value::Number(number)) => {
            if let Some(number) = number.as_i64()
                && outside(shape, number)
            {
                found.push(
                    at,
                    &Violation::Range {
                        min: shape.min,
                        max: shape.max,
                    },
                );
            }
        }
        _ => {}
    }
}

fn structure(model: &Model, id: ShapeId, union: bool, value: &Value, at: &str, found: &mut Violations) {
    let members = model.members(id);
    if union
        && members
            .iter()
            .filter(|member| value.get(&member.name).is_some())
            .count()
            != 1
    {
        let names = members.iter().map(|member| member.wire_name.clone()).collect();
        found.push(at, &Violation::Union { members: names });
    }
    for member in members {
        let at = pointer(at, &member.wire_name);
        match value.get(&member.name) {
            Some(inner) => self::value(model, member.shape, inner, &at, found),
            None if member.required => found.push(&at, &Violation::Required),
            None => {}
        }
    }
}

/// Whether a shape takes this string.
pub fn takes(shape: &Shape, value: &str) -> bool {
    let mut found = Violations::default();
    text(shape, value, "", &mut found);
    found.message().is_none()
}

fn text(shape: &Shape, value: &str, at: &str, found: &mut Violations) {
    // Smithy counts Unicode scalar values.
    size(shape, value.chars().count(), at, found);
    if let Some(pattern) = &shape.pattern
        && !pattern.matches(value)
        && !shape.also.as_ref().is_some_and(|also| also.matches(value))
    {
        found.push(
            at,
            &Violation::Pattern {
                pattern: pattern.as_str().to_owned(),
            },
        );
    }
    if !shape.values.is_empty() && !shape.values.iter().any(|known| known == value) {
        found.push(
            at,
            &Violation::Enumeration {
                values: shape.values.clone(),
            },
        );
    }
}

fn size(shape: &Shape, length: usize, at: &str, found: &mut Violations) {
    if outside(shape, i64::try_from(length).unwrap_or(i64::MAX)) {
        found.push(
            at,
            &Violation::Length {
                length,
                min: shape.min,
                max: shape.max,
            },
        );
    }
}

fn outside(shape: &Shape, value: i64) -> bool {
    shape.min.is_some_and(|min| value < min) || shape.max.is_some_and(|max| value > max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(operation: &str, input: &Value) -> Option<String> {
        let model = Model::load().unwrap();
        let operation = model.operations().iter().find(|o| o.name == operation).unwrap();
        check(&model, operation.input, input).message()
    }

    fn policy(changes: &Value) -> Value {
        let mut policy = json!({
            "name": "refunds",
            "policyEngineId": "engine-0123456789",
            "definition": {"cedar": {"statement": "permit(principal, action, resource is AgentCore::Gateway);"}},
        });
        for (name, change) in changes.as_object().unwrap() {
            if change.is_null() {
                policy.as_object_mut().unwrap().remove(name);
            } else {
                policy[name] = change.clone();
            }
        }
        policy
    }

    #[test]
    fn a_good_request_has_no_violation() {
        assert_eq!(told("CreatePolicy", &policy(&json!({}))), None);
    }

    #[test]
    fn a_long_name_is_told_in_the_recorded_words() {
        assert_eq!(
            told("CreatePolicyEngine", &json!({"name": "a".repeat(52)})).unwrap(),
            "1 validation error detected. Value with length 52 at '/name' failed to satisfy constraint: \
             Member must have length between 1 and 48, inclusive"
        );
    }

    #[test]
    fn every_kind_of_constraint_has_its_sentence() {
        let at = |pointer: &str, rest: &str| {
            Some(format!(
                "1 validation error detected. Value at '{pointer}' failed to satisfy constraint: Member {rest}"
            ))
        };
        assert_eq!(
            told("CreatePolicy", &policy(&json!({"name": "a-b"}))),
            at(
                "/name",
                "must satisfy regular expression pattern: [A-Za-z][A-Za-z0-9_]*"
            )
        );
        assert_eq!(
            told("CreatePolicy", &policy(&json!({"name": null}))),
            at("/name", "must not be null")
        );
        assert_eq!(
            told("CreatePolicy", &policy(&json!({"enforcementMode": "OFF"}))),
            at(
                "/enforcementMode",
                "must satisfy enum value set: [ACTIVE, LOG_ONLY]"
            )
        );
        assert_eq!(
            told("ListPolicyEngines", &json!({"maxResults": 101})),
            at("/maxResults", "must be between 1 and 100, inclusive")
        );
        assert_eq!(
            told("CreatePolicy", &policy(&json!({"definition": {}}))),
            at(
                "/definition",
                "must have exactly one of the members set: [cedar, policyGeneration, policy]"
            )
        );
        assert_eq!(
            told("CreatePolicy", &policy(&json!({"definition": {"cedar": {}}}))),
            at("/definition/cedar/statement", "must not be null")
        );
        assert_eq!(
            told(
                "CreateGateway",
                &json!({"name": "g", "roleArn": "arn:aws:iam::123456789012:role/r", "authorizerType": "NONE",
                        "domainOverride": {}})
            ),
            at("/domainOverride/default", "must not be null")
        );
    }

    #[test]
    fn a_shape_may_take_more_than_the_model_and_its_text_stays_the_models() {
        let mut model = Model::load().unwrap();
        model.take(
            "McpServerTargetConfigurationEndpointString",
            "http://localhost(/.*)?".to_owned(),
        );
        let told = |endpoint: &str| {
            let operation = model
                .operations()
                .iter()
                .find(|o| o.name == "CreateGatewayTarget");
            let input = json!({"gatewayIdentifier": "gateway-0123456789",
                "targetConfiguration": {"mcp": {"mcpServer": {"endpoint": endpoint}}}});
            check(&model, operation.unwrap().input, &input).message()
        };
        assert_eq!(told("https://example.com/mcp"), None);
        assert_eq!(told("http://localhost/mcp"), None);
        assert_eq!(
            told("http://example.com/mcp").unwrap(),
            "1 validation error detected. Value at '/targetConfiguration/mcp/mcpServer/endpoint' failed to satisfy \
             constraint: Member must satisfy regular expression pattern: https://.*"
        );
    }

    #[test]
    fn lengths_count_characters_and_lists_and_maps_are_bounded() {
        let statement = "ä".repeat(35);
        assert_eq!(
            told(
                "CreatePolicy",
                &policy(&json!({"definition": {"cedar": {"statement": statement}}}))
            ),
            None
        );
        let tags: Value = (0..51)
            .map(|n| (format!("k{n}"), json!("v")))
            .collect::<serde_json::Map<_, _>>()
            .into();
        assert_eq!(
            told("CreatePolicyEngine", &json!({"name": "a", "tags": tags})).unwrap(),
            "1 validation error detected. Value with length 51 at '/tags' failed to satisfy constraint: \
             Member must have length between 0 and 50, inclusive"
        );
        assert_eq!(
            told("UntagResource", &json!({
                "resourceArn": "arn:aws:bedrock-agentcore:us-east-1:123456789012:policy-engine/e-0123456789",
                "tagKeys": ["ok", "bad!"]
            })).unwrap(),
            r"1 validation error detected. Value at '/tagKeys/1' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9\s._:/=+@-]*"
        );
        assert!(
            told(
                "CreatePolicyEngine",
                &json!({"name": "a", "tags": {"a/b~c!": "v"}})
            )
            .unwrap()
            .contains("'/tags/a~1b~0c!'")
        );
    }

    #[test]
    fn several_violations_are_counted_and_joined_in_the_models_order() {
        assert_eq!(
            told(
                "CreatePolicy",
                &policy(&json!({"enforcementMode": "OFF", "name": ""}))
            )
            .unwrap(),
            "3 validation errors detected. Value with length 0 at '/name' failed to satisfy constraint: Member \
             must have length between 1 and 48, inclusive; Value at '/name' failed to satisfy constraint: Member \
             must satisfy regular expression pattern: [A-Za-z][A-Za-z0-9_]*; Value at '/enforcementMode' failed \
             to satisfy constraint: Member must satisfy enum value set: [ACTIVE, LOG_ONLY]"
        );
    }
}
