//! Whether a tool takes times: by the names, the formats and the descriptions of its arguments.

use super::super::fields::{Field, Type, fields, leaf};
use super::super::values::listed;
use super::super::words::{split, stem};
use crate::model::Tool;

/// Words of the names of arguments that hold times.
const NAMES: &str = "
    date dates time times timestamp datetime day days week weeks weekday month months year years quarter season hour hours minute
    minutes start starts end ends begin begins from until till since before after due deadline period departure arrival slot slots
    checkin checkout pickup dropoff appointment eta etd dob birthday birth when moment window cutoff renewal
    embargo effective validity calendar epoch
";
/// Beginnings of such words.
const BEGINNINGS: [&str; 5] = ["schedul", "expir", "arriv", "depart", "reschedul"];
/// Words that end such a name: `expiresAt`, `effectiveOn`.
const LAST: [&str; 2] = ["at", "on"];
/// Two words of such a name: `check_in`.
const PAIRS: [(&str, &str); 6] = [
    ("check", "in"),
    ("check", "out"),
    ("pick", "up"),
    ("drop", "off"),
    ("valid", "to"),
    ("move", "in"),
];
/// Words of descriptions of such arguments.
const DESCRIBED: &str = "
    date dates datetime timestamp yyyy dd hh iso8601 8601 3339 rfc3339 epoch unix deadline o'clock utc midnight weekday
";

/// Whether one of the tools takes a time.
pub(super) fn hold_times(tools: &[&Tool]) -> bool {
    tools.iter().flat_map(|tool| fields(tool)).any(|field| {
        field.of_type == Type::Moment || is_called_so(&split(leaf(&field))) || is_described_so(&field)
    })
}

fn is_called_so(words: &[String]) -> bool {
    let is_one = |word: &String| {
        NAMES.split_whitespace().any(|name| stem(name) == stem(word))
            || BEGINNINGS.iter().any(|begin| word.starts_with(begin))
    };
    let is_pair =
        |pair: &[String]| matches!(pair, [one, other] if PAIRS.contains(&(one.as_str(), other.as_str())));
    let is_last = words.len() > 1 && words.last().is_some_and(|last| LAST.contains(&last.as_str()));
    words.iter().any(is_one) || words.windows(2).any(is_pair) || is_last
}

/// Whether the description of a text or a list speaks of times, or shows one.
fn is_described_so(field: &Field) -> bool {
    let may_hold_one = match field.of_type {
        Type::Text | Type::Texts | Type::Long | Type::Longs | Type::Moment | Type::Other => true,
        Type::Bool | Type::Decimal | Type::Enumeration(_) => false,
    };
    may_hold_one
        && (split(&field.description)
            .iter()
            .any(|word| listed(DESCRIBED, word))
            || shows_a_time(&field.description))
}

/// Whether a date or a time of the day stands in the text: `2026-03-01`, `10:00`, `9am`.
fn shows_a_time(text: &str) -> bool {
    let shape: String = text
        .chars()
        .map(|c| {
            if c.is_ascii_digit() {
                '9'
            } else {
                c.to_ascii_lowercase()
            }
        })
        .collect();
    ["9999-99", "99/99/99", "9:99", "99.99.99"]
        .iter()
        .any(|time| shape.contains(time))
        || shape
            .split(|c: char| !c.is_alphanumeric())
            .any(|word| ["9am", "9pm", "99am", "99pm"].contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_descriptions_of_times_are_told() {
        for name in [
            "slot",
            "check_in",
            "expiresAt",
            "effectiveOn",
            "pickup",
            "arrival",
            "scheduledFor",
            "endDate",
        ] {
            assert!(is_called_so(&split(name)), "{name}");
        }
        for name in [
            "orderId",
            "amount",
            "region",
            "reason",
            "check",
            "description",
            "on",
            "tags",
        ] {
            assert!(!is_called_so(&split(name)), "{name}");
        }
        assert!(shows_a_time("Requested slot, e.g. 2026-03-01 10:00") && shows_a_time("such as 9am"));
        assert!(!shows_a_time("10.50 to 1999, ratio 1:2, us-east-1"));
    }
}
