//! The rows of service.md 6.3, letter for letter.

use super::*;
use crate::cedar::parse_statement;

const ID: &str = "p_c15-cnu2aihlr9";
const GATEWAY: &str = r#"resource == AgentCore::Gateway::"arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/g-0123456789""#;

fn reasons(text: &str) -> Vec<String> {
    validate(&parse_statement(text).expect("the statement parses"), ID)
}

/// The one status reason that a single error gives: message, message with place, source, help.
fn single(message: &str, place: &str, source: &str, help: &str) -> Vec<String> {
    vec![format!("{message}\n{message} at {place}:\n{source}{help}")]
}

#[test]
fn row_unknown_tool_s13() {
    assert_eq!(
        reasons(&format!(
            "permit (principal, action == AgentCore::Action::\"T___nope\", {GATEWAY});"
        )),
        single(
            "for policy `p_c15_cnu2aihlr9_0`, unrecognized action `AgentCore::Action::\"T___nope\"`",
            "line 1, column 30",
            &format!("1 permit (principal, action == AgentCore::Action::\"T___nope\", {GATEWAY});"),
            "\ndid you mean `AgentCore::Action::\"Mcp\"`?",
        )
    );
}

#[test]
fn row_less_than_on_a_json_number_s7() {
    assert_eq!(
        reasons(
            "permit (principal, action, resource is AgentCore::Gateway)\nwhen { decimal(\"1.0\") < 500 };"
        ),
        single(
            "for policy `p_c15_cnu2aihlr9_0`, unexpected type: expected Long but saw decimal",
            "line 2, column 8",
            "1 permit (principal, action, resource is AgentCore::Gateway)\n2 when { decimal(\"1.0\") < 500 };",
            "",
        )
    );
}

#[test]
fn row_condition_that_is_not_a_boolean_s6() {
    assert_eq!(
        reasons(
            "permit (principal, action, resource is AgentCore::Gateway)\nwhen { {a: {b: decimal(\"1.0\")}} };"
        ),
        single(
            "for policy `p_c15_cnu2aihlr9_0`, unexpected type: expected Bool but saw `{a: {b: decimal,},}`",
            "line 2, column 8",
            "1 permit (principal, action, resource is AgentCore::Gateway)\n2 when { {a: {b: decimal(\"1.0\")}} };",
            "",
        )
    );
}

#[test]
fn row_optional_parameter_read_without_has_s8() {
    let text = format!(
        "permit (principal, action == AgentCore::Action::\"InvokeLLM\",\n  {GATEWAY})\nwhen {{ context.input == {{}} }};"
    );
    assert_eq!(
        reasons(&text),
        single(
            "for policy `p_c15_cnu2aihlr9_0`, unable to guarantee safety of access to optional attribute `input` in \
             context for AgentCore::Action::\"InvokeLLM\"",
            "line 3, column 8",
            &format!("2   {GATEWAY})\n3 when {{ context.input == {{}} }};"),
            "\ntry testing for the attribute's presence with `context has input && ..`",
        )
    );
}

#[test]
fn row_parameter_the_action_does_not_have_s9() {
    let text = "permit (principal, action == AgentCore::Action::\"InvokeLLM\", resource == AgentCore::Gateway::\"g\")\n\
                when { context has input && context.input.amount == 1 };";
    assert_eq!(
        reasons(text),
        single(
            "for policy `p_c15_cnu2aihlr9_0`, attribute `input.amount` in context for \
             AgentCore::Action::\"InvokeLLM\" not found",
            "line 2, column 29",
            "1 permit (principal, action == AgentCore::Action::\"InvokeLLM\", resource == AgentCore::Gateway::\"g\")\n\
             2 when { context has input && context.input.amount == 1 };",
            "",
        )
    );
}

