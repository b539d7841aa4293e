//! Whether an argument of a tool is meant, or a claim of the caller that is called so.

use super::cursor::{Cursor, is_structure};
use super::fields;
use super::meaning::Condition;
use super::nouns;
use super::who;
use crate::model::Tool;

/// Why the claim that is named here may be an argument of a tool as well. The value does not tell: the argument may take
/// any text. A claim with a noun of its own is meant where the words say that it is the caller's, or a claim.
pub(super) fn may_be_an_argument(cursor: &Cursor<'_>, tools: &[&Tool], claim: &Condition) -> Option<String> {
    let tag = match claim {
        Condition::Not(inside) => return may_be_an_argument(cursor, tools, inside),
        Condition::Claim(tag, _) => tag.as_str(),
        Condition::All(_)
        | Condition::Any(_)
        | Condition::Field(..)
        | Condition::Time(_)
        | Condition::Authenticated => return None,
    };
    if !nouns::is_known(tag) {
        return matches!(fields::find(tools, &[tag]), Ok(Some(_)) | Err(_))
            .then(|| format!("`{tag}` can be an argument of the tool or a claim of the caller"));
    }
    if says_whose(cursor) {
        return None;
    }
    let (words, tag) = nouns::undecided(cursor)?;
    // No tool was named: all of the gateway are meant.
    let all: Vec<&Tool> = cursor.ground.tools.iter().collect();
    let tools: &[&Tool] = if tools.is_empty() { &all } else { tools };
    let is_in_a_name = fields::is_in_a_name(tools, &words) || fields::is_in_a_name(tools, &[&tag]);
    // `Forbid terminating employees when the role is director`.
    (is_in_a_name || who::are_about_people(tools, true)).then(|| of_either(&words))
}

pub(super) const EITHER: &str = "this can be about an argument of the tool or about a claim of the caller";

pub(super) fn of_either(words: &[&str]) -> String {
    let noun = words.join(" ");
    format!(
        "`the {noun}` can be about an argument of the tool or about a claim of the caller; say `the {noun} argument` or \
         `their {noun}`"
    )
}

pub(super) fn says_claim(cursor: &Cursor<'_>) -> bool {
    let mut probe = *cursor;
    probe.eat_article();
    probe.peek().is_some_and(|token| token.is("claim"))
}

/// The word for a caller that stands here for itself: `the user is "x"`.
pub(super) fn is_a_caller<'g>(cursor: &Cursor<'g>) -> Option<&'g str> {
    let mut probe = *cursor;
    probe.eat_article();
    let word = probe.peek().filter(|token| who::is_of_a_caller(token))?;
    let goes_on = probe
        .peek_at(1)
        .is_some_and(|next| next.is_word() && !is_structure(next));
    (!goes_on).then_some(word.low.as_str())
}

/// Whether the words say that it is the caller's: `the user's role`, `their role`, `they have`.
pub(super) fn says_whose(cursor: &Cursor<'_>) -> bool {
    let mut probe = *cursor;
    probe.eat_article();
    probe.peek().is_some_and(who::is_of_a_caller)
}
