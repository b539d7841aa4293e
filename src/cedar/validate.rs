//! Strict validation, in the layout of AWS's status reasons.

use std::collections::BTreeSet;

use cedar_policy::{PolicySet, ValidationError, ValidationMode};
use miette::Diagnostic;

use super::parse::Statement;
use super::position::{Position, lines_around};
use super::schema::{Reduced, Schema};
use super::stack::with_room;
use super::suggest::settle;
use super::summary::{MULTIPLE, clip};

/// Most errors laid out in one status reason; hostile statements have hundreds.
const MAX_ERRORS: usize = 50;

/// Most characters of a message, and of a source line in a status reason. Ours: AWS's limits are
/// not on record, and a one-line statement would otherwise be repeated for every error.
const MAX_MESSAGE: usize = 1_000;
const MAX_SOURCE_LINE: usize = 500;

/// Validates a statement strictly against the part of the schema that needs no gateway.
///
/// Gives the `statusReasons` of the policy with this id, laid out as in service.md 6.3: none when
/// the statement is valid, otherwise one string, however many errors there are. Errors are in the
/// order of their places. Warnings, such as `policy is impossible`, do not count (6.7).
#[must_use]
pub fn validate(statement: &Statement, policy_id: &str) -> Vec<String> {
    Schema::fixed().validate(statement, policy_id)
}

impl Schema {
    /// Validates a statement strictly against this schema; see [`validate`].
    #[must_use]
    pub fn validate(&self, statement: &Statement, policy_id: &str) -> Vec<String> {
        let reduced = match self.reduced(statement) {
            Ok(reduced) => reduced,
            Err(error) => return vec![unreadable(&error)],
        };
        let mistakes = self.errors(&reduced, statement, policy_id);
        status_reason(statement.text(), &mistakes).into_iter().collect()
    }

    /// As [`Schema::validate`], but each error by its message alone, as a string of its own.
    #[must_use]
    pub fn messages(&self, statement: &Statement, policy_id: &str) -> Vec<String> {
        match self.reduced(statement) {
            Ok(reduced) => {
                let mistakes = self.errors(&reduced, statement, policy_id).into_iter();
                let messages: BTreeSet<String> = mistakes.map(|mistake| mistake.message).collect();
                messages.into_iter().take(MAX_ERRORS).collect()
            }
            Err(error) => vec![unreadable(&error)],
        }
    }

    /// What the validator finds against a part of this schema.
    pub(super) fn errors(
        &self,
        reduced: &Reduced,
        statement: &Statement,
        policy_id: &str,
    ) -> BTreeSet<Mistake> {
        with_room(statement.text(), || {
            let mut policies = PolicySet::new();
            if policies
                .add(statement.policy_named(&diagnostic_id(policy_id)))
                .is_err()
            {
                return BTreeSet::new(); // An empty set holds no static policy of that id.
            }
            let result = reduced.validator.validate(&policies, ValidationMode::Strict);
            result
                .validation_errors()
                .map(|error| self.read(statement.text(), error))
                .collect()
        })
    }

    fn read(&self, text: &str, error: &ValidationError) -> Mistake {
        let offset = error
            .labels()
            .and_then(|mut labels| labels.next())
            .map_or(0, |label| label.offset());
        let message = as_aws_prints(error.to_string());
        let help = error.help().map(|help| help.to_string());
        Mistake {
            position: Position::of(text, offset),
            help: settle(self, &message, help).map(|help| clip(&help, MAX_MESSAGE)),
            message: clip(&message, MAX_MESSAGE),
        }
    }
}

/// A fault of this program, told where it is seen.
fn unreadable(error: &str) -> String {
    format!("The schema of the tools cannot be read: {error}")
}

/// AWS puts a record type that was seen into backticks (service.md Appendix B, S6); Cedar does not.
fn as_aws_prints(message: String) -> String {
    match message.split_once(" but saw {") {
        Some((before, record)) if before.contains("unexpected type: ") => {
            format!("{before} but saw `{{{record}`")
        }
        _ => message,
    }
}

/// One error of the validator. Ordered by place, so that the same statement always gets the same
/// text; equal mistakes of several principal types are one.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Mistake {
    position: Position,
    message: String,
    help: Option<String>,
}

/// The id a policy has inside diagnostics (service.md 3, last row of the table).
fn diagnostic_id(policy_id: &str) -> String {
    policy_id.replace('-', "_") + "_0"
}

/// Layout of service.md 6.3.
fn status_reason(text: &str, mistakes: &BTreeSet<Mistake>) -> Option<String> {
    let mut all = mistakes.iter();
    let first = all.next()?;
    if all.next().is_none() {
        return Some(first.lines(text, "").join("\n"));
    }
    let mut reason = MULTIPLE.to_owned();
    for mistake in mistakes.iter().take(MAX_ERRORS) {
        reason.push_str("\n* ");
        reason.push_str(&mistake.lines(text, "  ").join("\n"));
        reason.push('\n');
    }
    Some(reason)
}

impl Mistake {
    /// Message, message with place, source lines around it, help.
    fn lines(&self, text: &str, indent: &str) -> Vec<String> {
        let Self {
            position: Position { line, column },
            message,
            help,
        } = self;
        let mut lines = vec![
            message.clone(),
            format!("{indent}{message} at line {line}, column {column}:"),
        ];
        lines.extend(
            lines_around(text, *line)
                .map(|(number, source)| format!("{indent}{number} {}", clip(source, MAX_SOURCE_LINE))),
        );
        lines.extend(help.clone());
        lines
    }
}

#[cfg(test)]
mod tests {
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
            reasons[0]
                .starts_with("Multiple errors occurred during policy parsing/validation:\n* for policy")
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
}
