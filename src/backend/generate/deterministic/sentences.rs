//! Requirements that are parts of one sentence: what limits one of them may limit all.

use super::belonging::{Piece, refuse};
use super::fragments::{is_bullet, is_one_of};
use super::tokens::{Token, tokens};
use super::who;

/// Words with which a condition begins that stands in front of a sentence.
const IN_FRONT: [&str; 18] = [
    "when", "if", "whenever", "for", "between", "during", "on", "in", "at", "under", "over", "before",
    "after", "until", "unless", "except", "with", "without",
];
/// Words with which a condition begins behind a comma.
const BEHIND: [&str; 17] = [
    "only",
    "when",
    "if",
    "whenever",
    "unless",
    "except",
    "excluding",
    "but",
    "provided",
    "while",
    "where",
    "between",
    "during",
    "without",
    "before",
    "after",
    "until",
];
/// Words with which a sentence goes on with the one before it.
const ALSO: [&str; 4] = ["also", "additionally", "and", "likewise"];

const PARTS: &str = "a condition of one part of a sentence can be meant of all its parts; say each requirement as a sentence of \
     its own, with its conditions in it";

/// Refuses the requirements of a sentence as one, where a condition or the callers of one of them can be meant of others: `If the
/// user has role agent, allow users to book flights, let users book hotels`.
pub(super) fn refused(text: &str, held: &mut Vec<Piece>) {
    let mut first = 0;
    while first < held.len() {
        let mut last = first;
        while let (Some((one, _)), Some((next, _))) = (held.get(last), held.get(last + 1)) {
            let between = text.get(one.end..next.start).unwrap_or_default();
            let also = tokens(text.get(next.clone()).unwrap_or_default());
            let goes_on = also.first().is_some_and(|token| is_one_of(token, &ALSO));
            if !goes_on && (between.contains(['.', '\n', '!', '?']) || between.trim().is_empty()) {
                break;
            }
            last += 1;
        }
        let parts = held.get(first..=last).unwrap_or_default();
        if parts.len() > 1 && parts.iter().any(|(_, written)| written.is_ok()) && may_share(text, parts) {
            refuse(held, first..=last, PARTS);
            first += 1;
        } else {
            first = last + 1;
        }
    }
}

fn may_share(text: &str, parts: &[Piece]) -> bool {
    let said = |(range, _): &Piece| tokens(text.get(range.clone()).unwrap_or_default());
    let granted: Vec<Vec<Token>> = parts
        .iter()
        .filter(|(_, written)| written.is_ok())
        .map(said)
        .collect();
    let said: Vec<Vec<Token>> = parts.iter().map(said).collect();
    let in_front = said.first().is_some_and(|first| {
        let mut words = first
            .iter()
            .skip_while(|token| is_bullet(token) || token.is("\n"));
        words.next().is_some_and(|token| is_one_of(token, &IN_FRONT))
            || first.iter().any(|token| token.is(":"))
    });
    let behind = said.iter().any(|part| {
        let mut behind_commas = part.split(|token| token.is(",") || token.is(";")).skip(1);
        let first = |words: &[Token]| {
            let mut words = words.iter().filter(|word| !is_one_of(word, &["and", "but"]));
            words.next().is_some_and(|word| is_one_of(word, &BEHIND))
        };
        behind_commas.any(first)
    });
    // `users with role admin .., allow scraping pages`: all of the callers may, or all users.
    let names_callers = |part: &Vec<Token>| part.iter().any(who::begin_with);
    let commas = parts.windows(2).any(|pair| match pair {
        [(one, _), (next, _)] => text.get(one.end..next.start).unwrap_or_default().contains(','),
        _ => false,
    });
    in_front || behind || commas && granted.iter().any(names_callers) && !granted.iter().all(names_callers)
}
