//! What makes policies be judged again, and what becomes of them.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_whose_tool_goes_fails_and_is_good_again_when_it_comes_back() {
    let shop = Shop::new(&[ALWAYS]).await;
    let (refund, view) = (shop.policy("r", REFUND).await, shop.policy("v", VIEW).await);
    let before = (shop.kept(&refund).await, shop.kept(&view).await);
    shop.changed(&only_view()).await;
    shop.fails(&refund, GONE).await;
    let failed = shop.kept(&refund).await;
    assert_eq!(failed.body.updated, shop.rig.service.now());
    assert_eq!(
        failed.body.in_force, before.0.body.in_force,
        "it is enforced still"
    );
    // What the change does not touch is not even written.
    assert_eq!(shop.kept(&view).await.record, before.1.record);

    shop.changed(&amounts("number")).await;
    shop.fails(&refund, OTHER_TYPE).await;
    shop.changed(&amounts("integer")).await;
    assert_eq!(shop.shown(&refund).await, ("ACTIVE".to_owned(), Vec::new()));

    let deleting = shop.rig.ok("DeleteGatewayTarget", shop.target.clone()).await;
    assert_eq!(deleting["status"], "DELETING");
    shop.is(&refund, "ACTIVE").await;
    shop.rig.settle().await;
    shop.rig.missing("GetGatewayTarget", shop.target.clone()).await;
    shop.fails(&refund, GONE).await;
    shop.fails(&view, "unrecognized action").await;
    let create = new_target(&shop.gateway, "Orders", &amounts("integer"));
    shop.rig.ok("CreateGatewayTarget", create).await;
    shop.rig.settle().await;
    shop.is(&refund, "ACTIVE").await;
    shop.is(&view, "ACTIVE").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_default_policies_stay_as_they_are() {
    let shop = Shop::new(&[]).await;
    let policy = shop.policy("r", REFUND).await;
    let before = shop.kept(&policy).await.record;
    shop.attach(Some(&shop.engine)).await;
    shop.changed(&amounts("number")).await;
    shop.rig.ok("DeleteGatewayTarget", shop.target.clone()).await;
    shop.rig.settle().await;
    shop.rig.missing("GetGatewayTarget", shop.target.clone()).await;
    shop.attach(None).await;
    assert_eq!(shop.kept(&policy).await.record, before);
    shop.is(&policy, "ACTIVE").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tools_that_are_the_same_again_judge_nothing() {
    let shop = Shop::new(&[ALWAYS]).await;
    let policy = shop.policy("r", REFUND).await;
    let before = shop.kept(&policy).await.record;
    let mut other_words = amounts("integer");
    other_words[0]["description"] = json!("other words");
    for tools in [amounts("integer"), other_words] {
        shop.changed(&tools).await;
        assert_eq!(shop.kept(&policy).await.record, before, "{tools}");
    }
}

/// A policy of `shop` that means a tool of another gateway, which its engine knows when it is attached to that one.
#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_is_attached_or_detached_has_its_policies_judged() {
    let shop = Shop::new(&[ALWAYS]).await;
    let other = shop.rig.ok("CreateGateway", new_gateway("other")).await["gatewayId"].clone();
    shop.rig.settle().await;
    let other = shop.rig.control.place.gateway_arn(other.as_str().unwrap());
    let statement = format!(
        "permit(USER, REFUND, resource == AgentCore::Gateway::\"{other}\") when {{ context.input.amount < 5 }};"
    );
    shop.attach(Some(&shop.engine)).await;
    let policy = shop.policy("p", &statement).await;
    shop.is(&policy, "ACTIVE").await;
    shop.attach(None).await;
    shop.fails(&policy, GONE).await;
    shop.attach(Some(&shop.engine)).await;
    shop.is(&policy, "ACTIVE").await;
    // Tools of a gateway that it does not name, but that its engine is attached to.
    shop.changed(&amounts("number")).await;
    shop.fails(&policy, OTHER_TYPE).await;
    shop.changed(&amounts("integer")).await;
    shop.is(&policy, "ACTIVE").await;
    // Another engine in its place.
    let engine = shop.rig.engine("f").await;
    shop.attach(Some(&engine)).await;
    shop.fails(&policy, GONE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn policies_of_any_engine_are_judged_by_the_gateway_that_they_name() {
    for (switches, judged) in [
        (&[ALWAYS][..], true),
        (&[ALWAYS, "compat.schema-source=attached"][..], false),
    ] {
        let shop = Shop::new(switches).await;
        shop.attach(Some(&shop.engine)).await;
        let own = shop.policy("own", REFUND).await;
        // With `attached`, it was made while its engine was the one.
        let foreign = shop.rig.engine("f").await;
        let named = shop.policy_of(&foreign, "named", REFUND).await;
        let before = shop.kept(&named).await.record;
        shop.changed(&amounts("number")).await;
        shop.fails(&own, OTHER_TYPE).await;
        if judged {
            shop.fails(&named, OTHER_TYPE).await;
        } else {
            assert_eq!(shop.kept(&named).await.record, before);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_request_left_rejected_stays_rejected() {
    let shop = Shop::new(&[ALWAYS]).await;
    let decimal = "permit(USER, REFUND, GATEWAY) when { context.input.amount.lessThan(decimal(\"5.0\")) };";
    let never_good = shop.policy("never", decimal).await;
    shop.is(&never_good, "CREATE_FAILED").await;
    let policy = shop.policy("p", REFUND).await;
    let definition = json!({"cedar": {"statement": shop.text(decimal)}});
    shop.rig
        .ok(
            "UpdatePolicy",
            with(policy.clone(), "definition", definition.clone()),
        )
        .await;
    shop.rig.settle().await;
    shop.is(&policy, "UPDATE_FAILED").await;
    let before = (
        shop.kept(&never_good).await.record,
        shop.kept(&policy).await.record,
    );
    shop.changed(&amounts("number")).await;
    assert_eq!(
        (
            shop.kept(&never_good).await.record,
            shop.kept(&policy).await.record
        ),
        before
    );
    // It is repaired by a request.
    for policy in [never_good, policy] {
        shop.rig.ok("UpdatePolicy", policy.clone()).await;
        shop.rig.settle().await;
        shop.is(&policy, "ACTIVE").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn findings_count_as_the_last_request_said() {
    let shop = Shop::new(&[ALWAYS]).await;
    let broad = "permit(USER, REFUND, GATEWAY);";
    let ignoring = with(
        new_policy(&shop.engine, "broad", &shop.text(broad)),
        "validationMode",
        json!("IGNORE_ALL_FINDINGS"),
    );
    let made = shop.rig.ok("CreatePolicy", ignoring).await["policyId"].clone();
    shop.rig.settle().await;
    let broad = json!({"policyEngineId": shop.engine, "policyId": made});
    let forbid = shop
        .policy(
            "forbid",
            "forbid(USER, REFUND, GATEWAY) when { principal.hasTag(\"blocked\") };",
        )
        .await;
    shop.changed(&amounts("number")).await;
    shop.is(&broad, "ACTIVE").await;
    shop.is(&forbid, "ACTIVE").await;
    // What was good because of a permit is not good without it.
    shop.rig.ok("DeletePolicy", broad).await;
    shop.rig.settle().await;
    shop.is(&forbid, "ACTIVE").await;
    shop.changed(&amounts("integer")).await;
    shop.fails(&forbid, "Overly Restrictive").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_that_is_too_large_fails_what_the_change_does_not_touch() {
    let shop = Shop::new(&[ALWAYS]).await;
    let policy = shop.policy("v", VIEW).await;
    let mut tools = amounts("integer");
    let properties: serde_json::Map<String, Value> = (0..4_000)
        .map(|number| (format!("{}{number}", "p".repeat(100)), json!({"type": "string"})))
        .collect();
    tools[0]["inputSchema"]["properties"] = Value::Object(properties);
    shop.changed(&tools).await;
    shop.fails(&policy, "the Cedar schema of the tools is larger")
        .await;
    shop.changed(&amounts("integer")).await;
    shop.is(&policy, "ACTIVE").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_dynamic_tools_do_not_count_a_listing_mode_can_change_what_does() {
    let shop = Shop::new(&[ALWAYS, "compat.dynamic-listing-schema=nothing"]).await;
    let policy = shop.policy("r", REFUND).await;
    shop.is(&policy, "ACTIVE").await;
    let server = |mode: &str| {
        let list = json!({"tools": amounts("integer")}).to_string();
        json!({"mcp": {"mcpServer": {
            "endpoint": "https://example.com/mcp", "listingMode": mode, "mcpToolSchema": {"inlinePayload": list},
        }}})
    };
    for (mode, good) in [("DEFAULT", true), ("DYNAMIC", false), ("DEFAULT", true)] {
        let update = with(shop.target.clone(), "targetConfiguration", server(mode));
        shop.rig.ok("UpdateGatewayTarget", update).await;
        shop.rig.settle().await;
        shop.is(&policy, if good { "ACTIVE" } else { "UPDATE_FAILED" })
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_cannot_be_read_holds_up_no_other() {
    let shop = Shop::new(&[ALWAYS]).await;
    let (broken, good) = (
        shop.policy("broken", REFUND).await,
        shop.policy("good", REFUND).await,
    );
    let record = shop.kept(&broken).await.record;
    let body = "not json".to_owned();
    let write = Write::Replace(Record { body, ..record });
    assert!(shop.rig.control.commit(vec![write]).await.unwrap());
    shop.changed(&only_view()).await;
    // The engine as a whole cannot be judged for findings; what comes before them is found.
    shop.fails(&good, GONE).await;
}

/// service.md 10.2: a target is a group whatever it offers.
#[tokio::test(flavor = "multi_thread")]
async fn a_target_without_tools_is_a_group_that_comes_and_goes() {
    let shop = Shop::new(&[ALWAYS]).await;
    let mut create = new_gateway("proxies");
    create.as_object_mut().unwrap().remove("protocolType");
    let gateway = shop.rig.ok("CreateGateway", create).await["gatewayId"].clone();
    shop.rig.settle().await;
    let http = json!({"http": {"passthrough": {"endpoint": "https://a.example", "protocolType": "CUSTOM"}}});
    let create = json!({"gatewayIdentifier": gateway, "name": "Proxied", "targetConfiguration": http});
    let target = shop.rig.ok("CreateGatewayTarget", create.clone()).await["targetId"].clone();
    shop.rig.settle().await;
    let arn = shop.rig.control.place.gateway_arn(gateway.as_str().unwrap());
    let statement = format!(
        "permit(USER, action in AgentCore::Action::\"Proxied\", resource == AgentCore::Gateway::\"{arn}\")\n\
         when {{ principal.id == \"me\" }};"
    );
    let policy = shop.policy("p", &statement).await;
    shop.is(&policy, "ACTIVE").await;
    let named = json!({"gatewayIdentifier": gateway, "targetId": target});
    shop.rig.ok("DeleteGatewayTarget", named).await;
    shop.rig.settle().await;
    shop.fails(&policy, "unrecognized action `AgentCore::Action::\"Proxied\"`")
        .await;
    shop.rig.ok("CreateGatewayTarget", create).await;
    shop.rig.settle().await;
    shop.is(&policy, "ACTIVE").await;
}

/// What an update kept is judged by tools that change all the same.
#[tokio::test(flavor = "multi_thread")]
async fn findings_that_an_update_kept_are_found_when_tools_change() {
    let shop = Shop::new(&[ALWAYS]).await;
    let policy = shop
        .policy(
            "p",
            "permit(USER, REFUND, GATEWAY) when { context.input.amount < 5 };",
        )
        .await;
    let described = with(policy.clone(), "description", json!({"optionalValue": "d"}));
    shop.rig.ok("UpdatePolicy", described).await;
    shop.rig.settle().await;
    assert!(shop.kept(&policy).await.body.keeps_findings);
    shop.changed(&amounts("string")).await;
    shop.fails(&policy, "unexpected type").await;
    assert!(!shop.kept(&policy).await.body.keeps_findings);
}
