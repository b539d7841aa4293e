//! Gateways and actions that a text names, found token by token: what stands in strings, comments and annotations is no name,
//! and nothing else of the text changes when a name is filled in.

use std::ops::Range;

use cedar_policy::EntityId;

use super::parse::parse_statement;
use super::scope::{ACTION, GATEWAY};

/// A token, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'a> {
    /// An identifier or a keyword.
    Word(&'a str),
    /// `::`
    Path,
    /// A string, by what stands between its quotes.
    Text(&'a str),
    /// Anything else.
    Other,
}

/// The tokens of a text, each with its place; the place of a string is that of what stands between its quotes.
struct Tokens<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Tokens<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Passes over whitespace and comments.
    fn skip(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            if !trimmed.starts_with("//") {
                return;
            }
            self.at += trimmed.find(['\n', '\r']).unwrap_or(trimmed.len());
        }
    }

    /// How long a string is between its quotes; `None` when it does not end.
    fn string(inside: &str) -> Option<usize> {
        let mut escaped = false;
        for (offset, character) in inside.char_indices() {
            match character {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => return Some(offset),
                _ => {}
            }
        }
        None
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = (Token<'a>, Range<usize>);

    fn next(&mut self) -> Option<Self::Item> {
        self.skip();
        let (rest, start) = (self.rest(), self.at);
        let first = rest.chars().next()?;
        if let Some(inside) = rest.strip_prefix('"') {
            let length = Self::string(inside)?;
            let place = start + 1..start + 1 + length;
            self.at = place.end + 1;
            return Some((Token::Text(inside.get(..length)?), place));
        }
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let (token, length) = if rest.starts_with("::") {
            (Token::Path, 2)
        } else if word(first) {
            let length = rest.find(|c| !word(c)).unwrap_or(rest.len());
            (Token::Word(rest.get(..length)?), length)
        } else {
            (Token::Other, first.len_utf8())
        };
        self.at += length;
        Some((token, start..self.at))
    }
}

/// The ids of entities of a type in a text, each with the place of what stands between its quotes, as it is written.
fn named<'t>(text: &'t str, kind: &'static str) -> impl Iterator<Item = (&'t str, Range<usize>)> {
    let (namespace, name) = kind.split_once("::").unwrap_or_default();
    let (namespace, name) = (Token::Word(namespace), Token::Word(name));
    let mut before = [Token::Other; 5];
    Tokens { text, at: 0 }.filter_map(move |(token, place)| {
        // A longer path is another type.
        let of_type = matches!(before, [first, a, Token::Path, b, Token::Path] if first != Token::Path && a == namespace && b == name);
        before.rotate_left(1);
        if let Some(last) = before.last_mut() {
            *last = token;
        }
        match token {
            Token::Text(written) if of_type => Some((written, place)),
            Token::Text(_) | Token::Word(_) | Token::Path | Token::Other => None,
        }
    })
}

/// What an id is, escapes resolved: by Cedar, in whose words there may be many ways to write it.
fn id(written: &str) -> String {
    if !written.contains('\\') {
        return written.to_owned();
    }
    let scope = format!("permit(principal, action, resource == {GATEWAY}::\"{written}\");");
    let read = parse_statement(&scope)
        .ok()
        .and_then(|statement| statement.gateway());
    read.unwrap_or_else(|| written.to_owned())
}

/// The ids of the gateways that a text names, in its order.
#[must_use]
pub fn gateways_in(text: &str) -> Vec<String> {
    named(text, GATEWAY).map(|(written, _)| id(written)).collect()
}

/// The ids of the actions that a text names, as they are written there.
#[must_use]
pub fn actions_in(text: &str) -> Vec<&str> {
    named(text, ACTION).map(|(written, _)| written).collect()
}

/// The text with other ids in the place of those for which there is one; all else stays as it is, letter for letter.
#[must_use]
pub fn with_gateways<'a>(text: &str, other: impl Fn(&str) -> Option<&'a str>) -> String {
    let mut changed = String::with_capacity(text.len());
    let mut copied = 0;
    for (written, place) in named(text, GATEWAY) {
        if let Some(other) = other(&id(written)) {
            changed.push_str(text.get(copied..place.start).unwrap_or_default());
            changed.push_str(&EntityId::new(other).escaped());
            copied = place.end;
        }
    }
    changed.push_str(text.get(copied..).unwrap_or_default());
    changed
}

#[cfg(test)]
mod tests {
    use super::*;
    use cedar_policy::{Policy, PolicyId};
    use proptest::prelude::*;
    use serde_json::Value;

    const ARN: &str = "arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/refunds-abcdef0123";

    fn filled(text: &str) -> String {
        with_gateways(text, |id| (id == "refunds").then_some(ARN))
    }

    #[test]
    fn only_an_id_of_a_gateway_is_one() {
        let text = r#"// AgentCore::Gateway::"refunds"
@note("AgentCore::Gateway::\"refunds\"")
permit(principal, action, resource == AgentCore :: Gateway // "refunds"
    ::"refunds")  // a comment
when { context.text == "AgentCore::Gateway::" && context.x == "refunds" && Other::AgentCore::Gateway::"refunds" == resource
    && resource != AgentCore::Gateway::"arn:x" && AgentCore::GatewayGroup::"refunds" == AgentCore::Action::"refunds"
    && [AgentCore::Gateway::"\u{72}efunds"].contains(resource) };"#;
        assert_eq!(gateways_in(text), ["refunds", "arn:x", "refunds"]);
        assert_eq!(actions_in(text), ["refunds"]);
        let wanted = text
            .replace("    ::\"refunds\")", &format!("    ::\"{ARN}\")"))
            .replace("\\u{72}efunds", ARN);
        assert_eq!(filled(text), wanted);
    }

