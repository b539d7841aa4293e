//! `Policy`: wishes, and how to read what AWS has.

mod adoption;
mod desired;
mod effective;
mod observed;
mod successor;
mod tools;

pub use adoption::{Adoption, Generated, has_adopted};
pub use desired::{DesiredPolicy, PolicyReferences, Statement, engine_id_of, engine_of};
pub use effective::{Gateways, gateways_mentioned, gateways_named};
pub use observed::PolicyRecord;
pub use successor::{Declaration, Standing, may_forbid};
use tools::tools_of;
pub use tools::{Awaited, gateway_id, tool_rooms};

use super::wording::{strayed, unproven};
use super::{Desire, Found, Hindrance, Identity, Kind, Look, Remark, Sought, View};
use crate::api::{Management, Mirror, Policy, PolicyStatus, Reason};
use crate::model::{Fault, sha256};

/// The kind `Policy`.
#[derive(Debug)]
pub struct PolicyKind;

impl Kind for PolicyKind {
    type Object = Policy;
    type References = PolicyReferences;
    type Desired = DesiredPolicy;
    type Observed = PolicyRecord;

    const NAME: &'static str = "Policy";
    const NOUN: &'static str = "policy";
    const ID: &'static str = "status.policyId";
    const INVALID: Reason = Reason::InvalidPolicy;

    fn management(object: &Policy) -> Management {
        object.spec.management.clone()
    }

    fn mirror(object: &Policy) -> Mirror {
        object
            .status
            .as_ref()
            .map(|status| status.mirror.clone())
            .unwrap_or_default()
    }

    fn known_id(object: &Policy) -> Option<String> {
        object.status.as_ref().and_then(|status| status.policy_id.clone())
    }

    fn sought(object: &Policy, references: &PolicyReferences, identity: &Identity) -> Sought {
        let spec = &object.spec;
        let known = object
            .status
            .as_ref()
            .and_then(|status| status.policy_engine_id.clone());
        let thorough = object.metadata.deletion_timestamp.is_some();
        // The default name is a mark itself, wherever it is.
        let by_name = spec.name.is_none() && spec.management.adopt_id.is_none();
        let named = engine_of(object).filter(|_| thorough && !by_name);
        let mark = references.engine.doubt(named, known.as_ref(), identity);
        Sought {
            id: spec.management.adopted_id(Self::known_id(object).as_deref()),
            name: spec.name.clone().unwrap_or_else(|| identity.default_name()),
            parents: references.engine.places(known, thorough),
            mark,
            statement: desired::expected(object, references),
            tools_of: None,
            thorough,
            ..Sought::default()
        }
    }

    fn desire(object: &Policy, references: &PolicyReferences, identity: &Identity) -> Desire<DesiredPolicy> {
        desired::desire(object, references, identity)
    }

    fn recalled(
        desire: Desire<DesiredPolicy>,
        object: &Policy,
        references: &PolicyReferences,
        identity: &Identity,
        found: &Result<Found<PolicyRecord>, Fault>,
    ) -> Desire<DesiredPolicy> {
        let record = found.as_ref().ok().and_then(Found::there);
        record
            .and_then(|record| desired::recalled(object, references, identity, record))
            .unwrap_or(desire)
    }

    fn payload(desired: &DesiredPolicy) -> String {
        desired.payload()
    }

    fn remake(view: &View<'_, Self>, other: bool) -> Option<DesiredPolicy> {
        view.observed
            .and_then(|record| observed::remake(view, record, other))
    }

    fn look(view: &View<'_, Self>) -> Option<Look> {
        view.observed.map(|record| observed::look(view, record))
    }

    fn hindrance(view: &View<'_, Self>, lingered: bool) -> Hindrance {
        successor::hindrance(view, lingered)
    }

    fn unproven(view: &View<'_, Self>) -> String {
        let elsewhere = view.observed.filter(|record| !observed::is_led_to(view, record));
        elsewhere.map_or_else(unproven::<Self>, |record| {
            let place = format!("its policy is in the policy engine {}", record.engine_id);
            strayed(&place, "policyEngineId")
        })
    }

    fn remark(view: &View<'_, Self>) -> Option<Remark> {
        adoption::remark(view)
    }

    /// AWS tells what a policy says, and not of which asset.
    fn is_noted(view: &View<'_, Self>) -> bool {
        adoption::is_noted(view)
    }

    fn rooms(object: &Policy, references: &PolicyReferences) -> Vec<String> {
        let known = object
            .status
            .as_ref()
            .and_then(|status| status.policy_engine_id.clone());
        let mut rooms = engine_rooms(engine_of(object), [object.spec.policy_engine_id.clone(), known]);
        rooms.extend(tools_of(object, &references.gateways));
        rooms
    }

    fn waits_in_rooms(references: &PolicyReferences) -> bool {
        references.awaited.is_some()
    }

    fn status(view: &View<'_, Self>, mirror: Mirror) -> serde_json::Value {
        let before = view.object.status.as_ref();
        let ours = view.observed.filter(|_| mirror.status.is_some());
        let statement = view
            .desired
            .filter(|_| !is_held_back(view))
            .map(|desired| desired.statement.text().to_owned())
            .or_else(|| before.and_then(|s| s.effective_statement.clone()));
        let (adopted, adopted_before) = adoption::noted(view);
        let status = PolicyStatus {
            policy_id: ours
                .map(|r| r.resource.id.clone())
                .or_else(|| before.and_then(|s| s.policy_id.clone())),
            policy_arn: ours
                .map(|r| r.resource.arn.clone())
                .or_else(|| before.and_then(|s| s.policy_arn.clone())),
            policy_engine_id: ours
                .map(|r| r.engine_id.clone())
                .or_else(|| before.and_then(|s| s.policy_engine_id.clone())),
            statement_digest: statement
                .as_deref()
                .map(|text| sha256([text]).as_str().to_owned()),
            effective_statement: statement,
            adopted,
            adopted_before,
            validation_mode: told_mode(view, before)
                .or_else(|| before.and_then(|s| s.validation_mode.clone())),
            mirror,
        };
        serde_json::to_value(status).unwrap_or_default()
    }
}

/// Whether AWS has the policy as it was, and is not asked yet for what is wanted.
fn is_held_back(view: &View<'_, PolicyKind>) -> bool {
    let pair = view.observed.zip(view.desired);
    let differs =
        pair.is_some_and(|(observed, desired)| observed.statement.as_ref() != Some(&desired.statement));
    differs && view.references.awaited.is_some()
}

/// The rooms of an engine: by namespace and name of its object, and by what is known of its AWS id.
#[must_use]
pub fn engine_rooms(object: Option<(String, String)>, ids: [Option<String>; 2]) -> Vec<String> {
    let object = object.map(|(namespace, name)| format!("{namespace}/{name}"));
    let mut rooms: Vec<String> = object.into_iter().chain(ids.into_iter().flatten()).collect();
    rooms.sort();
    rooms.dedup();
    rooms
}

/// The validation mode that AWS was told with this pass at the latest: it never returns it (service.md 5.5). Where no mode
/// is stored, the one of a resource that was found is taken to be as wanted, unless another was sent.
fn told_mode(view: &View<'_, PolicyKind>, before: Option<&PolicyStatus>) -> Option<String> {
    let unknown = before.is_none_or(|status| status.validation_mode.is_none());
    let told = view.applied || (unknown && view.observed.is_some() && !view.superseded);
    view.desired
        .filter(|_| told)
        .map(|desired| desired.validation_mode.as_str().to_owned())
}
