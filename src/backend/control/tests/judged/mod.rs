//! How policies are judged: the schema of the gateways' tools, validation, findings.

mod exact;
mod findings;
mod http;
mod schema;

use super::*;
use crate::backend::tools::Targets;

/// A shop: a gateway with two tools, and an engine.
struct Shop {
    rig: Rig,
    engine: String,
    gateway: String,
}

impl Shop {
    async fn new(switches: &[&str]) -> Self {
        let rig = Rig::with(switches, Arc::new(Targets::default())).await;
        let engine = rig.engine("e").await;
        let gateway = rig.ok("CreateGateway", new_gateway("shop")).await;
        rig.settle().await;
        let shop = Self {
            gateway: gateway["gatewayId"].as_str().unwrap().to_owned(),
            engine,
            rig,
        };
        shop.target("Refunds", &["refund", "view"]).await;
        shop
    }

    /// A target whose tools take an amount and may take a reason.
    async fn target(&self, name: &str, tools: &[&str]) {
        let input = json!({
            "type": "object",
            "properties": {"amount": {"type": "integer"}, "reason": {"type": "string"}},
            "required": ["amount"],
        });
        let tools: Vec<Value> = tools
            .iter()
            .map(|name| json!({"name": name, "description": "d", "inputSchema": input}))
            .collect();
        let configuration = json!({"mcp": {"lambda": {
            "lambdaArn": "arn:aws:lambda:us-east-1:123456789012:function:f",
            "toolSchema": {"inlinePayload": tools},
        }}});
        let input =
            json!({"gatewayIdentifier": self.gateway, "name": name, "targetConfiguration": configuration});
        self.rig.ok("CreateGatewayTarget", input).await;
        self.rig.settle().await;
    }

    async fn attach(&self) {
        let arn = format!(
            "arn:aws:bedrock-agentcore:us-east-1:123456789012:policy-engine/{}",
            self.engine
        );
        let update = with(new_gateway("shop"), "gatewayIdentifier", json!(self.gateway));
        let attachment = json!({"arn": arn, "mode": "ENFORCE"});
        self.rig
            .ok(
                "UpdateGateway",
                with(update, "policyEngineConfiguration", attachment),
            )
            .await;
        self.rig.settle().await;
    }

    /// `GATEWAY` is the gateway, `REFUND` and `VIEW` are its tools, `USER` is any user, `ALL` all gateways.
    fn text(&self, statement: &str) -> String {
        let arn = self.rig.control.place.gateway_arn(&self.gateway);
        statement
            .replace("GATEWAY", &format!("resource == AgentCore::Gateway::\"{arn}\""))
            .replace("REFUND", "action == AgentCore::Action::\"Refunds___refund\"")
            .replace("VIEW", "action == AgentCore::Action::\"Refunds___view\"")
            .replace("USER", "principal is AgentCore::OAuthUser")
            .replace("ALL", "resource is AgentCore::Gateway")
    }

    /// What a request with this statement and these members makes, not settled yet.
    async fn asked(&self, name: &str, statement: &str, more: Value) -> Value {
        let mut input = new_policy(&self.engine, name, &self.text(statement));
        for (member, value) in more.as_object().unwrap() {
            input[member] = value.clone();
        }
        let policy = self.rig.ok("CreatePolicy", input).await;
        json!({"policyEngineId": self.engine, "policyId": policy["policyId"]})
    }

    /// Status and reasons.
    async fn shown(&self, policy: &Value) -> (String, Vec<String>) {
        let policy = self.rig.ok("GetPolicy", policy.clone()).await;
        let reasons = policy["statusReasons"].as_array().unwrap().iter();
        (
            policy["status"].as_str().unwrap().to_owned(),
            reasons
                .map(|reason| reason.as_str().unwrap().to_owned())
                .collect(),
        )
    }

    /// What becomes of a new policy.
    async fn judged(&self, name: &str, statement: &str) -> (String, Vec<String>) {
        self.judged_with(name, statement, json!({})).await
    }

    async fn judged_with(&self, name: &str, statement: &str, more: Value) -> (String, Vec<String>) {
        let policy = self.asked(name, statement, more).await;
        self.rig.settle().await;
        self.shown(&policy).await
    }
}

fn new_gateway(name: &str) -> Value {
    json!({
        "name": name, "roleArn": "arn:aws:iam::123456789012:role/gateway", "authorizerType": "AWS_IAM",
        "protocolType": "MCP",
    })
}

fn active() -> (String, Vec<String>) {
    ("ACTIVE".to_owned(), Vec::new())
}

fn failed(reasons: impl IntoIterator<Item = String>) -> (String, Vec<String>) {
    ("CREATE_FAILED".to_owned(), reasons.into_iter().collect())
}

fn permissive(principal: &str, action: &str, gateway: &str) -> String {
    format!(
        "Overly Permissive: Policy Engine will allow every request for the specified principal (AgentCore::{principal}), \
         action ({action}) and resource ({gateway}) combination if the policy is added or updated"
    )
}

fn restrictive(principal: &str, action: &str, gateway: &str) -> String {
    format!(
        "Overly Restrictive: Policy Engine will deny every request for the specified principal (AgentCore::{principal}), \
         action ({action}) and resource ({gateway}) combination if the policy is added or updated"
    )
}

const IGNORED: &str = "IGNORE_ALL_FINDINGS";
