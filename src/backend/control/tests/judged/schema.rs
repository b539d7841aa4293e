//! Which tools a policy is validated against (service.md 6.4), and how its errors are told.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_knows_the_tools_of_the_gateway_that_it_names() {
    let shop = Shop::new(&[]).await;
    assert_eq!(
        shop.judged(
            "p",
            "permit(USER, REFUND, GATEWAY) when { context.input.amount < 5 };"
        )
        .await,
        active()
    );
    let s8 = "permit(USER, REFUND, GATEWAY)\nwhen { context.input.reason == \"x\" };";
    let (status, reasons) = shop.judged("optional", s8).await;
    assert_eq!(status, "CREATE_FAILED");
    let message = "unable to guarantee safety of access to optional attribute `input.reason` in context for \
                   AgentCore::Action::\"Refunds___refund\"";
    assert!(
        reasons[0].contains(&format!("`, {message} at line 2, column 8:\n1 permit")),
        "{reasons:?}"
    );
    let help = "\ntry testing for the attribute's presence with `context.input has reason && ..`";
    assert!(reasons[0].ends_with(help), "{reasons:?}");
    let s9 = shop
        .judged(
            "absent",
            "permit(USER, REFUND, GATEWAY) when { context.input.amuont == 1 };",
        )
        .await;
    assert!(s9.1[0].contains(
        "attribute `input.amuont` in context for AgentCore::Action::\"Refunds___refund\" not found"
    ));
    assert!(s9.1[0].ends_with("\ndid you mean `amount`?"), "{s9:?}");
    let s13 = shop
        .judged(
            "unknown",
            "permit(USER, action == AgentCore::Action::\"Refunds___refnd\", GATEWAY);",
        )
        .await;
    assert!(
        s13.1[0].contains("unrecognized action `AgentCore::Action::\"Refunds___refnd\"`"),
        "{s13:?}"
    );
    assert!(
        s13.1[0].ends_with("\ndid you mean `AgentCore::Action::\"Mcp\"`?"),
        "{s13:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn row_25_a_policy_of_a_tool_that_comes_later_fails_until_it_is_there() {
    let shop = Shop::new(&[]).await;
    let text = "permit(USER, action == AgentCore::Action::\"Later___tool\", GATEWAY) when { context.input.amount < 5 };";
    let policy = shop.asked("p", text, json!({})).await;
    shop.rig.settle().await;
    assert_eq!(shop.shown(&policy).await.0, "CREATE_FAILED");
    shop.target("Later", &["tool"]).await;
    assert_eq!(
        shop.shown(&policy).await.0,
        "CREATE_FAILED",
        "nobody looks again by himself"
    );
    let definition = json!({"cedar": {"statement": shop.text(text)}});
    shop.rig
        .ok("UpdatePolicy", with(policy.clone(), "definition", definition))
        .await;
    shop.rig.settle().await;
    assert_eq!(shop.shown(&policy).await, active());
}

#[tokio::test(flavor = "multi_thread")]
async fn row_24_a_statement_for_all_gateways_knows_the_tools_of_those_that_are_attached() {
    let shop = Shop::new(&[]).await;
    let text = "permit(USER, action, ALL) when { action == AgentCore::Action::\"Refunds___refund\" && \
                context.input.amount < 5 };";
    let (status, reasons) = shop.judged("before", text).await;
    assert_eq!(status, "CREATE_FAILED");
    assert!(reasons[0].contains("unrecognized action"), "{reasons:?}");
    shop.attach().await;
    assert_eq!(shop.judged("after", text).await, active());
}

#[tokio::test(flavor = "multi_thread")]
async fn row_24_only_attached_gateways_count_when_it_is_switched_so() {
    let shop = Shop::new(&["compat.schema-source=attached"]).await;
    let text = "permit(USER, REFUND, GATEWAY) when { context.input.amount < 5 };";
    assert_eq!(shop.judged("before", text).await.0, "CREATE_FAILED");
    shop.attach().await;
    assert_eq!(shop.judged("after", text).await, active());
}

#[tokio::test(flavor = "multi_thread")]
async fn row_51_the_message_alone_when_it_is_switched_so() {
    let shop = Shop::new(&["compat.status-reason-layout=message"]).await;
    let wrong = "permit(USER, REFUND, GATEWAY) when { context.input.nope == 1 };";
    let (_, reasons) = shop.judged("p", wrong).await;
    let [reason] = reasons.as_slice() else {
        panic!("{reasons:?}")
    };
    assert!(
        reason.ends_with(
            "`, attribute `input.nope` in context for AgentCore::Action::\"Refunds___refund\" not found"
        ),
        "{reason}"
    );
    let dogwood = json!({"policy": {"statement": shop.text(wrong)}});
    let (_, reasons) = shop.judged_with("q", wrong, json!({"definition": dogwood})).await;
    assert!(reasons[0].contains(" at line 1, column "), "{reasons:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn s2_a_gateway_that_went_away_cannot_be_listed() {
    let rig = Rig::with(&[], Arc::new(Targets::default())).await;
    let engine = rig.engine("e").await;
    let gateway = rig.ok("CreateGateway", new_gateway("gone")).await;
    rig.settle().await;
    let id = gateway["gatewayId"].as_str().unwrap();
    rig.ok("DeleteGateway", json!({"gatewayIdentifier": id})).await;
    let arn = gateway["gatewayArn"].as_str().unwrap();
    let text = format!("permit(principal, action, resource == AgentCore::Gateway::\"{arn}\");");
    // The policy is due after the gateway.
    let half = DELAY / 2;
    rig.machine.advance(half);
    let policy = rig.ok("CreatePolicy", new_policy(&engine, "p", &text)).await;
    for _ in 0..2 {
        rig.machine.advance(half);
        rig.control.settle().await.unwrap();
    }
    let named = json!({"policyEngineId": engine, "policyId": policy["policyId"]});
    let after = rig.ok("GetPolicy", named).await;
    let expected = format!("Insufficient permissions to call gateway with ID {id}");
    assert_eq!(after["statusReasons"], json!([expected]), "{after}");
}
