//! What gateways, their targets and what is attached to them refer to, and what refers to them.

use super::{Cluster, ClusterError, Glimpse, References};
use crate::api::{Gateway, GatewayTarget, PolicyEngine, PolicyEngineAttachment};
use crate::operator::decide::{
    AttachmentKind, AttachmentReferences, Consent, EngineKind, GatewayKind, GatewayReferences, Guard,
    Kind as _, OtherTarget, Referable as _, Stage, TargetKind, TargetReferences, engine_id_in,
};
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::{Resource, ResourceExt as _};
use std::collections::BTreeSet;

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
        if let Some(id) = GatewayKind::known_id(object) {
            let by_id = format!("spec.gatewayId={id}");
            let by_id = cluster.glimpses(&cluster.scopes, &by_id).await?;
            let elsewhere = |target: &Glimpse<GatewayTarget>| target.metadata.namespace != meta.namespace;
            targets.extend(by_id.into_iter().filter(elsewhere));
        }
        let (own, others) = cluster.told_apart::<_, Gateway>(targets, meta).await?;
        let other = |(target, consented): (Glimpse<GatewayTarget>, bool)| OtherTarget {
            id: target.target_id,
            consented,
        };
        let mut attachments = cluster.glimpses(&cluster.scopes, &by_name).await?;
        attachments.retain(|attachment: &Glimpse<PolicyEngineAttachment>| attachment.gateway() == of_it);
        let (attachments, elsewhere) = cluster.told_apart::<_, Gateway>(attachments, meta).await?;
        Ok(GatewayReferences {
            targets: own,
            others: others.into_iter().map(other).collect(),
            attachments,
            attachments_elsewhere: consented(&elsewhere),
        })
    }
}

impl Cluster {
    /// Those that refer to an object: the names of those of its own namespace, and those of others, each with whether it may.
    async fn told_apart<F, K>(
        &self,
        all: Vec<Glimpse<F>>,
        meta: &ObjectMeta,
    ) -> Result<(Vec<String>, Vec<(Glimpse<F>, bool)>), ClusterError>
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
        let others = others.into_iter().map(|one| {
            let from = one.namespace().unwrap_or_default();
            let consented = consent.allows(&F::kind(&()), &from);
            (one, consented)
        });
        Ok((own.iter().map(Glimpse::name_any).collect(), others.collect()))
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
        let (own, others) = self.told_apart::<_, PolicyEngine>(all, &engine.metadata).await?;
        Ok((own, consented(&others)))
    }
}

