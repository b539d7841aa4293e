//! `GatewayTarget`: wishes, and how to read what AWS has.

mod desired;
mod guard;
mod observed;

#[cfg(test)]
mod tests;

pub use desired::{DesiredTarget, TargetReferences};
pub use guard::{Guard, Stage};
pub use observed::ObservedTarget;

use super::wording::{strayed, unproven};
use super::{Desire, Hindrance, Identity, Kind, Look, Sought, View, attachment_rooms};
use crate::api::{GatewayTarget, GatewayTargetStatus, Management, Mirror, Reason};
use crate::model::Lifecycle;

/// What `GetGatewayTarget` shows and `UpdateGatewayTarget` does not take.
const SHOWN: [&str; 10] = [
    "gatewayArn",
    "targetId",
    "createdAt",
    "updatedAt",
    "status",
    "statusReasons",
    "lastSynchronizedAt",
    "privateEndpointManagedResources",
    "authorizationData",
    "protocolType",
];

/// The kind `GatewayTarget`.
#[derive(Debug)]
pub struct TargetKind;

impl Kind for TargetKind {
    type Object = GatewayTarget;
    type References = TargetReferences;
    type Desired = DesiredTarget;
    type Observed = ObservedTarget;

    const NAME: &'static str = "GatewayTarget";
    const NOUN: &'static str = "gateway target";
    const ID: &'static str = "status.targetId";
    const INVALID: Reason = Reason::InvalidSpec;

    fn management(object: &GatewayTarget) -> Management {
        object.spec.management.clone()
    }

    fn mirror(object: &GatewayTarget) -> Mirror {
        object
            .status
            .as_ref()
            .map(|status| status.mirror.clone())
            .unwrap_or_default()
    }

    fn known_id(object: &GatewayTarget) -> Option<String> {
        object.status.as_ref().and_then(|status| status.target_id.clone())
    }

    fn sought(object: &GatewayTarget, references: &TargetReferences, identity: &Identity) -> Sought {
        let status = object.status.as_ref();
        let known = status.and_then(|status| status.gateway_id.clone());
        let thorough = object.metadata.deletion_timestamp.is_some();
        let named = object.spec.gateway_ref.as_ref();
        let named = named.map(|named| named.place(identity.namespace.clone()));
        let mark = references.gateway.doubt(named, known.as_ref(), identity);
        Sought {
            id: object
                .spec
                .management
                .adopted_id(Self::known_id(object).as_deref()),
            name: desired::name(object),
            mark: mark.filter(|_| thorough),
            parents: references.gateway.places(known, thorough),
            thorough,
            ..Sought::default()
        }
    }

    fn desire(object: &GatewayTarget, references: &TargetReferences, _: &Identity) -> Desire<DesiredTarget> {
        desired::desire(object, references)
    }

    fn payload(desired: &DesiredTarget) -> String {
        desired.payload()
    }

    fn remake(view: &View<'_, Self>, _: bool) -> Option<DesiredTarget> {
        view.observed
            .and_then(|observed| observed::remake(view, observed))
    }

    fn look(view: &View<'_, Self>) -> Option<Look> {
        view.observed.map(|observed| observed::look(view, observed))
    }

    fn hindrance(_: &View<'_, Self>, _: bool) -> Hindrance {
        Hindrance::Nothing
    }

    fn unproven(view: &View<'_, Self>) -> String {
        let elsewhere = view.observed.filter(|target| !observed::is_led_to(view, target));
        elsewhere.map_or_else(unproven::<Self>, |target| {
            let place = format!("its target is in the gateway {}", target.gateway_id);
            strayed(&place, "gatewayId")
        })
    }

    /// Where it waits for what is to guard it.
    fn rooms(object: &GatewayTarget, references: &TargetReferences) -> Vec<String> {
        let own = object.metadata.namespace.clone().unwrap_or_default();
        let named = object.spec.gateway_ref.as_ref();
        attachment_rooms(
            named.map(|gateway| gateway.place(own)),
            [references.gateway.id.clone(), None],
        )
    }

    fn time<'a>(view: &View<'a, Self>) -> Option<&'a str> {
        view.observed
            .map(|observed| observed.resource.updated_at.as_str())
    }

    fn status(view: &View<'_, Self>, mirror: Mirror) -> serde_json::Value {
        let before = view.object.status.as_ref();
        let ours = view.observed.filter(|_| mirror.status.is_some());
        let same = before.filter(|before| {
            ours.is_none_or(|target| before.target_id.as_ref() == Some(&target.resource.id))
        });
        let ready = ours.filter(|target| target.resource.status == Lifecycle::Active);
        let fields = before.map(|s| s.applied_fields.clone()).unwrap_or_default();
        let status = GatewayTargetStatus {
            target_id: ours
                .map(|target| target.resource.id.clone())
                .or_else(|| before.and_then(|s| s.target_id.clone())),
            target_name: ready
                .map(|target| target.resource.name.clone())
                .or_else(|| same.and_then(|s| s.target_name.clone())),
            gateway_id: ours
                .map(|target| target.gateway_id.clone())
                .or_else(|| before.and_then(|s| s.gateway_id.clone())),
            last_synchronized_at: match ours {
                Some(target) => target
                    .members
                    .get("lastSynchronizedAt")
                    .and_then(|time| time.as_str())
                    .map(str::to_owned),
                None => before.and_then(|s| s.last_synchronized_at.clone()),
            },
            applied_fields: match (view.desired, ours) {
                (Some(desired), Some(ours)) => desired.wanted.paths(fields, &ours.members),
                (Some(_) | None, Some(_) | None) => fields,
            },
            mirror,
        };
        serde_json::to_value(status).unwrap_or_default()
    }
}
