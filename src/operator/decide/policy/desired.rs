//! The spec of a `Policy` in AWS's words.

use super::adoption::{Adoption, Generated, Hitch, adopt, recall};
use super::effective::{Gateways, Unresolved, effective, strange_gateway};
use super::{Declaration, PolicyRecord};
use crate::api::{Definition, EnforcementMode, Policy, Reason, ValidationMode};
use crate::cedar;
use crate::operator::decide::{Claim, Desire, Identity, Reference, Refusal};
use serde_json::json;
use std::sync::Arc;

/// What a `Policy` refers to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyReferences {
    /// Its engine.
    pub engine: Reference,
    /// The gateways that its statement names by their objects.
    pub gateways: Gateways,
    /// A target that will be READY by itself and that brings tools which its statement is about.
    pub awaited: Option<String>,
    /// The generation whose asset it adopts, if it names one that is there.
    pub generation: Option<Generated>,
    /// What other Policy objects stand for; read only where the name does not tell whose a policy is.
    pub claims: Vec<Claim>,
    /// What Policy objects of its engine declare to be forbidden; read only while this one is being deleted.
    pub declared: Arc<Vec<Declaration>>,
}

/// Namespace and name of the engine's object.
#[must_use]
pub fn engine_of(object: &Policy) -> Option<(String, String)> {
    let reference = object.spec.policy_engine_ref.as_ref()?;
    let own = object.metadata.namespace.clone().unwrap_or_default();
    Some(reference.place(own))
}

/// AWS id of the engine, as far as the object knows it.
#[must_use]
pub fn engine_id_of(object: &Policy) -> Option<&str> {
    let known = object.status.as_ref();
    let known = || known.and_then(|status| status.policy_engine_id.as_deref());
    object.spec.policy_engine_id.as_deref().or_else(known)
}

/// The text of a policy, under the member of AWS's union that carries it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Statement {
    /// `definition.cedar`
    Cedar(String),
    /// `definition.policy`
    Policy(String),
    /// `definition.policyGeneration`, as AWS may show it of a policy that was made from an asset: `GENERATION/ASSET`.
    Generation(String),
}

impl Statement {
    /// The text of this member; `None`: a member that carries none, or that this version does not know.
    #[must_use]
    pub fn of(member: &str, text: &str) -> Option<Self> {
        [Self::Cedar(text.to_owned()), Self::Policy(text.to_owned())]
            .into_iter()
            .find(|statement| statement.member() == member)
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Cedar(text) | Self::Policy(text) | Self::Generation(text) => text,
        }
    }

    /// The same with another text.
    #[must_use]
    pub fn with(&self, other: impl FnOnce(&str) -> String) -> Self {
        match self {
            Self::Cedar(text) => Self::Cedar(other(text)),
            Self::Policy(text) => Self::Policy(other(text)),
            Self::Generation(text) => Self::Generation(text.clone()),
        }
    }

    /// The member of the union.
    #[must_use]
    pub fn member(&self) -> &'static str {
        match self {
            Self::Cedar(_) => "cedar",
            Self::Policy(_) => "policy",
            Self::Generation(_) => "policyGeneration",
        }
    }
}

/// What AWS should have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesiredPolicy {
    /// AWS name.
    pub name: String,
    /// AWS id of the engine.
    pub engine_id: String,
    /// What it says.
    pub statement: Statement,
    /// The asset that says it.
    pub adoption: Option<Adoption>,
    /// Free text.
    pub description: Option<String>,
    /// What AWS does with findings.
    pub validation_mode: ValidationMode,
    /// Whether it counts.
    pub enforcement_mode: EnforcementMode,
}

impl DesiredPolicy {
    pub(super) fn payload(&self) -> String {
        let member = self.statement.member();
        json!({
            "policyEngineId": self.engine_id,
            "name": self.name,
            "description": self.description,
            "definition": {member: {"statement": self.statement.text()}},
            "validationMode": self.validation_mode.as_str(),
            "enforcementMode": self.enforcement_mode.as_str(),
        })
        .to_string()
    }
}

pub(super) fn desire(
    object: &Policy,
    references: &PolicyReferences,
    identity: &Identity,
) -> Desire<DesiredPolicy> {
    if let Some(text) = &references.engine.withheld {
        return Desire::Barred(text.clone());
    }
    if let Err(refusal) = check(object) {
        return Desire::Refused(refusal);
    }
    let (statement, adoption, waits) = match adopt(object, references) {
        Some(Ok((statement, adoption))) => (statement, Some(adoption), None),
        Some(Err(Hitch::Waits(obstacle))) => return Desire::Barred(obstacle),
        Some(Err(Hitch::Refused(refusal))) => return Desire::Refused(refusal),
        None => match effective(object, &references.gateways) {
            Ok(statement) => (statement, None, references.awaited.as_deref().map(too_early)),
            Err(Unresolved {
                before: Some(statement),
                obstacle,
            }) => (statement, None, Some(obstacle)),
            // There is nothing to compare with what is in AWS.
            Err(Unresolved { obstacle, .. }) => return Desire::Barred(obstacle),
        },
    };
    complete(object, references, identity, statement, adoption, waits)
}

