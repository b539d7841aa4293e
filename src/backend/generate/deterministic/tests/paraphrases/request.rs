//! Requests around the parameters of a rule.

use super::strategy::{DAYS, REGIONS, RISKS, ROLES};
use super::{ACTIONS, Condition, Limit, Rule, Who};
use crate::backend::generate::deterministic::tests::{GATEWAY, spread};
use crate::cedar::decide::Asked;
use serde_json::{Value, json};

/// Requests that are asked about at most, of all that there are; every so many are taken.
const MOST: usize = 120;

/// A request in plain terms.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub principal: &'static str,
    pub name: Option<&'static str>,
    pub role: Option<&'static str>,
    pub scope: String,
    pub tool: &'static str,
    pub amount: i64,
    pub region: String,
    pub note: Option<&'static str>,
    pub rush: bool,
    /// Minute of the day, in UTC.
    pub minute: u32,
    /// Its date.
    pub day: &'static str,
    pub risk: &'static str,
    pub checked: bool,
    pub months: i64,
    pub copies: Option<i64>,
}

impl Request {
    pub fn asked(&self) -> Asked {
        let claims = [
            ("username", self.name.map(str::to_owned)),
            ("role", self.role.map(str::to_owned)),
            ("scope", (!self.scope.is_empty()).then(|| self.scope.clone())),
        ];
        let (target, _) = ACTIONS.into_iter().find(|(_, tool)| *tool == self.tool).unwrap();
        let mut input = json!({
            "amount": self.amount,
            "price": {"__extn": {"fn": "decimal", "arg": format!("{}.0", self.amount)}},
            "region": self.region,
            "rush": self.rush,
            "risk": self.risk,
            "fraudChecked": self.checked,
            "userVerified": true,
            "warrantyMonths": self.months,
        });
        if let Some(note) = self.note {
            input["note"] = Value::from(note);
        }
        if let Some(copies) = self.copies {
            input["copies"] = Value::from(copies);
        }
        Asked {
            principal: self.principal,
            claims: claims
                .into_iter()
                .filter_map(|(name, value)| Some((name.to_owned(), value?)))
                .collect(),
            action: format!("{target}___{}", self.tool),
            target: target.to_owned(),
            gateway: GATEWAY.to_owned(),
            input,
            now: format!("{}T{:02}:{:02}:00Z", self.day, self.minute / 60, self.minute % 60),
        }
    }
}

/// Callers, tools and arguments of every kind that the rule could tell apart.
pub(super) fn requests(rule: &Rule) -> Vec<Request> {
    let callers = callers(rule);
    let arguments = arguments(rule);
    let total = callers.len() * arguments.len() * ACTIONS.len();
    let mut found = Vec::new();
    for at in spread(total, MOST) {
        let mut request = callers[at % callers.len()].clone();
        let at = at / callers.len();
        let of = &arguments[at % arguments.len()];
        request = Request {
            principal: request.principal,
            name: request.name,
            role: request.role,
            scope: request.scope,
            tool: ACTIONS[at / arguments.len()].1,
            ..of.clone()
        };
        found.push(request);
    }
    found
}

fn blank() -> Request {
    Request {
        principal: "OAuthUser",
        name: None,
        role: None,
        scope: String::new(),
        tool: "process_refund",
        amount: 0,
        region: "other".to_owned(),
        note: None,
        rush: false,
        minute: 0,
        day: "2026-03-04",
        risk: "other",
        checked: false,
        months: 0,
        copies: None,
    }
}

