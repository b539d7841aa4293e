//! The Cedar schema that policies are validated against.

use std::sync::LazyLock;

/// What principals, actions and contexts exist.
///
/// For now only the part that every policy engine has; the tools of its gateways will add to it.
pub struct Schema {
    pub(super) validator: cedar_policy::Validator,
}

static FIXED: LazyLock<Schema> = LazyLock::new(Schema::read_fixed);

impl Schema {
    /// Parses the fixed part anew.
    pub(super) fn read_fixed() -> Self {
        #[expect(
            clippy::expect_used,
            reason = "the text is part of the program and the tests parse it"
        )]
        let (schema, _warnings) =
            cedar_policy::Schema::from_cedarschema_str(include_str!("fixed.cedarschema"))
                .expect("the fixed schema is well-formed");
        Self {
            validator: cedar_policy::Validator::new(schema),
        }
    }

    /// The part of the schema that does not depend on any gateway (service.md 10.3).
    #[must_use]
    pub fn fixed() -> &'static Self {
        &FIXED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(of: impl Iterator<Item = String>) -> Vec<String> {
        let mut names: Vec<String> = of.collect();
        names.sort();
        names
    }

    #[test]
    fn row_10_1_the_entities_are_those_of_the_live_schema() {
        let schema = Schema::fixed().validator.schema();
        assert_eq!(
            names(schema.entity_types().map(ToString::to_string)),
            [
                "AgentCore::Gateway",
                "AgentCore::IamEntity",
                "AgentCore::OAuthUser",
                "AgentCore::UnauthenticatedUser"
            ]
        );
    }

    #[test]
    fn row_10_3_the_actions_are_those_of_the_live_schema() {
        let schema = Schema::fixed().validator.schema();
        assert_eq!(
            names(schema.actions().map(|action| action.id().unescaped().to_owned())),
            [
                "CallTool",
                "Http",
                "InvokeAgent",
                "InvokeLLM",
                "Mcp",
                "UnknownTool"
            ]
        );
    }
}
