//! `PolicyEngineAttachment`: binds a policy engine to a gateway.

#![expect(
    clippy::duplicated_attributes,
    reason = "columns that have the same type or priority are no mistake"
)]

use super::{GatewayRef, Management, Mirror, PolicyEngineRef};
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which engine a gateway should ask.
#[derive(CustomResource, KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[kube(
    group = "agentcore.dev",
    version = "v1alpha1",
    kind = "PolicyEngineAttachment",
    plural = "policyengineattachments",
    namespaced,
    status = "PolicyEngineAttachmentStatus",
    shortname = "acatt",
    category = "agentcore",
    cel,
    doc = "Binds a policy engine of Amazon Bedrock AgentCore to a gateway: the gateway asks it about every call.",
    selectable = ".spec.gatewayId",
    selectable = ".spec.gatewayRef.name",
    selectable = ".spec.gatewayRef.namespace",
    selectable = ".spec.policyEngineArn",
    selectable = ".spec.policyEngineRef.name",
    selectable = ".spec.policyEngineRef.namespace",
    selectable = ".spec.suspend",
    selectable = ".status.gatewayId",
    printcolumn(
        name = "Status",
        type_ = "string",
        json_path = ".status.status",
        description = "Status of the gateway as AWS returned it."
    ),
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Ready")].status"#,
        description = "Whether AWS has what the spec wants, active."
    ),
    printcolumn(
        name = "Reason",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Ready")].reason"#,
        description = "Why it is ready or not."
    ),
    printcolumn(
        name = "Age",
        type_ = "date",
        json_path = ".metadata.creationTimestamp",
        description = "Time since the object was created."
    ),
    printcolumn(
        name = "Gateway",
        type_ = "string",
        json_path = ".status.gatewayId",
        priority = 1,
        description = "AWS id of the gateway."
    ),
    printcolumn(
        name = "Engine",
        type_ = "string",
        json_path = ".status.policyEngineArn",
        priority = 1,
        description = "ARN of the policy engine."
    ),
    printcolumn(
        name = "Mode",
        type_ = "string",
        json_path = ".status.mode",
        priority = 1,
        description = "ENFORCE or LOG_ONLY, as AWS has it."
    ),
    printcolumn(
        name = "Message",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Ready")].message"#,
        priority = 1,
        description = "What is the matter and what to do."
    )
)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("[has(self.policyEngineRef), has(self.policyEngineArn)].exists_one(x, x)").message("exactly one of policyEngineRef, policyEngineArn must be set"),
    validation = Rule::new("[has(self.gatewayRef), has(self.gatewayId)].exists_one(x, x)").message("exactly one of gatewayRef, gatewayId must be set"),
    validation = Rule::new("!has(self.adoptId) && !has(self.adoptionPolicy)").message("an attachment has no id and is never taken over: leave adoptId and adoptionPolicy out"),
    validation = Rule::new("has(self.adoptId) == has(oldSelf.adoptId)").message("spec.adoptId is immutable: delete the object and create it anew"),
    validation = Rule::new("has(self.gatewayRef) == has(oldSelf.gatewayRef)").message("spec.gatewayRef is immutable: delete the object and create it anew"),
    validation = Rule::new("has(self.gatewayId) == has(oldSelf.gatewayId)").message("spec.gatewayId is immutable: delete the object and create it anew"),
)]
pub struct PolicyEngineAttachmentSpec {
    /// The PolicyEngine object to ask. Exactly one of this and `policyEngineArn`. Can be changed: the gateway asks the engine
    /// before until it asks the new one, and one of both throughout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_engine_ref: Option<PolicyEngineRef>,
    /// ARN of an engine that no object here stands for. Exactly one of this and `policyEngineRef`. Can be changed, as that can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(min = 1, max = 170),
        regex(
            pattern = r"^arn:aws(-[^:]+)?:bedrock-agentcore:[a-z0-9-]+:[0-9]{12}:policy-engine/[a-zA-Z][a-zA-Z0-9_-]{0,99}-[a-zA-Z0-9_]{10}$"
        )
    )]
    pub policy_engine_arn: Option<String>,
    /// The Gateway object that asks. Exactly one of this and `gatewayId`. Immutable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[x_kube(validation = Rule::new("self == oldSelf").message("spec.gatewayRef is immutable: delete the object and create it anew"))]
    pub gateway_ref: Option<GatewayRef>,
    /// AWS id of a gateway that no object here stands for. Exactly one of this and `gatewayRef`. Immutable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 12, max = 128), regex(pattern = r"^([0-9a-z]-?)+-[0-9a-z]{10}$"))]
    #[x_kube(validation = Rule::new("self == oldSelf").message("spec.gatewayId is immutable: delete the object and create it anew"))]
    pub gateway_id: Option<String>,
    /// `ENFORCE` denies what the engine denies; `LOG_ONLY` writes it down and lets every call through. Can be changed.
    pub mode: AttachmentMode,
    /// How the object is managed.
    #[serde(flatten)]
    pub management: Management,
}

/// What comes of the engine's answer: `ENFORCE` denies what it denies, `LOG_ONLY` writes it down and lets every call through.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AttachmentMode {
    /// It is written down, and every call goes through.
    LogOnly,
    /// What it denies is denied.
    Enforce,
}

impl AttachmentMode {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LogOnly => "LOG_ONLY",
            Self::Enforce => "ENFORCE",
        }
    }
}

/// What AWS says of the gateway and its engine.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("default" = {"observedGeneration": -1}))]
pub struct PolicyEngineAttachmentStatus {
    /// AWS id of the gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub gateway_id: Option<String>,
    /// ARN of the engine that this object has attached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub policy_engine_arn: Option<String>,
    /// `ENFORCE` or `LOG_ONLY`, as AWS has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub mode: Option<String>,
    /// What every kind has.
    #[serde(flatten)]
    pub mirror: Mirror,
}
