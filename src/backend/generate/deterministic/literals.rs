//! Values of an argument, as literals of its type.

use super::amounts::number;
use super::cursor::Cursor;
use super::fields::{self, Field, Type};
use super::lists;
use super::meaning::Literal;
use super::questions::Listed;
use super::values::Takes;

/// The values that follow, as literals of the argument's type.
pub(super) fn literals(cursor: &mut Cursor<'_>, field: &Field, listed: Listed) -> Option<Vec<Literal>> {
    if matches!(field.of_type, Type::Long | Type::Longs | Type::Decimal) {
        let mut found = vec![number(cursor, field)?];
        while let Some(more) = cursor.attempt(|cursor| {
            let joined = cursor.eat_any(&[", or", ", and", "or", "and", ","])?;
            (listed != Listed::No || joined.ends_with("or")).then_some(())?;
            number(cursor, field)
        }) {
            found.push(more);
        }
        return Some(found);
    }
    // `is in Europe`, `is the customer` say no value.
    let plainly = !cursor.eat("the") && listed != Listed::In;
    let takes = match &field.of_type {
        Type::Enumeration(_) | Type::Bool => Takes::Checked,
        Type::Text if plainly && fields::is_of_kinds(field) => Takes::Names,
        Type::Long | Type::Longs | Type::Decimal | Type::Text | Type::Texts | Type::Moment | Type::Other => {
            Takes::Codes
        }
    };
    let read = |cursor: &mut Cursor<'_>, takes| {
        if listed == Listed::No {
            lists::values(cursor, takes)
        } else {
            lists::list(cursor, takes)
        }
    };
    let told = cursor.looking(|cursor| {
        read(cursor, Takes::Checked).filter(|values| values.iter().all(|value| field.listed.contains(value)))
    });
    let values = match told {
        Some(values) => values,
        None => read(cursor, takes)?,
    };
    let spelled_otherwise = |value: &&String| {
        field.of_type == Type::Text
            && !field.listed.contains(value)
            && field
                .listed
                .iter()
                .any(|listed| listed.eq_ignore_ascii_case(value))
    };
    if let Some(value) = values.iter().find(spelled_otherwise) {
        cursor.ground.stop(format!(
            "`{value}` is none of the values {}",
            field.listed.join(", ")
        ));
    }
    if let Some(why) = values.iter().find_map(|value| is_a_part(field, value)) {
        cursor.ground.stop(why);
    }
    values.iter().map(|value| literal(cursor, field, value)).collect()
}

/// Why a value can only be a part of one: no email address is `acme.com`, and no file is called `.exe`.
fn is_a_part(field: &Field, value: &str) -> Option<String> {
    let is_text = matches!(field.of_type, Type::Text | Type::Texts);
    let said = format!("{} {}", fields::leaf(field), field.description).to_lowercase();
    let of_addresses = (said.contains("email") || said.contains("e-mail")) && !value.contains('@');
    let is_part = is_text && !value.is_empty() && (of_addresses || value.starts_with(['.', '@']));
    is_part.then(|| {
        format!(
            "`{value}` can be a part of a value of `{}`, and is compared with the whole; say the whole",
            fields::leaf(field)
        )
    })
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
            let word = words.iter().find(|word| *word == value).or_else(|| {
                let mut alike = words.iter().filter(|word| word.eq_ignore_ascii_case(value));
                alike.next().filter(|_| alike.next().is_none())
            });
            if word.is_none() {
                cursor
                    .ground
                    .stop(format!("`{value}` is none of the values {}", words.join(", ")));
            }
            word.cloned().map(Literal::Word)
        }
        Type::Long | Type::Longs | Type::Decimal | Type::Moment | Type::Other => None,
    }
}
