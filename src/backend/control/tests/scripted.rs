//! What the fault script does to statuses and lists.

use super::*;
use crate::backend::control::scripted;
use crate::backend::script::Facts;

fn script(rules: &str) -> Script {
    let facts = Facts {
        changes: true,
        consents: true,
        lists: true,
        ..Facts::default()
    };
    let names = [
        "CreatePolicyEngine",
        "UpdatePolicyEngine",
        "DeletePolicyEngine",
        "ListPolicyEngines",
        "CreatePolicy",
        "UpdatePolicy",
        "ListPolicies",
        "CreateGatewayTarget",
        "UpdateGatewayTarget",
        "SynchronizeGatewayTargets",
    ];
    let script = Script::new(Catalog::new(names.map(|name| (name.to_owned(), facts.clone()))));
    script.set(&format!("rules: [{rules}]")).unwrap();
    script
}

impl Rig {
    async fn playing(rules: &str) -> Self {
        let mut rig = Self::new().await;
        rig.control.script = Arc::new(script(rules));
        rig
    }

    async fn played(&self, operation: &str, input: Value) -> Value {
        let caller = Caller::root("123456789012");
        let faults = self.control.script.call(operation);
        self.control
            .perform(operation, input, &caller, faults)
            .await
            .unwrap()
    }

    async fn pass(&self, time: Duration) {
        self.service.advance(time);
        self.machine.advance(time);
        self.control.settle().await.unwrap();
    }

    async fn status(&self, engine: &Value) -> Value {
        self.ok("GetPolicyEngine", json!({"policyEngineId": engine}))
            .await["status"]
            .clone()
    }

