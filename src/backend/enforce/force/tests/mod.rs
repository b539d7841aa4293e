//! What is in force follows what the control plane was told.

mod others;
mod shaky;
mod unread;

use super::*;
use crate::backend::control::{Caller, Control, scratch_over};
use crate::backend::script::{Catalog, Faults};
use crate::backend::switches::Switches;
use crate::cedar::{Call, Decision, Principal, PrincipalKind};
use serde_json::{Value, json};
use shaky::Shaky;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

const REFUNDS: &str = "Refunds___refund";

/// Longer than anything takes that is waited for.
const LONG: Duration = Duration::from_mins(1);

struct Rig {
    directory: Arc<TempDir>,
    store: Arc<Shaky>,
    control: Arc<Control>,
    force: Arc<Force>,
    stop: CancellationToken,
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Rig {
    /// A control plane at work, and a force that follows it.
    async fn new() -> Self {
        Self::patient(LONG).await
    }

    /// The same; the force goes on for so long without the database.
    async fn patient(patience: Duration) -> Self {
        let directory = Arc::new(TempDir::new().unwrap());
        let store = Shaky::open(directory.path()).await;
        Self::over(directory, store, patience)
    }

    /// Another process with the same database, as far as one tells the other nothing.
    fn other(&self) -> Self {
        Self::over(Arc::clone(&self.directory), Arc::clone(&self.store), LONG)
    }

    /// Another process with the same database, which it reaches by a way of its own.
    fn beside(&self) -> Self {
        Self::over(Arc::clone(&self.directory), self.store.beside(), LONG)
    }

    fn over(directory: Arc<TempDir>, store: Arc<Shaky>, patience: Duration) -> Self {
        let control = scratch_over(store.clone(), Switches::default(), Catalog::default());
        let force = Arc::new(Force::patient(Arc::clone(&control), patience));
        let stop = CancellationToken::new();
        let (working, following) = (Arc::clone(&control), Arc::clone(&force));
        let (until, and_until) = (stop.clone(), stop.clone());
        tokio::spawn(async move { working.work(until).await });
        tokio::spawn(async move { following.follow(and_until).await });
        Self {
            directory,
            store,
            control,
            force,
            stop,
        }
    }

    async fn call(&self, operation: &str, input: Value) -> Value {
        let caller = Caller::root("123456789012");
        self.control
            .perform(operation, input.clone(), &caller, Faults::default())
            .await
            .unwrap_or_else(|refusal| panic!("{operation} {input}: {refusal}"))
    }

    /// Asks until the status is this one.
    async fn until(&self, operation: &str, input: Value, status: &str) -> Value {
        loop {
            let shown = self.call(operation, input.clone()).await;
            if shown["status"] == status {
                return shown;
            }
            tokio::task::yield_now().await;
        }
    }

    async fn engine(&self) -> String {
        self.engine_named("Refunds").await
    }

    async fn engine_named(&self, name: &str) -> String {
        let id = self.call("CreatePolicyEngine", json!({"name": name})).await["policyEngineId"].clone();
        self.until("GetPolicyEngine", json!({"policyEngineId": id}), "ACTIVE")
            .await;
        id.as_str().unwrap().to_owned()
    }

    async fn gateway(&self, engine: Option<(&str, &str)>) -> String {
        self.gateway_named("refunds", engine).await
    }

    async fn gateway_named(&self, name: &str, engine: Option<(&str, &str)>) -> String {
        let mut input = settings();
        input["name"] = json!(name);
        input["policyEngineConfiguration"] = attachment(engine);
        let id = self.call("CreateGateway", input).await["gatewayId"].clone();
        self.until("GetGateway", json!({"gatewayIdentifier": id}), "READY")
            .await;
        id.as_str().unwrap().to_owned()
    }

    async fn target(&self, gateway: &str) {
        let target = json!({"gatewayIdentifier": gateway, "name": "Refunds", "targetConfiguration": {"mcp": {"lambda": {
            "lambdaArn": "arn:aws:lambda:us-east-1:123456789012:function:f",
            "toolSchema": {"inlinePayload": [{"name": "refund", "description": "d", "inputSchema": {
                "type": "object", "properties": {"amount": {"type": "integer"}}, "required": ["amount"],
            }}]},
        }}}});
        let id = self.call("CreateGatewayTarget", target).await["targetId"].clone();
        let named = json!({"gatewayIdentifier": gateway, "targetId": id});
        self.until("GetGatewayTarget", named, "READY").await;
    }

    async fn policy(&self, engine: &str, gateway: &str, name: &str, effect: &str, below: i64) -> Value {
        let input = json!({
            "policyEngineId": engine, "name": name, "definition": definition(gateway, effect, below),
            "validationMode": "IGNORE_ALL_FINDINGS",
        });
        let id = self.call("CreatePolicy", input).await["policyId"].clone();
        let named = json!({"policyEngineId": engine, "policyId": id});
        self.until("GetPolicy", named.clone(), "ACTIVE").await;
        named
    }

    /// Whether a refund of this amount is allowed by what is in force now; none when there is no such gateway or tool.
    async fn allows(&self, gateway: &str, amount: i64) -> Option<bool> {
        self.force.caught_up().await.unwrap();
        let gate = self.force.gate(gateway).unwrap()?;
        gate.tool(REFUNDS)?;
        Some(decides(&gate, amount).unwrap())
    }
}

/// What a gateway decides about a refund of this amount, or why it cannot.
fn decides(gate: &Gate, amount: i64) -> Result<bool, String> {
    let Some(engine) = &gate.engine else {
        return Ok(true);
    };
    let snapshot = engine.authorizer.as_ref().map_err(String::clone)?.snapshot();
    let user = Principal::new(PrincipalKind::OAuthUser, "u", []).unwrap();
    let arguments = serde_json::Map::from_iter([("amount".to_owned(), json!(amount))]);
    let call = Call {
        tool: REFUNDS,
        arguments: &arguments,
        now: 0,
    };
    Ok(snapshot.request(&user, call).unwrap().decide().decision == Decision::Allow)
}

fn settings() -> Value {
    json!({
        "name": "refunds", "roleArn": "arn:aws:iam::123456789012:role/r", "authorizerType": "NONE",
        "protocolType": "MCP",
    })
}

fn attachment(engine: Option<(&str, &str)>) -> Value {
    engine.map_or(Value::Null, |(engine, mode)| {
        let arn = format!("arn:aws:bedrock-agentcore:us-east-1:123456789012:policy-engine/{engine}");
        json!({"arn": arn, "mode": mode})
    })
}

fn definition(gateway: &str, effect: &str, below: i64) -> Value {
    let arn = format!("arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/{gateway}");
    let statement = format!(
        "{effect}(principal, action == AgentCore::Action::\"{REFUNDS}\", resource == AgentCore::Gateway::\"{arn}\") \
         when {{ context.input.amount < {below} }};"
    );
    json!({"cedar": {"statement": statement}})
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_told_is_in_force_for_the_next_call() {
    let rig = Rig::new().await;
    let engine = rig.engine().await;
    assert_eq!(rig.allows("nothing-0123456789", 1).await, None);
    let gateway = rig.gateway(Some((&engine, "ENFORCE"))).await;
    assert_eq!(rig.allows(&gateway, 1).await, None, "no tool yet");
    rig.target(&gateway).await;
    assert_eq!(rig.allows(&gateway, 1).await, Some(false), "denied by default");
    let permit = rig.policy(&engine, &gateway, "Below", "permit", 1000).await;
    for (amount, allowed) in [(500, true), (2000, false)] {
        assert_eq!(rig.allows(&gateway, amount).await, Some(allowed), "{amount}");
    }
    // An update is in force when it says that it is.
    let mut update = permit.clone();
    update["definition"] = definition(&gateway, "permit", 5000);
    update["validationMode"] = json!("IGNORE_ALL_FINDINGS");
    rig.call("UpdatePolicy", update).await;
    rig.until("GetPolicy", permit.clone(), "ACTIVE").await;
    assert_eq!(rig.allows(&gateway, 2000).await, Some(true));
    // A forbid wins, and takes its leave.
    let forbid = rig.policy(&engine, &gateway, "Forbid", "forbid", 100).await;
    assert_eq!(rig.allows(&gateway, 50).await, Some(false));
    assert_eq!(rig.allows(&gateway, 500).await, Some(true));
    rig.call("DeletePolicy", forbid.clone()).await;
    while rig
        .control
        .policy_in_force(forbid["policyId"].as_str().unwrap())
        .await
        .unwrap()
        .unwrap()
        .is_some()
    {
        tokio::task::yield_now().await;
    }
    assert_eq!(rig.allows(&gateway, 50).await, Some(true));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_comes_and_goes_with_the_gateway_that_names_it() {
    let rig = Rig::new().await;
    let (engine, other) = (
        rig.engine().await,
        rig.call("CreatePolicyEngine", json!({"name": "Other"})).await,
    );
    let other = other["policyEngineId"].as_str().unwrap().to_owned();
    rig.until("GetPolicyEngine", json!({"policyEngineId": other}), "ACTIVE")
        .await;
    let gateway = rig.gateway(None).await;
    rig.target(&gateway).await;
    assert_eq!(rig.allows(&gateway, 1).await, Some(true), "nothing governs it");
    rig.policy(&engine, &gateway, "Below", "permit", 1000).await;
    for (named, enforces, allowed) in [
        (Some((engine.as_str(), "ENFORCE")), Some(true), Some(true)),
        (Some((engine.as_str(), "LOG_ONLY")), Some(false), Some(true)),
        (Some((other.as_str(), "ENFORCE")), Some(true), Some(false)),
        (None, None, Some(true)),
    ] {
        let mut update = settings();
        update["gatewayIdentifier"] = json!(gateway);
        update["policyEngineConfiguration"] = attachment(named);
        rig.call("UpdateGateway", update).await;
        rig.until("GetGateway", json!({"gatewayIdentifier": gateway}), "READY")
            .await;
        assert_eq!(rig.allows(&gateway, 1).await, allowed, "{named:?}");
        let gate = rig.force.gate(&gateway).unwrap().unwrap();
        assert_eq!(
            gate.engine.as_ref().map(|engine| engine.enforces),
            enforces,
            "{named:?}"
        );
    }
}
