//! What of a condition is decided without a walk through Cedar's tree.
//!
//! Most conditions of AgentCore policies ask for tags of the principal and compare arguments with constants. Those are kept in a
//! form of their own, in which no value is copied and no constant read again. What is compared or called is compared and
//! called by Cedar's own functions. Whatever has another form, and whatever Cedar would call an error, is left to its evaluator.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "whatever form Cedar adds to its tree and its values is Cedar's to decide"
)]

use std::collections::VecDeque;

use cedar_policy_core::ast::{
    BinaryOp, Context, Expr, ExprKind, ExtensionFunction, Literal, PartialValue, Pattern, UnaryOp, Value,
    ValueKind, Var,
};
use cedar_policy_core::evaluator::binary_relation;
use cedar_policy_core::extensions::Extensions;

use super::principal::Principal;

/// How deep tests stand in each other: what is deeper is Cedar's.
const DEEPEST: usize = 8;

/// A condition, as far as it is decided here.
#[derive(Debug)]
pub(super) struct Shortcut(Test);

/// Says whether something holds, or nothing.
#[derive(Debug)]
enum Test {
    /// A boolean that is written there.
    Written(bool),
    /// A value that must be a boolean.
    Value(Term),
    /// A conjunction: what stands behind a part that is false is not looked at.
    All(Box<[Test]>),
    /// A disjunction, in the same way.
    Any(Box<[Test]>),
    Not(Box<Test>),
    /// `principal.hasTag("name")`.
    HasTag(Box<str>),
    /// `context.record has name`, as a path.
    Has(Path),
    /// `==`, `<` and `<=`.
    Relation(BinaryOp, Term, Term),
    /// `set.contains(element)`.
    Contains(Term, Term),
    Like(Term, Pattern),
    /// A function of an extension that says whether, such as `lessThan`.
    Call(&'static ExtensionFunction, Box<[Term]>),
    /// Only Cedar can say.
    Cedar,
}

/// A value, or nothing.
#[derive(Debug)]
enum Term {
    /// One that is the same for every request.
    Constant(Value),
    /// `principal.getTag("name")`.
    Tag(Box<str>),
    Context(Path),
}

/// Names of attributes, beginning in the context.
type Path = Box<[Box<str>]>;

impl Shortcut {
    /// That of an expression, if there is anything in it that is decided here.
    pub(super) fn of(expression: &Expr) -> Option<Self> {
        match Test::of(expression, 0) {
            Test::Cedar => None,
            Test::All(tests) | Test::Any(tests) if matches!(&*tests, [Test::Cedar, ..]) => None,
            test => Some(Self(test)),
        }
    }

    /// The tag that it asks for before anything else, and the value that the tag must have: `principal.hasTag("role") &&
    /// principal.getTag("role") == "clerk"`. Of a principal without it, or with another value, the condition is false and no error.
    pub(super) fn tag(&self) -> Option<(&str, &str)> {
        self.0.tag()
    }

    /// Whether the condition holds for a principal in a context: as Cedar would say, or nothing.
    pub(super) fn answer(&self, principal: &Principal, context: &Context) -> Option<bool> {
        self.0.answer(&Seen { principal, context })
    }
}

/// What tests look at.
struct Seen<'r> {
    principal: &'r Principal,
    context: &'r Context,
}

/// What is at a path.
enum At<'r> {
    Value(&'r Value),
    /// The record that it could be in has no such attribute.
    Nothing,
    /// There is no record that it could be in.
    NoRecord,
}

impl<'r> Seen<'r> {
    /// What is at a path in the context.
    fn at(&self, path: &[Box<str>]) -> At<'r> {
        let (Context::Value(whole), Some((name, above))) = (self.context, path.split_last()) else {
            return At::NoRecord;
        };
        let mut record = &**whole;
        for name in above {
            match record.get(&**name).map(Value::value_kind) {
                Some(ValueKind::Record(below)) => record = below,
                Some(_) | None => return At::NoRecord,
            }
        }
        record.get(&**name).map_or(At::Nothing, At::Value)
    }
}

