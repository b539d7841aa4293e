//! Paraphrases: sentences made from parameters (who, which tools, which number, which words, which hours) by many wordings. What
//! each means is computed from the parameters alone, and Cedar's decisions about the author's policy are compared with that.
//!
//! A refusal is no failure; a wrong meaning is.

mod request;
mod saying;
mod strategy;
mod wording;

use super::{GATEWAY, tool};
use crate::backend::generate::Outcome;
use crate::backend::generate::deterministic::write;
use crate::cedar::decide::{matches, prepare};
use crate::cedar::{Schema, parse_statement};
use crate::model::Tool;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, TestRunner};
use request::{Request, requests};
use serde_json::{Value, json};
use strategy::rules;

/// Sentences that are made, always the same; `SENTENCES` makes as many others.
const SENTENCES: usize = 340;
/// Of these so many must be translated: who refuses everything says nothing wrong, and nothing. One in nine names several callers
/// by `or`, and one in ten says its conditions in a sentence of their own; these are refused.
const FLOOR: usize = 120;
/// Their actions: a target, a tool. Some make what others undo, one has a date of its own, and one has arguments that are called
/// as claims are.
const ACTIONS: [(&str, &str); 7] = [
    ("Payments", "process_refund"),
    ("Payments", "void_payment"),
    ("Orders", "cancel_order"),
    ("Orders", "create_order"),
    ("Orders", "disable_order"),
    ("Orders", "book_order"),
    ("People", "assign_role"),
];
/// Claims that are named by a noun alone, with a value; `assign_role` has arguments that are called so.
const NOUNS: [(&str, &str); 3] = [("role", "admin"), ("group", "admins"), ("department", "finance")];

