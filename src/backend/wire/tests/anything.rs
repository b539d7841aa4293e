//! Requests of any kind: always an answer, never a fault.

use super::*;
use proptest::prelude::*;

/// Words that lead a random request deep into the program.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        proptest::sample::select(vec![
            "name",
            "definition",
            "cedar",
            "policy",
            "policyGeneration",
            "statement",
            "description",
            "optionalValue",
            "tags",
            "clientToken",
            "enforcementMode",
            "validationMode",
            "policyGenerationId",
            "policyGenerationAssetId",
            "policyEngineId",
            "ACTIVE",
            "LOG_ONLY",
            "FAIL_ON_ANY_FINDINGS",
            "engine-0123456789",
            "0123456789012345678901234567890123456789",
            "permit(principal, action, resource is AgentCore::Gateway);",
            "permit(principal, action, resource is AgentCore::Gateway) when { context.input.x == 1 };",
            "arn:aws:bedrock-agentcore:us-east-1:123456789012:policy-engine/engine-0123456789",
        ])
        .prop_map(str::to_owned),
        "[a-zA-Z][a-zA-Z0-9_]{0,47}",
        "\\PC{0,60}",
    ]
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(word(), inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// A create that is nearly right, with a few members replaced by anything.
fn nearly_right() -> impl Strategy<Value = Value> {
    let statement = "permit(principal, action, resource is AgentCore::Gateway);";
    let right = json!({"name": "p", "definition": {"cedar": {"statement": statement}}, "tags": {"k": "v"}});
    let changes = prop::collection::hash_map(word(), json_value(), 0..3);
    ("[a-zA-Z][a-zA-Z0-9_]{0,47}", changes).prop_map(move |(name, changes)| {
        let mut right = right.clone();
        right["name"] = name.into();
        right.as_object_mut().unwrap().extend(changes);
        right
    })
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        json_value().prop_map(|value| value.to_string().into_bytes()),
        nearly_right().prop_map(|value| value.to_string().into_bytes()),
        prop::collection::vec(any::<u8>(), 0..200),
    ]
}

fn segment() -> impl Strategy<Value = String> {
    prop_oneof![
        proptest::sample::select(vec![
            "policy-engines",
            "policies",
            "tags",
            "policy-summaries",
            "policy-engine-summaries",
            "gateways",
            "",
            "engine-0123456789",
            "arn%3Aaws%3Abedrock-agentcore%3Aus-east-1%3A123456789012%3Apolicy-engine%2Fe-0123456789",
        ])
        .prop_map(str::to_owned),
        "[!-~&&[^?#]]{0,20}",
        "(%[0-9a-f]{2}){0,4}",
    ]
}

fn query() -> impl Strategy<Value = String> {
    let name = proptest::sample::select(vec![
        "maxResults",
        "nextToken",
        "tagKeys",
        "targetResourceScope",
        "x",
        "",
    ]);
    let pair = (name, "[!-~&&[^#]]{0,20}|[0-9]{1,12}").prop_map(|(name, value)| format!("{name}={value}"));
    prop::collection::vec(pair, 0..4).prop_map(|pairs| pairs.join("&"))
}

fn assert_well_formed(reply: &Reply) -> Result<(), TestCaseError> {
    let text = String::from_utf8_lossy(&reply.body);
    prop_assert!(reply.status < 500, "{}: {}", reply.status, text);
    prop_assert_eq!(reply.status < 300, reply.error.is_none());
    if reply.error.is_some() && reply.media == "application/json" {
        let body: Value = serde_json::from_slice(&reply.body).unwrap();
        prop_assert!(
            body["message"]
                .as_str()
                .is_some_and(|message| !message.is_empty())
        );
        prop_assert_eq!(
            body["reason"].is_string(),
            reply.error.as_deref() == Some("ValidationException")
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_request_whatever_makes_it_panic_or_fail(
        requests in prop::collection::vec(
            (proptest::sample::select(vec!["GET", "POST", "PATCH", "PUT", "DELETE", "HEAD"]),
             prop::collection::vec(segment(), 0..5), query(), body()),
            100,
        )
    ) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let rig = Rig::new().await;
            for (method, path, query, body) in &requests {
                let uri = format!("/{}?{query}", path.join("/"));
                assert_well_formed(&rig.answer(method, &uri, body).await)?;
            }
            Ok::<(), TestCaseError>(())
        })?;
    }

    #[test]
    fn no_body_whatever_makes_an_operation_panic_or_fail(bodies in prop::collection::vec(body(), 100)) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let rig = Rig::new().await;
            let engine = rig.good("CreatePolicyEngine", "/policy-engines", &json!({"name": "mine"})).await;
            let engine = format!("/policy-engines/{}", engine["policyEngineId"].as_str().unwrap());
            rig.settled("GetPolicyEngine", &engine).await;
            for body in &bodies {
                for (method, uri) in [("POST", "/policy-engines"), ("POST", &format!("{engine}/policies")), ("PATCH", &engine)] {
                    assert_well_formed(&rig.answer(method, uri, body).await)?;
                }
            }
            Ok::<(), TestCaseError>(())
        })?;
    }
}
