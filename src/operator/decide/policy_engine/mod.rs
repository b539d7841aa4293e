//! `PolicyEngine`: wishes, and how to read what AWS has.

mod desired;
mod observed;

pub use desired::DesiredEngine;
pub use observed::{ObservedEngine, Remnant};

use super::{Desire, Hindrance, Identity, Kind, Look, Referable, Sought, View};
use crate::api::{Management, Mirror, PolicyEngine, PolicyEngineStatus, Reason};
use crate::model::default_name;

/// The kind `PolicyEngine`.
#[derive(Debug)]
pub struct EngineKind;

/// What a `PolicyEngine` depends on in the cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EngineReferences {
    /// Names of the Policy objects of its namespace that refer to it, the first more than are told; read only while it is
    /// being deleted.
    pub policies: Vec<String>,
    /// Those of other namespaces.
    pub others: Vec<OtherPolicy>,
    /// Names of the `PolicyEngineAttachment` objects of its namespace that refer to it.
    pub attachments: Vec<String>,
    /// How many of other namespaces do, with consent.
    pub attachments_elsewhere: usize,
}

/// A Policy object of another namespace that refers to an engine. Its names are not told in the engine's namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherPolicy {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// AWS id of its policy.
    pub id: Option<String>,
    /// Whether the engine's namespace consents to the reference.
    pub consented: bool,
}

impl OtherPolicy {
    /// Whether this policy in AWS is the object's.
    fn has(&self, remnant: &Remnant, identity: &Identity) -> bool {
        let name = default_name(&identity.cluster_id, &self.namespace, &self.name);
        self.id.as_ref() == Some(&remnant.id) || remnant.name == name
    }
}

impl Referable for EngineKind {
    const FIELD: &'static str = "spec.policyEngineRef";
    const READY: &'static str = "ACTIVE";

    fn arn(object: &PolicyEngine) -> Option<String> {
        let status = object.status.as_ref();
        status.and_then(|status| status.policy_engine_arn.clone())
    }
}

impl Kind for EngineKind {
    type Object = PolicyEngine;
    type References = EngineReferences;
    type Desired = DesiredEngine;
    type Observed = ObservedEngine;

    const NAME: &'static str = "PolicyEngine";
    const NOUN: &'static str = "policy engine";
    const ID: &'static str = "status.policyEngineId";
    const INVALID: Reason = Reason::InvalidSpec;

    fn management(object: &PolicyEngine) -> Management {
        object.spec.management.clone()
    }

    fn mirror(object: &PolicyEngine) -> Mirror {
        object
            .status
            .as_ref()
            .map(|status| status.mirror.clone())
            .unwrap_or_default()
    }

    fn known_id(object: &PolicyEngine) -> Option<String> {
        object
            .status
            .as_ref()
            .and_then(|status| status.policy_engine_id.clone())
    }

    fn sought(object: &PolicyEngine, _: &EngineReferences, identity: &Identity) -> Sought {
        let spec = &object.spec;
        Sought {
            id: spec.management.adopted_id(Self::known_id(object).as_deref()),
            name: spec.name.clone().unwrap_or_else(|| identity.default_name()),
            thorough: object.metadata.deletion_timestamp.is_some(),
            ..Sought::default()
        }
    }

    fn desire(object: &PolicyEngine, _: &EngineReferences, identity: &Identity) -> Desire<DesiredEngine> {
        Desire::Known(DesiredEngine::of(object, identity))
    }

    fn payload(desired: &DesiredEngine) -> String {
        desired.payload()
    }

    fn look(view: &View<'_, Self>) -> Option<Look> {
        view.observed.map(|observed| observed::look(view, observed))
    }

    fn hindrance(view: &View<'_, Self>, _: bool) -> Hindrance {
        let EngineReferences {
            policies,
            others,
            attachments,
            attachments_elsewhere,
        } = view.references;
        let remnants = view
            .observed
            .map(|engine| engine.remnants.as_slice())
            .unwrap_or_default();
        let theirs = |remnant: &Remnant| others.iter().any(|other| other.has(remnant, view.identity));
        // Who may not refer to the engine counts only for what it made before.
        let made = |other: &&OtherPolicy| remnants.iter().any(|remnant| other.has(remnant, view.identity));
        let elsewhere = others
            .iter()
            .filter(|other| other.consented || made(other))
            .count();
        let mut named: Vec<String> = policies.iter().map(|name| format!("Policy {name}")).collect();
        if named.is_empty() {
            let nobodys = remnants.iter().filter(|remnant| !theirs(remnant));
            named = nobodys
                .map(|remnant| format!("AWS policy {}", remnant.name))
                .collect();
        }
        named.extend(
            attachments
                .iter()
                .map(|name| format!("PolicyEngineAttachment {name}")),
        );
        let elsewhere = [
            (elsewhere, "Policy", "Policies"),
            (
                *attachments_elsewhere,
                "PolicyEngineAttachment",
                "PolicyEngineAttachments",
            ),
        ];
        Hindrance::dependents::<Self>(named, &elsewhere)
    }

    fn status(view: &View<'_, Self>, mirror: Mirror) -> serde_json::Value {
        let before = view.object.status.as_ref();
        let ours = view.observed.filter(|_| mirror.status.is_some());
        let status = PolicyEngineStatus {
            policy_engine_id: ours
                .map(|engine| engine.resource.id.clone())
                .or_else(|| before.and_then(|s| s.policy_engine_id.clone())),
            policy_engine_arn: ours
                .map(|engine| engine.resource.arn.clone())
                .or_else(|| before.and_then(|s| s.policy_engine_arn.clone())),
            policies: ours
                .and_then(|engine| engine.policies)
                .or_else(|| before.and_then(|s| s.policies)),
            tag_keys: tag_keys(view, ours),
            mirror,
        };
        serde_json::to_value(status).unwrap_or_default()
    }
}

/// The keys of the tags that this object put on the engine: those of the spec, and until they are seen to be off, those
/// that the spec had before.
fn tag_keys(view: &View<'_, EngineKind>, ours: Option<&ObservedEngine>) -> Vec<String> {
    let before = view
        .object
        .status
        .as_ref()
        .map(|status| status.tag_keys.clone())
        .unwrap_or_default();
    let (Some(desired), Some(ours)) = (view.desired, ours) else {
        return before;
    };
    desired.tagging.keys(before, &ours.tags)
}
