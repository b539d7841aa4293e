//! What gateways and their targets refer to, and what refers to them.

use super::{Cluster, ClusterError, Glimpse, References};
use crate::api::{Gateway, GatewayTarget};
use crate::operator::decide::{Consent, GatewayKind, GatewayReferences, TargetKind, TargetReferences};
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
        let given = object.spec.gateway_id.as_deref();
        let named = object.spec.gateway_ref.as_ref();
        let named = named.map(|named| (named.namespace.as_deref(), named.name.as_str()));
        let own = object.namespace().unwrap_or_default();
        let gateway = cluster
            .reference::<GatewayTarget, GatewayKind>(&own, given, named)
            .await?;
        let claims = cluster.claims::<TargetKind>(object).await?;
        Ok(TargetReferences { gateway, claims })
    }
}
