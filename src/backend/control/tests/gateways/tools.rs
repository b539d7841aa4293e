//! The asynchronous part: the tools of a target are asked for.

use super::*;
use std::time::Instant;
use tokio_util::sync::CancellationToken;

/// A target whose tools come from an MCP server: what names it, and its status after it settled.
async fn served(rig: &Rig, gateway: &str, name: &str) -> (Value, Value) {
    let create = with(new_target(gateway, name), "targetConfiguration", server());
    let made = rig.ok("CreateGatewayTarget", create).await;
    rig.settle().await;
    let named = json!({"gatewayIdentifier": gateway, "targetId": made["targetId"]});
    let shown = rig.ok("GetGatewayTarget", named.clone()).await;
    (named, shown)
}

async fn synchronize(rig: &Rig, target: &Value) -> Value {
    let input = json!({
        "gatewayIdentifier": target["gatewayIdentifier"], "targetIdList": [target["targetId"]],
    });
    let answer = rig.ok("SynchronizeGatewayTargets", input).await;
    answer["targets"][0].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn tools_are_fetched_again_on_demand() {
    let source = Written::new([Answer::Tools(&["a"]), Answer::Tools(&["b", "c"])]);
    let rig = Rig::with(&[], source).await;
    let gateway = rig.gateway("g").await;
    let (target, shown) = served(&rig, &gateway, "t").await;
    assert_eq!(shown["status"], "READY");
    assert_eq!(shown["lastSynchronizedAt"], shown["updatedAt"]);
    assert_eq!(shown["listingMode"], "DEFAULT");
    assert_eq!(shown["resourcePriority"], 1000);
    assert_eq!(rig.tools_of(&gateway).await.unwrap(), ["t___a"]);
    let synchronizing = synchronize(&rig, &target).await;
    assert_eq!(synchronizing["status"], "SYNCHRONIZING");
    // Until the new ones are there, the old ones hold.
    assert_eq!(rig.tools_of(&gateway).await.unwrap(), ["t___a"]);
    let refused = json!({"gatewayIdentifier": gateway, "targetIdList": [target["targetId"]]});
    assert_eq!(
        rig.conflict("SynchronizeGatewayTargets", refused).await,
        "Gateway target cannot be synchronized while its status is SYNCHRONIZING"
    );
    rig.settle().await;
    let again = rig.ok("GetGatewayTarget", target).await;
    assert_eq!(again["status"], "READY");
    assert_eq!(
        again["lastSynchronizedAt"].as_i64().unwrap(),
        shown["lastSynchronizedAt"].as_i64().unwrap() + 50_000
    );
    assert_eq!(rig.tools_of(&gateway).await.unwrap(), ["t___b", "t___c"]);
}

#[tokio::test]
async fn calls_go_where_the_tools_came_from_until_those_of_another_place_are_known() {
    let source = Written::new([
        Answer::Tools(&["a"]),
        Answer::Fails("no update"),
        Answer::Tools(&["b"]),
    ]);
    let rig = Rig::with(&[], source).await;
    let gateway = rig.gateway("g").await;
    let (target, shown) = served(&rig, &gateway, "t").await;
    let called = async || {
        let in_force = rig
            .control
            .gateway_in_force(&gateway)
            .await
            .unwrap()
            .unwrap()
            .unwrap();
        in_force.targets[0].configuration.clone()
    };
    let before = shown["targetConfiguration"].clone();
    let after = json!({"mcp": {"mcpServer": {"endpoint": "https://other.example.com/mcp"}}});
    assert_eq!(called().await, before);
    let update = with(target, "targetConfiguration", after.clone());
    for settled in [&before, &after] {
        rig.ok("UpdateGatewayTarget", update.clone()).await;
        assert_eq!(called().await, before);
        rig.settle().await;
        assert_eq!(called().await, *settled);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_fails_leaves_its_reason_and_the_tools_of_before() {
    let source = Written::new([
        Answer::Tools(&["a"]),
        Answer::Fails("no sync"),
        Answer::Fails("no update"),
        Answer::Tools(&["b"]),
        Answer::Fails("no create"),
        Answer::Panics,
    ]);
    let rig = Rig::with(&[], source).await;
    let gateway = rig.gateway("g").await;
    let (target, _) = served(&rig, &gateway, "t").await;
    synchronize(&rig, &target).await;
    rig.settle().await;
    let told = |shown: &Value| (shown["status"].clone(), shown["statusReasons"].clone());
    let failed = rig.ok("GetGatewayTarget", target.clone()).await;
    assert_eq!(
        told(&failed),
        (json!("SYNCHRONIZE_UNSUCCESSFUL"), json!(["no sync"]))
    );
    assert_eq!(rig.tools_of(&gateway).await.unwrap(), ["t___a"]);
    let update = with(target.clone(), "targetConfiguration", server());
    let updating = rig.ok("UpdateGatewayTarget", update.clone()).await;
    assert_eq!(told(&updating), (json!("UPDATING"), json!([])));
    rig.settle().await;
    let failed = rig.ok("GetGatewayTarget", target.clone()).await;
    assert_eq!(
        told(&failed),
        (json!("UPDATE_UNSUCCESSFUL"), json!(["no update"]))
    );
    assert_eq!(rig.tools_of(&gateway).await.unwrap(), ["t___a"]);
    rig.ok("UpdateGatewayTarget", update).await;
    rig.settle().await;
    let ready = rig.ok("GetGatewayTarget", target).await;
    assert_eq!(told(&ready), (json!("READY"), json!([])));
    assert_eq!(rig.tools_of(&gateway).await.unwrap(), ["t___b"]);

    let (failed, shown) = served(&rig, &gateway, "u").await;
    assert_eq!(told(&shown), (json!("FAILED"), json!(["no create"])));
    let (_, shown) = served(&rig, &gateway, "v").await;
    let fault = "The tools could not be read: a fault of this backend, see its log";
    assert_eq!(told(&shown), (json!("FAILED"), json!([fault])));
    // What failed can be deleted.
    rig.ok("DeleteGatewayTarget", failed.clone()).await;
    rig.settle().await;
    rig.missing("GetGatewayTarget", failed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_is_listed_on_demand_counts_by_the_switch() {
    for (switches, expected) in [
        (&[][..], ["t___echo"].as_slice()),
        (&["compat.dynamic-listing-schema=nothing"][..], &[]),
    ] {
        let rig = Rig::with(switches, Written::new([])).await;
        let gateway = rig.gateway("g").await;
        let mut dynamic = server();
        dynamic["mcp"]["mcpServer"]["listingMode"] = json!("DYNAMIC");
        let create = with(new_target(&gateway, "t"), "targetConfiguration", dynamic);
        rig.ok("CreateGatewayTarget", create).await;
        rig.settle().await;
        assert_eq!(rig.tools_of(&gateway).await.unwrap(), expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_source_holds_up_nobody() {
    let directory = TempDir::new().unwrap();
    let source = Written::silent();
    let store = Arc::new(Sqlite::open(directory.path()).await.unwrap());
    let script = Arc::new(Script::new(Catalog::default()));
    let control = Arc::new(Control::new(Setup {
        store,
        place: Place {
            region: "us-east-1".to_owned(),
            account: "123456789012".to_owned(),
            gateways: None,
        },
        clocks: Clocks::system(&script),
        delay: Duration::ZERO,
        switches: Switches::default(),
        script,
        tools: source.clone(),
        author: Arc::new(DeterministicAuthor),
        solver: Solver::none(),
    }));
    let shutdown = CancellationToken::new();
    let working = tokio::spawn({
        let (control, shutdown) = (control.clone(), shutdown.clone());
        async move { control.work(shutdown).await }
    });
    let call = async |operation: &str, input: Value| {
        control
            .perform(operation, input, &root(), Faults::default())
            .await
            .unwrap()
    };
    let becomes = async |operation: &str, input: &Value, status: &str| {
        let begin = Instant::now();
        loop {
            let shown = call(operation, input.clone()).await;
            if shown["status"] == status {
                return;
            }
            assert!(begin.elapsed() < Duration::from_secs(20), "{shown}");
            tokio::task::yield_now().await;
        }
    };
    let made = call("CreateGateway", new_gateway("g")).await;
    let gateway = json!({"gatewayIdentifier": made["gatewayId"]});
    becomes("GetGateway", &gateway, "READY").await;
    let mut targets = Vec::new();
    for name in ["a", "b"] {
        let create = new_target(made["gatewayId"].as_str().unwrap(), name);
        let target = call("CreateGatewayTarget", create).await;
        targets.push(with(gateway.clone(), "targetId", target["targetId"].clone()));
    }
    let engine = call("CreatePolicyEngine", json!({"name": "e"})).await;
    let engine = json!({"policyEngineId": engine["policyEngineId"]});
    becomes("GetPolicyEngine", &engine, "ACTIVE").await;
    for target in &targets {
        becomes("GetGatewayTarget", target, "CREATING").await;
    }
    source.permits.add_permits(2);
    for target in &targets {
        becomes("GetGatewayTarget", target, "READY").await;
    }
    shutdown.cancel();
    working.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asked_and_is_gone_is_followed_by_another() {
    let source = Written::silent();
    let rig = Rig::with(&[], source.clone()).await;
    let gateway = rig.gateway("g").await;
    let made = rig.ok("CreateGatewayTarget", new_target(&gateway, "t")).await;
    let target = json!({"gatewayIdentifier": gateway, "targetId": made["targetId"]});
    rig.machine.advance(DELAY);
    // The one who asks is dropped while it waits for an answer.
    let mut asking = Box::pin(rig.control.settle());
    let key = Key {
        kind: Kind::Target,
        id: made["targetId"].as_str().unwrap().to_owned(),
    };
    let lease = rig.machine.now() + 30_000_000;
    loop {
        assert!(futures::poll!(&mut asking).is_pending());
        let record = rig.control.store.get(&key).await.unwrap().unwrap();
        if record.due == Some(lease) {
            break;
        }
        tokio::task::yield_now().await;
    }
    drop(asking);
    let rig = rig.restarted().await;
    source.permits.add_permits(1000);
    rig.machine.advance(Duration::from_secs(29));
    rig.control.settle().await.unwrap();
    assert_eq!(
        rig.ok("GetGatewayTarget", target.clone()).await["status"],
        "CREATING"
    );
    rig.machine.advance(Duration::from_secs(1));
    rig.control.settle().await.unwrap();
    assert_eq!(rig.ok("GetGatewayTarget", target).await["status"], "READY");
    assert_eq!(rig.tools_of(&gateway).await.unwrap(), ["t___echo"]);
}
