//! The tag that a condition asks for before anything else.
//!
//! Most conditions of AgentCore policies begin with `principal.hasTag("role") && principal.getTag("role") == "clerk"`.
//! Both parts are false, and no error, of a principal without that tag or with another value; and what stands behind a
//! part that is false is not evaluated. So the condition is false, and needs no evaluator to be.

use cedar_policy_core::ast::{BinaryOp, Expr, ExprKind, Literal, Var};

use super::principal::Principal;

/// A tag of the principal without which a condition is false.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Guard {
    tag: Box<str>,
    value: Box<str>,
}

impl Guard {
    /// That of an expression, if it begins with one.
    pub(super) fn of(expression: &Expr) -> Option<Self> {
        let mut parts = Vec::new();
        first_parts(expression, &mut parts);
        let [asks, is, ..] = parts.as_slice() else {
            return None;
        };
        let tag = of_principal(asks, BinaryOp::HasTag)?;
        let ExprKind::BinaryApp {
            op: BinaryOp::Eq,
            arg1,
            arg2,
        } = is.expr_kind()
        else {
            return None;
        };
        let same = of_principal(arg1, BinaryOp::GetTag)? == tag;
        let value = text(arg2).filter(|_| same)?;
        Some(Self {
            tag: tag.into(),
            value: value.into(),
        })
    }

    /// Whether the condition may hold of this principal.
    pub(super) fn lets_through(&self, principal: &Principal) -> bool {
        principal.tag(&self.tag) == Some(&*self.value)
    }
}

/// The parts of a conjunction that are evaluated first, in this order; `true` is none.
fn first_parts<'e>(expression: &'e Expr, parts: &mut Vec<&'e Expr>) {
    if let ExprKind::And { left, right } = expression.expr_kind() {
        first_parts(left, parts);
        if parts.len() < 2 {
            first_parts(right, parts);
        }
    } else if !matches!(expression.expr_kind(), ExprKind::Lit(Literal::Bool(true))) {
        parts.push(expression);
    }
}

/// The name in `principal.hasTag("name")` and the like.
fn of_principal(expression: &Expr, wanted: BinaryOp) -> Option<&str> {
    let ExprKind::BinaryApp { op, arg1, arg2 } = expression.expr_kind() else {
        return None;
    };
    let asks = *op == wanted && matches!(arg1.expr_kind(), ExprKind::Var(Var::Principal));
    asks.then(|| text(arg2)).flatten()
}

fn text(expression: &Expr) -> Option<&str> {
    let ExprKind::Lit(Literal::String(text)) = expression.expr_kind() else {
        return None;
    };
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(condition: &str) -> Option<(String, String)> {
        let expression: Expr = condition.parse().expect("it is an expression");
        let guard = Guard::of(&expression)?;
        Some((guard.tag.into(), guard.value.into()))
    }

    #[test]
    fn a_condition_is_guarded_by_a_tag_only_when_it_asks_for_that_tag_first() {
        let asks = r#"principal.hasTag("a") && principal.getTag("a") == "x""#;
        let found = Some(("a".to_owned(), "x".to_owned()));
        for guarded in [
            asks.to_owned(),
            format!("{asks} && context.b"),
            format!("true && ({asks} && context.b) && context.c"),
            format!("({asks}) && (context.b || context.c)"),
        ] {
            assert_eq!(guard(&guarded), found, "{guarded}");
        }
        for open in [
            // Errors of a principal without the tag.
            r#"principal.getTag("a") == "x""#.to_owned(),
            r#"principal.getTag("a") == "x" && principal.hasTag("a")"#.to_owned(),
            r#"principal.hasTag("a") && principal.getTag("b") == "x""#.to_owned(),
            // May error before.
            format!("context.b && {asks}"),
            format!("{asks} || context.b"),
            format!("!({asks})"),
            r#"principal.hasTag("a")"#.to_owned(),
            r#"principal.hasTag("a") && principal.getTag("a") != "x""#.to_owned(),
            r#"principal.hasTag("a") && principal.getTag("a") like "x""#.to_owned(),
            r#"resource.hasTag("a") && resource.getTag("a") == "x""#.to_owned(),
            r#"if principal.hasTag("a") then principal.getTag("a") == "x" else true"#.to_owned(),
        ] {
            assert_eq!(guard(&open), None, "{open}");
        }
    }
}
