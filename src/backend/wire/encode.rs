//! From an output value to JSON: the members of the output shape and nothing else.

use super::model::{Kind, Model, ShapeId};
use crate::backend::switches::TimestampFraction;
use crate::model::{iso8601, iso8601_micros};
use serde_json::{Map, Value};

/// Keeps what the shape names, by its wire names; moments become ISO 8601
/// text (service.md 2.3), with or without a fraction (section 18, `compat.timestamp-fraction`). Absent members stay absent.
pub fn encode(model: &Model, id: ShapeId, value: Value, fraction: TimestampFraction) -> Value {
    let Some(shape) = model.shape(id) else {
        return value;
    };
    match (&shape.kind, value) {
        (Kind::Structure { members, .. }, Value::Object(mut given)) => members
            .iter()
            .filter_map(|member| {
                let given = given.remove(&member.name).filter(|given| !given.is_null())?;
                Some((
                    member.wire_name.clone(),
                    encode(model, member.shape, given, fraction),
                ))
            })
            .collect::<Map<_, _>>()
            .into(),
        (Kind::List(element), Value::Array(given)) => given
            .into_iter()
            .map(|given| encode(model, *element, given, fraction))
            .collect::<Vec<_>>()
            .into(),
        (Kind::Map { value: element, .. }, Value::Object(given)) => given
            .into_iter()
            .map(|(name, given)| (name, encode(model, *element, given, fraction)))
            .collect::<Map<_, _>>()
            .into(),
        (Kind::Timestamp, Value::Number(micros)) => {
            micros
                .as_i64()
                .map_or(Value::Number(micros), |micros| match fraction {
                    TimestampFraction::Microseconds => iso8601_micros(micros).into(),
                    TimestampFraction::Seconds => iso8601(micros).into(),
                })
        }
        (_, value) => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn output(operation: &str, value: Value) -> Value {
        let model = Model::load().unwrap();
        let operation = model.operations().iter().find(|o| o.name == operation).unwrap();
        encode(&model, operation.output, value, TimestampFraction::default())
    }

    #[test]
    fn a_summary_is_the_record_without_what_the_shape_does_not_name() {
        let record = json!({
            "policyEngineId": "e-0123456789", "name": "e", "createdAt": 1_771_934_400_123_456_i64,
            "status": "ACTIVE", "statusReasons": [], "description": "secret", "encryptionKeyArn": null,
        });
        assert_eq!(
            output("GetPolicyEngineSummary", record.clone()),
            json!({
                "policyEngineId": "e-0123456789", "name": "e", "createdAt": "2026-02-24T12:00:00.123456Z",
                "status": "ACTIVE",
            })
        );
        let page = output(
            "ListPolicyEngines",
            json!({"policyEngines": [record], "nextToken": null}),
        );
        assert_eq!(page["policyEngines"][0]["description"], "secret");
        assert_eq!(
            page["policyEngines"][0]["createdAt"],
            "2026-02-24T12:00:00.123456Z"
        );
        assert!(page.get("nextToken").is_none());
    }

    #[test]
    fn the_one_renamed_member_travels_under_its_wire_name() {
        let gateway = output("GetGateway", json!({"domainOverride": {"defaultDomain": "a.b"}}));
        assert_eq!(gateway, json!({"domainOverride": {"default": "a.b"}}));
    }
}
