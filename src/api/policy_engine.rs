//! `PolicyEngine`: a container of policies.

#![expect(
    clippy::duplicated_attributes,
    reason = "columns that have the same type or priority are no mistake"
)]

use super::{Management, Mirror};
use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};

/// What a policy engine should be.
#[derive(CustomResource, KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[kube(
    group = "agentcore.dev",
    version = "v1alpha1",
    kind = "PolicyEngine",
    plural = "policyengines",
    namespaced,
    status = "PolicyEngineStatus",
    shortname = "acpe",
    category = "agentcore",
    cel,
    doc = "A policy engine of Amazon Bedrock AgentCore: a container of Cedar policies that a gateway asks before it lets a tool call through.",
    selectable = ".spec.suspend",
    selectable = ".status.policyEngineId",
    printcolumn(
        name = "Status",
        type_ = "string",
        json_path = ".status.status",
        description = "Status as AWS returned it."
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
        name = "Active",
        type_ = "integer",
        json_path = ".status.policies.active",
        priority = 1,
        description = "Policies of the engine that are ACTIVE."
    ),
    printcolumn(
        name = "Failed",
        type_ = "integer",
        json_path = ".status.policies.failed",
        priority = 1,
        description = "Policies of the engine that failed."
    ),
    printcolumn(
        name = "ID",
        type_ = "string",
        json_path = ".status.policyEngineId",
        priority = 1,
        description = "AWS id."
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
// Every field may be left out; server-side apply turns an emptied spec into null, which this default mends.
#[schemars(extend("default" = {}))]
#[x_kube(
    validation = Rule::new("!has(self.adoptId) || self.adoptId.matches('^[A-Za-z][A-Za-z0-9_]*-[a-z0-9_]{10}$')").message("spec.adoptId must be the id of a policy engine, such as refunds-abc123def4"),
    validation = Rule::new("has(self.adoptId) == has(oldSelf.adoptId)").message("spec.adoptId is immutable: delete the object and create it anew"),
    validation = Rule::new("has(self.name) == has(oldSelf.name)").message("spec.name is immutable: delete the object and create it anew"),
    validation = Rule::new("has(self.encryptionKeyArn) == has(oldSelf.encryptionKeyArn)").message("spec.encryptionKeyArn is immutable: delete the object and create it anew"),
)]
pub struct PolicyEngineSpec {
    /// Name of the engine in AWS, unique in the account and region; letters, digits and `_`, at most 48. Immutable.
    /// Default: the object's name made safe, plus `_` and 8 hex digits that tell clusters and namespaces apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 48), regex(pattern = r"^[A-Za-z][A-Za-z0-9_]*$"))]
    #[x_kube(validation = Rule::new("self == oldSelf").message("spec.name is immutable: delete the object and create it anew"))]
    pub name: Option<String>,
    /// Free text shown in AWS, 1 to 4096 characters. Can be changed, and cleared by leaving it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 4096))]
    pub description: Option<String>,
    /// ARN of the KMS key that encrypts the engine's policies; symmetric and enabled. Immutable. Default: a key of AWS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(min = 1, max = 2048),
        regex(pattern = r"^arn:aws(|-cn|-us-gov):kms:[a-zA-Z0-9-]*:[0-9]{12}:key/[a-zA-Z0-9-]{36}$")
    )]
    #[x_kube(validation = Rule::new("self == oldSelf").message("spec.encryptionKeyArn is immutable: delete the object and create it anew"))]
    pub encryption_key_arn: Option<String>,
    /// Tags of the engine in AWS, at most 40 beside the operator's own (which begin with `agentcore.dev/`). Tags that
    /// others put on the engine stay.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 40))]
    #[x_kube(merge_strategy = kube::core::ListMerge::Map(vec!["key".into()]))]
    pub tags: Vec<Tag>,
    /// How the object is managed.
    #[serde(flatten)]
    pub management: Management,
}

/// A tag of an AWS resource.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Key, 1 to 128 characters, unique in the list.
    #[schemars(length(min = 1, max = 128), regex(pattern = r"^[a-zA-Z0-9\s._:/=+@-]*$"))]
    #[x_kube(validation = Rule::new("!self.startsWith('agentcore.dev/') && !self.startsWith('aws:')").message("tag keys that begin with agentcore.dev/ or aws: are reserved: choose another key"))]
    pub key: String,
    /// Value, at most 256 characters, may be empty.
    #[schemars(length(max = 256), regex(pattern = r"^[a-zA-Z0-9\s._:/=+@-]*$"))]
    pub value: String,
}

/// What AWS says of the engine.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("default" = {"observedGeneration": -1}))]
pub struct PolicyEngineStatus {
    /// AWS id of the engine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub policy_engine_id: Option<String>,
    /// ARN of the engine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub policy_engine_arn: Option<String>,
    /// How many of the engine's policies are in which state; brought up to date a few seconds after the last change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policies: Option<PolicyCounts>,
    /// Keys of the tags that this object put on the engine, so that one left out of the spec is taken off again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100), inner(length(max = 128)))]
    #[x_kube(merge_strategy = kube::core::ListMerge::Set)]
    pub tag_keys: Vec<String>,
    /// What every kind has.
    #[serde(flatten)]
    pub mirror: Mirror,
}

/// How many policies an engine has.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PolicyCounts {
    /// Policies that are ACTIVE.
    pub active: i64,
    /// Policies in `CREATE_FAILED`, `UPDATE_FAILED` or `DELETE_FAILED`.
    pub failed: i64,
}
