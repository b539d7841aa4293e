//! Structured logs: one line an event, with the object's name, never a statement, a secret or a token.

use super::lines::JsonLines;
use std::io::IsTerminal as _;
use tracing::Level;
use tracing_subscriber::filter::{EnvFilter, LevelFilter, filter_fn};
use tracing_subscriber::fmt::format::JsonFields;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

/// Why logging could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The level is no filter that `tracing` knows.
    #[error(
        "--log-level {level:?} is no level: use error, warn, info, debug, trace, or a filter such as info,agentcore_policy_operator=debug"
    )]
    Level {
        /// What was given.
        level: String,
    },
    /// Something else logs already.
    #[error("logs cannot be set up: {0}")]
    Taken(String),
}

/// Starts logging to standard error.
///
/// # Errors
/// [`LogError`] for a level that is none.
pub fn init(level: &str, format: LogFormat) -> Result<(), LogError> {
    let filter = filter(level).ok_or_else(|| LogError::Level {
        level: level.to_owned(),
    })?;
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let discreet = filter_fn(|line| is_discreet(line.target(), *line.level()));
    let started = match format {
        LogFormat::Json => logs
            .fmt_fields(JsonFields::new())
            .event_format(JsonLines)
            .finish()
            .with(discreet)
            .try_init(),
        LogFormat::Text => logs
            .with_target(false)
            .with_ansi(std::io::stderr().is_terminal())
            .finish()
            .with(discreet)
            .try_init(),
    };
    started.map_err(|error| LogError::Taken(error.to_string()))
}

/// Crates that tell what they carry: requests with their signatures, bodies with statements, what a credential process
/// printed. What goes wrong in them is told by us, in words of our own.
const CARRIERS: [&str; 9] = [
    "aws_",
    "h2",
    "hyper",
    "kube_client",
    "reqwest",
    "rmcp",
    "rustls",
    "sqlx",
    "tower",
];

/// Whether a line may be shown at all, whatever level is asked for (reliability.md I7).
fn is_discreet(target: &str, level: Level) -> bool {
    let ours = target.starts_with(env!("CARGO_CRATE_NAME"));
    let carries = CARRIERS.iter().any(|carrier| target.starts_with(carrier));
    ours || (!carries && level <= Level::INFO)
}

/// A level, or a filter. A word alone is a level here: as a target it would switch every other line off.
fn filter(text: &str) -> Option<EnvFilter> {
    let is_word = |part: &&str| !part.contains(['=', '[']);
    let words_are_levels = text
        .split(',')
        .map(str::trim)
        .filter(is_word)
        .all(|word| !word.is_empty() && word.parse::<LevelFilter>().is_ok());
    EnvFilter::try_new(text).ok().filter(|_| words_are_levels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_crates_carry_is_shown_at_no_level_and_our_own_lines_at_all() {
        for (target, level, shown) in [
            ("agentcore_policy_operator::operator", Level::TRACE, true),
            ("kube_runtime::controller", Level::INFO, true),
            ("kube_runtime::watcher", Level::DEBUG, false),
            ("kube_client::client", Level::WARN, false),
            ("aws_config::credential_process", Level::WARN, false),
            ("aws_sigv4::http_request::sign", Level::TRACE, false),
            ("aws_smithy_runtime::client::orchestrator", Level::DEBUG, false),
            ("hyper_util::client", Level::ERROR, false),
            ("somebody", Level::ERROR, true),
        ] {
            assert_eq!(is_discreet(target, level), shown, "{target} {level}");
        }
    }

    #[test]
    fn a_level_is_a_word_that_is_known_or_a_filter() {
        for good in [
            "info",
            "WARN",
            "off",
            "info,agentcore_policy_operator=debug",
            "kube=trace, warn",
        ] {
            assert!(filter(good).is_some(), "{good}");
        }
        for bad in [
            "loud",
            "",
            "info,louder",
            "agentcore_policy_operator=loud",
            "info,,",
        ] {
            assert!(filter(bad).is_none(), "{bad}");
        }
    }
}
