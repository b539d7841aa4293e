//! Gateway targets as they are kept and shown.

use super::{Body, Stored};
use crate::backend::control::clock::Micros;
use crate::backend::control::lifecycle::TargetStatus;
use crate::backend::control::place::Place;
use crate::backend::control::target::Arm;
use crate::backend::store::Kind;
use crate::model::Tool;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// What a caller says of a target next to its name, in `CreateGatewayTarget` and whole again in `UpdateGatewayTarget`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TargetSettings {
    /// What is behind it.
    pub target_configuration: Value,
    /// How the gateway shows itself to it. Outputs require the member, so one that was left out is shown as the role of
    /// the gateway, the one entry that needs nothing else (service.md 9.8).
    #[serde(default = "gateway_role")]
    pub credential_provider_configurations: Value,
    /// Every other member, as it came: kept, shown again, and not looked at.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

fn gateway_role() -> Value {
    json!([{"credentialProviderType": "GATEWAY_IAM_ROLE"}])
}

/// What is kept of a target.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct TargetBody {
    /// Its name.
    pub name: String,
    /// What was asked for last.
    pub settings: TargetSettings,
    /// The tools of the last listing that succeeded.
    pub tools: Vec<Tool>,
    /// The configuration that they came from, as long as another one is asked for: calls of them go there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tools_from: Option<Value>,
    /// Actions and groups that these tools changed, as long as policies were not judged again by them
    /// (`compat.revalidate-on-tool-change`).
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unjudged: BTreeSet<String>,
    /// When its tools were last fetched from an MCP server.
    pub synchronized: Option<Micros>,
    /// Why it failed.
    pub status_reasons: Vec<String>,
    /// When it last changed.
    pub updated: Micros,
}

impl Body for TargetBody {
    const KIND: Kind = Kind::Target;
    const NOUN: &str = "Gateway target";
    type Status = TargetStatus;

    fn changed(&mut self, at: Micros, reasons: Vec<String>) {
        self.updated = at;
        self.status_reasons = reasons;
    }
}

/// `AuthorizationData`: where somebody would authorize a target, and for whom. It leads nowhere, and is ours.
fn authorization(gateway: &str, target: &str) -> Value {
    let url = format!("https://authorization.invalid/{gateway}/{target}");
    json!({"oauth2": {"authorizationUrl": url, "userId": target}})
}

/// A target as every operation shows it; some leave members out (the output shape decides).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TargetView {
    gateway_arn: String,
    target_id: String,
    name: String,
    created_at: Micros,
    updated_at: Micros,
    status: String,
    status_reasons: Vec<String>,
    last_synchronized_at: Option<Micros>,
    authorization_data: Option<Value>,
    protocol_type: Option<&'static str>,
    target_type: Option<&'static str>,
    resource_priority: Option<Value>,
    listing_mode: Option<Value>,
    #[serde(flatten)]
    settings: TargetSettings,
}

impl TargetView {
    /// Shows a target.
    pub fn of(place: &Place, target: Stored<TargetBody>) -> Self {
        let Stored { record, status, body } = target;
        let arm = Arm::of(&body.settings.target_configuration);
        let authorization_data = status
            .awaits_consent()
            .then(|| authorization(&record.parent, &record.key.id));
        Self {
            authorization_data,
            gateway_arn: place.gateway_arn(&record.parent),
            target_id: record.key.id,
            name: body.name,
            created_at: record.created,
            updated_at: body.updated,
            status: status.to_string(),
            status_reasons: body.status_reasons,
            last_synchronized_at: body.synchronized,
            protocol_type: arm.as_ref().map(Arm::protocol_type),
            target_type: arm.as_ref().and_then(Arm::target_type),
            resource_priority: arm.as_ref().and_then(Arm::resource_priority),
            listing_mode: arm.as_ref().and_then(Arm::listing_mode),
            settings: body.settings,
        }
    }
}
