//! What shapes and terms decide without a solver; with one: `backend::control`'s tests of findings.

use super::*;
use crate::cedar::{Schema, Sketch, Statement, parse_statement};
use crate::model::{Protocol, Tool};
use serde_json::json;

const ARN: &str = "arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/shop-0123456789";

fn schema() -> Schema {
    let tool = |name: &str| Tool {
        target: "Refunds".to_owned(),
        name: name.to_owned(),
        description: String::new(),
        input: json!({"properties": {"amount": {"type": "integer"}, "reason": {"type": "string"}}, "required": ["amount"]}),
        output: None,
        protocol: Protocol::Mcp,
    };
    Schema::of(&[tool("refund"), tool("view")]).expect("it fits")
}

/// A statement; `GATEWAY` and `REFUND`, `VIEW` stand for scopes.
fn statement(text: &str) -> Statement {
    let text = text
        .replace("GATEWAY", &format!("resource == AgentCore::Gateway::\"{ARN}\""))
        .replace("REFUND", "action == AgentCore::Action::\"Refunds___refund\"")
        .replace("VIEW", "action == AgentCore::Action::\"Refunds___view\"")
        .replace("USER", "principal is AgentCore::OAuthUser")
        .replace("ALL", "resource is AgentCore::Gateway");
    parse_statement(&text).expect("it parses")
}

/// The findings of a change without a solver, and how many questions are open.
fn analysed(changed: &str, others: &[&str]) -> (Vec<String>, usize) {
    let others: Vec<Sketch> = others
        .iter()
        .map(|text| statement(text).sketch().clone())
        .collect();
    let analysis = Analysis::of_engine(&schema(), &statement(changed), &others.iter().collect::<Vec<_>>());
    let findings = analysis.findings(&[]).iter().map(ToString::to_string).collect();
    (findings, analysis.scripts().len())
}

fn permissive(principal: &str, action: &str, gateway: &str) -> String {
    format!(
        "Overly Permissive: Policy Engine will allow every request for the specified principal (AgentCore::{principal}), \
         action ({action}) and resource (gateway/{gateway}) combination if the policy is added or updated"
    )
}

fn restrictive(principal: &str, action: &str, gateway: &str) -> String {
    format!(
        "Overly Restrictive: Policy Engine will deny every request for the specified principal (AgentCore::{principal}), \
         action ({action}) and resource (gateway/{gateway}) combination if the policy is added or updated"
    )
}

const FUTURE: &str = "Any Future Tools";
const REFUND: &str = "Refunds___refund";
const ID: &str = "shop-0123456789";

#[test]
fn s3_the_broad_permit_of_an_empty_engine_gives_two_findings() {
    let expected = vec![
        permissive("IamEntity", FUTURE, "*"),
        permissive("OAuthUser", FUTURE, "*"),
    ];
    assert_eq!(analysed("permit(principal, action, ALL);", &[]), (expected, 0));
}

#[test]
fn s4_the_broad_forbid_of_an_empty_engine_gives_two_findings() {
    let expected = vec![
        restrictive("IamEntity", FUTURE, "*"),
        restrictive("OAuthUser", FUTURE, "*"),
    ];
    assert_eq!(analysed("forbid(principal, action, ALL);", &[]), (expected, 0));
}

#[test]
fn an_unconditional_permit_on_one_tool_is_found() {
    let expected = vec![permissive("OAuthUser", REFUND, ID)];
    assert_eq!(
        analysed("permit(USER, REFUND, GATEWAY);", &[]),
        (expected.clone(), 0)
    );
    assert_eq!(
        analysed("permit(USER, REFUND, GATEWAY) when { true };", &[]),
        (expected.clone(), 0)
    );
    let tautology =
        "permit(USER, REFUND, GATEWAY) when { context.input has amount || context.input.amount < 5 };";
    assert_eq!(analysed(tautology, &[]), (expected, 0), "terms decide it");
}

#[test]
fn s5_a_forbid_is_found_as_long_as_no_permit_covers_its_environment() {
    let bare = "forbid(principal, REFUND, GATEWAY) when { context.input.amount > 500 };";
    let both = vec![
        restrictive("IamEntity", REFUND, ID),
        restrictive("OAuthUser", REFUND, ID),
    ];
    assert_eq!(analysed(bare, &[]), (both, 0));
    // A permit for users leaves the other type of principal without one.
    let users = "permit(USER, action, GATEWAY);";
    let (found, _) = analysed(bare, &[users]);
    assert_eq!(found, [restrictive("IamEntity", REFUND, ID)]);
    // So one writes the type, or permits everybody first.
    let typed = "forbid(USER, REFUND, GATEWAY) when { context.input.amount > 500 };";
    assert_eq!(analysed(typed, &[users]).0, [""; 0]);
    assert_eq!(analysed(bare, &["permit(principal, action, ALL);"]).0, [""; 0]);
    // A permit of another tool, or of another gateway, covers nothing.
    assert_eq!(
        analysed(typed, &["permit(USER, VIEW, GATEWAY);"]).0,
        [restrictive("OAuthUser", REFUND, ID)]
    );
    let elsewhere = "permit(USER, REFUND, resource == AgentCore::Gateway::\"elsewhere\");";
    assert_eq!(
        analysed(typed, &[elsewhere]).0,
        [restrictive("OAuthUser", REFUND, ID)]
    );
}

