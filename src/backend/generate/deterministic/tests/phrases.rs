//! Phrases whose meaning is known, and the requests to ask about.

use super::{GATEWAY, tool};
use crate::cedar::decide::Asked;
use crate::model::Tool;
use serde_json::{Value, json};

/// What a phrase means of a request. `grants` says whether access is granted where the phrase holds: what is not so
/// because it is absent counts where that grants less.
pub(super) type Meaning = fn(&Call, bool) -> bool;

/// A phrase and what it means.
pub(super) type Phrase = (&'static str, Meaning);

/// A request in the oracle's own terms.
#[derive(Clone, Debug)]
pub(super) struct Call {
    principal: &'static str,
    role: Option<&'static str>,
    scope: Option<&'static str>,
    pub(super) tool: &'static str,
    amount: i64,
    region: &'static str,
    note: Option<&'static str>,
    rush: bool,
    hour: u32,
}

impl Call {
    pub(super) fn note(&self) -> Option<&'static str> {
        self.note
    }

    pub(super) fn region(&self) -> &'static str {
        self.region
    }

    pub(super) fn role(&self) -> Option<&'static str> {
        self.role
    }

    pub(super) fn user(&self) -> bool {
        self.principal == "OAuthUser"
    }

    fn role_is(&self, role: &str) -> bool {
        self.user() && self.role == Some(role)
    }
}

pub(super) fn tools() -> Vec<Tool> {
    let properties = || {
        json!({
            "amount": {"type": "integer"},
            "price": {"type": "number"},
            "region": {"type": "string"},
            "note": {"type": "string"},
            "rush": {"type": "boolean"},
        })
    };
    let required = ["amount", "price", "region", "rush"];
    vec![
        tool(
            "Payments",
            "process_refund",
            "Pay money back",
            &properties(),
            &required,
        ),
        tool(
            "Payments",
            "void_payment",
            "Take a payment back",
            &properties(),
            &required,
        ),
        tool(
            "Orders",
            "cancel_order",
            "Cancel an order",
            &properties(),
            &required,
        ),
    ]
}

pub(super) const WHO: [(&str, Meaning); 12] = [
    ("everyone", |_, _| true),
    ("all principals", |_, _| true),
    ("any caller", |_, _| true),
    ("all users", |call, _| call.user()),
    ("any authenticated user", |call, _| call.user()),
    ("users with role admin", |call, _| call.role_is("admin")),
    ("users with the admin role", |call, _| call.role_is("admin")),
    ("users whose role is admin or auditor", |call, _| {
        call.role_is("admin") || call.role_is("auditor")
    }),
    ("users with scope pay:write", |call, _| {
        call.user() && call.scope == Some("x pay:write y")
    }),
    ("principals without role admin", |call, grants| {
        if grants {
            call.user() && call.role.is_some_and(|role| role != "admin")
        } else {
            !call.role_is("admin")
        }
    }),
    ("users with role admin and scope pay:write", |call, _| {
        call.role_is("admin") && call.scope.is_some()
    }),
    ("IAM callers", |call, _| call.principal == "IamEntity"),
];

pub(super) const WHAT: [(&str, &str, Meaning); 10] = [
    ("process refunds", "processing refunds", |call, _| {
        call.tool == "process_refund"
    }),
    ("call process_refund", "calling process_refund", |call, _| {
        call.tool == "process_refund"
    }),
    (
        "use the process refund tool",
        "using the process refund tool",
        |call, _| call.tool == "process_refund",
    ),
    (
        "void payments and process refunds",
        "voiding payments and processing refunds",
        |call, _| call.tool != "cancel_order",
    ),
    (
        "invoke void_payment, process_refund or cancel_order",
        "invoking void_payment, process_refund or cancel_order",
        |_, _| true,
    ),
    ("use all Payments tools", "using all Payments tools", |call, _| {
        call.tool != "cancel_order"
    }),
    ("use any tool", "using any tool", |_, _| true),
    (
        "use all tools except void_payment",
        "using all tools except void_payment",
        |call, _| call.tool != "void_payment",
    ),
    (
        "call all tools of the Orders target",
        "calling all tools of the Orders target",
        |call, _| call.tool == "cancel_order",
    ),
    ("use the orders tool", "using the orders tool", |call, _| {
        call.tool == "cancel_order"
    }),
];

