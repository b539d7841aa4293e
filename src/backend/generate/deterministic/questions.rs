//! Questions about an argument that are no amounts: presence, equality, patterns of texts, moments.

use super::cursor::Cursor;
use super::meaning::{FieldTest, Literal, Order, Piece};
use super::times;

pub(super) const IS: [&str; 5] = ["is", "are", "be", "was", "="];
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

/// `is present`, `is not provided`, `exists`: whether the argument is said to be there.
pub(super) fn present(cursor: &mut Cursor<'_>) -> Option<bool> {
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

/// `is`, `equals`, `is one of`, and their negations: whether negated, and whether a list follows.
pub(super) fn equality(cursor: &mut Cursor<'_>) -> Option<(bool, bool)> {
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

/// `starts with "x"`, `contains "x"`, `is like "a*b"`.
pub(super) fn pattern(cursor: &mut Cursor<'_>) -> Option<FieldTest> {
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

/// `is before 2026-01-01`, `is after 2026-01-01T09:00:00Z`.
pub(super) fn moment(cursor: &mut Cursor<'_>) -> Option<FieldTest> {
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
