//! What is asked of an argument of the call: comparisons, equality, patterns, presence; by the argument's type.

use super::amounts::{self, number, numeric};
use super::cursor::{Cursor, is_structure};
use super::direct;
use super::either::of_either;
use super::fields::{self, Field, Type};
use super::literals::literals;
use super::meaning::{Condition, FieldTest};
use super::nouns;
use super::presence::{all_present, can_be_had, empty, given_by, is_present, may_be_empty, present};
use super::quantities;
use super::questions::{self, Listed, equality, moment, pattern, patterns};
use super::who;
use super::words;
use crate::model::Tool;

/// The longest name of an argument, in words.
const LONGEST_NAME: usize = 6;

/// A condition on an argument of all of these tools.
pub(super) fn condition(cursor: &mut Cursor<'_>, tools: &[&Tool]) -> Option<Condition> {
    if tools.is_empty() {
        return None;
    }
    cursor.attempt(|cursor| {
        if cursor.eat("no") {
            let field = named(cursor, tools)?;
            may_be_empty(cursor, &field);
            return present(cursor, &field)
                .filter(|given| *given)
                .map(|_| is_present(&field).negated_if(true));
        }
        if let Some(given) = cursor.attempt(|cursor| given_by(cursor, tools)) {
            return Some(given);
        }
        if let Some(all) = cursor.attempt(|cursor| all_present(cursor, tools)) {
            return Some(all);
        }
        if let Some(quantity) = cursor.attempt(|cursor| quantity(cursor, tools)) {
            return Some(quantity);
        }
        if let Some(direct) = direct::condition(cursor, tools) {
            return Some(direct);
        }
        article(cursor, tools);
        let field = named(cursor, tools)?;
        tested(cursor, &field)
    })
}

/// `coverage under $1M`: the amount of what is named, where one number of the tools is called so.
fn quantity(cursor: &mut Cursor<'_>, tools: &[&Tool]) -> Option<Condition> {
    cursor.eat_article();
    for count in (1..=cursor.run(LONGEST_NAME)).rev() {
        let said = cursor.texts(count);
        // What an argument is called as a whole is that argument.
        if !matches!(fields::find(tools, &said), Ok(None)) {
            return None;
        }
        let amount = quantities::amount_of(tools, &said).map(|field| (field, None));
        let measured = || {
            let unit = amounts::unit_ahead(cursor)?;
            Some((quantities::counted_in(tools, &said, unit)?, Some(unit)))
        };
        let Some((field, unit)) = amount.or_else(measured) else {
            continue;
        };
        return cursor.attempt(|cursor| {
            cursor.advance(count);
            cursor.eat_any(&questions::IS);
            let asked = numeric(cursor, &field)?;
            // The unit is the number's own.
            let is_told = unit.is_none_or(|unit| cursor.is_behind(unit));
            is_told.then_some(asked)
        });
    }
    None
}

/// Goes past an article, unless it is the name of an argument of which something is asked: `when a is under 3`.
pub(super) fn article(cursor: &mut Cursor<'_>, tools: &[&Tool]) {
    if !is_odd_name(cursor, tools) {
        cursor.eat_article();
    }
}

/// Whether a word of the grammar stands here that is an argument's name, and no other name follows.
fn is_odd_name(cursor: &Cursor<'_>, tools: &[&Tool]) -> bool {
    let Some(token) = cursor.peek().filter(|token| is_structure(token)) else {
        return false;
    };
    let goes_on = cursor.peek_at(1).is_some_and(|next| {
        !next.is_word() && next.kind != super::tokens::Kind::Quoted || is_structure(next)
    });
    let asks = ["starts", "ends", "begins", "matches", "exists", "starting"];
    let goes_on = goes_on
        || cursor
            .peek_at(1)
            .is_some_and(|next| asks.iter().any(|word| next.is(word)));
    goes_on && fields::is_called(tools, &token.text)
}

