//! Parts of Cedar's syntax: names, texts, numbers, comparisons.

use super::meaning::{Literal, Order, Piece};

/// Reading an attribute.
pub(super) fn attribute(name: &str) -> String {
    if is_identifier(name) {
        format!(".{name}")
    } else {
        format!("[{}]", quoted(name))
    }
}

/// Whether a name may stand without quotes.
pub(super) fn is_identifier(name: &str) -> bool {
    const RESERVED: [&str; 9] = ["true", "false", "if", "then", "else", "in", "like", "has", "is"];
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    starts
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !RESERVED.contains(&name)
        && name != "__cedar"
}

/// A comparison with a number or a moment.
pub(super) fn compares(value: &str, order: Order, against: &Literal) -> String {
    if let Literal::Decimal(_) = against {
        let method = match order {
            Order::Less => "lessThan",
            Order::AtMost => "lessThanOrEqual",
            Order::More => "greaterThan",
            Order::AtLeast => "greaterThanOrEqual",
        };
        return format!("{value}.{method}({})", plain(against));
    }
    format!("{value} {} {}", sign(order), plain(against))
}

/// The operator of an order.
pub(super) fn sign(order: Order) -> &'static str {
    match order {
        Order::Less => "<",
        Order::AtMost => "<=",
        Order::More => ">",
        Order::AtLeast => ">=",
    }
}

/// A literal, but for words of enumerations, whose type is not known here.
pub(super) fn plain(literal: &Literal) -> String {
    match literal {
        Literal::Long(number) => number.to_string(),
        Literal::Decimal(text) => format!("decimal({})", quoted(text)),
        Literal::Bool(value) => value.to_string(),
        Literal::Text(text) | Literal::Word(text) => quoted(text),
        Literal::Moment(text) => format!("datetime({})", quoted(text)),
    }
}

/// Minutes as Cedar's duration: `9h`, `9h30m`.
pub(super) fn duration(minutes: u32) -> String {
    match (minutes / 60, minutes % 60) {
        (hours, 0) => format!("{hours}h"),
        (0, minutes) => format!("{minutes}m"),
        (hours, minutes) => format!("{hours}h{minutes}m"),
    }
}

/// A text as a literal of Cedar.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

fn escaped(text: &str) -> String {
    let escape = |c: char| match c {
        '"' => "\\\"".to_owned(),
        '\\' => "\\\\".to_owned(),
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        '\t' => "\\t".to_owned(),
        '\0' => "\\0".to_owned(),
        other if other.is_control() => format!("\\u{{{:x}}}", u32::from(other)),
        other => other.to_string(),
    };
    text.chars().map(escape).collect()
}

/// A pattern as the literal behind `like`: a star of the text itself is escaped.
pub(super) fn pattern(pieces: &[Piece]) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Anything => "*".to_owned(),
        Piece::Text(text) => escaped(text).replace('*', "\\*"),
    };
    format!("\"{}\"", pieces.iter().map(piece).collect::<String>())
}
