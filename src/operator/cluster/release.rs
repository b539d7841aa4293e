//! Lets objects go without an operator: takes the finalizer off, and nothing else (reliability.md 2.6.6).

use super::publish::as_us;
use super::{Cluster, ClusterError, Glimpse};
use crate::api::FINALIZER;
use kube::api::{ListParams, Patch};
use kube::{Resource, ResourceExt as _};
use serde_json::json;

/// Objects a list page.
const PAGE: u32 = 500;

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
        O: Resource<DynamicType = (), Scope = k8s_openapi::NamespaceResourceScope>,
    {
        let mut count: usize = 0;
        for scope in &self.scopes {
            let mut params = ListParams::default().limit(PAGE);
            loop {
                let listed = self.scoped::<Glimpse<O>>(scope).list(&params).await;
                let page = listed.map_err(|source| ClusterError::Read {
                    what: format!("the list of {}", O::plural(&())),
                    source: Box::new(source),
                })?;
                for object in page.items {
                    if object.finalizers().iter().any(|finalizer| finalizer == FINALIZER) {
                        if really {
                            self.let_go(&object).await?;
                        }
                        tell(&object);
                        count = count.saturating_add(1);
                    }
                }
                match page.metadata.continue_.filter(|token| !token.is_empty()) {
                    Some(token) => params = params.continue_token(&token),
                    None => break,
                }
            }
        }
        Ok(count)
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
                source: Box::new(source),
            }),
        }
    }
}