/// `with a description`, `without description`, `with amount under 5`, `for amounts up to 5`: behind the preposition.
pub(super) fn attached(cursor: &mut Cursor<'_>, tools: &[&Tool], with: bool) -> Option<Condition> {
    cursor.attempt(|cursor| {
        if with && let Some(quantity) = cursor.attempt(|cursor| quantity(cursor, tools)) {
            return Some(quantity);
        }
        article(cursor, tools);
        let may_be_a_claim = nouns::undecided(cursor).filter(|(_, tag)| nouns::is_known(tag));
        let field = named(cursor, tools)?;
        if with && counts_people(&field) {
            cursor.ground.stop(format!(
                "a number behind `{0}` can be how many they are or how old; say `when {0} is ..`",
                fields::leaf(&field)
            ));
        }
        if let Some((words, _)) =
            may_be_a_claim.filter(|_| !cursor.is_behind("argument") && !cursor.is_behind("parameter"))
        {
            cursor.ground.stop(of_either(&words));
        }
        if !with {
            return can_be_had(cursor, &field).then(|| is_present(&field).negated_if(true));
        }
        cursor
            .attempt(|cursor| tested(cursor, &field))
            .or_else(|| cursor.attempt(|cursor| bare_value(cursor, &field)))
            .or_else(|| cursor.attempt(|cursor| limit_of(cursor, &field)))
            .or_else(|| can_be_had(cursor, &field).then(|| is_present(&field)))
    })
}

/// `passengers under 12` are children, whatever `passengers` counts.
fn counts_people(field: &Field) -> bool {
    let words = words::nouns(fields::leaf(field));
    matches!(field.of_type, Type::Long | Type::Decimal) && words.iter().any(|word| who::names_people(word))
}

/// `of at most 50` behind `with a limit`.
fn limit_of(cursor: &mut Cursor<'_>, field: &Field) -> Option<Condition> {
    let counts = matches!(field.of_type, Type::Long | Type::Decimal) && cursor.eat("of");
    counts.then(|| numeric(cursor, field)).flatten()
}

/// `of any amount`: says that an argument does not matter.
pub(super) fn whatever(cursor: &mut Cursor<'_>, tools: &[&Tool]) -> bool {
    let found = cursor.attempt(|cursor| {
        let words = cursor.eat_any(&[
            "of any",
            "for any",
            "with any",
            "regardless of the",
            "regardless of",
        ])?;
        let field = named(cursor, tools)?;
        if words == "with any" && field.path.0.iter().any(|step| step.optional) {
            cursor.ground.stop(
                "`with any ..` can mean that it is given, or that it does not matter; say `when .. is provided`, or nothing",
            );
        }
        Some(field)
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
        let field = quantities::only_number(tools, money)?;
        numeric(cursor, &field).or_else(|| {
            let literal = number(cursor, &field)?;
            let order = amounts::postponed_order(cursor, &field)?;
            Some(Condition::Field(
                field.path.clone(),
                FieldTest::Compares(order, literal),
            ))
        })
    })
}

/// The argument that is named here, by as many words as name one.
pub(super) fn named(cursor: &mut Cursor<'_>, tools: &[&Tool]) -> Option<Field> {
    let quoted = cursor
        .peek()
        .is_some_and(|token| token.kind == super::tokens::Kind::Quoted);
    let most = if quoted || is_odd_name(cursor, tools) {
        1
    } else {
        before_asking(cursor, cursor.run(LONGEST_NAME))
    };
    for count in (1..=most).rev() {
        match fields::find(tools, &cursor.texts(count)) {
            Ok(Some(field)) => {
                let said = cursor.texts(count);
                if fields::is_new(&field)
                    && !said
                        .iter()
                        .any(|word| NEW.iter().any(|new| word.eq_ignore_ascii_case(new)))
                {
                    cursor.ground.stop(format!(
                        "`{}` can be what is there now or what the call makes of it; say `the new {}`",
                        said.join(" "),
                        said.join(" ")
                    ));
                }
                cursor.advance(count);
                return Some(field);
            }
            Ok(None) => {}
            Err(why) => cursor.ground.stop(why),
        }
    }
    None
}

/// How many of the next words may be a name: `starts with` asks something of it, though a tool may `start` something.
fn before_asking(cursor: &Cursor<'_>, words: usize) -> usize {
    let asks = |ahead: &usize| {
        let mut behind = *cursor;
        behind.advance_quietly(*ahead);
        behind.stands(&["starts with", "ends with", "begins with"])
    };
    (1..words).find(asks).unwrap_or(words)
}

