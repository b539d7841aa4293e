//! Which argument words mean.

use super::*;
use serde_json::json;

pub fn tool() -> Tool {
    Tool {
        target: "ClaimTarget".to_owned(),
        name: "file_claim".to_owned(),
        description: String::new(),
        input: json!({
            "type": "object",
            "required": ["amount", "customer"],
            "properties": {
                "amount": {"type": "number", "description": "Amount in USD"},
                "claimType": {"type": "string"},
                "coverage_amount": {"type": "integer"},
                "fee": {"type": "integer", "description": "fee in cents"},
                "ttl": {"type": "integer", "description": "Lifetime in minutes"},
                "customer": {"type": "object", "properties": {"tier": {"type": "string"}, "name": {"type": "string"}}},
                "mode": {"type": "string", "enum": ["fast", "slow"]},
                "tags": {"type": "array", "items": {"type": "string"}},
                "when": {"type": "string", "format": "date-time"},
                "other": {"anyOf": [{"type": "string"}]},
            },
        }),
        output: None,
        protocol: crate::model::Protocol::Mcp,
    }
}

fn meant(said: &str) -> Option<String> {
    let tool = tool();
    find(&[&tool], &said.split(' ').collect::<Vec<_>>())
        .unwrap()
        .map(|field| dotted(&field))
}

#[test]
fn an_argument_is_meant_by_its_name_its_words_or_its_head() {
    for (said, path) in [
        ("amount", Some("amount")),
        ("claim amount", Some("amount")),
        ("claim type", Some("claimType")),
        ("claimType", Some("claimType")),
        ("coverage amount", Some("coverage_amount")),
        ("customer.tier", Some("customer.tier")),
        ("customer tier", Some("customer.tier")),
        ("amount parameter", Some("amount")),
        ("coverage", None),
        ("refund amount", None),
    ] {
        assert_eq!(meant(said).as_deref(), path, "{said}");
    }
}

#[test]
fn an_argument_is_not_meant_by_a_part_of_its_name_that_may_be_another_thing() {
    let mut tool = tool();
    tool.input = json!({
        "type": "object",
        "properties": {
            "previous": {"type": "object", "properties": {"region": {"type": "string"}, "price": {"type": "number"}}},
            "bannedCountry": {"type": "string"},
            "guardianAge": {"type": "integer"},
            "tax": {"type": "number"},
            "ValveOpen": {"type": "boolean"},
            "claimStatus": {"type": "string"},
            "plane": {"type": "string"},
            "options": {"type": "object", "properties": {"color": {"type": "string"}}},
        },
    });
    let meant = |said: &str| {
        let found = find(&[&tool], &said.split(' ').collect::<Vec<_>>());
        found.map(|found| found.map(|field| dotted(&field)))
    };
    for said in ["region", "price", "country", "age", "open"] {
        assert!(meant(said).is_err(), "{said}");
    }
    for said in ["property tax", "plan", "valve opening"] {
        assert_eq!(meant(said), Ok(None), "{said}");
    }
    for (said, path) in [
        ("previous region", "previous.region"),
        ("previous.price", "previous.price"),
        ("banned country", "bannedCountry"),
        ("tax", "tax"),
        ("tax value", "tax"),
        ("status", "claimStatus"),
        ("color", "options.color"),
        ("planes", "plane"),
    ] {
        assert_eq!(meant(said), Ok(Some(path.to_owned())), "{said}");
    }
}

#[test]
fn an_argument_in_two_tools_is_one_when_place_and_type_agree() {
    let (one, mut other) = (tool(), tool());
    other.input["required"] = json!([]);
    let field = find(&[&one, &other], &["amount"]).unwrap().unwrap();
    assert!(field.path.0[0].optional);
    assert!(
        find(&[&one, &other], &["mode"]).is_err(),
        "enumerations have a type for each tool"
    );
    other.input["properties"]["amount"] = json!({"type": "string"});
    assert!(find(&[&one, &other], &["amount"]).is_err());
    other.input["properties"] = json!({});
    assert_eq!(find(&[&one, &other], &["amount"]), Ok(None));
}