    /// Names and statuses in the list of engines that the script lets the caller see.
    async fn seen(&self, page: u32) -> Vec<String> {
        let mut seen = Vec::new();
        let mut token = Value::Null;
        loop {
            let input = json!({"maxResults": page, "nextToken": token});
            let list = self.played("ListPolicyEngines", input).await;
            let engines = list["policyEngines"].as_array().unwrap();
            seen.extend(engines.iter().map(|engine| {
                format!(
                    "{} {}",
                    engine["name"].as_str().unwrap(),
                    engine["status"].as_str().unwrap()
                )
            }));
            token = list["nextToken"].clone();
            if token.is_null() {
                return seen;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_stays_for_as_long_as_the_script_says_also_after_a_restart() {
    let rig = Rig::playing("{operation: CreatePolicyEngine, calls: 1, stay: 10s}").await;
    let slow = rig.played("CreatePolicyEngine", json!({"name": "slow"})).await["policyEngineId"].clone();
    let quick = rig.played("CreatePolicyEngine", json!({"name": "quick"})).await["policyEngineId"].clone();
    rig.settle().await;
    assert_eq!(
        (rig.status(&slow).await, rig.status(&quick).await),
        (json!("CREATING"), json!("ACTIVE"))
    );
    let rig = rig.restarted().await;
    rig.pass(Duration::from_secs(9)).await;
    assert_eq!(rig.status(&slow).await, "CREATING");
    rig.pass(Duration::from_secs(1)).await;
    assert_eq!(rig.status(&slow).await, "ACTIVE");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_fails_for_the_scripts_reason_and_the_next_does_not() {
    let rig = Rig::playing(
        "{operation: CreatePolicyEngine, calls: 1, fail: no key}, {operation: UpdatePolicyEngine, calls: 1, fail: no way}, \
         {operation: DeletePolicyEngine, calls: 1, fail: no end}, {operation: CreatePolicy, fail: no rule}",
    )
    .await;
    let engine = rig.played("CreatePolicyEngine", json!({"name": "e"})).await;
    let id = json!({"policyEngineId": engine["policyEngineId"]});
    // Written again meanwhile, it is still the same change.
    rig.ok(
        "TagResource",
        json!({"resourceArn": engine["policyEngineArn"], "tags": {"a": "b"}}),
    )
    .await;
    for (operation, status, reason) in [
        (None, "CREATE_FAILED", Some("no key")),
        (Some("UpdatePolicyEngine"), "UPDATE_FAILED", Some("no way")),
        (Some("DeletePolicyEngine"), "DELETE_FAILED", Some("no end")),
        (Some("UpdatePolicyEngine"), "ACTIVE", None),
    ] {
        if let Some(operation) = operation {
            rig.played(operation, id.clone()).await;
        }
        rig.settle().await;
        let engine = rig.ok("GetPolicyEngine", id.clone()).await;
        assert_eq!(engine["status"], status);
        assert_eq!(
            engine["statusReasons"],
            reason.map_or(json!([]), |reason| json!([reason]))
        );
    }
    let policy = new_policy(id["policyEngineId"].as_str().unwrap(), "p", GOOD);
    let policy = rig.played("CreatePolicy", policy).await;
    rig.settle().await;
    let input = json!({"policyEngineId": id["policyEngineId"], "policyId": policy["policyId"]});
    let policy = rig.ok("GetPolicy", input).await;
    assert_eq!(
        (&policy["status"], &policy["statusReasons"]),
        (&json!("CREATE_FAILED"), &json!(["no rule"]))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_exactly_as_it_was() {
    let rig = Rig::playing("{operation: ListPolicyEngines, lag: 1s}").await;
    rig.service.advance(Duration::from_micros(1));
    let mut engines = Vec::new();
    for name in ["a", "b", "c"] {
        engines.push(rig.ok("CreatePolicyEngine", json!({"name": name})).await["policyEngineId"].clone());
        rig.service.advance(Duration::from_micros(1));
    }
    assert_eq!(rig.seen(10).await, [""; 0]);
    rig.pass(Duration::from_secs(1)).await;
    assert_eq!(rig.seen(2).await, ["a CREATING", "b CREATING", "c CREATING"]);
    rig.pass(Duration::from_secs(1)).await;
    assert_eq!(rig.seen(1).await, ["a ACTIVE", "b ACTIVE", "c ACTIVE"]);

    // Deleted and changed several times within the second: still as before all of it.
    rig.ok("DeletePolicyEngine", json!({"policyEngineId": engines[1]}))
        .await;
    rig.settle().await;
    for _ in 0..2 {
        rig.ok("UpdatePolicyEngine", json!({"policyEngineId": engines[2]}))
            .await;
        rig.settle().await;
    }
    rig.ok("UpdatePolicyEngine", json!({"policyEngineId": engines[2]}))
        .await;
    rig.missing("GetPolicyEngine", json!({"policyEngineId": engines[1]}))
        .await;
    assert_eq!(rig.seen(2).await, ["a ACTIVE", "b ACTIVE", "c ACTIVE"]);
    rig.machine.advance(Duration::from_secs(1));
    assert_eq!(rig.seen(2).await, ["a ACTIVE", "c UPDATING"]);
    rig.control.script.clear();
    rig.control.settle().await.unwrap();
    assert_eq!(rig.seen(2).await, ["a ACTIVE", "c ACTIVE"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_was_refused_leaves_nothing_behind() {
    let rig = Rig::playing(
        "{operation: CreatePolicyEngine, fail: no key}, {operation: ListPolicyEngines, lag: 1h}",
    )
    .await;
    let record = rig.engine("e").await;
    let key = Key {
        kind: Kind::Engine,
        id: record,
    };
    let stored = rig.control.store.get(&key).await.unwrap().unwrap();
    let overtaken = Record {
        version: stored.version + 7,
        due: Some(1),
        ..stored
    };
    let faults = rig.control.script.call("CreatePolicyEngine");
    let committed = scripted::under(
        faults,
        rig.control.commit(vec![Write::Replace(overtaken.clone())]),
    )
    .await;
    assert!(!committed.unwrap());
    let next = Record {
        version: overtaken.version + 1,
        ..overtaken
    };
    assert_eq!(rig.control.scripted.doom(&next), None);
    assert_eq!(rig.seen(10).await, [""; 0], "the engine was made within the hour");
}

/// A READY gateway's id.
async fn gateway(rig: &Rig) -> Value {
    let input = json!({
        "name": "g", "roleArn": "arn:aws:iam::123456789012:role/gateway", "authorizerType": "AWS_IAM",
    });
    let gateway = rig.ok("CreateGateway", input).await["gatewayId"].clone();
    rig.settle().await;
    gateway
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_waits_for_consent_and_goes_on_also_after_a_restart() {
    let wait = Duration::from_secs(10);
    let rules = "{operation: CreateGatewayTarget, consent: 10s}, {operation: SynchronizeGatewayTargets, consent: 10s}, \
                 {operation: UpdateGatewayTarget, calls: 1, consent: 10s}, \
                 {operation: UpdateGatewayTarget, calls: 2, consent: 10s, fail: they said no}";
    let rig = Rig::playing(rules).await;
    let gateway = gateway(&rig).await;
    let tools = r#"{"tools": [{"name": "echo", "description": "d", "inputSchema": {"type": "object"}}]}"#;
    let static_list = json!({"mcp": {"mcpServer": {
        "endpoint": "https://example.com/mcp", "mcpToolSchema": {"inlinePayload": tools},
    }}});
    let create = json!({"gatewayIdentifier": gateway, "name": "t", "targetConfiguration": static_list});
    let made = rig.played("CreateGatewayTarget", create.clone()).await;
    let id = json!({"gatewayIdentifier": gateway, "targetId": made["targetId"]});
    let (gateway, target) = (gateway.as_str().unwrap(), made["targetId"].as_str().unwrap());
    let data = json!({"oauth2": {
        "authorizationUrl": format!("https://authorization.invalid/{gateway}/{target}"), "userId": target,
    }});
    let waits = |shown: &Value, status: &str| {
        assert_eq!(
            (&shown["status"], &shown["authorizationData"]),
            (&json!(status), &data)
        );
    };
    waits(&made, "CREATE_PENDING_AUTH");
    let update = with(id.clone(), "targetConfiguration", static_list);
    assert_eq!(
        rig.conflict("UpdateGatewayTarget", update.clone()).await,
        "Gateway target cannot be updated while its status is CREATE_PENDING_AUTH"
    );
    assert_eq!(
        rig.conflict("DeleteGatewayTarget", id.clone()).await,
        "Gateway target cannot be deleted while its status is CREATE_PENDING_AUTH"
    );
    rig.settle().await;
    waits(
        &rig.ok("GetGatewayTarget", id.clone()).await,
        "CREATE_PENDING_AUTH",
    );
    let script = Arc::clone(&rig.control.script);
    let mut rig = rig.restarted().await;
    rig.control.script = script;
    rig.pass(wait).await;
    let ready = rig.ok("GetGatewayTarget", id.clone()).await;
    assert_eq!(
        (&ready["status"], &ready["authorizationData"]),
        (&json!("READY"), &Value::Null)
    );

    waits(
        &rig.played("UpdateGatewayTarget", update.clone()).await,
        "UPDATE_PENDING_AUTH",
    );
    rig.pass(wait + DELAY).await;
    assert_eq!(rig.ok("GetGatewayTarget", id.clone()).await["status"], "READY");
    waits(
        &rig.played("UpdateGatewayTarget", update.clone()).await,
        "UPDATE_PENDING_AUTH",
    );
    rig.pass(wait + DELAY).await;
    let refused = rig.ok("GetGatewayTarget", id.clone()).await;
    assert_eq!(
        (&refused["status"], &refused["statusReasons"]),
        (&json!("UPDATE_UNSUCCESSFUL"), &json!(["they said no"]))
    );

    let server = json!({"mcp": {"mcpServer": {"endpoint": "http://127.0.0.1:1/mcp"}}});
    rig.played("UpdateGatewayTarget", with(update, "targetConfiguration", server))
        .await;
    rig.settle().await;
    let ids = json!({"gatewayIdentifier": gateway, "targetIdList": [target]});
    let synchronizing = rig.played("SynchronizeGatewayTargets", ids).await;
    waits(&synchronizing["targets"][0], "SYNCHRONIZE_PENDING_AUTH");
    rig.pass(wait + DELAY).await;
    // Then the server is asked, which is not there.
    let asked = rig.ok("GetGatewayTarget", id).await;
    assert_eq!(asked["status"], "SYNCHRONIZE_UNSUCCESSFUL");
    assert_ne!(asked["statusReasons"], json!([]));
}
