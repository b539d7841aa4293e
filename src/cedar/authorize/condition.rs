//! What a policy says beyond its scope, as Cedar evaluates it.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use cedar_policy_core::ast::{
    EntityType, EntityUID, Expr, ExprBuilder, ExprKind, Literal, PartialValue, Value, ValueKind,
};
use cedar_policy_core::evaluator::Evaluator;
use cedar_policy_core::expr_builder::ExprBuilder as _;

use super::words::Words;

/// Stack that Cedar's evaluator asks to be left, and some for the walk's first steps.
const BASE: usize = 256 * 1024;

/// Stack for each part of a condition, were each nested in the other. Estimated, with room to spare; without
/// optimization frames are large.
const PER_PART: usize = if cfg!(debug_assertions) {
    24 * 1024
} else {
    4 * 1024
};

/// Whether a condition holds, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Truth {
    /// It holds.
    True,
    /// It does not.
    False,
    /// That depends on what is not known.
    Open,
}

/// The `when` and `unless` of a policy.
#[derive(Debug)]
pub(super) struct Condition {
    expression: Expr,
    /// Stack that its evaluation takes at most: with less, Cedar stops with an error, and a forbid that errors forbids
    /// nothing.
    room: usize,
}

impl Condition {
    /// Of an expression that stands beyond a scope. It is kept without the places in its text, and so without the text.
    pub(super) fn of(expression: &Expr) -> Self {
        Self {
            // As in the conjunction that Cedar makes of scope and conditions: what is no boolean is an error.
            expression: Expr::and(Expr::val(true), bare(expression)),
            room: BASE + PER_PART * (expression.subexpressions().count() + 1),
        }
    }

    /// Whether it holds.
    ///
    /// # Errors
    /// What Cedar says when it cannot be evaluated.
    pub(super) fn holds(&self, evaluator: &Evaluator<'_>) -> Result<bool, String> {
        let slots = HashMap::new();
        stacker::maybe_grow(self.room, self.room, || {
            let value = evaluator.interpret(&self.expression, &slots);
            value
                .map(|value| is_true(&value))
                .map_err(|error| error.to_string())
        })
    }

    /// Whether it holds of a request of which a part is not known. One that cannot be evaluated does not hold.
    pub(super) fn could_hold(&self, evaluator: &Evaluator<'_>) -> Truth {
        let slots = HashMap::new();
        stacker::maybe_grow(self.room, self.room, || {
            match evaluator.partial_interpret(&self.expression, &slots) {
                Ok(PartialValue::Value(value)) if is_true(&value) => Truth::True,
                Ok(PartialValue::Residual(_)) => Truth::Open,
                Ok(PartialValue::Value(_)) | Err(_) => Truth::False,
            }
        })
    }
}

/// Ids of the actions that an expression names.
pub(super) fn actions_in(expression: &Expr, words: &Words) -> BTreeSet<Arc<str>> {
    let named = expression.subexpressions().filter_map(|part| {
        let ExprKind::Lit(Literal::EntityUID(uid)) = part.expr_kind() else {
            return None;
        };
        let is_action = *uid.entity_type() == words.action;
        is_action.then(|| Arc::from(AsRef::<str>::as_ref(uid.eid())))
    });
    named.collect()
}

fn is_true(value: &Value) -> bool {
    matches!(value.value_kind(), ValueKind::Lit(Literal::Bool(true)))
}

/// The same expression without places in a text.
fn bare(expression: &Expr) -> Expr {
    let part = |part: &Arc<Expr>| Arc::new(bare(part));
    let parts = |parts: &[Expr]| Arc::new(parts.iter().map(bare).collect::<Vec<_>>());
    let kind = match expression.expr_kind() {
        ExprKind::Lit(Literal::EntityUID(uid)) => ExprKind::Lit(Literal::from(bare_uid(uid))),
        ExprKind::Lit(_) | ExprKind::Var(_) | ExprKind::Slot(_) | ExprKind::Unknown(_) => {
            expression.expr_kind().clone()
        }
        ExprKind::If {
            test_expr,
            then_expr,
            else_expr,
        } => ExprKind::If {
            test_expr: part(test_expr),
            then_expr: part(then_expr),
            else_expr: part(else_expr),
        },
        ExprKind::And { left, right } => ExprKind::And {
            left: part(left),
            right: part(right),
        },
        ExprKind::Or { left, right } => ExprKind::Or {
            left: part(left),
            right: part(right),
        },
        ExprKind::UnaryApp { op, arg } => ExprKind::UnaryApp {
            op: *op,
            arg: part(arg),
        },
        ExprKind::BinaryApp { op, arg1, arg2 } => ExprKind::BinaryApp {
            op: *op,
            arg1: part(arg1),
            arg2: part(arg2),
        },
        ExprKind::ExtensionFunctionApp { fn_name, args } => ExprKind::ExtensionFunctionApp {
            fn_name: EntityType::from(fn_name.clone()).with_loc(None).into_name(),
            args: parts(args),
        },
        ExprKind::GetAttr { expr, attr } => ExprKind::GetAttr {
            expr: part(expr),
            attr: attr.clone(),
        },
        ExprKind::HasAttr { expr, attr } => ExprKind::HasAttr {
            expr: part(expr),
            attr: attr.clone(),
        },
        ExprKind::ExtHasAttr { expr, attrs } => ExprKind::ExtHasAttr {
            expr: part(expr),
            attrs: attrs.clone(),
        },
        ExprKind::Like { expr, pattern } => ExprKind::Like {
            expr: part(expr),
            pattern: pattern.clone(),
        },
        ExprKind::Is { expr, entity_type } => ExprKind::Is {
            expr: part(expr),
            entity_type: entity_type.with_loc(None),
        },
        ExprKind::Set(elements) => ExprKind::Set(parts(elements)),
        ExprKind::Record(fields) => {
            let fields = fields.iter().map(|(name, field)| (name.clone(), bare(field)));
            ExprKind::Record(Arc::new(fields.collect()))
        }
    };
    ExprBuilder::<()>::new().with_expr_kind(kind)
}

fn bare_uid(uid: &EntityUID) -> EntityUID {
    EntityUID::from_components(uid.entity_type().with_loc(None), uid.eid().clone(), None)
}
