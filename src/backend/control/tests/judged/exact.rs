//! Findings that need a solver. They run where cvc5 is on PATH, as in `make test`, and say so where it is not.

use super::*;
use crate::backend::solver::{Cvc5, Solver};
use std::io::Write as _;

/// A shop with a solver.
async fn exact() -> Option<Shop> {
    let solver = Solver::start(&Cvc5::OnPath).await.unwrap();
    if !solver.is_exact() {
        // Past the test harness, which shows nothing of a test that passes.
        let mut out = std::io::stderr();
        writeln!(
            out,
            "SKIPPED: exact findings, because cvc5 is not on PATH (make cvc5)"
        )
        .unwrap();
        return None;
    }
    let mut shop = Shop::new(&[]).await;
    shop.rig.control.solver = solver;
    Some(shop)
}

#[tokio::test(flavor = "multi_thread")]
async fn narrow_permits_that_allow_everything_together_are_found() {
    let Some(shop) = exact().await else { return };
    let low = "permit(USER, REFUND, GATEWAY) when { context.input.amount < 500 };";
    assert_eq!(shop.judged("low", low).await, active());
    let found = failed([permissive(
        "OAuthUser",
        "Refunds___refund",
        &format!("gateway/{}", shop.gateway),
    )]);
    assert_eq!(shop.judged("high", &low.replace("< 500", ">= 500")).await, found);
    assert_eq!(
        shop.judged("higher", &low.replace("< 500", "> 500")).await,
        active(),
        "500 is denied"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forbid_that_takes_away_all_that_is_permitted_is_found() {
    let Some(shop) = exact().await else { return };
    let permit = "permit(USER, REFUND, GATEWAY) when { context.input.amount < 500 };";
    assert_eq!(shop.judged("permit", permit).await, active());
    let found = failed([restrictive(
        "OAuthUser",
        "Refunds___refund",
        &format!("gateway/{}", shop.gateway),
    )]);
    let forbid = "forbid(USER, REFUND, GATEWAY) when { context.input.amount < 1000 };";
    assert_eq!(shop.judged("all", forbid).await, found);
    assert_eq!(
        shop.judged("some", &forbid.replace("1000", "100")).await,
        active()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_and_claims_are_understood() {
    let Some(shop) = exact().await else { return };
    let scope = "permit(USER, VIEW, GATEWAY) when { principal.hasTag(\"s\") && principal.getTag(\"s\") like \"*x*\" };";
    assert_eq!(shop.judged("scope", scope).await, active());
    let always =
        "permit(USER, VIEW, GATEWAY) when { context.input.amount < 5 || !(context.input.amount < 5) };";
    let found = failed([permissive(
        "OAuthUser",
        "Refunds___view",
        &format!("gateway/{}", shop.gateway),
    )]);
    assert_eq!(shop.judged("always", always).await, found);
    let named = "permit(USER, action, ALL) when { resource != AgentCore::Gateway::\"elsewhere\" };";
    assert_eq!(shop.judged("named", named).await, active(), "elsewhere is denied");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_generated_statement_that_can_never_apply_is_told_apart() {
    let Some(shop) = exact().await else { return };
    let statement = |text: &str| shop.rig.control.kept.statement(&shop.text(text)).unwrap();
    let arn = shop.rig.control.place.gateway_arn(&shop.gateway);
    let tools = crate::backend::control::gateway::tools_of(&shop.rig.control, &arn)
        .await
        .unwrap()
        .unwrap();
    let schema = shop.rig.control.schema_of(tools).await.unwrap().unwrap();
    for (text, expected) in [
        (
            "permit(USER, REFUND, GATEWAY) when { context.input.amount < 5 };",
            vec![],
        ),
        (
            "permit(USER, REFUND, GATEWAY) when { context.input.amount < 5 && context.input.amount > 5 };",
            vec!["ALLOW_NONE"],
        ),
        (
            "forbid(USER, REFUND, GATEWAY) when { context.input.amount < 5 && context.input.amount > 5 };",
            vec!["DENY_NONE"],
        ),
        (
            "forbid(USER, REFUND, GATEWAY) when { context.input.amount < 5 || context.input.amount > 4 };",
            vec!["DENY_ALL"],
        ),
    ] {
        let analysis = crate::cedar::Analysis::of_asset(&schema, &statement(text));
        let findings = shop.rig.control.concluded(&analysis).await;
        let found: Vec<&str> = findings
            .iter()
            .map(|finding| finding.claim.finding_type())
            .collect();
        assert_eq!(found, expected, "{text}");
    }
}
