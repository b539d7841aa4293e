//! What AWS has of a policy: whose it is, and where it differs.

use super::{DesiredPolicy, PolicyKind, Statement};
use crate::api::AdoptionPolicy;
use crate::model::Lifecycle;
use crate::operator::decide::{Difference, Look, Owner, View};

/// A policy as a listing shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyRecord {
    /// AWS id.
    pub id: String,
    /// ARN.
    pub arn: String,
    /// AWS id of the engine.
    pub engine_id: String,
    /// AWS name.
    pub name: String,
    /// Status.
    pub status: Lifecycle,
    /// Reasons, as they came.
    pub status_reasons: Vec<String>,
    /// Free text.
    pub description: Option<String>,
    /// What it says; `None` for a member of the union that this version does not know.
    pub statement: Option<Statement>,
    /// `ACTIVE` or `LOG_ONLY`.
    pub enforcement_mode: Option<String>,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub updated_at: String,
}

pub(super) fn look(view: &View<'_, PolicyKind>, record: &PolicyRecord) -> Look {
    Look {
        id: record.id.clone(),
        owner: owner(view, record),
        status: record.status.clone(),
        status_reasons: record.status_reasons.clone(),
        created_at: record.created_at.clone(),
        updated_at: record.updated_at.clone(),
        differences: view
            .desired
            .map(|desired| differences(view, desired, record))
            .unwrap_or_default(),
    }
}

/// Policies carry no tags. The default name holds a digest of the object's identity, which is the mark; under an
/// explicit name only an id that we were given proves it, or the same client token (reliability.md 2.3).
fn owner(view: &View<'_, PolicyKind>, record: &PolicyRecord) -> Owner {
    let spec = &view.object.spec;
    let known = view
        .object
        .status
        .as_ref()
        .and_then(|status| status.policy_id.as_deref());
    let ours = spec.name.is_none() && record.name == view.identity.default_name();
    if ours || known == Some(&record.id) || view.created == Some(&record.id) {
        Owner::Mine
    } else if spec.management.adoption() == AdoptionPolicy::IfUnowned {
        // Nothing can be written on a policy: the id in our status is the mark.
        Owner::Mine
    } else if view.held {
        Owner::Unproven
    } else {
        Owner::Foreign
    }
}

fn differences(
    view: &View<'_, PolicyKind>,
    desired: &DesiredPolicy,
    record: &PolicyRecord,
) -> Vec<Difference> {
    let told = view
        .object
        .status
        .as_ref()
        .and_then(|status| status.validation_mode.as_deref());
    let statement = (record.statement.as_ref() != Some(&desired.statement)).then(|| {
        let found = record
            .statement
            .as_ref()
            .map(|s| format!("{}: {}", s.member(), s.text()));
        let wanted = format!("{}: {}", desired.statement.member(), desired.statement.text());
        Difference::between("definition", Some(&wanted), found.as_deref())
    });
    let mode = record.enforcement_mode.as_deref().unwrap_or("ACTIVE");
    // AWS never returns the validation mode, so only our own change of mind counts (service.md 5.5).
    let validation = told.filter(|_| !view.applied).and_then(|told| {
        Difference::between(
            "validationMode",
            Some(desired.validation_mode.as_str()),
            Some(told),
        )
    });
    [
        statement.flatten(),
        Difference::between(
            "description",
            desired.description.as_deref(),
            record.description.as_deref(),
        ),
        Difference::between(
            "enforcementMode",
            Some(desired.enforcement_mode.as_str()),
            Some(mode),
        ),
        validation,
    ]
    .into_iter()
    .flatten()
    .collect()
}
