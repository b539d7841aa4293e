//! Wordings: how people say each parameter.

use super::{Compares, Condition, Joint, Rule, Who};
use std::cell::Cell;

/// The choices among wordings, one after the other.
struct Choices<'w> {
    wording: &'w [usize],
    at: Cell<usize>,
}

impl Choices<'_> {
    fn one(&self, all: &[&str]) -> String {
        let at = self.at.get();
        self.at.set(at + 1);
        all[self.wording[at % self.wording.len()] % all.len()].to_owned()
    }
}

/// The sentence of a rule.
pub(super) fn sentence(rule: &Rule) -> String {
    let choices = Choices {
        wording: &rule.wording,
        at: Cell::new(0),
    };
    let frame = if rule.grants {
        choices.one(&[
            "Allow {who} to {do}",
            "Permit {who} to {do}",
            "Please allow {who} to {do}",
            "Authorize {who} to {do}",
            "{who} can {do}",
            "{who} may {do}",
            "{who} should be able to {do}",
            "{who} are allowed to {do}",
            "Only {who} may {do}",
            "Only allow {who} to {do}",
        ])
    } else {
        choices.one(&[
            "Forbid {who} from {doing}",
            "Block {who} from {doing}",
            "Deny {who} from {doing}",
            "Prevent {who} from {doing}",
            "Never allow {who} to {do}",
            "Do not allow {who} to {do}",
            "{who} cannot {do}",
            "{who} must not {do}",
            "{who} are not allowed to {do}",
            "{who} should never be able to {do}",
        ])
    };
    let plural = frame.contains(" are ");
    let (what, doing) = what(rule, &choices);
    let rest = frame
        .replace("{who}", &who(&rule.who, plural, &choices))
        .replace("{doing}", &doing)
        .replace("{do}", &what);
    let mut letters = rest.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}{}", letters.as_str(), clause(rule, &choices))
}

fn who(who: &Who, plural: bool, choices: &Choices<'_>) -> String {
    let any = |values: &[&str]| list(values, "or", choices);
    match who {
        Who::Everyone if plural => choices.one(&["all principals", "all callers"]),
        Who::Everyone => choices.one(&["everyone", "all principals", "any caller", "anybody"]),
        Who::Users if plural => choices.one(&["users", "all users", "authenticated users"]),
        Who::Users => choices.one(&[
            "users",
            "all users",
            "any user",
            "any authenticated user",
            "every user",
        ]),
        Who::Iam => "IAM callers".to_owned(),
        Who::Named(name) => choices
            .one(&[
                "user {}",
                "the user \"{}\"",
                "users with username {}",
                "users named \"{}\"",
                "principals whose username is {}",
            ])
            .replace("{}", name),
        Who::Roles(roles) => choices
            .one(&[
                "users with role {}",
                "users whose role is {}",
                "principals who have the role {}",
                "users with the {} role",
            ])
            .replace("{}", &any(roles)),
        Who::WithoutRole(role) => choices
            .one(&[
                "users without role {}",
                "users who do not have the role {}",
                "users whose role is not {}",
            ])
            .replace("{}", role),
        Who::Scopes(scopes) => choices
            .one(&[
                "users with scope {}",
                "principals with the scope {}",
                "users who have the {} scope",
                "users whose scope contains {}",
            ])
            .replace("{}", &any(scopes)),
    }
}

/// `a`, `a or b`, `a, b or c`, `a, b, or c`.
fn list(values: &[&str], last: &str, choices: &Choices<'_>) -> String {
    match values {
        [one] => (*one).to_owned(),
        [before @ .., end] => {
            let comma = if before.len() > 1 {
                choices.one(&["", ","])
            } else {
                String::new()
            };
            format!("{}{comma} {last} {end}", before.join(", "))
        }
        [] => String::new(),
    }
}

