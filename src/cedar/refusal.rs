//! Why a text is no statement: for AWS's answer, and for people.

use std::fmt;

use cedar_policy::ParseErrors;
use miette::Diagnostic;

use super::position::Position;
use super::summary::{clip, one_line};

/// First line of AWS's text (service.md 6.2, first row).
const AWS_FIRST_LINE: &str = "When parsing the policy statement, the following errors occurred:";

/// Most problems kept of one text; hostile texts hold thousands.
const MAX_PROBLEMS: usize = 100;

/// Most characters of a message in AWS's text and on a line for people.
const MAX_MESSAGE: usize = 500;

/// Most characters of a line for people.
const MAX_LINE: usize = 400;

/// Why a text is no statement. Holds at least one problem, in the parser's order.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ParseFailure {
    problems: Vec<ParseProblem>,
}

/// One thing that is wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseProblem {
    /// What is wrong, in Cedar's own wording; may quote the text.
    pub message: String,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1, in characters.
    pub column: usize,
    /// What could have stood there, in Cedar's own wording: ``expected `;` or identifier``.
    pub expected: Option<String>,
    /// What to do about it.
    pub help: Option<String>,
}

impl ParseFailure {
    /// Puts Cedar's errors about `text` into words.
    pub(super) fn read(text: &str, errors: &ParseErrors) -> Self {
        Self {
            problems: errors
                .iter()
                .take(MAX_PROBLEMS)
                .map(|error| ParseProblem::read(text, error))
                .collect(),
        }
    }

    /// What is wrong, in the parser's order: at least one, at most 100.
    #[must_use]
    pub fn problems(&self) -> &[ParseProblem] {
        &self.problems
    }

    /// AWS's text: a fixed first line, then one `* ` line for each error of the parser, in Cedar's
    /// own wording (service.md 6.2, first row; Appendix B, E3).
    #[must_use]
    pub fn aws_text(&self) -> String {
        self.problems
            .iter()
            .fold(AWS_FIRST_LINE.to_owned(), |text, problem| {
                text + "\n* " + &clip(&problem.message, MAX_MESSAGE)
            })
    }
}

impl From<ParseProblem> for ParseFailure {
    fn from(problem: ParseProblem) -> Self {
        Self {
            problems: vec![problem],
        }
    }
}

/// One clean line: the first problem, and how many more there are.
impl fmt::Display for ParseFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(first) = self
            .problems
            .iter()
            .min_by_key(|problem| (problem.line, problem.column))
        else {
            return f.write_str("the statement does not parse");
        };
        let line = clip(&first.to_string(), MAX_LINE);
        match self.problems.len() - 1 {
            0 => f.write_str(&line),
            1 => write!(f, "{line} (and 1 more problem)"),
            more => write!(f, "{line} (and {more} more problems)"),
        }
    }
}

impl ParseProblem {
    /// A problem at this byte offset of `text`.
    pub(super) fn at(text: &str, offset: usize, message: String) -> Self {
        let Position { line, column } = Position::of(text, offset);
        Self {
            message,
            line,
            column,
            expected: None,
            help: None,
        }
    }

    /// The same problem with advice.
    pub(super) fn with_help(mut self, help: &str) -> Self {
        self.help = Some(help.to_owned());
        self
    }

    fn read(text: &str, error: &(impl Diagnostic + ?Sized)) -> Self {
        let label = error.labels().and_then(|mut labels| labels.next());
        let offset = label.as_ref().map_or(0, miette::LabeledSpan::offset);
        let mut problem = Self::at(text, offset, error.to_string());
        problem.expected = label.as_ref().and_then(|label| label.label()).map(str::to_owned);
        problem.help = error
            .help()
            .map(|help| help.to_string())
            .or_else(|| problem.own_help(text, offset));
        problem
    }

