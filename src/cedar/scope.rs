//! What a statement's scope says: effect, principal, action, resource.

use std::fmt;

use cedar_policy as cedar;

/// What a statement does with the requests it matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// `permit`
    Permit,
    /// `forbid`
    Forbid,
}

/// An entity that a scope names, such as `AgentCore::Gateway::"arn:.."`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Entity {
    /// Full name of its type, such as `AgentCore::Gateway`.
    pub entity_type: String,
    /// Its id: the text between the quotes, escapes resolved.
    pub id: String,
}

/// Whom a statement applies to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PrincipalScope {
    /// `principal`
    Any,
    /// `principal == E`
    Eq(Entity),
    /// `principal in E`
    In(Entity),
    /// `principal is T`
    Is(String),
    /// `principal is T in E`
    IsIn(String, Entity),
}

/// What a statement applies to being done.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ActionScope {
    /// `action`
    Any,
    /// `action == E`
    Eq(Entity),
    /// `action in E` and `action in [E, ..]`
    In(Vec<Entity>),
}

/// What a statement applies to being done to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ResourceScope {
    /// `resource`
    Any,
    /// `resource == E`
    Eq(Entity),
    /// `resource in E`
    In(Entity),
    /// `resource is T`
    Is(String),
    /// `resource is T in E`
    IsIn(String, Entity),
}

/// Full name of the type of actions.
pub(super) const ACTION: &str = "AgentCore::Action";

/// Full name of the type of callers without an identity.
const UNAUTHENTICATED: &str = "AgentCore::UnauthenticatedUser";

/// Full name of the type of a gateway.
pub(super) const GATEWAY: &str = "AgentCore::Gateway";

/// service.md Appendix B, E1.
const WILDCARD_RESOURCE: &str = "When parsing the policy statement, a wildcard resource was detected. To avoid \
    unexpected behavior changes, please constrain the resource either to a specific `AgentCore::Gateway` resource \
    or to the `AgentCore::Gateway` resource type.";

/// service.md Appendix B, E2.
const CONSTRAINED_ACTION: &str = "When parsing the policy statement, a constrained action scope was encountered, \
    please constrain the resource to a specific AgentCore::Gateway resource when creating tool-specific policies.";

/// AWS's text when it refuses this pair of scopes; the resource is looked at first.
pub(super) fn refusal(action: &ActionScope, resource: &ResourceScope) -> Option<&'static str> {
    match resource {
        ResourceScope::Any => Some(WILDCARD_RESOURCE),
        ResourceScope::Is(entity_type) if entity_type == GATEWAY => match action {
            ActionScope::Any => None,
            ActionScope::Eq(_) | ActionScope::In(_) => Some(CONSTRAINED_ACTION),
        },
        ResourceScope::Is(_) | ResourceScope::Eq(_) | ResourceScope::In(_) | ResourceScope::IsIn(_, _) => {
            None
        }
    }
}

/// Whether a scope holds only callers without an identity.
pub(super) fn is_for_unauthenticated(principal: &PrincipalScope) -> bool {
    match principal {
        PrincipalScope::Any => false,
        PrincipalScope::Is(entity_type) | PrincipalScope::IsIn(entity_type, _) => {
            entity_type == UNAUTHENTICATED
        }
        PrincipalScope::Eq(entity) | PrincipalScope::In(entity) => entity.entity_type == UNAUTHENTICATED,
    }
}

impl ActionScope {
    /// The actions that the scope names; none when it holds every action.
    #[must_use]
    pub fn named(&self) -> Option<&[Entity]> {
        match self {
            Self::Any => None,
            Self::Eq(action) => Some(std::slice::from_ref(action)),
            Self::In(actions) => Some(actions),
        }
    }
}

impl ResourceScope {
    /// The gateway that the scope names, as it was written: an ARN, or whatever else stands there.
    #[must_use]
    pub fn gateway(&self) -> Option<&str> {
        match self {
            Self::Eq(entity) | Self::In(entity) | Self::IsIn(_, entity) => {
                (entity.entity_type == GATEWAY).then_some(entity.id.as_str())
            }
            Self::Any | Self::Is(_) => None,
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Permit => "permit",
            Self::Forbid => "forbid",
        })
    }
}

impl From<cedar::Effect> for Effect {
    fn from(effect: cedar::Effect) -> Self {
        match effect {
            cedar::Effect::Permit => Self::Permit,
            cedar::Effect::Forbid => Self::Forbid,
        }
    }
}

impl From<cedar::EntityUid> for Entity {
    fn from(uid: cedar::EntityUid) -> Self {
        Self {
            entity_type: uid.type_name().to_string(),
            id: uid.id().unescaped().to_owned(),
        }
    }
}

impl From<cedar::PrincipalConstraint> for PrincipalScope {
    fn from(constraint: cedar::PrincipalConstraint) -> Self {
        match constraint {
            cedar::PrincipalConstraint::Any => Self::Any,
            cedar::PrincipalConstraint::Eq(uid) => Self::Eq(uid.into()),
            cedar::PrincipalConstraint::In(uid) => Self::In(uid.into()),
            cedar::PrincipalConstraint::Is(name) => Self::Is(name.to_string()),
            cedar::PrincipalConstraint::IsIn(name, uid) => Self::IsIn(name.to_string(), uid.into()),
        }
    }
}

