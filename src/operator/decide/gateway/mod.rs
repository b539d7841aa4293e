//! `Gateway`: wishes, and how to read what AWS has.

mod desired;
mod observed;

#[cfg(test)]
mod tests;

pub use desired::DesiredGateway;
pub use observed::ObservedGateway;

use super::wording::{cause, list};
use super::{Desire, Hindrance, Identity, Kind, Look, Members, Referable, Refusal, Remnant, Sought, View};
use crate::api::{AttachedEngine, Gateway, GatewayStatus, Management, Mirror, Reason};
use crate::model::{Fault, Lifecycle};

/// What `GetGateway` shows and `UpdateGateway` does not take.
const SHOWN: [&str; 9] = [
    "gatewayArn",
    "gatewayId",
    "gatewayUrl",
    "createdAt",
    "updatedAt",
    "status",
    "statusReasons",
    "workloadIdentityDetails",
    "webAclArn",
];

/// What `UpdateGateway` takes, as far as this version knows.
const TAKEN: [&str; 14] = [
    "name",
    "description",
    "roleArn",
    "protocolType",
    "protocolConfiguration",
    "authorizerType",
    "authorizerConfiguration",
    "kmsKeyArn",
    "customTransformConfiguration",
    "interceptorConfigurations",
    "policyEngineConfiguration",
    "exceptionLevel",
    "wafConfiguration",
    "domainOverride",
];

/// What of a gateway goes back to AWS when it is replaced, known to this version or not.
pub(super) fn replaceable(found: &Members) -> Members {
    let mut members = found.clone();
    members.retain(|name, value| !SHOWN.contains(&name.as_str()) && !value.is_null());
    members
}

/// What to say when AWS does not take back a gateway that has members which this version does not know (reliability.md 2.5).
pub(super) fn unsupported(found: &Members, fault: &Fault) -> Option<Refusal> {
    let known = |name: &str| SHOWN.contains(&name) || TAKEN.contains(&name);
    let mut strange: Vec<String> = found
        .iter()
        .filter(|(name, value)| !known(name) && !value.is_null())
        .map(|(name, _)| name.clone())
        .collect();
    strange.sort();
    (fault.operation == "UpdateGateway" && !strange.is_empty()).then(|| Refusal {
        reason: Reason::UnsupportedGatewayFields,
        message: format!(
            "{}. The gateway has members that this version does not know ({}); they are sent back as they came and never \
             reset, and AWS may not take them: run a version that knows them, or change the gateway in AWS",
            cause(fault),
            list(&strange)
        ),
    })
}

/// What a `Gateway` depends on in the cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GatewayReferences {
    /// Names of the `GatewayTarget` objects of its namespace that refer to it; read only while it is being deleted.
    pub targets: Vec<String>,
    /// Those of other namespaces.
    pub others: Vec<OtherTarget>,
    /// Names of the `PolicyEngineAttachment` objects of its namespace that refer to it.
    pub attachments: Vec<String>,
    /// How many of other namespaces do, with consent.
    pub attachments_elsewhere: usize,
}

/// A `GatewayTarget` object of another namespace that refers to a gateway. Its target is not named in the gateway's namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherTarget {
    /// AWS id of its target.
    pub id: Option<String>,
    /// Whether the gateway's namespace consents to the reference.
    pub consented: bool,
}

/// The kind `Gateway`.
#[derive(Debug)]
pub struct GatewayKind;

impl Referable for GatewayKind {
    const FIELD: &'static str = "spec.gatewayRef";
    const READY: &'static str = "READY";

    /// Where it has been READY: what is to name it goes by its tools.
    fn arn(object: &Gateway) -> Option<String> {
        let status = object
            .status
            .as_ref()
            .filter(|status| status.gateway_url.is_some());
        status.and_then(|status| status.gateway_arn.clone())
    }
}

impl Kind for GatewayKind {
    type Object = Gateway;
    type References = GatewayReferences;
    type Desired = DesiredGateway;
    type Observed = ObservedGateway;

    const NAME: &'static str = "Gateway";
    const NOUN: &'static str = "gateway";
    const ID: &'static str = "status.gatewayId";
    const INVALID: Reason = Reason::InvalidSpec;

    fn management(object: &Gateway) -> Management {
        object.spec.management.clone()
    }

    fn mirror(object: &Gateway) -> Mirror {
        object
            .status
            .as_ref()
            .map(|status| status.mirror.clone())
            .unwrap_or_default()
    }

    fn known_id(object: &Gateway) -> Option<String> {
        object
            .status
            .as_ref()
            .and_then(|status| status.gateway_id.clone())
    }

    fn sought(object: &Gateway, _: &GatewayReferences, identity: &Identity) -> Sought {
        let spec = &object.spec;
        Sought {
            id: spec.management.adopted_id(Self::known_id(object).as_deref()),
            name: spec
                .name
                .clone()
                .unwrap_or_else(|| identity.default_gateway_name()),
            thorough: object.metadata.deletion_timestamp.is_some(),
            ..Sought::default()
        }
    }

