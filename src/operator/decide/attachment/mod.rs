//! `PolicyEngineAttachment`: wishes, and how to read what AWS has. It is no resource of its own: it is one member of a
//! gateway, which is read, changed in that member alone, and written back (reliability.md 2.5).

mod desired;
mod observed;

#[cfg(test)]
mod tests;

pub use desired::{AttachmentReferences, DesiredAttachment, engine_id_in};
pub use observed::{AnyInForce, ObservedAttachment};

use super::gateway::unsupported;
use super::tagging::mark_of;
use super::{Desire, Hindrance, Identity, Kind, Look, Note, Refusal, Sought, View};
use crate::api::{
    AttachmentMode, Management, Mirror, PolicyEngineAttachment, PolicyEngineAttachmentStatus, Reason,
};
use crate::model::Fault;

/// The member of a gateway that says which engine it asks.
const MEMBER: &str = "policyEngineConfiguration";

/// The kind `PolicyEngineAttachment`.
#[derive(Debug)]
pub struct AttachmentKind;

impl Kind for AttachmentKind {
    type Object = PolicyEngineAttachment;
    type References = AttachmentReferences;
    type Desired = DesiredAttachment;
    type Observed = ObservedAttachment;

    const NAME: &'static str = "PolicyEngineAttachment";
    const NOUN: &'static str = "attachment";
    const ID: &'static str = "status.gatewayId";
    const INVALID: Reason = Reason::InvalidSpec;

    fn management(object: &PolicyEngineAttachment) -> Management {
        object.spec.management.clone()
    }

    fn mirror(object: &PolicyEngineAttachment) -> Mirror {
        object
            .status
            .as_ref()
            .map(|status| status.mirror.clone())
            .unwrap_or_default()
    }

    fn known_id(object: &PolicyEngineAttachment) -> Option<String> {
        object
            .status
            .as_ref()
            .and_then(|status| status.gateway_id.clone())
    }

    /// It has no name: what it is known by is the engine.
    fn sought(
        object: &PolicyEngineAttachment,
        references: &AttachmentReferences,
        identity: &Identity,
    ) -> Sought {
        let known = Self::known_id(object);
        let thorough = object.metadata.deletion_timestamp.is_some();
        let named = object.spec.gateway_ref.as_ref();
        let named = named.map(|named| named.place(identity.namespace.clone()));
        let mark = references.gateway.doubt(named, known.as_ref(), identity);
        let named = object.spec.policy_engine_ref.as_ref();
        let named = named.map(|named| named.place(identity.namespace.clone()));
        Sought {
            name: desired::engine_arn(object, references).unwrap_or_default(),
            mark: mark.filter(|_| thorough),
            engine_mark: named
                .filter(|_| thorough)
                .map(|named| mark_of(&identity.cluster_id, &named)),
            parents: references.gateway.places(known, thorough),
            thorough,
            ..Sought::default()
        }
    }

    fn desire(
        object: &PolicyEngineAttachment,
        references: &AttachmentReferences,
        _: &Identity,
    ) -> Desire<DesiredAttachment> {
        desired::desire(object, references)
    }

    fn payload(desired: &DesiredAttachment) -> String {
        desired.payload()
    }

    fn look(view: &View<'_, Self>) -> Option<Look> {
        view.observed.and_then(|observed| observed::look(view, observed))
    }

    /// What another object wants attached as well is not taken off for it to be put on again: until then every call would go
    /// through (reliability.md 2.6.4).
    fn hindrance(view: &View<'_, Self>, _: bool) -> Hindrance {
        let references = view.references;
        let there = view.observed;
        let there = there.filter(|there| Some(&there.gateway.id) == references.gateway.id.as_ref());
        let engine = there.and_then(|there| there.engine.as_ref());
        let engine = engine.and_then(|engine| engine_id_in(&engine.arn));
        if engine.is_some_and(|id| references.heirs.contains(&id)) {
            Hindrance::Heir
        } else {
            Hindrance::Nothing
        }
    }

