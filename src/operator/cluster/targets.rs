//! Targets that will be READY by themselves and are not yet: whose tools a text or a statement is about.

use super::shared::Shared;
use super::{Cluster, ClusterError, Glimpse, Scope};
use crate::api::{Gateway, GatewayTarget, Policy, PolicyGeneration};
use crate::model::GatewayArn;
use crate::operator::decide::{Awaited, Gateways, gateway_id};
use kube::{Resource, ResourceExt as _};
use std::sync::Arc;
use tokio::time::Instant;

/// Those that are coming, by what selects them: hundreds of policies may be about the tools of one gateway.
pub(super) type Coming = Shared<Arc<Vec<Glimpse<GatewayTarget>>>>;

/// A gateway, as an object of ours names it.
#[derive(Debug)]
enum Named {
    /// By namespace and name of its object.
    Object(String, String),
    /// By its AWS id, from an object of this namespace.
    Id(String, String),
    /// Whichever has targets in this namespace.
    Any(String),
}

impl Cluster {
    /// One of the gateway that a generation is about.
    pub(super) async fn coming_target(
        &self,
        object: &PolicyGeneration,
        given: Option<&str>,
    ) -> Result<Option<String>, ClusterError> {
        let own = object.namespace().unwrap_or_default();
        let place = object.spec.gateway_ref.as_ref();
        let place = place.map(|gateway| gateway.place(own.clone()));
        let gateway = match (place, given) {
            (Some((namespace, name)), _) => Named::Object(namespace, name),
            (None, Some(id)) => Named::Id(id.to_owned(), own.clone()),
            (None, None) => return Ok(None),
        };
        let coming = self.coming_targets(&gateway).await?;
        Ok(told(&coming, &own, &gateway))
    }

    /// One that brings tools which the statement of a policy is about, while that is not in force yet.
    pub(super) async fn awaited_target(
        &self,
        object: &Policy,
        gateways: &Gateways,
    ) -> Result<Option<String>, ClusterError> {
        let Some(awaited) = Awaited::of(object) else {
            return Ok(None);
        };
        let own = object.namespace().unwrap_or_default();
        let is_awaited = |target: &Glimpse<GatewayTarget>| {
            let name = target.name_given.clone().unwrap_or_else(|| target.name_any());
            let (id, word) = (target.target_id.as_deref(), target.status.as_deref());
            awaited.waits_for(&name, id, target.current, word)
        };
        let mut named = Vec::new();
        for gateway in &awaited.gateways {
            let id = if let Some(arn) = GatewayArn::parse(gateway) {
                Some(arn.gateway_id)
            } else {
                named.push(Named::Object(own.clone(), gateway.clone()));
                gateway_id(gateways, gateway)
            };
            named.extend(id.map(|id| Named::Id(id, own.clone())));
        }
        if named.is_empty() {
            named.push(Named::Any(own.clone()));
        }
        for gateway in named {
            let mut coming = self.coming_targets(&gateway).await?;
            coming.retain(is_awaited);
            let target = told(&coming, &own, &gateway);
            if target.is_some() {
                return Ok(target);
            }
        }
        Ok(None)
    }

    async fn coming_targets(&self, gateway: &Named) -> Result<Vec<Glimpse<GatewayTarget>>, ClusterError> {
        let lists = || async {
            let mut targets = self.targets_of(gateway).await?;
            targets.retain(is_coming);
            Ok(Arc::new(targets))
        };
        let what = format!("{gateway:?}");
        let coming = self.coming.get(&what, Instant::now(), lists).await?;
        Ok(coming.to_vec())
    }

    /// The targets of a gateway; where an id names it, also those that name its object in the namespace of who asks.
    async fn targets_of(&self, gateway: &Named) -> Result<Vec<Glimpse<GatewayTarget>>, ClusterError> {
        let by_name = |name: &str| format!("spec.gatewayRef.name={name}");
        let in_namespace = |namespace: &str| [Scope::Namespace(namespace.to_owned())];
        match gateway {
            Named::Object(namespace, name) => {
                let mut targets = self
                    .glimpses::<GatewayTarget>(&self.scopes, &by_name(name))
                    .await?;
                targets.retain(|target| target.gateway() == Some((namespace.clone(), name.clone())));
                Ok(targets)
            }
            Named::Id(id, own) => {
                let by_id = format!("spec.gatewayId={id}");
                let mut targets = self.glimpses::<GatewayTarget>(&self.scopes, &by_id).await?;
                let own = in_namespace(own);
                for object in self
                    .glimpses::<Gateway>(&own, &format!("status.gatewayId={id}"))
                    .await?
                {
                    let place = Some((object.namespace().unwrap_or_default(), object.name_any()));
                    let by_name = by_name(&object.name_any());
                    let named = self.glimpses::<GatewayTarget>(&own, &by_name).await?;
                    targets.extend(named.into_iter().filter(|target| target.gateway() == place));
                }
                Ok(targets)
            }
            Named::Any(namespace) => self.glimpses(&in_namespace(namespace), "").await,
        }
    }
}

/// The first of its namespace by name; of others only that there is one, where the gateway is.
fn told(targets: &[Glimpse<GatewayTarget>], own: &str, gateway: &Named) -> Option<String> {
    let in_namespace =
        |target: &Glimpse<GatewayTarget>, namespace: &str| target.namespace().as_deref() == Some(namespace);
    let near = targets.iter().filter(|target| in_namespace(target, own));
    let (kind, owner) = (GatewayTarget::kind(&()), Gateway::kind(&()));
    if let Some(first) = near.map(Glimpse::name_any).min() {
        return Some(format!("{kind} {first}"));
    }
    let owners = match gateway {
        Named::Object(namespace, _) => targets.iter().any(|target| in_namespace(target, namespace)),
        Named::Id(..) | Named::Any(_) => false,
    };
    owners.then(|| format!("a {kind} in the namespace of the {owner}"))
}

/// Whether a target will be READY as it is wanted by itself.
fn is_coming(target: &Glimpse<GatewayTarget>) -> bool {
    // What is said of the spec before says nothing of this one.
    let says = |kind: &'static str| target.current && target.conditions.contains(&(kind, "True"));
    let goes = target.metadata.deletion_timestamp.is_some();
    !says("Ready") && !says("Stalled") && !goes && !target.suspended && !target.observes
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_target_is_coming_until_it_is_ready_or_stalled_as_its_spec_is_now() {
        let target = |spec: serde_json::Value, observed: i64, says: &[&str]| {
            let conditions = says.iter().map(|says| json!({"type": says, "status": "True"}));
            let target = json!({
                "metadata": {"name": "t", "namespace": "n", "generation": 2}, "spec": spec,
                "status": {"observedGeneration": observed, "conditions": conditions.collect::<Vec<_>>()},
            });
            is_coming(&serde_json::from_value(target).unwrap())
        };
        for (observed, says, coming) in [
            (2, &[] as &[&str], true),
            (2, &["Reconciling"], true),
            (2, &["Ready"], false),
            (2, &["Stalled"], false),
            (1, &["Ready"], true),
            (1, &["Stalled"], true),
        ] {
            assert_eq!(target(json!({}), observed, says), coming, "{observed} {says:?}");
        }
        assert!(!target(json!({"suspend": true}), 1, &[]));
        assert!(!target(json!({"managementPolicy": "Observe"}), 1, &[]));
    }
}