fn callers(rule: &Rule) -> Vec<Request> {
    let mut all = vec![
        blank(),
        Request {
            principal: "IamEntity",
            ..blank()
        },
        Request {
            principal: "UnauthenticatedUser",
            ..blank()
        },
    ];
    let about_roles = rule
        .conditions
        .iter()
        .any(|condition| matches!(condition, Condition::Role { .. } | Condition::Noun(..)));
    let named = if let Who::Several(all) = &rule.who {
        all.as_slice()
    } else {
        std::slice::from_ref(&rule.who)
    };
    let by_role = |who: &Who| matches!(who, Who::Roles(_) | Who::WithoutRole(_));
    if about_roles || named.iter().any(by_role) {
        all.extend(ROLES.iter().chain(&["other"]).map(|role| Request {
            role: Some(*role),
            ..blank()
        }));
    }
    for who in named {
        match who {
            Who::Named(name) => all.extend([*name, "somebody"].map(|name| Request {
                name: Some(name),
                ..blank()
            })),
            Who::Scopes(scopes) => {
                all.extend(scopes.iter().map(|scope| Request {
                    scope: format!("a {scope} b"),
                    ..blank()
                }));
                all.push(Request {
                    scope: "openid".to_owned(),
                    ..blank()
                });
            }
            Who::Everyone | Who::Users | Who::Iam | Who::Roles(_) | Who::WithoutRole(_) | Who::Several(_) => {
            }
        }
    }
    // Who is asked about and has a role, too.
    let with_roles: Vec<Request> = all
        .iter()
        .filter(|caller| about_roles && (caller.name.is_some() || !caller.scope.is_empty()))
        .flat_map(|caller| {
            ROLES.iter().map(|role| Request {
                role: Some(*role),
                ..caller.clone()
            })
        })
        .collect();
    all.extend(with_roles);
    all
}

/// The same requests with each of these values.
fn times<T: Clone>(all: &[Request], values: &[T], set: impl Fn(&mut Request, T)) -> Vec<Request> {
    let with = |request: &Request, value: &T| {
        let mut request = request.clone();
        set(&mut request, value.clone());
        request
    };
    all.iter()
        .flat_map(|request| values.iter().map(move |value| with(request, value)))
        .collect()
}

fn arguments(rule: &Rule) -> Vec<Request> {
    let mut amounts = vec![-5];
    let mut minutes = vec![0];
    let (mut regions, mut notes, mut rushes) = (vec!["other"], vec![None], vec![false]);
    let (mut risks, mut checks, mut months) = (vec!["other"], vec![false], vec![0]);
    let mut days = vec!["2026-03-04"];
    let mut copies = vec![None];
    let mut around = |from: u32, to: u32| {
        let around = [from, to].into_iter();
        minutes.extend(around.flat_map(|at| [at.saturating_sub(1), at, (at + 1).min(1439)]));
    };
    let all_days = DAYS
        .iter()
        .flat_map(|(first, last)| [*first, *last])
        .chain(["2026-04-01", "2025-11-30"]);
    match rule.limit {
        Limit::None => {}
        Limit::Days(..) | Limit::Plain(..) => days.extend(all_days.clone()),
        Limit::ExceptHours(from, to) => around(from, to),
    }
    for condition in &rule.conditions {
        match condition {
            Condition::Amount(_, one, two) => {
                amounts.extend([*one - 1, *one, *one + 1, *two - 1, *two, *two + 1]);
            }
            Condition::Region { .. } | Condition::Begins(_) => {
                regions.extend(REGIONS.iter().chain(&["", "USA"]));
            }
            Condition::Note { .. } | Condition::NoteIs { .. } => {
                notes.extend([Some("urgent"), Some("late fee"), Some("")]);
            }
            Condition::Rush(_) => rushes.push(true),
            Condition::Role { .. } | Condition::Noun(..) | Condition::Verified => {}
            Condition::Risk { .. } => risks.extend(RISKS),
            Condition::Checked(_) => checks.push(true),
            Condition::Warranty(_, one, _) => months.extend([*one - 1, *one, *one + 1]),
            Condition::Days(..) => days.extend(all_days.clone()),
            Condition::Copies { number, .. } => {
                copies.extend([*number - 1, *number, *number + 1].map(Some));
            }
            Condition::Hours(from, to) => around(*from, *to),
        }
    }
    let all = times(&[blank()], &amounts, |request, amount| request.amount = amount);
    let all = times(&all, &regions, |request, region| {
        request.region = region.to_owned();
    });
    let all = times(&all, &notes, |request, note| request.note = note);
    let all = times(&all, &rushes, |request, rush| request.rush = rush);
    let all = times(&all, &minutes, |request, minute| request.minute = minute);
    let all = times(&all, &risks, |request, risk| request.risk = risk);
    let all = times(&all, &checks, |request, checked| request.checked = checked);
    let all = times(&all, &months, |request, months| request.months = months);
    let all = times(&all, &copies, |request, copies| request.copies = copies);
    times(&all, &days, |request, day| request.day = day)
}