/// Who it is about.
#[derive(Clone, Debug)]
enum Who {
    Everyone,
    Users,
    Iam,
    Named(&'static str),
    Roles(Vec<&'static str>),
    WithoutRole(&'static str),
    Scopes(Vec<&'static str>),
    /// Each said as a whole: `users with role a or users with scope b`.
    Several(Vec<Who>),
}

/// How a number compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compares {
    Less,
    AtMost,
    More,
    AtLeast,
    Equal,
    Unequal,
    Between,
    Strictly,
}

/// A condition, by its parameters.
#[derive(Clone, Debug)]
enum Condition {
    Amount(Compares, i64, i64),
    Region {
        negated: bool,
        values: Vec<&'static str>,
    },
    Begins(&'static str),
    Note {
        there: bool,
    },
    NoteIs {
        negated: bool,
        value: &'static str,
    },
    Rush(bool),
    Role {
        negated: bool,
        values: Vec<&'static str>,
    },
    /// A claim by its noun, without a word of whose it is.
    Noun(&'static str, &'static str),
    Hours(u32, u32),
    /// A value that the argument's description lists.
    Risk {
        negated: bool,
        values: Vec<&'static str>,
    },
    /// A yes-or-no argument by its own words.
    Checked(bool),
    /// The same of the caller: there is an argument of this name, and it is not meant.
    Verified,
    /// A number by its unit.
    Warranty(Compares, i64, i64),
    /// The days of the call, from the first to the last.
    Days(&'static str, &'static str),
    /// A number that a call may leave out, and whether it is said by what it is not.
    Copies {
        negated: bool,
        compares: Compares,
        number: i64,
    },
}

/// What stands behind the rule without a word for a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Limit {
    None,
    /// The days of the call: `only from .. to ..`.
    Days(&'static str, &'static str),
    /// `except between .. and ..`.
    ExceptHours(u32, u32),
    /// The days of the data or of the call: `from .. to ..`.
    Plain(&'static str, &'static str),
}

/// How conditions are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Joint {
    And,
    Or,
}

/// All parameters of a sentence, and which wordings it takes.
#[derive(Clone, Debug)]
struct Rule {
    grants: bool,
    who: Who,
    tools: Vec<&'static str>,
    /// The conditions, and whether the clause takes them out.
    conditions: Vec<Condition>,
    joint: Joint,
    exception: bool,
    limit: Limit,
    /// Whether the conditions stand in a sentence of their own.
    apart: bool,
    wording: Vec<usize>,
}

impl Compares {
    fn holds(self, number: i64, one: i64, two: i64) -> bool {
        match self {
            Self::Less => number < one,
            Self::AtMost => number <= one,
            Self::More => number > one,
            Self::AtLeast => number >= one,
            Self::Equal => number == one,
            Self::Unequal => number != one,
            Self::Between => (one..=two).contains(&number),
            Self::Strictly => number > one && number < two,
        }
    }
}

impl Limit {
    fn means(self, request: &Request) -> bool {
        match self {
            Self::None => true,
            Self::Days(first, last) | Self::Plain(first, last) => (first..=last).contains(&request.day),
            Self::ExceptHours(from, to) => !is_within(request.minute, from, to),
        }
    }
}

/// Whether a minute is in a window of the day, which may be over midnight.
fn is_within(minute: u32, from: u32, to: u32) -> bool {
    if from <= to {
        (from..=to).contains(&minute)
    } else {
        minute >= from || minute <= to
    }
}

impl Who {
    fn means(&self, request: &Request, grants: bool) -> bool {
        let user = request.principal == "OAuthUser";
        match self {
            Self::Everyone => true,
            Self::Users => user,
            Self::Iam => request.principal == "IamEntity",
            Self::Named(name) => user && request.name == Some(*name),
            Self::Roles(roles) => user && request.role.is_some_and(|role| roles.contains(&role)),
            // What is not so because it is absent counts where that grants less.
            Self::WithoutRole(role) if grants => user && request.role.is_some_and(|own| own != *role),
            Self::WithoutRole(role) => user && request.role != Some(*role),
            Self::Scopes(scopes) => user && scopes.iter().any(|scope| request.scope.contains(scope)),
            Self::Several(all) => all.iter().any(|who| who.means(request, grants)),
        }
    }
}

impl Condition {
    /// Whether it holds; `grants` says whether access is granted where it does.
    fn means(&self, request: &Request, grants: bool) -> bool {
        let user = request.principal == "OAuthUser";
        match self {
            Self::Amount(compares, one, two) => compares.holds(request.amount, *one, *two),
            Self::Warranty(compares, one, two) => compares.holds(request.months, *one, *two),
            Self::Risk { negated, values } => values.contains(&request.risk) != *negated,
            Self::Checked(checked) => request.checked == *checked,
            // Whether a caller is verified no policy knows.
            Self::Verified => false,
            Self::Days(first, last) => (*first..=*last).contains(&request.day),
            Self::Region { negated, values } => values.contains(&request.region.as_str()) != *negated,
            Self::Begins(text) => request.region.starts_with(text),
            Self::Note { there } => request.note.is_some() == *there,
            Self::NoteIs {
                negated: false,
                value,
            } => request.note == Some(*value),
            Self::NoteIs { negated: true, value } if grants => {
                request.note.is_some_and(|note| note != *value)
            }
            Self::NoteIs { negated: true, value } => request.note != Some(*value),
            Self::Rush(rush) => request.rush == *rush,
            Self::Role {
                negated: false,
                values,
            } => user && request.role.is_some_and(|role| values.contains(&role)),
            Self::Role {
                negated: true,
                values,
            } if grants => user && request.role.is_some_and(|role| !values.contains(&role)),
            Self::Role {
                negated: true,
                values,
            } => !(user && request.role.is_some_and(|role| values.contains(&role))),
            // Nobody has a group or a department.
            Self::Noun(noun, value) => user && *noun == "role" && request.role == Some(*value),
            Self::Hours(from, to) => is_within(request.minute, *from, *to),
            Self::Copies {
                negated,
                compares,
                number,
            } => match request.copies {
                Some(copies) => compares.holds(copies, *number, *number) != *negated,
                // An absent number is neither under nor over another: what is negated counts where that grants less.
                None => *negated && !grants,
            },
        }
    }
}

impl Rule {
    /// Whether every wording of it, or this one, has a second reading, so that it must be refused.
    fn is_open(&self, text: &str) -> bool {
        let only = text.split(' ').any(|word| word.eq_ignore_ascii_case("only"));
        let excepts =
            self.exception && !self.conditions.is_empty() || matches!(self.limit, Limit::ExceptHours(..));
        let of_arguments = self.tools.contains(&"assign_role")
            && self
                .conditions
                .iter()
                .any(|condition| matches!(condition, Condition::Noun(..)));
        let of_dates = self.tools.contains(&"book_order");
        let of_caller = self
            .conditions
            .iter()
            .any(|condition| matches!(condition, Condition::Verified));
        only && excepts
            || of_arguments
            || of_caller
            || matches!(self.limit, Limit::Plain(..))
            || (of_dates && self.limit != Limit::None)
    }

    /// Whether the rule is about a request.
    fn means(&self, request: &Request) -> bool {
        let scope = self.who.means(request, self.grants)
            && self.tools.contains(&request.tool)
            && self.limit.means(request);
        if self.conditions.is_empty() {
            return scope;
        }
        let grants = self.grants != self.exception;
        let mut each = self
            .conditions
            .iter()
            .map(|condition| condition.means(request, grants));
        let holds = match self.joint {
            Joint::And => each.all(|holds| holds),
            Joint::Or => each.any(|holds| holds),
        };
        scope && holds != self.exception
    }
}

/// The tools of the sentences.
fn tools() -> Vec<Tool> {
    let properties = json!({
        "amount": {"type": "integer"},
        "price": {"type": "number"},
        "region": {"type": "string"},
        "note": {"type": "string"},
        "rush": {"type": "boolean"},
        "risk": {"type": "string", "description": "How risky it is (low, medium, high)"},
        "fraudChecked": {"type": "boolean"},
        "userVerified": {"type": "boolean"},
        "warrantyMonths": {"type": "integer"},
        "copies": {"type": "integer"},
    });
    let required = [
        "amount",
        "price",
        "region",
        "rush",
        "risk",
        "fraudChecked",
        "userVerified",
        "warrantyMonths",
    ];
    let mut all = Vec::new();
    for (target, name) in ACTIONS {
        let mut properties = properties.clone();
        let own: &[&str] = match name {
            "book_order" => &["deliveryDate"],
            "assign_role" => &NOUNS.map(|(noun, _)| noun),
            _ => &[],
        };
        for argument in own {
            properties[*argument] = Value::from_iter([("type", "string")]);
        }
        all.push(tool(target, name, "", &properties, &required));
    }
    all
}

/// The first request about which a policy decides otherwise than its rule means; none when there is none.
fn wrong(rule: &Rule, statement: &str, schema: &Schema) -> Option<String> {
    let invalid = schema.validate(&parse_statement(statement).unwrap(), "p");
    if !invalid.is_empty() {
        return Some(format!("{invalid:?}"));
    }
    if statement.starts_with("permit") != rule.grants {
        return Some("the effect is turned".to_owned());
    }
    let requests = requests(rule);
    let prepared: Vec<_> = requests.iter().map(|request| prepare(&request.asked())).collect();
    let decided = matches(statement, &prepared);
    let at = (0..requests.len()).find(|at| decided[*at] != rule.means(&requests[*at]))?;
    Some(format!("{:?}", requests[at]))
}

#[test]
fn a_paraphrase_means_what_its_parameters_say() {
    let schema = Schema::of(&tools()).unwrap();
    let strategy = rules();
    let asked: Option<usize> = std::env::var("SENTENCES")
        .ok()
        .and_then(|number| number.parse().ok());
    let mut runner = match asked {
        Some(_) => TestRunner::new(Config::default()),
        None => TestRunner::deterministic(),
    };
    let sentences = asked.unwrap_or(SENTENCES);
    let (mut translated, mut refused, mut wrongs) = (0, 0, Vec::new());
    for _ in 0..sentences {
        let rule = strategy.new_tree(&mut runner).unwrap().current();
        let text = wording::sentence(&rule);
        let drafts = write(&text, &tools(), GATEWAY);
        if drafts.len() != 1 && !rule.apart {
            wrongs.push(format!("{text}\nis taken apart: {drafts:?}"));
        }
        // No part of a text says less or more than the whole of it.
        for draft in drafts {
            match draft.outcome {
                Outcome::NotTranslatable(why) => {
                    refused += 1;
                    assert!(!why.is_empty(), "{text}");
                }
                Outcome::Statement(statement) if rule.is_open(&text) => {
                    wrongs.push(format!("{text}\n{statement}\nhas a second reading"));
                }
                Outcome::Statement(statement) => match wrong(&rule, &statement, &schema) {
                    None => translated += 1,
                    Some(why) => wrongs.push(format!("{text}\n{statement}\n{rule:?}\n{why}")),
                },
            }
        }
    }
    println!(
        "paraphrases: {translated} translated, {refused} refused, {} wrong",
        wrongs.len()
    );
    assert!(wrongs.is_empty(), "{}", wrongs.join("\n\n"));
    let floor = sentences * FLOOR / SENTENCES;
    assert!(translated >= floor, "{translated} of {sentences} are translated");
}
