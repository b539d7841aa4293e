//! How much one configuration may become: a small document whose references are followed can describe a lot.

use super::ToolsError;
use serde_json::Value;

/// Bytes of JSON that the tools of one target may take together; the Cedar schema of an engine is bounded to far less
/// (400 KB, service.md 10.7).
const LARGEST: usize = 16 * 1024 * 1024;

/// What is left of it.
#[derive(Debug)]
pub(super) struct Budget {
    left: usize,
}

impl Budget {
    /// All of it.
    pub fn new() -> Self {
        Self { left: LARGEST }
    }

    /// Takes the bytes of this value out of it.
    pub fn spend(&mut self, value: &Value) -> Result<(), ToolsError> {
        // Names, braces and commas around it are a few bytes more.
        self.spend_bytes(
            serde_json::to_string(value)
                .map_or(0, |text| text.len())
                .saturating_add(16),
        )
    }

    fn spend_bytes(&mut self, bytes: usize) -> Result<(), ToolsError> {
        self.left = self.left.checked_sub(bytes).ok_or_else(|| {
            ToolsError::new(format!(
                "The schemas of the tools take more than {LARGEST} bytes once references are followed: split the target"
            ))
        })?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_spent_is_gone() {
        let mut budget = Budget::new();
        let large = json!("x".repeat(LARGEST / 2));
        assert!(budget.spend(&large).is_ok());
        assert!(
            budget
                .spend(&large)
                .unwrap_err()
                .to_string()
                .contains("split the target")
        );
    }
}
