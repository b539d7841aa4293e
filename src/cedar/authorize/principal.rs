//! Who calls a tool: service.md 10.1 and 11.2.

use std::collections::HashSet;
use std::sync::Arc;

use cedar_policy_core::ast::{Entity, EntityUID, Literal, PartialValue, Value, ValueKind};

use super::RequestError;
use super::words::{Words, uid};

/// A type of principals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PrincipalKind {
    /// Has a token; its claims are tags.
    OAuthUser,
    /// Signs as an IAM identity.
    IamEntity,
    /// Says nothing of itself.
    UnauthenticatedUser,
}

/// One principal, made once for many requests.
#[derive(Clone, Debug)]
pub struct Principal {
    pub(super) kind: PrincipalKind,
    pub(super) id: Arc<str>,
    pub(super) entity: Arc<Entity>,
}

/// A value for each kind.
#[derive(Clone, Debug, Default)]
pub(super) struct ByKind<T> {
    user: T,
    entity: T,
    nobody: T,
}

impl PrincipalKind {
    /// All there are.
    pub(super) const ALL: [Self; 3] = [Self::OAuthUser, Self::IamEntity, Self::UnauthenticatedUser];

    /// The full name of the type.
    #[must_use]
    pub fn type_name(self) -> &'static str {
        match self {
            Self::OAuthUser => "AgentCore::OAuthUser",
            Self::IamEntity => "AgentCore::IamEntity",
            Self::UnauthenticatedUser => "AgentCore::UnauthenticatedUser",
        }
    }

    /// The kind whose type has this full name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.type_name() == name)
    }
}

impl Principal {
    /// A principal with this id. Only an [`PrincipalKind::OAuthUser`] has tags (service.md 10.1): those of the others are
    /// left out. Of two tags with one name the last counts.
    ///
    /// # Errors
    /// [`RequestError::Fault`], which is a fault of this program.
    pub fn new(
        kind: PrincipalKind,
        id: &str,
        tags: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, RequestError> {
        let words = Words::get().map_err(RequestError::Fault)?;
        let entity_type = words.principal(kind).ok_or_else(|| {
            RequestError::Fault(format!("no type of principals is called {}", kind.type_name()))
        })?;
        let has_id = kind != PrincipalKind::UnauthenticatedUser;
        let attributes = has_id.then(|| ("id".into(), PartialValue::from(Value::from(id))));
        let tags = tags.into_iter().filter(|_| kind == PrincipalKind::OAuthUser);
        let entity = Entity::new_with_attr_partial_value(
            uid(entity_type, id),
            attributes,
            HashSet::new(),
            HashSet::new(),
            tags.map(|(name, value)| (name.into(), PartialValue::from(Value::from(value)))),
        );
        Ok(Self {
            kind,
            id: id.into(),
            entity: Arc::new(entity),
        })
    }

    /// The value of a tag.
    pub(super) fn tag(&self, name: &str) -> Option<&Value> {
        match self.entity.get_tag(name)? {
            PartialValue::Value(value) => Some(value),
            PartialValue::Residual(_) => None,
        }
    }

    /// The text of a tag; every tag has one.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let ValueKind::Lit(Literal::String(text)) = self.tag(name)?.value_kind() else {
            return None;
        };
        Some(text)
    }

    pub(super) fn uid(&self) -> EntityUID {
        self.entity.uid().clone()
    }
}

impl<T> ByKind<T> {
    pub(super) fn get(&self, kind: PrincipalKind) -> &T {
        match kind {
            PrincipalKind::OAuthUser => &self.user,
            PrincipalKind::IamEntity => &self.entity,
            PrincipalKind::UnauthenticatedUser => &self.nobody,
        }
    }

    pub(super) fn get_mut(&mut self, kind: PrincipalKind) -> &mut T {
        match kind {
            PrincipalKind::OAuthUser => &mut self.user,
            PrincipalKind::IamEntity => &mut self.entity,
            PrincipalKind::UnauthenticatedUser => &mut self.nobody,
        }
    }

    pub(super) fn all(&self) -> [&T; 3] {
        PrincipalKind::ALL.map(|kind| self.get(kind))
    }
}
