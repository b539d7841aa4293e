//! What AWS has of a policy: whose it is, and where it differs.

use super::{DesiredPolicy, PolicyKind, Statement};
use crate::api::{AdoptionPolicy, EnforcementMode, ValidationMode};
use crate::model::default_name;
use crate::operator::decide::{Difference, Look, Owner, Phase, Resource, View};

/// A policy as a listing shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyRecord {
    /// What every kind has.
    pub resource: Resource,
    /// AWS id of the engine.
    pub engine_id: String,
    /// What it says; `None` for a member of the union that this version does not know.
    pub statement: Option<Statement>,
    /// `ACTIVE` or `LOG_ONLY`.
    pub enforcement_mode: Option<String>,
    /// Whether its engine carries the mark of the object that the spec names; looked at only where nothing else tells that it
    /// is the one.
    pub marked: bool,
}

pub(super) fn look(view: &View<'_, PolicyKind>, record: &PolicyRecord) -> Look {
    Look {
        resource: record.resource.clone(),
        owner: owner(view, record),
        phase: Phase::of(&record.resource.status),
        differences: view
            .desired
            .map(|desired| differences(view, desired, record))
            .unwrap_or_default(),
        unwritten: view.created == Some(&record.resource.id)
            && !by_name(view, record)
            && !known(view, record),
    }
}

/// Whether the policy has the name that only this object's can have.
fn by_name(view: &View<'_, PolicyKind>, record: &PolicyRecord) -> bool {
    view.object.spec.name.is_none() && record.resource.name == view.identity.default_name()
}

/// Whether the spec leads to the policy's engine. Of what is only kept, the engine that was looked at is the spec's.
pub(super) fn is_led_to(view: &View<'_, PolicyKind>, record: &PolicyRecord) -> bool {
    let ids = [&view.references.engine.id, &view.object.spec.policy_engine_id];
    let named = ids.into_iter().flatten().any(|id| *id == record.engine_id);
    named || record.marked || view.object.metadata.deletion_timestamp.is_none()
}

/// Whether the object's status names the policy.
fn known(view: &View<'_, PolicyKind>, record: &PolicyRecord) -> bool {
    let status = view.object.status.as_ref();
    status.and_then(|status| status.policy_id.as_ref()) == Some(&record.resource.id)
}

/// Policies carry no tags. The default name holds a digest of the object's identity, which is the mark; under an
/// explicit name only an id that we were given proves it, or the same client token (reliability.md 2.3).
fn owner(view: &View<'_, PolicyKind>, record: &PolicyRecord) -> Owner {
    let (spec, resource) = (&view.object.spec, &record.resource);
    let by_name = by_name(view, record);
    // An id in the status counts only under our finalizer: whoever merely observed it never held it.
    let is_led_to = is_led_to(view, record);
    let known = known(view, record) && is_led_to;
    let by_id = view.held && (known || view.created == Some(&resource.id));
    match spec.management.adoption() {
        _ if by_name => Owner::Mine,
        _ if rival(view, resource, by_id) => Owner::Foreign,
        // Nothing can be written on a policy: the id in an object's status is the mark.
        AdoptionPolicy::IfUnowned if is_led_to => Owner::Mine,
        _ if by_id => Owner::Mine,
        _ if view.held => Owner::Unproven,
        AdoptionPolicy::Never | AdoptionPolicy::IfUnowned => Owner::Foreign,
    }
}

/// Whether another object stands for the policy. One whose default name it has needs no more than that.
fn rival(view: &View<'_, PolicyKind>, resource: &Resource, by_id: bool) -> bool {
    let cluster_id = &view.identity.cluster_id;
    view.references.claims.iter().any(|claim| {
        let default = default_name(cluster_id, &claim.place.0, &claim.place.1);
        let outright = claim.given.is_none() && default == resource.name;
        let name = claim.given.as_ref().unwrap_or(&default);
        claim.beats(resource, name, by_id && !outright)
    })
}

/// The create that a policy of these contents comes from. The validation mode is never returned (service.md 5.5): the
/// spec's is the likelier one.
pub(super) fn remake(
    view: &View<'_, PolicyKind>,
    record: &PolicyRecord,
    other: bool,
) -> Option<DesiredPolicy> {
    let validation_mode = match (view.object.spec.validation_mode.unwrap_or_default(), other) {
        (ValidationMode::FailOnAnyFindings, false) | (ValidationMode::IgnoreAllFindings, true) => {
            ValidationMode::FailOnAnyFindings
        }
        (ValidationMode::IgnoreAllFindings, false) | (ValidationMode::FailOnAnyFindings, true) => {
            ValidationMode::IgnoreAllFindings
        }
    };
    let enforcement_mode = match record.enforcement_mode.as_deref() {
        None | Some("ACTIVE") => EnforcementMode::Active,
        Some("LOG_ONLY") => EnforcementMode::LogOnly,
        Some(_) => return None,
    };
    // What was made from the asset that is wanted was made by naming it.
    let adopted = view.desired.filter(|desired| says(record, desired));
    let statement = adopted.map(|desired| desired.statement.clone());
    Some(DesiredPolicy {
        name: record.resource.name.clone(),
        engine_id: record.engine_id.clone(),
        statement: statement.or_else(|| record.statement.clone())?,
        adoption: adopted.and_then(|desired| desired.adoption.clone()),
        description: record.resource.description.clone(),
        validation_mode,
        enforcement_mode,
    })
}

