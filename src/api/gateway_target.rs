//! `GatewayTarget`: tools behind a gateway.

#![expect(
    clippy::duplicated_attributes,
    reason = "columns that have the same type or priority are no mistake"
)]

use super::{GatewayRef, Management, Mirror};
use kube::{CustomResource, KubeSchema};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a target of a gateway should be.
#[derive(CustomResource, KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[kube(
    group = "agentcore.dev",
    version = "v1alpha1",
    kind = "GatewayTarget",
    plural = "gatewaytargets",
    namespaced,
    status = "GatewayTargetStatus",
    shortname = "actgt",
    category = "agentcore",
    cel,
    doc = "Tools behind a gateway of Amazon Bedrock AgentCore: a Lambda function, an MCP server or an OpenAPI service.",
    selectable = ".spec.gatewayId",
    selectable = ".spec.gatewayRef.name",
    selectable = ".spec.gatewayRef.namespace",
    selectable = ".spec.suspend",
    selectable = ".status.targetId",
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
        name = "Gateway",
        type_ = "string",
        json_path = ".spec.gatewayRef.name",
        priority = 1,
        description = "The Gateway object."
    ),
    printcolumn(
        name = "Name",
        type_ = "string",
        json_path = ".status.targetName",
        priority = 1,
        description = "AWS name, which is the first part of its tools' names in policies."
    ),
    printcolumn(
        name = "ID",
        type_ = "string",
        json_path = ".status.targetId",
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
    validation = Rule::new("[has(self.gatewayRef), has(self.gatewayId)].exists_one(x, x)").message("exactly one of gatewayRef, gatewayId must be set"),
    validation = Rule::new("!has(self.adoptId) || self.adoptId.matches('^[0-9a-zA-Z]{10}$')").message("spec.adoptId must be the id of a target: 10 letters and digits"),
    validation = Rule::new("has(self.adoptId) == has(oldSelf.adoptId)").message("spec.adoptId is immutable: delete the object and create it anew"),
    validation = Rule::new("has(self.name) == has(oldSelf.name)").message("spec.name is immutable: delete the object and create it anew"),
    validation = Rule::new("has(self.gatewayRef) == has(oldSelf.gatewayRef)").message("spec.gatewayRef is immutable: delete the object and create it anew"),
    validation = Rule::new("has(self.gatewayId) == has(oldSelf.gatewayId)").message("spec.gatewayId is immutable: delete the object and create it anew"),
)]
pub struct GatewayTargetSpec {
    /// Name of the target in AWS, unique in its gateway; letters, digits and single hyphens, at most 100. Immutable. It is
    /// the first part of its tools' names in policies, as in `NAME___refund`. Default: the object's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100), regex(pattern = r"^([0-9a-zA-Z]-?)+$"))]
    #[x_kube(validation = Rule::new("self == oldSelf").message("spec.name is immutable: delete the object and create it anew"))]
    pub name: Option<String>,
    /// Free text shown in AWS, 1 to 200 characters. Can be changed, and cleared by leaving it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200))]
    pub description: Option<String>,
    /// The Gateway object that the tools are behind. Exactly one of this and `gatewayId`. Immutable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[x_kube(validation = Rule::new("self == oldSelf").message("spec.gatewayRef is immutable: delete the object and create it anew"))]
    pub gateway_ref: Option<GatewayRef>,
    /// AWS id of a gateway that no object here stands for. Exactly one of this and `gatewayRef`. Immutable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 12, max = 128), regex(pattern = r"^([0-9a-z]-?)+-[0-9a-z]{10}$"))]
    #[x_kube(validation = Rule::new("self == oldSelf").message("spec.gatewayId is immutable: delete the object and create it anew"))]
    pub gateway_id: Option<String>,
    /// Where the tools are. A change replaces them.
    pub target_configuration: TargetConfiguration,
    /// How the gateway identifies itself to the tools, at most one way. Left out, it stays as AWS has it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 1))]
    pub credential_provider_configurations: Vec<CredentialProviderConfiguration>,
    /// How the object is managed.
    #[serde(flatten)]
    pub management: Management,
}

/// Where the tools are.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct TargetConfiguration {
    /// Tools that are reached over MCP.
    pub mcp: McpTarget,
}

/// Where the tools are: exactly one member.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("[has(self.lambda), has(self.mcpServer), has(self.openApiSchema)].exists_one(x, x)").message("exactly one of lambda, mcpServer, openApiSchema must be set"),
)]
pub struct McpTarget {
    /// A Lambda function.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lambda: Option<LambdaTarget>,
    /// An MCP server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mcp_server: Option<McpServerTarget>,
    /// A service that is described by OpenAPI.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_api_schema: Option<SchemaSource>,
}

/// A Lambda function and its tools.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct LambdaTarget {
    /// ARN of the function.
    #[schemars(
        length(min = 1, max = 170),
        regex(
            pattern = r"^arn:(aws[a-zA-Z-]*)?:lambda:([a-z]{2}(-gov)?-[a-z]+-[0-9]):([0-9]{12}):function:([a-zA-Z0-9_.-]+)(:(\$LATEST|[a-zA-Z0-9_-]+))?$"
        )
    )]
    pub lambda_arn: String,
    /// Its tools.
    pub tool_schema: ToolSchema,
}

/// The tools of a function: exactly one member.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("[has(self.inlinePayload), has(self.s3)].exists_one(x, x)").message("exactly one of inlinePayload, s3 must be set"),
)]
pub struct ToolSchema {
    /// The tools, one by one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100))]
    pub inline_payload: Option<Vec<ToolDefinition>>,
    /// A file that lists them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub s3: Option<S3Source>,
}

