//! What is asked of an argument of the call: comparisons, equality, patterns, presence; by the argument's type.

use super::claims;
use super::cursor::Cursor;
use super::fields::{self, Field, Type};
use super::meaning::{Condition, FieldTest, Literal, Order, Piece};
use super::numbers::{self, Number};
use super::times;
use crate::model::Tool;

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
const AT_MOST: [&str; 17] = [
    "less than or equal to",
    "lower than or equal to",
    "no more than",
    "not more than",
    "no greater than",
    "no higher than",
    "not greater than",
    "at most",
    "up to",
    "a maximum of",
    "maximum of",
    "not exceeding",
    "does not exceed",
    "do not exceed",
    "not over",
    "not above",
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
const AT_LEAST: [&str; 11] = [
    "greater than or equal to",
    "more than or equal to",
    "higher than or equal to",
    "no less than",
    "not less than",
    "no fewer than",
    "not under",
    "not below",
    "at least",
    "a minimum of",
    ">=",
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
const IS: [&str; 5] = ["is", "are", "be", "was", "="];
const GIVEN: [&str; 11] = [
    "present",
    "provided",
    "given",
    "specified",
    "included",
    "supplied",
    "passed",
    "defined",
    "set",
    "there",
    "filled in",
];
const MISSING: [&str; 5] = ["missing", "absent", "omitted", "left out", "not there"];
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
        let money = match order(&mut probe) {
            Some(_) => first_number(&mut probe)?.currency.is_some(),
            None => {
                probe.eat_any(&["between", "from"]);
                first_number(&mut probe)?.currency.is_some()
            }
        };
        let field = fields::only_number(tools, money)?;
        numeric(cursor, &field)
            .map(|test| Condition::Field(field.path.clone(), test))
            .or_else(|| {
                let literal = number(cursor, &field)?;
                let order = cursor.eat_any(&OR_LESS).map(|_| Order::AtMost);
                let order = order.or_else(|| cursor.eat_any(&OR_MORE).map(|_| Order::AtLeast))?;
                Some(Condition::Field(
                    field.path.clone(),
                    FieldTest::Compares(order, literal),
                ))
            })
    })
}

fn first_number(cursor: &mut Cursor<'_>) -> Option<Number> {
    let token = cursor.peek()?;
    match numbers::currency(&token.text) {
        Some(code) => {
            let number = numbers::read(&cursor.peek_at(1)?.text)?;
            Some(Number {
                currency: Some(code),
                ..number
            })
        }
        None => {
            let number = numbers::read(&token.text)?;
            let next = cursor.peek_at(1).and_then(|next| numbers::currency(&next.text));
            Some(Number {
                currency: number.currency.or(next),
                ..number
            })
        }
    }
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

/// `is present`, `is not provided`, `exists`: whether the argument is said to be there.
fn present(cursor: &mut Cursor<'_>) -> Option<bool> {
    cursor.attempt(|cursor| {
        if cursor.eat("exists") {
            return Some(true);
        }
        if cursor.eat("does not exist") {
            return Some(false);
        }
        cursor.eat_any(&["is", "are", "was", "has been", "have been", "been"])?;
        if cursor.eat_any(&MISSING).is_some() {
            return Some(false);
        }
        let negated = cursor.eat("not");
        let word = cursor.eat_any(&GIVEN)?;
        // `is set to` goes on.
        (word != "set" || !cursor.peek().is_some_and(|next| next.is("to"))).then_some(!negated)
    })
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
            cursor.eat_any(&IS);
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
        let order = cursor.eat_any(&OR_LESS).map(|_| Order::AtMost);
        let order = order.or_else(|| cursor.eat_any(&OR_MORE).map(|_| Order::AtLeast));
        if let Some(order) = order {
            let test = holds(FieldTest::Compares(order, literal.clone()));
            return Some(if negated { not(test) } else { test });
        }
    }
    let test = holds(FieldTest::Is(values));
    Some(if negated { not(test) } else { test })
}

