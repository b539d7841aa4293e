//! What generations refer to and keep beside them, and what policies adopt from them.

use super::publish::as_us;
use super::{Cluster, ClusterError, Glimpse, References};
use crate::api::{Gateway, GatewayTarget, Policy, PolicyGeneration, Timestamp};
use crate::model::GatewayArn;
use crate::operator::decide::{
    Copied, EngineKind, GatewayKind, Generated, GenerationKind, GenerationReferences, Keepsake, Kind,
    config_map_name, has_adopted,
};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{Patch, PostParams};
use kube::{Resource, ResourceExt as _};
use serde_json::json;
use std::sync::Arc;

impl References for GenerationKind {
    async fn read(
        cluster: &Cluster,
        object: &PolicyGeneration,
    ) -> Result<GenerationReferences, ClusterError> {
        if object.metadata.deletion_timestamp.is_some() {
            return Ok(GenerationReferences::default());
        }
        let (spec, own) = (&object.spec, object.namespace().unwrap_or_default());
        let named = spec.policy_engine_ref.as_ref();
        let named = named.map(|named| (named.namespace.as_deref(), named.name.as_str()));
        let engine = cluster
            .reference::<PolicyGeneration, EngineKind>(&own, spec.policy_engine_id.as_deref(), named)
            .await?;
        let given = spec.resource.as_ref();
        let given = given.and_then(|resource| GatewayArn::parse(&resource.arn));
        let named = spec.gateway_ref.as_ref();
        let named = named.map(|named| (named.namespace.as_deref(), named.name.as_str()));
        let given_id = given.as_ref().map(|arn| arn.gateway_id.as_str());
        let gateway = cluster
            .reference::<PolicyGeneration, GatewayKind>(&own, given_id, named)
            .await?;
        Ok(GenerationReferences {
            engine,
            gateway,
            coming: cluster.coming_target(object, given_id).await?,
            copied: cluster.copied(object).await?,
        })
    }
}

impl Cluster {
    /// A target of the gateway that a generation is about, of its namespace, that will be READY by itself and is not yet.
    async fn coming_target(
        &self,
        object: &PolicyGeneration,
        given: Option<&str>,
    ) -> Result<Option<String>, ClusterError> {
        let own = object.namespace().unwrap_or_default();
        let named = object.spec.gateway_ref.as_ref();
        let place = named.map(|gateway| gateway.place(own.clone()));
        let selector = match (&place, given) {
            (Some((_, name)), _) => format!("spec.gatewayRef.name={name}"),
            (None, Some(id)) => format!("spec.gatewayId={id}"),
            (None, None) => return Ok(None),
        };
        let mut targets = self.glimpses::<GatewayTarget>(&self.scopes, &selector).await?;
        targets.retain(|target| is_coming(target) && (place.is_none() || target.gateway() == place));
        let near = |target: &&Glimpse<GatewayTarget>| target.namespace().as_ref() == Some(&own);
        let (kind, owner) = (GatewayTarget::kind(&()), Gateway::kind(&()));
        let name = targets.iter().filter(near).map(Glimpse::name_any).min();
        let of_owner = |target: &&Glimpse<GatewayTarget>| {
            place
                .as_ref()
                .is_some_and(|(namespace, _)| target.namespace().as_ref() == Some(namespace))
        };
        let elsewhere = targets.iter().any(|target| of_owner(&target));
        Ok(match name {
            Some(name) => Some(format!("{kind} {name}")),
            None => elsewhere.then(|| format!("a {kind} in the namespace of the {owner}")),
        })
    }

    /// What is beside a generation.
    async fn copied(&self, object: &PolicyGeneration) -> Result<Copied, ClusterError> {
        let namespace = object.namespace().unwrap_or_default();
        let name = config_map_name(&object.name_any());
        let found = self.namespaced::<ConfigMap>(&namespace).get_opt(&name).await;
        let found = found.map_err(|source| ClusterError::Read {
            what: format!("ConfigMap {namespace}/{name}"),
            source: Arc::new(source),
        })?;
        let kind = PolicyGeneration::kind(&());
        let ours = |map: &ConfigMap| {
            let mut owners = map.owner_references().iter();
            owners.any(|owner| owner.kind == kind && owner.name == object.name_any())
        };
        Ok(match found {
            None => Copied::Nothing,
            Some(map) if ours(&map) => Copied::Data(map.data.unwrap_or_default()),
            Some(_) => Copied::Foreign,
        })
    }

    /// Writes the ConfigMap of an object, which goes with it. Whether it was written: not, when it has come or gone since it
    /// was read.
    ///
    /// # Errors
    /// [`ClusterError::Write`].
    pub(super) async fn keep<K: Kind>(
        &self,
        object: &K::Object,
        keepsake: &Keepsake,
    ) -> Result<bool, ClusterError> {
        let namespace = object.namespace().unwrap_or_default();
        let owners = [object.controller_owner_ref(&())];
        let wanted = json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": keepsake.name, "ownerReferences": owners},
            "data": keepsake.data,
        });
        let api = self.namespaced::<ConfigMap>(&namespace);
        let written = if keepsake.there {
            api.patch(&keepsake.name, &as_us(), &Patch::Merge(&wanted)).await
        } else {
            // Nothing is to be taken away of what is not there.
            let map = serde_json::from_value(wanted).map_err(kube::Error::SerdeError);
            match map {
                Ok(map) => api.create(&by_us(), &map).await,
                Err(error) => Err(error),
            }
        };
        match written {
            Ok(_) => {
                self.metrics.object_write(K::NAME, "configmap");
                Ok(true)
            }
            Err(kube::Error::Api(status))
                if status.is_conflict() || status.is_already_exists() || status.is_not_found() =>
            {
                Ok(false)
            }
            Err(source) => Err(ClusterError::Write {
                what: format!("ConfigMap {namespace}/{}", keepsake.name),
                source: Arc::new(source),
            }),
        }
    }

    /// What a policy may adopt from; none where it names no generation, or one that is not there.
    pub(super) async fn generated(&self, object: &Policy) -> Result<Option<Generated>, ClusterError> {
        let Some(wanted) = &object.spec.definition.generation else {
            return Ok(None);
        };
        let own = object.namespace().unwrap_or_default();
        let generation = match self.read_together::<PolicyGeneration>(&own, &wanted.name).await {
            Ok(None) => return Ok(None),
            Ok(Some(generation)) => generation,
            // It says so itself.
            Err(ClusterError::Unreadable { .. }) => return Ok(Some(Generated::default())),
            Err(error) => return Err(error),
        };
        let copied = if has_adopted(object) {
            Copied::Nothing
        } else {
            self.copied(&generation).await?
        };
        Ok(Some(Generated::of(&generation, &copied, Timestamp::now())))
    }
}

/// Whether a target will be READY by itself.
fn is_coming(target: &Glimpse<GatewayTarget>) -> bool {
    let says = |kind: &'static str| target.conditions.contains(&(kind, "True"));
    let goes = target.metadata.deletion_timestamp.is_some();
    !says("Ready") && !says("Stalled") && !goes && !target.suspended && !target.observes
}

/// Under the operator's name.
fn by_us() -> PostParams {
    PostParams {
        field_manager: as_us().field_manager,
        ..PostParams::default()
    }
}