    #[test]
    fn what_is_no_cedar_is_passed_over() {
        for text in [
            "",
            "\"",
            "\"\\",
            "AgentCore::Gateway::",
            "AgentCore::Gateway::\"refunds",
            "//",
            "é::\"x\"",
            ":::\"x\"",
        ] {
            assert_eq!(gateways_in(text), [""; 0], "{text}");
            assert_eq!(filled(text), text);
        }
    }

    #[test]
    fn what_is_filled_in_stays_between_its_quotes() {
        let text = with_gateways("AgentCore::Gateway::\"a\"", |_| Some("x\" || \"\\"));
        assert_eq!(gateways_in(&text), ["x\" || \"\\"]);
    }

    /// What a text is made of: what stands there, and what comes of it.
    fn piece() -> impl Strategy<Value = (String, String)> {
        let same = |text: String| (text.clone(), text);
        let hidden = r#"AgentCore::Gateway::"refunds""#;
        let gap = prop_oneof![
            Just(""),
            Just(" "),
            Just("\n\t"),
            Just("//\"\n"),
            Just("// AgentCore::Gateway::\"refunds\"\r")
        ];
        let gaps = proptest::collection::vec(gap, 4);
        prop_oneof![
            gaps.prop_map(|gaps| {
                let path = format!("AgentCore{}::{}Gateway{}::{}", gaps[0], gaps[1], gaps[2], gaps[3]);
                (format!("{path}\"refunds\""), format!("{path}\"{ARN}\""))
            }),
            Just(same(format!("// {hidden} \\\" \n"))),
            Just(same(format!("{:?}", format!("// {hidden} \\")))),
            Just(same(format!("@id({hidden:?})"))),
            Just(same(r#"AgentCore::Gateway::"other""#.to_owned())),
            Just(same(r#"My::AgentCore::Gateway::"refunds""#.to_owned())),
            Just(same(r#"AgentCore::Gateway::Kind::"refunds""#.to_owned())),
            Just(same(r#"AgentCore::Action::"refunds""#.to_owned())),
            "[ (){}\\[\\]=<&|!,;.?a-zA-Z0-9_é-]{0,12}".prop_map(same),
        ]
    }

    proptest! {
        #[test]
        fn whatever_stands_around_them_names_alone_are_filled_in(pieces in proptest::collection::vec(piece(), 0..12)) {
            // Words that touch are one word, so something stands between the pieces.
            let join = |side: fn(&(String, String)) -> &String| {
                pieces.iter().map(|piece| side(piece).as_str()).collect::<Vec<_>>().join(" , ")
            };
            let (text, wanted) = (join(|piece| &piece.0), join(|piece| &piece.1));
            prop_assert_eq!(filled(&text), wanted);
        }

        #[test]
        fn any_text_is_taken(text in "\\PC*") {
            prop_assert_eq!(with_gateways(&text, |_| None), text.clone());
            let all = gateways_in(&text).len();
            prop_assert_eq!(gateways_in(&with_gateways(&text, |_| Some(ARN))).len(), all);
        }

        /// Cedar's own parser says the same: what it reads differs in these ids and in nothing else.
        #[test]
        fn cedar_reads_the_same_but_for_the_names(terms in proptest::collection::vec(term(), 0..6), scope in 0..3_usize) {
            let resource = ["resource == AgentCore::Gateway::\"refunds\"", "resource", "resource is AgentCore::Gateway in AgentCore::Gateway::\"refunds\""];
            let text = format!("permit(principal, action, {}) when {{ true {} }};", resource[scope], terms.concat());
            let read = |text: &str| Policy::parse(Some(PolicyId::new("p")), text).unwrap().to_json().unwrap();
            let mut wanted = read(&text);
            rename(&mut wanted);
            prop_assert_eq!(read(&filled(&text)), wanted);
        }
    }

    fn term() -> impl Strategy<Value = String> {
        prop_oneof![
            Just("&& resource == AgentCore::Gateway::\"refunds\" ".to_owned()),
            Just("// AgentCore::Gateway::\"refunds\"\n".to_owned()),
            Just("&& context.a == \"AgentCore::Gateway::\\\"refunds\\\"\" ".to_owned()),
            Just(
                "&& context has \"refunds\" && context[\"refunds\"] like \"AgentCore::Gateway::*\" "
                    .to_owned()
            ),
            Just(
                "|| [AgentCore::Gateway::\"refunds\", AgentCore::Action::\"refunds\"].contains(action) "
                    .to_owned()
            ),
            Just("&& {\"refunds\": AgentCore::Gateway::\"refu\\u{6e}ds\"} == context ".to_owned()),
            Just(
                "&& resource is AgentCore::Gateway && principal == A::AgentCore::Gateway::\"refunds\" "
                    .to_owned()
            ),
        ]
    }

    /// Fills names in in Cedar's JSON form.
    fn rename(value: &mut Value) {
        match value {
            Value::Object(members) => {
                if members.get("type") == Some(&"AgentCore::Gateway".into())
                    && members.get("id") == Some(&"refunds".into())
                {
                    members["id"] = ARN.into();
                }
                members.values_mut().for_each(rename);
            }
            Value::Array(items) => items.iter_mut().for_each(rename),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}
