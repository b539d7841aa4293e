//! Policies as they are kept and shown.

use super::{Body, GeneratedAsset, Stored, Tagged, Tags};
use crate::backend::control::clock::Micros;
use crate::backend::control::place::Place;
use crate::backend::store::Kind;
use crate::model::Lifecycle;
use serde::{Deserialize, Serialize};

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
    /// How findings of the last request that asked for some are taken; shown nowhere (service.md 5.5).
    pub validation_mode: ValidationMode,
    /// Whether the last request asks for no findings: it left the statement that is in force, and the mode, as they were.
    #[serde(default)]
    pub keeps_findings: bool,
    /// Its tags.
    pub tags: Tags,
    /// Why it failed.
    pub status_reasons: Vec<String>,
    /// When it last changed.
    pub updated: Micros,
}

impl Body for PolicyBody {
    const KIND: Kind = Kind::Policy;
    const NOUN: &str = "Policy";
    type Status = Lifecycle;

    fn changed(&mut self, at: Micros, reasons: Vec<String>) {
        self.updated = at;
        self.status_reasons = reasons;
    }

    /// The bytes of the statement that was asked for last, as it came: a policy that failed, and one that is on its way
    /// out, count as they do among the policies of their engine.
    fn size(&self) -> i64 {
        i64::try_from(self.asked.definition.statement().len()).unwrap_or(i64::MAX)
    }
}

impl Tagged for PolicyBody {
    fn tags(&mut self) -> &mut Tags {
        &mut self.tags
    }
}

/// A statement and whether it decides.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// The statement, under the member of the union that was used.
    pub definition: Definition,
    /// The asset that it was taken from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asset: Option<GeneratedAsset>,
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
    definition: Shown,
    description: Option<String>,
    status_reasons: Vec<String>,
}

/// `PolicyDefinition` as it is shown.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase", untagged)]
enum Shown {
    Statement(Definition),
    #[serde(rename_all = "camelCase")]
    Asset {
        policy_generation: GeneratedAsset,
    },
}

impl PolicyView {
    /// Shows a policy: by its asset, where its rule names one (`compat.generated-definition-echo`).
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
            definition: match body.asked.asset {
                Some(policy_generation) => Shown::Asset { policy_generation },
                None => Shown::Statement(body.asked.definition),
            },
            description: body.description,
            status_reasons: body.status_reasons,
        }
    }
}
