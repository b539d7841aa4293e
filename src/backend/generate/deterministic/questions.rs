//! Questions about an argument that are no amounts: presence, equality, patterns of texts, moments.

use super::cursor::Cursor;
use super::meaning::{FieldTest, Literal, Order, Piece};
use super::times;
use super::values::Takes;

/// Verbs in front of an order; `= <` is none of them: `=<` is one sign.
pub(super) const IS: [&str; 4] = ["is", "are", "be", "was"];
const GIVEN: [&str; 11] = [
    "present",
    "provided",
    "given",
    "specified",
    "included",
    "supplied",
    "passed in",
    "defined",
    "set",
    "there",
    "filled in",
];
const MISSING: [&str; 6] = ["missing", "absent", "omitted", "left out", "unset", "unspecified"];

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
        let negated = cursor.eat("not");
        if cursor.eat_any(&MISSING).is_some() {
            return Some(negated);
        }
        let word = cursor.eat_any(&GIVEN)?;
        // `is set to` goes on.
        (word != "set" || !cursor.peek().is_some_and(|next| next.is("to"))).then_some(!negated)
    })
}

/// Whether a list follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listed {
    No,
    /// Behind `one of`.
    Of,
    /// Behind `in`, which can be about a place, too.
    In,
}

/// `is`, `equals`, `is one of`, and their negations: whether negated, and whether a list follows.
pub(super) fn equality(cursor: &mut Cursor<'_>) -> Option<(bool, Listed)> {
    const PHRASES: [(&str, bool, Listed); 27] = [
        ("is not one of", true, Listed::Of),
        ("are not one of", true, Listed::Of),
        ("is not any of", true, Listed::Of),
        ("is not in", true, Listed::In),
        ("is one of", false, Listed::Of),
        ("are one of", false, Listed::Of),
        ("is any of", false, Listed::Of),
        ("is in", false, Listed::In),
        ("in", false, Listed::In),
        ("is not equal to", true, Listed::No),
        ("does not equal", true, Listed::No),
        ("is not set to", true, Listed::No),
        ("is not", true, Listed::No),
        ("are not", true, Listed::No),
        ("!=", true, Listed::No),
        ("is equal to", false, Listed::No),
        ("is set to", false, Listed::No),
        ("is exactly", false, Listed::No),
        ("is either", false, Listed::No),
        ("are either", false, Listed::No),
        ("equals", false, Listed::No),
        ("equal to", false, Listed::No),
        ("exactly", false, Listed::No),
        ("set to", false, Listed::No),
        ("is", false, Listed::No),
        ("are", false, Listed::No),
        ("=", false, Listed::No),
    ];
    let (_, negated, listed) = PHRASES.iter().find(|(phrase, ..)| cursor.eat(phrase))?;
    Some((*negated, *listed))
}

/// Signs of other pattern languages.
const FOREIGN: [char; 13] = ['^', '$', '[', ']', '(', ')', '+', '\\', '|', '?', '{', '}', '%'];

/// `starts with "x"`, `contains "x"`, `is like "a*b"`.
///
/// Plain words are not taken: `contains profanity` does not ask for that word, and `contains PII` not for these letters.
pub(super) fn pattern(cursor: &mut Cursor<'_>) -> Option<FieldTest> {
    cursor.eat_any(&["is", "are"]);
    let text = |value: &str| Piece::Text(value.to_owned());
    if cursor
        .eat_any(&["contains", "contain", "includes", "include", "containing"])
        .is_some()
    {
        return Some(FieldTest::Like(vec![
            Piece::Anything,
            text(cursor.value(Takes::Quoted)?),
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
        return Some(FieldTest::Like(vec![
            text(cursor.value(Takes::Codes)?),
            Piece::Anything,
        ]));
    }
    if cursor
        .eat_any(&["ends with", "end with", "ends in", "ending with"])
        .is_some()
    {
        return Some(FieldTest::Like(vec![
            Piece::Anything,
            text(cursor.value(Takes::Codes)?),
        ]));
    }
    cursor.eat_any(&["like", "matches the pattern", "matches"])?;
    let value = cursor.value(Takes::Codes)?;
    if value.contains(FOREIGN) || value.contains(".*") {
        cursor
            .ground
            .stop("a pattern of Cedar has `*` for any text, and no other sign; this looks like a regular expression");
    }
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

/// `is before 2026-01-01`, `is after 2026-01-01T09:00:00Z`, `is no later than 2026-01-01T09:00:00Z`: whether negated, and
/// what is asked.
pub(super) fn moment(cursor: &mut Cursor<'_>) -> Option<(bool, FieldTest)> {
    cursor.eat_any(&IS);
    let (negated, order) = match cursor.eat_any(&[
        "on or after",
        "on or before",
        "no later than",
        "before",
        "after",
        "at",
    ])? {
        "on or after" => (false, Order::AtLeast),
        "on or before" => (false, Order::AtMost),
        "no later than" => (true, Order::More),
        "before" => (false, Order::Less),
        "after" => (false, Order::More),
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
    Some((negated, FieldTest::Compares(order, Literal::Moment(text))))
}
