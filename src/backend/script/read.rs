//! From YAML or JSON to rules. Everything that a rule says is checked when it is set, not when it plays.
//!
//! ```yaml
//! rules:
//! - {operation: CreatePolicy, calls: 2, answer: {error: ThrottlingException, message: slow down}}
//! - {operation: CreatePolicy, calls: {from: 3, to: 5}, drop: true}
//! - {operation: CreatePolicyEngine, calls: every, stay: 10s, fail: no key}
//! - {operation: CreateGatewayTarget, consent: 5s}
//! - {operation: ListPolicies, lag: 2s}
//! ```

use super::catalog::{Catalog, Facts};
use super::error::ScriptError;
use super::rule::{Answer, Faults, Rule};
use crate::model::parse_interval;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Rules of a script.
const MOST_RULES: usize = 1_000;
/// The longest stay, consent and lag.
const LONGEST: Duration = Duration::from_hours(24);
/// Characters of a reason and of a message, as `StatusReason` has it.
const LONGEST_TEXT: usize = 2048;
/// What an error says when the rule does not.
const MESSAGE: &str = "The fault script answers so";
/// The one error with a reason, and the one it has when the rule gives none.
const VALIDATION: &str = "ValidationException";
const REASON: &str = "FieldValidationFailed";
/// `ValidationExceptionReason` (service.md 2.6).
const REASONS: [&str; 5] = [
    "CannotParse",
    REASON,
    "IdempotentParameterMismatchException",
    "EventInOtherSession",
    "ResourceConflict",
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawScript {
    rules: Vec<RawRule>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    operation: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    calls: Option<RawCalls>,
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<RawAnswer>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    drop: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    stay: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    consent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lag: Option<String>,
}

#[derive(Deserialize, Serialize)]
#[serde(untagged)]
enum RawCalls {
    Nth(u64),
    Range(Range),
    Word(String),
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Range {
    from: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<u64>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct RawAnswer {
    error: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
}

/// The rules of a text.
///
/// # Errors
/// [`ScriptError`] with the place of what is wrong.
pub fn rules(text: &str, catalog: &Catalog) -> Result<Vec<Rule>, ScriptError> {
    let script: RawScript = serde_saphyr::from_str(text).map_err(|error| {
        let told = error.without_snippet().to_string();
        ScriptError::Unreadable(told.split_whitespace().collect::<Vec<_>>().join(" "))
    })?;
    if script.rules.len() > MOST_RULES {
        let what = format!("there are more than {MOST_RULES} rules");
        return Err(wrong("/rules", what));
    }
    let numbered = script.rules.into_iter().enumerate();
    numbered
        .map(|(index, rule)| rule.read(&format!("/rules/{index}"), catalog))
        .collect()
}

fn wrong(at: &str, what: impl Into<String>) -> ScriptError {
    ScriptError::Rule {
        at: at.to_owned(),
        what: what.into(),
    }
}

impl RawRule {
    fn read(self, at: &str, catalog: &Catalog) -> Result<Rule, ScriptError> {
        let operation = &self.operation;
        let Some(facts) = catalog.find(operation) else {
            let nearest = catalog.nearest(operation).unwrap_or_default();
            let what = format!("there is no operation `{operation}`; did you mean `{nearest}`?");
            return Err(wrong(&format!("{at}/operation"), what));
        };
        let (from, to) = span(self.calls.as_ref(), at)?;
        if (self.stay.is_some() || self.fail.is_some()) && !facts.changes {
            let member = if self.stay.is_some() { "stay" } else { "fail" };
            let what = format!("{operation} begins no change that could stay or fail");
            return Err(wrong(&format!("{at}/{member}"), what));
        }
        if self.consent.is_some() && !facts.consents {
            let what = format!("{operation} begins no change that somebody would have to authorize");
            return Err(wrong(&format!("{at}/consent"), what));
        }
        if self.lag.is_some() && !facts.lists {
            return Err(wrong(&format!("{at}/lag"), format!("{operation} is no list")));
        }
        let answer = self.answer.as_ref();
        let faults = Faults {
            answer: answer
                .map(|answer| answer.read(at, operation, facts))
                .transpose()?,
            drop: self.drop,
            stay: interval(self.stay.as_deref(), &format!("{at}/stay"))?,
            fail: text(self.fail.as_deref(), &format!("{at}/fail"))?,
            consent: interval(self.consent.as_deref(), &format!("{at}/consent"))?,
            lag: interval(self.lag.as_deref(), &format!("{at}/lag"))?,
        };
        if faults == Faults::default() {
            return Err(wrong(
                at,
                "the rule says nothing; give answer, drop, stay, fail, consent or lag",
            ));
        }
        let others = Faults {
            answer: None,
            ..faults.clone()
        };
        if faults.answer.is_some() && others != Faults::default() {
            return Err(wrong(
                at,
                "a call that is answered with an error is not carried out; nothing else can happen to it",
            ));
        }
        let written = serde_json::to_value(&self).map_err(|error| wrong(at, error.to_string()))?;
        Ok(Rule {
            operation: self.operation,
            from,
            to,
            faults,
            written,
        })
    }
}

/// The first and the last call.
fn span(calls: Option<&RawCalls>, at: &str) -> Result<(u64, u64), ScriptError> {
    let (from, to) = match calls {
        None => (1, u64::MAX),
        Some(RawCalls::Word(word)) if word == "every" => (1, u64::MAX),
        Some(RawCalls::Word(_)) => (0, 0),
        Some(RawCalls::Nth(number)) => (*number, *number),
        Some(RawCalls::Range(range)) => (range.from, range.to.unwrap_or(u64::MAX)),
    };
    if from == 0 || to < from {
        let what = "give a number from 1, {from: 2, to: 5}, {from: 2} or `every`";
        return Err(wrong(&format!("{at}/calls"), what));
    }
    Ok((from, to))
}

impl RawAnswer {
    fn read(&self, at: &str, operation: &str, facts: &Facts) -> Result<Answer, ScriptError> {
        let status = match (self.status, facts.errors.get(&self.error)) {
            (None, Some(status)) => *status,
            (None, None) => {
                let known: Vec<&str> = facts.errors.keys().map(String::as_str).collect();
                let what = format!(
                    "`{}` is no error of {operation}; give one of {}, or a status to answer with it all the same",
                    self.error,
                    known.join(", ")
                );
                return Err(wrong(&format!("{at}/answer/error"), what));
            }
            (Some(status @ 400..=599), _) => status,
            (Some(_), _) => {
                return Err(wrong(
                    &format!("{at}/answer/status"),
                    "give a status from 400 to 599",
                ));
            }
        };
        let word = |byte: u8| byte.is_ascii_alphanumeric();
        if self.error.is_empty() || self.error.len() > 128 || !self.error.bytes().all(word) {
            let what = "give a name of letters and digits";
            return Err(wrong(&format!("{at}/answer/error"), what));
        }
        let reason = match &self.reason {
            _ if self.error != VALIDATION => {
                if self.reason.is_some() {
                    let what = format!("only a {VALIDATION} has a reason");
                    return Err(wrong(&format!("{at}/answer/reason"), what));
                }
                None
            }
            None => Some(REASON.to_owned()),
            Some(reason) if REASONS.contains(&reason.as_str()) => Some(reason.clone()),
            Some(_) => {
                let what = format!("give one of {}", REASONS.join(", "));
                return Err(wrong(&format!("{at}/answer/reason"), what));
            }
        };
        let message = text(self.message.as_deref(), &format!("{at}/answer/message"))?;
        Ok(Answer {
            error: self.error.clone(),
            status,
            message: message.unwrap_or_else(|| MESSAGE.to_owned()),
            reason,
        })
    }
}

fn text(text: Option<&str>, at: &str) -> Result<Option<String>, ScriptError> {
    let Some(text) = text else { return Ok(None) };
    if text.trim().is_empty() || text.chars().count() > LONGEST_TEXT {
        let what = format!("give a text of 1 to {LONGEST_TEXT} characters that is not blank");
        return Err(wrong(at, what));
    }
    Ok(Some(text.to_owned()))
}

fn interval(text: Option<&str>, at: &str) -> Result<Option<Duration>, ScriptError> {
    let Some(text) = text else { return Ok(None) };
    let time = parse_interval(text).filter(|time| !time.is_zero() && *time <= LONGEST);
    time.map(Some)
        .ok_or_else(|| wrong(at, "give a duration such as 50ms, 30s, 5m or 1h30m, at most 24h"))
}
