//! Claims of a caller's token: which one, and what is asked of it (service.md 8.8, 10.1).
//!
//! A claim is named by one of a few nouns, by `claim`, by `whose`, or exactly by `<idp_claims>["name"]</idp_claims>`.
//! Scopes and groups are lists that arrive as one text, so they are matched as AWS does, by `like "*x*"`: a longer
//! element that contains the one asked for matches, too.

use super::cursor::{Cursor, is_structure};
use super::meaning::{ClaimTest, Condition};
use super::tokens::Kind;

/// Nouns, and the claims they are.
const NOUNS: [(&str, &str); 15] = [
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
/// Whether a claim has a noun of its own.
pub(super) fn is_known(tag: &str) -> bool {
    NOUNS.iter().any(|(_, known)| *known == tag)
}

/// What stands between a claim's name and its value.
const IS: [&str; 14] = [
    "is equal to",
    "is exactly",
    "is set to",
    "is either",
    "are either",
    "is one of",
    "is any of",
    "equals",
    "equal to",
    "is in",
    "is",
    "are",
    "of",
    "=",
];
const IS_NOT: [&str; 9] = [
    "is not equal to",
    "is not one of",
    "is not any of",
    "is not in",
    "does not equal",
    "is neither",
    "is not",
    "are not",
    "!=",
];

/// What follows `with` or `has`: `role admin`, `the 'admin' role`, `scope a or b`, `the claim department set to x`.
///
/// It may be several, joined by `and` alone or by `or` alone.
pub(super) fn held(cursor: &mut Cursor<'_>) -> Option<Condition> {
    let first = one_held(cursor)?;
    let mut all = vec![first];
    let mut joined = None;
    while let Some((by, next)) = cursor.attempt(|cursor| {
        let by = cursor.eat_any(&["and", "or"])?;
        Some((by, one_held(cursor)?))
    }) {
        if joined.is_some_and(|before| before != by) {
            cursor
                .ground
                .stop("`and` and `or` together can be read in two ways");
        }
        joined = Some(by);
        all.push(next);
    }
    if all.len() == 1 {
        return all.pop();
    }
    Some(if joined == Some("or") {
        Condition::Any(all)
    } else {
        Condition::All(all)
    })
}

/// One of what [`held`] takes.
pub(super) fn one_held(cursor: &mut Cursor<'_>) -> Option<Condition> {
    cursor.attempt(|cursor| {
        cursor.eat_article();
        noun_first(cursor).or_else(|| value_first(cursor))
    })
}

/// `role "admin"`, `scope of a or b`, `claim tenant = x`.
fn noun_first(cursor: &mut Cursor<'_>) -> Option<Condition> {
    cursor.attempt(|cursor| {
        let tag = noun(cursor)?;
        cursor
            .eat_any(&[
                "with value",
                "with the value",
                "set to",
                "named",
                "called",
                "containing",
                ":",
            ])
            .or_else(|| cursor.eat_any(&IS));
        let values = values(cursor)?;
        // `role admin role` is not said; `group "a" claim` is not either.
        Some(condition(given(cursor, tag)?, values))
    })
}

/// `the admin role`, `the admin or auditor role`.
fn value_first(cursor: &mut Cursor<'_>) -> Option<Condition> {
    cursor.attempt(|cursor| {
        let values = values(cursor)?;
        let tag = noun(cursor)?;
        Some(condition(given(cursor, tag)?, values))
    })
}

/// The claim a noun means: one of the nouns, or `claim x`.
fn noun(cursor: &mut Cursor<'_>) -> Option<String> {
    let found = NOUNS.iter().find(|(noun, _)| cursor.eat(noun));
    if let Some((_, tag)) = found {
        cursor.eat("claim");
        return Some((*tag).to_owned());
    }
    cursor.attempt(|cursor| {
        cursor.eat_any(&["claim", "jwt claim", "token claim"])?;
        cursor.value().map(str::to_owned)
    })
}

/// The claim that `<idp_claims>` names, where it stands; otherwise the one that the noun means.
fn given(cursor: &mut Cursor<'_>, tag: String) -> Option<String> {
    let Some(Kind::Claims(names)) = cursor.peek().map(|token| &token.kind) else {
        return Some(tag);
    };
    let [name] = names.as_slice() else {
        cursor
            .ground
            .stop("more than one claim is given for one condition");
        return None;
    };
    cursor.advance(1);
    Some(name.clone())
}

/// Values, joined by commas and `or`.
pub(super) fn values(cursor: &mut Cursor<'_>) -> Option<Vec<String>> {
    let mut values = vec![cursor.value()?.to_owned()];
    let mut ended = true;
    while let Some((more, last)) = cursor.attempt(|cursor| {
        let joined = cursor.eat_any(&[", or", "or", ","])?;
        // `role a or scope b` begins another claim.
        if { *cursor }.attempt(noun).is_some() {
            return None;
        }
        let value = cursor.value()?.to_owned();
        is_whole(*cursor).then_some((value, joined != ","))
    }) {
        values.push(more);
        ended = last;
    }
    // A comma alone may join anything.
    ended.then_some(values)
}

/// Whether a value ends here: what follows neither asks something of it nor goes on with a name.
fn is_whole(mut behind: Cursor<'_>) -> bool {
    const VERBS: [&str; 22] = [
        "is", "are", "has", "have", "equals", "equal", "was", "under", "below", "over", "above", "less",
        "more", "fewer", "greater", "exceeds", "contains", "includes", "between", "does", "do", "exceed",
    ];
    let Some(next) = behind.peek() else { return true };
    match next.kind {
        Kind::Claims(_) => true,
        Kind::Quoted => false,
        Kind::Sign => next.is(",") || next.is(")") || next.is("("),
        Kind::Word if is_structure(next) => !VERBS.iter().any(|verb| next.is(verb)),
        Kind::Word => noun(&mut behind).is_some(),
    }
}

/// `whose department is finance`, `'s role is admin`: any claim, by its own name.
pub(super) fn named(cursor: &mut Cursor<'_>) -> Option<Condition> {
    cursor.attempt(|cursor| {
        let tag = noun(cursor).or_else(|| {
            let token = cursor.peek().filter(|token| !is_structure(token))?;
            cursor.advance(1);
            cursor.eat("claim");
            Some(token.text.clone())
        })?;
        asked(cursor, tag)
    })
}

/// What is asked of a claim: `is x`, `is not x`, `is one of x, y and z`, `contains x`, `exists`.
fn asked(cursor: &mut Cursor<'_>, tag: String) -> Option<Condition> {
    let tag = given(cursor, tag)?;
    let present = cursor.attempt(|cursor| {
        let phrase = cursor.eat_any(&["is present", "exists", "is set"])?;
        (phrase != "is set" || !cursor.eat("to")).then_some(())
    });
    if present.is_some() {
        return Some(Condition::Claim(tag, ClaimTest::Present));
    }
    if cursor
        .eat_any(&["is not present", "does not exist", "is missing", "is absent"])
        .is_some()
    {
        return Some(Condition::Not(Box::new(Condition::Claim(
            tag,
            ClaimTest::Present,
        ))));
    }
    if cursor.eat_any(&["contains", "includes"]).is_some() {
        let values = values(cursor)?;
        return Some(Condition::Claim(given(cursor, tag)?, ClaimTest::Holds(values)));
    }
    if let Some(phrase) = cursor.eat_any(&IS_NOT) {
        let listed = phrase.ends_with("of") || phrase.ends_with("in");
        let values = if listed {
            list(cursor)?
        } else {
            values_after_not(cursor, phrase)?
        };
        return Some(Condition::Not(Box::new(condition(given(cursor, tag)?, values))));
    }
    let phrase = cursor.eat_any(&IS)?;
    if phrase == "of" || phrase == "equal to" {
        return None;
    }
    let listed = phrase.ends_with(" of") || phrase.ends_with(" in");
    cursor.eat_any(&["the", "either"]);
    let values = if listed { list(cursor)? } else { values(cursor)? };
    Some(condition(given(cursor, tag)?, values))
}

/// `is neither a nor b`, `is not a`. `is not a or b` can be read in two ways.
fn values_after_not(cursor: &mut Cursor<'_>, phrase: &str) -> Option<Vec<String>> {
    if phrase == "is neither" {
        let first = cursor.value()?.to_owned();
        return cursor
            .eat("nor")
            .then(|| cursor.value())
            .flatten()
            .map(|second| vec![first, second.to_owned()]);
    }
    Some(vec![cursor.value()?.to_owned()])
}

/// A list behind `one of`: its last element may be joined by `and`, too.
pub(super) fn list(cursor: &mut Cursor<'_>) -> Option<Vec<String>> {
    let mut values = vec![cursor.value()?.to_owned()];
    while let Some(more) = cursor.attempt(|cursor| {
        cursor.eat_any(&[", or", ", and", "or", "and", ","])?;
        let value = cursor.value()?.to_owned();
        is_whole(*cursor).then_some(value)
    }) {
        values.push(more);
    }
    Some(values)
}

/// `group x`, `the x group`, `the group x or y`.
pub(super) fn group(cursor: &mut Cursor<'_>) -> Option<Condition> {
    cursor.attempt(|cursor| {
        cursor.eat_article();
        let values = if cursor.eat_any(&["groups", "group"]).is_some() {
            values(cursor)?
        } else {
            let values = values(cursor)?;
            cursor.eat_any(&["groups", "group"])?;
            values
        };
        Some(condition(given(cursor, "groups".to_owned())?, values))
    })
}

fn condition(tag: String, values: Vec<String>) -> Condition {
    let test = if LISTS.contains(&tag.as_str()) {
        ClaimTest::Holds(values)
    } else {
        ClaimTest::Is(values)
    };
    Condition::Claim(tag, test)
}

/// A condition about the caller: `the user has role x`, `the user's role is x`, `they are in group g`, `the claim c
/// is x`, `the username is n`. `own` says whether a bare noun such as `role` may be a claim here.
pub(super) fn about(cursor: &mut Cursor<'_>, own: bool) -> Option<Condition> {
    cursor.attempt(|cursor| {
        if cursor.eat_any(&["their", "his", "her"]).is_some() {
            return named(cursor);
        }
        let subject = cursor.attempt(|cursor| {
            cursor.eat_any(&["the", "a", "that", "any"]);
            cursor.eat_any(&[
                "users",
                "user",
                "principals",
                "principal",
                "callers",
                "caller",
                "they",
            ])
        });
        if subject.is_some() {
            return of_subject(cursor);
        }
        cursor.eat_article();
        let tag = if own {
            noun(cursor)?
        } else {
            cursor.attempt(|cursor| cursor.peek().filter(|t| t.is("claim")).and_then(|_| noun(cursor)))?
        };
        asked(cursor, tag)
    })
}

fn of_subject(cursor: &mut Cursor<'_>) -> Option<Condition> {
    if cursor.eat("'s") {
        return named(cursor);
    }
    let not = |condition: Condition| Condition::Not(Box::new(condition));
    if cursor
        .eat_any(&["do not have", "does not have", "lacks", "lack"])
        .is_some()
    {
        cursor.eat("the");
        return one_held(cursor).map(not);
    }
    if cursor.eat_any(&["has", "have"]).is_some() {
        return one_held(cursor);
    }
    cursor.eat_any(&["is", "are"])?;
    let negated = cursor.eat("not");
    let found = if cursor.eat("named") {
        Condition::Claim("username".to_owned(), ClaimTest::Is(values(cursor)?))
    } else {
        cursor
            .eat_any(&["members of", "a member of"])
            .or_else(|| cursor.eat_any(&["in"]))?;
        group(cursor)?
    };
    Some(if negated { not(found) } else { found })
}
