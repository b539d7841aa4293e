//! Lists of objects, page by page, none of which is older than what was seen before.

use super::{Cluster, ClusterError, Glimpse, Scope};
use k8s_openapi::NamespaceResourceScope;
use kube::api::ListParams;
use kube::core::{ApiResource, DynamicObject, DynamicResourceScope};
use kube::{Api, Resource};
use serde::de::DeserializeOwned;
use std::fmt::Debug;
use std::sync::Arc;

/// Objects a page: small pages keep the peak low while a long list is read.
const PAGE: u32 = 100;

impl Cluster {
    /// The objects of a scope, of a kind that is named at run time.
    pub(super) fn dynamic<K>(&self, scope: &Scope, kind: &ApiResource) -> Api<K>
    where
        K: Resource<DynamicType = ApiResource, Scope = DynamicResourceScope>,
    {
        match scope {
            Scope::All => Api::all_with(self.client.clone(), kind),
            Scope::Namespace(namespace) => Api::namespaced_with(self.client.clone(), namespace, kind),
        }
    }

    /// Objects of a kind that are selected by their fields, in these scopes.
    pub(super) async fn glimpses<O>(
        &self,
        scopes: &[Scope],
        fields: &str,
    ) -> Result<Vec<Glimpse<O>>, ClusterError>
    where
        O: Resource<DynamicType = (), Scope = NamespaceResourceScope> + 'static,
    {
        let mut all = Vec::new();
        for scope in scopes {
            let objects = self.scoped::<Glimpse<O>>(scope);
            self.pages::<O, _>(&objects, fields, PAGE, |object| {
                all.push(object);
                true
            })
            .await?;
        }
        Ok(all)
    }

    /// Those of a namespace that `wanted` is true of: all, or `enough` of them and some more. Who waits until there are none
    /// need not read thousands each time that one has gone.
    pub(super) async fn some_glimpses<O>(
        &self,
        namespace: &str,
        fields: &str,
        enough: usize,
        wanted: impl Fn(&Glimpse<O>) -> bool,
    ) -> Result<Vec<Glimpse<O>>, ClusterError>
    where
        O: Resource<DynamicType = (), Scope = NamespaceResourceScope> + 'static,
    {
        let mut some = Vec::new();
        let objects = self.scoped::<Glimpse<O>>(&Scope::Namespace(namespace.to_owned()));
        let size = u32::try_from(enough).unwrap_or(PAGE).min(PAGE);
        self.pages::<O, _>(&objects, fields, size, |object| {
            some.extend(Some(object).filter(&wanted));
            some.len() < enough
        })
        .await?;
        Ok(some)
    }

    /// Every object that is selected by its fields, whole, in all namespaces that are looked after.
    pub(super) async fn each<O>(&self, fields: &str, mut with: impl FnMut(O)) -> Result<(), ClusterError>
    where
        O: Resource<DynamicType = (), Scope = NamespaceResourceScope> + Clone + Debug + DeserializeOwned,
    {
        for scope in &self.scopes {
            let objects = self.dynamic::<DynamicObject>(scope, &ApiResource::erase::<O>(&()));
            // One that cannot be read says so itself, and asks for nothing that could be understood.
            self.pages::<O, _>(&objects, fields, PAGE, |object| {
                object.try_parse().into_iter().for_each(&mut with);
                true
            })
            .await?;
        }
        Ok(())
    }

    /// Hands over page by page, each of this size, as long as `with` says of a page's last object to go on.
    async fn pages<O, T>(
        &self,
        objects: &Api<T>,
        fields: &str,
        size: u32,
        mut with: impl FnMut(T) -> bool,
    ) -> Result<(), ClusterError>
    where
        O: Resource<DynamicType = ()>,
        T: Clone + Debug + DeserializeOwned,
    {
        // All pages are of the version of the first.
        let bar = self.seen.list_bar::<O>();
        let mut params = ListParams::default().fields(fields).limit(size);
        loop {
            let page = objects.list(&params).await.map_err(|source| ClusterError::Read {
                what: match fields {
                    "" => format!("the list of {}", O::plural(&())),
                    _ => format!("the list of {} with {fields}", O::plural(&())),
                },
                source: Arc::new(source),
            })?;
            self.fresh_list::<O>(page.metadata.resource_version.as_deref(), bar)?;
            let go_on = page.items.into_iter().map(&mut with).last().unwrap_or(true);
            match page.metadata.continue_.filter(|token| go_on && !token.is_empty()) {
                Some(token) => params = params.continue_token(&token),
                None => return Ok(()),
            }
        }
    }
}
