//! What is asked of an argument of the call: comparisons, equality, patterns, presence; by the argument's type.

use super::amounts::{self, number, numeric};
use super::claims;
use super::cursor::Cursor;
use super::fields::{self, Field, Type};
use super::meaning::{Condition, FieldTest, Literal};
use super::questions::{self, equality, moment, pattern, present};
use crate::model::Tool;

/// The longest name of an argument, in words.
const LONGEST_NAME: usize = 6;

/// A condition on an argument of all of these tools.
pub(super) fn condition(cursor: &mut Cursor<'_>, tools: &[&Tool]) -> Option<Condition> {
    if tools.is_empty() {
        return None;
    }
    let not = |condition: Condition| Condition::Not(Box::new(condition));
    cursor.attempt(|cursor| {
        if cursor.eat("no") {
            let field = named(cursor, tools)?;
            return present(cursor)
                .filter(|given| *given)
                .map(|_| not(is_present(&field)));
        }
        let given_by = cursor.attempt(|cursor| {
            if cursor
                .eat_any(&["the request", "the call", "the input", "it"])
                .is_some()
            {
                cursor.eat_any(&["has", "includes", "contains", "provides", "specifies"])?;
            } else {
                cursor.eat_any(&["the user", "the caller", "the principal", "they"])?;
                cursor.eat_any(&["provides", "provide", "specifies", "specify"])?;
            }
            cursor.eat_article();
            let field = named(cursor, tools)?;
            let ends = cursor
                .peek()
                .is_none_or(|next| next.is("and") || next.is("or") || next.is(",") || next.is(")"));
            ends.then(|| is_present(&field))
        });
        if given_by.is_some() {
            return given_by;
        }
        cursor.eat_article();
        let field = named(cursor, tools)?;
        tested(cursor, &field)
    })
}

/// `with a description`, `without description`, `with amount under 5`, `for amounts up to 5`: behind the preposition.
pub(super) fn attached(cursor: &mut Cursor<'_>, tools: &[&Tool], with: bool) -> Option<Condition> {
    cursor.attempt(|cursor| {
        cursor.eat_article();
        let field = named(cursor, tools)?;
        if !with {
            return Some(Condition::Not(Box::new(is_present(&field))));
        }
        cursor
            .attempt(|cursor| tested(cursor, &field))
            .or_else(|| cursor.attempt(|cursor| bare_value(cursor, &field)))
            .or_else(|| Some(is_present(&field)))
    })
}

/// `of any amount`: says that an argument does not matter.
pub(super) fn whatever(cursor: &mut Cursor<'_>, tools: &[&Tool]) -> bool {
    let found = cursor.attempt(|cursor| {
        cursor.eat_any(&[
            "of any",
            "for any",
            "with any",
            "regardless of the",
            "regardless of",
        ])?;
        named(cursor, tools)
    });
    found.is_some()
}

/// `under $500` behind the name of what a tool makes: about the only number it may be about.
pub(super) fn bare(cursor: &mut Cursor<'_>, tools: &[&Tool]) -> Option<Condition> {
    cursor.attempt(|cursor| {
        cursor.eat("of");
        let mut probe = *cursor;
        if amounts::order(&mut probe).is_none() {
            probe.eat_any(&["between", "from"]);
        }
        let money = amounts::first_number(&mut probe)?.currency.is_some();
        let field = fields::only_number(tools, money)?;
        numeric(cursor, &field)
            .map(|test| Condition::Field(field.path.clone(), test))
            .or_else(|| {
                let literal = number(cursor, &field)?;
                let order = amounts::postponed_order(cursor)?;
                Some(Condition::Field(
                    field.path.clone(),
                    FieldTest::Compares(order, literal),
                ))
            })
    })
}

/// The argument that is named here, by as many words as name one.
fn named(cursor: &mut Cursor<'_>, tools: &[&Tool]) -> Option<Field> {
    let quoted = cursor
        .peek()
        .is_some_and(|token| token.kind == super::tokens::Kind::Quoted);
    let most = if quoted { 1 } else { cursor.run(LONGEST_NAME) };
    for count in (1..=most).rev() {
        match fields::find(tools, &cursor.texts(count)) {
            Ok(Some(field)) => {
                cursor.advance(count);
                return Some(field);
            }
            Ok(None) => {}
            Err(why) => cursor.ground.stop(why),
        }
    }
    None
}

fn is_present(field: &Field) -> Condition {
    Condition::Field(field.path.clone(), FieldTest::Present)
}

