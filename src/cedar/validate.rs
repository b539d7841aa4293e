//! Strict validation, in the layout of AWS's status reasons.

use std::collections::BTreeSet;

use cedar_policy::{PolicySet, ValidationError, ValidationMode};
use miette::Diagnostic;

use super::parse::Statement;
use super::position::{Position, lines_around};
use super::schema::Schema;
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
        let findings = with_room(statement.text().len(), || {
            let mut policies = PolicySet::new();
            if policies
                .add(statement.policy_named(&diagnostic_id(policy_id)))
                .is_err()
            {
                return BTreeSet::new(); // An empty set holds no static policy of that id.
            }
            let result = self.validator.validate(&policies, ValidationMode::Strict);
            result
                .validation_errors()
                .map(|error| self.read(statement.text(), error))
                .collect::<BTreeSet<_>>()
        });
        status_reason(statement.text(), &findings).into_iter().collect()
    }

    fn read(&self, text: &str, error: &ValidationError) -> Finding {
        let offset = error
            .labels()
            .and_then(|mut labels| labels.next())
            .map_or(0, |label| label.offset());
        let message = error.to_string();
        let help = error.help().map(|help| help.to_string());
        Finding {
            position: Position::of(text, offset),
            help: help.map(|help| clip(&settle(&self.validator, &message, help), MAX_MESSAGE)),
            message: clip(&message, MAX_MESSAGE),
        }
    }
}

/// One error of the validator. Ordered by place, so that the same statement always gets the same
/// text; equal findings of several principal types are one.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    position: Position,
    message: String,
    help: Option<String>,
}

/// The id a policy has inside diagnostics (service.md 3, last row of the table).
fn diagnostic_id(policy_id: &str) -> String {
    policy_id.replace('-', "_") + "_0"
}

/// Layout of service.md 6.3.
fn status_reason(text: &str, findings: &BTreeSet<Finding>) -> Option<String> {
    let mut all = findings.iter();
    let first = all.next()?;
    if all.next().is_none() {
        return Some(first.lines(text, "").join("\n"));
    }
    let mut reason = MULTIPLE.to_owned();
    for finding in findings.iter().take(MAX_ERRORS) {
        reason.push_str("\n* ");
        reason.push_str(&finding.lines(text, "  ").join("\n"));
        reason.push('\n');
    }
    Some(reason)
}

impl Finding {
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
