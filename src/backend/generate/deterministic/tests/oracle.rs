//! Sentences put together from phrases whose meaning is known, decided by Cedar over a grid of requests: a refusal is
//! no failure, a wrong meaning is.

use super::{GATEWAY, tool};
use crate::backend::generate::Outcome;
use crate::backend::generate::deterministic::write;
use crate::cedar::decide::{Asked, Prepared, matches, prepare};
use crate::model::Tool;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::cell::Cell;

/// What a phrase means of a request. `grants` says whether access is granted where the phrase holds: what is not so
/// because it is absent counts where that grants less.
type Meaning = fn(&Call, bool) -> bool;

/// A phrase and what it means.
type Phrase = (&'static str, Meaning);

/// A request in the oracle's own terms.
#[derive(Clone, Debug)]
struct Call {
    principal: &'static str,
    role: Option<&'static str>,
    scope: Option<&'static str>,
    tool: &'static str,
    amount: i64,
    region: &'static str,
    note: Option<&'static str>,
    rush: bool,
    hour: u32,
}

impl Call {
    fn user(&self) -> bool {
        self.principal == "OAuthUser"
    }

    fn role_is(&self, role: &str) -> bool {
        self.user() && self.role == Some(role)
    }
}

fn tools() -> Vec<Tool> {
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
            properties(),
            &required,
        ),
        tool(
            "Payments",
            "void_payment",
            "Take a payment back",
            properties(),
            &required,
        ),
        tool(
            "Orders",
            "cancel_order",
            "Cancel an order",
            properties(),
            &required,
        ),
    ]
}

