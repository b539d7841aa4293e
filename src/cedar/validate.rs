//! Strict validation, in the layout of AWS's status reasons.

use std::collections::BTreeSet;

use cedar_policy::{PolicySet, ValidationError, ValidationMode};
use miette::Diagnostic;

use super::position::{Position, lines_around};
use super::schema::{Reduced, Schema};
use super::stack::with_room;
use super::statement::Statement;
use super::suggest::settle;
use super::summary::{MULTIPLE, clip};

/// Most errors laid out in one status reason, which says how many more there are; hostile statements have hundreds. Ours:
/// nothing public says where AWS stops, if it does (service.md 6.3).
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
        let reduced = match self.reduced(statement.outline()) {
            Ok(reduced) => reduced,
            Err(error) => return vec![unreadable(&error)],
        };
        let mistakes = self.errors(&reduced, statement, policy_id);
        status_reason(statement.text(), &mistakes).into_iter().collect()
    }

    /// As [`Schema::validate`], but each error by its message alone, as a string of its own.
    #[must_use]
    pub fn messages(&self, statement: &Statement, policy_id: &str) -> Vec<String> {
        match self.reduced(statement.outline()) {
            Ok(reduced) => {
                let mistakes = self.errors(&reduced, statement, policy_id).into_iter();
                let messages: BTreeSet<String> = mistakes.map(|mistake| mistake.message).collect();
                let more = not_shown(messages.len());
                messages.into_iter().take(MAX_ERRORS).chain(more).collect()
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
    if let Some(more) = not_shown(mistakes.len()) {
        reason.push('\n');
        reason.push_str(&more);
        reason.push('\n');
    }
    Some(reason)
}

/// How many of so many errors are not laid out, if any.
fn not_shown(errors: usize) -> Option<String> {
    match errors.saturating_sub(MAX_ERRORS) {
        0 => None,
        1 => Some("1 more error is not shown".to_owned()),
        more => Some(format!("{more} more errors are not shown")),
    }
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
mod tests;
