//! What gateways, their targets and what is attached to them refer to, and what refers to them.

use super::{Cluster, ClusterError, Glimpse, References};
use crate::api::{Gateway, GatewayTarget, PolicyEngine, PolicyEngineAttachment};
use crate::operator::decide::{
    AttachmentKind, AttachmentReferences, Consent, EngineKind, GatewayKind, GatewayReferences,
    Referable as _, TargetKind, TargetReferences, engine_id_in,
};
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::{Resource, ResourceExt as _};

impl References for GatewayKind {
    async fn read(cluster: &Cluster, object: &Gateway) -> Result<GatewayReferences, ClusterError> {
        if object.metadata.deletion_timestamp.is_none() {
            return Ok(GatewayReferences::default());
        }
        let meta = &object.metadata;
        let of_it = Some((object.namespace().unwrap_or_default(), object.name_any()));
        let by_name = format!("spec.gatewayRef.name={}", object.name_any());
        let mut targets = cluster.glimpses(&cluster.scopes, &by_name).await?;
        targets.retain(|target: &Glimpse<GatewayTarget>| target.gateway() == of_it);
        let (targets, targets_elsewhere) = cluster.told_apart::<_, Gateway>(targets, meta).await?;
        let mut attachments = cluster.glimpses(&cluster.scopes, &by_name).await?;
        attachments.retain(|attachment: &Glimpse<PolicyEngineAttachment>| attachment.gateway() == of_it);
        let (attachments, attachments_elsewhere) =
            cluster.told_apart::<_, Gateway>(attachments, meta).await?;
        Ok(GatewayReferences {
            targets,
            targets_elsewhere,
            attachments,
            attachments_elsewhere,
        })
    }
}

impl Cluster {
    /// Those that refer to an object by its name: the names of those of its own namespace, and how many there are of others
    /// that may.
    async fn told_apart<F, K>(
        &self,
        all: Vec<Glimpse<F>>,
        meta: &ObjectMeta,
    ) -> Result<(Vec<String>, usize), ClusterError>
    where
        F: Resource<DynamicType = ()>,
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope>,
    {
        let (own, others): (Vec<_>, Vec<_>) = all
            .into_iter()
            .partition(|one| one.metadata.namespace == meta.namespace);
        let consent = match others.as_slice() {
            [] => Consent::default(),
            _ => self.consent::<K>(meta).await?,
        };
        let consented = |one: &&Glimpse<F>| {
            let from = one.namespace().unwrap_or_default();
            consent.allows(&F::kind(&()), &from)
        };
        let elsewhere = others.iter().filter(consented).count();
        Ok((own.iter().map(Glimpse::name_any).collect(), elsewhere))
    }

    /// The `PolicyEngineAttachment` objects that refer to an engine, by its object or its ARN: names and number, as of those
    /// that refer to a gateway.
    pub(super) async fn attachments_of(
        &self,
        engine: &PolicyEngine,
    ) -> Result<(Vec<String>, usize), ClusterError> {
        let of_it = Some((engine.namespace().unwrap_or_default(), engine.name_any()));
        let by_name = format!("spec.policyEngineRef.name={}", engine.name_any());
        let mut all = self.glimpses(&self.scopes, &by_name).await?;
        all.retain(|attachment: &Glimpse<PolicyEngineAttachment>| attachment.engine() == of_it);
        if let Some(arn) = EngineKind::arn(engine) {
            let by_arn = format!("spec.policyEngineArn={arn}");
            all.extend(self.glimpses(&self.scopes, &by_arn).await?);
        }
        self.told_apart::<_, PolicyEngine>(all, &engine.metadata).await
    }
}

impl References for AttachmentKind {
    async fn read(
        cluster: &Cluster,
        object: &PolicyEngineAttachment,
    ) -> Result<AttachmentReferences, ClusterError> {
        let (spec, own) = (&object.spec, object.namespace().unwrap_or_default());
        let given = spec.policy_engine_arn.as_deref().and_then(engine_id_in);
        let named = spec.policy_engine_ref.as_ref();
        let named = named.map(|named| (named.namespace.as_deref(), named.name.as_str()));
        let engine = cluster
            .reference::<PolicyEngineAttachment, EngineKind>(&own, given.as_deref(), named)
            .await?;
        let given = spec.gateway_id.as_deref();
        let named = spec.gateway_ref.as_ref();
        let named = named.map(|named| (named.namespace.as_deref(), named.name.as_str()));
        let gateway = cluster
            .reference::<PolicyEngineAttachment, GatewayKind>(&own, given, named)
            .await?;
        let claims = cluster.claims::<AttachmentKind>(object).await?;
        Ok(AttachmentReferences {
            engine,
            gateway,
            claims,
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
