//! Why an operation is not done: AWS's error classes as values that know no HTTP.

use crate::backend::store::StoreError;

/// A refusal of one operation.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The request is wrong in itself.
    #[error("{message}")]
    Validation {
        /// AWS's reason.
        reason: Reason,
        /// What is wrong.
        message: String,
        /// What is wrong where: JSON pointer and text.
        fields: Vec<(String, String)>,
    },
    /// The resource does not exist.
    #[error("{0}")]
    NotFound(String),
    /// The state of the resource, or another resource, is in the way.
    #[error("{0}")]
    Conflict(String),
    /// A count of service.md section 13 is reached.
    #[error("{0}")]
    Quota(String),
    /// The caller may not.
    #[error("{0}")]
    Denied(String),
    /// The operation is none that this backend serves.
    #[error("The operation {0} is not served by this backend")]
    NotServed(String),
    /// The store could not answer.
    #[error("the store failed: {0}")]
    Store(#[from] StoreError),
    /// A fault of this program.
    #[error("{0}")]
    Fault(String),
}

/// `ValidationExceptionReason` (service.md 2.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The request or the statement cannot be read.
    CannotParse,
    /// A member breaks a constraint.
    FieldValidationFailed,
    /// A client token came back with another request.
    IdempotentParameterMismatch,
    /// The state of another resource is in the way.
    ResourceConflict,
}

impl Reason {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CannotParse => "CannotParse",
            Self::FieldValidationFailed => "FieldValidationFailed",
            Self::IdempotentParameterMismatch => "IdempotentParameterMismatchException",
            Self::ResourceConflict => "ResourceConflict",
        }
    }
}

impl Refusal {
    /// A validation refusal without fields.
    pub fn validation(reason: Reason, message: impl Into<String>) -> Self {
        Self::Validation {
            reason,
            message: message.into(),
            fields: Vec::new(),
        }
    }
}