    /// Advice where Cedar has none.
    fn own_help(&self, text: &str, offset: usize) -> Option<String> {
        if self.expected.is_some() {
            return None;
        }
        match self.message.as_str() {
            "invalid token" => match text.get(offset..).and_then(|rest| rest.chars().next())? {
                '&' => Some("`&` alone means nothing in Cedar; write `&&`".to_owned()),
                '|' => Some("`|` alone means nothing in Cedar; write `||`".to_owned()),
                found => Some(format!("`{found}` means nothing in Cedar outside a string")),
            },
            // The parser expects nothing at all after a complete policy.
            "unexpected token `permit`" | "unexpected token `forbid`" | "unexpected token `@`" => {
                Some("a policy holds exactly one statement; put this one into a policy of its own".to_owned())
            }
            message if message.starts_with("unexpected token ") => {
                Some("nothing may follow the `;` that ends the statement".to_owned())
            }
            _ => None,
        }
    }
}

/// ``line 2, column 8: unexpected token `}`, expected an expression``
impl fmt::Display for ParseProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "line {}, column {}: {}",
            self.line,
            self.column,
            clip(&one_line(&self.message), MAX_LINE / 2)
        )?;
        if let Some(expected) = &self.expected {
            write!(f, ", expected {}", plain_expected(expected))?;
        }
        match &self.help {
            Some(help) => write!(f, "; {}", clip(&one_line(help), MAX_LINE / 2)),
            None => Ok(()),
        }
    }
}

/// Tokens that begin an expression, as Cedar lists them. Slots are among them but no static
/// policy may hold one.
const EXPRESSION: [&str; 13] = [
    "`!`",
    "`(`",
    "`-`",
    "`[`",
    "`{`",
    "`false`",
    "identifier",
    "`if`",
    "number",
    "`?principal`",
    "`?resource`",
    "string literal",
    "`true`",
];

/// Tokens that continue an expression, as Cedar lists them.
const CONTINUATION: [&str; 19] = [
    "`!=`", "`&&`", "`(`", "`*`", "`+`", "`-`", "`.`", "`::`", "`<`", "`<=`", "`==`", "`>`", "`>=`", "`[`",
    "`||`", "`has`", "`in`", "`is`", "`like`",
];

/// Tokens that Cedar's grammar lets follow a variable of the scope, but that it refuses later.
const NOT_IN_SCOPE: [&str; 6] = ["`!=`", "`:`", "`<`", "`<=`", "`>`", "`>=`"];

/// Cedar's list of expected tokens as a person would say it.
fn plain_expected(expected: &str) -> String {
    let listed = expected.strip_prefix("expected ").unwrap_or(expected);
    match listed {
        "`@` or identifier" => return "`permit` or `forbid`".to_owned(),
        "`;` or identifier" => return "`when`, `unless` or `;`".to_owned(),
        _ => {}
    }
    let mut tokens: Vec<&str> = listed
        .split(", ")
        .flat_map(|part| part.split(" or "))
        .map(clean_token)
        .collect();
    let all_of = |wanted: &[&str]| wanted.iter().all(|token| tokens.contains(token));
    let (group, members): (_, &[&str]) = if all_of(&["`!`", "`if`", "number"]) {
        (Some("an expression"), &EXPRESSION)
    } else if all_of(&["`&&`", "`||`"]) {
        (Some("an operator"), &CONTINUATION)
    } else if all_of(&NOT_IN_SCOPE) {
        (None, &NOT_IN_SCOPE)
    } else {
        (None, &[])
    };
    tokens.retain(|token| !members.contains(token));
    let plain: Vec<&str> = group.into_iter().chain(tokens).collect();
    match plain.split_last() {
        Some((only, [])) => (*only).to_owned(),
        Some((end, rest)) => format!("{} or {end}", rest.join(", ")),
        None => listed.to_owned(),
    }
}

fn clean_token(token: &str) -> &str {
    let token = token.trim();
    token.strip_prefix("or ").unwrap_or(token)
}

#[cfg(test)]
mod tests {
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
}
