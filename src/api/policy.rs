//! `Policy`: one Cedar statement in an engine.

#![expect(
    clippy::duplicated_attributes,
    reason = "columns that have the same type or priority are no mistake"
)]

use super::{Management, Mirror, PolicyEngineRef};
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a policy should be.
#[derive(CustomResource, KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[kube(
    group = "agentcore.dev",
    version = "v1alpha1",
    kind = "Policy",
    plural = "policies",
    namespaced,
    status = "PolicyStatus",
    shortname = "acpol",
    category = "agentcore",
    cel,
    doc = "One Cedar statement in a policy engine of Amazon Bedrock AgentCore.",
    selectable = ".spec.policyEngineId",
    selectable = ".spec.policyEngineRef.name",
    selectable = ".spec.policyEngineRef.namespace",
    selectable = ".spec.suspend",
    selectable = ".status.policyId",
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
        name = "Engine",
        type_ = "string",
        json_path = ".spec.policyEngineRef.name",
        priority = 1,
        description = "The PolicyEngine object."
    ),
    printcolumn(
        name = "Mode",
        type_ = "string",
        json_path = ".spec.enforcementMode",
        priority = 1,
        description = "ACTIVE or LOG_ONLY, when the spec says so."
    ),
    printcolumn(
        name = "ID",
        type_ = "string",
        json_path = ".status.policyId",
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
#[x_kube(
    validation = Rule::new("[has(self.policyEngineRef), has(self.policyEngineId)].exists_one(x, x)").message("exactly one of policyEngineRef, policyEngineId must be set"),
    validation = Rule::new("!has(self.adoptId) || self.adoptId.matches('^[A-Za-z][A-Za-z0-9_]*-[a-z0-9_]{10}$')").message("spec.adoptId must be the id of a policy, such as refunds-abc123def4"),
    validation = Rule::new("has(self.adoptId) == has(oldSelf.adoptId)").message("spec.adoptId is immutable: delete the object and create it anew"),
    validation = Rule::new("has(self.name) == has(oldSelf.name)").message("spec.name is immutable: delete the object and create it anew"),
    validation = Rule::new("has(self.policyEngineRef) == has(oldSelf.policyEngineRef)").message("spec.policyEngineRef is immutable: delete the object and create it anew"),
    validation = Rule::new("has(self.policyEngineId) == has(oldSelf.policyEngineId)").message("spec.policyEngineId is immutable: delete the object and create it anew"),
)]
pub struct PolicySpec {
    /// Name of the policy in AWS, unique in the account; letters, digits and `_`, at most 48. Immutable.
    /// Default: the object's name made safe, plus `_` and 8 hex digits that tell clusters and namespaces apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 48), regex(pattern = r"^[A-Za-z][A-Za-z0-9_]*$"))]
    #[x_kube(validation = Rule::new("self == oldSelf").message("spec.name is immutable: delete the object and create it anew"))]
    pub name: Option<String>,
    /// Free text shown in AWS, 1 to 4096 characters. Can be changed, and cleared by leaving it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 4096))]
    pub description: Option<String>,
    /// The PolicyEngine object that holds the policy. Exactly one of this and `policyEngineId`. Immutable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[x_kube(validation = Rule::new("self == oldSelf").message("spec.policyEngineRef is immutable: delete the object and create it anew"))]
    pub policy_engine_ref: Option<PolicyEngineRef>,
    /// AWS id of an engine that no object here stands for. Exactly one of this and `policyEngineRef`. Immutable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(min = 12, max = 59),
        regex(pattern = r"^[A-Za-z][A-Za-z0-9_]*-[a-z0-9_]{10}$")
    )]
    #[x_kube(validation = Rule::new("self == oldSelf").message("spec.policyEngineId is immutable: delete the object and create it anew"))]
    pub policy_engine_id: Option<String>,
    /// What the policy says. A change replaces the statement; the old one is enforced until the new one is ACTIVE.
    pub definition: Definition,
    /// What AWS does with findings; see [`ValidationMode`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation_mode: Option<ValidationMode>,
    /// Whether the policy counts; see [`EnforcementMode`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enforcement_mode: Option<EnforcementMode>,
    /// How the object is managed.
    #[serde(flatten)]
    pub management: Management,
}

