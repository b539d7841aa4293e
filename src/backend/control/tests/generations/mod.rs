//! Policy generations: their life, their assets, and policies that adopt them.

mod adoption;
mod life;
mod retention;

use super::*;
use crate::backend::generate::{AuthorError, AuthorRequest, Draft, Outcome};
use async_trait::async_trait;

const NAMED: &str = "process_refund";

/// A gateway with one tool, as its ARN.
async fn gateway(rig: &Rig, name: &str) -> String {
    let input = json!({"name": name, "roleArn": "arn:aws:iam::123456789012:role/gateway", "authorizerType": "AWS_IAM"});
    let gateway = rig.ok("CreateGateway", input).await;
    rig.settle().await;
    let schema = json!({
        "type": "object", "required": ["amount"],
        "properties": {"amount": {"type": "integer"}, "reason": {"type": "string"}},
    });
    let tool = json!({"name": NAMED, "description": "Pay back", "inputSchema": schema});
    let lambda = json!({
        "lambdaArn": "arn:aws:lambda:us-east-1:123456789012:function:f",
        "toolSchema": {"inlinePayload": [tool]},
    });
    let target = json!({
        "gatewayIdentifier": gateway["gatewayId"], "name": "RefundTool",
        "targetConfiguration": {"mcp": {"lambda": lambda}},
    });
    rig.ok("CreateGatewayTarget", target).await;
    rig.settle().await;
    gateway["gatewayArn"].as_str().unwrap().to_owned()
}

fn new_generation(engine: &str, name: &str, gateway: &str, text: &str) -> Value {
    json!({"policyEngineId": engine, "name": name, "resource": {"arn": gateway}, "content": {"rawText": text}})
}

/// What names a generation.
fn named(generation: &Value) -> Value {
    json!({
        "policyEngineId": generation["policyEngineId"],
        "policyGenerationId": generation["policyGenerationId"],
    })
}

async fn assets(rig: &Rig, generation: &Value) -> Vec<Value> {
    let listed = rig.ok("ListPolicyGenerationAssets", named(generation)).await;
    listed["policyGenerationAssets"].as_array().unwrap().clone()
}

/// A settled generation of this text.
async fn generated(rig: &Rig, engine: &str, gateway: &str, name: &str, text: &str) -> Value {
    let started = rig
        .ok(
            "StartPolicyGeneration",
            new_generation(engine, name, gateway, text),
        )
        .await;
    rig.settle().await;
    rig.ok("GetPolicyGeneration", named(&started)).await
}

/// An author that answers what a test wrote down.
#[derive(Debug)]
enum Scripted {
    Drafts(Vec<Draft>),
    /// Asks about each statement what it would be refused with, and answers that.
    Asks(Vec<String>),
    Fails,
    Panics,
}

#[async_trait]
impl Author for Scripted {
    async fn write(&self, request: &AuthorRequest) -> Result<Vec<Draft>, AuthorError> {
        let asked = |statement: &String| Draft {
            fragment: "f".to_owned(),
            outcome: match request.admission.refuses(statement) {
                None => Outcome::Statement(statement.clone()),
                Some(why) => Outcome::NotTranslatable(why),
            },
        };
        match self {
            Self::Drafts(drafts) => Ok(drafts.clone()),
            Self::Asks(statements) => Ok(statements.iter().map(asked).collect()),
            Self::Fails => Err(AuthorError("the model is away".to_owned())),
            Self::Panics => panic!("as the test wants"),
        }
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(1)
    }
}

fn draft(statement: &str) -> Draft {
    Draft {
        fragment: "f".to_owned(),
        outcome: Outcome::Statement(statement.to_owned()),
    }
}
