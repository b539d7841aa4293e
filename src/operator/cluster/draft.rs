//! What a text is translated for: a gateway's object, and the engine's that is to hold the policies.

use super::{Cluster, ClusterError};
use crate::api::{Gateway, PolicyEngine};
use kube::api::ListParams;
use kube::{Resource as _, ResourceExt as _};
use std::sync::Arc;

/// A gateway as its object knows it.
#[derive(Clone, Debug)]
pub struct Drafting {
    /// AWS id and ARN of the gateway, once there is one.
    pub gateway: Option<(String, String)>,
    /// Names and AWS ids of the namespace's engines, as far as they are known.
    pub engines: Vec<(String, Option<String>)>,
}

impl Cluster {
    /// A Gateway object by its name, in this namespace or in that of the kubeconfig, with the engines beside it; `None` when it is not
    /// there. Gives the namespace that was looked into too.
    ///
    /// # Errors
    /// As [`Cluster::read`].
    pub async fn drafting(
        &self,
        namespace: Option<String>,
        gateway: &str,
    ) -> Result<(String, Option<Drafting>), ClusterError> {
        let namespace = namespace.unwrap_or_else(|| self.client.default_namespace().to_owned());
        let Some(object) = self.read::<Gateway>(&namespace, gateway).await? else {
            return Ok((namespace, None));
        };
        let status = object.status.unwrap_or_default();
        let mut engines = Vec::new();
        let objects = self.namespaced::<PolicyEngine>(&namespace);
        let listed = objects.list(&ListParams::default()).await;
        let listed = listed.map_err(|source| ClusterError::Read {
            what: format!("the {}s of {namespace}", PolicyEngine::kind(&())),
            source: Arc::new(source),
        })?;
        for engine in listed.items {
            let id = engine
                .status
                .as_ref()
                .and_then(|status| status.policy_engine_id.clone());
            engines.push((engine.name_any(), id));
        }
        let drafting = Drafting {
            gateway: status.gateway_id.zip(status.gateway_arn),
            engines,
        };
        Ok((namespace, Some(drafting)))
    }
}
