//! Policy generations and their assets as they are kept and shown (service.md 8.2 to 8.4).

use super::{Body, Definition, Stored};
use crate::backend::control::clock::Micros;
use crate::backend::control::lifecycle::{AssetStatus, GenerationStatus};
use crate::backend::control::place::Place;
use crate::backend::store::Kind;
use serde::{Deserialize, Serialize};

/// What is kept of a policy generation.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct GenerationBody {
    /// Its name.
    pub name: String,
    /// ARN of the gateway that its policies are for.
    pub resource: String,
    /// The requirements, in plain language.
    pub text: String,
    /// `compat.generation-findings`.
    pub findings: Option<String>,
    /// When its assets are no more, in the service's time; none before there are any.
    pub expires: Option<Micros>,
    /// Why it failed.
    pub status_reasons: Vec<String>,
    /// When it last changed.
    pub updated: Micros,
}

impl Body for GenerationBody {
    const KIND: Kind = Kind::Generation;
    const NOUN: &str = "Policy generation";
    type Status = GenerationStatus;

    fn changed(&mut self, at: Micros, reasons: Vec<String>) {
        self.updated = at;
        self.status_reasons = reasons;
    }
}

/// A policy generation as every operation shows it; summaries leave members out (the output shape decides).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GenerationView {
    policy_engine_id: String,
    policy_generation_id: String,
    name: String,
    policy_generation_arn: String,
    resource: ResourceView,
    created_at: Micros,
    updated_at: Micros,
    status: String,
    findings: Option<String>,
    status_reasons: Vec<String>,
}

/// `Resource`: only gateways are supported (service.md 8.2).
#[derive(Debug, Serialize)]
struct ResourceView {
    arn: String,
}

impl GenerationView {
    /// Shows a generation.
    pub fn of(place: &Place, generation: Stored<GenerationBody>) -> Self {
        let Stored { record, status, body } = generation;
        Self {
            policy_generation_arn: place.generation_arn(&record.parent, &record.key.id),
            policy_engine_id: record.parent,
            policy_generation_id: record.key.id,
            name: body.name,
            resource: ResourceView { arn: body.resource },
            created_at: record.created,
            updated_at: body.updated,
            status: status.to_string(),
            findings: body.findings,
            status_reasons: body.status_reasons,
        }
    }
}

/// What is kept of an asset.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct AssetBody {
    /// The requirement, as it was written.
    pub fragment: String,
    /// Its statement; none when it could not be translated.
    pub definition: Option<Definition>,
    /// What was found about it; never empty.
    pub findings: Vec<AssetFinding>,
    /// When it is no more, in the service's time.
    pub expires: Micros,
}

/// `Finding`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct AssetFinding {
    /// `FindingType` (service.md 8.7).
    #[serde(rename = "type")]
    pub finding_type: String,
    /// The sentence; absent for `VALID`.
    pub description: Option<String>,
}

impl Body for AssetBody {
    const KIND: Kind = Kind::Asset;
    const NOUN: &str = "Policy generation asset";
    type Status = AssetStatus;

    fn changed(&mut self, _: Micros, _: Vec<String>) {}
}

/// An asset as it is shown.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AssetView {
    policy_generation_asset_id: String,
    definition: Option<Definition>,
    raw_text_fragment: String,
    findings: Vec<AssetFinding>,
}

impl From<Stored<AssetBody>> for AssetView {
    fn from(asset: Stored<AssetBody>) -> Self {
        let Stored { record, body, .. } = asset;
        Self {
            policy_generation_asset_id: record.key.id,
            definition: body.definition,
            raw_text_fragment: body.fragment,
            findings: body.findings,
        }
    }
}

/// `PolicyGenerationDetails`: the asset that a policy is made from.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GeneratedAsset {
    /// Id of the generation.
    pub policy_generation_id: String,
    /// Id of the asset.
    pub policy_generation_asset_id: String,
}
