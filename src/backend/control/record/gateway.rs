//! Gateways as they are kept and shown.

use super::{Body, Stored, Tagged, Tags};
use crate::backend::control::clock::Micros;
use crate::backend::control::lifecycle::GatewayStatus;
use crate::backend::control::place::Place;
use crate::backend::store::Kind;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// What a caller says of a gateway, in `CreateGateway` and whole again in `UpdateGateway` (service.md 9.3).
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GatewaySettings {
    /// Its name.
    pub name: String,
    /// Its protocol: `MCP` or none.
    pub protocol_type: Option<String>,
    /// Who may call it.
    pub authorizer_type: String,
    /// How tokens of callers are judged.
    pub authorizer_configuration: Option<Value>,
    /// The engine that decides on calls.
    pub policy_engine_configuration: Option<Attachment>,
    /// Every other member, as it came: kept, shown again, and not looked at.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// `GatewayPolicyEngineConfiguration`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Attachment {
    /// ARN of the engine.
    pub arn: String,
    /// Whether it decides or is only logged.
    pub mode: String,
}

/// What is kept of a gateway.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct GatewayBody {
    /// What was asked for last.
    pub settings: GatewaySettings,
    /// Engines that it was attached to or detached from, as long as their policies were not judged again
    /// (`compat.revalidate-on-tool-change`).
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unjudged: BTreeSet<String>,
    /// Its tags.
    pub tags: Tags,
    /// Why it failed.
    pub status_reasons: Vec<String>,
    /// When it last changed.
    pub updated: Micros,
}

impl Body for GatewayBody {
    const KIND: Kind = Kind::Gateway;
    const NOUN: &str = "Gateway";
    type Status = GatewayStatus;

    fn changed(&mut self, at: Micros, reasons: Vec<String>) {
        self.updated = at;
        self.status_reasons = reasons;
    }
}

impl Tagged for GatewayBody {
    fn tags(&mut self) -> &mut Tags {
        &mut self.tags
    }
}

/// A gateway as every operation shows it; some leave members out (the output shape decides).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GatewayView {
    gateway_arn: String,
    gateway_id: String,
    gateway_url: String,
    created_at: Micros,
    updated_at: Micros,
    status: String,
    status_reasons: Vec<String>,
    workload_identity_details: WorkloadIdentityDetails,
    #[serde(flatten)]
    settings: GatewaySettings,
}

/// `WorkloadIdentityDetails`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct WorkloadIdentityDetails {
    workload_identity_arn: String,
}

impl GatewayView {
    /// Shows a gateway.
    pub fn of(place: &Place, gateway: Stored<GatewayBody>) -> Self {
        let Stored { record, status, body } = gateway;
        let id = record.key.id;
        Self {
            gateway_arn: place.gateway_arn(&id),
            gateway_url: place.gateway_url(&id),
            workload_identity_details: WorkloadIdentityDetails {
                workload_identity_arn: place.workload_identity_arn(&id),
            },
            gateway_id: id,
            created_at: record.created,
            updated_at: body.updated,
            status: status.to_string(),
            status_reasons: body.status_reasons,
            settings: body.settings,
        }
    }
}
