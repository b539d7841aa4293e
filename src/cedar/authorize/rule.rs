//! One policy, as it decides at one gateway: where its scope puts it, and its condition.

use std::collections::BTreeSet;
use std::sync::Arc;

use cedar_policy::Policy;
use cedar_policy_core::ast::{self, Context};
use cedar_policy_core::evaluator::Evaluator;

use super::condition::{Condition, Truth, actions_in};
use super::principal::{Principal, PrincipalKind};
use super::shortcut::Shortcut;
use super::words::Words;
use crate::cedar::scope::{ACTION, ActionScope, Effect, Entity, GATEWAY, PrincipalScope, ResourceScope};

/// Whether a policy decides (service.md 5.5 and 11.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// It decides.
    Active,
    /// It is told what it would do, and decides nothing.
    LogOnly,
}

/// A policy whose scope holds, as far as its place says.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) id: Arc<str>,
    pub(super) effect: Effect,
    pub(super) mode: Mode,
    shortcut: Option<Shortcut>,
    condition: Option<Condition>,
}

/// The requests for which a scope holds: every scope is in this form, since neither principals nor gateways are in
/// anything (service.md 10.8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) actions: Actions,
    pub(super) principals: Principals,
}

/// The actions of a scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Actions {
    /// All.
    Every,
    /// This one alone.
    Itself(Arc<str>),
    /// These, and what is in one of them.
    Within(BTreeSet<Arc<str>>),
}

/// The principals of a scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Principals {
    /// All.
    Anyone,
    /// All of a kind.
    Kind(PrincipalKind),
    /// The one of this kind with this id.
    One(PrincipalKind, Arc<str>),
}

/// What was read of a statement.
#[derive(Debug)]
pub(super) struct Reading {
    /// None when its scope holds for no request at this gateway.
    pub(super) place: Option<Place>,
    pub(super) rule: Arc<Rule>,
    /// Ids of the actions that its condition names.
    pub(super) named: BTreeSet<Arc<str>>,
}

impl Reading {
    /// What a policy is at a gateway. Needs room on the stack.
    pub(super) fn of(policy: &Policy, id: &Arc<str>, mode: Mode, gateway: &str, words: &Words) -> Self {
        let place = Place::of(policy, gateway);
        // What never applies is not kept.
        let expression = place.as_ref().and_then(|_| {
            let policy: &ast::Policy = policy.as_ref();
            policy.non_scope_constraints()
        });
        let rule = Rule {
            id: Arc::clone(id),
            effect: policy.effect().into(),
            mode,
            shortcut: expression.and_then(Shortcut::of),
            condition: expression.map(Condition::of),
        };
        Self {
            place,
            rule: Arc::new(rule),
            named: expression.map_or_else(BTreeSet::new, |expression| actions_in(expression, words)),
        }
    }
}

impl Rule {
    /// The tag without which it applies to nobody, and the value that it must have.
    pub(super) fn tag(&self) -> Option<(&str, &str)> {
        self.shortcut.as_ref()?.tag()
    }

    /// Whether it applies to a request for which its scope holds, if that is known without Cedar's evaluator.
    pub(super) fn known(&self, principal: &Principal, context: &Context) -> Option<bool> {
        self.shortcut.as_ref()?.answer(principal, context)
    }

    /// Whether it applies to a request for which its scope holds.
    ///
    /// # Errors
    /// What Cedar says when its condition cannot be evaluated.
    pub(super) fn applies(&self, evaluator: &Evaluator<'_>) -> Result<bool, String> {
        match &self.condition {
            Some(condition) => condition.holds(evaluator),
            None => Ok(true),
        }
    }

    /// Whether it applies to a request for which its scope holds, as far as that is known without a context. One that
    /// cannot be evaluated applies to nothing.
    pub(super) fn could_apply(&self, evaluator: &Evaluator<'_>) -> Truth {
        match &self.condition {
            Some(condition) => condition.could_hold(evaluator),
            None => Truth::True,
        }
    }
}

impl Place {
    fn of(policy: &Policy, gateway: &str) -> Option<Self> {
        if !holds_at(gateway, &policy.resource_constraint().into()) {
            return None;
        }
        Some(Self {
            actions: Actions::of(policy.action_constraint().into())?,
            principals: Principals::of(policy.principal_constraint().into())?,
        })
    }
}

/// Whether a scope holds for this gateway.
fn holds_at(gateway: &str, scope: &ResourceScope) -> bool {
    let is_it = |entity: &Entity| entity.entity_type == GATEWAY && entity.id == gateway;
    match scope {
        ResourceScope::Any => true,
        ResourceScope::Is(entity_type) => entity_type == GATEWAY,
        ResourceScope::Eq(entity) | ResourceScope::In(entity) => is_it(entity),
        ResourceScope::IsIn(entity_type, entity) => entity_type == GATEWAY && is_it(entity),
    }
}

impl Actions {
    fn of(scope: ActionScope) -> Option<Self> {
        match scope {
            ActionScope::Any => Some(Self::Every),
            ActionScope::Eq(action) => (action.entity_type == ACTION).then(|| Self::Itself(action.id.into())),
            ActionScope::In(actions) => {
                let actions = actions.into_iter().filter(|action| action.entity_type == ACTION);
                let actions: BTreeSet<Arc<str>> = actions.map(|action| action.id.into()).collect();
                (!actions.is_empty()).then_some(Self::Within(actions))
            }
        }
    }
}

impl Principals {
    fn of(scope: PrincipalScope) -> Option<Self> {
        match scope {
            PrincipalScope::Any => Some(Self::Anyone),
            PrincipalScope::Is(name) => PrincipalKind::named(&name).map(Self::Kind),
            PrincipalScope::Eq(one) | PrincipalScope::In(one) => Self::one(one),
            PrincipalScope::IsIn(name, one) => (name == one.entity_type).then(|| Self::one(one)).flatten(),
        }
    }

    fn one(entity: Entity) -> Option<Self> {
        PrincipalKind::named(&entity.entity_type).map(|kind| Self::One(kind, entity.id.into()))
    }
}