/// `is`, `equals`, `is one of`, and their negations: whether negated, and whether a list follows.
fn equality(cursor: &mut Cursor<'_>) -> Option<(bool, bool)> {
    const PHRASES: [(&str, bool, bool); 27] = [
        ("is not one of", true, true),
        ("are not one of", true, true),
        ("is not any of", true, true),
        ("is not in", true, true),
        ("is one of", false, true),
        ("are one of", false, true),
        ("is any of", false, true),
        ("is in", false, true),
        ("in", false, true),
        ("is not equal to", true, false),
        ("does not equal", true, false),
        ("is not set to", true, false),
        ("is not", true, false),
        ("are not", true, false),
        ("!=", true, false),
        ("is equal to", false, false),
        ("is set to", false, false),
        ("is exactly", false, false),
        ("is either", false, false),
        ("are either", false, false),
        ("equals", false, false),
        ("equal to", false, false),
        ("exactly", false, false),
        ("set to", false, false),
        ("is", false, false),
        ("are", false, false),
        ("=", false, false),
    ];
    let (_, negated, listed) = PHRASES.iter().find(|(phrase, ..)| cursor.eat(phrase))?;
    Some((*negated, *listed))
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

/// How a number compares.
fn order(cursor: &mut Cursor<'_>) -> Option<Order> {
    let phrases = [
        (&AT_MOST[..], Order::AtMost),
        (&AT_LEAST[..], Order::AtLeast),
        (&LESS[..], Order::Less),
        (&MORE[..], Order::More),
    ];
    phrases
        .into_iter()
        .find_map(|(phrases, order)| cursor.eat_any(phrases).map(|_| order))
}

/// `under 500`, `between 5 and 10`.
fn numeric(cursor: &mut Cursor<'_>, field: &Field) -> Option<FieldTest> {
    cursor.attempt(|cursor| {
        if let Some(order) = order(cursor) {
            let literal = number(cursor, field)?;
            return Some(FieldTest::Compares(order, literal));
        }
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
    })
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
fn number(cursor: &mut Cursor<'_>, field: &Field) -> Option<Literal> {
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
        if named.iter().any(|name| Some(*name) != currency) || !fields::counts_in(field, currency, None) {
            cursor.ground.stop("the argument does not count in this currency");
            return None;
        }
        if number.percent && !fields::counts_in(field, None, Some("percent")) {
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

/// Goes past a unit that the argument counts in; any other is left, and so refused.
fn unit(cursor: &mut Cursor<'_>, field: &Field) {
    let unit = cursor
        .peek()
        .filter(|token| token.is_word() && UNITS.contains(&token.low.as_str()));
    if unit.is_some_and(|token| fields::counts_in(field, None, Some(&token.text))) {
        cursor.advance(1);
    }
}

/// `starts with "x"`, `contains "x"`, `is like "a*b"`.
fn pattern(cursor: &mut Cursor<'_>) -> Option<FieldTest> {
    cursor.eat_any(&["is", "are"]);
    let text = |value: &str| Piece::Text(value.to_owned());
    if cursor
        .eat_any(&["contains", "contain", "includes", "include", "containing"])
        .is_some()
    {
        return Some(FieldTest::Like(vec![
            Piece::Anything,
            text(cursor.value()?),
            Piece::Anything,
        ]));
    }
    if cursor
        .eat_any(&[
            "starts with",
            "start with",
            "begins with",
            "begin with",
            "starting with",
        ])
        .is_some()
    {
        return Some(FieldTest::Like(vec![text(cursor.value()?), Piece::Anything]));
    }
    if cursor
        .eat_any(&["ends with", "end with", "ends in", "ending with"])
        .is_some()
    {
        return Some(FieldTest::Like(vec![Piece::Anything, text(cursor.value()?)]));
    }
    cursor.eat_any(&["like", "matches the pattern", "matches"])?;
    let value = cursor.value()?;
    let parts: Vec<&str> = value.split('*').collect();
    let mut pieces = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            pieces.push(Piece::Anything);
        }
        if !part.is_empty() {
            pieces.push(text(part));
        }
    }
    Some(FieldTest::Like(pieces))
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
        _ => None,
    }
}

/// `is before 2026-01-01`, `is after 2026-01-01T09:00:00Z`.
fn moment(cursor: &mut Cursor<'_>) -> Option<FieldTest> {
    cursor.eat_any(&IS);
    let order = match cursor.eat_any(&[
        "on or after",
        "on or before",
        "no later than",
        "before",
        "after",
        "at",
    ])? {
        "on or after" => Order::AtLeast,
        "on or before" | "no later than" => Order::AtMost,
        "before" => Order::Less,
        "after" => Order::More,
        _ => return None,
    };
    let (text, only_a_date) = times::moment(cursor)?;
    // `after` a date and `on or before` it reach over that day in an argument that has a time.
    if only_a_date && matches!(order, Order::AtMost | Order::More) {
        cursor
            .ground
            .stop("a date without a time can mean its beginning or its end");
        return None;
    }
    Some(FieldTest::Compares(order, Literal::Moment(text)))
}