/// What is done, and the same as `..ing`.
fn what(rule: &Rule, choices: &Choices<'_>) -> (String, String) {
    let joint = choices.one(&["and", "or"]);
    let verb = choices.one(&["call", "invoke", "use", ""]);
    let with = |words: &dyn Fn(&str) -> String| {
        let words: Vec<String> = rule.tools.iter().map(|tool| words(tool)).collect();
        list(
            &words.iter().map(String::as_str).collect::<Vec<_>>(),
            &joint,
            choices,
        )
    };
    if !verb.is_empty() {
        let ids = with(&|tool| tool.to_owned());
        let ing = match verb.as_str() {
            "use" => "using",
            "call" => "calling",
            _ => "invoking",
        };
        let behind = if rule.tools.len() == 1 {
            choices.one(&["", " tool"])
        } else {
            String::new()
        };
        return (format!("{verb} {ids}{behind}"), format!("{ing} {ids}{behind}"));
    }
    let spoken = |tool: &str, ing: bool| {
        let (verb, object) = tool.split_once('_').unwrap();
        let verb = if ing {
            format!("{verb}ing")
        } else {
            verb.to_owned()
        };
        format!("{verb} {object}s")
    };
    let choice = choices.at.get();
    let plain = with(&|tool| spoken(tool, false));
    choices.at.set(choice);
    (plain, with(&|tool| spoken(tool, true)))
}

fn clause(rule: &Rule, choices: &Choices<'_>) -> String {
    if rule.conditions.is_empty() {
        return String::new();
    }
    let joint = if rule.exception {
        choices.one(&[" unless ", ", unless ", " except when ", " except if "])
    } else {
        choices.one(&[
            " when ",
            " if ",
            " only if ",
            ", provided that ",
            " as long as ",
            " only when ",
            " whenever ",
        ])
    };
    let by = if rule.joint == Joint::And { " and " } else { " or " };
    let all: Vec<String> = rule
        .conditions
        .iter()
        .map(|condition| said(condition, choices))
        .collect();
    joint + &all.join(by)
}

fn said(condition: &Condition, choices: &Choices<'_>) -> String {
    match condition {
        Condition::Amount(compares, one, two) => amount(*compares, *one, *two, choices),
        Condition::Region { negated, values } => {
            let phrase = match (values.len(), negated) {
                (1, false) => choices.one(&[
                    "the region is {}",
                    "region equals {}",
                    "the region is \"{}\"",
                    "region = {}",
                ]),
                (1, true) => {
                    choices.one(&["the region is not {}", "the region isn't {}", "region != \"{}\""])
                }
                (_, false) => choices.one(&[
                    "the region is {}",
                    "the region is one of {}",
                    "the region is either {}",
                ]),
                (_, true) => choices.one(&["the region is not one of {}", "the region is none of {}"]),
            };
            phrase.replace("{}", &list(values, "or", choices))
        }
        Condition::Begins(text) => choices
            .one(&[
                "the region starts with {}",
                "the region begins with \"{}\"",
                "region matches \"{}*\"",
            ])
            .replace("{}", text),
        Condition::Note { there: true } => choices.one(&[
            "a note is provided",
            "the note is present",
            "a note exists",
            "the note is given",
            "the note is not missing",
        ]),
        Condition::Note { there: false } => choices.one(&[
            "no note is provided",
            "the note is missing",
            "the note is absent",
            "a note is not given",
            "the note does not exist",
        ]),
        Condition::NoteIs { negated, value } => {
            let phrase = if *negated {
                choices.one(&[
                    "the note is not \"{}\"",
                    "the note isn't \"{}\"",
                    "note does not equal \"{}\"",
                ])
            } else {
                choices.one(&[
                    "the note is \"{}\"",
                    "the note equals '{}'",
                    "note = \"{}\"",
                    "the note is exactly \"{}\"",
                ])
            };
            phrase.replace("{}", value)
        }
        Condition::Rush(true) => choices.one(&[
            "rush is true",
            "rush is set to true",
            "the rush is true",
            "rush equals true",
        ]),
        Condition::Rush(false) => choices.one(&["rush is false", "rush is not true", "rush isn't true"]),
        Condition::Role { negated, values } => {
            let phrase = match (values.len(), negated) {
                (_, false) => choices.one(&[
                    "the user's role is {}",
                    "the user has role {}",
                    "they have the role {}",
                    "their role is {}",
                ]),
                (1, true) => choices.one(&[
                    "the user's role is not {}",
                    "the user does not have the role {}",
                    "the caller lacks the role {}",
                ]),
                (_, true) => choices.one(&["the user's role is not one of {}"]),
            };
            phrase.replace("{}", &list(values, "or", choices))
        }
        Condition::Hours(from, to) => hours(*from, *to, choices),
    }
}

