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
mod tests;
