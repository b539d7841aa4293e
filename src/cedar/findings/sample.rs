//! What one request of an environment tells of all.

use super::super::schema::Schema;
use super::super::scope::Effect;
use super::super::statement::Sketch;
use super::{Environment, Question};

/// Whether the policies decide about a caller without claims in a way that answers the question with no. `statements`
/// are those that touch the environment.
pub(super) fn refutes(
    question: Question,
    environment: &Environment,
    statements: &[&Sketch],
    schema: &Schema,
) -> bool {
    let refuted_by = match question {
        Question::AlwaysAllows => false,
        Question::AlwaysDenies => true,
        Question::AlwaysMatches | Question::NeverMatches => return false,
    };
    is_allowed(environment, statements, schema) == Some(refuted_by)
}

/// How the policies decide, as Cedar does: a permit must apply, and no forbid. None when there is no request without
/// arguments, or Cedar cannot tell.
fn is_allowed(environment: &Environment, statements: &[&Sketch], schema: &Schema) -> Option<bool> {
    let sample = schema.sample(environment)?;
    let (mut permitted, mut forbidden) = (false, false);
    for statement in statements {
        let applies = sample.is_matched_by(statement, schema)?;
        match statement.outline().effect {
            Effect::Permit => permitted |= applies,
            Effect::Forbid => forbidden |= applies,
        }
    }
    Some(permitted && !forbidden)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cedar::parse_statement;
    use serde_json::json;
    use std::collections::BTreeSet;

    fn environment(action: &str, gateway: Option<String>) -> Environment {
        Environment {
            principal: "AgentCore::OAuthUser",
            action: action.to_owned(),
            gateway,
        }
    }

    fn sketches(texts: &[&str]) -> Vec<Sketch> {
        let parsed = texts.iter().map(|text| parse_statement(text).expect("it parses"));
        parsed.map(|statement| statement.sketch().clone()).collect()
    }

    fn schema() -> Schema {
        let tool = crate::model::Tool {
            target: "T".to_owned(),
            name: "free".to_owned(),
            description: String::new(),
            input: json!({"properties": {"a": {"type": "string"}}}),
            output: None,
            protocol: crate::model::Protocol::Mcp,
        };
        let strict = crate::model::Tool {
            name: "strict".to_owned(),
            input: json!({"properties": {"a": {"type": "string"}}, "required": ["a"]}),
            ..tool.clone()
        };
        Schema::of(&[tool, strict]).expect("it fits")
    }

    fn decided(action: &str, texts: &[&str]) -> Option<bool> {
        let statements = sketches(texts);
        let environment = environment(action, None);
        is_allowed(&environment, &statements.iter().collect::<Vec<_>>(), &schema())
    }

    #[test]
    fn a_request_is_decided_where_nothing_must_be_given() {
        let broad = "permit(principal, action, resource is AgentCore::Gateway);";
        let tagged = "permit(principal is AgentCore::OAuthUser, action, resource is AgentCore::Gateway) \
                      when { principal.hasTag(\"role\") };";
        let tool = "permit(principal, action in AgentCore::Action::\"T\", resource is AgentCore::Gateway);";
        for action in ["UnknownTool", "InvokeLLM", "T___free"] {
            assert_eq!(decided(action, &[broad]), Some(true), "{action}");
            assert_eq!(decided(action, &[tagged]), Some(false), "{action}");
        }
        assert_eq!(decided("T___free", &[tool]), Some(true), "groups are known");
        assert_eq!(decided("UnknownTool", &[tool]), Some(false));
        assert_eq!(
            decided("T___strict", &[broad]),
            None,
            "an argument would have to be made up"
        );
        assert_eq!(decided("Gone___tool", &[broad]), None);
    }

    /// Every set of some statements, decided by Cedar all at once, and one by one.
    #[test]
    fn statements_that_are_asked_one_by_one_decide_as_all_together() {
        let scope = "(principal is AgentCore::OAuthUser, action, resource is AgentCore::Gateway)";
        let pool = [
            format!("permit{scope};"),
            format!("permit{scope} when {{ principal.hasTag(\"role\") }};"),
            format!("permit{scope} when {{ principal.getTag(\"role\") == \"a\" }};"),
            format!("forbid{scope} when {{ principal.getTag(\"role\") == \"a\" }};"),
            format!("forbid{scope} unless {{ principal.hasTag(\"role\") }};"),
            format!("forbid{scope} when {{ context.input.a == \"b\" }};"),
            "permit(principal, action in AgentCore::Action::\"T\", resource == AgentCore::Gateway::\"g\");"
                .to_owned(),
        ];
        let mut seen = BTreeSet::new();
        for set in 0..1_u32 << pool.len() {
            let texts: Vec<&str> = pool
                .iter()
                .enumerate()
                .filter(|(place, _)| set & 1 << place != 0)
                .map(|(_, text)| text.as_str())
                .collect();
            for gateway in [None, Some("g".to_owned())] {
                let environment = environment("T___free", gateway);
                let schema = schema();
                let sample = schema.sample(&environment).expect("no argument is needed");
                let statements = sketches(&texts);
                let together = sample.is_allowed_by(&statements, &schema);
                let one_by_one = is_allowed(&environment, &statements.iter().collect::<Vec<_>>(), &schema);
                assert_eq!(one_by_one, Some(together), "{texts:?}");
                seen.insert(together);
            }
        }
        assert_eq!(seen.len(), 2, "both answers were given");
    }
}
