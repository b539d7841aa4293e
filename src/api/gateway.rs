//! `Gateway`: an MCP gateway.

#![expect(
    clippy::duplicated_attributes,
    reason = "columns that have the same type or priority are no mistake"
)]

use super::{Management, Mirror, Tag};
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a gateway should be.
#[derive(CustomResource, KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[kube(
    group = "agentcore.dev",
    version = "v1alpha1",
    kind = "Gateway",
    plural = "gateways",
    namespaced,
    status = "GatewayStatus",
    shortname = "acgw",
    category = "agentcore",
    cel,
    doc = "A gateway of Amazon Bedrock AgentCore: one MCP endpoint in front of the tools of its targets.",
    selectable = ".spec.suspend",
    selectable = ".status.gatewayId",
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
        name = "URL",
        type_ = "string",
        json_path = ".status.gatewayUrl",
        priority = 1,
        description = "Where MCP clients reach the gateway."
    ),
    printcolumn(
        name = "Mode",
        type_ = "string",
        json_path = ".status.policyEngineConfiguration.mode",
        priority = 1,
        description = "ENFORCE or LOG_ONLY, when a policy engine is attached."
    ),
    printcolumn(
        name = "ID",
        type_ = "string",
        json_path = ".status.gatewayId",
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
    validation = Rule::new("(self.authorizerType == 'CUSTOM_JWT') == has(self.authorizerConfiguration)").message("authorizerConfiguration must be set with authorizerType CUSTOM_JWT, and only then"),
    validation = Rule::new("!has(self.adoptId) || self.adoptId.matches('^([0-9a-z]-?)+-[0-9a-z]{10}$')").message("spec.adoptId must be the id of a gateway, such as refunds-abc123def4"),
    validation = Rule::new("has(self.adoptId) == has(oldSelf.adoptId)").message("spec.adoptId is immutable: delete the object and create it anew"),
    validation = Rule::new("has(self.name) == has(oldSelf.name)").message("spec.name is immutable: delete the object and create it anew"),
)]
pub struct GatewaySpec {
    /// Name of the gateway in AWS, unique in the account and region; letters, digits and single hyphens, at most 48.
    /// Immutable. Default: the object's name made safe, plus `-` and 8 hex digits that tell clusters and namespaces apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 48), regex(pattern = r"^([0-9a-zA-Z]-?)+$"))]
    #[x_kube(validation = Rule::new("self == oldSelf").message("spec.name is immutable: delete the object and create it anew"))]
    pub name: Option<String>,
    /// Free text shown in AWS, 1 to 200 characters. Can be changed, and cleared by leaving it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200))]
    pub description: Option<String>,
    /// ARN of the IAM role that the gateway works with: it calls the targets, and asks the policy engine.
    #[schemars(
        length(min = 1, max = 2048),
        regex(pattern = r"^arn:aws(-[^:]+)?:iam::([0-9]{12})?:role/.+$")
    )]
    pub role_arn: String,
    /// Who may call the gateway: `CUSTOM_JWT` takes tokens that `authorizerConfiguration` accepts, `AWS_IAM` signed requests
    /// that IAM allows, `AUTHENTICATE_ONLY` any signed request, `NONE` every request.
    pub authorizer_type: AuthorizerType,
    /// How callers' tokens are judged; with `authorizerType: CUSTOM_JWT`, and only then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorizer_configuration: Option<AuthorizerConfiguration>,
    /// How the gateway speaks MCP. What is left out stays as AWS has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol_configuration: Option<ProtocolConfiguration>,
    /// `DEBUG` tells callers exactly what went wrong; left out, they get a general message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exception_level: Option<ExceptionLevel>,
    /// ARN of the KMS key that encrypts the gateway. Left out, it stays as AWS has it: a key of AWS, for a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(min = 1, max = 2048),
        regex(pattern = r"^arn:aws(|-cn|-us-gov):kms:[a-zA-Z0-9-]*:[0-9]{12}:key/[a-zA-Z0-9-]{36}$")
    )]
    pub kms_key_arn: Option<String>,
    /// Tags of the gateway in AWS, at most 40 beside the operator's own (which begin with `agentcore.dev/`). Tags that
    /// others put on the gateway stay.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 40))]
    #[x_kube(merge_strategy = kube::core::ListMerge::Map(vec!["key".into()]))]
    pub tags: Vec<Tag>,
    /// How the object is managed.
    #[serde(flatten)]
    pub management: Management,
}

