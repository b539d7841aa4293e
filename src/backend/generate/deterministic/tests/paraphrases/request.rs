//! Requests around the parameters of a rule.

use super::{Condition, REGIONS, ROLES, Rule, Who};
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
}

impl Request {
    pub fn asked(&self) -> Asked {
        let claims = [
            ("username", self.name.map(str::to_owned)),
            ("role", self.role.map(str::to_owned)),
            ("scope", (!self.scope.is_empty()).then(|| self.scope.clone())),
        ];
        let target = if self.tool == "cancel_order" {
            "Orders"
        } else {
            "Payments"
        };
        let mut input = json!({
            "amount": self.amount,
            "price": {"__extn": {"fn": "decimal", "arg": format!("{}.0", self.amount)}},
            "region": self.region,
            "rush": self.rush,
        });
        if let Some(note) = self.note {
            input["note"] = Value::from(note);
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
            now: format!("2026-03-04T{:02}:{:02}:00Z", self.minute / 60, self.minute % 60),
        }
    }
}

/// Callers, tools and arguments of every kind that the rule could tell apart.
pub(super) fn requests(rule: &Rule) -> Vec<Request> {
    let callers = callers(rule);
    let arguments = arguments(&rule.conditions);
    let tools = ["process_refund", "void_payment", "cancel_order"];
    let total = callers.len() * arguments.len() * tools.len();
    let mut found = Vec::new();
    for at in spread(total, MOST) {
        let mut request = callers[at % callers.len()].clone();
        let at = at / callers.len();
        let of = &arguments[at % arguments.len()];
        (request.amount, request.region, request.note) = (of.amount, of.region.clone(), of.note);
        (request.rush, request.minute) = (of.rush, of.minute);
        request.tool = tools[at / arguments.len()];
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
        .any(|condition| matches!(condition, Condition::Role { .. }));
    if about_roles || matches!(rule.who, Who::Roles(_) | Who::WithoutRole(_)) {
        all.extend(ROLES.iter().chain(&["other"]).map(|role| Request {
            role: Some(*role),
            ..blank()
        }));
    }
    if let Who::Named(name) = rule.who {
        all.extend([name, "somebody"].map(|name| Request {
            name: Some(name),
            ..blank()
        }));
    }
    if let Who::Scopes(scopes) = &rule.who {
        all.extend(scopes.iter().map(|scope| Request {
            scope: format!("a {scope} b"),
            ..blank()
        }));
        all.push(Request {
            scope: "openid".to_owned(),
            ..blank()
        });
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

fn arguments(conditions: &[Condition]) -> Vec<Request> {
    let mut all = vec![blank()];
    let mut times = |of: &dyn Fn(&Request) -> Vec<Request>| all = all.iter().flat_map(of).collect();
    let mut amounts = vec![-5];
    let mut minutes = vec![0];
    let (mut regions, mut notes, mut rushes) = (vec!["other"], vec![None], vec![false]);
    for condition in conditions {
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
            Condition::Role { .. } => {}
            Condition::Hours(from, to) => {
                let around = [*from, *to]
                    .into_iter()
                    .flat_map(|at| [at.saturating_sub(1), at, (at + 1).min(1439)]);
                minutes.extend(around);
            }
        }
    }
    times(&|request| {
        amounts
            .iter()
            .map(|amount| Request {
                amount: *amount,
                ..request.clone()
            })
            .collect()
    });
    times(&|request| {
        regions
            .iter()
            .map(|region| Request {
                region: (*region).to_owned(),
                ..request.clone()
            })
            .collect()
    });
    times(&|request| {
        notes
            .iter()
            .map(|note| Request {
                note: *note,
                ..request.clone()
            })
            .collect()
    });
    times(&|request| {
        rushes
            .iter()
            .map(|rush| Request {
                rush: *rush,
                ..request.clone()
            })
            .collect()
    });
    times(&|request| {
        minutes
            .iter()
            .map(|minute| Request {
                minute: *minute,
                ..request.clone()
            })
            .collect()
    });
    all
}