/// What is wanted of a policy that AWS has and whose status was lost, where its generation does not offer the asset any more.
pub(super) fn recalled(
    object: &Policy,
    references: &PolicyReferences,
    identity: &Identity,
    record: &PolicyRecord,
) -> Option<Desire<DesiredPolicy>> {
    if references.engine.withheld.is_some() || check(object).is_err() {
        return None;
    }
    let (statement, adoption) = recall(object, references, identity, record)?;
    let desire = complete(object, references, identity, statement, Some(adoption), None);
    Some(desire)
}

/// A policy that says this.
fn complete(
    object: &Policy,
    references: &PolicyReferences,
    identity: &Identity,
    statement: Statement,
    adoption: Option<Adoption>,
    waits: Option<String>,
) -> Desire<DesiredPolicy> {
    if let Some(refusal) = too_long(&statement) {
        return Desire::Refused(refusal);
    }
    // Without a word from the engine's object the policy is compared with what is where it was last seen.
    let known = object
        .status
        .as_ref()
        .and_then(|status| status.policy_engine_id.as_ref());
    let desired = references
        .engine
        .id
        .as_ref()
        .or(known)
        .map(|engine_id| DesiredPolicy {
            name: object
                .spec
                .name
                .clone()
                .unwrap_or_else(|| identity.default_name()),
            engine_id: engine_id.clone(),
            statement,
            adoption,
            description: object.spec.description.clone(),
            validation_mode: object.spec.validation_mode.unwrap_or_default(),
            enforcement_mode: object.spec.enforcement_mode.unwrap_or_default(),
        });
    match (desired, references.engine.obstacle.clone().or(waits)) {
        (Some(desired), None) => Desire::Known(desired),
        (desired, obstacle) => Desire::Waiting(
            desired,
            obstacle.unwrap_or_else(|| "the policy engine has no id yet".to_owned()),
        ),
    }
}

/// Why a statement is not sent yet.
fn too_early(target: &str) -> String {
    format!("{target} is not READY yet, and the statement is about its tools: see its conditions")
}

/// What AWS is expected to have of the statement, as far as that is known.
pub(super) fn expected(object: &Policy, references: &PolicyReferences) -> Option<Statement> {
    match adopt(object, references) {
        Some(adopted) => adopted.ok().map(|(statement, _)| statement),
        None => effective(object, &references.gateways).map_or_else(|unresolved| unresolved.before, Some),
    }
}

/// ARNs are longer than names.
fn too_long(statement: &Statement) -> Option<Refusal> {
    let length = statement.text().chars().count();
    (length > cedar::MAX_STATEMENT_CHARS).then(|| Refusal {
        reason: Reason::InvalidPolicy,
        message: format!(
            "with the ARNs of its gateways the statement is {length} characters long, and AWS takes {}: split it into \
             several policies",
            cedar::MAX_STATEMENT_CHARS
        ),
    })
}

/// The statement as it is written, if it is.
pub(super) fn written(definition: &Definition) -> Option<Statement> {
    let cedar = definition.cedar.as_ref();
    let cedar = cedar.map(|cedar| Statement::Cedar(cedar.statement.clone()));
    let policy = definition.policy.as_ref();
    cedar.or_else(|| policy.map(|policy| Statement::Policy(policy.statement.clone())))
}

/// Whether the statement can be what AWS takes, as far as that can be told without AWS.
fn check(object: &Policy) -> Result<(), Refusal> {
    let definition = &object.spec.definition;
    let refuse = |reason, message: String| Err(Refusal { reason, message });
    match (&definition.cedar, &definition.policy, &definition.generation) {
        (Some(cedar), None, None) => match cedar::parse_statement(&cedar.statement) {
            Err(failure) => refuse(
                Reason::InvalidPolicy,
                format!(
                    "the Cedar statement does not parse: {failure}. Correct spec.definition.cedar.statement"
                ),
            ),
            Ok(parsed) => match (parsed.scope_refusal(), strange_gateway(&cedar.statement)) {
                (Some(text), _) => refuse(Reason::InvalidPolicy, text.to_owned()),
                (None, Some(id)) => refuse(
                    Reason::InvalidPolicy,
                    format!(
                        "the statement names the gateway '{id}', which is neither an ARN nor a name that a Gateway object \
                         can have: write AgentCore::Gateway::\"NAME\" for the Gateway object NAME of this namespace, or the \
                         ARN of the gateway"
                    ),
                ),
                (None, None) => Ok(()),
            },
        },
        // Dogwood is a superset that only AWS parses, and an asset was written by AWS.
        (None, Some(_), None) | (None, None, Some(_)) => Ok(()),
        (None | Some(_), None | Some(_), None | Some(_)) => refuse(
            Reason::InvalidSpec,
            "exactly one of cedar, policy, generation must be set in spec.definition".to_owned(),
        ),
    }
}
