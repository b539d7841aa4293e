//! Refusals, tested.

use crate::cedar::{ParseFailure, parse_statement};
use proptest::prelude::*;

const SCOPE: &str = "permit(principal, action, resource == AgentCore::Gateway::\"g\")";

fn refuse(text: &str) -> ParseFailure {
    parse_statement(text).expect_err("the text is no statement")
}

#[test]
fn row_syntax_error_under_definition_cedar_e3() {
    assert_eq!(
        refuse(&format!("{SCOPE}\nwhen guardrails {{ x }};")).aws_text(),
        "When parsing the policy statement, the following errors occurred:\n* unexpected token `guardrails`"
    );
}

#[test]
fn row_syntax_error_has_one_line_for_each_error_of_the_parser() {
    assert_eq!(
        refuse(&format!("{SCOPE} when {{ foo == 1 && bar == 2 }};")).aws_text(),
        "When parsing the policy statement, the following errors occurred:\n\
         * invalid variable: foo\n\
         * invalid variable: bar"
    );
}

#[test]
fn row_two_statements_are_a_parse_error_e5() {
    assert_eq!(
        refuse("permit(principal, action, resource);\nforbid(principal, action, resource);").aws_text(),
        "When parsing the policy statement, the following errors occurred:\n* unexpected token `forbid`"
    );
}

#[test]
fn row_templates_are_refused() {
    assert_eq!(
        refuse("permit(principal == ?principal, action, resource);").aws_text(),
        "When parsing the policy statement, the following errors occurred:\n\
         * expected a static policy, got a template containing the slot ?principal"
    );
}

#[test]
fn every_failure_is_one_line_that_says_where_what_and_what_to_do() {
    let cases = [
        (
            "",
            "line 1, column 1: unexpected end of input, expected `permit` or `forbid`",
        ),
        (
            "// nothing but a comment\n",
            "line 1, column 1: unexpected end of input, expected `permit` or `forbid`",
        ),
        (
            "permit(principal, action, resource)\n",
            "line 1, column 36: unexpected end of input, expected `when`, `unless` or `;`",
        ),
        (
            "permit(principal,\n  action\n  resource);",
            "line 3, column 3: unexpected token `resource`, expected `)`, `,`, `==`, `in` or `is`",
        ),
        (
            "permit(principal, action, resource)\nwhen { context.input.amount < };",
            "line 2, column 31: unexpected token `}`, expected an expression",
        ),
        (
            "permit(principal, action, resource) when { guardrails { x } };",
            "line 1, column 55: unexpected token `{`, expected an operator or `}` (and 1 more problem)",
        ),
        (
            "permit(principal, action, resource);\nforbid(principal, action, resource);",
            "line 2, column 1: unexpected token `forbid`; a policy holds exactly one statement; put this one into \
             a policy of its own",
        ),
        (
            "permit(principal, action, resource); x",
            "line 1, column 38: unexpected token `x`; nothing may follow the `;` that ends the statement",
        ),
        (
            "permit(principal == ?principal, action, resource);",
            "line 1, column 21: expected a static policy, got a template containing the slot ?principal; try \
             removing the template slot(s) from this policy",
        ),
        (
            "permit(principal, action, resource) when { \"é\" == 'a' };",
            "line 1, column 51: invalid token; strings must use double quotes, not single quotes",
        ),
        (
            "permit(principal, action, resource) when { true & false };",
            "line 1, column 49: invalid token; `&` alone means nothing in Cedar; write `&&`",
        ),
        (
            "permit(principal, action, resource) when { # };",
            "line 1, column 44: invalid token; `#` means nothing in Cedar outside a string",
        ),
        (
            "permit(principal, action, resource) when { principal = 3 };",
            "line 1, column 44: '=' is not a valid operator in Cedar; try using '==' instead",
        ),
        (
            "permit(principal, action, resource) whn { true };",
            "line 1, column 37: invalid policy condition: whn; condition must be either `when` or `unless`",
        ),
        (
            "permit(principal, action);",
            "line 1, column 25: this policy is missing the `resource` variable in the scope; policy scopes must \
             contain a `principal`, `action`, and `resource` element in that order",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(refuse(text).to_string(), expected, "{text}");
    }
}

#[test]
fn quoted_text_cannot_break_the_line() {
    let failure = refuse(&format!("{SCOPE} \"a\n\u{202e}b\r\n c{}\";", "x".repeat(5_000)));
    let line = failure.to_string();
    assert!(
        line.starts_with("line 1, column 64: unexpected token `\"a b cxxx"),
        "{line}"
    );
    assert!(line.chars().count() <= 450, "{line}");
    assert!(!line.contains(['\n', '\r', '\u{202e}']), "{line}");
}

#[test]
fn thousands_of_errors_make_no_endless_text() {
    let failure = refuse(&format!(
        "{}permit(principal, action, resource);",
        "@a ".repeat(3_300)
    ));
    assert_eq!(failure.problems().len(), super::MAX_PROBLEMS);
    assert!(failure.aws_text().len() <= 100 * (super::MAX_MESSAGE + 10));
    assert!(
        failure.to_string().ends_with("(and 99 more problems)"),
        "{failure}"
    );
}

fn check(text: &str) -> Result<(), TestCaseError> {
    let Err(failure) = parse_statement(text) else {
        return Ok(());
    };
    prop_assert!(!failure.problems().is_empty());
    for problem in failure.problems() {
        let line = text.split('\n').nth(problem.line - 1);
        prop_assert!(
            line.is_some_and(|line| problem.column <= line.chars().count() + 1),
            "{problem:?}"
        );
    }
    let line = failure.to_string();
    prop_assert!(
        !line.contains(char::is_control) && line.chars().count() < 450,
        "{line}"
    );
    prop_assert_eq!(
        parse_statement(text).map_err(|again| again.to_string()),
        Err(line)
    );
    prop_assert!(failure.aws_text().starts_with(super::AWS_FIRST_LINE));
    Ok(())
}

proptest! {
    #[test]
    fn no_text_makes_it_panic_and_positions_are_inside_the_text(text in "(?s).{0,200}") {
        check(&text)?;
    }

    #[test]
    fn no_statement_with_something_odd_in_it_makes_it_panic(
        before in 0usize..120,
        odd in "(?s)[\\PC\n(){}\\[\\]\"'=<>&|;:,.?@é]{0,12}",
    ) {
        let good = "permit(principal is AgentCore::OAuthUser, action, resource == AgentCore::Gateway::\"g\")\n\
                    when { principal.hasTag(\"é\") };";
        let at = good.floor_char_boundary(before);
        check(&format!("{}{odd}{}", &good[..at], &good[at..]))?;
    }
}
