//! The spec of a `Gateway` in AWS's words.

use crate::api::Gateway;
use crate::operator::decide::members::{Members, Wanted};
use crate::operator::decide::{Identity, Tagging};
use serde::Serialize;
use serde_json::{Value, json};

/// What is nothing in AWS where the spec says nothing.
const UNSET: [&str; 2] = ["description", "exceptionLevel"];

/// Members of which AWS takes one arm alone.
const UNIONS: [&str; 2] = ["authorizerConfiguration", "protocolConfiguration"];

/// What AWS should have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesiredGateway {
    /// AWS name.
    pub name: String,
    /// What the spec says of its members, the name apart.
    pub wanted: Wanted,
    /// Its tags.
    pub tagging: Tagging,
}

impl DesiredGateway {
    pub(super) fn of(object: &Gateway, identity: &Identity) -> Self {
        let spec = &object.spec;
        let status = object.status.as_ref();
        let fields = status.map(|status| status.applied_fields.as_slice());
        let keys = status.map(|status| status.tag_keys.as_slice());
        let members = [
            ("description", said(&spec.description)),
            ("roleArn", said(&spec.role_arn)),
            // The only one there is (service.md 9.2).
            ("protocolType", json!("MCP")),
            ("protocolConfiguration", said(&spec.protocol_configuration)),
            ("authorizerType", said(&spec.authorizer_type)),
            ("authorizerConfiguration", said(&spec.authorizer_configuration)),
            ("exceptionLevel", said(&spec.exception_level)),
            ("kmsKeyArn", said(&spec.kms_key_arn)),
        ];
        let members: Members = members
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        Self {
            name: spec
                .name
                .clone()
                .unwrap_or_else(|| identity.default_gateway_name()),
            wanted: Wanted::of(members, &UNSET, fields.unwrap_or_default()),
            tagging: Tagging::of(
                &spec.tags,
                keys.unwrap_or_default(),
                identity,
                spec.management.management(),
            ),
        }
    }

    /// The members of `CreateGateway`, the client token apart.
    #[must_use]
    pub fn creation(&self) -> Members {
        let mut members = self.wanted.members.clone();
        members.insert("name".to_owned(), self.name.clone().into());
        members.insert("tags".to_owned(), json!(self.tagging.all()));
        members
    }

    /// The members of `UpdateGateway`, which resets what it is not told (service.md 9.3): what AWS has, known to this version
    /// or not, with what the spec says of it. The engine that is attached stays: attaching is not a gateway's own affair.
    #[must_use]
    pub fn replacement(&self, found: &Members) -> Members {
        self.wanted.over(&super::replaceable(found), &UNIONS)
    }
}

/// A field as JSON: the names in the spec are AWS's.
fn said(field: &impl Serialize) -> Value {
    serde_json::to_value(field).unwrap_or_default()
}
