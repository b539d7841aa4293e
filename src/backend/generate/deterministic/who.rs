//! Who: everyone, users, IAM callers, and by which claims (service.md 8.8, 10.1).

use super::claims;
use super::cursor::{Cursor, is_structure};
use super::lists;
use super::meaning::{ClaimTest, Condition, What, Who};
use super::tokens::Token;
use super::values::{self, Takes};
use super::words::nouns;
use crate::model::Tool;

/// A group of callers that was named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Callers {
    pub who: Who,
    /// Whether they were called authenticated, which IAM callers are, too.
    pub authenticated: bool,
    /// What holds of them.
    pub when: Vec<Condition>,
    /// What does not.
    pub unless: Vec<Condition>,
}

const EVERYONE: [&str; 5] = ["everyone", "everybody", "anyone", "anybody", "any one"];
const USERS: [&str; 2] = ["users", "user"];
const CALLERS: [&str; 8] = [
    "principals",
    "principal",
    "callers",
    "caller",
    "identities",
    "identity",
    "requesters",
    "requester",
];
/// Words of the same callers: none of them takes anyone out.
const ALL: [&str; 6] = ["all of the", "all the", "all", "any", "every", "each"];
const AUTHENTICATED: [&str; 4] = ["authenticated", "signed-in", "logged-in", "oauth"];

/// Words with which a sentence speaks of the caller.
const OF_A_CALLER: [&str; 14] = [
    "their",
    "his",
    "her",
    "they",
    "he",
    "she",
    "user",
    "users",
    "principal",
    "principals",
    "caller",
    "callers",
    "requester",
    "identity",
];

/// Whether it speaks of the caller: `the user's role`, `their role`, `they have`.
pub(super) fn is_of_a_caller(token: &Token) -> bool {
    OF_A_CALLER.iter().any(|word| token.is(word))
}

/// Whether it stands for callers that were named before.
pub(super) fn is_a_pronoun(token: &Token) -> bool {
    const PRONOUNS: [&str; 8] = ["they", "them", "their", "he", "him", "his", "she", "her"];
    PRONOUNS.iter().any(|word| token.is(word))
}

/// Whether it names callers in general, more than one, so that it is no value beside another one: `role admin or users`.
pub(super) fn is_of_several(token: &Token) -> bool {
    const MORE: [&str; 7] = [
        "users", "people", "persons", "humans", "somebody", "someone", "those",
    ];
    let callers = CALLERS.iter().filter(|word| word.ends_with('s'));
    MORE.iter()
        .chain(&EVERYONE)
        .chain(callers)
        .any(|word| token.is(word))
}

/// Whether callers may be named from here on.
pub(super) fn begin_with(token: &Token) -> bool {
    let more = [
        &EVERYONE[..],
        &AUTHENTICATED[..],
        &["users", "principals", "callers", "iam"],
    ];
    is_of_a_caller(token) || more.into_iter().flatten().any(|word| token.is(word))
}

/// Callers, with all that is said of them.
pub(super) fn callers(cursor: &mut Cursor<'_>) -> Option<Callers> {
    cursor.attempt(|cursor| {
        let mut callers = named(cursor)?;
        while let Some(condition) = quality(cursor, callers.who) {
            if matches!(callers.when.last(), Some(Condition::Any(_))) {
                cursor.ground.stop(
                    "what stands behind `or` can be about the last of the callers or about all of them",
                );
            }
            callers.when.push(condition);
        }
        if cursor
            .eat_any(&[
                "except for",
                "except",
                "excluding",
                "other than",
                "apart from",
                "but not",
            ])
            .is_some()
        {
            callers.unless.push(others(cursor)?);
            if cursor.comes_after("only") {
                cursor.ground.stop_excepting("only");
            }
        }
        Some(callers)
    })
}

/// Words of tools that are about those who may be callers, too.
const CALLED: [&str; 6] = ["user", "principal", "caller", "identity", "member", "account"];
/// Words of tools that are about somebody, whom `they` may mean.
const PEOPLE: &str = "
    adjuster admin agent applicant approver assignee attendee author beneficiary borrower buyer candidate citizen
    claimant client collaborator colleague contact contractor customer dependent developer doctor driver employee
    engineer freelancer guest holder host lawyer lead manager nurse operator owner participant partner passenger patient
    payee payer people person personnel player policyholder provider recipient resident reviewer seller sender staff
    student subscriber supplier teacher tenant trainee traveler underwriter vendor visitor worker
