//! Lets objects go without an operator: takes the finalizer off, and nothing else (reliability.md 2.6.6).

use super::publish::as_us;
use super::{Cluster, ClusterError, Glimpse};
use crate::api::FINALIZER;
use kube::api::Patch;
use kube::{Resource, ResourceExt as _};
use serde_json::json;
use std::sync::Arc;

impl Cluster {
    /// Names every object of a kind that the operator holds, in all scopes; when it is `really` meant, lets each go.
    ///
    /// # Errors
    /// [`ClusterError::Read`] and [`ClusterError::Write`], at the first object that cannot be let go.
    pub async fn release<O>(
        &self,
        really: bool,
        mut tell: impl FnMut(&Glimpse<O>),
    ) -> Result<usize, ClusterError>
    where
        O: Resource<DynamicType = (), Scope = k8s_openapi::NamespaceResourceScope> + 'static,
    {
        let mut held = self.glimpses::<O>(&self.scopes, "").await?;
        held.retain(|object| object.finalizers().iter().any(|finalizer| finalizer == FINALIZER));
        for object in &held {
            if really {
                self.let_go(object).await?;
            }
            tell(object);
        }
        Ok(held.len())
    }

    async fn let_go<O>(&self, object: &Glimpse<O>) -> Result<(), ClusterError>
    where
        O: Resource<DynamicType = (), Scope = k8s_openapi::NamespaceResourceScope>,
    {
        let (namespace, name) = (object.namespace().unwrap_or_default(), object.name_any());
        let finalizers: Vec<&String> = object
            .finalizers()
            .iter()
            .filter(|finalizer| *finalizer != FINALIZER)
            .collect();
        // The list is replaced whole, so only if nobody else has touched it since.
        let metadata = json!({
            "uid": object.metadata.uid,
            "resourceVersion": object.metadata.resource_version,
            "finalizers": finalizers,
        });
        let patch = Patch::Merge(json!({ "metadata": metadata }));
        let api = self.namespaced::<Glimpse<O>>(&namespace);
        match api.patch_metadata(&name, &as_us(), &patch).await {
            Ok(_) => Ok(()),
            Err(kube::Error::Api(status)) if status.is_not_found() => Ok(()),
            Err(source) => Err(ClusterError::Write {
                what: format!("the finalizer of {} {namespace}/{name}", O::kind(&())),
                source: Arc::new(source),
            }),
        }
    }
}
