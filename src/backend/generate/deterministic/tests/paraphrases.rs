//! Paraphrases: sentences made from parameters (who, which tools, which number, which words, which hours) by many wordings. What
//! each means is computed from the parameters alone, and Cedar's decisions about the author's policy are compared with that.
//!
//! A refusal is no failure; a wrong meaning is.

mod request;
mod wording;

use super::GATEWAY;
use super::phrases::tools;
use crate::backend::generate::Outcome;
use crate::backend::generate::deterministic::write;
use crate::cedar::decide::{matches, prepare};
use crate::cedar::{Schema, parse_statement};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use request::{Request, requests};

/// Sentences that are made.
const SENTENCES: usize = 200;
/// Of these so many must be translated: who refuses everything says nothing wrong, and nothing.
const FLOOR: usize = 150;

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
    Hours(u32, u32),
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
    wording: Vec<usize>,
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
        }
    }
}

impl Condition {
    /// Whether it holds; `grants` says whether access is granted where it does.
    fn means(&self, request: &Request, grants: bool) -> bool {
        let user = request.principal == "OAuthUser";
        match self {
            Self::Amount(compares, one, two) => {
                let amount = request.amount;
                match compares {
                    Compares::Less => amount < *one,
                    Compares::AtMost => amount <= *one,
                    Compares::More => amount > *one,
                    Compares::AtLeast => amount >= *one,
                    Compares::Equal => amount == *one,
                    Compares::Unequal => amount != *one,
                    Compares::Between => (*one..=*two).contains(&amount),
                    Compares::Strictly => amount > *one && amount < *two,
                }
            }
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
            Self::Hours(from, to) if from <= to => (*from..=*to).contains(&request.minute),
            Self::Hours(from, to) => request.minute >= *from || request.minute <= *to,
        }
    }
}

impl Rule {
    /// Whether the rule is about a request.
    fn means(&self, request: &Request) -> bool {
        let scope = self.who.means(request, self.grants) && self.tools.contains(&request.tool);
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

fn of<T: Clone + std::fmt::Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = T> {
    prop::sample::select(all)
}

fn some_of(all: &'static [&'static str], most: usize) -> impl Strategy<Value = Vec<&'static str>> {
    prop::sample::subsequence(all, 1..=most).prop_shuffle()
}

const ROLES: &[&str] = &["admin", "manager", "auditor", "senior-adjuster"];
const REGIONS: &[&str] = &["US", "EU", "UK", "us-east-1", "APAC"];

fn rules() -> impl Strategy<Value = Rule> {
    let who = prop_oneof![
        Just(Who::Everyone),
        Just(Who::Users),
        Just(Who::Users),
        Just(Who::Iam),
        of(&["jdoe_42", "refund-agent", "Ann.Lee"]).prop_map(Who::Named),
        some_of(ROLES, 3).prop_map(Who::Roles),
        of(ROLES).prop_map(Who::WithoutRole),
        some_of(&["pay:write", "orders/read", "admin:all"], 2).prop_map(Who::Scopes),
    ];
    let amounts = of(&[
        Compares::Less,
        Compares::AtMost,
        Compares::More,
        Compares::AtLeast,
        Compares::Equal,
        Compares::Unequal,
        Compares::Between,
        Compares::Strictly,
    ]);
    let numbers = prop_oneof![
        1i64..100,
        (1i64..100).prop_map(|n| n * 100),
        (1i64..2000).prop_map(|n| n * 1000)
    ];
    let condition = prop_oneof![
        4 => (amounts, numbers, 2i64..5000).prop_map(|(compares, one, more)| Condition::Amount(compares, one, one + more)),
        2 => (any::<bool>(), some_of(REGIONS, 3)).prop_map(|(negated, values)| Condition::Region { negated, values }),
        1 => of(REGIONS).prop_map(Condition::Begins),
        1 => any::<bool>().prop_map(|there| Condition::Note { there }),
        1 => (any::<bool>(), of(&["urgent", "late fee"])).prop_map(|(negated, value)| Condition::NoteIs { negated, value }),
        1 => any::<bool>().prop_map(Condition::Rush),
        1 => (any::<bool>(), some_of(ROLES, 2)).prop_map(|(negated, values)| Condition::Role { negated, values }),
        1 => (0u32..24, 0u32..24).prop_map(|(from, to)| Condition::Hours(from * 60, to * 60 + 30)),
    ];
    let tools = some_of(&["process_refund", "void_payment", "cancel_order"], 3);
    let wording = prop::collection::vec(0usize..1000, 12);
    let conditions = prop::collection::vec(condition, 0..=2);
    (
        any::<bool>(),
        who,
        tools,
        conditions,
        any::<bool>(),
        any::<bool>(),
        wording,
    )
        .prop_map(|(grants, who, tools, conditions, and, exception, wording)| Rule {
            grants,
            who,
            tools,
            conditions,
            joint: if and { Joint::And } else { Joint::Or },
            exception,
            wording,
        })
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
    let mut runner = TestRunner::deterministic();
    let (mut translated, mut refused, mut wrongs) = (0, 0, Vec::new());
    for _ in 0..SENTENCES {
        let rule = strategy.new_tree(&mut runner).unwrap().current();
        let text = wording::sentence(&rule);
        let drafts = write(&text, &tools(), GATEWAY);
        let [draft] = drafts.as_slice() else {
            wrongs.push(format!("{text}\nis taken apart: {drafts:?}"));
            continue;
        };
        match &draft.outcome {
            Outcome::NotTranslatable(why) => {
                refused += 1;
                assert!(!why.is_empty(), "{text}");
            }
            Outcome::Statement(statement) => match wrong(&rule, statement, &schema) {
                None => translated += 1,
                Some(why) => wrongs.push(format!("{text}\n{statement}\n{rule:?}\n{why}")),
            },
        }
    }
    println!(
        "paraphrases: {translated} translated, {refused} refused, {} wrong",
        wrongs.len()
    );
    assert!(wrongs.is_empty(), "{}", wrongs.join("\n\n"));
    assert!(translated >= FLOOR, "{translated} of {SENTENCES} are translated");
}
