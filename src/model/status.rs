//! Lifecycle of policy engines and policies (service.md 4.1 and 5.1).

use std::fmt;

/// The status of a policy engine or policy.
///
/// Open at the end: a value that AWS adds tomorrow is [`Lifecycle::Other`] and breaks nothing.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Lifecycle {
    /// `CREATING`
    Creating,
    /// `ACTIVE`
    Active,
    /// `UPDATING`
    Updating,
    /// `DELETING`
    Deleting,
    /// `CREATE_FAILED`
    CreateFailed,
    /// `UPDATE_FAILED`
    UpdateFailed,
    /// `DELETE_FAILED`
    DeleteFailed,
    /// A word that this version does not know, as AWS wrote it.
    Other(String),
}

impl Lifecycle {
    /// The seven statuses that are known.
    pub const KNOWN: [Self; 7] = [
        Self::Creating,
        Self::Active,
        Self::Updating,
        Self::Deleting,
        Self::CreateFailed,
        Self::UpdateFailed,
        Self::DeleteFailed,
    ];

    /// The word on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Creating => "CREATING",
            Self::Active => "ACTIVE",
            Self::Updating => "UPDATING",
            Self::Deleting => "DELETING",
            Self::CreateFailed => "CREATE_FAILED",
            Self::UpdateFailed => "UPDATE_FAILED",
            Self::DeleteFailed => "DELETE_FAILED",
            Self::Other(word) => word,
        }
    }

    /// Reads the word on the wire.
    #[must_use]
    pub fn parse(word: &str) -> Self {
        Self::KNOWN
            .into_iter()
            .find(|known| known.as_str() == word)
            .unwrap_or(Self::Other(word.to_owned()))
    }

    /// Whether the service is still at work on the resource.
    #[must_use]
    pub fn in_flight(&self) -> bool {
        matches!(self, Self::Creating | Self::Updating | Self::Deleting)
    }
}

impl fmt::Display for Lifecycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_they_are_written() {
        for status in Lifecycle::KNOWN {
            assert_eq!(Lifecycle::parse(status.as_str()), status);
        }
        assert_eq!(Lifecycle::parse("PAUSED").to_string(), "PAUSED");
    }
}
