//! Step 1 of the pass: the object and what it refers to, fresh from the server, never from a cache that lags behind
//! our own writes.

use super::{Cluster, ClusterError, Glimpse};
use crate::api::{AdoptionPolicy, FINALIZER, Policy, PolicyEngine, RECONCILE_ANNOTATIONS};
use crate::operator::decide::{
    Consent, EngineKind, EngineReferences, Identity, Kind, MOST_NAMED, OtherPolicy, PolicyKind,
    PolicyReferences, Subject, shorten,
};
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::GetParams;
use kube::core::Request;
use kube::{Resource, ResourceExt as _};
use serde::de::DeserializeOwned;
use std::convert::Infallible;
use std::fmt::Debug;
use std::future::Future;
use std::sync::Arc;
use tokio::time::Instant;

/// The longest request that the status echoes, in characters: the bound of `lastHandledReconcileAt`.
const LONGEST_REQUEST: usize = 253;

/// The longest problem that is told, in characters.
const LONGEST_PROBLEM: usize = 300;

/// What the server says of an object: its text, if it is there.
pub(super) type Answer = Result<Option<String>, Arc<kube::Error>>;

/// A kind that knows how to read what it refers to.
pub trait References: Kind {
    /// Reads what the object refers to.
    fn read(
        cluster: &Cluster,
        object: &Self::Object,
    ) -> impl Future<Output = Result<Self::References, ClusterError>> + Send;
}

/// The values of the reconcile-now annotations, as long as the status can echo them.
#[must_use]
pub fn requests(meta: &ObjectMeta) -> Vec<String> {
    let annotations = meta.annotations.as_ref();
    RECONCILE_ANNOTATIONS
        .iter()
        .filter_map(|key| annotations?.get(*key))
        .map(|value| value.chars().take(LONGEST_REQUEST).collect())
        .collect()
}

impl Cluster {
    /// The object as it is now, if it is there.
    ///
    /// # Errors
    /// [`ClusterError::Read`], [`ClusterError::Unreadable`] when it is there and of another form, and
    /// [`ClusterError::Behind`] when more of it was seen before.
    pub async fn read<O>(&self, namespace: &str, name: &str) -> Result<Option<O>, ClusterError>
    where
        O: Resource<DynamicType = (), Scope = NamespaceResourceScope> + Clone + Debug + DeserializeOwned,
    {
        let bar = self.seen.bar::<O>(namespace, name);
        let answer = self.answer(&O::url_path(&(), Some(namespace)), name).await;
        self.understand(namespace, name, answer, bar)
    }

