//! Structured logs: one line an event, with the object's name, never a statement, a secret or a token.

use std::io::IsTerminal as _;
use tracing_subscriber::EnvFilter;

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
    let filter = EnvFilter::try_new(level).map_err(|_| LogError::Level {
        level: level.to_owned(),
    })?;
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let started = match format {
        LogFormat::Json => logs
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .try_init(),
        LogFormat::Text => logs
            .with_target(false)
            .with_ansi(std::io::stderr().is_terminal())
            .try_init(),
    };
    started.map_err(|error| LogError::Taken(error.to_string()))
}
