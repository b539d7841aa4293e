//! Clean texts for conditions (kubernetes-conventions.md 1.6): one line, bounded, the same bytes for the same cause.

use serde_json::Value;

/// The longest message of a condition, in characters.
pub(super) const LONGEST: usize = 1024;

/// `text` in one line: every run of white space is one space.
#[must_use]
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `text` in one line of at most `longest` characters, with `..` where it was cut.
#[must_use]
pub fn shorten(text: &str, longest: usize) -> String {
    let line = one_line(text);
    if line.chars().count() <= longest {
        return line;
    }
    let kept: String = line.chars().take(longest.saturating_sub(2)).collect();
    format!("{}..", kept.trim_end())
}

/// A value whose URLs keep to themselves what may be secret: who signs in, and the query, where keys are (reliability.md 1, I7).
pub(super) fn discreet(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(discreet_text(text)),
        Value::Array(items) => items.iter().map(discreet).collect(),
        Value::Object(members) => {
            let members = members.iter();
            members
                .map(|(name, value)| (name.clone(), discreet(value)))
                .collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

fn discreet_text(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else {
        return text.to_owned();
    };
    let (place, secret) = rest.split_at(rest.find(['?', '#']).unwrap_or(rest.len()));
    let host_ends = place.find('/').unwrap_or(place.len());
    let (authority, path) = place.split_at(host_ends);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let who = if host.len() < authority.len() { "***@" } else { "" };
    let more = if secret.is_empty() { "" } else { "?***" };
    format!("{scheme}://{who}{host}{path}{more}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    proptest! {
        #[test]
        fn a_message_is_one_bounded_line(text in "\\PC{0,200}|(.|\n){0,200}", longest in 3usize..80) {
            let short = shorten(&text, longest);
            prop_assert!(short.chars().count() <= longest);
            prop_assert!(!short.contains('\n'));
            prop_assert_eq!(&short, &shorten(&short, longest), "shortening twice changes nothing");
        }
    }

    #[test]
    fn what_may_be_secret_in_a_url_is_not_told() {
        for (text, expected) in [
            ("https://tools.example/mcp", "https://tools.example/mcp"),
            (
                "https://a:canary@tools.example/mcp?apikey=canary#canary",
                "https://***@tools.example/mcp?***",
            ),
            (
                "https://tools.example?key=canary@x/y",
                "https://tools.example?***",
            ),
            ("s3://bucket/key", "s3://bucket/key"),
            ("who@example", "who@example"),
            ("?", "?"),
            ("", ""),
        ] {
            assert_eq!(discreet(&json!(text)), json!(expected));
            assert_eq!(discreet(&json!({"a": [text, 1]})), json!({"a": [expected, 1]}));
        }
    }
}
