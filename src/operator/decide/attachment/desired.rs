//! The spec of a `PolicyEngineAttachment` in AWS's words.

use super::MEMBER;
use crate::api::{AttachedEngine, PolicyEngineAttachment};
use crate::model::Arn;
use crate::operator::decide::gateway::{attached, replaceable};
use crate::operator::decide::{Claim, Desire, Members, Reference};
use serde_json::{Value, json};

/// What a `PolicyEngineAttachment` refers to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttachmentReferences {
    /// The engine.
    pub engine: Reference,
    /// The gateway.
    pub gateway: Reference,
    /// Whether the engine that the status names is another one, and one that the spec might not name.
    pub known_withheld: bool,
    /// AWS ids of the engines that other objects, which stay, want at the gateway; read only while this one is being deleted.
    pub heirs: Vec<String>,
    /// Which gateways other `PolicyEngineAttachment` objects have attached an engine to.
    pub claims: Vec<Claim>,
}

/// What AWS should have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesiredAttachment {
    /// AWS id of the gateway.
    pub gateway_id: String,
    /// The engine, and what comes of its answer.
    pub engine: AttachedEngine,
}

impl DesiredAttachment {
    /// What is sent in the place of the gateway, which is `found` by now: all that it has, known to this version or not,
    /// with the wanted engine. `None` where something else is attached than there was `before`, at the look.
    #[must_use]
    pub fn over(&self, before: Option<&AttachedEngine>, found: &Members) -> Option<Members> {
        let now = attached(found);
        (now.as_ref() == before || now.as_ref() == Some(&self.engine)).then(|| {
            let mut members = replaceable(found);
            let AttachedEngine { arn, mode } = &self.engine;
            match members.get_mut(MEMBER).and_then(Value::as_object_mut) {
                // What else it says there is not this object's to reset.
                Some(known) => {
                    known.insert("arn".to_owned(), json!(arn));
                    known.insert("mode".to_owned(), json!(mode));
                }
                None => {
                    members.insert(MEMBER.to_owned(), json!(self.engine));
                }
            }
            members
        })
    }

    /// What tells one write from another.
    pub(super) fn payload(&self) -> String {
        json!({"gatewayIdentifier": self.gateway_id, MEMBER: self.engine}).to_string()
    }
}

/// AWS id of the engine that the spec names by its ARN.
#[must_use]
pub fn engine_id_in(arn: &str) -> Option<String> {
    Arn::parse(arn).ok().map(|arn| arn.engine_id)
}

/// ARN of the engine that the spec asks for, once that is known.
pub(super) fn engine_arn(
    object: &PolicyEngineAttachment,
    references: &AttachmentReferences,
) -> Option<String> {
    let given = object.spec.policy_engine_arn.clone();
    given.or_else(|| references.engine.arn.clone())
}

pub(super) fn desire(
    object: &PolicyEngineAttachment,
    references: &AttachmentReferences,
) -> Desire<DesiredAttachment> {
    let AttachmentReferences { engine, gateway, .. } = references;
    if let Some(text) = engine.withheld.as_ref().or(gateway.withheld.as_ref()) {
        return Desire::Barred(text.clone());
    }
    // Without a word from an object, what is there is compared with what was last seen.
    let status = object.status.as_ref();
    let known = |of: fn(&crate::api::PolicyEngineAttachmentStatus) -> &Option<String>| {
        status.and_then(|status| of(status).clone())
    };
    let engine_arn = engine_arn(object, references).or_else(|| known(|status| &status.policy_engine_arn));
    let gateway_id = gateway.id.clone().or_else(|| known(|status| &status.gateway_id));
    let desired = engine_arn
        .zip(gateway_id)
        .map(|(arn, gateway_id)| DesiredAttachment {
            gateway_id,
            engine: AttachedEngine {
                arn,
                mode: object.spec.mode.as_str().to_owned(),
            },
        });
    match (desired, engine.obstacle.as_ref().or(gateway.obstacle.as_ref())) {
        (Some(desired), None) => Desire::Known(desired),
        (desired, obstacle) => Desire::Waiting(
            desired,
            obstacle
                .cloned()
                .unwrap_or_else(|| "the policy engine or the gateway has no id yet".to_owned()),
        ),
    }
}
