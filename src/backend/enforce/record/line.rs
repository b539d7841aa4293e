//! One decision as a line: the record of service.md section 14, with the attributes of the spans.

use crate::backend::enforce::force::{Engine, Gate};
use crate::backend::enforce::verdict::Verdict;
use crate::backend::enforce::who::Caller;
use crate::cedar::{Decision, Mismatch, Response};
use crate::model::{iso8601_micros, sha256};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::time::Duration;

/// Prefix of the attributes of a span.
const POLICY: &str = "aws.agentcore.policy";

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
        let decision = match self.verdict {
            Verdict::Allow => "ALLOW",
            Verdict::Deny { .. } => "DENY",
        };
        let decided = self.response.map_or(&[][..], |response| &response.determining);
        let (determining, effects): (&[Arc<str>], &[&str]) = match self.verdict {
            Verdict::Allow => (decided, &["PERMIT"]),
            // Without a forbid it is a policy that could not be evaluated.
            Verdict::Deny { policies, .. } if self.forbidden() => (policies, &["FORBID"]),
            Verdict::Deny { policies, .. } => (policies, &[]),
        };
        let mut attributes = self.asked.attributes();
        let mut note = |name: &str, value: Value| {
            attributes.insert(format!("{POLICY}.{name}"), value);
        };
        note("authorization_decision", decision.into());
        if let Verdict::Deny { reason, .. } = self.verdict {
            note("authorization_reason", reason.as_str().into());
        }
        note("determining_policies", ids(determining));
        note("types", json!(["Cedar"]));
        note("effects", json!(effects));
        if let Some(response) = self.response {
            note("mismatched_policies", mismatched(&response.mismatched));
            let logged = &response.log_only;
            note("log_only_matched_policies", ids(&logged.matched));
            note("log_only_decision_flipping_policies", ids(&logged.flipping));
            note("log_only_mismatched_policies", mismatched(&logged.mismatched));
            note("log_only_eval_incomplete", logged.incomplete.into());
        }
        let policy = json!({
            "decision": decision,
            "policyEngineArn": self.asked.engine.arn,
            "determiningPolicies": ids(determining),
            "principal": self.asked.principal(),
            "latencyMs": self.asked.millis(),
            "temporal_evaluation_invoked": false,
        });
        let arguments = Value::Object(self.arguments.clone()).to_string();
        self.asked.line(
            "AuthorizeAction",
            [
                ("isError", (self.response.is_none()).into()),
                ("toolName", self.tool.into()),
                ("argumentsSha256", sha256([arguments.as_str()]).as_str().into()),
                ("policy", policy),
            ],
            attributes,
        )
    }
}

impl Shown<'_> {
    /// The line, without its end.
    pub fn line(&self) -> String {
        let mut attributes = self.asked.attributes();
        attributes.insert(format!("{POLICY}.allowed_tools"), json!(self.allowed));
        attributes.insert(format!("{POLICY}.denied_tools"), json!(self.denied));
        let policy = json!({
            "policyEngineArn": self.asked.engine.arn,
            "principal": self.asked.principal(),
            "latencyMs": self.asked.millis(),
        });
        let members = [("isError", false.into()), ("policy", policy)];
        self.asked.line("PartiallyAuthorizeActions", members, attributes)
    }
}

impl Asked<'_> {
    fn line<const N: usize>(
        &self,
        operation: &str,
        members: [(&str, Value); N],
        attributes: Map<String, Value>,
    ) -> String {
        let mut line = Map::from_iter([
            ("timestamp".to_owned(), Value::from(iso8601_micros(self.at))),
            ("log".to_owned(), "Policy evaluation completed".into()),
            ("operation".to_owned(), operation.into()),
            ("requestId".to_owned(), self.request_id.into()),
            ("id".to_owned(), self.id.clone()),
            ("gatewayId".to_owned(), self.gate.gateway.id.as_str().into()),
            ("policyGeneration".to_owned(), self.generation.into()),
        ]);
        line.extend(members.map(|(name, value)| (name.to_owned(), value)));
        line.insert("attributes".to_owned(), Value::Object(attributes));
        Value::Object(line).to_string()
    }

    /// What every span says.
    fn attributes(&self) -> Map<String, Value> {
        Map::from_iter([
            (
                format!("{POLICY}.target_resource.id"),
                Value::from(self.gate.gateway.arn.as_str()),
            ),
            (
                "aws.agentcore.gateway.policy.arn".to_owned(),
                Value::from(&*self.engine.arn),
            ),
            ("aws.agentcore.gateway.policy.mode".to_owned(), self.mode().into()),
        ])
    }

    /// `GatewayPolicyEngineMode`.
    pub(super) fn mode(&self) -> &'static str {
        if self.engine.enforces {
            "ENFORCE"
        } else {
            "LOG_ONLY"
        }
    }

    fn principal(&self) -> Value {
        let caller = self.caller;
        let named = [
            ("entityType", Some(caller.kind.type_name())),
            ("entityId", Some(caller.id.as_str())),
            ("issuer", caller.issuer.as_deref()),
            ("clientId", caller.client.as_deref()),
            ("signer", caller.signer.as_deref()),
        ];
        let named = named
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?.into())));
        Value::Object(named.collect())
    }

    fn millis(&self) -> f64 {
        self.took.as_secs_f64() * 1_000.0
    }
}

fn ids(ids: &[Arc<str>]) -> Value {
    ids.iter().map(|id| Value::from(&**id)).collect()
}

fn mismatched(mismatched: &[Mismatch]) -> Value {
    mismatched.iter().map(|one| Value::from(&*one.policy)).collect()
}