impl From<cedar::ActionConstraint> for ActionScope {
    fn from(constraint: cedar::ActionConstraint) -> Self {
        match constraint {
            cedar::ActionConstraint::Any => Self::Any,
            cedar::ActionConstraint::Eq(uid) => Self::Eq(uid.into()),
            cedar::ActionConstraint::In(uids) => Self::In(uids.into_iter().map(Entity::from).collect()),
        }
    }
}

impl From<cedar::ResourceConstraint> for ResourceScope {
    fn from(constraint: cedar::ResourceConstraint) -> Self {
        match constraint {
            cedar::ResourceConstraint::Any => Self::Any,
            cedar::ResourceConstraint::Eq(uid) => Self::Eq(uid.into()),
            cedar::ResourceConstraint::In(uid) => Self::In(uid.into()),
            cedar::ResourceConstraint::Is(name) => Self::Is(name.to_string()),
            cedar::ResourceConstraint::IsIn(name, uid) => Self::IsIn(name.to_string(), uid.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cedar::{Statement, parse_statement};

    const ARN: &str = "arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/g-0123456789";

    fn read(scope: &str) -> Statement {
        parse_statement(&format!("permit({scope});")).expect("the statement parses")
    }

    #[test]
    fn e1_bare_resource_in_the_scope_is_refused() {
        let expected = "When parsing the policy statement, a wildcard resource was detected. To avoid unexpected \
            behavior changes, please constrain the resource either to a specific `AgentCore::Gateway` resource or \
            to the `AgentCore::Gateway` resource type.";
        assert_eq!(
            read("principal, action, resource").scope_refusal(),
            Some(expected)
        );
        let constrained = read(r#"principal, action == AgentCore::Action::"T___x", resource"#);
        assert_eq!(constrained.scope_refusal(), Some(expected));
    }

    #[test]
    fn e2_constrained_action_with_a_type_level_resource_is_refused() {
        let expected = "When parsing the policy statement, a constrained action scope was encountered, please \
            constrain the resource to a specific AgentCore::Gateway resource when creating tool-specific policies.";
        for action in [
            r#"action == AgentCore::Action::"T___x""#,
            r#"action in AgentCore::Action::"T""#,
            r#"action in [AgentCore::Action::"T___x", AgentCore::Action::"T___y"]"#,
        ] {
            let statement = read(&format!("principal, {action}, resource is AgentCore::Gateway"));
            assert_eq!(statement.scope_refusal(), Some(expected), "{action}");
        }
    }

    #[test]
    fn row_10_1_callers_without_an_identity_are_told_apart() {
        let unauthenticated = |principal: &str| {
            read(&format!("{principal}, action, resource is AgentCore::Gateway")).is_for_unauthenticated()
        };
        for principal in [
            "principal is AgentCore::UnauthenticatedUser",
            r#"principal is AgentCore::UnauthenticatedUser in AgentCore::UnauthenticatedUser::"x""#,
            r#"principal == AgentCore::UnauthenticatedUser::"x""#,
            r#"principal in AgentCore::UnauthenticatedUser::"x""#,
        ] {
            assert!(unauthenticated(principal), "{principal}");
        }
        for principal in [
            "principal",
            "principal is AgentCore::OAuthUser",
            r#"principal == AgentCore::IamEntity::"x""#,
        ] {
            assert!(!unauthenticated(principal), "{principal}");
        }
    }

    #[test]
    fn every_other_pair_of_action_and_resource_is_let_through() {
        for (action, resource) in [
            ("action", "resource is AgentCore::Gateway"),
            ("action", r#"resource == AgentCore::Gateway::"g""#),
            (
                r#"action == AgentCore::Action::"T___x""#,
                r#"resource == AgentCore::Gateway::"g""#,
            ),
            (
                r#"action in AgentCore::Action::"T""#,
                r#"resource in AgentCore::Gateway::"g""#,
            ),
            (
                r#"action in AgentCore::Action::"T""#,
                r#"resource is AgentCore::Gateway in AgentCore::Gateway::"g""#,
            ),
        ] {
            let statement = read(&format!("principal, {action}, {resource}"));
            assert_eq!(statement.scope_refusal(), None, "{action}, {resource}");
        }
    }

    #[test]
    fn the_gateway_is_the_id_of_the_resource_whatever_stands_there() {
        let named = |resource: &str| read(&format!("principal, action, {resource}")).gateway();
        assert_eq!(
            named(&format!(r#"resource == AgentCore::Gateway::"{ARN}""#)).as_deref(),
            Some(ARN)
        );
        assert_eq!(
            named(r#"resource in AgentCore::Gateway::"not \"an\" arn""#).as_deref(),
            Some(r#"not "an" arn"#)
        );
        assert_eq!(named("resource is AgentCore::Gateway"), None);
        assert_eq!(named("resource"), None);
        assert_eq!(named(r#"resource == Other::Thing::"x""#), None);
    }

    #[test]
    fn scopes_are_read_as_written() {
        let statement = read(
            r#"principal is AgentCore::OAuthUser, action in [AgentCore::Action::"a"], resource == AgentCore::Gateway::"g""#,
        );
        let entity = |entity_type: &str, id: &str| Entity {
            entity_type: entity_type.into(),
            id: id.into(),
        };
        assert_eq!(statement.effect(), Effect::Permit);
        assert_eq!(
            statement.outline().principal,
            PrincipalScope::Is("AgentCore::OAuthUser".into())
        );
        assert_eq!(
            statement.outline().action,
            ActionScope::In(vec![entity("AgentCore::Action", "a")])
        );
        assert_eq!(
            statement.outline().resource,
            ResourceScope::Eq(entity("AgentCore::Gateway", "g"))
        );
    }
}
