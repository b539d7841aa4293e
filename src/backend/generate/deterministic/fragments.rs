//! The text into its requirements, one policy each (service.md 8.5).
//!
//! Sentences, semicolons and lines separate. A comma separates where what follows it begins like a requirement of
//! its own; elsewhere it belongs to a list or a clause. A line in lower case that does not begin like a requirement
//! goes on with the one before it. What only limits the requirement before it (`Only when ..`, `Unless ..`, `This ..`)
//! stays with it, also as a sentence of its own: apart from it, the requirement would say more than was meant. What else
//! may limit another requirement is told once it is refused (`belonging`).

use super::tokens::{Token, tokens};
use super::tools;
use super::who;
use crate::model::Tool;
use std::ops::Range;

/// Words that a requirement begins with.
const BEGINNINGS: [&str; 35] = [
    "allow",
    "permit",
    "let",
    "enable",
    "authorize",
    "grant",
    "forbid",
    "block",
    "deny",
    "prohibit",
    "disallow",
    "prevent",
    "stop",
    "ban",
    "disable",
    "halt",
    "only",
    "never",
    "do",
    "don't",
    "nobody",
    "no",
    "everyone",
    "everybody",
    "anyone",
    "anybody",
    "users",
    "principals",
    "callers",
    "please",
    "when",
    "if",
    "all",
    "any",
    "every",
];
/// Beginnings that also stand inside a requirement: behind a comma they do not begin one.
const ONLY_AT_A_LINE: [&str; 12] = [
    "only",
    "no",
    "users",
    "principals",
    "callers",
    "please",
    "when",
    "if",
    "all",
    "any",
    "every",
    "do",
];

/// Beginnings that also say what somebody does: `view orders, grant refunds` is a list of that. Behind a comma they begin a
/// requirement only with the callers that it is about.
const ALSO_DONE: [&str; 12] = [
    "enable",
    "stop",
    "disable",
    "halt",
    "grant",
    "authorize",
    "block",
    "deny",
    "ban",
    "permit",
    "prevent",
    "prohibit",
];

/// Words with which something goes on that belongs to the one requirement before it.
const GOING_ON: [&str; 23] = [
    "unless",
    "except",
    "excluding",
    "but",
    "provided",
    "otherwise",
    "however",
    "this",
    "that",
    "it",
    "he",
    "she",
    "such",
    "where",
    "while",
    "as",
    "with",
    "without",
    "or",
    "then",
    "if",
    "when",
    "whenever",
];
/// What a sentence says that grants or takes by itself.
const SAYING: [&str; 19] = [
    "allow",
    "permit",
    "let",
    "enable",
    "authorize",
    "grant",
    "forbid",
    "block",
    "deny",
    "prohibit",
    "disallow",
    "prevent",
    "stop",
    "ban",
    "disable",
    "halt",
    "can",
    "may",
    "must",
];

/// Where the requirements of a text are, in its order. Never empty: a text without a requirement is one fragment. A comma
/// does not separate before a verb that is what one of the tools does.
pub(super) fn fragments(text: &str, offered: &[Tool]) -> Vec<Range<usize>> {
    let tokens = tokens(text);
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut ended = true;
    // A condition that stands in front (`When .., allow ..`) goes on behind its comma.
    let mut in_front = false;
    for (at, token) in tokens.iter().enumerate() {
        let behind = tokens.get(at + 1..).unwrap_or_default();
        let next = first_word(behind);
        if token.is(";") || token.is(".") {
            ended = ended || !goes_on(behind);
            // What goes on is not understood together with a sentence's end; it is refused, and not taken apart.
            if let Some(last) = found.last_mut().filter(|_| !ended) {
                last.end = token.end;
            }
        } else if token.is("\n") {
            ended = ended || next.is_none_or(begins_a_line) && !goes_on(behind);
        } else if token.is(",") && begins_behind_a_comma(behind, offered) && !in_front {
            ended = true;
        } else if ended && (is_bullet(token) || is_number_of_a_list(token, tokens.get(at + 1))) {
            // Not part of what is said.
        } else if ended {
            found.push(token.start..token.end);
            ended = false;
            in_front = is_one_of(token, &["when", "if", "whenever"]);
        } else if let Some(last) = found.last_mut() {
            last.end = token.end;
            in_front = in_front && !token.is(",");
        }
    }
    if found.is_empty() {
        found.push(0..text.len());
    }
    found
}

/// Whether what follows only limits what was said: it begins with a word that goes on, and says nothing by itself.
fn goes_on(behind: &[Token]) -> bool {
    let Some(first) = first_word(behind) else {
        return false;
    };
    let sentence = behind.iter().skip_while(|token| !std::ptr::eq(*token, first));
    let mut sentence = sentence.take_while(|token| !(token.is(".") || token.is(";") || token.is("\n")));
    let only = first.is("only");
    (only || is_one_of(first, &GOING_ON)) && !sentence.any(|token| is_one_of(token, &SAYING))
}

/// Whether a line begins a requirement: in upper case, or with a word that does.
fn begins_a_line(token: &Token) -> bool {
    let lower = token.text.starts_with(|c: char| c.is_lowercase());
    let may_go_on = is_one_of(token, &["when", "if", "only", "all", "any", "every", "no"]);
    !lower || (begins(token) && !may_go_on)
}

