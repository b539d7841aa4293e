//! One decision as it is counted (service.md section 14).

use super::line::{Asked, Decided, Shown};
use crate::backend::enforce::verdict::Verdict;
use crate::cedar::{Decision, Mismatch, RequestError};
use crate::telemetry::{Blame, Counted, DecisionLabels, DecisionMetrics};

impl Decided<'_> {
    /// Counts it; `failed` says whose fault it is when nothing came of it.
    pub fn count(&self, metrics: &DecisionMetrics, failed: Option<Blame>) {
        let response = self.response;
        let mismatched = response.map_or(Vec::new(), |response| ids(&response.mismatched));
        let allows = *self.verdict == Verdict::Allow;
        let logged = response.map(|response| &response.log_only);
        let counted = Counted {
            took: self.asked.took,
            allowed: failed.is_none().then_some(allows),
            determining: response.map_or(0, |response| response.determining.len()),
            mismatch_error: !allows && response.is_some_and(|response| response.decision == Decision::Allow),
            mismatched: &mismatched,
            log_only_mismatched: &logged.map_or(Vec::new(), |logged| ids(&logged.mismatched)),
            log_only: logged.map_or((0, 0), |logged| (logged.matched.len(), logged.flipping.len())),
            log_only_incomplete: logged.is_some_and(|logged| logged.incomplete),
            error: failed,
        };
        metrics.count(&self.asked.labels("AuthorizeAction", self.tool), counted);
    }
}

/// Ids of policies that could not be evaluated.
fn ids(mismatched: &[Mismatch]) -> Vec<&str> {
    mismatched.iter().map(|one| &*one.policy).collect()
}

/// Whose fault it is that policies could not be asked.
pub fn blame(error: &RequestError) -> Blame {
    match error {
        RequestError::Argument(_) => Blame::User,
        RequestError::NotLoaded
        | RequestError::UnknownTool(_)
        | RequestError::Moment(_)
        | RequestError::Fault(_) => Blame::System,
    }
}

impl Shown<'_> {
    /// Counts it.
    pub fn count(&self, metrics: &DecisionMetrics) {
        let counted = Counted {
            took: self.asked.took,
            ..Counted::default()
        };
        metrics.count(&self.asked.labels("PartiallyAuthorizeActions", ""), counted);
    }
}

impl Asked<'_> {
    fn labels(&self, operation_name: &'static str, tool: &str) -> DecisionLabels {
        DecisionLabels {
            operation_name,
            policy_engine: self.engine.arn.to_string(),
            target_resource: self.gate.gateway.arn.clone(),
            tool_name: tool.to_owned(),
            mode: self.mode(),
        }
    }
}
