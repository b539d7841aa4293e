//! The Kubernetes contract: one file a kind, plus conditions and the fields that all kinds share.
//!
//! Group `agentcore.dev`, version `v1alpha1`. What these types say is what `crds/` says: the YAML there is
//! generated from here, and a test keeps both equal. Rules: kubernetes-conventions.md section 2.

mod conditions;
mod fields;
mod gateway;
mod gateway_target;
mod policy;
mod policy_engine;
mod policy_engine_attachment;
mod policy_generation;
mod refs;

pub use crate::model::parse_interval;
pub use conditions::{ConditionType, Reason};
pub use fields::{
    AdoptionPolicy, DeletionPolicy, Management, ManagementPolicy, Mirror, RECONCILE_ANNOTATIONS,
};
pub use gateway::{
    AttachedEngine, AuthorizerConfiguration, AuthorizerType, CustomJwtAuthorizer, ExceptionLevel, Gateway,
    GatewaySpec, GatewayStatus, McpConfiguration, ProtocolConfiguration, SearchType,
};
pub use gateway_target::{
    ApiKeyCredentialProvider, CredentialLocation, CredentialProvider, CredentialProviderConfiguration,
    CredentialProviderType, GatewayTarget, GatewayTargetSpec, GatewayTargetStatus, LambdaTarget, ListingMode,
    McpServerTarget, McpTarget, OauthCredentialProvider, S3Source, SchemaSource, TargetConfiguration,
    ToolDefinition, ToolSchema,
};
pub use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
pub use k8s_openapi::jiff::Timestamp;
pub use policy::{
    Adopted, AdoptedBefore, CedarDefinition, Definition, EnforcementMode, GenerationDefinition, Policy,
    PolicySpec, PolicyStatus, StatementDefinition, ValidationMode,
};
pub use policy_engine::{PolicyCounts, PolicyEngine, PolicyEngineSpec, PolicyEngineStatus, Tag};
pub use policy_engine_attachment::{
    AttachmentMode, PolicyEngineAttachment, PolicyEngineAttachmentSpec, PolicyEngineAttachmentStatus,
};
pub use policy_generation::{
    GenerationAsset, GenerationContent, GenerationFinding, GenerationResource, PolicyGeneration,
    PolicyGenerationSpec, PolicyGenerationStatus,
};
pub use refs::{ALLOW_REFERENCES_FROM, GatewayRef, PolicyEngineRef};

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::CustomResourceExt as _;

/// The API group of every kind.
pub const GROUP: &str = "agentcore.dev";
/// The finalizer that holds an object until its resource is seen to be gone.
pub const FINALIZER: &str = "agentcore.dev/finalizer";

/// The definitions of all kinds, in the order in which they are applied.
#[must_use]
pub fn crds() -> Vec<CustomResourceDefinition> {
    vec![
        PolicyEngine::crd(),
        Policy::crd(),
        Gateway::crd(),
        GatewayTarget::crd(),
        PolicyEngineAttachment::crd(),
        PolicyGeneration::crd(),
    ]
}