fn begins(token: &Token) -> bool {
    is_one_of(token, &BEGINNINGS)
}

/// Whether a requirement of its own stands here, behind a comma.
fn begins_behind_a_comma(behind: &[Token], offered: &[Tool]) -> bool {
    let Some((verb, rest)) = behind.split_first() else {
        return false;
    };
    if !begins(verb) || is_one_of(verb, &ONLY_AT_A_LINE) || tools::are_about(offered, &verb.low) {
        return false;
    }
    let mut sentence = rest
        .iter()
        .take_while(|token| !(token.is(".") || token.is(";") || token.is("\n")));
    let callers = sentence
        .find(|token| !is_one_of(token, &["all", "any", "every", "the", "other"]))
        .is_some_and(who::begin_with);
    !is_one_of(verb, &ALSO_DONE) || callers && sentence.any(|token| token.is("from") || token.is("to"))
}

pub(super) fn is_one_of(token: &Token, words: &[&str]) -> bool {
    words.iter().any(|word| token.is(word))
}

/// The first token that is neither the end of a line, nor a bullet, nor the number of a list.
fn first_word(mut tokens: &[Token]) -> Option<&Token> {
    while let Some((first, rest)) = tokens.split_first() {
        if is_number_of_a_list(first, rest.first()) {
            tokens = rest.get(1..).unwrap_or_default();
        } else if is_bullet(first) || first.is("\n") {
            tokens = rest;
        } else {
            return Some(first);
        }
    }
    None
}

/// `1.` and `1)` before a line.
fn is_number_of_a_list(token: &Token, next: Option<&Token>) -> bool {
    let number = token.is_word() && token.text.chars().all(|c| c.is_ascii_digit());
    (number && next.is_some_and(|next| next.is(".") || next.is(")"))) || token.is(")")
}

/// `-`, `*`, `•` before a line.
pub(super) fn is_bullet(token: &Token) -> bool {
    token.is("-") || token.is("*") || token.is("•") || token.is("–")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fragments<'t>(text: &'t str, tools: &[Tool]) -> Vec<&'t str> {
        let found = super::fragments(text, tools);
        found.into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn sentences_semicolons_lines_and_consistent_commas_separate() {
        let expected = ["Allow users to get policy", "forbid users from file claim"];
        for text in [
            "Allow users to get policy. forbid users from file claim.",
            "Allow users to get policy; forbid users from file claim",
            "Allow users to get policy\nforbid users from file claim\n",
            "Allow users to get policy, forbid users from file claim",
            "- Allow users to get policy\n- forbid users from file claim",
            "1. Allow users to get policy\n2) forbid users from file claim",
        ] {
            assert_eq!(fragments(text, &[]), expected, "{text}");
        }
    }

    #[test]
    fn a_comma_in_a_list_and_a_broken_line_do_not_separate() {
        for text in [
            "Allow users to call a, b and c when region is US, CA or UK",
            "Block users from calling the application tool,\n  unless coverage amount is present",
            "When amount is under 5, allow users to call a",
            "Allow users to view orders, grant refunds",
            "Allow users to view orders, disable user accounts",
            "Allow users to view orders, block all refunds",
        ] {
            assert_eq!(fragments(text, &[]), [text]);
        }
    }

    #[test]
    fn what_only_limits_stays_with_what_it_limits() {
        for text in [
            "Allow users to process refunds. Only when the amount is under 500",
            "Allow users to process refunds\nOnly if the amount is under 500",
            "Allow users to process refunds\nonly when the amount is under 500",
            "Allow users to process refunds; unless the amount is over 500",
            "Allow users to process refunds. Except for amounts over 500",
            "Allow users to process refunds. This is limited to managers",
            "Allow users to process refunds. If the amount is small",
            "Allow users to process refunds.\nOnly when the amount is under 500",
            "Allow users to process refunds;\r\n\r\n- Unless the amount is over 500",
            "Allow users to process refunds.\n2. This only applies to managers",
        ] {
            assert_eq!(fragments(text, &[]), [text]);
        }
        for text in [
            "Allow users to get policy. When amount is over 5, block users from file claim",
            "Allow users to get policy. Only managers may file claim",
            "Allow users to get policy\nMake me happy",
            "Allow users to get policy. They can file claim",
        ] {
            assert_eq!(fragments(text, &[]).len(), 2, "{text}");
        }
    }

    #[test]
    fn numbers_and_names_with_periods_stay_whole() {
        assert_eq!(
            fragments(
                "Allow users to pay when amount is under 10.5 and note is a.b.",
                &[]
            ),
            ["Allow users to pay when amount is under 10.5 and note is a.b"]
        );
    }

    #[test]
    fn a_text_without_words_is_one_fragment() {
        assert_eq!(fragments("...", &[]), ["..."]);
    }

    proptest! {
        #[test]
        fn fragments_are_parts_of_the_text_in_its_order(text in "(Allow|Forbid|users|, |; |\\. |\n| |a b|\"x, y\"|5,000){1,40}") {
            let mut rest = text.as_str();
            for fragment in fragments(&text, &[]) {
                let at = rest.find(fragment);
                prop_assert!(at.is_some(), "{fragment:?} in {rest:?}");
                rest = &rest[at.unwrap() + fragment.len()..];
            }
        }
    }
}
