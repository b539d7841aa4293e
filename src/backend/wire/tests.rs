//! The whole protocol without HTTP: every request gets an answer in AWS's shape.

use super::answer::{Setup, Wire};
use super::catalog;
use super::check::check;
use super::model::{Model, Segment};
use super::reply::Reply;
use crate::backend::control::{SERVED, scratch_with};
use crate::backend::sigv4::Request;
use crate::backend::switches::Switches;
use serde_json::{Value, json};
use tempfile::TempDir;

mod anything;
mod fuzz;
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
        let control = scratch_with(&directory, switches, catalog().unwrap()).await;
        let wire = Wire::new(Setup {
            control: control.clone(),
            page_key: "key".to_owned(),
            credentials: None,
        })
        .unwrap();
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
                    headers: &axum::http::HeaderMap::new(),
                    body,
                },
                "request-id",
            )
            .await
            .reply
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
            (reply.status, reply.error.as_deref()),
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
                reply.error.as_deref(),
                Some("UnknownOperationException"),
                "{}",
                operation.name
            );
        } else {
            assert_eq!(
                (reply.status, reply.error.as_deref()),
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
            (foreign.status, foreign.error.as_deref()),
            (400, Some("ValidationException"))
        );
        uri = format!("/policy-engines?nextToken={token}&maxResults=3");
    }
    assert_eq!(names, ["e0", "e1", "e2", "e3", "e4", "e5", "e6"]);
}
