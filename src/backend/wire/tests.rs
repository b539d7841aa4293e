//! The whole protocol without HTTP: every request gets an answer in AWS's shape.

use super::answer::{Request, Wire};
use super::check::check;
use super::model::{Model, Segment};
use super::reply::Reply;
use crate::backend::control::{SERVED, scratch_with};
use crate::backend::switches::Switches;
use proptest::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;

mod switches;

struct Rig {
    _directory: TempDir,
    wire: Wire,
}

impl Rig {
    async fn new() -> Self {
        Self::switched(&[]).await
    }

    /// With these switches, each written `NAME=VALUE`.
    async fn switched(assignments: &[&str]) -> Self {
        let mut switches = Switches::default();
        for assignment in assignments {
            switches.assign(assignment).unwrap();
        }
        let directory = TempDir::new().unwrap();
        let control = scratch_with(&directory, switches).await;
        let wire = Wire::new(control.clone(), "key".to_owned()).unwrap();
        tokio::spawn(async move { control.work(tokio_util::sync::CancellationToken::new()).await });
        Self {
            _directory: directory,
            wire,
        }
    }

    async fn answer(&self, method: &str, uri: &str, body: &[u8]) -> Reply {
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        self.wire
            .answer(
                Request {
                    method,
                    path,
                    query,
                    body,
                },
                "request-id",
            )
            .await
    }

    /// A good answer, which satisfies the model's output shape.
    async fn good(&self, operation: &str, uri: &str, body: &Value) -> Value {
        let model = Model::load().unwrap();
        let operation = model
            .operations()
            .iter()
            .find(|known| known.name == operation)
            .unwrap();
        let reply = self
            .answer(&operation.method, uri, body.to_string().as_bytes())
            .await;
        let text = String::from_utf8(reply.body).unwrap();
        assert_eq!(
            (reply.status, reply.error),
            (operation.status, None),
            "{uri}: {text}"
        );
        if operation.status == 204 {
            assert_eq!(text, "");
            return Value::Null;
        }
        let output = serde_json::from_str(&text).unwrap();
        assert_eq!(
            check(&model, operation.output, &output).message(),
            None,
            "{}: {text}",
            operation.name
        );
        output
    }

    /// Waits until a resource has left its transition.
    async fn settled(&self, operation: &str, uri: &str) {
        while self.good(operation, uri, &Value::Null).await["status"]
            .as_str()
            .unwrap()
            .ends_with("ING")
        {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_output_of_every_served_operation_satisfies_the_model() {
    // A one-letter name makes an ARN that is shorter than the model allows (service.md section 3).
    let rig = Rig::new().await;
    let input = json!({"name": "engine", "description": "d", "tags": {"k": "v"},
        "encryptionKeyArn": "arn:aws:kms:us-east-1:123456789012:key/01234567-0123-0123-0123-012345678901"});
    let engine = rig.good("CreatePolicyEngine", "/policy-engines", &input).await;
    let id = engine["policyEngineId"].as_str().unwrap();
    let uri = format!("/policy-engines/{id}");
    rig.settled("GetPolicyEngine", &uri).await;
    rig.good(
        "GetPolicyEngineSummary",
        &format!("/policy-engine-summaries/{id}"),
        &Value::Null,
    )
    .await;
    rig.good("ListPolicyEngines", "/policy-engines", &Value::Null)
        .await;
    rig.good(
        "ListPolicyEngineSummaries",
        "/policy-engine-summaries",
        &Value::Null,
    )
    .await;
    rig.good("UpdatePolicyEngine", &uri, &json!({"description": {}}))
        .await;
    rig.settled("GetPolicyEngine", &uri).await;

    let tags = format!(
        "/tags/{}",
        engine["policyEngineArn"].as_str().unwrap().replace('/', "%2F")
    );
    rig.good("TagResource", &tags, &json!({"tags": {"a": "b"}})).await;
    rig.good(
        "UntagResource",
        &format!("{tags}?tagKeys=k&tagKeys=x"),
        &Value::Null,
    )
    .await;
    let left = rig.good("ListTagsForResource", &tags, &Value::Null).await;
    assert_eq!(left, json!({"tags": {"a": "b"}}));

    let statement = "permit(principal, action, resource is AgentCore::Gateway);";
    let input = json!({"name": "policy", "definition": {"policy": {"statement": statement}}});
    let policy = rig.good("CreatePolicy", &format!("{uri}/policies"), &input).await;
    let policy = policy["policyId"].as_str().unwrap();
    let policy_uri = format!("{uri}/policies/{policy}");
    rig.settled("GetPolicy", &policy_uri).await;
    let summary = format!("{uri}/policy-summaries/{policy}");
    rig.good("GetPolicySummary", &summary, &Value::Null).await;
    rig.good("ListPolicies", &format!("{uri}/policies"), &Value::Null)
        .await;
    rig.good(
        "ListPolicySummaries",
        &format!("{uri}/policy-summaries"),
        &Value::Null,
    )
    .await;
    rig.good(
        "UpdatePolicy",
        &policy_uri,
        &json!({"enforcementMode": "LOG_ONLY"}),
    )
    .await;
    rig.settled("GetPolicy", &policy_uri).await;
    rig.good("DeletePolicy", &policy_uri, &Value::Null).await;
    while rig.answer("GET", &policy_uri, b"").await.status == 200 {
        tokio::task::yield_now().await;
    }
    rig.good("DeletePolicyEngine", &uri, &Value::Null).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_of_the_model_is_served_or_named_in_the_refusal() {
    let rig = Rig::new().await;
    let model = Model::load().unwrap();
    for name in SERVED {
        assert!(
            model.operations().iter().any(|operation| operation.name == *name),
            "{name}"
        );
    }
    for operation in model.operations() {
        let uri: String = operation
            .path
            .iter()
            .map(|segment| match segment {
                Segment::Literal(text) => format!("/{text}"),
                Segment::Label(_) => "/x".to_owned(),
            })
            .collect();
        let reply = rig.answer(&operation.method, &uri, b"").await;
        let text = String::from_utf8(reply.body).unwrap();
        if SERVED.contains(&operation.name.as_str()) {
            assert_ne!(
                reply.error,
                Some("UnknownOperationException"),
                "{}",
                operation.name
            );
        } else {
            assert_eq!(
                (reply.status, reply.error),
                (404, Some("UnknownOperationException"))
            );
            assert!(text.contains(&operation.name), "{text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_walked_with_the_tokens_that_were_given() {
    let rig = Rig::new().await;
    for n in 0..7 {
        rig.good(
            "CreatePolicyEngine",
            "/policy-engines",
            &json!({"name": format!("e{n}")}),
        )
        .await;
    }
    let mut uri = "/policy-engines?maxResults=3".to_owned();
    let mut names = Vec::new();
    loop {
        let page = rig.good("ListPolicyEngines", &uri, &Value::Null).await;
        names.extend(
            page["policyEngines"]
                .as_array()
                .unwrap()
                .iter()
                .map(|engine| engine["name"].clone()),
        );
        let Some(token) = page["nextToken"].as_str() else {
            break;
        };
        let foreign = rig
            .answer("GET", &format!("/policy-engine-summaries?nextToken={token}"), b"")
            .await;
        assert_eq!(
            (foreign.status, foreign.error),
            (400, Some("ValidationException"))
        );
        uri = format!("/policy-engines?nextToken={token}&maxResults=3");
    }
    assert_eq!(names, ["e0", "e1", "e2", "e3", "e4", "e5", "e6"]);
}

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
            reply.error == Some("ValidationException")
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
