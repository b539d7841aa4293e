//! What AWS has of a generation, and what stays of it when AWS has deleted it.

use super::GenerationKind;
use super::assets::Asset;
use crate::api::PolicyGeneration;
use crate::model::Lifecycle;
use crate::operator::decide::{Look, Owner, Phase, Resource, View};

/// A generation: what `GetPolicyGeneration` shows, and when it is over, its assets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObservedGeneration {
    /// What every kind has.
    pub resource: Resource,
    /// AWS id of the engine.
    pub engine_id: String,
    /// ARN of the gateway.
    pub gateway_arn: String,
    /// What was written, as long as AWS has it (service.md 8.10).
    pub assets: Vec<Asset>,
}

/// How far a generation is, in the words of policies (service.md 8.1).
#[must_use]
pub fn generation_status(word: &str) -> Lifecycle {
    match word {
        "GENERATING" => Lifecycle::Creating,
        "GENERATED" => Lifecycle::Active,
        "GENERATE_FAILED" => Lifecycle::CreateFailed,
        word => Lifecycle::parse(word),
    }
}

/// The name tells whose a generation is, and what it was made from: nothing of it can differ.
pub(super) fn look(view: &View<'_, GenerationKind>, observed: &ObservedGeneration) -> Look {
    let name = super::name(view.object, view.references, view.identity);
    Look {
        resource: observed.resource.clone(),
        owner: if name.as_ref() == Some(&observed.resource.name) {
            Owner::Mine
        } else {
            Owner::Foreign
        },
        phase: Phase::of(&observed.resource.status),
        differences: Vec::new(),
        unwritten: false,
    }
}

/// What the status says of a generation that is over, by its name.
pub(super) fn outlived(object: &PolicyGeneration, name: &str) -> Option<ObservedGeneration> {
    let status = object.status.as_ref()?;
    let word = status.mirror.status.as_deref()?;
    let lifecycle = generation_status(word);
    let over = !lifecycle.in_flight() && status.generation_name.as_deref() == Some(name);
    over.then(|| ObservedGeneration {
        resource: Resource {
            id: status.generation_id.clone().unwrap_or_default(),
            arn: status.generation_arn.clone().unwrap_or_default(),
            name: name.to_owned(),
            status: lifecycle,
            word: Some(word.to_owned()),
            status_reasons: status.mirror.status_reasons.clone(),
            description: None,
            created_at: status.mirror.created_at.clone().unwrap_or_default(),
            updated_at: status.mirror.updated_at.clone().unwrap_or_default(),
        },
        engine_id: status.policy_engine_id.clone().unwrap_or_default(),
        gateway_arn: status.gateway_arn.clone().unwrap_or_default(),
        assets: Vec::new(),
    })
}
