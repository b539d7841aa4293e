//! Nouns for claims: `role`, `scope`, `user name`, `claim x` (service.md 8.8, 10.1).

use super::cursor::Cursor;
use super::tokens::Kind;
use super::values::Takes;

/// Nouns, and the claims they are.
const NOUNS: [(&str, &str); 16] = [
    ("roles", "role"),
    ("role", "role"),
    ("scopes", "scope"),
    ("scope", "scope"),
    ("groups", "groups"),
    ("group", "groups"),
    ("usernames", "username"),
    ("username", "username"),
    ("user name", "username"),
    ("user names", "username"),
    ("email address", "email"),
    ("email", "email"),
    ("department", "department"),
    ("subject", "sub"),
    ("sub", "sub"),
    ("client id", "client_id"),
];
/// Claims that are lists, as one text.
const LISTS: [&str; 9] = [
    "scope",
    "scopes",
    "scp",
    "groups",
    "roles",
    "permissions",
    "entitlements",
    "cognito:groups",
    "cognito:roles",
];
/// Claims whose values people say as plain words.
const NAMED: [&str; 6] = ["role", "roles", "scope", "groups", "username", "department"];

/// A claim that the words mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Noun {
    pub tag: String,
    /// Whether its values may be plain words.
    pub takes: Takes,
    /// Whether several of it were announced.
    pub plural: bool,
}

/// Whether a claim is a list, as one text.
pub(super) fn is_a_list(tag: &str) -> bool {
    LISTS.contains(&tag)
}

/// Whether a claim has a noun of its own.
pub(super) fn is_known(tag: &str) -> bool {
    NOUNS.iter().any(|(_, known)| *known == tag)
}

/// The claim a noun means: one of the nouns, or `claim x`.
pub(super) fn noun(cursor: &mut Cursor<'_>) -> Option<Noun> {
    let found = NOUNS.iter().find(|(noun, _)| cursor.eat(noun));
    if let Some((noun, tag)) = found {
        cursor.eat("claim");
        return Some(Noun {
            plural: noun.ends_with('s'),
            ..Noun::of((*tag).to_owned(), false)
        });
    }
    cursor.attempt(|cursor| {
        cursor.eat_any(&["custom jwt", "custom", "jwt", "token"]);
        cursor.eat_any(&["claim"])?;
        cursor.eat_any(&["named", "called"]);
        Some(Noun::of(cursor.name()?.to_owned(), true))
    })
}

/// The words of the noun that stands here, without those that call it a claim, and the claim that it means; none when what
/// stands behind it says that it is one: `the role claim`, `the role <idp_claims>`.
pub(super) fn undecided<'g>(cursor: &Cursor<'g>) -> Option<(Vec<&'g str>, String)> {
    const CALLED: [&str; 6] = ["custom", "jwt", "token", "claim", "named", "called"];
    let mut behind = *cursor;
    behind.eat_article();
    let begin = behind;
    let noun = noun(&mut behind)?;
    if behind.is_behind("claim") || matches!(behind.peek()?.kind, Kind::Claims(_)) {
        return None;
    }
    let mut words = begin.texts(behind.at() - begin.at());
    words.retain(|word| !CALLED.iter().any(|called| word.eq_ignore_ascii_case(called)));
    Some((words, noun.tag))
}

impl Noun {
    /// `told`: whether it was called a claim, so that what follows is its value.
    pub fn of(tag: String, told: bool) -> Self {
        let takes = if told || NAMED.contains(&tag.as_str()) {
            Takes::Names
        } else {
            Takes::Codes
        };
        Self {
            tag,
            takes,
            plural: false,
        }
    }
}