pub(super) const CONDITIONS: [Phrase; 54] = [
    ("the amount is under 500", |call, _| call.amount < 500),
    ("the amount is below $500", |call, _| call.amount < 500),
    ("amount is less than 500 dollars", |call, _| call.amount < 500),
    ("amount < 500", |call, _| call.amount < 500),
    ("the amount is at most 500", |call, _| call.amount <= 500),
    ("the amount is up to 500", |call, _| call.amount <= 500),
    ("the amount is no more than 500", |call, _| call.amount <= 500),
    ("the amount does not exceed 500", |call, _| call.amount <= 500),
    ("the amount is 500 or less", |call, _| call.amount <= 500),
    ("the amount is over 500", |call, _| call.amount > 500),
    ("the amount is more than $500", |call, _| call.amount > 500),
    ("the amount exceeds 500", |call, _| call.amount > 500),
    ("the amount is at least 500", |call, _| call.amount >= 500),
    ("the amount is not less than 500", |call, _| call.amount >= 500),
    ("the amount is 500 or more", |call, _| call.amount >= 500),
    ("the amount is not under 500", |call, _| call.amount >= 500),
    ("the amount is not over 500", |call, _| call.amount <= 500),
    ("the amount is between 100 and 500", |call, _| {
        (100..=500).contains(&call.amount)
    }),
    ("the amount is between 100 and 500 exclusive", |call, _| {
        call.amount > 100 && call.amount < 500
    }),
    ("the amount is over 100 and under 500", |call, _| {
        call.amount > 100 && call.amount < 500
    }),
    ("the price is over 100.25 and under 499.75", |call, _| {
        call.amount > 100 && call.amount < 500
    }),
    ("the amount is at most $500 but not under $100", |call, _| {
        (100..=500).contains(&call.amount)
    }),
    (
        "the amount is no less than 100 and no more than 500",
        |call, _| (100..=500).contains(&call.amount),
    ),
    ("the amount is 500", |call, _| call.amount == 500),
    ("the amount is not 500", |call, _| call.amount != 500),
    ("the amount is one of 100, 500 and 1,000", |call, _| {
        [100, 500, 1000].contains(&call.amount)
    }),
    ("the price is under $500.00", |call, _| call.amount < 500),
    ("the price is at least 0.5k", |call, _| call.amount >= 500),
    ("the region is US", |call, _| call.region == "US"),
    ("the region is not US", |call, _| call.region != "US"),
    ("the region isn't \"US\"", |call, _| call.region != "US"),
    ("the region is US or EU", |call, _| {
        call.region == "US" || call.region == "EU"
    }),
    ("region is one of US, EU and UK", |call, _| {
        ["US", "EU", "UK"].contains(&call.region)
    }),
    ("the region starts with U", |call, _| call.region.starts_with('U')),
    ("the region is \"*\"", |call, _| call.region == "*"),
    ("the region contains \"*\"", |call, _| call.region.contains('*')),
    ("the note is provided", |call, _| call.note.is_some()),
    ("a note is not present", |call, _| call.note.is_none()),
    ("no note is given", |call, _| call.note.is_none()),
    ("amount and note are provided", |call, _| call.note.is_some()),
    ("the note is unset", |call, _| call.note.is_none()),
    ("the note is set", |call, _| call.note.is_some()),
    ("the note is not missing", |call, _| call.note.is_some()),
    ("the region is empty", |call, _| call.region.is_empty()),
    ("the region is not empty", |call, _| !call.region.is_empty()),
    ("the note is \"urgent\"", |call, _| call.note == Some("urgent")),
    ("the note is not \"urgent\"", |call, grants| {
        if grants {
            call.note.is_some_and(|note| note != "urgent")
        } else {
            call.note != Some("urgent")
        }
    }),
    ("rush is true", |call, _| call.rush),
    ("rush is not true", |call, _| !call.rush),
    ("the user's role is admin", |call, _| call.role_is("admin")),
    ("the user does not have role admin", |call, grants| {
        if grants {
            call.user() && call.role.is_some_and(|role| role != "admin")
        } else {
            !call.role_is("admin")
        }
    }),
    ("they have the scope pay:write", |call, _| {
        call.user() && call.scope == Some("x pay:write y")
    }),
    ("the time is between 09:00 and 17:00 UTC", |call, _| {
        (9..=17).contains(&call.hour)
    }),
    ("it is between 10pm and 6am UTC", |call, _| {
        call.hour >= 22 || call.hour <= 6
    }),
];

