//! Wordings: how people say who may do what.

use super::saying::{limit, said};
use super::{Joint, Rule, Who};
use std::cell::Cell;

/// The choices among wordings, one after the other.
pub(super) struct Choices<'w> {
    wording: &'w [usize],
    at: Cell<usize>,
}

impl Choices<'_> {
    pub(super) fn one(&self, all: &[&str]) -> String {
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
            "Allow access to {ids} only for {who}",
        ])
    } else if matches!(rule.who, Who::Everyone) {
        choices.one(&[
            "Disable {ids}",
            "Halt {ids}",
            "Disable access to {ids}",
            "Halt access to {ids}",
            "Forbid {who} from {doing}",
            "{who} cannot {do}",
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
        .replace("{ids}", &list(&rule.tools, "and", &choices))
        .replace("{doing}", &doing)
        .replace("{do}", &what);
    let mut letters = rest.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!(
        "{first}{}{}{}",
        letters.as_str(),
        limit(rule.limit, &choices),
        clause(rule, &choices)
    )
}

fn who(named: &Who, plural: bool, choices: &Choices<'_>) -> String {
    let any = |values: &[&str]| list(values, "or", choices);
    match named {
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
        Who::Several(all) => {
            let all: Vec<String> = all.iter().map(|one| who(one, plural, choices)).collect();
            all.join(&choices.one(&[" or ", ", or "]))
        }
    }
}

/// `a`, `a or b`, `a, b or c`, `a, b, or c`.
pub(super) fn list(values: &[&str], last: &str, choices: &Choices<'_>) -> String {
    match values {
        [one] => (*one).to_owned(),
        [before @ .., end] => {
            let comma = if before.len() > 1 {
                choices.one(&["", ","])
            } else {
                String::new()
            };
            if last == "," {
                return values.join(", ");
            }
            format!("{}{comma} {last} {end}", before.join(", "))
        }
        [] => String::new(),
    }
}

/// What is done, and the same as `..ing`.
fn what(rule: &Rule, choices: &Choices<'_>) -> (String, String) {
    let joint = choices.one(&["and", "or", ","]);
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
    let joint = if rule.apart {
        let end = choices.one(&[".\n", ";\n", ".\r\n\r\n", ".\n- ", ". ", "\n\n* "]);
        let begin = if rule.exception {
            choices.one(&["Unless ", "Except when ", "But not when ", "Never when "])
        } else {
            choices.one(&[
                "Only when ",
                "Only if ",
                "And only if ",
                "This only applies when ",
                "So long as ",
                "Note: only when ",
                "Make sure that ",
                "(Only if ",
                "",
            ])
        };
        end + &begin
    } else if rule.exception {
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