    /// The objects that want the same gateway wait for each other: there is one attachment a gateway.
    fn rooms(object: &PolicyEngineAttachment, references: &AttachmentReferences) -> Vec<String> {
        let own = object.metadata.namespace.clone().unwrap_or_default();
        let named = object.spec.gateway_ref.as_ref();
        attachment_rooms(
            named.map(|gateway| gateway.place(own)),
            [references.gateway.id.clone(), Self::known_id(object)],
        )
    }

    fn conflict(view: &View<'_, Self>) -> String {
        let gateway = view.observed.map(|observed| observed.gateway.id.as_str());
        format!(
            "the gateway {} has a policy engine that is not this object's to change, so it is left alone: one that another \
             PolicyEngineAttachment, or somebody in AWS, has attached. A gateway has one engine: detach that one, or delete \
             this object",
            gateway.unwrap_or_default()
        )
    }

    fn unproven(view: &View<'_, Self>) -> String {
        let gateway = view.observed.map(|observed| observed.gateway.id.as_str());
        format!(
            "the gateway {} has a policy engine that may or may not be this object's: nothing that the spec names tells. It is \
             taken off when its PolicyEngine or its Gateway does (see their conditions). Or detach it in AWS, or set \
             spec.deletionPolicy: Retain to let it be",
            gateway.unwrap_or_default()
        )
    }

    /// What goes back as it came may be what AWS does not take; then nothing is changed (reliability.md 2.5).
    fn invalid(view: &View<'_, Self>, fault: &Fault) -> Option<Refusal> {
        unsupported(&view.observed?.members, fault)
    }

    /// From the moment that a gateway enforces an engine, it denies what no policy permits (reliability.md 2.6.2).
    fn caution(view: &View<'_, Self>) -> Option<Note> {
        let enforced = |mode: &str| mode == AttachmentMode::Enforce.as_str();
        let before = view.object.status.as_ref();
        let before = before.and_then(|status| status.mode.as_deref());
        let observed = view.observed?;
        let begins = observed.enforced().is_some() && !before.is_some_and(enforced);
        let denies = "the gateway denies every call until one is";
        let note = match observed.in_force {
            AnyInForce::No => format!("no policy of the policy engine is ACTIVE yet, so {denies}"),
            AnyInForce::NotSeen => format!(
                "it could not be seen whether a policy of the policy engine is ACTIVE: if none is, {denies}"
            ),
            AnyInForce::NotAsked | AnyInForce::Yes => return None,
        };
        begins.then_some(Note {
            warning: true,
            reason: "DependencyNotReady",
            action: "Enforce",
            note,
        })
    }

    fn time<'a>(view: &View<'a, Self>) -> Option<&'a str> {
        view.observed.map(|observed| observed.gateway.updated_at.as_str())
    }

    fn status(view: &View<'_, Self>, mirror: Mirror) -> serde_json::Value {
        let before = view.object.status.as_ref();
        let ours = view.observed.filter(|_| mirror.status.is_some());
        let engine = ours.and_then(|attachment| attachment.engine.as_ref());
        let status = PolicyEngineAttachmentStatus {
            gateway_id: ours
                .map(|attachment| attachment.gateway.id.clone())
                .or_else(|| before.and_then(|s| s.gateway_id.clone())),
            policy_engine_arn: engine
                .map(|engine| engine.arn.clone())
                .or_else(|| before.and_then(|s| s.policy_engine_arn.clone())),
            mode: match ours {
                Some(_) => engine.map(|engine| engine.mode.clone()),
                None => before.and_then(|s| s.mode.clone()),
            },
            mirror,
        };
        serde_json::to_value(status).unwrap_or_default()
    }
}

/// The rooms in which those wait that want an engine attached to a gateway: by namespace and name of the gateway's object,
/// and by what is known of its AWS id.
#[must_use]
pub fn attachment_rooms(gateway: Option<(String, String)>, ids: [Option<String>; 2]) -> Vec<String> {
    let named = gateway.map(|(namespace, name)| format!("attached to {namespace}/{name}"));
    let ids = ids.into_iter().flatten().map(|id| format!("attached to {id}"));
    let mut rooms: Vec<String> = named.into_iter().chain(ids).collect();
    rooms.sort();
    rooms.dedup();
    rooms
}
