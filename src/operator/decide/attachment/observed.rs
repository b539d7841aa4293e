//! What AWS has of an attachment: a gateway, and the engine that it asks.

use super::desired::engine_arn;
use super::{AttachmentKind, DesiredAttachment, MEMBER};
use crate::api::{AttachedEngine, AttachmentMode};
use crate::operator::decide::gateway::{attached, replaceable};
use crate::operator::decide::{Difference, Look, Members, Owner, Phase, Resource, View};

/// A gateway, and the engine that it asks, if it asks one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObservedAttachment {
    /// The gateway.
    pub gateway: Resource,
    /// All that `GetGateway` shows of it, as it came.
    pub members: Members,
    /// The engine.
    pub engine: Option<AttachedEngine>,
    /// Whether a policy of the engine is in force.
    pub in_force: AnyInForce,
    /// Whether the engine carries the mark of the object that the spec names; looked at only where it is not the one that
    /// this is known to stand for, and the attachment is to be taken off.
    pub marked: bool,
    /// Whether the gateway carries the mark of the object that the spec names; looked at only where nothing else tells that it
    /// is the one.
    pub gateway_marked: bool,
}

/// Whether a policy of an engine is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnyInForce {
    /// Nobody has looked: only where the engine is the wanted one and `ENFORCE`d somebody does.
    NotAsked,
    /// It could not be seen.
    NotSeen,
    /// One is.
    Yes,
    /// None is.
    No,
}

impl ObservedAttachment {
    /// What a gateway that was looked at has.
    #[must_use]
    pub fn of(gateway: &Resource, members: &Members) -> Self {
        Self {
            gateway: gateway.clone(),
            members: members.clone(),
            engine: attached(members),
            in_force: AnyInForce::NotAsked,
            marked: false,
            gateway_marked: false,
        }
    }

    /// ARN of the engine, if what it denies is denied.
    #[must_use]
    pub fn enforced(&self) -> Option<&str> {
        let engine = self.engine.as_ref();
        let enforced = engine.filter(|engine| engine.mode == AttachmentMode::Enforce.as_str());
        enforced.map(|engine| engine.arn.as_str())
    }

    /// What is sent in the place of the gateway, which is `found` by now, to have the engine taken off; `None` where it is
    /// off, or another has come there since the look.
    #[must_use]
    pub fn without(&self, found: &Members) -> Option<Members> {
        let arn = |engine: Option<AttachedEngine>| engine.map(|engine| engine.arn);
        let now = arn(attached(found));
        (now.is_some() && now == arn(self.engine.clone())).then(|| {
            let mut members = replaceable(found);
            members.remove(MEMBER);
            members
        })
    }
}

/// `None`: no engine is attached, and one can be.
pub(super) fn look(view: &View<'_, AttachmentKind>, observed: &ObservedAttachment) -> Option<Look> {
    let owner = owner(view, observed);
    let phase = match Phase::of(&observed.gateway.status) {
        // A gateway that failed is not made anew for its engine's sake.
        Phase::CreateFailed | Phase::UpdateFailed | Phase::DeleteFailed => Phase::UpdateFailed,
        phase @ (Phase::InFlight | Phase::Active) => phase,
    };
    let deleting = view.object.metadata.deletion_timestamp.is_some();
    // What failed may be the very write that was to attach it: to try again is an update, and is not made too soon.
    let may_come = phase == Phase::InFlight || (phase == Phase::UpdateFailed && !deleting);
    if observed.engine.is_none() && owner == Owner::Mine && !may_come {
        return None;
    }
    Some(Look {
        resource: observed.gateway.clone(),
        owner,
        phase,
        differences: view
            .desired
            .map(|desired| differences(desired, observed))
            .unwrap_or_default(),
        unwritten: false,
    })
}

/// The engine tells whose an attachment is (reliability.md 2.3). What has another engine is never touched, and a gateway that
/// another object has attached an engine to is that object's; of two that have, the older one's. A status may say anything
/// (reliability.md 8.1): it counts for a gateway that the spec leads to, and for an engine that the spec might name.
fn owner(view: &View<'_, AttachmentKind>, observed: &ObservedAttachment) -> Owner {
    let (object, references) = (view.object, view.references);
    let id = &observed.gateway.id;
    let status = object.status.as_ref().filter(|_| view.held);
    let claims = status.and_then(|status| status.gateway_id.as_ref()) == Some(id);
    let mut rivals = references.claims.iter().filter(|claim| claim.id == *id);
    if rivals.any(|claim| claim.older || !claims) {
        return Owner::Foreign;
    }
    let Some(engine) = &observed.engine else {
        return Owner::Mine;
    };
    let known = status.and_then(|status| status.policy_engine_arn.as_ref());
    let stands = claims && known == Some(&engine.arn);
    let own = engine_arn(object, references);
    let named = observed.marked || own.as_ref() == Some(&engine.arn);
    let consented = references.engine.withheld.is_none() && references.gateway.withheld.is_none();
    // What the spec does not name, this object attached when its spec, or its engine's object, stood for another.
    let proven = if named {
        consented || stands
    } else {
        stands && !references.known_withheld
    };
    let is_led_to = is_led_to(view, observed);
    // Its engine's object is there, and will tell which that is.
    let untold = own.is_none() && known.is_none() && !references.engine.absent;
    let deleting = object.metadata.deletion_timestamp.is_some();
    if is_led_to && proven {
        Owner::Mine
    } else if deleting && stands || is_led_to && untold {
        Owner::Unproven
    } else {
        Owner::Foreign
    }
}

/// Whether the spec leads to the gateway. While the object is kept, the one that was looked at is the spec's.
fn is_led_to(view: &View<'_, AttachmentKind>, observed: &ObservedAttachment) -> bool {
    let ids = [&view.references.gateway.id, &view.object.spec.gateway_id];
    let named = ids.into_iter().flatten().any(|id| *id == observed.gateway.id);
    named || observed.gateway_marked || view.object.metadata.deletion_timestamp.is_none()
}

fn differences(desired: &DesiredAttachment, observed: &ObservedAttachment) -> Vec<Difference> {
    let found = observed.engine.as_ref();
    let wanted = &desired.engine;
    let arn = found.map(|engine| engine.arn.as_str());
    let mode = found.map(|engine| engine.mode.as_str());
    let both = [
        Difference::between("policyEngineArn", Some(&wanted.arn), arn),
        Difference::between("mode", Some(&wanted.mode), mode),
    ];
    both.into_iter().flatten().collect()
}