";

/// Whether a word is one for people.
pub(super) fn names_people(word: &str) -> bool {
    PEOPLE.split_whitespace().any(|people| people == word) || CALLED.contains(&word)
}

/// Whether a word of the sentence stands for callers, or for others.
pub(super) fn are_referred_to(tokens: &[Token]) -> bool {
    tokens.iter().any(is_a_pronoun)
}

/// Why what is said behind the tools can be about something else than the call: about those that a tool is about, or about the tools
/// that were taken out.
pub(super) fn of_others(
    when: &[Condition],
    unless: &[Condition],
    named: bool,
    what: &What,
    tools: &[&Tool],
    says_they: bool,
) -> Option<&'static str> {
    let mut all = when.iter().chain(unless);
    if matches!(what, What::AllBut(_)) && (named || all.clone().next().is_some()) {
        return Some("what stands behind `except ..` can be about the exception or about all tools");
    }
    (are_about_people(tools, says_they) && all.any(Condition::is_of_caller)).then_some(
        "this can be about who calls the tool or about whom it is about; say it of the callers, before what they may do",
    )
}

/// Whether one of the tools is about those who may be callers, too, or about anybody, when `all` are asked for.
pub(super) fn are_about_people(tools: &[&Tool], all: bool) -> bool {
    let of_people = |tool: &&Tool| {
        let mut words = nouns(&tool.name).into_iter();
        words.any(|word| CALLED.contains(&word.as_str()) || all && names_people(&word))
    };
    tools.iter().any(of_people)
}

/// `users with role guest`, `those with role guest`: the callers that are taken out of others.
pub(super) fn others(cursor: &mut Cursor<'_>) -> Option<Condition> {
    cursor.attempt(|cursor| {
        cursor.eat_any(&["for"]);
        cursor.eat_any(&ALL);
        cursor.eat_article();
        let who = if cursor.eat_any(&["those", "the ones"]).is_some() || cursor.eat_any(&USERS).is_some() {
            Who::Users
        } else {
            cursor.eat_any(&CALLERS)?;
            Who::Everyone
        };
        let mut all = vec![quality(cursor, who).or_else(|| quoted_name(cursor))?];
        while let Some(more) = quality(cursor, who) {
            all.push(more);
        }
        Some(if all.len() > 1 {
            Condition::All(all)
        } else {
            all.pop()?
        })
    })
}

fn named(cursor: &mut Cursor<'_>) -> Option<Callers> {
    let of = |who, authenticated| Callers {
        who,
        authenticated,
        when: Vec::new(),
        unless: Vec::new(),
    };
    if cursor.eat_any(&EVERYONE).is_some() {
        return Some(of(Who::Everyone, false));
    }
    let all = cursor.eat_any(&ALL).is_some();
    cursor.eat_article();
    let authenticated = cursor.eat_any(&AUTHENTICATED).is_some();
    if let Some(by_tag) = cursor.attempt(by_tag) {
        let mut callers = of(Who::Users, authenticated);
        callers.when.push(by_tag);
        return Some(callers);
    }
    if cursor.eat_any(&["iam", "iam-authenticated"]).is_some() {
        cursor
            .eat_any(&CALLERS)
            .or_else(|| cursor.eat_any(&["entities", "entity"]))?;
        return Some(of(Who::Iam, authenticated));
    }
    if let Some(word) = cursor.eat_any(&USERS) {
        let mut callers = of(Who::Users, authenticated);
        let name = quoted_name(cursor);
        let may_be_named = word == "user" && !all && !authenticated;
        callers
            .when
            .extend(name.or_else(|| may_be_named.then(|| plain_name(cursor)).flatten()));
        return Some(callers);
    }
    if cursor.eat_any(&CALLERS).is_none() {
        one_word(cursor);
        return None;
    }
    let mut callers = of(Who::Everyone, authenticated);
    callers.when.extend(quoted_name(cursor));
    Some(callers)
}

