//! Numbers in comparisons: the words of an order, and a number as the argument counts (service.md 8.8, 10.5).

use super::cursor::Cursor;
use super::fields::{Field, Type};
use super::meaning::{Condition, FieldTest, Literal, Order};
use super::numbers::{self, Number};
use super::quantities;

const LESS: [&str; 8] = [
    "less than",
    "fewer than",
    "lower than",
    "smaller than",
    "strictly under",
    "under",
    "below",
    "<",
];
const AT_MOST: [&str; 8] = [
    "less than or equal to",
    "fewer than or equal to",
    "lower than or equal to",
    "at most",
    "up to",
    "a maximum of",
    "maximum of",
    "<=",
];
const MORE: [&str; 10] = [
    "more than",
    "greater than",
    "higher than",
    "larger than",
    "bigger than",
    "over",
    "above",
    "exceeds",
    "exceeding",
    ">",
];
const AT_LEAST: [&str; 6] = [
    "greater than or equal to",
    "more than or equal to",
    "higher than or equal to",
    "at least",
    "a minimum of",
    ">=",
];
/// Negations that are no `not`.
const NO: [&str; 8] = [
    "no more than",
    "no greater than",
    "no higher than",
    "no larger than",
    "no less than",
    "no fewer than",
    "no lower than",
    "no smaller than",
];
const OR_LESS: [&str; 5] = ["or less", "or fewer", "or lower", "or below", "or under"];
const OR_MORE: [&str; 6] = [
    "or more",
    "or greater",
    "or higher",
    "or above",
    "or over",
    "and above",
];
/// Units; those that an argument counts in are dropped.
const UNITS: [&str; 48] = [
    "item",
    "items",
    "unit",
    "units",
    "piece",
    "pieces",
    "second",
    "seconds",
    "minute",
    "minutes",
    "hour",
    "hours",
    "day",
    "days",
    "week",
    "weeks",
    "month",
    "months",
    "year",
    "years",
    "gram",
    "grams",
    "kg",
    "kilogram",
    "kilograms",
    "pound",
    "pounds",
    "km",
    "kilometers",
    "miles",
    "meters",
    "percent",
    "points",
    "people",
    "persons",
    "seats",
    "records",
    "rows",
    "bytes",
    "kb",
    "mb",
    "gb",
    "characters",
    "words",
    "tokens",
    "shares",
    "nights",
    "cents",
];

/// How a number compares, and whether it does not: `under`, `not under`, `no more than`, `does not exceed`.
pub(super) fn order(cursor: &mut Cursor<'_>) -> Option<(bool, Order)> {
    let among = |cursor: &mut Cursor<'_>, phrases: &[(&[&'static str], Order)]| {
        let mut phrases = phrases.iter();
        phrases.find_map(|(phrases, order)| cursor.eat_any(phrases).map(|_| *order))
    };
    let strict = [(&LESS[..], Order::Less), (&MORE[..], Order::More)];
    let all = [
        (&AT_MOST[..], Order::AtMost),
        (&AT_LEAST[..], Order::AtLeast),
        strict[0],
        strict[1],
    ];
    cursor.attempt(|cursor| {
        if cursor.eat_any(&["does not exceed", "do not exceed"]).is_some() {
            return Some((true, Order::More));
        }
        if cursor.stands(&NO) {
            cursor.eat("no");
            return among(cursor, &strict).map(|order| (true, order));
        }
        let negated = cursor.eat("not");
        among(cursor, &all).map(|order| (negated, order))
    })
}

/// A number's condition: `under 500`, `not over 500`, `over 10 and under 500`, `between 5 and 10`, `not between 5 and 10`.
///
/// What is negated is told so, and not turned around: an argument that is absent is neither under nor over a number
/// (docs/generation.md).
pub(super) fn numeric(cursor: &mut Cursor<'_>, field: &Field) -> Option<Condition> {
    cursor.attempt(|cursor| {
        let of = |negated, test| Condition::Field(field.path.clone(), test).negated_if(negated);
        if let Some(one) = bound(cursor, field) {
            let other = cursor.attempt(|cursor| {
                cursor.eat_any(&["and", "but"])?;
                bound(cursor, field).filter(|other| one.is_met_by(other))
            });
            let bounds = [Some(one), other].into_iter().flatten();
            let mut all: Vec<Condition> = bounds
                .map(|bound| of(bound.negated, FieldTest::Compares(bound.order, bound.number)))
                .collect();
            return match all.len() {
                1 => all.pop(),
                _ => Some(Condition::All(all)),
            };
        }
        let negated = cursor.eat("not");
        between(cursor, field).map(|test| of(negated, test))
    })
}

/// One end of a range: `over 10`, `not under 10`.
struct Bound {
    negated: bool,
    order: Order,
    number: Literal,
}

impl Bound {
    /// How it compares, all told.
    fn sense(&self) -> Order {
        if self.negated {
            self.order.turned()
        } else {
            self.order
        }
    }

    /// Whether `other` is the other end of a range. `not over 10 and under 5` can deny both.
    fn is_met_by(&self, other: &Self) -> bool {
        let is_low = |bound: &Self| matches!(bound.sense(), Order::More | Order::AtLeast);
        let (low, high) = if is_low(self) {
            (self, other)
        } else {
            (other, self)
        };
        is_low(low)
            && !is_low(high)
            && ascending(&low.number, &high.number)
            && (other.negated || !self.negated)
    }
}

