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
                let other = bound(cursor, field)?;
                let is_told_late = one.counted.unit.is_none() && other.counted.unit.is_some();
                if is_told_late || !one.counted.is_like(&other.counted) {
                    cursor.ground.stop(TWO_COUNTS);
                }
                // `not over 10 and under 5` can deny both.
                (other.negated || !one.negated).then_some(other)
            });
            let bounds = [Some(one), other].into_iter().flatten();
            let mut all: Vec<Condition> = bounds
                .map(|bound| {
                    of(
                        bound.negated,
                        FieldTest::Compares(bound.order, bound.counted.number),
                    )
                })
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
    counted: Counted,
}

fn bound(cursor: &mut Cursor<'_>, field: &Field) -> Option<Bound> {
    cursor.attempt(|cursor| {
        let (negated, order) = order(cursor)?;
        let counted = counted(cursor, field)?;
        not_ranked(cursor, field);
        Some(Bound {
            negated,
            order,
            counted,
        })
    })
}

/// A number, and what it counts as it stands there.
struct Counted {
    number: Literal,
    /// Its currency, `percent`, or its unit.
    unit: Option<String>,
    /// What it is multiplied by: `2 million`, `2k`.
    by: i128,
}

impl Counted {
    /// Whether the number behind it counts the same. One unit may be told for both; what multiplies the second can be
    /// meant of both, unless it would be the smaller one: `between 1 and 2 million`, `between 50 and 60k`.
    fn is_like(&self, other: &Self) -> bool {
        let differ = self.unit.is_some() && other.unit.is_some() && self.unit != other.unit;
        let fits = || {
            size(&self.number)
                .zip(size(&other.number))
                .is_some_and(|(low, high)| low <= high / other.by)
        };
        let may_be_shared = other.by > 1 && self.by == 1 && fits();
        !differ && !may_be_shared
    }
}

const TWO_COUNTS: &str = "the two numbers may not count the same; say the unit with each";

/// `between 5 and 10`, `from 5 to 10 exclusive`.
fn between(cursor: &mut Cursor<'_>, field: &Field) -> Option<FieldTest> {
    cursor.eat_any(&["between", "in the range", "from"])?;
    let (mut first, mut second) = (*cursor, *cursor);
    let low = counted(&mut first, field)?;
    second.advance(first.at() - second.at());
    second.eat_any(&["and", "to", "-"])?;
    let high = counted(&mut second, field)?;
    *cursor = second;
    if !low.is_like(&high) {
        cursor.ground.stop(TWO_COUNTS);
        return None;
    }
    let (low, high) = (low.number, high.number);
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
    size(low).is_some() && size(low) <= size(high)
}

/// A number in ten-thousandths.
pub(super) fn size(number: &Literal) -> Option<i128> {
    match number {
        Literal::Long(number) => Some(i128::from(*number) * numbers::SCALE),
        Literal::Decimal(text) => numbers::scaled(text),
        Literal::Bool(_) | Literal::Text(_) | Literal::Word(_) | Literal::Moment(_) => None,
    }
}

/// A number as a literal of the argument's type. Its currency or unit must be the argument's.
pub(super) fn number(cursor: &mut Cursor<'_>, field: &Field) -> Option<Literal> {
    counted(cursor, field).map(|counted| counted.number)
}

fn counted(cursor: &mut Cursor<'_>, field: &Field) -> Option<Counted> {
    cursor.attempt(|cursor| {
        let before = cursor.peek().and_then(|token| numbers::currency(&token.text));
        if before.is_some() {
            cursor.advance(1);
        }
        let mut number = numbers::read(&cursor.peek()?.text)?;
        cursor.advance(1);
        let by = cursor.peek().and_then(|token| numbers::multiple(&token.text));
        if let Some(by) = by {
            cursor.advance(1);
            number.scaled = number.scaled.checked_mul(by)?;
            number.by = number.by.checked_mul(by)?;
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
        if let (Some(code), Some(argument)) = (currency, &field.currency) {
            cursor.ground.stop(format!(
                "the argument `{argument}` tells the currency; say the number alone, and `when {argument} is {code}`"
            ));
            return None;
        }
        if number.percent && !quantities::counts_in(field, None, Some("percent")) {
            cursor.ground.stop("the argument does not count in percent");
            return None;
        }
        if number.by > 1 && quantities::is_scaled(field) {
            cursor.ground.stop("the argument counts in another scale; say the number as the argument has it");
            return None;
        }
        let percent = number.percent.then_some("percent");
        let named = currency.or(percent).map(str::to_owned);
        let unit = unit(cursor, field).or(named);
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
        Some(Counted {
            number: literal?,
            unit,
            by: number.by,
        })
    })
}

/// The first unit that stands anywhere in what follows.
pub(super) fn unit_ahead<'g>(cursor: &Cursor<'g>) -> Option<&'g str> {
    (0..)
        .map_while(|ahead| cursor.peek_at(ahead))
        .find(|token| token.is_word() && quantities::UNITS.contains(&token.low.as_str()))
        .map(|token| token.low.as_str())
}

/// Goes past a unit that the argument counts in, and gives it, as of one; any other is left, and so refused.
fn unit(cursor: &mut Cursor<'_>, field: &Field) -> Option<String> {
    let unit = cursor
        .peek()
        .filter(|token| token.is_word() && quantities::UNITS.contains(&token.low.as_str()))?;
    if !quantities::counts_in(field, None, Some(&unit.text)) {
        let why = quantities::of_another_unit(field, &unit.text);
        cursor.ground.doubt(cursor.at(), why);
        return None;
    }
    let one = unit.low.trim_end_matches('s').to_owned();
    cursor.advance(1);
    Some(one)
}

/// `or less`, `or more` behind a number of this argument.
pub(super) fn postponed_order(cursor: &mut Cursor<'_>, field: &Field) -> Option<Order> {
    let order = cursor.eat_any(&OR_LESS).map(|_| Order::AtMost);
    let order = order.or_else(|| cursor.eat_any(&OR_MORE).map(|_| Order::AtLeast))?;
    not_ranked(cursor, field);
    Some(order)
}

/// Notes that what is higher can be what comes first: `Priority, 1 is the highest`.
fn not_ranked(cursor: &Cursor<'_>, field: &Field) {
    if quantities::is_ranked(field) {
        cursor
            .ground
            .stop("the argument is described as a rank, of which a higher one can be a smaller number; say which it is by `is`");
    }
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
