use super::*;

fn change(target: &Value, configuration: Value) -> Value {
    with(target.clone(), "targetConfiguration", configuration)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_goes_through_its_life_and_shows_all_that_was_said() {
    let rig = Rig::new().await;
    let gateway = rig.gateway("g").await;
    let mut said = new_target(&gateway, "My-Target");
    for (member, value) in [
        ("description", json!("d")),
        (
            "metadataConfiguration",
            json!({"allowedRequestHeaders": ["x-a"], "allowedQueryParameters": ["v"]}),
        ),
        (
            "privateEndpoint",
            json!({"selfManagedLatticeResource": {"resourceConfigurationIdentifier": "r"}}),
        ),
        ("certificateConfigurations", json!([{"s3": {"uri": "s3://b/k"}}])),
    ] {
        said[member] = value;
    }
    let created = rig.ok("CreateGatewayTarget", said.clone()).await;
    let id = created["targetId"].as_str().unwrap();
    let mut shown = said;
    shown.as_object_mut().unwrap().remove("gatewayIdentifier");
    for (member, value) in [
        ("targetId", json!(id)),
        ("gatewayArn", json!(rig.control.place.gateway_arn(&gateway))),
        ("createdAt", json!(START + 50_000)),
        ("updatedAt", json!(START + 50_000)),
        ("status", json!("CREATING")),
        ("statusReasons", json!([])),
        ("protocolType", json!("MCP")),
        ("targetType", json!("LAMBDA")),
        (
            "credentialProviderConfigurations",
            json!([{"credentialProviderType": "GATEWAY_IAM_ROLE"}]),
        ),
    ] {
        shown[member] = value;
    }
    for absent in [
        "authorizationData",
        "lastSynchronizedAt",
        "listingMode",
        "resourcePriority",
    ] {
        shown[absent] = Value::Null;
    }
    assert_eq!(created, shown);
    let named = json!({"gatewayIdentifier": gateway, "targetId": id});
    assert_eq!(rig.ok("GetGatewayTarget", named.clone()).await, created);
    assert_eq!(rig.tools_of(&gateway).await.unwrap(), [""; 0]);
    rig.settle().await;
    let ready = rig.ok("GetGatewayTarget", named.clone()).await;
    assert_eq!(
        (&ready["status"], &ready["updatedAt"]),
        (&json!("READY"), &json!(START + 100_000))
    );
    assert_eq!(rig.tools_of(&gateway).await.unwrap(), ["My-Target___echo"]);

    let deleting = rig.ok("DeleteGatewayTarget", named.clone()).await;
    assert_eq!(deleting["status"], "DELETING");
    assert_eq!(rig.tools_of(&gateway).await.unwrap(), [""; 0]);
    // A target that is being deleted keeps its gateway (service.md 9.5).
    let text = format!(
        "Gateway {gateway} has targets associated with it. Delete all targets before deleting the gateway."
    );
    let delete = json!({"gatewayIdentifier": gateway});
    assert_eq!(rig.invalid("DeleteGateway", delete.clone()).await, text);
    rig.settle().await;
    for operation in ["GetGatewayTarget", "DeleteGatewayTarget"] {
        assert_eq!(
            rig.missing(operation, named.clone()).await,
            format!("Gateway target with ID {id} does not exist in the gateway")
        );
    }
    rig.ok("DeleteGateway", delete).await;
    rig.settle().await;
    assert_eq!(rig.tools_of(&gateway).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_replaces_everything_but_a_name_that_is_left_out() {
    let rig = Rig::new().await;
    let gateway = rig.gateway("g").await;
    let mut said = with(new_target(&gateway, "t"), "description", json!("d"));
    said["credentialProviderConfigurations"] = json!([{"credentialProviderType": "API_KEY"}]);
    let created = rig.ok("CreateGatewayTarget", said).await;
    assert_eq!(
        created["credentialProviderConfigurations"],
        json!([{"credentialProviderType": "API_KEY"}])
    );
    rig.settle().await;
    let named = json!({"gatewayIdentifier": gateway, "targetId": created["targetId"]});
    let updating = rig.ok("UpdateGatewayTarget", change(&named, lambda())).await;
    assert_eq!(updating["status"], "UPDATING");
    assert_eq!(updating["name"], "t");
    assert!(updating["description"].is_null());
    assert_eq!(
        updating["credentialProviderConfigurations"],
        json!([{"credentialProviderType": "GATEWAY_IAM_ROLE"}])
    );
    rig.settle().await;
    let renamed = with(change(&named, lambda()), "name", json!("u"));
    rig.ok("UpdateGatewayTarget", renamed).await;
    rig.settle().await;
    assert_eq!(rig.tools_of(&gateway).await.unwrap(), ["u___echo"]);
    // The old name is free again.
    rig.target(&gateway, "t").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_is_of_one_gateway() {
    let rig = Rig::new().await;
    let (one, other) = (rig.gateway("one").await, rig.gateway("other").await);
    let target = rig.target(&one, "t").await;
    // The same name in another gateway is another target.
    rig.target(&other, "t").await;
    let wrong = with(target, "gatewayIdentifier", json!(other));
    rig.missing("GetGatewayTarget", wrong.clone()).await;
    rig.missing("UpdateGatewayTarget", change(&wrong, lambda())).await;
    rig.missing("DeleteGatewayTarget", wrong.clone()).await;
    let ids = json!([wrong["targetId"]]);
    rig.missing(
        "SynchronizeGatewayTargets",
        json!({"gatewayIdentifier": other, "targetIdList": ids}),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_without_a_name_is_refused_or_named_after_its_id() {
    let rig = Rig::new().await;
    let gateway = rig.gateway("g").await;
    let nameless = |gateway: &str| json!({"gatewayIdentifier": gateway, "targetConfiguration": lambda()});
    assert_eq!(
        rig.invalid("CreateGatewayTarget", nameless(&gateway)).await,
        "A gateway target needs a name"
    );
    let rig = Rig::switched(&["compat.target-name-omitted=generated"]).await;
    let gateway = rig.gateway("g").await;
    let token = json!("0123456789012345678901234567890123");
    let create = with(nameless(&gateway), "clientToken", token);
    let made = rig.ok("CreateGatewayTarget", create.clone()).await;
    assert_eq!(made["name"], made["targetId"]);
    rig.settle().await;
    let named = json!({"gatewayIdentifier": gateway, "targetId": made["targetId"]});
    rig.ok("DeleteGatewayTarget", named).await;
    rig.settle().await;
    assert_eq!(rig.ok("CreateGatewayTarget", create).await, made);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_speaks_mcp_refuses_http_targets() {
    let text = "HTTP target configuration is not supported for gateways with MCP protocol type. Provide an \
                MCP-compatible target configuration and retry the request.";
    let http = json!({"http": {"passthrough": {"endpoint": "https://a", "protocolType": "HTTP"}}});
    for (switches, accepted) in [
        (&[][..], true),
        (&["compat.http-target-without-protocol=refused"][..], false),
    ] {
        let rig = Rig::with(switches, Written::new([])).await;
        let speaking = rig.gateway("g").await;
        let target = rig.target(&speaking, "t").await;
        let create = with(new_target(&speaking, "u"), "targetConfiguration", http.clone());
        assert_eq!(rig.invalid("CreateGatewayTarget", create).await, text);
        let update = change(&target, http.clone());
        assert_eq!(rig.invalid("UpdateGatewayTarget", update).await, text);

        let mut silent = new_gateway("h");
        silent.as_object_mut().unwrap().remove("protocolType");
        let silent = rig.ok("CreateGateway", silent).await["gatewayId"].clone();
        rig.settle().await;
        let create = new_target(silent.as_str().unwrap(), "t");
        let create = with(create, "targetConfiguration", http.clone());
        if accepted {
            let made = rig.ok("CreateGatewayTarget", create).await;
            assert_eq!(
                (&made["protocolType"], &made["targetType"]),
                (&json!("HTTP"), &json!("PASSTHROUGH"))
            );
            // A gateway that becomes one that speaks MCP keeps what it has; nothing public says that it is refused.
            rig.settle().await;
            rig.ok(
                "UpdateGateway",
                with(new_gateway("h"), "gatewayIdentifier", silent.clone()),
            )
            .await;
            rig.settle().await;
            let kept = json!({"gatewayIdentifier": silent, "targetId": made["targetId"]});
            assert_eq!(rig.ok("GetGatewayTarget", kept.clone()).await["status"], "READY");
            assert_eq!(
                rig.invalid("UpdateGatewayTarget", change(&kept, http.clone()))
                    .await,
                text
            );
        } else {
            assert_eq!(rig.invalid("CreateGatewayTarget", create).await, text);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_source_of_tools_refuses_at_once_is_refused() {
    let rig = Rig::with(&[], Written::new([])).await;
    let gateway = rig.gateway("g").await;
    let target = rig.target(&gateway, "t").await;
    let connector = json!({"mcp": {"connector": {}}});
    let create = with(
        new_target(&gateway, "u"),
        "targetConfiguration",
        connector.clone(),
    );
    let update = change(&target, connector);
    for (operation, input) in [("CreateGatewayTarget", create), ("UpdateGatewayTarget", update)] {
        let told = rig.invalid(operation, input).await;
        assert_eq!(told, "mcp.connector is not supported");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_mcp_servers_without_a_static_list_are_synchronized() {
    let rig = Rig::with(&[], Written::new([])).await;
    let gateway = rig.gateway("g").await;
    let mut listed = server();
    listed["mcp"]["mcpServer"]["mcpToolSchema"] = json!({"inlinePayload": "[]"});
    for (name, configuration) in [("lambda", lambda()), ("static", listed)] {
        let target = rig
            .ok(
                "CreateGatewayTarget",
                with(new_target(&gateway, name), "targetConfiguration", configuration),
            )
            .await;
        rig.settle().await;
        let id = &target["targetId"];
        assert_eq!(
            rig.invalid(
                "SynchronizeGatewayTargets",
                json!({"gatewayIdentifier": gateway, "targetIdList": [id]})
            )
            .await,
            format!(
                "Gateway target {} cannot be synchronized: it is no MCP server, or has a static tool schema",
                id.as_str().unwrap()
            )
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_somebody_has_to_authorize_cannot_be_changed() {
    let rig = Rig::with(&[], Written::new([])).await;
    let gateway = rig.gateway("g").await;
    let create = with(new_target(&gateway, "t"), "targetConfiguration", server());
    let target = rig.ok("CreateGatewayTarget", create).await;
    rig.settle().await;
    let named = json!({"gatewayIdentifier": gateway, "targetId": target["targetId"]});
    let key = Key {
        kind: Kind::Target,
        id: target["targetId"].as_str().unwrap().to_owned(),
    };
    for status in [
        "CREATE_PENDING_AUTH",
        "UPDATE_PENDING_AUTH",
        "SYNCHRONIZE_PENDING_AUTH",
    ] {
        let record = rig.control.store.get(&key).await.unwrap().unwrap();
        let status = status.to_owned();
        let write = Write::Replace(Record {
            status: status.clone(),
            ..record
        });
        assert!(rig.control.commit(vec![write]).await.unwrap());
        let synchronized = json!({"gatewayIdentifier": gateway, "targetIdList": [target["targetId"]]});
        for (operation, input, verb) in [
            ("UpdateGatewayTarget", change(&named, server()), "updated"),
            ("DeleteGatewayTarget", named.clone(), "deleted"),
            ("SynchronizeGatewayTargets", synchronized, "synchronized"),
        ] {
            assert_eq!(
                rig.conflict(operation, input).await,
                format!("Gateway target cannot be {verb} while its status is {status}")
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_that_is_nobodys_to_pass_on_is_refused_by_its_name() {
    let rig = Rig::new().await;
    let gateway = rig.gateway("g").await;
    let allowing = |list: &str, name: &str| {
        let mut said = new_target(&gateway, "tool");
        said["metadataConfiguration"] = json!({list: ["x-fine", name]});
        said
    };
    for list in ["allowedRequestHeaders", "allowedResponseHeaders"] {
        for (name, why) in [
            ("Authorization", "the header Authorization is restricted"),
            ("cookie", "the header cookie is restricted"),
            ("x:y", "\"x:y\" is no name of a header"),
            ("", "is no name of a header"),
        ] {
            let told = rig.invalid("CreateGatewayTarget", allowing(list, name)).await;
            assert!(told.contains(why) && told.contains(list), "{name}: {told}");
        }
    }
    let created = rig
        .ok("CreateGatewayTarget", allowing("allowedRequestHeaders", "X-Id"))
        .await;
    let mut update = allowing("allowedRequestHeaders", "Host");
    update["targetId"] = created["targetId"].clone();
    rig.settle().await;
    let told = rig.invalid("UpdateGatewayTarget", update).await;
    assert!(told.contains("the header Host is restricted"), "{told}");
    let in_force = rig.control.gateway_in_force(&gateway).await.unwrap().unwrap();
    assert_eq!(in_force.unwrap().targets[0].passes.headers, ["x-fine", "X-Id"]);
}
