//! What gateways and their targets refer to, and what refers to them.

use super::{Cluster, ClusterError, Glimpse, References};
use crate::api::{Gateway, GatewayTarget};
use crate::operator::decide::{
    Claim, Consent, GatewayKind, GatewayReference, GatewayReferences, TargetKind, TargetReferences, withheld,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::{Resource as _, ResourceExt as _};

impl References for GatewayKind {
    async fn read(cluster: &Cluster, object: &Gateway) -> Result<GatewayReferences, ClusterError> {
        if object.metadata.deletion_timestamp.is_none() {
            return Ok(GatewayReferences::default());
        }
        let (namespace, name) = (object.namespace().unwrap_or_default(), object.name_any());
        let of_it = Some((namespace.clone(), name.clone()));
        let by_name = format!("spec.gatewayRef.name={name}");
        let mut all = cluster
            .glimpses::<GatewayTarget>(&cluster.scopes, &by_name)
            .await?;
        all.retain(|target| target.gateway() == of_it);
        let (own, others): (Vec<_>, Vec<_>) = all
            .into_iter()
            .partition(|target| target.namespace().as_deref() == Some(&namespace));
        let consent = match others.as_slice() {
            [] => Consent::default(),
            _ => cluster.consent::<Gateway>(&object.metadata).await?,
        };
        let consented = |target: &&Glimpse<GatewayTarget>| {
            let from = target.namespace().unwrap_or_default();
            consent.allows(&GatewayTarget::kind(&()), &from)
        };
        Ok(GatewayReferences {
            targets: own.iter().map(Glimpse::name_any).collect(),
            elsewhere: others.iter().filter(consented).count(),
        })
    }
}

impl References for TargetKind {
    async fn read(cluster: &Cluster, object: &GatewayTarget) -> Result<TargetReferences, ClusterError> {
        let gateway = match (&object.spec.gateway_id, &object.spec.gateway_ref) {
            (Some(id), _) => cluster.gateway_by_id(object, id).await?,
            (None, Some(reference)) => {
                let own = object.namespace().unwrap_or_default();
                let (namespace, name) = (reference.namespace.as_deref(), &reference.name);
                match cluster
                    .referent::<GatewayTarget, Gateway>(&own, namespace, name)
                    .await
                {
                    Ok(gateway) => GatewayReference::by_object(name, &gateway),
                    Err(ClusterError::Unreadable { .. }) => GatewayReference::unreadable(name),
                    Err(error) => return Err(error),
                }
            }
            (None, None) => GatewayReference::default(),
        };
        let claims = cluster.target_claims(object).await?;
        Ok(TargetReferences { gateway, claims })
    }
}

impl Cluster {
    /// The gateway that is named by its AWS id. If only another namespace has an object for it, that must consent: an id is
    /// no way around it.
    async fn gateway_by_id(
        &self,
        object: &GatewayTarget,
        id: &str,
    ) -> Result<GatewayReference, ClusterError> {
        let own = object.namespace().unwrap_or_default();
        let fields = format!("status.gatewayId={id}");
        let gateways = self.glimpses::<Gateway>(&self.scopes, &fields).await?;
        let ours = |gateway: &Glimpse<Gateway>| gateway.namespace().as_deref() == Some(&own);
        if gateways.is_empty() || gateways.iter().any(ours) {
            return Ok(GatewayReference::by_id(id));
        }
        for gateway in &gateways {
            if self
                .consents::<GatewayTarget, Gateway>(&own, gateway.meta())
                .await?
            {
                return Ok(GatewayReference::by_id(id));
            }
        }
        Ok(GatewayReference::withheld(withheld(&format!("the gateway {id}"))))
    }

    /// What other `GatewayTarget` objects stand for: all of it, or once this object has an id, what concerns that.
    async fn target_claims(&self, object: &GatewayTarget) -> Result<Vec<Claim>, ClusterError> {
        let status = object.status.as_ref();
        let known = status.and_then(|status| status.target_id.as_deref());
        let fields = known.map_or_else(String::new, |id| format!("status.targetId={id}"));
        let targets = self.glimpses::<GatewayTarget>(&self.scopes, &fields).await?;
        let age = |meta: &ObjectMeta| (meta.creation_timestamp.clone(), meta.uid.clone());
        let others = targets
            .into_iter()
            .filter(|other| other.metadata.uid != object.metadata.uid);
        let claims = others.filter_map(|other| {
            let older = age(&other.metadata) < age(&object.metadata);
            Some(Claim {
                id: other.target_id?,
                older,
            })
        });
        Ok(claims.collect())
    }
}
