//! Questions about an argument that are no amounts: presence, equality, patterns of texts, moments.

use super::cursor::Cursor;
use super::lists::is_whole;
use super::meaning::{ClaimTest, FieldTest, Literal, Order, Piece};
use super::nouns::is_a_list;
use super::times;
use super::tokens::Kind;
use super::values::{Part, Takes};

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

/// Words in front of a part of a text, and which part of it.
const PARTS: [(&[&str], Shape); 4] = [
    (
        &["contains", "contain", "includes", "include", "containing"],
        Shape::Inside,
    ),
    (
        &[
            "starts with",
            "start with",
            "begins with",
            "begin with",
            "starting with",
        ],
        Shape::Begins,
    ),
    (&["ends with", "end with", "ends in", "ending with"], Shape::Ends),
    (&["like", "matches the pattern", "matches"], Shape::All),
];

/// Where in a text another one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Inside,
    Begins,
    Ends,
    /// All of it, with `*` for any text.
    All,
}

/// `starts with "x"`, `contains "x"`, `is like "a*b"`.
///
/// Plain words are not taken: `contains profanity` does not ask for that word, and `contains PII` not for these letters.
pub(super) fn pattern(cursor: &mut Cursor<'_>) -> Option<Vec<Piece>> {
    let shape = shape(cursor)?;
    pieces(cursor, shape)
}

fn shape(cursor: &mut Cursor<'_>) -> Option<Shape> {
    cursor.eat_any(&["is", "are"]);
    let found = PARTS.iter().find(|(words, _)| cursor.eat_any(words).is_some());
    found.map(|(_, shape)| *shape)
}

fn pieces(cursor: &mut Cursor<'_>, shape: Shape) -> Option<Vec<Piece>> {
    let text = |value: &str| Piece::Text(value.to_owned());
    match shape {
        Shape::Inside => Some(vec![
            Piece::Anything,
            text(cursor.text(Takes::Quoted, Part::Piece)?),
            Piece::Anything,
        ]),
        Shape::Begins => Some(vec![
            text(cursor.text(Takes::Codes, Part::Piece)?),
            Piece::Anything,
        ]),
        Shape::Ends => Some(vec![
            Piece::Anything,
            text(cursor.text(Takes::Codes, Part::Piece)?),
        ]),
        Shape::All => starred(cursor),
    }
}

/// A text with `*` for any text.
fn starred(cursor: &mut Cursor<'_>) -> Option<Vec<Piece>> {
    let value = cursor.text(Takes::Codes, Part::Pattern)?;
    if value.contains(FOREIGN) || value.contains(".*") {
        cursor
            .ground
            .stop("a pattern of Cedar has `*` for any text, and no other sign; this looks like a regular expression");
    }
    let mut pieces = Vec::new();
    for (at, part) in value.split('*').enumerate() {
        if at > 0 {
            pieces.push(Piece::Anything);
        }
        if !part.is_empty() {
            pieces.push(Piece::Text(part.to_owned()));
        }
    }
    Some(pieces)
}

/// The same, or one of several that are all in quotes: `starts with "/etc" or "/var"`.
pub(super) fn patterns(cursor: &mut Cursor<'_>) -> Option<Vec<FieldTest>> {
    let shape = shape(cursor)?;
    let mut found = vec![pieces(cursor, shape)?];
    let mut ended = true;
    while let Some((more, last)) = cursor.attempt(|cursor| {
        let joined = cursor.eat_any(&[", or", "or", ","])?;
        let more = cursor.peek()?.kind == Kind::Quoted;
        let pieces = more.then(|| pieces(cursor, shape)).flatten()?;
        is_whole(*cursor).then_some((pieces, joined != ","))
    }) {
        found.push(more);
        ended = last;
    }
    // A comma alone may join anything.
    ended.then(|| found.into_iter().map(FieldTest::Like).collect())
}

/// `ends with "@acme.com"`, `does not start with "ext-"` of a claim: whether negated, and what is asked. One that is a list has
/// its elements one behind another, and none of them begins or ends it.
pub(super) fn of_claim(cursor: &mut Cursor<'_>, tag: &str) -> Option<(bool, ClaimTest)> {
    let (negated, shape, pieces) = cursor.attempt(|cursor| {
        let negated = cursor.eat_any(&["does not", "do not", "is not"]).is_some();
        let shape = shape(cursor)?;
        Some((negated, shape, pieces(cursor, shape)?))
    })?;
    if is_a_list(tag) && shape != Shape::Inside {
        cursor.ground.stop(format!(
            "the claim `{tag}` is a list as one text, so how it begins and ends says nothing; ask for one of it by its whole name"
        ));
    }
    if negated && cursor.stands(&["or"]) {
        cursor.ground.stop("`not .. or ..` can be read in two ways");
    }
    Some((negated, ClaimTest::Like(pieces)))
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