impl Test {
    fn of(expression: &Expr, depth: usize) -> Self {
        Self::read(expression, depth).unwrap_or(Self::Cedar)
    }

    fn read(expression: &Expr, depth: usize) -> Option<Self> {
        if depth == DEEPEST {
            return None;
        }
        let below = |expression: &Expr| Self::of(expression, depth + 1);
        Some(match expression.expr_kind() {
            ExprKind::Lit(Literal::Bool(written)) => Self::Written(*written),
            ExprKind::And { .. } => Self::All(parts(expression).into_iter().map(below).collect()),
            ExprKind::Or { .. } => Self::Any(parts(expression).into_iter().map(below).collect()),
            ExprKind::UnaryApp {
                op: UnaryOp::Not,
                arg,
            } => Self::Not(Box::new(below(arg))),
            ExprKind::HasAttr { expr, attr } => Self::Has(path(expr, attr)?),
            ExprKind::Like { expr, pattern } => Self::Like(Term::of(expr)?, pattern.clone()),
            ExprKind::ExtensionFunctionApp { fn_name, args } => {
                let function = Extensions::all_available().func(fn_name).ok()?;
                let terms = args.iter().map(Term::of).collect::<Option<_>>()?;
                Self::Call(function, terms)
            }
            ExprKind::BinaryApp { op, arg1, arg2 } => match op {
                BinaryOp::HasTag if is_principal(arg1) => Self::HasTag(text(arg2)?.into()),
                BinaryOp::Eq | BinaryOp::Less | BinaryOp::LessEq => {
                    Self::Relation(*op, Term::of(arg1)?, Term::of(arg2)?)
                }
                BinaryOp::Contains => Self::Contains(Term::of(arg1)?, Term::of(arg2)?),
                _ => return None,
            },
            ExprKind::GetAttr { .. } => Self::Value(Term::of(expression)?),
            _ => return None,
        })
    }

    fn tag(&self) -> Option<(&str, &str)> {
        let Self::All(tests) = self else {
            return None;
        };
        let mut tests = tests.iter().filter(|test| !matches!(test, Self::Written(true)));
        match (tests.next()?, tests.next()) {
            (first @ Self::All(_), _) => first.tag(),
            (
                Self::HasTag(asked),
                Some(Self::Relation(BinaryOp::Eq, Term::Tag(tag), Term::Constant(value))),
            ) if asked == tag => match value.value_kind() {
                ValueKind::Lit(Literal::String(text)) => Some((tag, text)),
                _ => None,
            },
            _ => None,
        }
    }

    fn answer(&self, seen: &Seen<'_>) -> Option<bool> {
        match self {
            Self::Written(written) => Some(*written),
            Self::Value(term) => boolean(term.value(seen)?),
            Self::All(tests) => first(tests, seen, false),
            Self::Any(tests) => first(tests, seen, true),
            Self::Not(test) => test.answer(seen).map(|holds| !holds),
            Self::HasTag(name) => Some(seen.principal.tag(name).is_some()),
            Self::Has(path) => match seen.at(path) {
                At::Value(_) => Some(true),
                At::Nothing => Some(false),
                At::NoRecord => None,
            },
            Self::Relation(op, left, right) => {
                let related = binary_relation(
                    *op,
                    left.value(seen)?,
                    right.value(seen)?,
                    Extensions::all_available(),
                );
                boolean(&related.ok()?)
            }
            Self::Contains(set, element) => {
                let ValueKind::Set(set) = set.value(seen)?.value_kind() else {
                    return None;
                };
                Some(set.contains(element.value(seen)?))
            }
            Self::Like(term, pattern) => {
                let ValueKind::Lit(Literal::String(text)) = term.value(seen)?.value_kind() else {
                    return None;
                };
                Some(pattern.wildcard_match(text))
            }
            Self::Call(function, terms) => {
                let values = terms.iter().map(|term| term.value(seen).cloned());
                let values: Vec<Value> = values.collect::<Option<_>>()?;
                match function.call(&values) {
                    Ok(PartialValue::Value(value)) => boolean(&value),
                    Ok(PartialValue::Residual(_)) | Err(_) => None,
                }
            }
            Self::Cedar => None,
        }
    }
}

