//! Whether an argument is there, or empty: only where nothing else can be meant.

use super::cursor::Cursor;
use super::fields::{Field, Type, leaf};
use super::meaning::{Condition, FieldTest, Literal};
use super::questions;

/// Whether the argument is said to be there, where that is all the words can mean.
pub(super) fn present(cursor: &mut Cursor<'_>, field: &Field) -> Option<bool> {
    let before = *cursor;
    let given = questions::present(cursor)?;
    if let Type::Enumeration(words) = &field.of_type {
        let mut said = before;
        let is_a_value = (0..cursor.at() - before.at()).any(|_| {
            let token = said.next();
            token.is_some_and(|token| words.iter().any(|word| word.eq_ignore_ascii_case(&token.text)))
        });
        if is_a_value {
            cursor.ground.stop(
                "this can be about a value of the argument or about its presence; put a value in quotes",
            );
            return None;
        }
    }
    can_be_just_there(cursor, field).then_some(given)
}

/// Whether only the presence of the argument can be meant: that a yes-or-no argument is given can mean that it is yes.
pub(super) fn can_be_just_there(cursor: &Cursor<'_>, field: &Field) -> bool {
    let can = field.of_type != Type::Bool;
    if !can {
        cursor
            .ground
            .stop("that a yes-or-no argument is given can mean that it is yes; say `is true` or `is false`");
    }
    can
}

/// Whether `with a reason` can only mean that it is given: a call `with a fee` has one that is not 0, and one `with risk` a high
/// one.
pub(super) fn can_be_had(cursor: &Cursor<'_>, field: &Field) -> bool {
    let measures = matches!(field.of_type, Type::Long | Type::Decimal);
    if measures {
        let name = leaf(field);
        cursor.ground.stop(format!(
            "`with` and `without` can be about the value of `{name}`; say `when .. is provided`, or which value"
        ));
    }
    let is_one_of = matches!(field.of_type, Type::Enumeration(_)) || !field.listed.is_empty();
    !measures && !is_one_of && can_be_just_there(cursor, field)
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
