//! What generations refer to and keep beside them, and what policies adopt from them.

use super::publish::as_us;
use super::{Cluster, ClusterError, References};
use crate::api::{Policy, PolicyGeneration, Timestamp};
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
    /// What is beside a generation.
    async fn copied(&self, object: &PolicyGeneration) -> Result<Copied, ClusterError> {
        let namespace = object.namespace().unwrap_or_default();
        let name = config_map_name(&object.name_any());
        let found = self.namespaced::<ConfigMap>(&namespace).get_opt(&name).await;
        let found = match found {
            Ok(found) => found,
            Err(kube::Error::Api(status)) if status.is_forbidden() => {
                return Ok(Copied::Unread(status.message.clone()));
            }
            Err(source) => {
                return Err(ClusterError::Read {
                    what: format!("ConfigMap {namespace}/{name}"),
                    source: Arc::new(source),
                });
            }
        };
        let Some(map) = found else {
            return Ok(Copied::Nothing);
        };
        let kind = PolicyGeneration::kind(&());
        let mut owners = map.owner_references().iter();
        let owner = owners.find(|owner| owner.kind == kind && owner.name == object.name_any());
        // One that was restored may go with an object that is not there any more, and then it does not stay.
        let same = owner.map(|owner| Some(&owner.uid) == object.metadata.uid.as_ref());
        let data = map.data.unwrap_or_default();
        Ok(match same {
            None => Copied::Foreign,
            Some(true) => Copied::Data(data),
            Some(false) => Copied::Inherited(data),
        })
    }

    /// Writes the ConfigMap of an object, which goes with it.
    ///
    /// # Errors
    /// [`ClusterError::Write`].
    pub(super) async fn keep<K: Kind>(
        &self,
        object: &K::Object,
        keepsake: &Keepsake,
    ) -> Result<Kept, ClusterError> {
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
                Ok(Kept::Written)
            }
            Err(kube::Error::Api(status))
                if status.is_conflict() || status.is_already_exists() || status.is_not_found() =>
            {
                Ok(Kept::Overtaken)
            }
            // By RBAC, a quota, an admission webhook, or because somebody has made it immutable.
            Err(kube::Error::Api(status)) if is_refusal(status.code) => {
                Ok(Kept::Refused(status.message.clone()))
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
        self.generation(&own, &wanted.name, !has_adopted(object)).await
    }

    /// What a generation offers, in full where that is asked for; none: it is not there.
    pub(super) async fn generation(
        &self,
        namespace: &str,
        name: &str,
        whole: bool,
    ) -> Result<Option<Generated>, ClusterError> {
        let generation = match self.read_together::<PolicyGeneration>(namespace, name).await {
            Ok(None) => return Ok(None),
            Ok(Some(generation)) => generation,
            // It says so itself.
            Err(ClusterError::Unreadable { .. }) => {
                return Ok(Some(Generated {
                    stalled: true,
                    ..Generated::default()
                }));
            }
            Err(error) => return Err(error),
        };
        let copied = if whole {
            self.copied(&generation).await?
        } else {
            Copied::Nothing
        };
        Ok(Some(Generated::of(&generation, &copied, Timestamp::now())))
    }
}

/// What became of what is kept beside an object.
pub(super) enum Kept {
    /// It is there.
    Written,
    /// It has come or gone since it was read.
    Overtaken,
    /// The API server does not take it, for this reason.
    Refused(String),
}

/// Whether an answer is about what was sent, and neither about who sent it nor about how much is sent.
fn is_refusal(code: u16) -> bool {
    (400..500).contains(&code) && code != 401 && code != 429
}

/// Under the operator's name.
fn by_us() -> PostParams {
    PostParams {
        field_manager: as_us().field_manager,
        ..PostParams::default()
    }
}
