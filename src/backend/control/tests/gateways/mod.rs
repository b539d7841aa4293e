//! Gateways and targets, over sources of tools that tests write.

mod attaching;
mod life;
mod races;
mod targets;
mod tools;

use super::*;
use crate::backend::tools::ToolsError;
use crate::model::{Protocol, Tool};
use async_trait::async_trait;
use std::collections::VecDeque;
use std::sync::Mutex;
use tokio::sync::Semaphore;

const ROLE: &str = "arn:aws:iam::123456789012:role/gateway";

/// A source of tools that answers what a test wrote down, in that order, and one tool named `echo` afterwards.
#[derive(Debug)]
struct Written {
    answers: Mutex<VecDeque<Answer>>,
    /// Each answer takes a permit.
    permits: Semaphore,
}

#[derive(Debug)]
enum Answer {
    Tools(&'static [&'static str]),
    Fails(&'static str),
    Panics,
}

impl Written {
    fn new(answers: impl IntoIterator<Item = Answer>) -> Arc<Self> {
        Arc::new(Self {
            answers: Mutex::new(answers.into_iter().collect()),
            permits: Semaphore::new(1000),
        })
    }

    /// One that answers nothing until it is told to.
    fn silent() -> Arc<Self> {
        Arc::new(Self {
            answers: Mutex::default(),
            permits: Semaphore::new(0),
        })
    }
}

#[async_trait]
impl ToolSource for Written {
    async fn tools(&self, target: &str, _: &Value) -> Result<Vec<Tool>, ToolsError> {
        self.permits.acquire().await.unwrap().forget();
        let answer = self.answers.lock().unwrap().pop_front();
        match answer.unwrap_or(Answer::Tools(&["echo"])) {
            Answer::Tools(names) => Ok(names
                .iter()
                .map(|name| Tool {
                    target: target.to_owned(),
                    name: (*name).to_owned(),
                    description: "d".to_owned(),
                    input: json!({"type": "object"}),
                    output: None,
                    protocol: Protocol::Mcp,
                })
                .collect()),
            Answer::Fails(why) => Err(ToolsError::new(why)),
            Answer::Panics => panic!("as the test wants"),
        }
    }

    fn check(&self, configuration: &Value) -> Result<(), ToolsError> {
        match configuration.pointer("/mcp/connector") {
            Some(_) => Err(ToolsError::new("mcp.connector is not supported")),
            None => Ok(()),
        }
    }
}

fn root() -> Caller {
    Caller::root("123456789012")
}

fn new_gateway(name: &str) -> Value {
    json!({"name": name, "roleArn": ROLE, "authorizerType": "AWS_IAM", "protocolType": "MCP"})
}

fn new_target(gateway: &str, name: &str) -> Value {
    json!({"gatewayIdentifier": gateway, "name": name, "targetConfiguration": lambda()})
}

fn lambda() -> Value {
    json!({"mcp": {"lambda": {
        "lambdaArn": "arn:aws:lambda:us-east-1:123456789012:function:f",
        "toolSchema": {"inlinePayload": [
            {"name": "echo", "description": "d", "inputSchema": {"type": "object"}},
        ]},
    }}})
}

fn server() -> Value {
    json!({"mcp": {"mcpServer": {"endpoint": "https://example.com/mcp"}}})
}

fn attachment(engine: &str) -> Value {
    let arn = format!("arn:aws:bedrock-agentcore:us-east-1:123456789012:policy-engine/{engine}");
    json!({"arn": arn, "mode": "ENFORCE"})
}

impl Rig {
    /// A READY gateway's id.
    async fn gateway(&self, name: &str) -> String {
        let gateway = self.ok("CreateGateway", new_gateway(name)).await;
        self.settle().await;
        gateway["gatewayId"].as_str().unwrap().to_owned()
    }

    /// What names a settled target.
    async fn target(&self, gateway: &str, name: &str) -> Value {
        let target = self.ok("CreateGatewayTarget", new_target(gateway, name)).await;
        self.settle().await;
        json!({"gatewayIdentifier": gateway, "targetId": target["targetId"]})
    }

    /// Ids of the tools of a gateway, as policies are judged by them.
    async fn tools_of(&self, gateway: &str) -> Option<Vec<String>> {
        let arn = self.control.place.gateway_arn(gateway);
        let tools = super::super::gateway::tools_of(&self.control, &arn)
            .await
            .unwrap()?;
        Some(tools.tools.iter().map(Tool::action_id).collect())
    }
}
