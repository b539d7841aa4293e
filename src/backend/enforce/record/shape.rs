//! A decision's line as JSON: written as it is, with no tree of values between.

use crate::cedar::Mismatch;
use serde::{Serialize, Serializer};
use serde_json::Value;
use std::sync::Arc;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Line<'a> {
    pub timestamp: String,
    pub log: &'static str,
    pub operation: &'static str,
    pub request_id: &'a str,
    pub id: &'a Value,
    #[serde(rename = "gatewayId")]
    pub gateway: &'a str,
    #[serde(rename = "policyGeneration")]
    pub generation: Option<u64>,
    pub is_error: bool,
    #[serde(rename = "toolName", skip_serializing_if = "Option::is_none")]
    pub tool: Option<&'a str>,
    #[serde(rename = "argumentsSha256", skip_serializing_if = "Option::is_none")]
    pub arguments: Option<&'a str>,
    pub policy: Policy<'a>,
    pub attributes: Attributes<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Policy<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<&'static str>,
    #[serde(rename = "policyEngineArn")]
    pub engine: &'a str,
    #[serde(rename = "determiningPolicies", skip_serializing_if = "Option::is_none")]
    pub determining: Option<Ids<'a>>,
    pub principal: Principal<'a>,
    pub latency_ms: f64,
    #[serde(
        rename = "temporal_evaluation_invoked",
        skip_serializing_if = "Option::is_none"
    )]
    pub temporal: Option<bool>,
}

#[derive(Serialize)]
pub(super) struct Principal<'a> {
    #[serde(rename = "entityType")]
    pub kind: &'static str,
    #[serde(rename = "entityId")]
    pub id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<&'a str>,
    #[serde(rename = "clientId", skip_serializing_if = "Option::is_none")]
    pub client: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signer: Option<&'a str>,
}

/// Attributes of a span.
#[derive(Serialize)]
pub(super) struct Attributes<'a> {
    #[serde(rename = "aws.agentcore.policy.target_resource.id")]
    pub target: &'a str,
    #[serde(rename = "aws.agentcore.gateway.policy.arn")]
    pub engine: &'a str,
    #[serde(rename = "aws.agentcore.gateway.policy.mode")]
    pub mode: &'static str,
    #[serde(flatten)]
    pub decided: Option<DecidedAttributes<'a>>,
    #[serde(
        rename = "aws.agentcore.policy.allowed_tools",
        skip_serializing_if = "Option::is_none"
    )]
    pub allowed: Option<&'a [&'a str]>,
    #[serde(
        rename = "aws.agentcore.policy.denied_tools",
        skip_serializing_if = "Option::is_none"
    )]
    pub denied: Option<&'a [&'a str]>,
}

/// Of a call.
#[derive(Serialize)]
pub(super) struct DecidedAttributes<'a> {
    #[serde(rename = "aws.agentcore.policy.authorization_decision")]
    pub decision: &'static str,
    #[serde(
        rename = "aws.agentcore.policy.authorization_reason",
        skip_serializing_if = "Option::is_none"
    )]
    pub reason: Option<&'a str>,
    #[serde(rename = "aws.agentcore.policy.determining_policies")]
    pub determining: Ids<'a>,
    #[serde(rename = "aws.agentcore.policy.types")]
    pub types: [&'static str; 1],
    #[serde(rename = "aws.agentcore.policy.effects")]
    pub effects: &'a [&'a str],
    #[serde(flatten)]
    pub seen: Option<Seen<'a>>,
}

/// What the policies said, when they could be asked.
#[derive(Serialize)]
pub(super) struct Seen<'a> {
    #[serde(rename = "aws.agentcore.policy.mismatched_policies")]
    pub mismatched: Mismatched<'a>,
    #[serde(rename = "aws.agentcore.policy.log_only_matched_policies")]
    pub matched: Ids<'a>,
    #[serde(rename = "aws.agentcore.policy.log_only_decision_flipping_policies")]
    pub flipping: Ids<'a>,
    #[serde(rename = "aws.agentcore.policy.log_only_mismatched_policies")]
    pub logged_mismatched: Mismatched<'a>,
    #[serde(rename = "aws.agentcore.policy.log_only_eval_incomplete")]
    pub incomplete: bool,
}

/// Ids of policies.
#[derive(Clone, Copy)]
pub(super) struct Ids<'a>(pub &'a [Arc<str>]);

/// Ids of policies that could not be evaluated.
pub(super) struct Mismatched<'a>(pub &'a [Mismatch]);

impl Serialize for Ids<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(AsRef::<str>::as_ref))
    }
}

impl Serialize for Mismatched<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|one| &*one.policy))
    }
}
