//! One policy: its text, its outline, and Cedar's parsed form of it.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use cedar_policy::{Policy, PolicyId};
use serde_json::Value;

use super::parse::parse_statement;
use super::scope::{self, ActionScope, Effect, Entity, PrincipalScope, ResourceScope};
use super::stack::with_room;
use crate::model::{Digest, sha256};

/// Exactly one static Cedar policy, parsed.
#[derive(Clone)]
pub struct Statement {
    sketch: Sketch,
    policy: Policy,
}

/// A statement without its parsed form, which takes some twenty times the memory of its text: what is kept of the many
/// statements of an engine while one of them is judged.
#[derive(Clone, Debug)]
pub struct Sketch {
    text: Arc<str>,
    digest: Digest,
    outline: Arc<Outline>,
}

/// What a statement says besides its conditions.
#[derive(Debug)]
pub(super) struct Outline {
    pub(super) effect: Effect,
    pub(super) principal: PrincipalScope,
    pub(super) action: ActionScope,
    pub(super) resource: ResourceScope,
    /// Whether it has conditions besides its scope.
    pub(super) conditional: bool,
    /// Everything that it names, in its scope or anywhere else; none when Cedar cannot tell.
    pub(super) named: Option<Named>,
}

impl Statement {
    /// A policy that was parsed from this text, with room on the stack.
    pub(super) fn of(text: &str, policy: Policy) -> Self {
        let outline = Outline {
            effect: policy.effect().into(),
            principal: policy.principal_constraint().into(),
            action: policy.action_constraint().into(),
            resource: policy.resource_constraint().into(),
            conditional: policy.has_non_scope_constraint(),
            named: Named::of(&policy),
        };
        let sketch = Sketch {
            text: text.into(),
            digest: sha256([text]),
            outline: Arc::new(outline),
        };
        Self { sketch, policy }
    }

    /// The text it was parsed from, unchanged.
    #[must_use]
    pub fn text(&self) -> &str {
        self.sketch.text()
    }

    /// Itself without its parsed form.
    #[must_use]
    pub fn sketch(&self) -> &Sketch {
        &self.sketch
    }

    pub(super) fn outline(&self) -> &Outline {
        self.sketch.outline()
    }

    /// Whether it permits or forbids.
    #[must_use]
    pub fn effect(&self) -> Effect {
        self.outline().effect
    }

    /// The gateway its scope names, as it was written: an ARN, or whatever else stands there.
    #[must_use]
    pub fn gateway(&self) -> Option<String> {
        self.outline().resource.gateway().map(str::to_owned)
    }

    /// AWS's text when the service refuses the scope of this statement: rows "bare `resource`"
    /// and "action constrained" of service.md 6.2.
    #[must_use]
    pub fn scope_refusal(&self) -> Option<&'static str> {
        scope::refusal(&self.outline().action, &self.outline().resource)
    }

    /// Whether annotations such as `@id("x")` stand before it.
    #[must_use]
    pub fn is_annotated(&self) -> bool {
        self.policy.annotations().next().is_some()
    }

    /// What it says, whatever its layout, comments and annotations: Cedar's own JSON form, which is compared and not read.
    /// None when Cedar cannot tell.
    #[must_use]
    pub fn meaning(&self) -> Option<String> {
        with_room(self.text(), || {
            let mut json = self.policy.to_json().ok()?;
            if let Some(members) = json.as_object_mut() {
                members.remove("annotations");
            }
            Some(json.to_string())
        })
    }

    /// Whether its principals are of the type that no policy may be written for (service.md 10.1).
    #[must_use]
    pub fn is_for_unauthenticated(&self) -> bool {
        scope::is_for_unauthenticated(&self.outline().principal)
    }

    /// The policy under another id, for the validator.
    pub(super) fn policy_named(&self, id: &str) -> Policy {
        self.policy.new_id(PolicyId::new(id))
    }
}

impl Sketch {
    /// A statement that was parsed from this text before.
    pub(super) fn again(text: &str, digest: Digest, outline: Arc<Outline>) -> Self {
        Self {
            text: text.into(),
            digest,
            outline,
        }
    }

    /// The text it was parsed from, unchanged.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Of its text: statements are the same when their digests are.
    #[must_use]
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    pub(super) fn outline(&self) -> &Outline {
        &self.outline
    }

    /// Its outline, to be kept.
    pub(super) fn shared_outline(&self) -> Arc<Outline> {
        Arc::clone(&self.outline)
    }

    /// Its policy, parsed again, under this id. None when it does not parse any more.
    pub(super) fn policy_named(&self, id: &str) -> Option<Policy> {
        Some(parse_statement(&self.text).ok()?.policy_named(id))
    }
}

/// Entities and types that a statement names.
#[derive(Clone, Debug, Default)]
pub(super) struct Named {
    /// Entities, actions among them.
    pub(super) entities: BTreeSet<Entity>,
    /// Types that stand after `is`.
    pub(super) entity_types: BTreeSet<String>,
}

impl Named {
    fn of(policy: &Policy) -> Option<Self> {
        let mut named = Self::default();
        named.walk(&policy.to_json().ok()?);
        Some(named)
    }

    /// Looks through a policy in Cedar's JSON form. Names are plain strings only in entities and after `is`.
    fn walk(&mut self, json: &Value) {
        match json {
            Value::Object(members) => {
                let text = |key: &str| members.get(key).and_then(Value::as_str).map(str::to_owned);
                if let (Some(entity_type), Some(id)) = (text("type"), text("id")) {
                    self.entities.insert(Entity { entity_type, id });
                }
                self.entity_types.extend(text("entity_type"));
                members.values().for_each(|member| self.walk(member));
            }
            Value::Array(members) => members.iter().for_each(|member| self.walk(member)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}

impl fmt::Debug for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Statement").field(&self.text()).finish()
    }
}

/// Statements are the same when their texts are.
impl PartialEq for Statement {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl Eq for Statement {}

#[cfg(test)]
mod tests {
    use super::*;

    const SCOPE: &str = "permit(principal, action, resource is AgentCore::Gateway)";

    #[test]
    fn a_statement_says_what_it_was_parsed_from() {
        let text = format!("// why\n@id(\"x\")\n{SCOPE};\n");
        let statement = parse_statement(&text).expect("annotations and comments are fine");
        assert_eq!(statement.text(), text);
        assert_eq!(format!("{statement:?}"), format!("Statement({text:?})"));
    }

    #[test]
    fn statements_that_differ_in_layout_comments_and_annotations_mean_the_same() {
        let meaning = |text: &str| {
            parse_statement(text)
                .expect("a policy")
                .meaning()
                .expect("a meaning")
        };
        let forbid = SCOPE.replacen("permit", "forbid", 1);
        let one = meaning(&format!("{forbid} when {{ context.input.a == 1 && true }};"));
        let other =
            format!("// moved\n@id(\"x\")\n{forbid}\n  when {{\n context.input.a==1 // one\n && true }};\n");
        assert_eq!(one, meaning(&other));
        assert_ne!(
            one,
            meaning(&format!("{forbid} when {{ context.input.a == 2 && true }};"))
        );
        assert_ne!(
            one,
            meaning(&format!("{SCOPE} when {{ context.input.a == 1 && true }};"))
        );
    }
}