const WHO: [(&str, Meaning); 12] = [
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

const WHAT: [(&str, &str, Meaning); 10] = [
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

const CONDITIONS: [Phrase; 44] = [
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
    ("the note is urgent", |call, _| call.note == Some("urgent")),
    ("the note is not urgent", |call, grants| {
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
        (9..17).contains(&call.hour)
    }),
    ("it is between 10pm and 6am UTC", |call, _| {
        call.hour >= 22 || call.hour < 6
    }),
];

/// Every request of the grid.
fn grid() -> Vec<Call> {
    let mut calls = Vec::new();
    let claims: [(&str, Option<&str>, Option<&str>); 6] = [
        ("OAuthUser", None, None),
        ("OAuthUser", Some("admin"), Some("x pay:write y")),
        ("OAuthUser", Some("auditor"), None),
        ("OAuthUser", Some("admin"), None),
        ("IamEntity", None, None),
        ("UnauthenticatedUser", None, None),
    ];
    let arguments: [(i64, &str, Option<&str>, bool, u32); 9] = [
        (499, "US", None, true, 9),
        (500, "EU", Some("urgent"), false, 17),
        (501, "UK", Some("late"), true, 12),
        (100, "*", None, false, 23),
        (99, "US", Some("urgent"), true, 5),
        (1000, "EU", None, true, 6),
        (101, "U*", Some("*"), false, 22),
        (500, "US", Some("late"), false, 8),
        (-5, "UK", None, true, 16),
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
    fn asked(&self) -> Asked {
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

/// A sentence and whether it matches a request.
struct Sentence<'s> {
    text: String,
    means: Box<dyn Fn(&Call) -> bool + 's>,
}

thread_local! {
    static TRANSLATED: Cell<u32> = const { Cell::new(0) };
    static REFUSED: Cell<u32> = const { Cell::new(0) };
    static GRID: (Vec<Call>, Vec<Prepared>) = {
        let calls = grid();
        let prepared = calls.iter().map(|call| prepare(&call.asked())).collect();
        (calls, prepared)
    };
}

/// Holds a sentence to its meaning on every request of the grid; a refusal passes.
fn held(sentence: &Sentence<'_>) -> Result<(), TestCaseError> {
    let drafts = write(&sentence.text, &tools(), GATEWAY);
    prop_assert_eq!(drafts.len(), 1, "{}", sentence.text);
    let Outcome::Statement(statement) = &drafts[0].outcome else {
        REFUSED.set(REFUSED.get() + 1);
        return Ok(());
    };
    TRANSLATED.set(TRANSLATED.get() + 1);
    GRID.with(|(calls, prepared)| {
        for (call, matched) in calls.iter().zip(matches(statement, prepared)) {
            prop_assert_eq!(
                matched,
                (sentence.means)(call),
                "{}\n{}\n{:?}",
                sentence.text,
                statement,
                call
            );
        }
        Ok(())
    })
}

/// How a clause is joined to the rule, and whether it is an exception.
const CLAUSES: [(&str, bool); 8] = [
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
const FRAMES: [(&str, bool); 17] = [
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

fn framed(frame: usize, who: usize, what: usize) -> (String, bool) {
    let (frame, grants) = FRAMES[frame % FRAMES.len()];
    let (do_, doing, _) = WHAT[what % WHAT.len()];
    let text = frame
        .replace("{who}", WHO[who % WHO.len()].0)
        .replace("{doing}", doing)
        .replace("{do}", do_);
    (text, grants)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn a_rule_with_one_clause_means_what_its_phrases_mean(
        frame in 0..FRAMES.len(), who in 0..WHO.len(), what in 0..WHAT.len(),
        clause in proptest::option::of((0..CLAUSES.len(), 0..CONDITIONS.len())),
        more in proptest::option::of((any::<bool>(), 0..CONDITIONS.len())),
    ) {
        let (mut text, grants) = framed(frame, who, what);
        if let Some((clause, condition)) = clause {
            text += CLAUSES[clause].0;
            text += CONDITIONS[condition].0;
            if let Some((and, condition)) = more {
                text += if and { " and " } else { " or " };
                text += CONDITIONS[condition].0;
            }
        }
        let means = move |call: &Call| {
            let scope = (WHO[who].1)(call, grants) && (WHAT[what].2)(call, grants);
            let Some((clause, condition)) = clause else { return scope };
            let exception = CLAUSES[clause].1;
            let first = (CONDITIONS[condition].1)(call, grants != exception);
            let holds = match more {
                None => first,
                Some((and, other)) => {
                    let second = (CONDITIONS[other].1)(call, grants != exception);
                    if and { first && second } else { first || second }
                }
            };
            scope && holds != exception
        };
        held(&Sentence { text, means: Box::new(means) })?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    /// No word is dropped: one that means nothing is refused wherever it stands, and `not` is refused or counts.
    #[test]
    fn every_word_of_a_sentence_counts(
        frame in 0..FRAMES.len(), who in 0..WHO.len(), what in 0..WHAT.len(), condition in 0..CONDITIONS.len(),
        clause in 0..CLAUSES.len(), at in any::<prop::sample::Index>(),
    ) {
        let (text, _) = framed(frame, who, what);
        let text = text + CLAUSES[clause].0 + CONDITIONS[condition].0;
        let words: Vec<&str> = text.split(' ').collect();
        let at = at.index(words.len() + 1);
        let with = |word: &str| [&words[..at], &[word], &words[at..]].concat().join(" ");
        let outcome = |text: &str| write(text, &tools(), GATEWAY).remove(0).outcome;
        let senseless = with("zorgle");
        prop_assert!(matches!(outcome(&senseless), Outcome::NotTranslatable(_)), "{senseless}: {:?}", outcome(&senseless));
        let negated = with("not");
        if let (Outcome::Statement(before), Outcome::Statement(after)) = (outcome(&text), outcome(&negated)) {
            let turned = before.starts_with("permit") != after.starts_with("permit");
            let differ = GRID.with(|(_, prepared)| matches(&before, prepared) != matches(&after, prepared));
            prop_assert!(turned || differ, "{negated}\n{before}\n{after}");
        }
    }
}

/// Each phrase once, in the plainest frame: none may be refused, so that the property above is about something.
/// Sentences that can be read in two ways.
#[test]
fn what_can_be_read_in_two_ways_is_refused() {
    for text in [
        "Allow users to process refunds and void payments under $500",
        "Allow users to process refunds when amount is under 500 and region is US or rush is true",
        "Allow users with role admin or role auditor and scope x to process refunds",
        "Allow users to process refunds when the region is not US or EU",
        "Allow users to process refunds when their amount is 500",
        "Allow users to process refunds unless rush is true when region is US",
        "Allow users to process refunds unless rush is true unless region is US",
        "Allow users to process refunds after 2026-01-31 UTC",
        "Allow users to process refunds until 2026-01-31 UTC",
        "Allow users to process refunds when amount is under 1.000",
        "Allow users to process refunds when amount is under 500 cents",
        "Allow users to process refunds when amount is under 500 per day",
        "Allow users to process refunds when amount is 10.5",
        "Allow users to process refunds when amount is under 5%",
        "Allow users to process refunds when amount is between 500 and 100",
        "Allow users to process refunds when region is US, rush is true",
        "Allow users to process refunds but block void_payment",
        "Allow users to process refunds and forbid void_payment",
        "Only users with role admin cannot process refunds",
        "Restrict refunds to admins",
        "Users must have role admin to process refunds",
        "Allow unauthenticated users to process refunds",
        "Allow users to process refunds when it is a weekday",
        "Allow IAM callers with role admin to process refunds",
        "Allow users to pay",
        "",
        "Allow",
        "Allow users",
        "Allow users to",
    ] {
        let drafts = write(text, &tools(), GATEWAY);
        let refused = drafts
            .iter()
            .all(|draft| matches!(draft.outcome, Outcome::NotTranslatable(_)));
        assert!(refused, "{text}: {drafts:?}");
    }
}

#[test]
fn every_phrase_is_translated_and_means_what_it_says() {
    let plain = |text: String, means: Box<dyn Fn(&Call) -> bool>| {
        let before = REFUSED.get();
        held(&Sentence {
            text: text.clone(),
            means,
        })
        .unwrap();
        assert_eq!(
            REFUSED.get(),
            before,
            "refused: {text}: {:?}",
            write(&text, &tools(), GATEWAY)
        );
    };
    // Without `to`, a list of values and the verb behind it cannot be told apart.
    let told = |frame: &&(usize, &(&str, bool))| !frame.1.0.contains("{who} {do}");
    for (frame, (_, grants)) in FRAMES.iter().enumerate().collect::<Vec<_>>().iter().filter(told) {
        let (frame, grants) = (*frame, *grants);
        for who in 0..WHO.len() {
            let (text, _) = framed(frame, who, 0);
            plain(
                text,
                Box::new(move |call| (WHO[who].1)(call, grants) && (WHAT[0].2)(call, grants)),
            );
        }
        for what in 0..WHAT.len() {
            let (text, _) = framed(frame, 3, what);
            plain(
                text,
                Box::new(move |call| call.user() && (WHAT[what].2)(call, true)),
            );
        }
    }
    for (effect, grants) in [("Allow all users to", true), ("Never allow all users to", false)] {
        for (at, (joint, exception)) in CLAUSES.into_iter().enumerate() {
            // `when` and `unless` with every condition, the others with a few.
            for (condition, holds) in CONDITIONS
                .into_iter()
                .step_by(if at == 0 || at == 5 { 1 } else { 9 })
            {
                let text = format!("{effect} process refunds{joint}{condition}");
                let means = move |call: &Call| {
                    call.user()
                        && call.tool == "process_refund"
                        && holds(call, grants != exception) != exception
                };
                plain(text, Box::new(means));
            }
        }
    }
}