    fn desire(object: &Gateway, _: &GatewayReferences, identity: &Identity) -> Desire<DesiredGateway> {
        Desire::Known(DesiredGateway::of(object, identity))
    }

    fn payload(desired: &DesiredGateway) -> String {
        serde_json::Value::Object(desired.creation()).to_string()
    }

    fn look(view: &View<'_, Self>) -> Option<Look> {
        view.observed.map(|observed| observed::look(view, observed))
    }

    /// A gateway goes when it has no targets (service.md 9.5), and when nobody wants an engine attached to it.
    fn hindrance(view: &View<'_, Self>, _: bool) -> Hindrance {
        let GatewayReferences {
            targets,
            others,
            attachments,
            attachments_elsewhere,
        } = view.references;
        let remnants = view.observed.map(|gateway| gateway.targets.as_slice());
        let remnants = remnants.unwrap_or_default();
        let made = |other: &OtherTarget, remnant: &Remnant| other.id.as_ref() == Some(&remnant.id);
        // Who may not refer to the gateway counts only for what it made before.
        let counts =
            |other: &&OtherTarget| other.consented || remnants.iter().any(|remnant| made(other, remnant));
        let elsewhere = others.iter().filter(counts).count();
        let mut named: Vec<String> = targets
            .iter()
            .map(|name| format!("GatewayTarget {name}"))
            .collect();
        if named.is_empty() && !others.iter().any(|other| other.consented) {
            let theirs = |remnant: &Remnant| others.iter().any(|other| made(other, remnant));
            let nobodys = remnants.iter().filter(|remnant| !theirs(remnant));
            named = nobodys
                .map(|remnant| format!("AWS target {}", remnant.name))
                .collect();
        }
        named.extend(
            attachments
                .iter()
                .map(|name| format!("PolicyEngineAttachment {name}")),
        );
        let elsewhere = [
            (elsewhere, "GatewayTarget", "GatewayTargets"),
            (
                *attachments_elsewhere,
                "PolicyEngineAttachment",
                "PolicyEngineAttachments",
            ),
        ];
        Hindrance::dependents::<Self>(named, &elsewhere)
    }

    /// What goes back as it came may be what AWS does not take; then nothing is changed (reliability.md 2.5).
    fn invalid(view: &View<'_, Self>, fault: &Fault) -> Option<Refusal> {
        unsupported(&view.observed?.members, fault)
    }

    fn time<'a>(view: &View<'a, Self>) -> Option<&'a str> {
        view.observed
            .map(|observed| observed.resource.updated_at.as_str())
    }

    fn status(view: &View<'_, Self>, mirror: Mirror) -> serde_json::Value {
        let before = view.object.status.as_ref();
        let ours = view.observed.filter(|_| mirror.status.is_some());
        // What is known of another gateway says nothing of this one.
        let same = before.filter(|before| {
            ours.is_none_or(|gateway| before.gateway_id.as_ref() == Some(&gateway.resource.id))
        });
        let url = ours
            .filter(|gateway| gateway.resource.status == Lifecycle::Active)
            .and_then(|gateway| gateway.text("gatewayUrl"));
        let status = GatewayStatus {
            gateway_id: ours
                .map(|gateway| gateway.resource.id.clone())
                .or_else(|| before.and_then(|s| s.gateway_id.clone())),
            gateway_arn: ours
                .map(|gateway| gateway.resource.arn.clone())
                .or_else(|| before.and_then(|s| s.gateway_arn.clone())),
            gateway_url: url.or_else(|| same.and_then(|s| s.gateway_url.clone())),
            policy_engine_configuration: match ours {
                Some(gateway) => attached(&gateway.members),
                None => before.and_then(|s| s.policy_engine_configuration.clone()),
            },
            tag_keys: kept(
                view,
                ours,
                |s| &s.tag_keys,
                |desired, ours, before| desired.tagging.keys(before, &ours.tags),
            ),
            applied_fields: kept(
                view,
                ours,
                |s| &s.applied_fields,
                |desired, ours, before| desired.wanted.paths(before, &ours.members),
            ),
            mirror,
        };
        serde_json::to_value(status).unwrap_or_default()
    }
}

/// The engine that is attached.
pub(super) fn attached(members: &Members) -> Option<AttachedEngine> {
    let configuration = members.get("policyEngineConfiguration")?;
    serde_json::from_value(configuration.clone()).ok()
}

/// What this object has set, by what it had set before; as it was, where nothing is known anew.
fn kept(
    view: &View<'_, GatewayKind>,
    ours: Option<&ObservedGateway>,
    list: impl Fn(&GatewayStatus) -> &Vec<String>,
    now: impl Fn(&DesiredGateway, &ObservedGateway, Vec<String>) -> Vec<String>,
) -> Vec<String> {
    let before = view.object.status.as_ref();
    let before = before.map(|status| list(status).clone()).unwrap_or_default();
    match (view.desired, ours) {
        (Some(desired), Some(ours)) => now(desired, ours, before),
        (Some(_) | None, Some(_) | None) => before,
    }
}