/// Every request of the grid.
pub(super) fn grid() -> Vec<Call> {
    let mut calls = Vec::new();
    let claims: [(&str, Option<&str>, Option<&str>); 6] = [
        ("OAuthUser", None, None),
        ("OAuthUser", Some("admin"), Some("x pay:write y")),
        ("OAuthUser", Some("auditor"), None),
        ("OAuthUser", Some("admin"), None),
        ("IamEntity", None, None),
        ("UnauthenticatedUser", None, None),
    ];
    let arguments: [(i64, &str, Option<&str>, bool, u32); 10] = [
        (499, "US", None, true, 9),
        (500, "EU", Some("urgent"), false, 17),
        (501, "UK", Some("late"), true, 12),
        (100, "*", None, false, 23),
        (99, "US", Some("urgent"), true, 5),
        (1000, "EU", None, true, 6),
        (101, "U*", Some("*"), false, 22),
        (500, "US", Some("late"), false, 8),
        (-5, "UK", None, true, 16),
        (250, "", Some(""), false, 11),
    ];
    for (principal, role, scope) in claims {
        for (amount, region, note, rush, hour) in arguments {
            for tool in ["process_refund", "void_payment", "cancel_order"] {
                calls.push(Call {
                    principal,
                    role,
                    scope,
                    tool,
                    amount,
                    region,
                    note,
                    rush,
                    hour,
                });
            }
        }
    }
    calls
}

impl Call {
    pub(super) fn asked(&self) -> Asked {
        let target = if self.tool == "cancel_order" {
            "Orders"
        } else {
            "Payments"
        };
        let claims = [("role", self.role), ("scope", self.scope)];
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
                .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
                .collect(),
            action: format!("{target}___{}", self.tool),
            target: target.to_owned(),
            gateway: GATEWAY.to_owned(),
            input,
            now: format!("2026-03-04T{:02}:00:00Z", self.hour),
        }
    }
}

/// How a clause is joined to the rule, and whether it is an exception.
pub(super) const CLAUSES: [(&str, bool); 8] = [
    (" when ", false),
    (" if ", false),
    (" only if ", false),
    (", provided that ", false),
    (" as long as ", false),
    (" unless ", true),
    (" except when ", true),
    (", unless ", true),
];

/// Frames of a sentence: text with `{who}`, `{do}` or `{doing}`, and whether it grants.
pub(super) const FRAMES: [(&str, bool); 17] = [
    ("Allow {who} to {do}", true),
    ("Permit {who} to {do}", true),
    ("Please allow {who} to {do}", true),
    ("Only allow {who} to {do}", true),
    ("Only {who} may {do}", true),
    ("Let {who} {do}", true),
    ("{who} can {do}", true),
    ("{who} should be able to {do}", true),
    ("Forbid {who} from {doing}", false),
    ("Block {who} from {doing}", false),
    ("Prevent {who} from {doing}", false),
    ("Deny {who} from {doing}", false),
    ("Do not allow {who} to {do}", false),
    ("Don't let {who} {do}", false),
    ("Never allow {who} to {do}", false),
    ("{who} cannot {do}", false),
    ("{who} must not {do}", false),
];
