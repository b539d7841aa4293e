//! What is kept of each resource, and what is shown of it.

use super::clock::Micros;
use super::place::Place;
use super::refusal::Refusal;
use crate::backend::store::{Key, Kind, Record, Write};
use crate::model::Lifecycle;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Tags of a resource.
pub type Tags = BTreeMap<String, String>;

/// A kind of resource: where its records are, and what is in them.
pub trait Body: Serialize + DeserializeOwned + Send + Sync {
    /// Kind of the records.
    const KIND: Kind;

    /// Its tags; none for a kind that cannot be tagged.
    fn tags(&mut self) -> &mut Tags;
}

/// A record with its body read.
#[derive(Clone, Debug)]
pub struct Stored<B> {
    /// The columns; its `body` is out of date, [`Stored::body`] is what counts.
    pub record: Record,
    /// Status of the resource.
    pub status: Lifecycle,
    /// The rest.
    pub body: B,
}

impl<B: Body> Stored<B> {
    /// A new resource.
    pub fn new(id: String, parent: &str, name: String, created: Micros, body: B) -> Self {
        let record = Record {
            key: Key { kind: B::KIND, id },
            parent: parent.to_owned(),
            name: Some(name),
            scope: None,
            version: 0,
            status: String::new(),
            due: None,
            created,
            body: String::new(),
        };
        Self {
            record,
            status: Lifecycle::Creating,
            body,
        }
    }

    /// Reads the body of a record.
    pub fn read(record: Record) -> Result<Self, Refusal> {
        let body = serde_json::from_str(&record.body)
            .map_err(|error| Refusal::Fault(format!("record {} cannot be read: {error}", record.key.id)))?;
        Ok(Self {
            status: Lifecycle::parse(&record.status),
            record,
            body,
        })
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.record.key.id
    }

    /// Adds it.
    pub fn insert(&self) -> Result<Write, Refusal> {
        Ok(Write::Insert(self.written()?))
    }

    /// Writes it over the version that was read.
    pub fn replace(&self) -> Result<Write, Refusal> {
        Ok(Write::Replace(self.written()?))
    }

    /// Takes away the version that was read.
    pub fn remove(&self) -> Write {
        Write::Remove(self.record.key.clone(), self.record.version)
    }

    /// Requires that it is still the version that was read.
    pub fn unchanged(&self) -> Write {
        Write::Unchanged(self.record.key.clone(), self.record.version)
    }

    fn written(&self) -> Result<Record, Refusal> {
        let body = serde_json::to_string(&self.body).map_err(|error| Refusal::Fault(error.to_string()))?;
        Ok(Record {
            status: self.status.to_string(),
            body,
            ..self.record.clone()
        })
    }
}

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

    fn tags(&mut self) -> &mut Tags {
        &mut self.tags
    }
}

/// What is kept of a policy.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct PolicyBody {
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: Option<String>,
    /// The rule that was asked for last, and that is shown: after a failed update, the rejected one
    /// (`compat.update-failed-definition`).
    pub asked: Rule,
    /// The rule that is enforced, also while an update is under way: the last one that was found good
    /// (service.md 5.4, `compat.enforce-while-updating`).
    pub in_force: Option<Rule>,
    /// How findings of the last request are taken; shown nowhere (service.md 5.5).
    pub validation_mode: ValidationMode,
    /// Its tags.
    pub tags: Tags,
    /// Why it failed.
    pub status_reasons: Vec<String>,
    /// When it last changed.
    pub updated: Micros,
}

impl Body for PolicyBody {
    const KIND: Kind = Kind::Policy;

    fn tags(&mut self) -> &mut Tags {
        &mut self.tags
    }
}

/// A statement and whether it decides.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// The statement, under the member of the union that was used.
    pub definition: Definition,
    /// Whether it decides or is only logged.
    pub enforcement_mode: EnforcementMode,
}

/// `PolicyDefinition` with a statement: echoed as the member that was used (service.md 5.7).
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Definition {
    /// Cedar.
    Cedar(StatementText),
    /// Dogwood, of which Cedar is a part.
    Policy(StatementText),
}

impl Definition {
    /// The statement.
    pub fn statement(&self) -> &str {
        match self {
            Self::Cedar(text) | Self::Policy(text) => &text.statement,
        }
    }
}

/// `CedarPolicy` and `PolicyStatement`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct StatementText {
    /// The text.
    pub statement: String,
}

/// `EnforcementMode` of a policy.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EnforcementMode {
    /// Decides; the default (service.md 5.5).
    #[default]
    Active,
    /// Is evaluated and reported, and left out of decisions.
    LogOnly,
}

/// `PolicyValidationMode`.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ValidationMode {
    /// A finding fails the policy; the default of create and update (service.md 6.1).
    #[default]
    FailOnAnyFindings,
    /// Findings are ignored; errors are not.
    IgnoreAllFindings,
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

/// A policy as every operation shows it; summaries leave members out (the output shape decides).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicyView {
    policy_id: String,
    name: String,
    policy_engine_id: String,
    created_at: Micros,
    updated_at: Micros,
    policy_arn: String,
    status: String,
    enforcement_mode: EnforcementMode,
    definition: Definition,
    description: Option<String>,
    status_reasons: Vec<String>,
}

impl PolicyView {
    /// Shows a policy.
    pub fn of(place: &Place, policy: Stored<PolicyBody>) -> Self {
        let Stored { record, status, body } = policy;
        Self {
            policy_arn: place.policy_arn(&record.parent, &record.key.id),
            policy_id: record.key.id,
            name: body.name,
            policy_engine_id: record.parent,
            created_at: record.created,
            updated_at: body.updated,
            status: status.to_string(),
            enforcement_mode: body.asked.enforcement_mode,
            definition: body.asked.definition,
            description: body.description,
            status_reasons: body.status_reasons,
        }
    }
}
