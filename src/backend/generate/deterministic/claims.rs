//! Claims of a caller's token: which one, and what is asked of it (service.md 8.8, 10.1).
//!
//! A claim is named by one of a few nouns, by `claim`, by `whose`, or exactly by `<idp_claims>["name"]</idp_claims>`.
//! Scopes and groups are lists that arrive as one text, so they are matched as AWS does, by `like "*x*"`: a longer
//! element that contains the one asked for matches, too.

mod otherwise;

use super::cursor::{Cursor, is_structure};
use super::lists::{Series, list, series, values, values_after_not};
use super::meaning::{ClaimTest, Condition};
use super::nouns::{Noun, is_a_list, noun};
use super::questions;
use super::tokens::Kind;
use super::values::Takes;
use otherwise::{are_addresses, of_claims, of_whole};

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
        let takes = before_noun(cursor);
        noun_first(cursor).or_else(|| value_first(cursor, takes))
    })
}

/// What follows `without` or `does not have`. Of several that are had together it can be none, or not all.
pub(super) fn not_held(cursor: &mut Cursor<'_>) -> Option<Condition> {
    let held = one_held(cursor)?;
    if matches!(held, Condition::All(_)) {
        cursor
            .ground
            .stop("`not` before several joined by `and` can mean none of them or not all of them; say `not` with each");
    }
    Some(held.negated_if(true))
}

/// Goes past an article, and tells which words are values between it and the noun.
fn before_noun(cursor: &mut Cursor<'_>) -> Takes {
    match cursor.eat_any(&["the", "a", "an"]) {
        Some("a" | "an") => Takes::People,
        _ => Takes::Titles,
    }
}

/// `role "admin"`, `scope of a or b`, `scopes a and b`, `claim tenant = x`.
fn noun_first(cursor: &mut Cursor<'_>) -> Option<Condition> {
    cursor.attempt(|cursor| {
        let begins = *cursor;
        let noun = noun(cursor)?;
        of_claims(begins, &noun);
        if cursor.eat("containing") {
            return containing(cursor, &noun);
        }
        let phrase = cursor
            .eat_any(&[
                "with value",
                "with the value",
                "set to",
                "equal to",
                "named",
                "called",
                ":",
            ])
            .or_else(|| cursor.eat_any(&IS));
        of_whole(cursor, &noun, phrase);
        // `users with the scope set to process refunds` have it set, and may process.
        let takes = if phrase.is_some_and(|phrase| phrase.ends_with(" to") || phrase.ends_with(" in")) {
            Takes::Codes
        } else if phrase.is_none() && noun.tag == "role" {
            Takes::Roles
        } else {
            noun.takes
        };
        // `role admin role` is not said; `group "a" claim` is not either.
        said(cursor, &Noun { takes, ..noun })
    })
}

/// `the admin role`, `the admin or auditor role`, `the read and write scopes`.
fn value_first(cursor: &mut Cursor<'_>, takes: Takes) -> Option<Condition> {
    cursor.attempt(|cursor| {
        let values = *cursor;
        let (found, by) = series(cursor, takes)?;
        if is_called_a_claim(cursor) {
            // `the tier claim "gold"` names the claim first.
            cursor.ground.doubt(
                values.at(),
                format!(
                    "`{}` can be the name of a claim or the value of one; say `whose .. claim is ..`",
                    values.texts(1).join(" ")
                ),
            );
            return None;
        }
        let noun = noun(cursor)?;
        let several = found.len() > 1;
        let is_quoted = values.peek().is_some_and(|token| token.kind == Kind::Quoted);
        if matches!(noun.tag.as_str(), "email" | "username") && !is_quoted {
            cursor.ground.stop(format!(
                "`{0}` can say of what kind an {1} is; say `whose {1} is ..`, or `whose {1} ends with ..`",
                values.texts(1).join(" "),
                noun.tag
            ));
        }
        if noun.plural && !several || by == Series::And && !noun.plural {
            // `admin roles` are roles of admins, whatever these are.
            let at = values.at();
            cursor.ground.doubt(
                at,
                format!(
                    "`{}` may be a value or say something about one; put a value in quotes",
                    values.texts(1).join(" ")
                ),
            );
            return None;
        }
        joined(cursor, &noun, found, by)
    })
}

fn is_called_a_claim(cursor: &Cursor<'_>) -> bool {
    cursor.stands(&["custom", "jwt", "token", "claim"])
}

/// The values behind a claim's noun, and what is asked of the claim.
fn said(cursor: &mut Cursor<'_>, noun: &Noun) -> Option<Condition> {
    let (values, by) = if noun.plural {
        series(cursor, noun.takes)?
    } else {
        (values(cursor, noun.takes)?, Series::Or)
    };
    joined(cursor, noun, values, by)
}