impl Term {
    fn of(expression: &Expr) -> Option<Self> {
        if let Some(constant) = constant(expression) {
            return Some(Self::Constant(constant));
        }
        match expression.expr_kind() {
            ExprKind::BinaryApp {
                op: BinaryOp::GetTag,
                arg1,
                arg2,
            } if is_principal(arg1) => Some(Self::Tag(text(arg2)?.into())),
            ExprKind::GetAttr { expr, attr } => Some(Self::Context(path(expr, attr)?)),
            _ => None,
        }
    }

    fn value<'s>(&'s self, seen: &Seen<'s>) -> Option<&'s Value> {
        match self {
            Self::Constant(value) => Some(value),
            Self::Tag(name) => seen.principal.tag(name),
            Self::Context(path) => match seen.at(path) {
                At::Value(value) => Some(value),
                At::Nothing | At::NoRecord => None,
            },
        }
    }
}

/// The parts of a conjunction or a disjunction, in the order in which they are evaluated. Neither is told apart by how it
/// is nested.
fn parts(whole: &Expr) -> VecDeque<&Expr> {
    let mut parts = VecDeque::new();
    let mut rest = whole;
    loop {
        match (whole.expr_kind(), rest.expr_kind()) {
            (ExprKind::And { .. }, ExprKind::And { left, right })
            | (ExprKind::Or { .. }, ExprKind::Or { left, right }) => {
                parts.push_front(&**right);
                rest = left;
            }
            _ => {
                parts.push_front(rest);
                return parts;
            }
        }
    }
}

/// What the first test says that says this or nothing; when none does, the opposite.
fn first(tests: &[Test], seen: &Seen<'_>, this: bool) -> Option<bool> {
    for test in tests {
        if test.answer(seen)? == this {
            return Some(this);
        }
    }
    Some(!this)
}

/// The value of an expression that is the same for every request; none when it has none.
fn constant(expression: &Expr) -> Option<Value> {
    match expression.expr_kind() {
        ExprKind::Lit(literal) => Some(Value::new(literal.clone(), None)),
        ExprKind::Set(elements) => {
            let elements: Vec<Value> = elements.iter().map(constant).collect::<Option<_>>()?;
            Some(Value::set(elements, None))
        }
        ExprKind::ExtensionFunctionApp { fn_name, args } => {
            let function = Extensions::all_available().func(fn_name).ok()?;
            let values: Vec<Value> = args.iter().map(constant).collect::<Option<_>>()?;
            match function.call(&values) {
                Ok(PartialValue::Value(value)) => Some(value),
                Ok(PartialValue::Residual(_)) | Err(_) => None,
            }
        }
        _ => None,
    }
}

/// That of an attribute of `context`, of an attribute of it, and so on.
fn path(of: &Expr, attribute: &str) -> Option<Path> {
    let mut names = VecDeque::from([Box::from(attribute)]);
    let mut rest = of;
    loop {
        match rest.expr_kind() {
            ExprKind::Var(Var::Context) => return Some(names.into_iter().collect()),
            ExprKind::GetAttr { expr, attr } => {
                names.push_front(attr.as_str().into());
                rest = expr;
            }
            _ => return None,
        }
    }
}

fn is_principal(expression: &Expr) -> bool {
    matches!(expression.expr_kind(), ExprKind::Var(Var::Principal))
}

fn text(expression: &Expr) -> Option<&str> {
    match expression.expr_kind() {
        ExprKind::Lit(Literal::String(text)) => Some(text),
        _ => None,
    }
}

fn boolean(value: &Value) -> Option<bool> {
    match value.value_kind() {
        ValueKind::Lit(Literal::Bool(holds)) => Some(*holds),
        _ => None,
    }
}