/// Whether a policy says what is wanted, in words or by the asset that has them.
pub(super) fn says(record: &PolicyRecord, desired: &DesiredPolicy) -> bool {
    let found = record.statement.as_ref();
    let adoption = desired.adoption.as_ref();
    found == Some(&desired.statement) || adoption.is_some_and(|adoption| adoption.is_shown_as(found))
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
    let statement = (!says(record, desired)).then(|| {
        let found = record
            .statement
            .as_ref()
            .map(|s| format!("{}: {}", s.member(), s.text()));
        let wanted = format!("{}: {}", desired.statement.member(), desired.statement.text());
        Difference::between("definition", Some(&wanted), found.as_deref())
    });
    let mode = record.enforcement_mode.as_deref().unwrap_or("ACTIVE");
    // AWS never returns the validation mode, so only our own change of mind counts (service.md 5.5).
    let told = told.or(view.superseded.then_some("another"));
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
            record.resource.description.as_deref(),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Policy;
    use crate::model::Lifecycle;
    use crate::operator::decide::{Claim, Identity, PolicyReferences, Reference};
    use serde_json::{Value, json};

    const ID: &str = "taken-abcdef0123";

    /// Whose the policy of this name is to an object with this spec, whose status names it, and these claims of others.
    fn owner_of(name: &str, spec: &Value, claims: &[Claim]) -> Owner {
        owner_in(Some("e-abcdef0123"), false, name, spec, claims)
    }

    /// The same of an object in deletion whose spec leads to the engine that it is in, or to none.
    fn owner_in(engine: Option<&str>, marked: bool, name: &str, spec: &Value, claims: &[Claim]) -> Owner {
        let mut object = json!({
            "apiVersion": "agentcore.dev/v1alpha1", "kind": "Policy", "metadata": {"name": "p", "namespace": "n", "uid": "u",
                         "deletionTimestamp": "2026-01-01T00:00:00Z"},
            "spec": {"policyEngineRef": {"name": "e"}, "definition": {"cedar": {"statement": "s"}}},
            "status": {"policyId": ID},
        });
        for (field, value) in spec.as_object().unwrap() {
            object["spec"][field] = value.clone();
        }
        let object: Policy = serde_json::from_value(object).unwrap();
        let identity = Identity {
            cluster_id: "c".into(),
            namespace: "n".into(),
            name: "p".into(),
            uid: "u".into(),
        };
        let references = PolicyReferences {
            engine: engine.map(Reference::by_id).unwrap_or_default(),
            claims: claims.to_vec(),
            ..PolicyReferences::default()
        };
        let record = PolicyRecord {
            resource: Resource {
                id: ID.into(),
                arn: String::new(),
                name: name.into(),
                status: Lifecycle::Active,
                word: None,
                status_reasons: Vec::new(),
                description: None,
                created_at: String::new(),
                updated_at: String::new(),
            },
            engine_id: "e-abcdef0123".into(),
            statement: None,
            enforcement_mode: None,
            marked,
        };
        let view = View {
            object: &object,
            references: &references,
            identity: &identity,
            held: true,
            desired: None,
            observed: Some(&record),
            applied: false,
            superseded: false,
            created: None,
        };
        owner(&view, &record)
    }

    #[test]
    fn an_id_in_a_status_proves_nothing_against_the_object_whose_policy_it_is() {
        let other = |older, given: Option<&str>| Claim {
            id: ID.into(),
            older,
            place: ("m".into(), "victim".into()),
            given: given.map(str::to_owned),
            adopts: None,
        };
        let default = default_name("c", "m", "victim");
        for adoption in ["Never", "IfUnowned"] {
            let named = |name: &str| json!({"name": name, "adoptionPolicy": adoption});
            let of = |name: &str, claims: &[Claim]| owner_of(name, &named(name), claims);
            assert_eq!(of("Taken", &[]), Owner::Mine);
            assert_eq!(of("Taken", &[other(true, Some("Taken"))]), Owner::Foreign);
            assert_eq!(of("Taken", &[other(false, Some("Taken"))]), Owner::Mine);
            // Under its default name it is the other's, be that younger.
            assert_eq!(of(&default, &[other(false, None)]), Owner::Foreign);
            // Nor does the status of one whose spec does not lead there take anything away.
            assert_eq!(of("Taken", &[other(true, Some("Another"))]), Owner::Mine);
            assert_eq!(of("Taken", &[other(true, None)]), Owner::Mine);
        }
        let own = default_name("c", "n", "p");
        let forged = [other(true, Some(&own))];
        assert_eq!(
            owner_of(&own, &json!({}), &forged),
            Owner::Mine,
            "the name is the mark"
        );
    }

    #[test]
    fn an_engine_that_only_a_status_names_proves_nothing_under_a_name_that_anybody_can_give() {
        for adoption in ["Never", "IfUnowned"] {
            let spec = json!({"name": "Taken", "adoptionPolicy": adoption});
            for elsewhere in [None, Some("f-abcdef0123")] {
                assert_eq!(owner_in(elsewhere, false, "Taken", &spec, &[]), Owner::Unproven);
                // An engine that was retained still says whose it was.
                assert_eq!(owner_in(elsewhere, true, "Taken", &spec, &[]), Owner::Mine);
                let own = default_name("c", "n", "p");
                assert_eq!(owner_in(elsewhere, false, &own, &json!({}), &[]), Owner::Mine);
            }
        }
    }
}