#[test]
fn row_input_with_an_unconstrained_action_s10() {
    let reasons = reasons(
        "permit (principal, action, resource is AgentCore::Gateway)\nwhen { context.input.amount < 500 };",
    );
    assert_eq!(reasons.len(), 1);
    assert!(
        reasons[0].starts_with("Multiple errors occurred during policy parsing/validation:\n* for policy")
    );
    for action in ["CallTool", "Mcp", "Http", "UnknownTool"] {
        let message = format!(
            "for policy `p_c15_cnu2aihlr9_0`, attribute `input` in context for AgentCore::Action::\"{action}\" not found"
        );
        let error = format!(
            "\n* {message}\n  {message} at line 2, column 8:\n  \
             1 permit (principal, action, resource is AgentCore::Gateway)\n  \
             2 when {{ context.input.amount < 500 }};\n\
             did you mean `output`?\n"
        );
        assert_eq!(reasons[0].matches(&error).count(), 1, "{action}: {}", reasons[0]);
    }
}

#[test]
fn row_get_tag_without_has_tag_s11() {
    assert_eq!(
        reasons(
            "permit (principal is AgentCore::OAuthUser, action, resource is AgentCore::Gateway)\n\
             when { principal.getTag(\"username\") == \"a\" };"
        ),
        single(
            "for policy `p_c15_cnu2aihlr9_0`, unable to guarantee safety of access to tag `\"username\"` on entity \
             type `AgentCore::OAuthUser`",
            "line 2, column 8",
            "1 permit (principal is AgentCore::OAuthUser, action, resource is AgentCore::Gateway)\n\
             2 when { principal.getTag(\"username\") == \"a\" };",
            "\ntry testing for the tag's presence with `.hasTag(\"username\") && ..`",
        )
    );
}

#[test]
fn row_attribute_other_than_id_on_oauth_user() {
    assert_eq!(
        reasons(
            "permit (principal is AgentCore::OAuthUser, action, resource is AgentCore::Gateway)\n\
             when { principal.department == \"a\" };"
        ),
        single(
            "for policy `p_c15_cnu2aihlr9_0`, attribute `department` on entity type `AgentCore::OAuthUser` not found",
            "line 2, column 8",
            "1 permit (principal is AgentCore::OAuthUser, action, resource is AgentCore::Gateway)\n\
             2 when { principal.department == \"a\" };",
            "\ndid you mean `id`?",
        )
    );
}

#[test]
fn row_principal_id_with_an_untyped_principal_s12() {
    assert_eq!(
        reasons(
            "permit (principal, action, resource is AgentCore::Gateway)\nwhen { principal.id == \"a\" };"
        ),
        single(
            "for policy `p_c15_cnu2aihlr9_0`, attribute `id` on entity type `AgentCore::UnauthenticatedUser` not found",
            "line 2, column 8",
            "1 permit (principal, action, resource is AgentCore::Gateway)\n2 when { principal.id == \"a\" };",
            "",
        )
    );
}

#[test]
fn row_foreign_entity_type() {
    assert_eq!(
        reasons("permit (principal in Foo::Group::\"a\", action, resource is AgentCore::Gateway);"),
        single(
            "for policy `p_c15_cnu2aihlr9_0`, unrecognized entity type `Foo::Group`",
            "line 1, column 22",
            "1 permit (principal in Foo::Group::\"a\", action, resource is AgentCore::Gateway);",
            "\ndid you mean `AgentCore::Gateway`?",
        )
    );
}

#[test]
fn row_6_4_the_broad_permit_and_system_now_are_valid_without_gateways() {
    for text in [
        "permit (principal, action, resource is AgentCore::Gateway);",
        "permit (principal, action, resource is AgentCore::Gateway)\n\
         when { context.system.now < datetime(\"2030-01-01\") };",
        "forbid (principal is AgentCore::OAuthUser, action, resource is AgentCore::Gateway)\n\
         unless { principal.hasTag(\"sub\") && principal.getTag(\"sub\") like \"*admins*\" };",
        "permit (principal == AgentCore::IamEntity::\"arn:aws:iam::123456789012:role/r\", action in \
         AgentCore::Action::\"Http\", resource == AgentCore::Gateway::\"g\");",
    ] {
        assert_eq!(reasons(text), [""; 0], "{text}");
    }
}

