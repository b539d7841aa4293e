//! Why a configuration gives no tools.

/// One line for the caller: what cannot be used, where it stands, what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ToolsError(pub String);

impl ToolsError {
    /// Says this.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}
