//! The spec of a `GatewayTarget` in AWS's words.

use super::guard::{Guard, unguarded};
use crate::api::{GatewayTarget, Reason, ToolDefinition};
use crate::operator::decide::members::{Members, Wanted};
use crate::operator::decide::{Claim, Desire, Reference, Refusal};
use serde::Serialize;
use serde_json::Value;

/// What is nothing in AWS where the spec says nothing.
const UNSET: [&str; 1] = ["description"];

/// Members of which AWS takes one arm alone.
const UNIONS: [&str; 5] = [
    "targetConfiguration",
    "targetConfiguration.mcp",
    "targetConfiguration.mcp.lambda.toolSchema",
    "targetConfiguration.mcp.mcpServer.mcpToolSchema",
    "targetConfiguration.mcp.openApiSchema",
];

/// What a JSON Schema of a function's tool may say (service.md 9.7).
const KEYWORDS: [&str; 5] = ["type", "properties", "required", "items", "description"];

/// What a `GatewayTarget` refers to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TargetReferences {
    /// Its gateway.
    pub gateway: Reference,
    /// What other `GatewayTarget` objects stand for.
    pub claims: Vec<Claim>,
    /// The attachments that are to give its gateway an engine.
    pub guards: Vec<Guard>,
}

/// What AWS should have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesiredTarget {
    /// AWS name.
    pub name: String,
    /// AWS id of the gateway.
    pub gateway_id: String,
    /// What the spec says of its members, the name apart.
    pub wanted: Wanted,
}

impl DesiredTarget {
    /// The members of `CreateGatewayTarget`, the client token apart.
    #[must_use]
    pub fn creation(&self) -> Members {
        let mut members = self.wanted.members.clone();
        members.insert("name".to_owned(), self.name.clone().into());
        members
    }

    /// The members of `UpdateGatewayTarget`, which replaces the target: what AWS has, known to this version or not, with what
    /// the spec says of it.
    #[must_use]
    pub fn replacement(&self, found: &Members) -> Members {
        let mut members = self.wanted.over(found, &UNIONS);
        // An empty list is shown where nothing is set, and not taken (CredentialProviderConfigurations, 1 to 1).
        let empty = |value: &Value| value.is_null() || value.as_array().is_some_and(Vec::is_empty);
        members.retain(|name, value| !super::SHOWN.contains(&name.as_str()) && !empty(value));
        members
    }

    /// What tells one create from another.
    pub(super) fn payload(&self) -> String {
        let mut members = self.creation();
        members.insert("gatewayIdentifier".to_owned(), self.gateway_id.clone().into());
        Value::Object(members).to_string()
    }
}

/// The name in AWS: that of the object, since it is seen in policies (reliability.md 2.3).
pub(super) fn name(object: &GatewayTarget) -> String {
    let given = object.spec.name.clone();
    given.or_else(|| object.metadata.name.clone()).unwrap_or_default()
}

pub(super) fn desire(object: &GatewayTarget, references: &TargetReferences) -> Desire<DesiredTarget> {
    let gateway = &references.gateway;
    if let Some(text) = &gateway.withheld {
        return Desire::Barred(text.clone());
    }
    if let Some(message) = refusal(object) {
        return Desire::Refused(Refusal {
            reason: Reason::InvalidSpec,
            message,
        });
    }
    let spec = &object.spec;
    let status = object.status.as_ref();
    let known = status.and_then(|status| status.gateway_id.as_ref());
    let fields = status.map(|status| status.applied_fields.as_slice());
    let members = [
        ("description", said(&spec.description)),
        ("targetConfiguration", said(&spec.target_configuration)),
        (
            "credentialProviderConfigurations",
            said(&spec.credential_provider_configurations),
        ),
    ];
    let members = members.into_iter().map(|(name, value)| (name.to_owned(), value));
    let desired = gateway.id.as_ref().or(known).map(|gateway_id| DesiredTarget {
        name: name(object),
        gateway_id: gateway_id.clone(),
        wanted: Wanted::of(members.collect(), &UNSET, fields.unwrap_or_default()),
    });
    match (desired, &gateway.obstacle) {
        (Some(desired), None) => match unguarded(&references.guards) {
            None => Desire::Known(desired),
            Some(text) => Desire::Unguarded(desired, text),
        },
        (desired, obstacle) => Desire::Waiting(
            desired,
            obstacle
                .clone()
                .unwrap_or_else(|| "the gateway has no id yet".to_owned()),
        ),
    }
}

/// A field as JSON: the names in the spec are AWS's.
fn said(field: &impl Serialize) -> Value {
    serde_json::to_value(field).unwrap_or_default()
}

/// What is wrong with a spec that the API server cannot see.
fn refusal(object: &GatewayTarget) -> Option<String> {
    let name = name(object);
    let hyphens = name.starts_with('-') || name.contains("--");
    if hyphens || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') || name.len() > 100 {
        return Some(format!(
            "'{name}' is no name of a target: AWS takes letters, digits and single hyphens, at most 100. Give one in spec.name"
        ));
    }
    let lambda = object.spec.target_configuration.mcp.lambda.as_ref();
    let tools = lambda.and_then(|lambda| lambda.tool_schema.inline_payload.as_deref());
    let path = "spec.targetConfiguration.mcp.lambda.toolSchema.inlinePayload";
    let strange = |(number, tool): (usize, &ToolDefinition)| {
        let input = strange(&format!("{path}[{number}].inputSchema"), &tool.input_schema);
        let output = tool.output_schema.as_ref();
        input.or_else(|| strange(&format!("{path}[{number}].outputSchema"), output?))
    };
    let found = tools.into_iter().flatten().enumerate().find_map(strange);
    found.map(|path| {
        format!(
            "{path} is none of the keywords that AWS takes ({}): leave it out",
            KEYWORDS.join(", ")
        )
    })
}

/// The path of the first keyword of a schema that AWS does not take.
fn strange(path: &str, schema: &Value) -> Option<String> {
    let schema = schema.as_object()?;
    let keyword = schema
        .keys()
        .find(|keyword| !KEYWORDS.contains(&keyword.as_str()));
    let of_properties = || {
        let properties = schema.get("properties")?.as_object()?;
        properties
            .iter()
            .find_map(|(name, property)| strange(&format!("{path}.properties.{name}"), property))
    };
    let of_items = || strange(&format!("{path}.items"), schema.get("items")?);
    keyword
        .map(|keyword| format!("{path}.{keyword}"))
        .or_else(of_properties)
        .or_else(of_items)
}
