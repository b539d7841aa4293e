//! What Policy objects declare to be forbidden: one shared list for all passes over policies that are being deleted.

use super::shared::{KEPT, Shared};
use super::{Cluster, ClusterError, Glimpse};
use crate::api::{Policy, PolicyEngine};
use crate::operator::decide::{Consent, Declaration, engine_id_of, engine_of, may_forbid};
use kube::{Resource as _, ResourceExt as _};
use std::sync::Arc;
use tokio::time::Instant;

/// The lists, by the selector that they were made with. A deletion goes by one that is younger than what is deleted lingers:
/// it has begun when the object was in deletion already.
pub(super) type Declared = Shared<Arc<Vec<Declaration>>>;

impl Cluster {
    /// What the objects of a policy's engine declare, when its deletion may take a `forbid` out of force.
    pub(super) async fn declared(&self, object: &Policy) -> Result<Arc<Vec<Declaration>>, ClusterError> {
        if object.metadata.deletion_timestamp.is_none() || !may_forbid(object) {
            return Ok(Arc::default());
        }
        let id = engine_id_of(object);
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
        let mut known = Vec::new();
        for one in all {
            let generated = match &one.unadopted {
                None => None,
                Some(wanted) => self.generation(&one.namespace, &wanted.name, true).await?,
            };
            known.extend(one.known(generated.as_ref()));
        }
        Ok(Arc::new(known))
    }

    async fn declared_by(&self, selector: &str) -> Result<Arc<Vec<Declaration>>, ClusterError> {
        let lists = || async {
            let mut all = Vec::new();
            self.each(selector, |policy| all.extend(Declaration::of(&policy)))
                .await?;
            Ok(Arc::new(all))
        };
        let now = Instant::now();
        let young = now.checked_sub(KEPT).unwrap_or(now);
        self.declared.get(selector, young, lists).await
    }

    /// Names of the objects that stand for the engine with this AWS id.
    async fn engines_of_id(&self, id: &str) -> Result<Vec<String>, ClusterError> {
        let fields = format!("status.policyEngineId={id}");
        let engines = self.glimpses::<PolicyEngine>(&self.scopes, &fields).await?;
        Ok(engines.iter().map(Glimpse::name_any).collect())
    }
}
