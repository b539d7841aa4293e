//! What an object has to do with others, as far as a watch keeps it: whom its changes wake is told by this alone.

use super::Glimpse;
use crate::api::{
    ALLOW_REFERENCES_FROM, Gateway, GatewayTarget, Policy, PolicyEngine, PolicyEngineAttachment,
    PolicyGeneration,
};
use crate::operator::decide::{
    EngineKind, GatewayKind, GenerationKind, Kind as _, attachment_rooms, engine_rooms, tool_rooms,
};
use kube::{Resource, ResourceExt as _};

/// An object, by what it is referred to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
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

/// What those in some rooms are judged against, while it is ready: one that failed is tried again when that is another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The rooms.
    pub rooms: Vec<String>,
    /// What tells one edition of it from another.
    pub says: String,
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

    /// Whether nobody need wait for it any more, though it is not in force.
    fn is_given_up(&self) -> bool {
        false
    }

    /// What others are judged against, when it is ready.
    fn notice(&self) -> Option<Notice> {
        None
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

    /// What others are judged against by it, if it is ready, as it was last sent.
    fn ready_as(&self, rooms: Vec<String>) -> Option<Notice> {
        let ready = self.conditions.contains(&("Ready", "True"));
        let says = [
            self.gateway_id.clone(),
            self.target_id.clone(),
            self.applied.clone(),
        ];
        ready.then(|| Notice {
            rooms,
            says: says.map(Option::unwrap_or_default).join(" "),
        })
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

    fn rooms(&self) -> Vec<String> {
        let ids = [self.gateway_given.clone(), self.gateway_id.clone()];
        let own = self.metadata.namespace.clone().unwrap_or_default();
        tool_rooms(self.gateway(), ids.into_iter().flatten(), Some(own))
    }

    /// A policy that waits for its tools is sent without them.
    fn is_given_up(&self) -> bool {
        let stalled = self.current && self.conditions.contains(&("Stalled", "True"));
        stalled || self.suspended || self.observes
    }

    /// Its tools.
    fn notice(&self) -> Option<Notice> {
        self.ready_as(self.rooms())
    }
}

impl Glimpse<PolicyEngineAttachment> {
    /// The rooms of the policies that its gateway asks.
    fn engine_rooms(&self) -> Vec<String> {
        engine_rooms(self.engine(), [self.engine_given.clone(), None])
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
        let ids = [self.gateway_given.clone(), self.gateway_id.clone()];
        let mut rooms = attachment_rooms(self.gateway(), ids);
        rooms.extend(self.engine_rooms());
        rooms
    }

    /// The gateway, whose tools policies for any gateway may mean from then on.
    fn notice(&self) -> Option<Notice> {
        self.ready_as(self.engine_rooms())
    }
}

impl Edges for Glimpse<PolicyGeneration> {
    fn id(&self) -> Option<&str> {
        self.generation_id.as_deref()
    }

    fn standing(&self, is_there: bool) -> Option<Standing> {
        Some(standing(self, self.id(), is_there))
    }

    fn refers_to(&self, place: &Place, id: Option<&str>) -> bool {
        self.names_engine(place, id) || self.names_gateway(place, id)
    }

    fn refers_into(&self, namespace: &str) -> bool {
        self.leads_into(namespace, [self.engine(), self.gateway()])
    }
}

impl Edges for Glimpse<Policy> {
    fn id(&self) -> Option<&str> {
        self.policy_id.as_deref()
    }

    fn refers_to(&self, place: &Place, id: Option<&str>) -> bool {
        let own = self.metadata.namespace.as_deref() == Some(&place.namespace);
        let stated = || own && place.kind == GatewayKind::NAME && self.gateways_named.contains(&place.name);
        let adopted =
            || own && place.kind == GenerationKind::NAME && self.generation_ref.as_ref() == Some(&place.name);
        self.names_engine(place, id) || stated() || adopted()
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn glimpse<K>(spec: &serde_json::Value, ready: &str) -> Glimpse<K> {
        serde_json::from_value(json!({
            "metadata": {"name": "o", "namespace": "n"}, "spec": spec,
            "status": {"gatewayId": "g-1", "targetId": "t-1", "appliedDigest": "d",
                       "conditions": [{"type": "Ready", "status": ready}]},
        }))
        .unwrap()
    }

    #[test]
    fn only_what_is_ready_is_noted_where_those_wait_that_are_judged_by_it() {
        let spec = json!({"gatewayRef": {"name": "g"}, "policyEngineRef": {"name": "e", "namespace": "m"}});
        let tools: Glimpse<GatewayTarget> = glimpse(&spec, "True");
        let notice = tools.notice().unwrap();
        assert_eq!(notice.rooms, ["tools in n", "tools of g-1", "tools of n/g"]);
        assert_eq!((notice.says.as_str(), tools.rooms()), ("g-1 t-1 d", notice.rooms));
        assert_eq!(glimpse::<GatewayTarget>(&spec, "False").notice(), None);
        let attachment: Glimpse<PolicyEngineAttachment> = glimpse(&spec, "True");
        assert_eq!(attachment.notice().unwrap().rooms, ["m/e"]);
        // Those that wait for the gateway are told of what becomes of it, and not judged by it.
        assert_eq!(attachment.rooms(), ["attached to g-1", "attached to n/g", "m/e"]);
        assert_eq!(glimpse::<PolicyEngineAttachment>(&spec, "Unknown").notice(), None);
    }
}
