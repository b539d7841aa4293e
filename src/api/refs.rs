//! References from one object to another.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

/// A `PolicyEngine` object.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct PolicyEngineRef {
    /// Name of the PolicyEngine object. It need not exist yet: the Policy waits for it and goes on when it is ready.
    #[schemars(
        length(min = 1, max = 253),
        regex(pattern = r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")
    )]
    pub name: String,
    /// Namespace of the PolicyEngine object. Default: the namespace of this object. Another namespace needs that
    /// namespace's consent; without it the reference is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(min = 1, max = 63),
        regex(pattern = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
    )]
    pub namespace: Option<String>,
}
