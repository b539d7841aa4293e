//! What a rule may name: the operations, and of each its errors and what can happen to it.

use crate::model::edits;
use std::collections::BTreeMap;

/// The operations by name.
#[derive(Clone, Debug, Default)]
pub struct Catalog(BTreeMap<String, Facts>);

/// What is known of an operation.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// HTTP status of each of its errors.
    pub errors: BTreeMap<String, u16>,
    /// Whether it begins a change that the service ends later.
    pub changes: bool,
    /// Whether that change may have to be authorized by somebody first.
    pub consents: bool,
    /// Whether it is a list.
    pub lists: bool,
}

impl Catalog {
    /// The operations with their facts.
    #[must_use]
    pub fn new(operations: impl IntoIterator<Item = (String, Facts)>) -> Self {
        Self(operations.into_iter().collect())
    }

    /// The facts of an operation.
    #[must_use]
    pub fn find(&self, operation: &str) -> Option<&Facts> {
        self.0.get(operation)
    }

    /// The operation that was probably meant.
    #[must_use]
    pub fn nearest(&self, operation: &str) -> Option<&str> {
        let near = self.0.keys().map(|name| (edits(operation, name), name));
        near.min().map(|(_, name)| name.as_str())
    }
}
