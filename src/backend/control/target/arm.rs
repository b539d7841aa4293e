//! Which kind of target a configuration makes (service.md 9.6).

use serde_json::{Value, json};

/// Arms of the union, arms in them, and what a summary calls such a target.
const TYPES: [(&str, &str, &str); 11] = [
    ("mcp", "openApiSchema", "OPEN_API_SCHEMA"),
    ("mcp", "smithyModel", "SMITHY_MODEL"),
    ("mcp", "lambda", "LAMBDA"),
    ("mcp", "mcpServer", "MCP_SERVER"),
    ("mcp", "apiGateway", "API_GATEWAY"),
    ("mcp", "connector", "CONNECTOR"),
    ("http", "agentcoreRuntime", "AGENTCORE_RUNTIME"),
    ("http", "passthrough", "PASSTHROUGH"),
    ("http", "connector", "HTTP_CONNECTOR"),
    ("inference", "connector", "CONNECTOR"),
    ("inference", "provider", "PROVIDER"),
];
/// Of an MCP server that says none.
const PRIORITY: u32 = 1000;

/// The arm of a `TargetConfiguration`, and the arm in it.
#[derive(Clone, Copy, Debug)]
pub struct Arm<'c> {
    outer: &'c str,
    inner: &'c str,
    configuration: &'c Value,
}

impl<'c> Arm<'c> {
    /// The arm that is set; none when it is not exactly one.
    pub fn of(configuration: &'c Value) -> Option<Self> {
        let (outer, union) = only(configuration)?;
        let (inner, configuration) = only(union)?;
        Some(Self {
            outer,
            inner,
            configuration,
        })
    }

    /// Whether it is reached over plain HTTP.
    pub fn is_http(&self) -> bool {
        self.outer == "http"
    }

    /// `TargetProtocolType`: whatever is no MCP is HTTP.
    pub fn protocol_type(&self) -> &'static str {
        if self.outer == "mcp" { "MCP" } else { "HTTP" }
    }

    /// `TargetType`.
    pub fn target_type(&self) -> Option<&'static str> {
        let known = TYPES
            .iter()
            .find(|(outer, inner, _)| (*outer, *inner) == (self.outer, self.inner))?;
        Some(known.2)
    }

    /// Whether its tools come from an MCP server, and can be fetched again: there is no static list.
    pub fn is_synchronized(&self) -> bool {
        self.is_mcp_server() && self.configuration.get("mcpToolSchema").is_none()
    }

    /// Whether its tools are fetched while the gateway lists them (service.md 9.9).
    pub fn is_dynamic(&self) -> bool {
        self.listing_mode().is_some_and(|mode| mode == "DYNAMIC")
    }

    /// `ListingMode` of an MCP server.
    pub fn listing_mode(&self) -> Option<Value> {
        self.of_mcp_server("listingMode", || json!("DEFAULT"))
    }

    /// `TargetResourcePriority` of an MCP server.
    pub fn resource_priority(&self) -> Option<Value> {
        self.of_mcp_server("resourcePriority", || json!(PRIORITY))
    }

    fn of_mcp_server(&self, member: &str, default: impl Fn() -> Value) -> Option<Value> {
        self.is_mcp_server()
            .then(|| self.configuration.get(member).cloned().unwrap_or_else(default))
    }

    fn is_mcp_server(&self) -> bool {
        (self.outer, self.inner) == ("mcp", "mcpServer")
    }
}

/// The one member of a union.
fn only(union: &Value) -> Option<(&str, &Value)> {
    let mut members = union.as_object()?.iter();
    let (name, value) = members.next()?;
    members.next().is_none().then_some((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_arm_of_the_model_has_a_type_of_the_model() {
        let model: Value = serde_json::from_str(include_str!("../../wire/service-model.json")).unwrap();
        let members = |shape: &str| {
            let members = model["shapes"][shape]["members"].as_object().unwrap().clone();
            members
                .into_iter()
                .map(|(name, member)| (name, member["shape"].as_str().unwrap().to_owned()))
        };
        let types = model["shapes"]["TargetType"]["enum"].as_array().unwrap();
        let mut arms = 0;
        for (outer, union) in members("TargetConfiguration") {
            for (inner, _) in members(&union) {
                let configuration = json!({&outer: {&inner: {}}});
                let arm = Arm::of(&configuration).unwrap();
                assert!(
                    types.iter().any(|known| known == arm.target_type().unwrap()),
                    "{configuration}"
                );
                assert_eq!(arm.protocol_type(), if outer == "mcp" { "MCP" } else { "HTTP" });
                assert_eq!(arm.is_http(), outer == "http");
                arms += 1;
            }
        }
        assert_eq!(arms, TYPES.len());
    }

    #[test]
    fn only_an_mcp_server_without_a_list_of_its_own_is_synchronized() {
        for (configuration, expected) in [
            (json!({"mcp": {"mcpServer": {"endpoint": "https://a"}}}), true),
            (
                json!({"mcp": {"mcpServer": {"endpoint": "https://a", "mcpToolSchema": {"inlinePayload": "[]"}}}}),
                false,
            ),
            (json!({"mcp": {"lambda": {}}}), false),
        ] {
            let arm = Arm::of(&configuration).unwrap();
            assert_eq!(arm.is_synchronized(), expected, "{configuration}");
        }
    }

    #[test]
    fn what_an_mcp_server_leaves_out_has_the_documented_value() {
        let server = json!({"mcp": {"mcpServer": {"endpoint": "https://a"}}});
        let arm = Arm::of(&server).unwrap();
        assert_eq!(arm.listing_mode(), Some(json!("DEFAULT")));
        assert_eq!(arm.resource_priority(), Some(json!(1000)));
        let server = json!({"mcp": {"mcpServer": {"listingMode": "DYNAMIC", "resourcePriority": 0}}});
        let arm = Arm::of(&server).unwrap();
        assert!(arm.is_dynamic());
        assert_eq!(arm.resource_priority(), Some(json!(0)));
        let lambda = json!({"mcp": {"lambda": {}}});
        let arm = Arm::of(&lambda).unwrap();
        assert_eq!((arm.listing_mode(), arm.resource_priority()), (None, None));
        assert!(!arm.is_dynamic());
    }

    #[test]
    fn no_arm_and_two_arms_are_none() {
        for configuration in [
            json!({}),
            json!({"mcp": {}, "http": {}}),
            json!({"mcp": {}}),
            json!(1),
        ] {
            assert!(Arm::of(&configuration).is_none(), "{configuration}");
        }
    }
}