#[test]
fn an_unconditional_forbid_denies_whatever_is_permitted() {
    let found = analysed(
        "forbid(USER, REFUND, GATEWAY);",
        &["permit(principal, action, ALL);"],
    );
    assert_eq!(found, (vec![restrictive("OAuthUser", REFUND, ID)], 0));
}

#[test]
fn a_narrow_permit_is_never_found() {
    for narrow in [
        "permit(USER, REFUND, GATEWAY) when { context.input.amount < 500 };",
        "permit(USER, REFUND, GATEWAY) unless { context.input.amount >= 500 };",
        "permit(principal == AgentCore::OAuthUser::\"a\", REFUND, GATEWAY);",
        "permit(USER, action, GATEWAY) when { principal.hasTag(\"scope\") && principal.getTag(\"scope\") like \"*x*\" };",
        "permit(principal, action, ALL) when { context.system.now < datetime(\"2030-01-01\") };",
        "permit(principal, action, ALL) when { resource == AgentCore::Gateway::\"x\" };",
    ] {
        assert_eq!(analysed(narrow, &[]).0, [""; 0], "{narrow}");
    }
}

#[test]
fn a_permit_beside_a_forbid_in_the_same_place_allows_not_everything() {
    let (found, _) = analysed(
        "permit(USER, action, GATEWAY);",
        &["forbid(USER, action, GATEWAY) when { principal.hasTag(\"out\") };"],
    );
    assert_eq!(found, [""; 0]);
    assert_eq!(
        analysed(
            "permit(USER, REFUND, GATEWAY);",
            &["forbid(principal, action, ALL);"]
        )
        .0,
        [""; 0]
    );
}

#[test]
fn what_only_numbers_decide_is_left_to_the_solver() {
    let (found, open) = analysed(
        "permit(USER, REFUND, GATEWAY) when { context.input.amount < 500 };",
        &["permit(USER, REFUND, GATEWAY) when { context.input.amount >= 500 };"],
    );
    assert_eq!((found, open), (vec![], 1));
    let others = [statement(
        "permit(USER, REFUND, GATEWAY) when { context.input.amount >= 500 };",
    )];
    let changed = statement("permit(USER, REFUND, GATEWAY) when { context.input.amount < 500 };");
    let analysis = Analysis::of_engine(&schema(), &changed, &[others[0].sketch()]);
    let script = analysis.scripts()[0].to_owned();
    assert!(
        script.contains("(set-logic ALL)") && script.trim_end().ends_with("(check-sat)"),
        "{script}"
    );
    let answered: Vec<String> = analysis
        .findings(&[true])
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(answered, [permissive("OAuthUser", REFUND, ID)]);
    assert_eq!(analysis.findings(&[false]), []);
}

#[test]
fn a_group_is_judged_by_its_tools_and_a_list_by_its_members() {
    let each = vec![
        permissive("OAuthUser", REFUND, ID),
        permissive("OAuthUser", "Refunds___view", ID),
    ];
    for scope in [
        "action in AgentCore::Action::\"Refunds\"",
        "action in [AgentCore::Action::\"Refunds___view\", AgentCore::Action::\"Refunds___refund\"]",
    ] {
        assert_eq!(
            analysed(&format!("permit(USER, {scope}, GATEWAY);"), &[]),
            (each.clone(), 0)
        );
    }
    let every = "permit(USER, action in AgentCore::Action::\"CallTool\", GATEWAY);";
    assert_eq!(
        analysed(every, &[]),
        (vec![permissive("OAuthUser", FUTURE, ID)], 0)
    );
}

#[test]
fn a_tool_that_conditions_single_out_is_judged_alone() {
    let only = "permit(USER, action, GATEWAY) when { action == AgentCore::Action::\"Refunds___view\" };";
    assert_eq!(
        analysed(only, &[]).0,
        [permissive("OAuthUser", "Refunds___view", ID)]
    );
    let but = "permit(USER, action, GATEWAY) when { action != AgentCore::Action::\"Refunds___view\" };";
    assert_eq!(analysed(but, &[]).0, [permissive("OAuthUser", FUTURE, ID)]);
}

