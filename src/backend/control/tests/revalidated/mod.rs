//! Policies are judged again when tools change (`compat.revalidate-on-tool-change`).

mod crash;
mod races;
mod reasons;

use super::*;
use crate::backend::control::record::{PolicyBody, Stored, TargetBody};

const ALWAYS: &str = "compat.revalidate-on-tool-change=always";

/// A gateway `shop` with a target `Orders` of two tools, and an engine that is attached to nothing.
struct Shop {
    rig: Rig,
    engine: String,
    gateway: String,
    target: Value,
}

impl Shop {
    async fn new(switches: &[&str]) -> Self {
        let rig = Rig::switched(switches).await;
        let engine = rig.engine("e").await;
        let gateway = rig.ok("CreateGateway", new_gateway("shop")).await["gatewayId"].clone();
        rig.settle().await;
        let gateway = gateway.as_str().unwrap().to_owned();
        let create = new_target(&gateway, "Orders", &amounts("integer"));
        let target = rig.ok("CreateGatewayTarget", create).await["targetId"].clone();
        rig.settle().await;
        Self {
            rig,
            engine,
            target: json!({"gatewayIdentifier": gateway, "targetId": target}),
            gateway,
        }
    }

    /// A statement about one tool of `shop`; `USER` is any user, `GATEWAY` the gateway.
    fn text(&self, statement: &str) -> String {
        let arn = self.rig.control.place.gateway_arn(&self.gateway);
        statement
            .replace("GATEWAY", &format!("resource == AgentCore::Gateway::\"{arn}\""))
            .replace("REFUND", "action == AgentCore::Action::\"Orders___refund\"")
            .replace("VIEW", "action == AgentCore::Action::\"Orders___view\"")
            .replace("USER", "principal is AgentCore::OAuthUser")
    }

    /// What names a settled policy of an engine.
    async fn policy_of(&self, engine: &str, name: &str, statement: &str) -> Value {
        self.rig.policy(engine, name, &self.text(statement)).await
    }

    async fn policy(&self, name: &str, statement: &str) -> Value {
        self.policy_of(&self.engine, name, statement).await
    }

    /// Gives the target other tools, not settled yet.
    async fn change(&self, tools: &Value) {
        let update = with(self.target.clone(), "targetConfiguration", lambda(tools));
        let updating = self.rig.ok("UpdateGatewayTarget", update).await;
        assert_eq!(updating["status"], "UPDATING");
    }

    async fn changed(&self, tools: &Value) {
        self.change(tools).await;
        self.rig.settle().await;
        let target = self.rig.ok("GetGatewayTarget", self.target.clone()).await;
        assert_eq!(target["status"], "READY", "{target}");
    }

    async fn attach(&self, engine: Option<&str>) {
        let mut update = with(new_gateway("shop"), "gatewayIdentifier", json!(self.gateway));
        if let Some(engine) = engine {
            let arn = self.rig.control.place.engine_arn(engine);
            update["policyEngineConfiguration"] = json!({"arn": arn, "mode": "ENFORCE"});
        }
        self.rig.ok("UpdateGateway", update).await;
        self.rig.settle().await;
        let named = json!({"gatewayIdentifier": self.gateway});
        assert_eq!(self.rig.ok("GetGateway", named).await["status"], "READY");
    }

    /// Status and reasons.
    async fn shown(&self, policy: &Value) -> (String, Vec<String>) {
        let policy = self.rig.ok("GetPolicy", policy.clone()).await;
        let reasons = serde_json::from_value(policy["statusReasons"].clone()).unwrap();
        (policy["status"].as_str().unwrap().to_owned(), reasons)
    }

    async fn is(&self, policy: &Value, status: &str) {
        let (now, reasons) = self.shown(policy).await;
        assert_eq!(now, status, "{reasons:?}");
    }

    /// It is in UPDATE_FAILED, and of its one reason this is a part.
    async fn fails(&self, policy: &Value, part: &str) {
        let (status, reasons) = self.shown(policy).await;
        assert_eq!(
            (status.as_str(), reasons.len()),
            ("UPDATE_FAILED", 1),
            "{reasons:?}"
        );
        assert!(reasons[0].contains(part), "{reasons:?}");
    }

    /// The policy as it is kept.
    async fn kept(&self, policy: &Value) -> Stored<PolicyBody> {
        let id = policy["policyId"].as_str().unwrap();
        self.rig.control.find(id).await.unwrap().unwrap()
    }

    /// The target as it is kept.
    async fn kept_target(&self) -> Stored<TargetBody> {
        let id = self.target["targetId"].as_str().unwrap();
        self.rig.control.find(id).await.unwrap().unwrap()
    }
}

/// Two tools, `refund` with an amount of this type and `view` without arguments.
fn amounts(json_type: &str) -> Value {
    let amount =
        json!({"type": "object", "properties": {"amount": {"type": json_type}}, "required": ["amount"]});
    json!([
        {"name": "refund", "description": "d", "inputSchema": amount},
        {"name": "view", "description": "d", "inputSchema": {"type": "object"}},
    ])
}

fn only_view() -> Value {
    json!([amounts("integer")[1]])
}

fn lambda(tools: &Value) -> Value {
    json!({"mcp": {"lambda": {
        "lambdaArn": "arn:aws:lambda:us-east-1:123456789012:function:f",
        "toolSchema": {"inlinePayload": tools},
    }}})
}

fn new_target(gateway: &str, name: &str, tools: &Value) -> Value {
    json!({"gatewayIdentifier": gateway, "name": name, "targetConfiguration": lambda(tools)})
}

fn new_gateway(name: &str) -> Value {
    json!({
        "name": name, "roleArn": "arn:aws:iam::123456789012:role/gateway", "authorizerType": "AWS_IAM",
        "protocolType": "MCP",
    })
}

const REFUND: &str = "permit(USER, REFUND, GATEWAY) when { context.input.amount < 5 };";
const VIEW: &str = "permit(USER, VIEW, GATEWAY) when { principal.hasTag(\"sub\") };";
const GONE: &str = "unrecognized action `AgentCore::Action::\"Orders___refund\"`";
const OTHER_TYPE: &str = "unexpected type: expected Long but saw decimal";
