//! All that a pass found out: what the report is drawn from.

use super::kind::{Kind, View};
use super::memory::{Memory, Outcome};
use super::plan::Plan;
use super::sight::Sight;
use super::subject::ready;
use crate::model::Fault;

/// All that a pass found out.
#[derive(Debug)]
pub(super) struct Thought<'a, K: Kind> {
    /// What was read and seen.
    pub sight: &'a Sight<'a, K>,
    /// What is needed to judge the resource, the outcome included.
    pub view: View<'a, K>,
    /// The answer to the same write before, while it was a refusal.
    pub refusal: Option<&'a Fault>,
    /// What was planned.
    pub plan: Plan,
    /// What came of it.
    pub outcome: &'a Outcome,
    /// What is remembered, this pass included.
    pub memory: &'a Memory,
}

impl<K: Kind> Thought<'_, K> {
    /// The reason of `Ready` as it stands.
    pub(super) fn ready_reason(&self) -> Option<&str> {
        ready(&self.sight.subject.mirror.conditions).map(|ready| ready.reason.as_str())
    }
}