    /// The object as it is now, read once for all who ask for it at the same time.
    ///
    /// # Errors
    /// As [`Cluster::read`].
    pub(super) async fn read_together<O>(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<Option<O>, ClusterError>
    where
        O: Resource<DynamicType = (), Scope = NamespaceResourceScope> + Clone + Debug + DeserializeOwned,
    {
        let bar = self.seen.bar::<O>(namespace, name);
        let path = O::url_path(&(), Some(namespace));
        // A failure is for all who asked, too: a server that hangs is not asked once a caller.
        let asks = || async { Ok::<_, Infallible>(self.answer(&path, name).await) };
        let Ok(answer) = self
            .referents
            .get(&format!("{path}/{name}"), Instant::now(), asks)
            .await;
        self.understand(namespace, name, answer, bar)
    }

    /// Not as `kube::Api` reads it: that logs the whole of what it cannot read.
    async fn answer(&self, path: &str, name: &str) -> Answer {
        let one = Request::new(path).get(name, &GetParams::default());
        let one = one.map_err(|error| Arc::new(kube::Error::BuildRequest(error)))?;
        match self.client.request_text(one).await {
            Ok(text) => Ok(Some(text)),
            Err(kube::Error::Api(status)) if status.code == 404 => Ok(None),
            Err(source) => Err(Arc::new(source)),
        }
    }

    /// What was read, if it is of a known form and no older than the bar.
    fn understand<O>(
        &self,
        namespace: &str,
        name: &str,
        answer: Answer,
        bar: u64,
    ) -> Result<Option<O>, ClusterError>
    where
        O: Resource<DynamicType = ()> + DeserializeOwned,
    {
        let what = format!("{} {namespace}/{name}", O::kind(&()));
        let text = match answer {
            Ok(text) => text,
            Err(source) => return Err(ClusterError::Read { what, source }),
        };
        let object: Option<O> = match text.map(|text| (serde_json::from_str(&text), text)) {
            None => None,
            Some((Ok(object), _)) => Some(object),
            Some((Err(error), text)) => {
                return Err(ClusterError::Unreadable {
                    what,
                    reason: problem(&error),
                    object: serde_json::from_str(&text).ok().map(Box::new),
                });
            }
        };
        if self.seen.is_fresh(namespace, name, object.as_ref(), bar) {
            Ok(object)
        } else {
            Err(ClusterError::Behind { what })
        }
    }

    /// What the pass knows of any object.
    #[must_use]
    pub fn subject<K: Kind>(object: &K::Object, cluster_id: &str) -> Subject {
        let meta = object.meta();
        let spec_json = serde_json::to_value(object)
            .ok()
            .and_then(|mut whole| whole.get_mut("spec").map(serde_json::Value::take))
            .unwrap_or_default();
        Subject {
            identity: Identity {
                cluster_id: cluster_id.to_owned(),
                namespace: meta.namespace.clone().unwrap_or_default(),
                name: meta.name.clone().unwrap_or_default(),
                uid: meta.uid.clone().unwrap_or_default(),
            },
            generation: meta.generation.unwrap_or_default(),
            deleting: meta.deletion_timestamp.is_some(),
            kind_removed: false,
            held: object.finalizers().iter().any(|finalizer| finalizer == FINALIZER),
            management: K::management(object),
            requests: requests(meta),
            asked: None,
            spec_json,
            mirror: K::mirror(object),
        }
    }
}

impl References for EngineKind {
    async fn read(cluster: &Cluster, object: &PolicyEngine) -> Result<EngineReferences, ClusterError> {
        if object.metadata.deletion_timestamp.is_none() {
            return Ok(EngineReferences::default());
        }
        let (namespace, name) = (object.namespace().unwrap_or_default(), object.name_any());
        let by_name = format!("spec.policyEngineRef.name={name}");
        let of_it = Some((namespace.clone(), name.clone()));
        let is_of_it = |policy: &Glimpse<Policy>| policy.engine() == of_it;
        let beside = cluster
            .some_glimpses(&namespace, &by_name, MOST_NAMED + 1, is_of_it)
            .await?;
        let from_elsewhere = format!("{by_name},spec.policyEngineRef.namespace={namespace}");
        let mut others = cluster
            .glimpses::<Policy>(&cluster.scopes, &from_elsewhere)
            .await?;
        let known = object
            .status
            .as_ref()
            .and_then(|status| status.policy_engine_id.as_ref());
        if let Some(id) = known {
            let by_id = format!("spec.policyEngineId={id}");
            others.extend(cluster.glimpses::<Policy>(&cluster.scopes, &by_id).await?);
        }
        others.retain(|policy| policy.namespace().as_deref() != Some(&namespace));
        let consent = match others.as_slice() {
            [] => Consent::default(),
            _ => cluster.consent::<PolicyEngine>(&object.metadata).await?,
        };
        let other = |policy: &Glimpse<Policy>| {
            let from = policy.namespace().unwrap_or_default();
            OtherPolicy {
                consented: consent.allows(&Policy::kind(&()), &from),
                id: policy.policy_id.clone(),
                namespace: from,
                name: policy.name_any(),
            }
        };
        let (attachments, attachments_elsewhere) = cluster.attachments_of(object).await?;
        Ok(EngineReferences {
            policies: beside.iter().map(kube::ResourceExt::name_any).collect(),
            others: others.iter().map(other).collect(),
            attachments,
            attachments_elsewhere,
        })
    }
}

impl References for PolicyKind {
    async fn read(cluster: &Cluster, object: &Policy) -> Result<PolicyReferences, ClusterError> {
        let given = object.spec.policy_engine_id.as_deref();
        let named = object.spec.policy_engine_ref.as_ref();
        let named = named.map(|named| (named.namespace.as_deref(), named.name.as_str()));
        let own = object.namespace().unwrap_or_default();
        // The default name is a mark that no other object's can have.
        let (spec, adoption) = (&object.spec, object.spec.management.adoption());
        let by_default_name = spec.name.is_none() && spec.management.adopt_id.is_none();
        let claims = async {
            if by_default_name && adoption == AdoptionPolicy::Never {
                Ok(Vec::new())
            } else {
                cluster.claims::<PolicyKind>(object).await
            }
        };
        let gateways = async {
            let gateways = cluster.gateways_of(object).await?;
            let awaited = cluster.awaited_target(object, &gateways).await?;
            Ok((gateways, awaited))
        };
        let (engine, claims, declared, (gateways, awaited), generation) = futures::try_join!(
            cluster.reference::<Policy, EngineKind>(&own, given, named),
            claims,
            cluster.declared(object),
            gateways,
            cluster.generated(object),
        )?;
        Ok(PolicyReferences {
            engine,
            gateways,
            awaited,
            generation,
            claims,
            declared,
        })
    }
}

/// What is wrong with an object's form, in words that stay the same while it does: without the place in the bytes that
/// were read, and without what the object says there.
fn problem(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text
        .rsplit_once(" at line ")
        .map_or(text.as_str(), |(text, _)| text);
    let text = match (text.find('"'), text.rfind('"')) {
        (Some(first), Some(last)) if first < last => {
            format!("{}{}", text[..first].trim_end(), &text[last + 1..])
        }
        _ => text.to_owned(),
    };
    shorten(&text, LONGEST_PROBLEM)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_of_form_is_told_without_place_and_value() {
        let problem = |json: &str| problem(&serde_json::from_str::<Policy>(json).unwrap_err());
        assert_eq!(
            problem(r#"{"metadata": {}, "spec": {"definition": "permit(\"secret\")"}}"#),
            "invalid type: string, expected struct Definition"
        );
        assert_eq!(
            problem(r#"{"metadata": {}, "spec": {}}"#),
            "missing field `definition`"
        );
        assert_eq!(problem(&"[".repeat(1000)).find("line"), None);
    }
}
