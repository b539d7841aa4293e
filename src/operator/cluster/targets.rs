//! Targets that will be READY by themselves and are not yet: whose tools a text or a statement is about.

use super::shared::Shared;
use super::{Cluster, ClusterError, Glimpse, Scope};
use crate::api::{Gateway, GatewayTarget, Policy, PolicyGeneration};
use crate::model::GatewayArn;
use crate::operator::decide::Awaited;
use kube::{Resource, ResourceExt as _};
use std::sync::Arc;
use tokio::time::Instant;

/// Those that are coming, by what selects them: hundreds of policies may be about the tools of one gateway.
pub(super) type Coming = Shared<Arc<Vec<Glimpse<GatewayTarget>>>>;

/// A gateway, as an object of ours names it.
enum Named {
    /// By namespace and name of its object.
    Object(String, String),
    /// By its AWS id.
    Id(String),
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
            (None, Some(id)) => Named::Id(id.to_owned()),
            (None, None) => return Ok(None),
        };
        let coming = self.coming_targets(&gateway).await?;
        Ok(told(&coming, &own, &gateway))
    }

    /// One that brings tools which the statement of a policy is about, while that is not in force yet.
    pub(super) async fn awaited_target(&self, object: &Policy) -> Result<Option<String>, ClusterError> {
        let Some(awaited) = Awaited::of(object) else {
            return Ok(None);
        };
        let own = object.namespace().unwrap_or_default();
        let is_awaited = |target: &Glimpse<GatewayTarget>| {
            let name = target.name_given.clone().unwrap_or_else(|| target.name_any());
            let (id, word) = (target.target_id.as_deref(), target.status.as_deref());
            awaited.waits_for(&name, id, target.current, word)
        };
        let named = awaited
            .gateways
            .iter()
            .map(|gateway| match GatewayArn::parse(gateway) {
                Some(arn) => Named::Id(arn.gateway_id),
                None => Named::Object(own.clone(), gateway.clone()),
            });
        let mut gateways: Vec<Named> = named.collect();
        if gateways.is_empty() {
            gateways.push(Named::Any(own.clone()));
        }
        for gateway in gateways {
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
        let own;
        let (scopes, selector) = match gateway {
            Named::Object(_, name) => (&self.scopes[..], format!("spec.gatewayRef.name={name}")),
            Named::Id(id) => (&self.scopes[..], format!("spec.gatewayId={id}")),
            Named::Any(namespace) => {
                own = [Scope::Namespace(namespace.clone())];
                (&own[..], String::new())
            }
        };
        let of_it = |target: &Glimpse<GatewayTarget>| match gateway {
            Named::Object(namespace, name) => target.gateway() == Some((namespace.clone(), name.clone())),
            Named::Id(_) | Named::Any(_) => true,
        };
        let lists = || async {
            let mut targets = self.glimpses::<GatewayTarget>(scopes, &selector).await?;
            targets.retain(is_coming);
            Ok(Arc::new(targets))
        };
        let what = format!("{scopes:?} {selector}");
        let coming = self.coming.get(&what, Instant::now(), lists).await?;
        Ok(coming.iter().filter(|target| of_it(target)).cloned().collect())
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
        Named::Id(_) | Named::Any(_) => false,
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
