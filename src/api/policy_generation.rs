//! `PolicyGeneration`: policies written by AgentCore from a text in natural language.

#![expect(
    clippy::duplicated_attributes,
    reason = "columns that have the same type or priority are no mistake"
)]

use super::{GatewayRef, Management, Mirror, PolicyEngineRef};
use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};

/// What policies should be written from.
#[derive(CustomResource, KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[kube(
    group = "agentcore.dev",
    version = "v1alpha1",
    kind = "PolicyGeneration",
    plural = "policygenerations",
    namespaced,
    status = "PolicyGenerationStatus",
    shortname = "acgen",
    category = "agentcore",
    cel,
    doc = "Policies that Amazon Bedrock AgentCore writes from a text. Nothing is applied by itself: a Policy names the asset that it adopts.",
    selectable = ".spec.policyEngineId",
    selectable = ".spec.policyEngineRef.name",
    selectable = ".spec.policyEngineRef.namespace",
    selectable = ".spec.suspend",
    selectable = ".status.generationId",
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
        description = "Whether there is something that can be adopted."
    ),
    printcolumn(
        name = "Reason",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Ready")].reason"#,
        description = "Why it is ready or not."
    ),
    printcolumn(
        name = "Usable",
        type_ = "string",
        json_path = ".status.usable",
        description = "How many of how many assets can be adopted."
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
        name = "ID",
        type_ = "string",
        json_path = ".status.generationId",
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
    validation = Rule::new("[has(self.gatewayRef), has(self.resource)].exists_one(x, x)").message("exactly one of gatewayRef, resource must be set"),
    validation = Rule::new("!has(self.adoptId) && !has(self.adoptionPolicy)").message("a generation is never taken over: leave adoptId and adoptionPolicy out"),
    validation = Rule::new("!has(self.deletionPolicy) || self.deletionPolicy == 'Retain'").message("AgentCore cannot delete a generation: leave deletionPolicy out"),
    validation = Rule::new("has(self.adoptId) == has(oldSelf.adoptId)").message("spec.adoptId is immutable: delete the object and create it anew"),
    validation = Rule::new("has(self.name) == has(oldSelf.name)").message("spec.name is immutable: delete the object and create it anew"),
    validation = Rule::new("has(self.policyEngineRef) == has(oldSelf.policyEngineRef)").message("spec.policyEngineRef is immutable: delete the object and create it anew"),
    validation = Rule::new("has(self.policyEngineId) == has(oldSelf.policyEngineId)").message("spec.policyEngineId is immutable: delete the object and create it anew"),
)]
pub struct PolicyGenerationSpec {
    /// What the names of its generations in AWS begin with; letters, digits and `_`, at most 39. `_` and 8 hex digits are
    /// added, which tell objects and texts apart: a name can never be used again. Immutable. Default: the object's name made
    /// safe.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 39), regex(pattern = r"^[A-Za-z][A-Za-z0-9_]*$"))]
    #[x_kube(validation = Rule::new("self == oldSelf").message("spec.name is immutable: delete the object and create it anew"))]
    pub name: Option<String>,
    /// The PolicyEngine object that the policies are for. Exactly one of this and `policyEngineId`. Immutable.
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
    /// The Gateway object whose tools the text is about. Exactly one of this and `resource`. A change is a new generation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway_ref: Option<GatewayRef>,
    /// A gateway that no object here stands for. Exactly one of this and `gatewayRef`. A change is a new generation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<GenerationResource>,
    /// What the policies are written from. A change is a new generation, under a new AWS name.
    pub content: GenerationContent,
    /// How the object is managed.
    #[serde(flatten)]
    pub management: Management,
}

/// What a generation is about: a gateway.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct GenerationResource {
    /// ARN of the gateway whose tools the text is about.
    #[schemars(
        length(min = 1, max = 1011),
        regex(
            pattern = r"^arn:aws(-[^:]+)?:bedrock-agentcore:[a-z0-9-]+:[0-9]{12}:gateway/([0-9a-z]-?)+-[0-9a-z]{10}$"
        )
    )]
    pub arn: String,
}

/// What policies are written from.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct GenerationContent {
    /// Requirements in natural language, 1 to 2000 characters: who may use which tool, and on which inputs. Each requirement
    /// becomes one asset.
    #[schemars(length(min = 1, max = 2000))]
    pub raw_text: String,
}

/// What AWS says of the generation, and what it has written.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("default" = {"observedGeneration": -1}))]
pub struct PolicyGenerationStatus {
    /// AWS id of the generation that belongs to the spec as it was last seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub generation_id: Option<String>,
    /// ARN of the generation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub generation_arn: Option<String>,
    /// Its name in AWS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub generation_name: Option<String>,
    /// AWS id of the engine that the policies are for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub policy_engine_id: Option<String>,
    /// ARN of the gateway whose tools the text is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub gateway_arn: Option<String>,
    /// How many of how many assets can be adopted, such as `2 of 3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub usable: Option<String>,
    /// What was written, one asset a requirement; the first 20, with long texts cut. The ConfigMap has all of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    pub assets: Vec<GenerationAsset>,
    /// Whether AWS still has the assets. It deletes them after 7 days; here they stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assets_in_aws: Option<bool>,
    /// Name of the ConfigMap with all assets in full: `assets.json`, and of each asset `ID.cedar` and `ID.yaml`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub config_map: Option<String>,
    /// SHA-256 of its `assets.json`, in hexadecimal: what somebody else has written there is not adopted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub assets_digest: Option<String>,
    /// What every kind has.
    #[serde(flatten)]
    pub mirror: Mirror,
}

/// What was written from one requirement.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct GenerationAsset {
    /// AWS id, by which a Policy adopts it.
    #[schemars(length(max = 128))]
    pub asset_id: String,
    /// Whether it can be adopted: it is a statement, it is valid, and it does something.
    pub usable: bool,
    /// The requirement.
    #[schemars(length(max = 512))]
    pub fragment: String,
    /// The statement, if the requirement could be written as one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub statement: Option<String>,
    /// The member of AWS's definition that carries it: `cedar` or `policy`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub member: Option<String>,
    /// What AWS found about it, in plain words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 10))]
    pub findings: Vec<GenerationFinding>,
    /// A Policy that adopts it, ready to be applied, with its statement as a comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4096))]
    pub manifest: Option<String>,
}

/// What AWS found about an asset.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
pub struct GenerationFinding {
    /// AWS's word for it, such as `VALID` or `ALLOW_ALL`.
    #[serde(rename = "type")]
    #[schemars(length(max = 64))]
    pub kind: String,
    /// What it means, and AWS's own sentence, shortened.
    #[schemars(length(max = 1024))]
    pub message: String,
}
