//! What Policy objects declare to be forbidden: one shared list for all passes over policies that are being deleted.

use super::{Cluster, ClusterError, Glimpse, Scope};
use crate::api::{Policy, PolicyEngine};
use crate::operator::decide::{Consent, Declaration, engine_of, may_forbid};
use kube::Api;
use kube::api::ListParams;
use kube::core::{ApiResource, DynamicObject};
use kube::{Resource as _, ResourceExt as _};
use std::collections::HashMap;
use std::sync::{Arc, Mutex as SyncMutex, PoisonError};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// How old a list may be that a deletion goes by: less than what is deleted lingers, so that the list has begun when the
/// object was in deletion already.
const FRESH: Duration = Duration::from_millis(500);
/// Objects a page: what is declared is small, and the objects are not kept.
const PAGE: u32 = 100;

type Kept = Option<(Instant, Arc<Vec<Declaration>>)>;

/// The lists, by the selector that they were made with; only such as are younger than [`FRESH`] or being made are kept.
#[derive(Debug, Default)]
pub(super) struct Declared {
    lists: SyncMutex<HashMap<String, Arc<Mutex<Kept>>>>,
}

impl Declared {
    fn list(&self, selector: &str) -> Arc<Mutex<Kept>> {
        let mut lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        if !lists.contains_key(selector) {
            let young = |kept: &Kept| kept.as_ref().is_some_and(|(begun, _)| begun.elapsed() < FRESH);
            lists.retain(|_, list| {
                Arc::strong_count(list) > 1 || list.try_lock().is_ok_and(|kept| young(&kept))
            });
        }
        Arc::clone(lists.entry(selector.to_owned()).or_default())
    }
}

impl Cluster {
    /// What the objects of a policy's engine declare, when its deletion may take a `forbid` out of force.
    pub(super) async fn declared(&self, object: &Policy) -> Result<Arc<Vec<Declaration>>, ClusterError> {
        if object.metadata.deletion_timestamp.is_none() || !may_forbid(object) {
            return Ok(Arc::default());
        }
        let known = object
            .status
            .as_ref()
            .and_then(|status| status.policy_engine_id.as_ref());
        let id = object.spec.policy_engine_id.as_ref().or(known);
        let mut selectors: Vec<String> = id
            .map(|id| format!("spec.policyEngineId={id}"))
            .into_iter()
            .collect();
        let mut names: Vec<String> = engine_of(object).map(|(_, name)| name).into_iter().collect();
        if let Some(id) = id.filter(|_| names.is_empty()) {
            // Others may name by its object what this one names by its id.
            names = self.engines_of_id(id).await?;
        }
        selectors.extend(
            names
                .iter()
                .map(|name| format!("spec.policyEngineRef.name={name}")),
        );
        let mut all = Vec::new();
        for selector in selectors {
            all.extend(self.declared_by(&selector).await?.iter().cloned());
        }
        let strangers = all.iter().any(|one: &Declaration| one.is_from_elsewhere());
        if let Some((namespace, name)) = engine_of(object).filter(|_| strangers) {
            // Whoever may not refer to the engine has no say in what happens to its policies.
            let engine = self.read::<Glimpse<PolicyEngine>>(&namespace, &name).await?;
            let consent = match &engine {
                Some(engine) => self.consent::<PolicyEngine>(engine.meta()).await?,
                None => Consent::default(),
            };
            let allowed = |one: &Declaration| consent.allows(&Policy::kind(&()), &one.namespace);
            all.retain(|one| !one.is_from_elsewhere() || allowed(one));
        }
        Ok(Arc::new(all))
    }

    async fn declared_by(&self, selector: &str) -> Result<Arc<Vec<Declaration>>, ClusterError> {
        let list = self.declared.list(selector);
        let mut kept = list.lock().await;
        if let Some((begun, declared)) = kept.as_ref()
            && begun.elapsed() < FRESH
        {
            return Ok(Arc::clone(declared));
        }
        let begun = Instant::now();
        let mut all = Vec::new();
        self.each::<Policy>(selector, "what other policies forbid", |policy| {
            all.extend(Declaration::of(&policy));
        })
        .await?;
        let declared = Arc::new(all);
        *kept = Some((begun, Arc::clone(&declared)));
        Ok(declared)
    }

    /// Names of the objects that stand for the engine with this AWS id.
    async fn engines_of_id(&self, id: &str) -> Result<Vec<String>, ClusterError> {
        let mut names = Vec::new();
        self.each::<PolicyEngine>("", "the objects of a policy engine", |engine| {
            let status = engine.status.as_ref();
            if status.and_then(|status| status.policy_engine_id.as_deref()) == Some(id) {
                names.push(engine.name_any());
            }
        })
        .await?;
        Ok(names)
    }

    /// Objects of a kind, whatever is in them.
    fn anything<O>(&self, scope: &Scope) -> Api<DynamicObject>
    where
        O: kube::Resource<DynamicType = ()>,
    {
        let kind = ApiResource::erase::<O>(&());
        match scope {
            Scope::All => Api::all_with(self.client.clone(), &kind),
            Scope::Namespace(namespace) => Api::namespaced_with(self.client.clone(), namespace, &kind),
        }
    }

    /// Every object that is selected by its fields, in all namespaces that are looked after, page by page.
    pub(super) async fn each<O>(
        &self,
        fields: &str,
        what: &str,
        mut with: impl FnMut(O),
    ) -> Result<(), ClusterError>
    where
        O: kube::Resource<DynamicType = (), Scope = k8s_openapi::NamespaceResourceScope>
            + Clone
            + std::fmt::Debug
            + serde::de::DeserializeOwned,
    {
        for scope in &self.scopes {
            // All pages are of the version of the first.
            let bar = self.seen.list_bar::<O>();
            let mut params = ListParams::default().fields(fields).limit(PAGE);
            loop {
                let page = self.anything::<O>(scope).list(&params).await;
                let page = page.map_err(|source| ClusterError::Read {
                    what: what.to_owned(),
                    source: Box::new(source),
                })?;
                self.fresh_list::<O>(page.metadata.resource_version.as_deref(), bar)?;
                // One that cannot be read says so itself, and asks for nothing that could be understood.
                let read = page.items.into_iter().filter_map(|one| one.try_parse::<O>().ok());
                read.for_each(&mut with);
                match page.metadata.continue_.filter(|token| !token.is_empty()) {
                    Some(token) => params = params.continue_token(&token),
                    None => break,
                }
            }
        }
        Ok(())
    }
}
