use super::*;
use futures::future::join_all;

fn everything(name: &str) -> Value {
    json!({
        "name": name, "description": "d", "roleArn": ROLE, "protocolType": "MCP",
        "protocolConfiguration": {"mcp": {"instructions": "i", "searchType": "SEMANTIC"}},
        "authorizerType": "CUSTOM_JWT",
        "authorizerConfiguration": {"customJWTAuthorizer": {"discoveryUrl": "https://a/.well-known/openid-configuration"}},
        "kmsKeyArn": "k", "interceptorConfigurations": [{"interceptionPoints": ["REQUEST"]}],
        "exceptionLevel": "DEBUG", "domainOverride": {"defaultDomain": "a.b"},
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_goes_through_its_life_and_shows_all_that_was_said() {
    let rig = Rig::new().await;
    let said = everything("My-Gateway");
    let created = rig.ok("CreateGateway", said.clone()).await;
    let id = created["gatewayId"].as_str().unwrap();
    assert!(id.starts_with("my-gateway-"), "{id}");
    let mut shown = said.clone();
    let identity = "arn:aws:bedrock-agentcore:us-east-1:123456789012:workload-identity-directory/default/workload-identity";
    for (member, value) in [
        ("gatewayId", json!(id)),
        (
            "gatewayArn",
            json!(format!(
                "arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/{id}"
            )),
        ),
        (
            "gatewayUrl",
            json!(format!(
                "https://{id}.gateway.bedrock-agentcore.us-east-1.amazonaws.com/mcp"
            )),
        ),
        ("createdAt", json!(START)),
        ("updatedAt", json!(START)),
        ("status", json!("CREATING")),
        ("statusReasons", json!([])),
        (
            "workloadIdentityDetails",
            json!({"workloadIdentityArn": format!("{identity}/{id}")}),
        ),
        ("policyEngineConfiguration", Value::Null),
    ] {
        shown[member] = value;
    }
    assert_eq!(created, shown);
    let named = json!({"gatewayIdentifier": id});
    assert_eq!(rig.ok("GetGateway", named.clone()).await, created);
    rig.settle().await;
    let ready = rig.ok("GetGateway", named.clone()).await;
    assert_eq!(
        (&ready["status"], &ready["updatedAt"]),
        (&json!("READY"), &json!(START + 50_000))
    );

    assert_eq!(rig.ok("DeleteGateway", named.clone()).await["status"], "DELETING");
    assert_eq!(rig.ok("GetGateway", named.clone()).await["status"], "DELETING");
    rig.settle().await;
    for operation in ["GetGateway", "DeleteGateway", "ListGatewayTargets"] {
        let told = rig.missing(operation, named.clone()).await;
        assert_eq!(
            told,
            format!("Gateway with ID {id} does not exist"),
            "{operation}"
        );
    }
    rig.missing("UpdateGateway", with(said, "gatewayIdentifier", json!(id)))
        .await;
    rig.gateway("My-Gateway").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_replaces_everything_and_resets_what_is_left_out() {
    let rig = Rig::new().await;
    let created = rig.ok("CreateGateway", everything("g")).await;
    rig.settle().await;
    let id = &created["gatewayId"];
    let input = json!({
        "gatewayIdentifier": id, "name": "g", "roleArn": "r", "authorizerType": "NONE",
        "wafConfiguration": {"failureMode": "FAIL_OPEN"}, "customTransformConfiguration": {"lambda": {"arn": "l"}},
    });
    let updating = rig.ok("UpdateGateway", input).await;
    assert_eq!(updating["status"], "UPDATING");
    rig.settle().await;
    let ready = rig.ok("GetGateway", json!({"gatewayIdentifier": id})).await;
    assert_eq!(ready["status"], "READY");
    assert_eq!(ready["wafConfiguration"], json!({"failureMode": "FAIL_OPEN"}));
    assert_eq!(
        ready["customTransformConfiguration"],
        json!({"lambda": {"arn": "l"}})
    );
    for (member, kept) in [("roleArn", json!("r")), ("authorizerType", json!("NONE"))] {
        assert_eq!(ready[member], kept);
    }
    for reset in [
        "description",
        "protocolType",
        "protocolConfiguration",
        "authorizerConfiguration",
        "kmsKeyArn",
        "interceptorConfigurations",
        "exceptionLevel",
        "domainOverride",
    ] {
        assert!(ready[reset].is_null(), "{reset}");
    }
    assert_eq!(ready["createdAt"], created["createdAt"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_keeps_its_name() {
    let rig = Rig::new().await;
    let id = rig.gateway("g").await;
    let told = rig
        .invalid(
            "UpdateGateway",
            with(new_gateway("h"), "gatewayIdentifier", json!(id)),
        )
        .await;
    assert_eq!(told, "The name of a gateway cannot be changed; give its name, g");
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_of_callers_want_an_authorizer() {
    let rig = Rig::new().await;
    let text = "AuthorizerConfiguration is required for CUSTOM_JWT authorizer type";
    let jwt = with(new_gateway("g"), "authorizerType", json!("CUSTOM_JWT"));
    assert_eq!(rig.invalid("CreateGateway", jwt.clone()).await, text);
    let id = rig.gateway("g").await;
    let update = with(jwt, "gatewayIdentifier", json!(id));
    assert_eq!(rig.invalid("UpdateGateway", update).await, text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_gateway_refuses_every_change_of_it_and_in_it() {
    let rig = Rig::new().await;
    let id = rig.gateway("g").await;
    let target = rig.target(&id, "t").await;
    let update = with(new_gateway("g"), "gatewayIdentifier", json!(id));
    rig.ok("UpdateGateway", update.clone()).await;
    assert_eq!(
        rig.conflict("UpdateGateway", update).await,
        "Gateway cannot be updated while its status is UPDATING"
    );
    assert_eq!(
        rig.conflict("DeleteGateway", json!({"gatewayIdentifier": id}))
            .await,
        "Gateway cannot be deleted while its status is UPDATING"
    );
    let changed = with(target.clone(), "targetConfiguration", lambda());
    let synchronized = json!({"gatewayIdentifier": id, "targetIdList": [target["targetId"]]});
    for (operation, input, verb) in [
        ("CreateGatewayTarget", new_target(&id, "u"), "created"),
        ("UpdateGatewayTarget", changed, "updated"),
        ("DeleteGatewayTarget", target.clone(), "deleted"),
        ("SynchronizeGatewayTargets", synchronized, "synchronized"),
    ] {
        assert_eq!(
            rig.conflict(operation, input).await,
            format!("Gateway target cannot be {verb} while the status of its gateway is UPDATING")
        );
    }
    for (operation, input) in [
        ("GetGateway", json!({"gatewayIdentifier": id})),
        ("ListGateways", json!({})),
        ("GetGatewayTarget", target),
        ("ListGatewayTargets", json!({"gatewayIdentifier": id})),
    ] {
        rig.ok(operation, input).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_gateways_with_one_name_there_is_one() {
    let rig = Rig::new().await;
    let creates = join_all((0..16).map(|_| rig.call("CreateGateway", new_gateway("g")))).await;
    let (made, refused): (Vec<_>, Vec<_>) = creates.into_iter().partition(Result::is_ok);
    assert_eq!(made.len(), 1);
    for refusal in refused {
        let Err(Refusal::Conflict(text)) = refusal else {
            panic!("{refusal:?}")
        };
        assert_eq!(text, "Gateway with the same name already exists");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_gives_the_same_gateway_and_the_same_target_again() {
    let rig = Rig::new().await;
    let token = json!("0123456789012345678901234567890123");
    let create = with(new_gateway("g"), "clientToken", token.clone());
    let made = rig.ok("CreateGateway", create.clone()).await;
    assert_eq!(
        rig.ok("CreateGateway", create.clone()).await["gatewayId"],
        made["gatewayId"]
    );
    rig.settle().await;
    let other = with(create.clone(), "description", json!("other"));
    let told = rig.invalid("CreateGateway", other).await;
    assert!(told.starts_with("The client token was used before"), "{told}");

    let id = made["gatewayId"].as_str().unwrap();
    let create_target = with(new_target(id, "t"), "clientToken", token);
    let target = rig.ok("CreateGatewayTarget", create_target.clone()).await;
    rig.settle().await;
    let again = rig.ok("CreateGatewayTarget", create_target.clone()).await;
    assert_eq!(
        (&again["targetId"], &again["status"]),
        (&target["targetId"], &json!("READY"))
    );
    let named = json!({"gatewayIdentifier": id, "targetId": target["targetId"]});
    rig.ok("DeleteGatewayTarget", named).await;
    rig.settle().await;
    // What is gone again is answered as it was made.
    assert_eq!(rig.ok("CreateGatewayTarget", create_target).await, target);
    rig.ok("DeleteGateway", json!({"gatewayIdentifier": id})).await;
    rig.settle().await;
    assert_eq!(rig.ok("CreateGateway", create).await, made);
    assert_eq!(rig.ok("ListGateways", json!({})).await["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_have_the_page_size_of_the_switch_and_say_what_remains() {
    for (switches, expected) in [(&[][..], 3), (&["compat.gateway-page-size=2"][..], 2)] {
        let rig = Rig::switched(switches).await;
        let mut ids = Vec::new();
        for name in ["a", "b", "c"] {
            ids.push(rig.gateway(name).await);
        }
        for name in ["x", "y", "z"] {
            rig.target(&ids[0], name).await;
        }
        for (operation, input) in [
            ("ListGateways", json!({})),
            ("ListGatewayTargets", json!({"gatewayIdentifier": ids[0]})),
        ] {
            let first = rig.ok(operation, input.clone()).await;
            assert_eq!(first["items"].as_array().unwrap().len(), expected);
            assert_eq!(first["nextToken"].is_null(), expected == 3);
            let all = rig
                .ok(operation, with(input.clone(), "maxResults", json!(1000)))
                .await;
            assert_eq!(all["items"].as_array().unwrap().len(), 3);
            if expected == 2 {
                let next = with(input, "nextToken", first["nextToken"].clone());
                let rest = rig.ok(operation, next).await;
                assert_eq!(rest["items"], json!([all["items"][2]]));
                assert!(rest["nextToken"].is_null());
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn gateways_have_tags_whatever_holds_for_engines() {
    let rig = Rig::switched(&["compat.tag-policy-engines=refused"]).await;
    let tagged = with(new_gateway("g"), "tags", json!({"a": "1"}));
    let arn = rig.ok("CreateGateway", tagged).await["gatewayArn"].clone();
    rig.ok("TagResource", json!({"resourceArn": arn, "tags": {"b": "2"}}))
        .await;
    rig.ok("UntagResource", json!({"resourceArn": arn, "tagKeys": ["a"]}))
        .await;
    let tags = rig.ok("ListTagsForResource", json!({"resourceArn": arn})).await;
    assert_eq!(tags, json!({"tags": {"b": "2"}}));
    let elsewhere = arn.as_str().unwrap().replace("us-east-1", "us-east-2");
    rig.missing("ListTagsForResource", json!({"resourceArn": elsewhere}))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_transition_of_gateways_and_targets_goes_on_after_a_restart() {
    let rig = Rig::new().await;
    let (changed, leaving) = (rig.gateway("changed").await, rig.gateway("leaving").await);
    let kept = rig.gateway("kept").await;
    let gone = rig.target(&kept, "gone").await;
    let created = rig.ok("CreateGateway", new_gateway("created")).await;
    let target = rig.ok("CreateGatewayTarget", new_target(&kept, "created")).await;
    rig.ok(
        "UpdateGateway",
        with(new_gateway("changed"), "gatewayIdentifier", json!(changed)),
    )
    .await;
    rig.ok("DeleteGateway", json!({"gatewayIdentifier": leaving}))
        .await;
    rig.ok("DeleteGatewayTarget", gone.clone()).await;
    let rig = rig.restarted().await;
    rig.settle().await;
    for id in [&json!(changed), &created["gatewayId"]] {
        let gateway = rig.ok("GetGateway", json!({"gatewayIdentifier": id})).await;
        assert_eq!(gateway["status"], "READY");
    }
    rig.missing("GetGateway", json!({"gatewayIdentifier": leaving}))
        .await;
    rig.missing("GetGatewayTarget", gone).await;
    let target = json!({"gatewayIdentifier": kept, "targetId": target["targetId"]});
    assert_eq!(rig.ok("GetGatewayTarget", target).await["status"], "READY");
    assert_eq!(rig.tools_of(&kept).await.unwrap(), ["created___echo"]);
}