fn bound(cursor: &mut Cursor<'_>, field: &Field) -> Option<Bound> {
    cursor.attempt(|cursor| {
        let (negated, order) = order(cursor)?;
        let number = number(cursor, field)?;
        Some(Bound {
            negated,
            order,
            number,
        })
    })
}

/// `between 5 and 10`, `from 5 to 10 exclusive`.
fn between(cursor: &mut Cursor<'_>, field: &Field) -> Option<FieldTest> {
    cursor.eat_any(&["between", "in the range", "from"])?;
    let (mut first, mut second) = (*cursor, *cursor);
    let low = number(&mut first, field)?;
    second.advance(first.at() - second.at());
    second.eat_any(&["and", "to", "-"])?;
    let high = number(&mut second, field)?;
    *cursor = second;
    let exclusive = cursor.attempt(|cursor| {
        let bracket = cursor.eat("(");
        let word = cursor.eat_any(&["inclusive", "inclusively", "exclusive", "exclusively"])?;
        (!bracket || cursor.eat(")")).then(|| word.starts_with('e'))
    });
    if !ascending(&low, &high) {
        cursor.ground.stop("the range ends before it begins");
        return None;
    }
    Some(FieldTest::Between(low, high, exclusive.unwrap_or(false)))
}

fn ascending(low: &Literal, high: &Literal) -> bool {
    match (low, high) {
        (Literal::Long(low), Literal::Long(high)) => low <= high,
        (Literal::Decimal(low), Literal::Decimal(high)) => {
            let scaled = |text: &str| numbers::read(&with_more_digits(text)).map(|number| number.scaled);
            scaled(low) <= scaled(high)
        }
        _ => false,
    }
}

/// `1.125` as `1.1250`, which cannot be read as a thousand.
fn with_more_digits(decimal: &str) -> String {
    format!("{decimal}0")
}

/// A number as a literal of the argument's type. Its currency or unit must be the argument's.
pub(super) fn number(cursor: &mut Cursor<'_>, field: &Field) -> Option<Literal> {
    cursor.attempt(|cursor| {
        let before = cursor.peek().and_then(|token| numbers::currency(&token.text));
        if before.is_some() {
            cursor.advance(1);
        }
        let mut number = numbers::read(&cursor.peek()?.text)?;
        cursor.advance(1);
        if let Some(by) = cursor.peek().and_then(|token| numbers::multiple(&token.text)) {
            cursor.advance(1);
            number.scaled = number.scaled.checked_mul(by)?;
        }
        let behind = cursor.peek().and_then(|token| numbers::currency(&token.text));
        if behind.is_some() {
            cursor.advance(1);
        }
        let named: Vec<&str> = [before, number.currency, behind].into_iter().flatten().collect();
        let currency = named.first().copied();
        if named.iter().any(|name| Some(*name) != currency) || !quantities::counts_in(field, currency, None) {
            cursor.ground.stop("the argument does not count in this currency");
            return None;
        }
        if number.percent && !quantities::counts_in(field, None, Some("percent")) {
            cursor.ground.stop("the argument does not count in percent");
            return None;
        }
        unit(cursor, field);
        let literal = if matches!(field.of_type, Type::Long | Type::Longs) {
            number.long().map(Literal::Long)
        } else {
            number.decimal().map(Literal::Decimal)
        };
        if literal.is_none() {
            cursor
                .ground
                .stop("the number does not fit the type of the argument");
        }
        literal
    })
}

/// The first unit that stands anywhere in what follows.
pub(super) fn unit_ahead<'g>(cursor: &Cursor<'g>) -> Option<&'g str> {
    (0..)
        .map_while(|ahead| cursor.peek_at(ahead))
        .find(|token| token.is_word() && UNITS.contains(&token.low.as_str()))
        .map(|token| token.low.as_str())
}

/// Goes past a unit that the argument counts in; any other is left, and so refused.
fn unit(cursor: &mut Cursor<'_>, field: &Field) {
    let unit = cursor
        .peek()
        .filter(|token| token.is_word() && UNITS.contains(&token.low.as_str()));
    if unit.is_some_and(|token| quantities::counts_in(field, None, Some(&token.text))) {
        cursor.advance(1);
    }
}

/// `or less`, `or more` behind a number.
pub(super) fn postponed_order(cursor: &mut Cursor<'_>) -> Option<Order> {
    let order = cursor.eat_any(&OR_LESS).map(|_| Order::AtMost);
    order.or_else(|| cursor.eat_any(&OR_MORE).map(|_| Order::AtLeast))
}

/// The number that stands here, with its currency, before it is known of what.
pub(super) fn first_number(cursor: &mut Cursor<'_>) -> Option<Number> {
    let token = cursor.peek()?;
    if let Some(code) = numbers::currency(&token.text) {
        let number = numbers::read(&cursor.peek_at(1)?.text)?;
        return Some(Number {
            currency: Some(code),
            ..number
        });
    }
    let number = numbers::read(&token.text)?;
    let behind = cursor.peek_at(1).and_then(|next| numbers::currency(&next.text));
    Some(Number {
        currency: number.currency.or(behind),
        ..number
    })
}
