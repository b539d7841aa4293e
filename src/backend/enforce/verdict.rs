//! From what the policies decided to what the caller is told: service.md 11.3 and 11.4.

use crate::backend::switches::{DenyReasonText, DenyShape, MismatchedPolicy, Switches};
use crate::cedar::{Decision, Response};
use std::sync::Arc;

/// What is told of a call that a policy engine denies.
const DENIED: &str = "Tool Execution Denied: Tool call not allowed due to policy enforcement";

/// What becomes of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It goes through.
    Allow,
    /// It does not.
    Deny {
        /// Why, in AWS's words.
        reason: String,
        /// The policies that made it so; none of a denial by default.
        policies: Vec<Arc<str>>,
    },
}

/// How a caller is told of a denial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denial {
    /// As the result of the tool, with `isError`.
    Result(String),
    /// As the JSON-RPC error -32002.
    Error(String),
}

impl Verdict {
    /// What a decision comes to. A policy that could not be evaluated is skipped, or denies
    /// (`compat.mismatched-policy`).
    pub fn of(response: &Response, switches: &Switches) -> Self {
        let mismatched = response.mismatched.iter().map(|mismatch| &mismatch.policy);
        let denying = match switches.mismatched_policy {
            MismatchedPolicy::Denies if !response.mismatched.is_empty() => {
                // Forbids that applied determined it too.
                let determining = response.determining.iter();
                let forbids = determining.filter(|_| response.decision == Decision::Deny);
                let mut all: Vec<Arc<str>> = forbids.chain(mismatched).cloned().collect();
                all.sort_unstable();
                all
            }
            MismatchedPolicy::Denies | MismatchedPolicy::Skipped => match response.decision {
                Decision::Allow => return Self::Allow,
                Decision::Deny => response.determining.clone(),
            },
        };
        Self::deny(denying, switches)
    }

    fn deny(policies: Vec<Arc<str>>, switches: &Switches) -> Self {
        Self::Deny {
            reason: reason(&policies, switches),
            policies,
        }
    }

    /// A denial that no policy made.
    pub fn by_default(switches: &Switches) -> Self {
        Self::deny(Vec::new(), switches)
    }
}

impl Denial {
    /// A denial for a reason (`compat.deny-shape`).
    pub fn of(reason: &str, switches: &Switches) -> Self {
        let text = format!("{DENIED} [{reason}]");
        match switches.deny_shape {
            DenyShape::Documented => Self::Result(format!("AuthorizeActionException - {text}")),
            DenyShape::JsonrpcError => Self::Error(text),
        }
    }
}

/// Why a call is denied: because of these policies, or because none permits it (`compat.deny-reason-text`,
/// `compat.deny-id-separator`).
pub fn reason(policies: &[Arc<str>], switches: &Switches) -> String {
    if policies.is_empty() {
        return match switches.deny_reason_text {
            DenyReasonText::Documented => "No policy applies to the request (denied by default).",
            DenyReasonText::Legacy => "Policy evaluation denied due to no determining policies",
        }
        .to_owned();
    }
    let ids: Vec<&str> = policies.iter().map(AsRef::as_ref).collect();
    let ids = ids.join(switches.deny_id_separator.as_str());
    format!("Policy evaluation denied due to {ids}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cedar::{LogOnly, Mismatch};

    fn response(decision: Decision, determining: &[&str], mismatched: &[&str]) -> Response {
        Response {
            decision,
            determining: determining.iter().map(|id| Arc::from(*id)).collect(),
            mismatched: mismatched
                .iter()
                .map(|id| Mismatch {
                    policy: Arc::from(*id),
                    error: "no such tag".to_owned(),
                })
                .collect(),
            log_only: LogOnly::default(),
            generation: 1,
        }
    }

    fn switches(assignments: &[&str]) -> Switches {
        let mut switches = Switches::default();
        for assignment in assignments {
            switches.assign(assignment).unwrap();
        }
        switches
    }

    /// What a caller reads; none when the call goes through.
    fn told(response: &Response, assignments: &[&str]) -> Option<Denial> {
        let switches = switches(assignments);
        match Verdict::of(response, &switches) {
            Verdict::Allow => None,
            Verdict::Deny { reason, .. } => Some(Denial::of(&reason, &switches)),
        }
    }

    #[test]
    fn denials_read_as_aws_writes_them() {
        let by_default = response(Decision::Deny, &[], &[]);
        let forbidden = response(Decision::Deny, &["A-0123456789", "B-0123456789"], &[]);
        for (response, assignments, expected) in [
            (
                &by_default,
                &[][..],
                Denial::Result(
                    "AuthorizeActionException - Tool Execution Denied: Tool call not allowed due to policy enforcement \
                     [No policy applies to the request (denied by default).]"
                        .to_owned(),
                ),
            ),
            (
                &by_default,
                &["compat.deny-shape=jsonrpc-error", "compat.deny-reason-text=legacy"],
                Denial::Error(
                    "Tool Execution Denied: Tool call not allowed due to policy enforcement [Policy evaluation denied \
                     due to no determining policies]"
                        .to_owned(),
                ),
            ),
            (
                &forbidden,
                &["compat.deny-shape=jsonrpc-error"],
                Denial::Error(
                    "Tool Execution Denied: Tool call not allowed due to policy enforcement [Policy evaluation denied \
                     due to A-0123456789, B-0123456789]"
                        .to_owned(),
                ),
            ),
            (
                &forbidden,
                &["compat.deny-shape=jsonrpc-error", "compat.deny-id-separator=;"],
                Denial::Error(
                    "Tool Execution Denied: Tool call not allowed due to policy enforcement [Policy evaluation denied \
                     due to A-0123456789;B-0123456789]"
                        .to_owned(),
                ),
            ),
        ] {
            assert_eq!(told(response, assignments), Some(expected), "{assignments:?}");
        }
    }

    #[test]
    fn a_policy_that_cannot_be_evaluated_is_skipped_or_denies() {
        let denies = ["compat.mismatched-policy=denies"];
        let allowed = response(Decision::Allow, &["P-0123456789"], &["M-0123456789"]);
        assert_eq!(told(&allowed, &[]), None);
        for (response, ids) in [
            (allowed, "M-0123456789"),
            (
                response(Decision::Deny, &["Z-0123456789"], &["M-0123456789"]),
                "M-0123456789, Z-0123456789",
            ),
            (response(Decision::Deny, &[], &["M-0123456789"]), "M-0123456789"),
        ] {
            let told = told(&response, &denies);
            let Some(Denial::Result(text)) = told else {
                panic!("{told:?}")
            };
            assert!(text.ends_with(&format!("due to {ids}]")), "{text}");
        }
        let clean = response(Decision::Allow, &["P-0123456789"], &[]);
        assert_eq!(told(&clean, &denies), None);
    }
}
