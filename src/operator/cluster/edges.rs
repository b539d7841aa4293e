//! What an object has to do with others, as far as a watch keeps it: whom its changes wake is told by this alone.

use super::Glimpse;
use crate::api::{
    ALLOW_REFERENCES_FROM, Gateway, GatewayTarget, Policy, PolicyEngine, PolicyEngineAttachment,
};
use crate::operator::decide::{EngineKind, GatewayKind, Kind as _, attachment_rooms, engine_rooms};
use kube::{Resource, ResourceExt as _};

/// An object, by what it is referred to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// `kind`
    pub kind: &'static str,
    /// Namespace of the object.
    pub namespace: String,
    /// Name of the object.
    pub name: String,
}

/// What of an object matters to those that refer to it: its id, its status, whether it goes, and whom it lets refer to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// AWS id of its resource.
    pub id: Option<String>,
    /// `status.status`
    pub status: Option<String>,
    /// Whether it is being deleted or gone.
    pub goes: bool,
    /// Who may refer to it, as it says itself.
    pub consent: Option<String>,
}

/// The edges of an object: what it refers to, and what it is referred to by.
pub trait Edges {
    /// AWS id of its resource, as the status names it.
    fn id(&self) -> Option<&str>;

    /// What matters of it to those that refer to it; `None` where nobody does.
    fn standing(&self, _is_there: bool) -> Option<Standing> {
        None
    }

    /// Whether it refers to that object, by its name or by the AWS id of its resource.
    fn refers_to(&self, _place: &Place, _id: Option<&str>) -> bool {
        false
    }

    /// Whether it may need the consent of that namespace for what it refers to.
    fn refers_into(&self, _namespace: &str) -> bool {
        false
    }

    /// The objects that it refers to by their names, which count it or wait for it to go.
    fn referents(&self) -> Vec<Place> {
        Vec::new()
    }

    /// The rooms in which others wait for what it comes to.
    fn rooms(&self) -> Vec<String> {
        Vec::new()
    }
}

impl<K> Glimpse<K> {
    /// Namespace and name of the engine's object that it names.
    #[must_use]
    pub fn engine(&self) -> Option<(String, String)> {
        let own = self.metadata.namespace.clone().unwrap_or_default();
        let namespace = self.engine_namespace.clone().unwrap_or(own);
        Some((namespace, self.engine_ref.clone()?))
    }

    /// Namespace and name of the gateway's object that it names.
    #[must_use]
    pub fn gateway(&self) -> Option<(String, String)> {
        let own = self.metadata.namespace.clone().unwrap_or_default();
        let namespace = self.gateway_namespace.clone().unwrap_or(own);
        Some((namespace, self.gateway_ref.clone()?))
    }

    /// Whether it names that engine, by its object or by its AWS id.
    fn names_engine(&self, place: &Place, id: Option<&str>) -> bool {
        let by_name = || self.engine() == Some((place.namespace.clone(), place.name.clone()));
        place.kind == EngineKind::NAME
            && (by_name() || self.engine_given.is_some() && self.engine_given.as_deref() == id)
    }

    /// Whether it names that gateway, by its object or by its AWS id.
    fn names_gateway(&self, place: &Place, id: Option<&str>) -> bool {
        let by_name = || self.gateway() == Some((place.namespace.clone(), place.name.clone()));
        place.kind == GatewayKind::NAME
            && (by_name() || self.gateway_given.is_some() && self.gateway_given.as_deref() == id)
    }

    /// Whether what it names, by these or by an AWS id, may be another namespace's.
    fn leads_into(&self, namespace: &str, named: [Option<(String, String)>; 2]) -> bool {
        let own = self.metadata.namespace.as_deref() == Some(namespace);
        let given = self.engine_given.is_some() || self.gateway_given.is_some();
        given || !own && named.into_iter().flatten().any(|(into, _)| into == namespace)
    }
}

fn place((namespace, name): (String, String), kind: &'static str) -> Place {
    Place {
        kind,
        namespace,
        name,
    }
}

impl Edges for Glimpse<PolicyEngine> {
    fn id(&self) -> Option<&str> {
        self.engine_id.as_deref()
    }

    fn standing(&self, is_there: bool) -> Option<Standing> {
        Some(standing(self, self.id(), is_there))
    }
}

impl Edges for Glimpse<Gateway> {
    fn id(&self) -> Option<&str> {
        self.gateway_id.as_deref()
    }

    fn standing(&self, is_there: bool) -> Option<Standing> {
        Some(standing(self, self.id(), is_there))
    }
}

impl Edges for Glimpse<GatewayTarget> {
    fn id(&self) -> Option<&str> {
        self.target_id.as_deref()
    }

    fn refers_to(&self, place: &Place, id: Option<&str>) -> bool {
        self.names_gateway(place, id)
    }

    fn refers_into(&self, namespace: &str) -> bool {
        self.leads_into(namespace, [self.gateway(), None])
    }

    fn referents(&self) -> Vec<Place> {
        let gateway = self.gateway().map(|named| place(named, GatewayKind::NAME));
        gateway.into_iter().collect()
    }
}

impl Edges for Glimpse<PolicyEngineAttachment> {
    /// That of the gateway: it is no resource of its own.
    fn id(&self) -> Option<&str> {
        self.gateway_id.as_deref()
    }

    fn refers_to(&self, place: &Place, id: Option<&str>) -> bool {
        self.names_engine(place, id) || self.names_gateway(place, id)
    }

    fn refers_into(&self, namespace: &str) -> bool {
        self.leads_into(namespace, [self.engine(), self.gateway()])
    }

    fn referents(&self) -> Vec<Place> {
        let engine = self.engine().map(|named| place(named, EngineKind::NAME));
        let gateway = self.gateway().map(|named| place(named, GatewayKind::NAME));
        engine.into_iter().chain(gateway).collect()
    }

    fn rooms(&self) -> Vec<String> {
        attachment_rooms(
            self.gateway(),
            [self.gateway_given.clone(), self.gateway_id.clone()],
        )
    }
}

impl Edges for Glimpse<Policy> {
    fn id(&self) -> Option<&str> {
        self.policy_id.as_deref()
    }

    fn refers_to(&self, place: &Place, id: Option<&str>) -> bool {
        let own = self.metadata.namespace.as_deref() == Some(&place.namespace);
        let stated = || own && place.kind == GatewayKind::NAME && self.gateways_named.contains(&place.name);
        self.names_engine(place, id) || stated()
    }

    fn refers_into(&self, namespace: &str) -> bool {
        self.leads_into(namespace, [self.engine(), None])
    }

    fn referents(&self) -> Vec<Place> {
        let engine = self.engine().map(|named| place(named, EngineKind::NAME));
        engine.into_iter().collect()
    }

    fn rooms(&self) -> Vec<String> {
        engine_rooms(self.engine(), [self.engine_given.clone(), self.engine_id.clone()])
    }
}

fn standing<O: Resource>(object: &Glimpse<O>, id: Option<&str>, is_there: bool) -> Standing {
    Standing {
        id: id.map(str::to_owned),
        status: object.status.clone(),
        goes: object.metadata.deletion_timestamp.is_some() || !is_there,
        consent: object.annotations().get(ALLOW_REFERENCES_FROM).cloned(),
    }
}