/// Notes what `refund-agent` may be in `Allow refund-agent to ..`: it is not told.
fn one_word(cursor: &Cursor<'_>) {
    const BEHIND: [&str; 5] = ["to", "from", "can", "may", "cannot"];
    let goes_on = cursor
        .peek_at(1)
        .is_some_and(|next| BEHIND.iter().any(|word| next.is(word)));
    if let Some(token) = cursor
        .peek()
        .filter(|token| goes_on && token.is_word() && !is_structure(token))
    {
        let name = &token.text;
        cursor.ground.doubt(
            cursor.at(),
            format!(
                "`{name}` may be the name of a user or a role; say `user {name}` or `users with role {name}`"
            ),
        );
    }
}

/// `tag username == "x"`: a claim, as Cedar has it.
fn by_tag(cursor: &mut Cursor<'_>) -> Option<Condition> {
    cursor.eat_any(&["tag"])?;
    let name = cursor.name()?.to_owned();
    cursor.eat_any(&["="])?;
    let value = cursor.value(Takes::Names)?.to_owned();
    Some(Condition::Claim(name, ClaimTest::Is(vec![value])))
}

/// `user "John"`: a name in quotes is a user name.
fn quoted_name(cursor: &mut Cursor<'_>) -> Option<Condition> {
    let token = cursor.peek()?;
    if token.is_word() || token.kind != super::tokens::Kind::Quoted {
        return None;
    }
    cursor.value(Takes::Names)?;
    Some(Condition::Claim(
        "username".to_owned(),
        ClaimTest::Is(vec![token.text.clone()]),
    ))
}

/// `the user john`: a word between `user` and what the user may do. Words for kinds of people are none of this.
fn plain_name(cursor: &mut Cursor<'_>) -> Option<Condition> {
    const BEHIND: [&str; 9] = [
        "to", "from", "can", "may", "must", "should", "when", "if", "unless",
    ];
    const COMPOUNDS: [&str; 14] = [
        "account",
        "accounts",
        "interface",
        "base",
        "pool",
        "community",
        "team",
        "service",
        "session",
        "sessions",
        "data",
        "input",
        "device",
        "experience",
    ];
    let (token, behind) = (cursor.peek()?, cursor.peek_at(1));
    let ends = behind.is_none_or(|next| BEHIND.iter().any(|word| next.is(word)));
    let kind = values::is_title(&token.low) || COMPOUNDS.contains(&token.low.as_str());
    if !ends || kind || !values::is_value(token, Takes::Names, cursor.ground.shouted) {
        cursor.doubt();
        return None;
    }
    if !values::is_value(token, Takes::Codes, cursor.ground.shouted) {
        cursor.ground.stop_forbidding(format!(
            "`{}` may be a name or say what kind of user; put a name in quotes",
            token.text
        ));
    }
    cursor.value(Takes::Names)?;
    Some(Condition::Claim(
        "username".to_owned(),
        ClaimTest::Is(vec![token.text.clone()]),
    ))
}

/// `with role x`, `who have the scope y`, `whose department is z`, `in group g`, `named n`.
fn quality(cursor: &mut Cursor<'_>, who: Who) -> Option<Condition> {
    let found = cursor.attempt(|cursor| {
        let joined = cursor.eat("and");
        if cursor.eat("without")
            || cursor
                .eat_any(&[
                    "who do not have",
                    "who does not have",
                    "that do not have",
                    "that does not have",
                ])
                .is_some()
        {
            return claims::not_held(cursor);
        }
        if cursor
            .eat_any(&[
                "who have",
                "who has",
                "that have",
                "that has",
                "with",
                "having",
                "holding",
            ])
            .is_some()
        {
            return claims::held(cursor);
        }
        if cursor.eat("whose") {
            return claims::named(cursor);
        }
        if cursor.eat_any(&["named", "called"]).is_some() {
            let names = lists::values(cursor, Takes::Names)?;
            return Some(Condition::Claim("username".to_owned(), ClaimTest::Is(names)));
        }
        let told = cursor
            .eat_any(&["who are", "who is", "that are", "that is"])
            .is_some();
        let members = cursor.eat_any(&["members of", "a member of"]).is_some();
        if members && joined && !told {
            // `and members of x` are others, or the same ones.
            return None;
        }
        if !members {
            cursor.eat_any(&["in"])?;
        }
        claims::group(cursor)
    })?;
    if who == Who::Iam {
        cursor.ground.stop("IAM callers have no claims");
    }
    Some(found)
}
