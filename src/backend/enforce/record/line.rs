//! One decision as a line: the record of service.md section 14, with the attributes of the spans.

use super::shape::{Attributes, DecidedAttributes, Ids, Line, Mismatched, Policy, Principal, Seen};
use crate::backend::enforce::force::{Engine, Gate};
use crate::backend::enforce::verdict::Verdict;
use crate::backend::enforce::who::Caller;
use crate::cedar::{Decision, Response};
use crate::model::{iso8601_micros, sha256};
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::Duration;

/// What is the same about a decision on a call and one on a list.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Microseconds since 1970 at which it was decided.
    pub at: i64,
    /// How long that took.
    pub took: Duration,
    /// Id of the HTTP request.
    pub request_id: &'a str,
    /// Id of the JSON-RPC request.
    pub id: &'a Value,
    /// The gateway.
    pub gate: &'a Gate,
    /// Its engine.
    pub engine: &'a Engine,
    /// Who asked.
    pub caller: &'a Caller,
    /// Which set of policies decided at this gateway, counted since the process began; none when none could be asked.
    pub generation: Option<u64>,
}

/// A decision about the call of a tool (`AuthorizeAction`).
#[derive(Clone, Copy, Debug)]
pub struct Decided<'a> {
    /// Who asked, and where.
    pub asked: Asked<'a>,
    /// The tool, by the name that the gateway lists.
    pub tool: &'a str,
    /// The arguments, of which the record has a digest alone.
    pub arguments: &'a Map<String, Value>,
    /// What it came to.
    pub verdict: &'a Verdict,
    /// What the policies said; none when they could not be asked.
    pub response: Option<&'a Response>,
}

/// A decision about which tools are shown (`PartiallyAuthorizeActions`).
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// Who asked, and where.
    pub asked: Asked<'a>,
    /// The tools that could be allowed.
    pub allowed: &'a [&'a str],
    /// The tools that are denied whatever their arguments are.
    pub denied: &'a [&'a str],
}

impl Decided<'_> {
    /// Whether a forbid applied.
    fn forbidden(&self) -> bool {
        self.response
            .is_some_and(|response| response.decision == Decision::Deny && !response.determining.is_empty())
    }

    /// The line, without its end.
    pub fn line(&self) -> String {
        let (decision, reason) = match self.verdict {
            Verdict::Allow => ("ALLOW", None),
            Verdict::Deny { reason, .. } => ("DENY", Some(reason.as_str())),
        };
        let decided = self.response.map_or(&[][..], |response| &response.determining);
        let (determining, effects): (&[Arc<str>], &[&str]) = match self.verdict {
            Verdict::Allow => (decided, &["PERMIT"]),
            // Without a forbid it is a policy that could not be evaluated.
            Verdict::Deny { policies, .. } if self.forbidden() => (policies, &["FORBID"]),
            Verdict::Deny { policies, .. } => (policies, &[]),
        };
        let determining = Ids(determining);
        let seen = self.response.map(|response| Seen {
            mismatched: Mismatched(&response.mismatched),
            matched: Ids(&response.log_only.matched),
            flipping: Ids(&response.log_only.flipping),
            logged_mismatched: Mismatched(&response.log_only.mismatched),
            incomplete: response.log_only.incomplete,
        });
        let arguments = serde_json::to_string(self.arguments).unwrap_or_default();
        let digest = sha256([arguments.as_str()]);
        written(&Line {
            tool: Some(self.tool),
            arguments: Some(digest.as_str()),
            policy: Policy {
                decision: Some(decision),
                determining: Some(determining),
                temporal: Some(false),
                ..self.asked.policy()
            },
            attributes: Attributes {
                decided: Some(DecidedAttributes {
                    decision,
                    reason,
                    determining,
                    types: ["Cedar"],
                    effects,
                    seen,
                }),
                ..self.asked.attributes()
            },
            ..self.asked.members("AuthorizeAction", self.response.is_none())
        })
    }
}

impl Shown<'_> {
    /// The line, without its end.
    pub fn line(&self) -> String {
        written(&Line {
            policy: self.asked.policy(),
            attributes: Attributes {
                allowed: Some(self.allowed),
                denied: Some(self.denied),
                ..self.asked.attributes()
            },
            ..self.asked.members("PartiallyAuthorizeActions", false)
        })
    }
}

impl<'a> Asked<'a> {
    /// What every line says; policy and attributes alike are without what was decided.
    fn members(&self, operation: &'static str, is_error: bool) -> Line<'a> {
        Line {
            timestamp: iso8601_micros(self.at),
            log: "Policy evaluation completed",
            operation,
            request_id: self.request_id,
            id: self.id,
            gateway: &self.gate.gateway.id,
            generation: self.generation,
            is_error,
            tool: None,
            arguments: None,
            policy: self.policy(),
            attributes: self.attributes(),
        }
    }

    fn policy(&self) -> Policy<'a> {
        let caller = self.caller;
        Policy {
            decision: None,
            engine: &self.engine.arn,
            determining: None,
            principal: Principal {
                kind: caller.kind.type_name(),
                id: &caller.id,
                issuer: caller.issuer.as_deref(),
                client: caller.client.as_deref(),
                signer: caller.signer.as_deref(),
            },
            latency_ms: self.took.as_secs_f64() * 1_000.0,
            temporal: None,
        }
    }

    /// What every span says.
    fn attributes(&self) -> Attributes<'a> {
        Attributes {
            target: &self.gate.gateway.arn,
            engine: &self.engine.arn,
            mode: self.mode(),
            decided: None,
            allowed: None,
            denied: None,
        }
    }

    /// `GatewayPolicyEngineMode`.
    pub(super) fn mode(&self) -> &'static str {
        if self.engine.enforces {
            "ENFORCE"
        } else {
            "LOG_ONLY"
        }
    }
}

/// Texts and numbers can always be written.
fn written(line: &Line<'_>) -> String {
    serde_json::to_string(line).unwrap_or_default()
}