/// A tool.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct ToolDefinition {
    /// Name of the tool, such as `refund`; in policies, `TARGET___refund`.
    #[schemars(length(min = 1, max = 128))]
    pub name: String,
    /// What agents are told of it.
    #[schemars(length(min = 1, max = 4096))]
    pub description: String,
    /// What it takes.
    #[schemars(schema_with = "argument_schema")]
    pub input_schema: Value,
    /// What it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "argument_schema")]
    pub output_schema: Option<Value>,
}

/// A `SchemaDefinition` of AWS, which holds itself: a CRD cannot say so (service.md 9.7).
fn argument_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "description": "A JSON Schema of type, properties, required, items and description alone; AWS takes no other keyword.",
        "type": "object",
        "required": ["type"],
        "x-kubernetes-preserve-unknown-fields": true,
        "properties": {
            "type": {
                "description": "Type of the value; object for what a tool takes.", "type": "string",
                "enum": ["string", "number", "object", "array", "boolean", "integer"]
            }
        }
    })
}

/// A document: exactly one member.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("[has(self.inlinePayload), has(self.s3)].exists_one(x, x)").message("exactly one of inlinePayload, s3 must be set"),
)]
pub struct SchemaSource {
    /// The document itself, as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 524_288))]
    pub inline_payload: Option<String>,
    /// A file that holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub s3: Option<S3Source>,
}

/// A file in S3.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct S3Source {
    /// `s3://BUCKET/KEY`
    #[schemars(length(min = 6, max = 2048), regex(pattern = r"^s3://.+$"))]
    pub uri: String,
    /// Account that owns the bucket, if it is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 12), regex(pattern = r"^[0-9]{12}$"))]
    pub bucket_owner_account_id: Option<String>,
}

/// An MCP server.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct McpServerTarget {
    /// Its URL, over TLS.
    #[schemars(length(min = 9, max = 2048), regex(pattern = r"^https://.+$"))]
    pub endpoint: String,
    /// Its tools, where it is not to be asked for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mcp_tool_schema: Option<SchemaSource>,
    /// `DEFAULT`: AWS knows its tools, and policies are judged by them; `DYNAMIC`: it is asked whenever tools are listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listing_mode: Option<ListingMode>,
}

/// When an MCP server is asked for its tools.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ListingMode {
    /// Once, and when it is synchronized.
    Default,
    /// Whenever tools are listed.
    Dynamic,
}

/// How the gateway identifies itself to the tools.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct CredentialProviderConfiguration {
    /// `GATEWAY_IAM_ROLE`: by the gateway's role; `OAUTH` and `API_KEY`: by what `credentialProvider` names.
    pub credential_provider_type: CredentialProviderType,
    /// Where the credentials are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential_provider: Option<CredentialProvider>,
}

/// By what the gateway identifies itself.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CredentialProviderType {
    /// By its role.
    GatewayIamRole,
    /// By a token of an OAuth provider.
    Oauth,
    /// By a key.
    ApiKey,
    /// By the caller's credentials.
    CallerIamCredentials,
    /// By the caller's token.
    JwtPassthrough,
}

/// Where credentials are: exactly one member.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("[has(self.oauthCredentialProvider), has(self.apiKeyCredentialProvider)].exists_one(x, x)").message("exactly one of oauthCredentialProvider, apiKeyCredentialProvider must be set"),
)]
pub struct CredentialProvider {
    /// An OAuth provider of AgentCore Identity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oauth_credential_provider: Option<OauthCredentialProvider>,
    /// A key of AgentCore Identity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_key_credential_provider: Option<ApiKeyCredentialProvider>,
}

/// An OAuth provider.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct OauthCredentialProvider {
    /// ARN of the provider.
    #[schemars(length(min = 1, max = 2048), regex(pattern = r"^arn:.+$"))]
    pub provider_arn: String,
    /// Scopes that tokens are asked for.
    #[schemars(length(max = 100), inner(length(min = 1, max = 64)))]
    pub scopes: Vec<String>,
}

/// A key.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct ApiKeyCredentialProvider {
    /// ARN of the provider.
    #[schemars(length(min = 1, max = 2048), regex(pattern = r"^arn:.+$"))]
    pub provider_arn: String,
    /// Name of the header or of the query parameter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub credential_parameter_name: Option<String>,
    /// What stands before the key, such as `Bearer`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub credential_prefix: Option<String>,
    /// `HEADER` or `QUERY_PARAMETER`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential_location: Option<CredentialLocation>,
}

/// Where a key is sent.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CredentialLocation {
    /// In a header.
    Header,
    /// In the query.
    QueryParameter,
}

/// What AWS says of the target.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("default" = {"observedGeneration": -1}))]
pub struct GatewayTargetStatus {
    /// AWS id of the target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub target_id: Option<String>,
    /// AWS name of the target, the first part of its tools' names in policies; once it has been READY.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub target_name: Option<String>,
    /// AWS id of its gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub gateway_id: Option<String>,
    /// When AWS last asked the server for its tools.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub last_synchronized_at: Option<String>,
    /// Fields that this object set on the target, so that one left out of the spec is taken off again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100), inner(length(max = 256)))]
    #[x_kube(merge_strategy = kube::core::ListMerge::Set)]
    pub applied_fields: Vec<String>,
    /// What every kind has.
    #[serde(flatten)]
    pub mirror: Mirror,
}
