//! Findings of the whole engine (service.md 6.5 and 6.6), as far as no solver is needed.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn s3_the_broad_permit_fails_by_default_and_not_when_findings_are_ignored() {
    let shop = Shop::new(&[]).await;
    let both =
        ["IamEntity", "OAuthUser"].map(|principal| permissive(principal, "Any Future Tools", "gateway/*"));
    assert_eq!(
        shop.judged("p", "permit(principal, action, ALL);").await,
        failed(both)
    );
    let ignored = json!({"validationMode": IGNORED});
    assert_eq!(
        shop.judged_with("q", "permit(principal, action, ALL);", ignored)
            .await,
        active()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn ignoring_findings_ignores_no_error() {
    let shop = Shop::new(&[]).await;
    let wrong = "permit(USER, REFUND, GATEWAY) when { context.input.nope == 1 };";
    let (status, reasons) = shop
        .judged_with("p", wrong, json!({"validationMode": IGNORED}))
        .await;
    assert_eq!((status.as_str(), reasons.len()), ("CREATE_FAILED", 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_fails_on_findings_too_and_leaves_what_is_in_force() {
    let shop = Shop::new(&[]).await;
    let policy = shop
        .asked(
            "p",
            "permit(USER, REFUND, GATEWAY) when { context.input.amount < 5 };",
            json!({}),
        )
        .await;
    shop.rig.settle().await;
    let broad = json!({"cedar": {"statement": shop.text("permit(USER, REFUND, GATEWAY);")}});
    shop.rig
        .ok("UpdatePolicy", with(policy.clone(), "definition", broad))
        .await;
    shop.rig.settle().await;
    let found = permissive(
        "OAuthUser",
        "Refunds___refund",
        &format!("gateway/{}", shop.gateway),
    );
    assert_eq!(
        shop.shown(&policy).await,
        ("UPDATE_FAILED".to_owned(), vec![found])
    );
    let forbid = "forbid(USER, REFUND, GATEWAY) when { context.input.amount < 3 };";
    assert_eq!(
        shop.judged("f", forbid).await,
        active(),
        "the narrow permit is still there"
    );
}

/// service.md 5.4 and 6.1: what is left out of an update is not judged anew, as long as it was found good.
#[tokio::test(flavor = "multi_thread")]
async fn an_update_of_neither_definition_nor_mode_brings_no_findings() {
    let shop = Shop::new(&[]).await;
    let update = async |policy: &Value, more: Value| {
        let mut input = policy.clone();
        input
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        shop.rig.ok("UpdatePolicy", input).await;
        shop.rig.settle().await;
        shop.shown(policy).await
    };
    let broad = "permit(USER, REFUND, GATEWAY);";
    let policy = shop.asked("p", broad, json!({"validationMode": IGNORED})).await;
    shop.rig.settle().await;
    let description = json!({"description": {"optionalValue": "d"}});
    assert_eq!(update(&policy, description.clone()).await, active());
    assert_eq!(
        update(&policy, json!({"enforcementMode": "LOG_ONLY"})).await,
        active()
    );
    assert_eq!(update(&policy, json!({})).await, active());
    // What is asked for is judged.
    let gateway = format!("gateway/{}", shop.gateway);
    let found = vec![permissive("OAuthUser", "Refunds___refund", &gateway)];
    let update_failed = ("UPDATE_FAILED".to_owned(), found.clone());
    let definition = json!({"definition": {"cedar": {"statement": shop.text(broad)}}});
    assert_eq!(update(&policy, definition).await, update_failed);
    // What failed is judged again.
    let narrow = json!({"definition": {"cedar": {"statement": shop.text("forbid(USER, REFUND, GATEWAY);")}}});
    assert_eq!(update(&policy, narrow).await.0, "UPDATE_FAILED");
    assert_eq!(update(&policy, description.clone()).await.0, "UPDATE_FAILED");
    let failed = shop.asked("f", broad, json!({})).await;
    shop.rig.settle().await;
    assert_eq!(shop.shown(&failed).await.0, "CREATE_FAILED");
    assert_eq!(update(&failed, description).await, update_failed);
    assert_eq!(
        update(&failed, json!({"validationMode": IGNORED})).await,
        active()
    );
    let strict = json!({"validationMode": "FAIL_ON_ANY_FINDINGS"});
    assert_eq!(update(&failed, strict).await, update_failed);
    assert_eq!(update(&failed, json!({})).await, update_failed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forbid_fails_until_a_permit_covers_its_environment() {
    let shop = Shop::new(&[]).await;
    let gateway = format!("gateway/{}", shop.gateway);
    let bare = "forbid(principal, REFUND, GATEWAY) when { context.input.amount > 500 };";
    let both =
        ["IamEntity", "OAuthUser"].map(|principal| restrictive(principal, "Refunds___refund", &gateway));
    assert_eq!(shop.judged("first", bare).await, failed(both));
    let permit = "permit(USER, REFUND, GATEWAY) when { context.input.amount < 1000 };";
    assert_eq!(shop.judged("permit", permit).await, active());
    let other = failed([restrictive("IamEntity", "Refunds___refund", &gateway)]);
    assert_eq!(shop.judged("second", bare).await, other);
    assert_eq!(
        shop.judged("third", &bare.replace("principal", "USER")).await,
        active()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn policies_that_are_due_together_are_judged_one_after_the_other() {
    let shop = Shop::new(&[]).await;
    let permit = shop
        .asked(
            "permit",
            "permit(USER, VIEW, GATEWAY) when { context.input has reason };",
            json!({}),
        )
        .await;
    let forbid = shop
        .asked(
            "forbid",
            "forbid(USER, VIEW, GATEWAY) when { context.input.amount == 1 };",
            json!({}),
        )
        .await;
    shop.rig.settle().await;
    assert_eq!(shop.shown(&permit).await, active());
    assert_eq!(shop.shown(&forbid).await, active());
    // And one that is being deleted counts no more.
    shop.rig.ok("DeletePolicy", permit).await;
    let late = shop
        .asked(
            "late",
            "forbid(USER, VIEW, GATEWAY) when { context.input.amount == 2 };",
            json!({}),
        )
        .await;
    shop.rig.settle().await;
    assert_eq!(shop.shown(&late).await.0, "CREATE_FAILED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_is_only_logged_is_judged_like_any_other_and_decides_nothing() {
    let shop = Shop::new(&[]).await;
    let logged = json!({"enforcementMode": "LOG_ONLY"});
    let broad = shop
        .judged_with("broad", "permit(USER, REFUND, GATEWAY);", logged.clone())
        .await;
    assert_eq!(broad.0, "CREATE_FAILED", "{broad:?}");
    let narrow = "permit(USER, REFUND, GATEWAY) when { context.input.amount < 5 };";
    assert_eq!(shop.judged_with("narrow", narrow, logged).await, active());
    let forbid = "forbid(USER, REFUND, GATEWAY) when { context.input.amount < 3 };";
    assert_eq!(
        shop.judged("forbid", forbid).await.0,
        "CREATE_FAILED",
        "nothing permits it yet"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn row_50_a_finding_names_the_gateway_by_id_or_arn() {
    let shop = Shop::new(&["compat.finding-resource-text=arn"]).await;
    let arn = shop.rig.control.place.gateway_arn(&shop.gateway);
    let found = failed([permissive("OAuthUser", "Refunds___refund", &arn)]);
    assert_eq!(shop.judged("p", "permit(USER, REFUND, GATEWAY);").await, found);
    let (_, reasons) = shop.judged("q", "permit(USER, action, ALL);").await;
    assert_eq!(
        reasons,
        [permissive("OAuthUser", "Any Future Tools", "gateway/*")]
    );
}
