//! What is wrong with a script, and where.

/// Why a script is not taken.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScriptError {
    /// The text is no script.
    #[error("the script is no YAML or JSON map with a list of rules: {0}")]
    Unreadable(String),
    /// A rule cannot be.
    #[error("{at}: {what}")]
    Rule {
        /// JSON pointer into the script, such as `/rules/0/operation`.
        at: String,
        /// What is wrong there.
        what: String,
    },
}

impl ScriptError {
    /// The JSON pointer to what is wrong; empty when the text cannot be read at all.
    #[must_use]
    pub fn at(&self) -> &str {
        match self {
            Self::Unreadable(_) => "",
            Self::Rule { at, .. } => at,
        }
    }
}