/// Who may call a gateway (service.md 9.2).
#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AuthorizerType {
    /// Tokens of an identity provider.
    CustomJwt,
    /// Signed requests that IAM allows.
    AwsIam,
    /// Every request.
    None,
    /// Any signed request.
    AuthenticateOnly,
}

/// How callers' tokens are judged.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct AuthorizerConfiguration {
    /// Tokens of an identity provider that publishes how it signs.
    #[serde(rename = "customJWTAuthorizer")]
    pub custom_jwt_authorizer: CustomJwtAuthorizer,
}

/// Tokens of an identity provider.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct CustomJwtAuthorizer {
    /// URL of the provider's discovery document, which ends in `/.well-known/openid-configuration` or
    /// `/.well-known/oauth-authorization-server`.
    #[schemars(
        length(min = 1, max = 2048),
        regex(
            pattern = r"^[^\s?#]+/\.well-known/(openid-configuration|oauth-authorization-server)(/[^\s?#]+)?$"
        )
    )]
    pub discovery_url: String,
    /// Values of which the claim `aud` must hold one. Left out, it stays as AWS has it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100), inner(length(min = 1, max = 1024)))]
    pub allowed_audience: Vec<String>,
    /// Values of which the claim `client_id` must be one. Left out, it stays as AWS has it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100), inner(length(min = 1, max = 1024)))]
    pub allowed_clients: Vec<String>,
    /// Scopes of which a token must have one. Left out, it stays as AWS has it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100), inner(length(min = 1, max = 255)))]
    pub allowed_scopes: Vec<String>,
}

/// How the gateway speaks its protocol.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ProtocolConfiguration {
    /// MCP.
    pub mcp: McpConfiguration,
}

/// How the gateway speaks MCP.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct McpConfiguration {
    /// Versions of MCP that it takes, such as `2025-06-18`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20), inner(length(min = 1, max = 64)))]
    pub supported_versions: Vec<String>,
    /// What the gateway tells agents about its tools, 1 to 2048 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 2048))]
    pub instructions: Option<String>,
    /// `SEMANTIC` gives agents a tool that finds tools.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search_type: Option<SearchType>,
}

/// How agents find tools.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SearchType {
    /// By what they mean.
    Semantic,
}

/// How much callers are told of errors.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ExceptionLevel {
    /// Exactly what went wrong.
    Debug,
}

/// What AWS says of the gateway.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("default" = {"observedGeneration": -1}))]
pub struct GatewayStatus {
    /// AWS id of the gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub gateway_id: Option<String>,
    /// ARN of the gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub gateway_arn: Option<String>,
    /// Where MCP clients reach the gateway; once it has been READY.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub gateway_url: Option<String>,
    /// The policy engine that AWS asks about calls, when one is attached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_engine_configuration: Option<AttachedEngine>,
    /// Keys of the tags that this object put on the gateway, so that one left out of the spec is taken off again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100), inner(length(max = 128)))]
    #[x_kube(merge_strategy = kube::core::ListMerge::Set)]
    pub tag_keys: Vec<String>,
    /// Fields that this object set on the gateway, so that one left out of the spec is taken off again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100), inner(length(max = 256)))]
    #[x_kube(merge_strategy = kube::core::ListMerge::Set)]
    pub applied_fields: Vec<String>,
    /// What every kind has.
    #[serde(flatten)]
    pub mirror: Mirror,
}

/// The policy engine of a gateway.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
pub struct AttachedEngine {
    /// ARN of the engine.
    #[schemars(length(max = 256))]
    pub arn: String,
    /// `ENFORCE` or `LOG_ONLY`.
    #[schemars(length(max = 64))]
    pub mode: String,
}