fn hours(from: u32, to: u32, choices: &Choices<'_>) -> String {
    let clock = |minutes: u32| format!("{:02}:{:02}", minutes / 60, minutes % 60);
    let half = |minutes: u32| {
        let (hour, of) = (minutes / 60, if minutes < 720 { "am" } else { "pm" });
        let hour = if hour % 12 == 0 { 12 } else { hour % 12 };
        format!("{hour}:{:02}{of}", minutes % 60)
    };
    choices
        .one(&[
            "the time is between {a} and {b} UTC",
            "it is between {c} and {d} UTC",
            "the time is from {a} to {b} UTC",
            "the current time is between {c} and {d} UTC daily",
        ])
        .replace("{a}", &clock(from))
        .replace("{b}", &clock(to))
        .replace("{c}", &half(from))
        .replace("{d}", &half(to))
}

fn amount(compares: Compares, one: i64, two: i64, choices: &Choices<'_>) -> String {
    let phrase = match compares {
        Compares::Less => choices.one(&[
            "the amount is under {}",
            "amount is less than {}",
            "the amount is below {}",
            "amount < {}",
            "the amount is lower than {}",
        ]),
        Compares::AtMost => choices.one(&[
            "the amount is at most {}",
            "the amount is up to {}",
            "the amount is no more than {}",
            "amount does not exceed {}",
            "amount <= {}",
            "the amount is {} or less",
            "the amount is not over {}",
        ]),
        Compares::More => choices.one(&[
            "the amount is over {}",
            "the amount is more than {}",
            "the amount exceeds {}",
            "amount > {}",
            "the amount is above {}",
            "amount is greater than {}",
        ]),
        Compares::AtLeast => choices.one(&[
            "the amount is at least {}",
            "the amount is {} or more",
            "the amount is no less than {}",
            "amount >= {}",
            "the amount is not under {}",
            "the amount is not less than {}",
        ]),
        Compares::Equal => choices.one(&[
            "the amount is {}",
            "the amount is exactly {}",
            "amount equals {}",
            "amount = {}",
        ]),
        Compares::Unequal => choices.one(&[
            "the amount is not {}",
            "amount != {}",
            "the amount does not equal {}",
        ]),
        Compares::Between => choices.one(&[
            "the amount is between {} and {2}",
            "the amount is from {} to {2}",
            "the amount is between {} and {2} inclusive",
        ]),
        Compares::Strictly => choices.one(&[
            "the amount is between {} and {2} exclusive",
            "the amount is between {} and {2} (exclusive)",
        ]),
    };
    let form = choices.one(&["plain", "thousands", "$", "dollars", "USD", "k"]);
    phrase
        .replace("{2}", &number(two, &form))
        .replace("{}", &number(one, &form))
}

fn number(number: i64, form: &str) -> String {
    let digits = number.to_string();
    let grouped: Vec<String> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|part| String::from_utf8_lossy(part).into_owned())
        .collect();
    match form {
        "thousands" => grouped.join(","),
        "$" => format!("${}", grouped.join(",")),
        "dollars" => format!("{digits} dollars"),
        "USD" => format!("{digits} USD"),
        "k" if number % 1_000_000 == 0 => format!("{} million", number / 1_000_000),
        "k" if number % 1000 == 0 => format!("{}k", number / 1000),
        _ => digits,
    }
}
