//! The spec of a `PolicyGeneration` in AWS's words.

use super::assets::Copied;
use crate::api::{ManagementPolicy, PolicyGeneration};
use crate::model::name_for;
use crate::operator::decide::{Desire, Identity, Reference};
use serde_json::json;

/// What a `PolicyGeneration` refers to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GenerationReferences {
    /// Its engine.
    pub engine: Reference,
    /// The gateway whose tools its text is about.
    pub gateway: Reference,
    /// The target of the gateway that will be READY by itself and is not yet, if there is one.
    pub coming: Option<String>,
    /// Its ConfigMap.
    pub copied: Copied,
}

/// What AWS should have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesiredGeneration {
    /// AWS name.
    pub name: String,
    /// AWS id of the engine.
    pub engine_id: String,
    /// ARN of the gateway.
    pub gateway_arn: String,
    /// What policies are written from.
    pub text: String,
}

impl DesiredGeneration {
    pub(super) fn payload(&self) -> String {
        json!({
            "policyEngineId": self.engine_id,
            "name": self.name,
            "resource": {"arn": self.gateway_arn},
            "content": {"rawText": self.text},
        })
        .to_string()
    }
}

/// AWS id of its engine, and ARN of its gateway: as they are, or without a word from an object, as they were last seen.
pub(super) fn place(
    object: &PolicyGeneration,
    references: &GenerationReferences,
) -> (Option<String>, Option<String>) {
    let (spec, status) = (&object.spec, object.status.as_ref());
    let engine_id = references.engine.id.clone();
    let engine_id = engine_id.or_else(|| status.and_then(|status| status.policy_engine_id.clone()));
    let given = spec.resource.as_ref().map(|resource| resource.arn.clone());
    let gateway_arn = given.or_else(|| references.gateway.arn.clone());
    let gateway_arn = gateway_arn.or_else(|| status.and_then(|status| status.gateway_arn.clone()));
    (engine_id, gateway_arn)
}

/// What AWS should have, once it is known where.
pub(super) fn wanted(
    object: &PolicyGeneration,
    references: &GenerationReferences,
    identity: &Identity,
) -> Option<DesiredGeneration> {
    let (engine_id, gateway_arn) = place(object, references);
    let (engine_id, gateway_arn) = engine_id.zip(gateway_arn)?;
    let text = &object.spec.content.raw_text;
    let base = object.spec.name.as_ref().unwrap_or(&identity.name);
    let inputs = [engine_id.as_str(), &gateway_arn, text];
    Some(DesiredGeneration {
        name: name_for(base, &identity.cluster_id, &identity.uid, inputs),
        text: text.clone(),
        engine_id,
        gateway_arn,
    })
}

/// What would be started, were it not there: all that it refers to is in place, as far as the cluster knows.
pub(super) fn to_start(
    object: &PolicyGeneration,
    references: &GenerationReferences,
    identity: &Identity,
) -> Option<DesiredGeneration> {
    let management = &object.spec.management;
    let keeps = management.management() == ManagementPolicy::Manage && !management.suspended();
    match desire(object, references, identity) {
        Desire::Known(desired) if keeps && object.metadata.deletion_timestamp.is_none() => Some(desired),
        Desire::Known(_)
        | Desire::Waiting(..)
        | Desire::Unguarded(..)
        | Desire::Barred(_)
        | Desire::Refused(_) => None,
    }
}

pub(super) fn desire(
    object: &PolicyGeneration,
    references: &GenerationReferences,
    identity: &Identity,
) -> Desire<DesiredGeneration> {
    let GenerationReferences {
        engine,
        gateway,
        coming,
        ..
    } = references;
    if let Some(text) = engine.withheld.as_ref().or(gateway.withheld.as_ref()) {
        return Desire::Barred(text.clone());
    }
    let obstacle = engine.obstacle.as_ref().or(gateway.obstacle.as_ref());
    match (wanted(object, references, identity), obstacle, coming) {
        (Some(desired), None, None) => Desire::Known(desired),
        // A text is written about the tools that there are, and a name cannot be used again.
        (Some(desired), None, Some(target)) => Desire::Unguarded(
            desired,
            format!(
                "{target} is not READY yet, and its tools may be what the text is about: see its conditions"
            ),
        ),
        (desired, obstacle, _) => Desire::Waiting(
            desired,
            obstacle
                .cloned()
                .unwrap_or_else(|| "the policy engine has no id yet, or the gateway no ARN".to_owned()),
        ),
    }
}
