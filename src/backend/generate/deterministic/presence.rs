//! Whether an argument is there, or empty: only where nothing else can be meant, and a call may be without it.

use super::comparisons::{article, named};
use super::cursor::{Cursor, is_structure};
use super::fields::{Field, Type, leaf};
use super::listed::tells_of_states;
use super::meaning::{Condition, FieldTest, Literal};
use super::questions;
use super::words::split;
use crate::model::Tool;

/// What is given by saying yes.
const ASSENT: [&str; 22] = [
    "consent",
    "consents",
    "approval",
    "approvals",
    "permission",
    "permissions",
    "authorization",
    "authorizations",
    "authorisation",
    "agreement",
    "acceptance",
    "assent",
    "confirmation",
    "acknowledgement",
    "acknowledgment",
    "clearance",
    "endorsement",
    "signoff",
    "waiver",
    "verification",
    "validation",
    "certification",
];

pub(super) fn is_present(field: &Field) -> Condition {
    Condition::Field(field.path.clone(), FieldTest::Present)
}

/// Whether the argument is said to be there, where that is all the words can mean.
pub(super) fn present(cursor: &mut Cursor<'_>, field: &Field) -> Option<bool> {
    let given = questions::present(cursor)?;
    // Whether a call has it: what must be given and is not may come so all the same.
    let is_of_the_call = given && cursor.is_behind("present");
    (can_be_just_there(cursor, field) && (is_of_the_call || may_be_missing(cursor, field))).then_some(given)
}

/// `the request has a reason`, `the user provides a reason`.
pub(super) fn given_by(cursor: &mut Cursor<'_>, tools: &[&Tool]) -> Option<Condition> {
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
    (ends && can_be_just_there(cursor, &field) && may_be_missing(cursor, &field)).then(|| is_present(&field))
}

/// `a reason and a note are provided`: each of them, or one of them. What is not provided is not told so: `not` could
/// be about each or about all.
pub(super) fn all_present(cursor: &mut Cursor<'_>, tools: &[&Tool]) -> Option<Condition> {
    cursor.eat("both");
    article(cursor, tools);
    let mut fields = vec![named(cursor, tools)?];
    let mut by = None;
    while let Some((joined, field)) = cursor.attempt(|cursor| {
        let joined = cursor.eat_any(&[", and", ", or", "and", "or", ","])?;
        article(cursor, tools);
        Some((joined, named(cursor, tools)?))
    }) {
        if by.is_some_and(|by| by != ",") {
            return None;
        }
        by = Some(joined);
        fields.push(field);
    }
    let by = by.filter(|by| *by != ",")?;
    let together = fields
        .iter()
        .all(|field| field.of_type != Type::Bool)
        .then(|| questions::present(cursor))
        .flatten()?;
    if !together {
        cursor
            .ground
            .stop("that several are missing can be about each or about all of them");
        return None;
    }
    if !fields.iter().all(|field| can_be_just_there(cursor, field)) {
        return None;
    }
    if !cursor.is_behind("present") && fields.iter().all(is_required) {
        noted(cursor, fields.first().and_then(is_always_there));
        return None;
    }
    let all = fields.iter().map(is_present).collect();
    Some(if by.ends_with("and") {
        Condition::All(all)
    } else {
        Condition::Any(all)
    })
}

/// Whether only the presence of the argument can be meant.
fn can_be_just_there(cursor: &Cursor<'_>, field: &Field) -> bool {
    noted(cursor, may_be_its_value(field))
}

/// Whether a call may be without the argument, so that it says something that it has one.
fn may_be_missing(cursor: &Cursor<'_>, field: &Field) -> bool {
    noted(cursor, is_always_there(field))
}

/// Notes the reason, when there is one; whether there is none.
fn noted(cursor: &Cursor<'_>, why: Option<String>) -> bool {
    let none = why.is_none();
    if let Some(why) = why {
        cursor.ground.stop(why);
    }
    none
}

/// Why that an argument is given may be said of its value: of a yes-or-no argument it can mean that it is yes, and that breakfast
/// is included what the argument says of it.
fn may_be_its_value(field: &Field) -> Option<String> {
    let name = leaf(field);
    let is_one_of = matches!(field.of_type, Type::Enumeration(_))
        || !field.listed.is_empty()
        || tells_of_states(&field.description);
    let is_assent = || {
        split(name)
            .last()
            .is_some_and(|head| ASSENT.contains(&head.as_str()))
    };
    if field.of_type == Type::Bool {
        Some(
            "that a yes-or-no argument is given can mean that it is yes; say `is true` or `is false`"
                .to_owned(),
        )
    } else if is_one_of {
        Some(format!(
            "this can be about a value of `{name}` or about its presence; say which value it has, in quotes"
        ))
    } else if is_assent() {
        Some(format!(
            "that `{name}` is given can mean that it says yes; say which value it has, in quotes"
        ))
    } else {
        None
    }
}

fn is_required(field: &Field) -> bool {
    field.path.0.iter().all(|step| !step.optional)
}

/// Why it says nothing that the argument is there.
fn is_always_there(field: &Field) -> Option<String> {
    is_required(field).then(|| {
        format!(
            "every call must have `{}`, so it says nothing that it is there or missing; say which value it has",
            leaf(field)
        )
    })
}

/// Whether `with a reason` can only mean that it is given: a call `with a fee` has one that is not 0, and one `with risk` a high
/// one.
pub(super) fn can_be_had(cursor: &Cursor<'_>, field: &Field) -> bool {
    const GOING_ON: [&str; 9] = ["of", "the", "a", "an", "that", "which", "in", "to", "from"];
    let measures = matches!(field.of_type, Type::Long | Type::Decimal).then(|| {
        format!(
            "`with` and `without` can be about the value of `{}`; say `when .. is provided`, or which value",
            leaf(field)
        )
    });
    let why = measures
        .or_else(|| is_a_list(field))
        .or_else(|| may_be_its_value(field))
        .or_else(|| is_always_there(field));
    // Where something else is said of it, and was not understood, that is the reason.
    let goes_on = cursor.peek().is_some_and(|next| {
        next.is_word() && (!is_structure(next) || GOING_ON.iter().any(|word| next.is(word)))
    });
    if goes_on {
        return why.is_none();
    }
    noted(cursor, why)
}

/// Notes that there are none of a list when it is empty, too.
pub(super) fn may_be_empty(cursor: &Cursor<'_>, field: &Field) {
    noted(cursor, is_a_list(field));
}

fn is_a_list(field: &Field) -> Option<String> {
    matches!(field.of_type, Type::Texts | Type::Longs).then(|| {
        format!(
            "`{0}` is a list, which may be given and empty; say what it contains, or that `{0}` is provided",
            leaf(field)
        )
    })
}

/// `is empty`, `is not empty`: of a text that every call must have; one that may be missing could be meant to be.
pub(super) fn empty(cursor: &mut Cursor<'_>, field: &Field) -> Option<Condition> {
    cursor.eat_any(&["is", "are"])?;
    let negated = cursor.eat("not");
    cursor.eat_any(&["empty", "an empty string", "the empty string"])?;
    if field.of_type != Type::Text {
        return None;
    }
    if field.path.0.iter().any(|step| step.optional) {
        cursor.ground.stop(
            "`empty` can mean that the argument is missing or that it has no characters; say `is missing`, or write the policy in Cedar",
        );
        return None;
    }
    let is = Condition::Field(
        field.path.clone(),
        FieldTest::Is(vec![Literal::Text(String::new())]),
    );
    Some(is.negated_if(negated))
}
