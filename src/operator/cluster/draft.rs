//! What a text is translated for: a gateway's object, and the engine's that is to hold the policies.

use super::{Cluster, ClusterError};
use crate::api::{Gateway, PolicyEngine};
use k8s_openapi::NamespaceResourceScope;
use kube::{Resource, ResourceExt as _};
use serde::de::DeserializeOwned;
use std::fmt::Debug;
use std::sync::Arc;

/// A gateway as its object knows it.
#[derive(Clone, Debug)]
pub struct Drafting {
    /// The namespace that was looked into.
    pub namespace: String,
    /// AWS id and ARN of the gateway, once there is one.
    pub gateway: Option<(String, String)>,
    /// Names and AWS ids of the namespace's engines, as far as they are known.
    pub engines: Vec<(String, Option<String>)>,
}

impl Cluster {
    /// A Gateway object by its name, in this namespace or in that of the kubeconfig, with the engines beside it; `None` when it is not
    /// there.
    ///
    /// # Errors
    /// [`ClusterError::Read`].
    pub async fn drafting(
        &self,
        namespace: Option<String>,
        gateway: &str,
    ) -> Result<(String, Option<Drafting>), ClusterError> {
        let namespace = namespace.unwrap_or_else(|| self.client.default_namespace().to_owned());
        let Some(object) = self.one::<Gateway>(&namespace, gateway).await? else {
            return Ok((namespace, None));
        };
        let status = object.status.unwrap_or_default();
        let mut engines = Vec::new();
        let objects = self.namespaced::<PolicyEngine>(&namespace);
        let listed = objects.list(&kube::api::ListParams::default()).await;
        for engine in listed
            .map_err(|source| unreadable::<PolicyEngine>(&namespace, "*", source))?
            .items
        {
            let id = engine
                .status
                .as_ref()
                .and_then(|status| status.policy_engine_id.clone());
            engines.push((engine.name_any(), id));
        }
        let drafting = Drafting {
            namespace: namespace.clone(),
            gateway: status.gateway_id.zip(status.gateway_arn),
            engines,
        };
        Ok((namespace, Some(drafting)))
    }

    async fn one<O>(&self, namespace: &str, name: &str) -> Result<Option<O>, ClusterError>
    where
        O: Resource<DynamicType = (), Scope = NamespaceResourceScope> + Clone + Debug + DeserializeOwned,
    {
        let found = self.namespaced::<O>(namespace).get_opt(name).await;
        found.map_err(|source| unreadable::<O>(namespace, name, source))
    }
}

fn unreadable<O: Resource<DynamicType = ()>>(
    namespace: &str,
    name: &str,
    source: kube::Error,
) -> ClusterError {
    ClusterError::Read {
        what: format!("{} {namespace}/{name}", O::kind(&())),
        source: Arc::new(source),
    }
}
