//! What an object refers to, and what others of its kind stand for.

use super::{Cluster, ClusterError, Edges, Glimpse};
use crate::api::{FINALIZER, Policy};
use crate::operator::decide::{
    Claim, GatewayKind, Gateways, Kind, Referable, Reference, gateways_named, withheld,
};
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::{Resource, ResourceExt as _};

impl Cluster {
    /// What an object of kind `F` in namespace `own` refers to: by its AWS id, or by namespace and name of its object.
    ///
    /// # Errors
    /// [`ClusterError::Read`].
    pub(super) async fn reference<F, K>(
        &self,
        own: &str,
        given: Option<&str>,
        named: Option<(Option<&str>, &str)>,
    ) -> Result<Reference, ClusterError>
    where
        F: Resource<DynamicType = ()>,
        K: Referable,
        K::Object: Resource<Scope = NamespaceResourceScope>,
    {
        match (given, named) {
            (Some(id), _) => self.by_id::<F, K>(own, id).await,
            (None, Some(named)) => self.by_object::<F, K>(own, named, K::FIELD).await,
            (None, None) => Ok(Reference::default()),
        }
    }

    /// What is named by namespace and name of its object, in this place.
    async fn by_object<F, K>(
        &self,
        own: &str,
        (namespace, name): (Option<&str>, &str),
        field: &str,
    ) -> Result<Reference, ClusterError>
    where
        F: Resource<DynamicType = ()>,
        K: Referable,
        K::Object: Resource<Scope = NamespaceResourceScope>,
    {
        match self.referent::<F, K::Object>(own, namespace, name).await {
            Ok(object) => Ok(Reference::by_object::<K>(name, &object, field)),
            Err(ClusterError::Unreadable { .. }) => Ok(Reference::unreadable::<K>(name)),
            Err(error) => Err(error),
        }
    }

    /// The gateways whose objects the statement of a policy names.
    pub(super) async fn gateways_of(&self, object: &Policy) -> Result<Gateways, ClusterError> {
        let own = object.namespace().unwrap_or_default();
        let definition = &object.spec.definition;
        let cedar = definition.cedar.as_ref().map(|cedar| &cedar.statement);
        let policy = definition.policy.as_ref().map(|policy| &policy.statement);
        let mut gateways = Gateways::new();
        for name in cedar
            .into_iter()
            .chain(policy)
            .flat_map(|text| gateways_named(text))
        {
            let named = self.by_object::<Policy, GatewayKind>(&own, (None, &name), "the statement");
            let gateway = named.await?;
            gateways.insert(name, gateway);
        }
        Ok(gateways)
    }

    /// What is named by its AWS id. If only another namespace has an object for it, that must consent: an id is no way around
    /// it.
    async fn by_id<F, K>(&self, own: &str, id: &str) -> Result<Reference, ClusterError>
    where
        F: Resource<DynamicType = ()>,
        K: Referable,
        K::Object: Resource<Scope = NamespaceResourceScope>,
    {
        let fields = format!("{}={id}", K::ID);
        let objects = self.glimpses::<K::Object>(&self.scopes, &fields).await?;
        let ours = |object: &Glimpse<K::Object>| object.namespace().as_deref() == Some(own);
        if objects.is_empty() || objects.iter().any(ours) {
            return Ok(Reference::by_id(id));
        }
        for object in &objects {
            if self.consents::<F, K::Object>(own, object.meta()).await? {
                return Ok(Reference::by_id(id));
            }
        }
        Ok(Reference::withheld(withheld(&format!("the {} {id}", K::NOUN))))
    }

    /// What other objects of a kind stand for, in all namespaces that the operator looks after: all of it, or once this
    /// object has an id, what concerns that.
    pub(super) async fn claims<K>(&self, object: &K::Object) -> Result<Vec<Claim>, ClusterError>
    where
        K: Kind,
        K::Object: Resource<Scope = NamespaceResourceScope>,
        Glimpse<K::Object>: Edges,
    {
        let fields = K::known_id(object).map_or_else(String::new, |id| format!("{}={id}", K::ID));
        let all = self.glimpses::<K::Object>(&self.scopes, &fields).await?;
        Ok(all
            .iter()
            .filter_map(|other| claim(other, object.meta()))
            .collect())
    }
}

/// What another object than this stands for, if it keeps it: who only observes keeps nothing, and whom our finalizer does not
/// hold has made nothing.
fn claim<K>(other: &Glimpse<K>, own: &ObjectMeta) -> Option<Claim>
where
    Glimpse<K>: Edges,
    K: Resource<DynamicType = ()>,
{
    let age = |meta: &ObjectMeta| (meta.creation_timestamp.clone(), meta.uid.clone());
    let mut finalizers = other.metadata.finalizers.iter().flatten();
    let keeps = !other.observes && finalizers.any(|finalizer| finalizer == FINALIZER);
    if !keeps || other.metadata.uid == own.uid {
        return None;
    }
    Some(Claim {
        id: other.id()?.to_owned(),
        older: age(&other.metadata) < age(own),
        place: (other.namespace().unwrap_or_default(), other.name_any()),
        given: other.name_given.clone(),
        adopts: other.adopts.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::GatewayTarget;
    use serde_json::{Value, json};

    #[test]
    fn who_only_observes_or_is_not_held_claims_nothing() {
        let meta = |name: &str, finalizers: &[&str]| json!({"name": name, "uid": name, "creationTimestamp": "2026-01-01T00:00:00Z", "finalizers": finalizers});
        let own: ObjectMeta = serde_json::from_value(meta("own", &[FINALIZER])).unwrap();
        let told = |metadata: Value, spec: Value| {
            let other = json!({"metadata": metadata, "spec": spec, "status": {"targetId": "t-1"}});
            let other: Glimpse<GatewayTarget> = serde_json::from_value(other).unwrap();
            claim(&other, &own).map(|claim| (claim.id, claim.older))
        };
        let manages = || json!({"managementPolicy": "Manage"});
        let claimed = |older| Some(("t-1".to_owned(), older));
        assert_eq!(told(meta("a", &[FINALIZER]), manages()), claimed(true));
        assert_eq!(
            told(meta("z", &["another", FINALIZER]), manages()),
            claimed(false)
        );
        assert_eq!(told(meta("own", &[FINALIZER]), manages()), None);
        assert_eq!(told(meta("a", &["another"]), manages()), None);
        assert_eq!(
            told(meta("a", &[FINALIZER]), json!({"managementPolicy": "Observe"})),
            None
        );
    }
}