/// Words with which an argument is told from what is there before the call.
const NEW: [&str; 3] = ["new", "argument", "parameter"];

/// What stands behind the name of an argument.
fn tested(cursor: &mut Cursor<'_>, field: &Field) -> Option<Condition> {
    let holds = |test: FieldTest| Condition::Field(field.path.clone(), test);
    if let Some(given) = present(cursor, field) {
        return Some(is_present(field).negated_if(!given));
    }
    if let Some(empty) = cursor.attempt(|cursor| empty(cursor, field)) {
        return Some(empty);
    }
    let asked = cursor.attempt(|cursor| match &field.of_type {
        Type::Long | Type::Decimal => {
            cursor.eat_any(&questions::IS);
            numeric(cursor, field)
        }
        Type::Moment => {
            let (negated, test) = moment(cursor)?;
            Some(holds(test).negated_if(negated))
        }
        Type::Text => {
            let mut tests: Vec<Condition> = patterns(cursor)?.into_iter().map(holds).collect();
            if tests.len() == 1 {
                return tests.pop();
            }
            Some(Condition::Any(tests))
        }
        Type::Texts | Type::Longs => {
            cursor.eat_any(&["contains", "contain", "includes", "include"])?;
            Some(holds(FieldTest::Holds(literals(cursor, field, Listed::No)?)))
        }
        Type::Bool | Type::Enumeration(_) | Type::Other => None,
    });
    if asked.is_some() {
        return asked;
    }
    if let Some((negated, test)) = cursor.attempt(|cursor| negated_pattern(cursor, field)) {
        return Some(holds(test).negated_if(negated));
    }
    let (negated, listed) = equality(cursor)?;
    let name = fields::leaf(field);
    match field.of_type {
        Type::Texts | Type::Longs => cursor.ground.stop(format!("`{name}` is a list; say what it contains")),
        Type::Other => cursor.ground.stop(format!(
            "`{name}` has no values that a policy could be written to compare; say whether it is provided, or write the policy in Cedar"
        )),
        Type::Long | Type::Decimal | Type::Bool | Type::Text | Type::Enumeration(_) | Type::Moment => {}
    }
    let values = literals(cursor, field, listed)?;
    if negated && values.len() > 1 && listed == Listed::No {
        cursor.ground.stop("`not .. or ..` can be read in two ways");
        return None;
    }
    if matches!(field.of_type, Type::Long | Type::Decimal)
        && let [literal] = values.as_slice()
    {
        let order = amounts::postponed_order(cursor, field);
        if let Some(order) = order {
            let test = holds(FieldTest::Compares(order, literal.clone()));
            return Some(test.negated_if(negated));
        }
    }
    let test = holds(FieldTest::Is(values));
    Some(test.negated_if(negated))
}

/// `region US` behind `for` or `with`: a value without a verb, of an argument that has words for values.
fn bare_value(cursor: &mut Cursor<'_>, field: &Field) -> Option<Condition> {
    if !matches!(field.of_type, Type::Text | Type::Enumeration(_)) {
        return None;
    }
    let values = literals(cursor, field, Listed::No)?;
    Some(Condition::Field(field.path.clone(), FieldTest::Is(values)))
}

/// `does not contain "x"`, `does not start with "x"`, `is not like "x*"`.
fn negated_pattern(cursor: &mut Cursor<'_>, field: &Field) -> Option<(bool, FieldTest)> {
    cursor.eat_any(&["does not", "do not", "is not"])?;
    match field.of_type {
        Type::Text => {
            let pieces = pattern(cursor)?;
            if cursor.stands(&["or"]) && cursor.peek_at(1)?.kind == super::tokens::Kind::Quoted {
                cursor.ground.stop("`not .. or ..` can be read in two ways");
            }
            Some((true, FieldTest::Like(pieces)))
        }
        Type::Texts | Type::Longs => {
            cursor.eat_any(&["contain", "include"])?;
            let values = literals(cursor, field, Listed::No)?;
            (values.len() == 1).then_some((true, FieldTest::Holds(values)))
        }
        Type::Long | Type::Decimal | Type::Bool | Type::Enumeration(_) | Type::Moment | Type::Other => None,
    }
}
