//! What is asked of a claim that no caller can have, or that can be of something else.

use super::super::cursor::Cursor;
use super::super::fields;
use super::super::nouns::{Noun, is_a_list};

/// Words that ask for the whole of a claim.
const WHOLE: [&str; 8] = [
    "=",
    "!=",
    "is equal to",
    "is exactly",
    "equals",
    "equal to",
    "is not equal to",
    "does not equal",
];

/// Notes that an email address is asked for that is none: nobody has `acme.com`.
pub(super) fn are_addresses(cursor: &Cursor<'_>, tag: &str, values: &[String]) {
    if let Some(value) = values.iter().find(|value| tag == "email" && !value.contains('@')) {
        cursor.ground.stop(format!(
            "`{value}` is no email address; say `whose email ends with \"@{value}\"`, or the whole address"
        ));
    }
}

/// Notes that the whole of a list is asked for.
pub(super) fn of_whole(cursor: &Cursor<'_>, noun: &Noun, phrase: Option<&str>) {
    if phrase.is_some_and(|phrase| WHOLE.contains(&phrase)) && is_a_list(&noun.tag) {
        cursor.ground.stop(format!(
            "the claim `{}` is a list as one text, of which a policy can ask what it holds; say `contains`",
            noun.tag
        ));
    }
}

/// Notes that `claim type` can be what a tool is about: a claim that somebody files.
pub(super) fn of_claims(begins: Cursor<'_>, noun: &Noun) {
    if begins.stands(&["claim"])
        && fields::is_in_a_name(&begins.ground.tools.iter().collect::<Vec<_>>(), &["claim"])
    {
        begins.ground.stop(format!(
            "`claim {0}` can be the claim `{0}` of the caller's token or what the tools are about; say `whose {0} claim ..`, or `when ..`",
            noun.tag
        ));
    }
}