fn joined(cursor: &mut Cursor<'_>, noun: &Noun, values: Vec<String>, by: Series) -> Option<Condition> {
    let tag = given(cursor, noun.tag.clone())?;
    are_addresses(cursor, &tag, &values);
    if by == Series::Or {
        return Some(condition(tag, values));
    }
    if !is_a_list(&tag) {
        cursor.ground.stop(format!(
            "the claim `{tag}` is one text and cannot be several at once; join them by `or`"
        ));
        return None;
    }
    // Who has them all is forbidden less than who has one of them.
    cursor.ground.stop_forbidding(format!(
        "`{}` can mean all of them or each; say `or`, or ask for each",
        values.join(" and ")
    ));
    let each = values
        .into_iter()
        .map(|value| condition(tag.clone(), vec![value]));
    Some(Condition::All(each.collect()))
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

/// `whose department is finance`, `'s role is admin`: any claim, by its own name.
pub(super) fn named(cursor: &mut Cursor<'_>) -> Option<Condition> {
    cursor.attempt(|cursor| {
        // `whose OAuth token scope contains x`: claims are the token's.
        cursor.attempt(|cursor| {
            cursor.eat_any(&["oauth token", "access token", "jwt token", "token"])?;
            noun(&mut { *cursor }).map(|_| ())
        });
        let begins = *cursor;
        let noun = noun(cursor).inspect(|noun| of_claims(begins, noun)).or_else(|| {
            let token = cursor.peek().filter(|token| !is_structure(token))?;
            cursor.advance(1);
            Some(Noun::of(token.text.clone(), cursor.eat("claim")))
        })?;
        asked(cursor, &noun)
    })
}

/// `contains x`: an element of a list, or a part of a text.
fn containing(cursor: &mut Cursor<'_>, noun: &Noun) -> Option<Condition> {
    let takes = if is_a_list(&noun.tag) {
        noun.takes
    } else {
        Takes::Quoted
    };
    let values = values(cursor, takes)?;
    Some(Condition::Claim(
        given(cursor, noun.tag.clone())?,
        ClaimTest::Holds(values),
    ))
}

/// What is asked of a claim: `is x`, `is not x`, `is one of x, y and z`, `contains x`, `exists`, `is missing`.
fn asked(cursor: &mut Cursor<'_>, noun: &Noun) -> Option<Condition> {
    let noun = &Noun {
        tag: given(cursor, noun.tag.clone())?,
        ..noun.clone()
    };
    if let Some(present) = questions::present(cursor) {
        let there = Condition::Claim(noun.tag.clone(), ClaimTest::Present);
        return Some(there.negated_if(!present));
    }
    if cursor.eat_any(&["contains", "includes"]).is_some() {
        return containing(cursor, noun);
    }
    if let Some((negated, test)) = questions::of_claim(cursor, &noun.tag) {
        return Some(Condition::Claim(noun.tag.clone(), test).negated_if(negated));
    }
    let (phrase, negated) = match cursor.eat_any(&IS_NOT) {
        Some(phrase) => (phrase, true),
        None => (cursor.eat_any(&IS)?, false),
    };
    if phrase == "of" || phrase == "equal to" {
        return None;
    }
    of_whole(cursor, noun, Some(phrase));
    // `is in Europe`, `is the customer` say no value.
    let plainly = !phrase.ends_with(" in") && !phrase.ends_with(" to") && cursor.eat_any(&["the"]).is_none();
    let takes = if plainly { noun.takes } else { Takes::Codes };
    let values = if phrase.ends_with(" of") || phrase.ends_with(" in") {
        list(cursor, takes)?
    } else if negated {
        values_after_not(cursor, phrase, takes)?
    } else {
        cursor.eat("either");
        values(cursor, takes)?
    };
    let tag = given(cursor, noun.tag.clone())?;
    are_addresses(cursor, &tag, &values);
    Some(condition(tag, values).negated_if(negated))
}

/// `group x`, `the x group`, `the group x or y`.
pub(super) fn group(cursor: &mut Cursor<'_>) -> Option<Condition> {
    cursor.attempt(|cursor| {
        let takes = before_noun(cursor);
        let values = if cursor.eat_any(&["groups", "group"]).is_some() {
            cursor.eat_any(&["named", "called"]);
            values(cursor, Takes::Names)?
        } else {
            let values = values(cursor, takes)?;
            cursor.eat_any(&["groups", "group"])?;
            values
        };
        Some(condition(given(cursor, "groups".to_owned())?, values))
    })
}

fn condition(tag: String, values: Vec<String>) -> Condition {
    let test = if is_a_list(&tag) {
        ClaimTest::Holds(values)
    } else {
        ClaimTest::Is(values)
    };
    Condition::Claim(tag, test)
}

/// A condition about the caller: `the user has role x`, `the user's role is x`, `they are in group g`, `the claim c
/// is x`, `the username is n`.
pub(super) fn about(cursor: &mut Cursor<'_>) -> Option<Condition> {
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
        let noun = noun(cursor)?;
        asked(cursor, &noun)
    })
}

fn of_subject(cursor: &mut Cursor<'_>) -> Option<Condition> {
    if cursor.eat("'s") {
        return named(cursor);
    }
    if cursor
        .eat_any(&["do not have", "does not have", "lacks", "lack"])
        .is_some()
    {
        cursor.eat("the");
        return not_held(cursor);
    }
    if cursor.eat_any(&["has", "have"]).is_some() {
        return one_held(cursor);
    }
    cursor.eat_any(&["is", "are"])?;
    let negated = cursor.eat("not");
    let found = if cursor.eat("named") {
        Condition::Claim(
            "username".to_owned(),
            ClaimTest::Is(values(cursor, Takes::Names)?),
        )
    } else {
        cursor
            .eat_any(&["members of", "a member of"])
            .or_else(|| cursor.eat_any(&["in"]))?;
        group(cursor)?
    };
    Some(found.negated_if(negated))
}