/// What a policy says: exactly one member.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[x_kube(
    validation = Rule::new("[has(self.cedar), has(self.policy), has(self.generation)].exists_one(x, x)").message("exactly one of cedar, policy, generation must be set"),
)]
pub struct Definition {
    /// A Cedar statement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cedar: Option<CedarDefinition>,
    /// A statement in Cedar or in Dogwood, AWS's superset of Cedar with temporal rules and guardrails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<StatementDefinition>,
    /// An asset of a PolicyGeneration, by object. It is adopted once: the statement stays when the generation is run again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<GenerationDefinition>,
}

/// A Cedar statement.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct CedarDefinition {
    /// One Cedar statement (`permit` or `forbid`), 35 to 10000 characters. The resource must be a gateway or the type
    /// `AgentCore::Gateway`. `AgentCore::Gateway::"NAME"` is the gateway of the Gateway object NAME of this namespace: its ARN
    /// is filled in, and the policy waits until it is known.
    #[schemars(length(min = 35, max = 10000))]
    pub statement: String,
}

/// A statement in Cedar or Dogwood.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct StatementDefinition {
    /// One statement in Cedar or Dogwood, 35 to 10000 characters. Gateways may be named as in `cedar`.
    #[schemars(length(min = 35, max = 10000))]
    pub statement: String,
}

/// An asset of a PolicyGeneration.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct GenerationDefinition {
    /// Name of the PolicyGeneration object in this namespace.
    #[schemars(
        length(min = 1, max = 253),
        regex(pattern = r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")
    )]
    pub name: String,
    /// Id of the asset, from the PolicyGeneration's status.
    #[schemars(
        length(min = 12, max = 59),
        regex(pattern = r"^[A-Za-z][A-Za-z0-9_]*-[a-z0-9_]{10}$")
    )]
    pub asset_id: String,
}

/// What AWS does with findings of its analysis: `FAIL_ON_ANY_FINDINGS` (default) refuses a policy that allows or
/// denies everything, `IGNORE_ALL_FINDINGS` takes it. AWS never returns it, so it is no drift.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ValidationMode {
    /// Refuse a policy with any finding.
    #[default]
    FailOnAnyFindings,
    /// Take it all the same.
    IgnoreAllFindings,
}

impl ValidationMode {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FailOnAnyFindings => "FAIL_ON_ANY_FINDINGS",
            Self::IgnoreAllFindings => "IGNORE_ALL_FINDINGS",
        }
    }
}

/// `ACTIVE` (default) counts in decisions; `LOG_ONLY` is evaluated and logged only.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EnforcementMode {
    /// It counts in decisions.
    #[default]
    Active,
    /// It is evaluated and logged only.
    LogOnly,
}

impl EnforcementMode {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::LogOnly => "LOG_ONLY",
        }
    }
}

/// What AWS says of the policy.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("default" = {"observedGeneration": -1}))]
pub struct PolicyStatus {
    /// AWS id of the policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub policy_id: Option<String>,
    /// ARN of the policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub policy_arn: Option<String>,
    /// AWS id of the engine that holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub policy_engine_id: Option<String>,
    /// The statement that AWS was asked to enforce, after everything the spec refers to was filled in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 20000))]
    pub effective_statement: Option<String>,
    /// SHA-256 of the effective statement, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub statement_digest: Option<String>,
    /// The asset of a PolicyGeneration whose statement it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adopted: Option<Adopted>,
    /// What was adopted before, as long as AWS does not enforce what was adopted since: the spec can go back to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adopted_before: Option<AdoptedBefore>,
    /// The validation mode that AWS was last told, which it never returns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub validation_mode: Option<String>,
    /// What every kind has.
    #[serde(flatten)]
    pub mirror: Mirror,
}

/// An asset of a generation that a policy was made from.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Adopted {
    /// Name of the PolicyGeneration object.
    #[schemars(length(max = 253))]
    pub name: String,
    /// AWS id of the generation.
    #[schemars(length(max = 128))]
    pub generation_id: String,
    /// AWS id of the asset.
    #[schemars(length(max = 128))]
    pub asset_id: String,
    /// The member of AWS's definition that carries its statement: `cedar` or `policy`.
    #[schemars(length(max = 64))]
    pub member: String,
    /// SHA-256 of its statement, in hexadecimal.
    #[schemars(length(max = 64))]
    pub statement_digest: String,
}

/// What was adopted before.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct AdoptedBefore {
    /// The asset.
    #[serde(flatten)]
    pub adopted: Adopted,
    /// Its statement.
    #[schemars(length(max = 20000))]
    pub statement: String,
}