/// What stands behind the name of an argument.
fn tested(cursor: &mut Cursor<'_>, field: &Field) -> Option<Condition> {
    let holds = |test: FieldTest| Condition::Field(field.path.clone(), test);
    let not = |condition: Condition| Condition::Not(Box::new(condition));
    if let Some(given) = present(cursor) {
        return Some(if given {
            is_present(field)
        } else {
            not(is_present(field))
        });
    }
    let test = match &field.of_type {
        Type::Long | Type::Decimal => cursor.attempt(|cursor| {
            cursor.eat_any(&questions::IS);
            numeric(cursor, field)
        }),
        Type::Moment => cursor.attempt(|cursor| moment(cursor)),
        Type::Text => cursor.attempt(|cursor| pattern(cursor)),
        Type::Texts | Type::Longs => cursor.attempt(|cursor| {
            cursor.eat_any(&["contains", "contain", "includes", "include"])?;
            Some(FieldTest::Holds(literals(cursor, field, false)?))
        }),
        Type::Bool | Type::Enumeration(_) | Type::Other => None,
    };
    if let Some(test) = test {
        return Some(holds(test));
    }
    if let Some((negated, test)) = cursor.attempt(|cursor| negated_pattern(cursor, field)) {
        return Some(if negated { not(holds(test)) } else { holds(test) });
    }
    let (negated, listed) = equality(cursor)?;
    if negated && let Some(test) = cursor.attempt(|cursor| numeric(cursor, field)) {
        return Some(not(holds(test)));
    }
    let values = literals(cursor, field, listed)?;
    if negated && values.len() > 1 && !listed {
        cursor.ground.stop("`not .. or ..` can be read in two ways");
        return None;
    }
    if matches!(field.of_type, Type::Long | Type::Decimal)
        && let [literal] = values.as_slice()
    {
        let order = amounts::postponed_order(cursor);
        if let Some(order) = order {
            let test = holds(FieldTest::Compares(order, literal.clone()));
            return Some(if negated { not(test) } else { test });
        }
    }
    let test = holds(FieldTest::Is(values));
    Some(if negated { not(test) } else { test })
}

/// `region US` behind `for` or `with`: a value without a verb, of an argument that has words for values.
fn bare_value(cursor: &mut Cursor<'_>, field: &Field) -> Option<Condition> {
    if !matches!(field.of_type, Type::Text | Type::Enumeration(_)) {
        return None;
    }
    let values = literals(cursor, field, false)?;
    Some(Condition::Field(field.path.clone(), FieldTest::Is(values)))
}

/// The values that follow, as literals of the argument's type.
fn literals(cursor: &mut Cursor<'_>, field: &Field, listed: bool) -> Option<Vec<Literal>> {
    if matches!(field.of_type, Type::Long | Type::Longs | Type::Decimal) {
        let mut found = vec![number(cursor, field)?];
        while let Some(more) = cursor.attempt(|cursor| {
            let joined = cursor.eat_any(&[", or", ", and", "or", "and", ","])?;
            (listed || joined.ends_with("or")).then_some(())?;
            number(cursor, field)
        }) {
            found.push(more);
        }
        return Some(found);
    }
    cursor.eat("the");
    let values = if listed {
        claims::list(cursor)?
    } else {
        claims::values(cursor)?
    };
    values.iter().map(|value| literal(cursor, field, value)).collect()
}

fn literal(cursor: &Cursor<'_>, field: &Field, value: &str) -> Option<Literal> {
    match &field.of_type {
        Type::Text | Type::Texts => Some(Literal::Text(value.to_owned())),
        Type::Bool => match value.to_lowercase().as_str() {
            "true" | "yes" => Some(Literal::Bool(true)),
            "false" | "no" => Some(Literal::Bool(false)),
            _ => None,
        },
        Type::Enumeration(words) => {
            if !words.iter().any(|word| word == value) {
                cursor
                    .ground
                    .stop(format!("`{value}` is none of the values {}", words.join(", ")));
                return None;
            }
            Some(Literal::Word(value.to_owned()))
        }
        Type::Long | Type::Longs | Type::Decimal | Type::Moment | Type::Other => None,
    }
}

/// `does not contain "x"`, `does not start with "x"`, `is not like "x*"`.
fn negated_pattern(cursor: &mut Cursor<'_>, field: &Field) -> Option<(bool, FieldTest)> {
    cursor.eat_any(&["does not", "do not", "is not"])?;
    match field.of_type {
        Type::Text => pattern(cursor).map(|test| (true, test)),
        Type::Texts | Type::Longs => {
            cursor.eat_any(&["contain", "include"])?;
            let values = literals(cursor, field, false)?;
            (values.len() == 1).then_some((true, FieldTest::Holds(values)))
        }
        Type::Long | Type::Decimal | Type::Bool | Type::Enumeration(_) | Type::Moment | Type::Other => None,
    }
}
