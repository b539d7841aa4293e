//! References with a namespace, for every kind: what is referred to, if it may be (reliability.md 8.1).

use super::{Cluster, ClusterError, Scope};
use crate::operator::decide::{Consent, Grant, Referent};
use futures::{Stream, StreamExt as _};
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::ListParams;
use kube::core::{ApiResource, DynamicObject, GroupVersionKind, PartialObjectMeta};
use kube::runtime::{WatchStreamExt as _, watcher};
use kube::{Api, Resource, ResourceExt as _};
use serde::de::DeserializeOwned;
use std::fmt::Debug;
use std::sync::Arc;

/// `ReferenceGrant` of the Gateway API, which a cluster may have or not.
fn grants() -> ApiResource {
    let kind = GroupVersionKind::gvk("gateway.networking.k8s.io", "v1beta1", "ReferenceGrant");
    ApiResource::from_gvk_with_plural(&kind, "referencegrants")
}

/// What an object says itself about who may refer to it.
fn annotated<O: Resource<DynamicType = ()>>(object: &ObjectMeta) -> Consent {
    let name = object.name.as_deref().unwrap_or_default();
    Consent::of(&O::kind(&()), name, object.annotations.as_ref())
}

impl Cluster {
    /// What an object of kind `F` in namespace `own` refers to.
    ///
    /// # Errors
    /// [`ClusterError::Read`], and [`ClusterError::Unreadable`] of what is in the own namespace.
    pub(super) async fn referent<F, O>(
        &self,
        own: &str,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Referent<O>, ClusterError>
    where
        F: Resource<DynamicType = ()>,
        O: Resource<DynamicType = (), Scope = NamespaceResourceScope> + Clone + Debug + DeserializeOwned,
    {
        let Some(namespace) = namespace.filter(|namespace| *namespace != own) else {
            let read = self.read_together::<O>(own, name).await?;
            return Ok(read.map_or(Referent::Absent, Referent::There));
        };
        let kind = O::kind(&());
        if !self.looks_after(namespace) {
            return Ok(Referent::beyond(&kind, namespace, name));
        }
        let read = match self.read_together::<O>(namespace, name).await {
            // What is wrong with it is for its own namespace to know.
            Err(ClusterError::Unreadable { .. }) => None,
            read => read?,
        };
        let consented = match read {
            Some(object) if self.consents::<F, O>(own, object.meta()).await? => Some(object),
            Some(_) | None => None,
        };
        Ok(Referent::elsewhere(&kind, namespace, name, consented))
    }

    /// Whether the namespace of an object of kind `O` lets objects of kind `F` in `from` refer to it.
    pub(super) async fn consents<F, O>(&self, from: &str, to: &ObjectMeta) -> Result<bool, ClusterError>
    where
        F: Resource<DynamicType = ()>,
        O: Resource<DynamicType = ()>,
    {
        let by_annotation = annotated::<O>(to);
        if by_annotation.allows(&F::kind(&()), from) {
            return Ok(true);
        }
        let consent = by_annotation.with(self.grants(to).await?);
        Ok(consent.allows(&F::kind(&()), from))
    }

    /// All that the namespace of an object says about who may refer to it.
    pub(super) async fn consent<O>(&self, to: &ObjectMeta) -> Result<Consent, ClusterError>
    where
        O: Resource<DynamicType = ()>,
    {
        Ok(annotated::<O>(to).with(self.grants(to).await?))
    }

    /// The grants in the namespace of an object; none where there is no such kind.
    async fn grants(&self, to: &ObjectMeta) -> Result<Vec<Grant>, ClusterError> {
        let namespace = to.namespace.as_deref().unwrap_or_default();
        let api: Api<DynamicObject> = Api::namespaced_with(self.client.clone(), namespace, &grants());
        let listed = match api.list(&ListParams::default()).await {
            Ok(listed) => listed,
            Err(kube::Error::Api(status)) if status.code == 404 => return Ok(Vec::new()),
            Err(source) => {
                return Err(ClusterError::Read {
                    what: format!("the ReferenceGrants of namespace {namespace}"),
                    source: Arc::new(source),
                });
            }
        };
        // A grant that cannot be read grants nothing.
        let read = |grant: DynamicObject| serde_json::from_value(grant.data.get("spec")?.clone()).ok();
        Ok(listed.items.into_iter().filter_map(read).collect())
    }

    /// Whether this operator looks after a namespace.
    pub(super) fn looks_after(&self, namespace: &str) -> bool {
        self.scopes.iter().any(|scope| scope.covers(namespace))
    }

    /// Whether the cluster has `ReferenceGrant`s that may be watched. One that gets them later, or a right to them, is
    /// found by the slow look at whatever waits for a consent.
    async fn has_grants(&self, scope: &Scope) -> bool {
        let one = ListParams::default().limit(1);
        match self
            .dynamic::<PartialObjectMeta<DynamicObject>>(scope, &grants())
            .list(&one)
            .await
        {
            Ok(_) => true,
            Err(kube::Error::Api(status)) if status.code == 404 => false,
            Err(error) => {
                tracing::warn!(%error, "ReferenceGrants cannot be watched, so their changes are seen after a minute");
                false
            }
        }
    }

    /// The namespaces in which a `ReferenceGrant` was added, changed or deleted, as it happens.
    pub async fn granting(&self, scope: &Scope) -> impl Stream<Item = String> + Send + 'static + use<> {
        if !self.has_grants(scope).await {
            return futures::stream::empty().left_stream();
        }
        watcher(
            self.dynamic::<PartialObjectMeta<DynamicObject>>(scope, &grants()),
            watcher::Config::default(),
        )
        .default_backoff()
        .touched_objects()
        .filter_map(|grant| async { grant.ok().and_then(|grant| grant.namespace()) })
        .right_stream()
    }
}
