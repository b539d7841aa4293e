//! References from one object to another.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

/// Annotation on an object by which its namespace lets others refer to it: their names, exact and separated by commas,
/// such as `team-a,team-b`.
pub const ALLOW_REFERENCES_FROM: &str = "agentcore.dev/allow-references-from";

/// A `PolicyEngine` object.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct PolicyEngineRef {
    /// Name of the PolicyEngine object. It need not exist yet: this object waits for it and goes on when it is ready.
    #[schemars(
        length(min = 1, max = 253),
        regex(pattern = r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")
    )]
    pub name: String,
    /// Namespace of the PolicyEngine object. Default: the namespace of this object. Another namespace must consent: by a
    /// `ReferenceGrant` of the Gateway API, or by the annotation `agentcore.dev/allow-references-from` on the PolicyEngine,
    /// which names the namespaces that may refer to it. Without consent this object waits, as if nothing were there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(min = 1, max = 63),
        regex(pattern = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
    )]
    pub namespace: Option<String>,
}

/// A `Gateway` object.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct GatewayRef {
    /// Name of the Gateway object. It need not exist yet: this object waits for it and goes on when it is ready.
    #[schemars(
        length(min = 1, max = 253),
        regex(pattern = r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")
    )]
    pub name: String,
    /// Namespace of the Gateway object. Default: the namespace of this object. Another namespace must consent: by a
    /// `ReferenceGrant` of the Gateway API, or by the annotation `agentcore.dev/allow-references-from` on the Gateway, which
    /// names the namespaces that may refer to it. Without consent this object waits, as if nothing were there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(min = 1, max = 63),
        regex(pattern = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
    )]
    pub namespace: Option<String>,
}

impl PolicyEngineRef {
    /// Namespace and name of the object, for who is in namespace `own`.
    #[must_use]
    pub fn place(&self, own: String) -> (String, String) {
        (self.namespace.clone().unwrap_or(own), self.name.clone())
    }
}

impl GatewayRef {
    /// Namespace and name of the object, for who is in namespace `own`.
    #[must_use]
    pub fn place(&self, own: String) -> (String, String) {
        (self.namespace.clone().unwrap_or(own), self.name.clone())
    }
}
