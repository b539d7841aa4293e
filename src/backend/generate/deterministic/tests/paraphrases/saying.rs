//! Wordings of conditions and limits.

use super::wording::{Choices, list};
use super::{Compares, Condition, Limit};

pub(super) fn said(condition: &Condition, choices: &Choices<'_>) -> String {
    match condition {
        Condition::Amount(compares, one, two) => amount(*compares, *one, *two, choices),
        Condition::Region { negated, values } => region(*negated, values, choices),
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
        Condition::NoteIs { negated, value } => note(*negated, value, choices),
        Condition::Rush(true) => choices.one(&[
            "rush is true",
            "rush is set to true",
            "the rush is true",
            "rush equals true",
        ]),
        Condition::Rush(false) => choices.one(&["rush is false", "rush is not true", "rush isn't true"]),
        Condition::Role { negated, values } => role(*negated, values, choices),
        Condition::Noun(noun, value) => choices
            .one(&[
                "the {n} is {v}",
                "{n} is {v}",
                "the {n} is \"{v}\"",
                "the {n} equals {v}",
            ])
            .replace("{n}", noun)
            .replace("{v}", value),
        Condition::Hours(from, to) => hours(*from, *to, choices),
        Condition::Risk { negated, values } => {
            let phrase = match (values.len(), negated) {
                (_, false) => choices.one(&["the risk is {}", "risk is {}", "the risk equals {}"]),
                (1, true) => choices.one(&["the risk is not {}", "the risk isn't {}"]),
                (_, true) => choices.one(&["the risk is not one of {}", "the risk is neither {}"]),
            };
            phrase.replace("{}", &list(values, "or", choices))
        }
        Condition::Checked(true) => choices.one(&[
            "the fraud is checked",
            "the fraud has been checked",
            "fraud was checked",
        ]),
        Condition::Checked(false) => {
            choices.one(&["the fraud is not checked", "the fraud has not been checked"])
        }
        Condition::Verified => choices.one(&[
            "the user is verified",
            "the user has been verified",
            "user is verified",
        ]),
        Condition::Warranty(compares, one, _) => {
            let phrase = match compares {
                Compares::Less => "the warranty is under {} months",
                Compares::AtMost => "the warranty is at most {} months",
                Compares::More => "the warranty is over {} months",
                Compares::AtLeast
                | Compares::Equal
                | Compares::Unequal
                | Compares::Between
                | Compares::Strictly => "the warranty is at least {} months",
            };
            phrase.replace("{}", &one.to_string())
        }
        Condition::Copies {
            negated,
            compares,
            number,
        } => copies(*negated, *compares, choices).replace("{}", &number.to_string()),
        Condition::Days(first, last) => choices
            .one(&[
                "the current date is from {a} to {b}",
                "it is from {a} through {b}",
            ])
            .replace("{a}", first)
            .replace("{b}", last),
    }
}

/// What is said of a number that may be absent; `negated` of the comparison that is negated.
fn copies(negated: bool, compares: Compares, choices: &Choices<'_>) -> String {
    match (compares, negated) {
        (Compares::Less, false) => choices.one(&["the copies are under {}", "copies < {}"]),
        (Compares::Less, true) => choices.one(&[
            "the copies are not under {}",
            "the copies are no fewer than {}",
            "copies are not less than {}",
            "copies aren't below {}",
        ]),
        (Compares::AtMost, false) => choices.one(&[
            "the copies are at most {}",
            "copies <= {}",
            "copies =< {}",
            "the copies are {} or fewer",
        ]),
        (Compares::AtMost, true) => {
            choices.one(&["the copies are not at most {}", "the copies are not {} or fewer"])
        }
        (Compares::More, false) => {
            choices.one(&["the copies are over {}", "copies > {}", "copies are more than {}"])
        }
        (Compares::More, true) => choices.one(&[
            "the copies are not over {}",
            "the copies do not exceed {}",
            "copies are no more than {}",
            "copies aren't more than {}",
        ]),
        (_, false) => choices.one(&["the copies are at least {}", "copies >= {}", "copies => {}"]),
        (_, true) => choices.one(&["the copies are not at least {}", "the copies are not {} or more"]),
    }
}

fn region(negated: bool, values: &[&str], choices: &Choices<'_>) -> String {
    let phrase = match (values.len(), negated) {
        (1, false) => choices.one(&[
            "the region is {}",
            "region equals {}",
            "the region is \"{}\"",
            "region = {}",
        ]),
        (1, true) => choices.one(&["the region is not {}", "the region isn't {}", "region != \"{}\""]),
        (_, false) => choices.one(&[
            "the region is {}",
            "the region is one of {}",
            "the region is either {}",
        ]),
        (_, true) => choices.one(&["the region is not one of {}", "the region is none of {}"]),
    };
    phrase.replace("{}", &list(values, "or", choices))
}

fn note(negated: bool, value: &str, choices: &Choices<'_>) -> String {
    let phrase = if negated {
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

fn role(negated: bool, values: &[&str], choices: &Choices<'_>) -> String {
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

pub(super) fn limit(limit: Limit, choices: &Choices<'_>) -> String {
    let days = |month: &str, first: &str, last: &str| match (first, last) {
        ("2026-03-01", "2026-03-31") => format!("{month} March 2026"),
        ("2025-12-01", "2025-12-31") => format!("{month} December 2025"),
        _ => format!("from {first} to {last}"),
    };
    match limit {
        Limit::None => String::new(),
        Limit::Days(first, last) => format!(" only {}", days(&choices.one(&["during", "in"]), first, last)),
        Limit::Plain(first, last) => format!(" {}", days("in", first, last)),
        Limit::ExceptHours(from, to) => choices
            .one(&[
                " except between {a} and {b} UTC",
                " except from {a} to {b} UTC daily",
            ])
            .replace("{a}", &clock(from))
            .replace("{b}", &clock(to)),
    }
}

fn clock(minutes: u32) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

fn hours(from: u32, to: u32, choices: &Choices<'_>) -> String {
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
            "amount =< {}",
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
            "amount => {}",
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
            "the amount is at least {} and at most {2}",
            "the amount is not over {2} and not under {}",
        ]),
        Compares::Strictly => choices.one(&[
            "the amount is between {} and {2} exclusive",
            "the amount is between {} and {2} (exclusive)",
            "the amount is over {} and under {2}",
            "the amount is below {2} but above {}",
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
