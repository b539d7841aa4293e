//! One request of an environment, decided by Cedar: what it tells costs next to nothing, however many policies there
//! are.

use std::collections::{HashMap, HashSet};
use std::str::FromStr;

use cedar_policy::{
    Authorizer, Context, Decision, Entity, EntityId, EntityTypeName, EntityUid, PolicySet, Request,
    RestrictedExpression,
};
use serde_json::{Value, json};

use super::super::parse::Statement;
use super::super::schema::Schema;
use super::super::scope::{ACTION, GATEWAY};
use super::{Environment, Question};

/// Whether the policies decide about a caller without claims in a way that answers the question with no. `statements`
/// are those that touch the environment.
pub(super) fn refutes(
    question: Question,
    environment: &Environment,
    statements: &[&Statement],
    schema: &Schema,
) -> bool {
    let refuted_by = match question {
        Question::AlwaysAllows => Decision::Deny,
        Question::AlwaysDenies => Decision::Allow,
        Question::AlwaysMatches | Question::NeverMatches => return false,
    };
    decision(environment, statements, schema) == Some(refuted_by)
}

/// How the policies decide; none when there is no request without arguments.
fn decision(environment: &Environment, statements: &[&Statement], schema: &Schema) -> Option<Decision> {
    let reduced = schema.reduced_to(&environment.action, statements).ok()?;
    let schema = reduced.validator.schema();
    let uid = |entity_type: &str, id: &str| {
        let entity_type = EntityTypeName::from_str(entity_type).ok()?;
        Some(EntityUid::from_type_name_and_id(entity_type, EntityId::new(id)))
    };
    let principal = uid(environment.principal, "nobody")?;
    let action = uid(ACTION, &environment.action)?;
    let resource = uid(GATEWAY, environment.gateway.as_deref().unwrap_or("anywhere"))?;
    let request = contexts().into_iter().find_map(|context| {
        let context = Context::from_json_value(context, Some((schema, &action))).ok()?;
        let (principal, action, resource) = (principal.clone(), action.clone(), resource.clone());
        Request::new(principal, action, resource, context, Some(schema)).ok()
    })?;
    let id = HashMap::from([(
        "id".to_owned(),
        RestrictedExpression::new_string("nobody".to_owned()),
    )]);
    let nobody = Entity::new(principal, id, HashSet::new()).ok()?;
    let entities = schema
        .action_entities()
        .ok()?
        .add_entities([nobody], Some(schema))
        .ok()?;
    let policies = statements.iter().enumerate();
    let policies = policies.map(|(index, statement)| statement.policy_named(&format!("p{index}")));
    let policies = PolicySet::from_policies(policies).ok()?;
    Some(
        Authorizer::new()
            .is_authorized(&request, &policies, &entities)
            .decision(),
    )
}

/// Contexts without arguments: of actions that have no input, and of tools.
fn contexts() -> [Value; 2] {
    let system = json!({"now": {"__extn": {"fn": "datetime", "arg": "2001-01-01"}}});
    [json!({"system": system}), json!({"system": system, "input": {}})]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cedar::parse_statement;

    fn decided(action: &str, texts: &[&str]) -> Option<Decision> {
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
        let schema = Schema::of(&[tool, strict]).expect("it fits");
        let environment = Environment {
            principal: "AgentCore::OAuthUser",
            action: action.to_owned(),
            gateway: None,
        };
        let statements: Vec<Statement> = texts
            .iter()
            .map(|text| parse_statement(text).expect("it parses"))
            .collect();
        decision(&environment, &statements.iter().collect::<Vec<_>>(), &schema)
    }

    #[test]
    fn a_request_is_decided_where_nothing_must_be_given() {
        let broad = "permit(principal, action, resource is AgentCore::Gateway);";
        let tagged = "permit(principal is AgentCore::OAuthUser, action, resource is AgentCore::Gateway) \
                      when { principal.hasTag(\"role\") };";
        let tool = "permit(principal, action in AgentCore::Action::\"T\", resource is AgentCore::Gateway);";
        for action in ["UnknownTool", "InvokeLLM", "T___free"] {
            assert_eq!(decided(action, &[broad]), Some(Decision::Allow), "{action}");
            assert_eq!(decided(action, &[tagged]), Some(Decision::Deny), "{action}");
        }
        assert_eq!(
            decided("T___free", &[tool]),
            Some(Decision::Allow),
            "groups are known"
        );
        assert_eq!(decided("UnknownTool", &[tool]), Some(Decision::Deny));
        assert_eq!(
            decided("T___strict", &[broad]),
            None,
            "an argument would have to be made up"
        );
        assert_eq!(decided("Gone___tool", &[broad]), None);
    }
}
