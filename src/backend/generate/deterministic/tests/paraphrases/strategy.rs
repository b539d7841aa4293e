//! Parameters by chance.

use super::{Compares, Condition, Joint, Limit, NOUNS, Rule, Who};
use proptest::prelude::*;

fn of<T: Clone + std::fmt::Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = T> {
    prop::sample::select(all)
}

fn some_of(all: &'static [&'static str], most: usize) -> impl Strategy<Value = Vec<&'static str>> {
    prop::sample::subsequence(all, 1..=most).prop_shuffle()
}

pub(super) const ROLES: &[&str] = &["admin", "manager", "auditor", "senior-adjuster"];
pub(super) const RISKS: &[&str] = &["low", "medium", "high"];
pub(super) const DAYS: &[(&str, &str)] = &[
    ("2026-03-01", "2026-03-31"),
    ("2026-02-28", "2026-03-01"),
    ("2026-03-04", "2026-12-31"),
    ("2025-12-01", "2025-12-31"),
];
pub(super) const REGIONS: &[&str] = &["US", "EU", "UK", "us-east-1", "APAC"];

pub(super) fn rules() -> impl Strategy<Value = Rule> {
    let by_claims = prop_oneof![
        some_of(ROLES, 2).prop_map(Who::Roles),
        of(ROLES).prop_map(Who::WithoutRole),
        some_of(&["pay:write", "orders/read", "admin:all"], 2).prop_map(Who::Scopes),
        of(&["jdoe_42", "Ann.Lee"]).prop_map(Who::Named),
    ];
    let who = prop_oneof![
        prop::collection::vec(by_claims, 2..=3).prop_map(Who::Several),
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
        1 => of(&NOUNS).prop_map(|(noun, value)| Condition::Noun(noun, value)),
        1 => (0u32..24, 0u32..24).prop_map(|(from, to)| Condition::Hours(from * 60, to * 60 + 30)),
        2 => (any::<bool>(), some_of(RISKS, 2)).prop_map(|(negated, values)| Condition::Risk { negated, values }),
        2 => any::<bool>().prop_map(Condition::Checked),
        1 => Just(Condition::Verified),
        2 => (of(&[Compares::Less, Compares::AtMost, Compares::More, Compares::AtLeast]), 1i64..500)
            .prop_map(|(compares, one)| Condition::Warranty(compares, one, one)),
        1 => of(DAYS).prop_map(|(first, last)| Condition::Days(first, last)),
        2 => (any::<bool>(), of(&[Compares::Less, Compares::AtMost, Compares::More, Compares::AtLeast]), 1i64..50)
            .prop_map(|(negated, compares, number)| Condition::Copies { negated, compares, number }),
    ];
    let limit = prop_oneof![
        7 => Just(Limit::None),
        2 => of(DAYS).prop_map(|(first, last)| Limit::Days(first, last)),
        1 => (0u32..24, 0u32..24).prop_map(|(from, to)| Limit::ExceptHours(from * 60, to * 60 + 30)),
        1 => of(DAYS).prop_map(|(first, last)| Limit::Plain(first, last)),
    ];
    let tools = prop_oneof![
        2 => some_of(&["process_refund", "void_payment", "cancel_order"], 3),
        2 => some_of(&["process_refund", "cancel_order", "create_order", "disable_order"], 3),
        1 => some_of(&["process_refund", "book_order"], 2),
        1 => some_of(&["process_refund", "assign_role"], 2),
    ];
    let wording = prop::collection::vec(0usize..1000, 17);
    let conditions = prop::collection::vec(condition, 0..=2);
    (
        any::<bool>(),
        who,
        tools,
        conditions,
        any::<bool>(),
        any::<bool>(),
        limit,
        prop::bool::weighted(0.1),
        wording,
    )
        .prop_map(
            |(grants, who, tools, conditions, and, exception, limit, apart, wording)| Rule {
                grants,
                who,
                tools,
                joint: if and { Joint::And } else { Joint::Or },
                exception,
                limit,
                apart: apart && !conditions.is_empty(),
                conditions,
                wording,
            },
        )
}