/// How many of those of other namespaces may refer to what they refer to.
fn consented<F>(others: &[(Glimpse<F>, bool)]) -> usize {
    others.iter().filter(|(_, consented)| *consented).count()
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
        let heirs = match gateway.id.as_deref() {
            Some(id) if object.metadata.deletion_timestamp.is_some() => cluster.heirs(object, id).await?,
            Some(_) | None => Vec::new(),
        };
        let known = object.status.as_ref();
        let known = known.and_then(|status| status.policy_engine_arn.as_ref());
        let named = [&engine.arn, &spec.policy_engine_arn];
        let other = known.filter(|known| !named.into_iter().flatten().any(|arn| arn == *known));
        let known_withheld = match other.and_then(|arn| engine_id_in(arn)) {
            Some(id) => {
                let known = cluster.reference::<PolicyEngineAttachment, EngineKind>(&own, Some(&id), None);
                known.await?.withheld.is_some()
            }
            None => false,
        };
        Ok(AttachmentReferences {
            engine,
            gateway,
            known_withheld,
            heirs,
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
        let guards = match gateway.id.as_deref() {
            Some(id) if object.metadata.deletion_timestamp.is_none() => cluster.guards(&own, id).await?,
            Some(_) | None => Vec::new(),
        };
        Ok(TargetReferences {
            gateway,
            claims,
            guards,
        })
    }
}

impl Cluster {
    /// The attachments that are to give a gateway an engine, as those in namespace `own` see them.
    async fn guards(&self, own: &str, gateway_id: &str) -> Result<Vec<Guard>, ClusterError> {
        let all = self.attached_to(gateway_id).await?;
        let guard = |attachment| guard(attachment, own, gateway_id);
        Ok(all.iter().map(guard).collect())
    }

    /// AWS ids of the engines that others than this attachment want at its gateway, if they may and do more than look.
    async fn heirs(
        &self,
        object: &PolicyEngineAttachment,
        gateway_id: &str,
    ) -> Result<Vec<String>, ClusterError> {
        let mut engines = Vec::new();
        for other in self.attached_to(gateway_id).await? {
            if other.metadata.uid == object.metadata.uid || other.observes || other.suspended {
                continue;
            }
            let own = other.namespace().unwrap_or_default();
            let named = other.engine_ref.as_deref();
            let named = named.map(|name| (other.engine_namespace.as_deref(), name));
            let engine = self
                .reference::<PolicyEngineAttachment, EngineKind>(&own, other.engine_given.as_deref(), named)
                .await?;
            engines.extend(engine.id);
        }
        Ok(engines)
    }

    /// The attachments that are to give a gateway an engine, by whichever of its objects or its AWS id they name it. Those that
    /// go do not count, and neither do those that may not refer to it.
    async fn attached_to(
        &self,
        gateway_id: &str,
    ) -> Result<Vec<Glimpse<PolicyEngineAttachment>>, ClusterError> {
        let fields = format!("status.gatewayId={gateway_id}");
        let objects = self.glimpses::<Gateway>(&self.scopes, &fields).await?;
        let names: BTreeSet<String> = objects.iter().map(Glimpse::name_any).collect();
        let by_name = names.iter().map(|name| format!("spec.gatewayRef.name={name}"));
        let selectors: Vec<String> = by_name.chain([format!("spec.gatewayId={gateway_id}")]).collect();
        let mut attachments = Vec::new();
        for selector in selectors {
            let all = self
                .glimpses::<PolicyEngineAttachment>(&self.scopes, &selector)
                .await?;
            for attachment in all {
                let goes = attachment.metadata.deletion_timestamp.is_some();
                if !goes && self.may_guard(&attachment, &objects).await? {
                    attachments.push(attachment);
                }
            }
        }
        Ok(attachments)
    }

    /// Whether an attachment may refer to the gateway that these objects stand for, by the one that it names, or by its id.
    async fn may_guard(
        &self,
        attachment: &Glimpse<PolicyEngineAttachment>,
        objects: &[Glimpse<Gateway>],
    ) -> Result<bool, ClusterError> {
        let named = attachment.gateway();
        let from = attachment.namespace().unwrap_or_default();
        if named.is_none() && objects.is_empty() {
            return Ok(true);
        }
        for object in objects {
            let place = (object.namespace().unwrap_or_default(), object.name_any());
            let meant = named.as_ref().is_none_or(|named| *named == place);
            if meant
                && (place.0 == from
                    || self
                        .consents::<PolicyEngineAttachment, Gateway>(&from, object.meta())
                        .await?)
            {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// An attachment, as one in namespace `own` sees it that waits for it. Another's name is not told.
#[must_use]
pub fn guard(attachment: &Glimpse<PolicyEngineAttachment>, own: &str, gateway_id: &str) -> Guard {
    let in_sync = attachment.current && attachment.conditions.contains(&("Ready", "True"));
    let stage = if in_sync && attachment.gateway_id.as_deref() == Some(gateway_id) {
        Stage::Attached
    } else if attachment.suspended {
        Stage::Suspended
    } else if attachment.observes {
        Stage::Observing
    } else {
        Stage::Coming
    };
    let is_near = attachment.namespace().as_deref() == Some(own);
    Guard {
        stage,
        name: is_near.then(|| attachment.name_any()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_attachment_guards_when_it_is_attached_to_this_gateway_as_it_is_to_be_now() {
        let seen = |spec: serde_json::Value, of: (&str, i64, &str)| {
            let (id, generation, ready) = of;
            let attachment = serde_json::from_value(json!({
                "metadata": {"name": "a", "namespace": "n", "generation": 2}, "spec": spec,
                "status": {"gatewayId": id, "observedGeneration": generation, "conditions": [{"type": "Ready", "status": ready}]},
            }));
            guard(&attachment.unwrap(), "n", "g-1").stage
        };
        let attached = ("g-1", 2, "True");
        assert_eq!(seen(json!({}), attached), Stage::Attached);
        assert_eq!(seen(json!({"suspend": true}), attached), Stage::Attached);
        for other in [("g-2", 2, "True"), ("g-1", 1, "True"), ("g-1", 2, "False")] {
            assert_eq!(seen(json!({}), other), Stage::Coming, "{other:?}");
            let suspended = json!({"suspend": true, "managementPolicy": "Observe"});
            assert_eq!(seen(suspended, other), Stage::Suspended);
            assert_eq!(
                seen(json!({"managementPolicy": "Observe"}), other),
                Stage::Observing
            );
        }
        let fresh = json!({"metadata": {"name": "a", "namespace": "n", "generation": 1}, "spec": {}});
        let fresh = serde_json::from_value(fresh).unwrap();
        let (near, far) = (guard(&fresh, "n", "g-1"), guard(&fresh, "m", "g-1"));
        assert_eq!((near.stage, near.name.as_deref()), (Stage::Coming, Some("a")));
        assert_eq!((far.stage, far.name), (Stage::Coming, None));
    }
}
