//! Policy engines as they are kept and shown.

use super::{Body, Stored, Tagged, Tags};
use crate::backend::control::clock::Micros;
use crate::backend::control::place::Place;
use crate::backend::store::Kind;
use crate::model::Lifecycle;
use serde::{Deserialize, Serialize};

/// What is kept of a policy engine.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct EngineBody {
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: Option<String>,
    /// KMS key, as it was given.
    pub encryption_key_arn: Option<String>,
    /// Its tags.
    pub tags: Tags,
    /// Why it failed.
    pub status_reasons: Vec<String>,
    /// When it last changed.
    pub updated: Micros,
}

impl Body for EngineBody {
    const KIND: Kind = Kind::Engine;
    const NOUN: &str = "Policy engine";
    type Status = Lifecycle;

    fn changed(&mut self, at: Micros, reasons: Vec<String>) {
        self.updated = at;
        self.status_reasons = reasons;
    }
}

impl Tagged for EngineBody {
    fn tags(&mut self) -> &mut Tags {
        &mut self.tags
    }
}

/// A policy engine as every operation shows it; summaries leave members out (the output shape decides).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EngineView {
    policy_engine_id: String,
    name: String,
    created_at: Micros,
    updated_at: Micros,
    policy_engine_arn: String,
    status: String,
    encryption_key_arn: Option<String>,
    description: Option<String>,
    status_reasons: Vec<String>,
}

impl EngineView {
    /// Shows an engine.
    pub fn of(place: &Place, engine: Stored<EngineBody>) -> Self {
        let Stored { record, status, body } = engine;
        Self {
            policy_engine_arn: place.engine_arn(&record.key.id),
            policy_engine_id: record.key.id,
            name: body.name,
            created_at: record.created,
            updated_at: body.updated,
            status: status.to_string(),
            encryption_key_arn: body.encryption_key_arn,
            description: body.description,
            status_reasons: body.status_reasons,
        }
    }
}