#[test]
fn the_same_statement_gets_the_same_text_whatever_schema_object_judges_it() {
    let text = format!(
        "permit (principal in X::\"a\", action in [AgentCore::Action::\"Q\", AgentCore::Action::\"Zz\"], {GATEWAY})\n\
         when {{ principal.id == 1 && resource in Y::\"b\" && context.input.x }};"
    );
    let statement = parse_statement(&text).expect("the statement parses");
    let expected = validate(&statement, ID);
    for _ in 0..30 {
        let fresh = Schema::of(&[]).expect("the fixed part fits");
        assert_eq!(fresh.validate(&statement, ID), expected);
    }
}

#[test]
fn hundreds_of_errors_make_no_endless_text() {
    let actions: Vec<String> = (0..350)
        .map(|number| format!("AgentCore::Action::\"{number}\""))
        .collect();
    let text = format!(
        "permit (principal, action in [{}], {GATEWAY});",
        actions.join(",")
    );
    let reasons = reasons(&text);
    assert_eq!(reasons.len(), 1);
    assert_eq!(reasons[0].matches("\n* ").count(), MAX_ERRORS);
    assert!(
        reasons[0].ends_with("\n\n300 more errors are not shown\n"),
        "{}",
        &reasons[0][reasons[0].len() - 100..]
    );
    let statement = parse_statement(&text).expect("the statement parses");
    let messages = Schema::fixed().messages(&statement, ID);
    assert_eq!(messages.len(), MAX_ERRORS + 1);
    assert_eq!(messages[MAX_ERRORS], "300 more errors are not shown");
    assert!(reasons[0].len() < 100_000, "{}", reasons[0].len());
}

#[test]
fn several_errors_become_one_string_in_the_order_of_their_places() {
    let reasons = reasons(
        "permit (principal is AgentCore::OAuthUser, action, resource is AgentCore::Gateway)\n\
         when { principal.team == \"a\" }\nunless { principal.getTag(\"t\") == \"b\" };",
    );
    let expected = "Multiple errors occurred during policy parsing/validation:\n\
        * for policy `p_c15_cnu2aihlr9_0`, attribute `team` on entity type `AgentCore::OAuthUser` not found\n  \
          for policy `p_c15_cnu2aihlr9_0`, attribute `team` on entity type `AgentCore::OAuthUser` not found at line 2, column 8:\n  \
          1 permit (principal is AgentCore::OAuthUser, action, resource is AgentCore::Gateway)\n  \
          2 when { principal.team == \"a\" }\n  \
          3 unless { principal.getTag(\"t\") == \"b\" };\n\
        did you mean `id`?\n\
        \n\
        * for policy `p_c15_cnu2aihlr9_0`, unable to guarantee safety of access to tag `\"t\"` on entity type `AgentCore::OAuthUser`\n  \
          for policy `p_c15_cnu2aihlr9_0`, unable to guarantee safety of access to tag `\"t\"` on entity type `AgentCore::OAuthUser` at line 3, column 10:\n  \
          2 when { principal.team == \"a\" }\n  \
          3 unless { principal.getTag(\"t\") == \"b\" };\n\
        try testing for the tag's presence with `.hasTag(\"t\") && ..`\n";
    assert_eq!(reasons, [expected]);
}

#[test]
fn messages_are_the_errors_alone() {
    let text = "permit (principal is AgentCore::OAuthUser, action, resource is AgentCore::Gateway)\n\
                when { principal.team == \"a\" }\nunless { principal.getTag(\"t\") == \"b\" };";
    let statement = parse_statement(text).expect("the statement parses");
    assert_eq!(
        Schema::fixed().messages(&statement, ID),
        [
            "for policy `p_c15_cnu2aihlr9_0`, attribute `team` on entity type `AgentCore::OAuthUser` not found",
            "for policy `p_c15_cnu2aihlr9_0`, unable to guarantee safety of access to tag `\"t\"` on entity type \
             `AgentCore::OAuthUser`",
        ]
    );
}

#[test]
fn policy_is_impossible_does_not_block() {
    assert_eq!(
        reasons(&format!(
            "permit (principal, action, {GATEWAY}) when {{ false }};"
        )),
        [""; 0]
    );
    let absent = format!("forbid (principal, action, {GATEWAY}) when {{ context has geography }};");
    assert_eq!(reasons(&absent), [""; 0]);
}
