//! Request environments: what a claim is about.

use std::collections::BTreeSet;

use super::super::schema::{Environment, Schema};
use super::super::scope::{ACTION, GATEWAY, PrincipalScope, ResourceScope};
use super::super::statement::{Outline, Sketch};

/// The types of principals that are judged, in the order of their findings. Nobody writes policies for
/// `UnauthenticatedUser` (service.md 6.6, 10.1).
const PRINCIPALS: [&str; 2] = ["AgentCore::IamEntity", "AgentCore::OAuthUser"];

/// The action that stands for all tools (service.md 10.3).
const UNKNOWN_TOOL: &str = "UnknownTool";

/// Most tools that are judged one by one beside the general ones. Ours: each may cost a solver's answer.
const MOST_SINGLE_TOOLS: usize = 100;

impl Environment {
    /// Those that a statement touches, in a fixed order; the `others` are the rest of the engine.
    ///
    /// An action scope that holds every tool is judged by `UnknownTool` (one finding a principal type, service.md
    /// 6.5), and by each tool that a policy singles out: there it can do something else. One that holds every request
    /// over HTTP is judged by `InvokeAgent` and `InvokeLLM` in the same way.
    pub(super) fn touched_by<'a>(
        statement: &'a Sketch,
        others: impl Iterator<Item = &'a Sketch>,
        schema: &Schema,
    ) -> Vec<Self> {
        let outline = statement.outline();
        let others = others.map(Sketch::outline);
        let actions = actions(outline, others, schema);
        let gateway = outline.resource.gateway().map(str::to_owned);
        PRINCIPALS
            .into_iter()
            .filter(|principal| admits(&outline.principal, principal))
            .flat_map(|principal| actions.iter().map(move |action| (principal, action.clone())))
            .map(|(principal, action)| Self {
                principal,
                action,
                gateway: gateway.clone(),
            })
            .collect()
    }

    /// Whether it stands for all tools.
    pub(super) fn is_general(&self) -> bool {
        self.action == UNKNOWN_TOOL
    }

    /// What a finding calls its action.
    pub(super) fn shown(&self) -> &str {
        if self.is_general() {
            "Any Future Tools"
        } else {
            &self.action
        }
    }

    /// Whether the scope of a statement lets any request of it through.
    pub(super) fn is_touched_by(&self, outline: &Outline, schema: &Schema) -> bool {
        let mut named = outline.action.named().into_iter().flatten();
        let action =
            outline.action.named().is_none() || named.any(|action| schema.is_in(&self.action, action));
        let resource = match &outline.resource {
            ResourceScope::Any => true,
            ResourceScope::Is(entity_type) => entity_type == GATEWAY,
            ResourceScope::Eq(entity) | ResourceScope::In(entity) | ResourceScope::IsIn(_, entity) => {
                entity.entity_type == GATEWAY
                    && self.gateway.as_ref().is_none_or(|gateway| *gateway == entity.id)
            }
        };
        action && resource && admits(&outline.principal, self.principal)
    }

    /// Whether the scope of a statement that touches it lets all its requests through.
    pub(super) fn is_covered_by(&self, outline: &Outline) -> bool {
        let principal = match outline.principal {
            PrincipalScope::Any | PrincipalScope::Is(_) => true,
            PrincipalScope::Eq(_) | PrincipalScope::In(_) | PrincipalScope::IsIn(_, _) => false,
        };
        let resource = match outline.resource {
            ResourceScope::Any | ResourceScope::Is(_) => true,
            ResourceScope::Eq(_) | ResourceScope::In(_) | ResourceScope::IsIn(_, _) => self.gateway.is_some(),
        };
        principal && resource
    }
}

/// Whether a principal of this type can be in the scope: no entity has parents.
fn admits(scope: &PrincipalScope, principal: &str) -> bool {
    match scope {
        PrincipalScope::Any => true,
        PrincipalScope::Is(entity_type) => entity_type == principal,
        PrincipalScope::Eq(entity) | PrincipalScope::In(entity) => entity.entity_type == principal,
        PrincipalScope::IsIn(entity_type, entity) => {
            entity_type == principal && entity.entity_type == principal
        }
    }
}

/// Ids of the actions to judge: those that stand for all tools first, then by name.
fn actions<'a>(
    outline: &'a Outline,
    others: impl Iterator<Item = &'a Outline>,
    schema: &Schema,
) -> Vec<String> {
    let scope = outline.action.named();
    let in_scope = |id: &String| {
        scope
            .as_ref()
            .is_none_or(|scope| scope.iter().any(|action| schema.is_in(id, action)))
    };
    let every_tool = in_scope(&UNKNOWN_TOOL.to_owned());
    let every_request = in_scope(&"InvokeAgent".to_owned()) && in_scope(&"InvokeLLM".to_owned());
    let mut found = BTreeSet::new();
    for action in scope
        .into_iter()
        .flatten()
        .filter(|action| action.entity_type == ACTION)
    {
        match action.id.as_str() {
            "CallTool" | "Mcp" if every_tool => {}
            "Http" => found.extend(["InvokeAgent", "InvokeLLM"].map(str::to_owned)),
            id => found.extend(schema.stands_for(id)),
        }
    }
    if every_tool || every_request {
        for outline in std::iter::once(outline).chain(others) {
            found.extend(schema.tools_named_in(outline).into_iter().filter(in_scope));
            if found.len() >= MOST_SINGLE_TOOLS {
                break;
            }
        }
    }
    let general = every_tool.then(|| UNKNOWN_TOOL.to_owned());
    found.retain(|action| general.as_ref() != Some(action));
    general.into_iter().chain(found).collect()
}