#[test]
fn policies_whose_tools_changed_are_left_out() {
    let stale = [
        "forbid(USER, REFUND, GATEWAY) when { context.input.gone == 1 };",
        "permit(USER, action == AgentCore::Action::\"Gone___tool\", GATEWAY);",
    ];
    let changed = "permit(USER, REFUND, GATEWAY) when { context.input has amount };";
    assert_eq!(
        analysed(changed, &stale),
        (vec![permissive("OAuthUser", REFUND, ID)], 0)
    );
}

/// The types of an asset's findings, with the answers of a solver.
fn asset(text: &str, unsat: &[bool]) -> Vec<(&'static str, &'static str)> {
    let analysis = Analysis::of_asset(&schema(), &statement(text));
    assert!(analysis.scripts().len() >= unsat.len(), "{text}");
    let findings = analysis.findings(unsat);
    findings
        .iter()
        .map(|finding| (finding.claim.finding_type(), finding.principal))
        .collect()
}

#[test]
fn an_asset_is_judged_alone() {
    let user = "AgentCore::OAuthUser";
    assert_eq!(
        asset("permit(USER, REFUND, GATEWAY);", &[]),
        [("ALLOW_ALL", user)]
    );
    assert_eq!(asset("forbid(USER, VIEW, GATEWAY);", &[]), [("DENY_ALL", user)]);
    assert_eq!(
        asset("permit(USER, REFUND, GATEWAY) when { false };", &[]),
        [("ALLOW_NONE", user)]
    );
    assert_eq!(
        asset(
            "forbid(USER, REFUND, GATEWAY) when { context.input has nothing };",
            &[]
        ),
        [("DENY_NONE", user)]
    );
    let narrow = "forbid(USER, REFUND, GATEWAY) when { context.input.amount > 500 };";
    assert_eq!(asset(narrow, &[false, false]), []);
    assert_eq!(asset(narrow, &[false, true]), [("DENY_NONE", user)]);
}

#[test]
fn nothing_is_allowed_only_when_no_type_of_principal_is() {
    let only_users = "permit(principal, REFUND, GATEWAY) when { principal is AgentCore::OAuthUser };";
    assert_eq!(asset(only_users, &[]), [("ALLOW_ALL", "AgentCore::OAuthUser")]);
    let nobody = "permit(principal, REFUND, GATEWAY) when { false };";
    assert_eq!(
        asset(nobody, &[]),
        [
            ("ALLOW_NONE", "AgentCore::IamEntity"),
            ("ALLOW_NONE", "AgentCore::OAuthUser")
        ]
    );
}

#[test]
fn sentences_name_the_gateway_as_asked() {
    let finding = Finding {
        claim: Claim::AllowNone,
        principal: "AgentCore::OAuthUser",
        action: "T___t".to_owned(),
        gateway: Some(ARN.to_owned()),
    };
    assert_eq!(
        finding.sentence(ARN),
        format!(
            "Ineffective: Policy will not allow any request for the specified principal (AgentCore::OAuthUser), action \
             (T___t) and resource ({ARN}) combination"
        )
    );
    assert!(finding.to_string().contains("resource (gateway/shop-0123456789)"));
}

#[test]
fn a_caller_without_claims_answers_for_any_number_of_policies() {
    let role = |number: usize| {
        format!(
            "permit(USER, action, ALL) when {{ principal.hasTag(\"r\") && principal.getTag(\"r\") == \"{number}\" }};"
        )
    };
    let others: Vec<String> = (0..50).map(role).collect();
    let others: Vec<&str> = others.iter().map(String::as_str).collect();
    assert_eq!(analysed(&role(50), &others), (vec![], 0), "nothing is left open");
}

#[test]
fn hundreds_of_policies_are_judged_in_bounded_time() {
    let others: Vec<String> = (0..400)
        .map(|number| format!("permit(USER, REFUND, GATEWAY) when {{ context.input.amount == {number} }};"))
        .collect();
    let others: Vec<&str> = others.iter().map(String::as_str).collect();
    let changed = "permit(USER, REFUND, GATEWAY) when { context.input.amount < 0 };";
    assert_eq!(
        analysed(changed, &others),
        (vec![], 0),
        "too many to look at together"
    );
    let actions: Vec<String> = (0..350)
        .map(|number| format!("AgentCore::Action::\"{number}\""))
        .collect();
    let many = format!(
        "permit(USER, action in [{}], GATEWAY) when {{ context has x }};",
        actions.join(", ")
    );
    assert_eq!(analysed(&many, &[]).0, [""; 0]);
}
