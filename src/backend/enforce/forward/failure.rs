//! Why a tool was not called, or did not answer, in words for whoever called it.
//!
//! Every text here is ours: nothing public says what AgentCore answers then, but that it is `isError: true` with a text
//! (service.md 11.5). Only [`Failure::Missing`] is on record (service.md B.4, G9).

use crate::backend::tools::{CallError, ToolsError, causes};
use std::time::Duration;

/// Characters that another program may add to a text.
const LONGEST_WORDS: usize = 2000;

/// Why there is no answer of the tool.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error(
        "The local backend does not know where the Lambda function {0} runs: start it with --lambda-endpoint {0}=URL or \
         --lambda-endpoint {0}=exec:COMMAND"
    )]
    NoEndpoint(String),
    #[error(
        "Targets of the kind {0} are not served by the local backend: their tools are listed and cannot be called"
    )]
    Unserved(String),
    #[error(
        "The target has no operation {0}: its document changed since its tools were read; update the target"
    )]
    NoOperation(String),
    #[error(transparent)]
    Target(#[from] ToolsError),
    /// As AWS says it (service.md B.4, G9).
    #[error(
        "ValidationException - Parameter validation failed: Invalid request parameters:\n- Missing required field(s): {}",
        quoted(.0)
    )]
    Missing(Vec<String>),
    /// In the form of the one above.
    #[error("ValidationException - Parameter validation failed: Invalid request parameters:\n- {0}")]
    Invalid(String),
    #[error("The arguments of the tool take {bytes} bytes and may take {most}")]
    LargeArguments { bytes: usize, most: usize },
    #[error("The answer of the tool is larger than {0} bytes")]
    LargeAnswer(usize),
    #[error("The tool did not answer within {} ms", .0.as_millis())]
    Late(Duration),
    #[error("Too many calls of {0} are under way; try again later")]
    Busy(&'static str),
    #[error("The call was cancelled")]
    Cancelled,
    #[error("{what} cannot be reached: {why}")]
    Unreachable { what: String, why: String },
    #[error("The connection to {what} broke: {why}")]
    Broken { what: String, why: String },
    #[error("{what} answered {status}{}", after_colon(.words))]
    Status {
        what: String,
        status: u16,
        words: String,
    },
    #[error("{what} answered with a redirect ({status}), which is not followed")]
    Redirect { what: String, status: u16 },
    #[error("{what} answered {status}{}: the local backend has no credentials for it", after_colon(.words))]
    Unauthorized {
        what: String,
        status: u16,
        words: String,
    },
    #[error("{0} answered with something else than text")]
    NoText(String),
    #[error("{0} answered with something else than JSON")]
    NoJson(String),
    #[error("The program {program} of the Lambda function cannot be started: {why}")]
    NoProgram { program: String, why: String },
    #[error("The program {program} of the Lambda function ended with {status}{}", after_colon(.words))]
    Exit {
        program: String,
        status: String,
        words: String,
    },
    /// In the form that AWS gives other failures: type and text (service.md 11.5, 11.12).
    #[error("{kind} - {words}")]
    Function { kind: String, words: String },
    #[error("{0}")]
    Server(String),
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Missing(names) => Self::Missing(names),
            CallError::Invalid(why) => Self::Invalid(why),
        }
    }
}

impl Failure {
    /// A request that was not answered.
    pub fn of_request(what: &str, error: reqwest::Error) -> Self {
        let (connecting, why) = (error.is_connect(), shortened(&causes(&error.without_url())));
        let what = what.to_owned();
        if connecting {
            Self::Unreachable { what, why }
        } else {
            Self::Broken { what, why }
        }
    }
}

/// What another program said, in one piece that is not too long: control characters but line breaks are gone.
pub(super) fn shortened(words: &str) -> String {
    let plain = |c: &char| *c == '\n' || !c.is_control();
    let words = words.trim();
    let mut short: String = words.chars().filter(plain).take(LONGEST_WORDS).collect();
    if words.chars().filter(plain).nth(LONGEST_WORDS).is_some() {
        short.push_str("...");
    }
    short
}

fn after_colon(words: &str) -> String {
    if words.is_empty() {
        String::new()
    } else {
        format!(": {words}")
    }
}

fn quoted(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_others_are_shortened_and_hold_no_control_characters() {
        assert_eq!(shortened("  a\u{1b}[31m\nb\r\0 "), "a[31m\nb");
        assert_eq!(
            shortened(&"ä".repeat(LONGEST_WORDS)).chars().count(),
            LONGEST_WORDS
        );
        let long = shortened(&"ä".repeat(LONGEST_WORDS + 1));
        assert_eq!(long.chars().count(), LONGEST_WORDS + 3);
    }

    /// service.md B.4, G9.
    #[test]
    fn what_is_missing_is_said_as_aws_says_it() {
        assert_eq!(
            Failure::Missing(vec!["employee_id".to_owned()]).to_string(),
            "ValidationException - Parameter validation failed: Invalid request parameters:\n\
             - Missing required field(s): 'employee_id'"
        );
    }
}
