//! Exceptions: from what is granted or taken, and those that may be from a limit of it, which are refused.

use super::readings::{all_refused, statement, with};
use serde_json::json;

/// An exception may lift a limit, or what is granted within it.
#[test]
fn a_limit_beside_an_exception_is_not_guessed_at() {
    let properties = json!({"amount": {"type": "integer"}, "region": {"type": "string"}});
    let tools = with(&["process_refund", "view_order"], &properties);
    all_refused(
        &tools,
        "and an exception can be read in two ways",
        &[
            "Users may only process refunds under $500 unless they have the role manager",
            "Only allow refunds under $500 unless the user has the role manager",
            "Users may only view orders unless they have the role admin",
            "Users can only view orders except when they have the role admin",
            "Allow refunds only between 9am and 5pm UTC unless the user has the role oncall",
            "Allow users to process refunds only when the amount is under 500 except when the region is US",
            "Allow users to process refunds only if the amount is under 500, unless the region is US",
            "Allow users to process refunds but only if the amount is under 500 unless the region is US",
            "Allow users to process refunds when the amount is under 500 and only when the region is US unless their role is admin",
            "Refunds are only allowed under $500 unless the user has the role manager",
            "Only users with role manager may process refunds unless the amount is under $500",
            "Only users with role manager may process refunds except between 2am and 4am UTC",
            "Only users with role manager may process refunds except for users with role guest",
            "Only users with role manager except users with role guest may process refunds",
            "Allow only users with role manager to process refunds but not if the region is US",
            "Allow access to process_refund only for users with role manager except users with role guest",
            "Allow access to process_refund except between 2am and 4am UTC only for users with role manager",
            "Allow only process_refund unless the region is US",
            "Forbid users from processing refunds only when the amount is over 500 unless they have the role guest",
            "Allow refunds under $500 unless the user has the role manager",
            "Users may process refunds of at most $500 unless they have the role manager",
            "Allow users to process refunds with an amount under 500 except for users with role manager",
            "Allow users to process refunds between 9am and 5pm UTC unless they have the role oncall",
            "Refunds under $500 are allowed unless the user has the role manager",
            "Allow users to process refunds as long as the amount is under 500 unless they have the role manager",
            "Allow users to process refunds provided that the amount is under 500, unless they have the role manager",
            "Allow users to process refunds on condition that the amount is under 500 except for users with role manager",
        ],
    );
}

#[test]
fn an_exception_without_such_a_limit_is_one_from_the_rule() {
    let properties = json!({"amount": {"type": "integer"}, "region": {"type": "string"}});
    let tools = with(&["process_refund", "void_payment"], &properties);
    for (text, effect, parts) in [
        (
            "Do not allow users to process refunds unless they have the role manager",
            "forbid(",
            &["unless {", "\"manager\""][..],
        ),
        (
            "No one may process refunds unless they have the role manager",
            "forbid(",
            &["unless {", "\"manager\""],
        ),
        (
            "Nobody but users with role manager may process refunds",
            "forbid(",
            &["unless {", "\"manager\""],
        ),
        (
            "Block refunds over $500 unless the user has the role manager",
            "forbid(",
            &["unless {", "\"manager\"", "context.input.amount > 500"],
        ),
        (
            "Never allow refunds over $500 unless the user has the role manager",
            "forbid(",
            &["unless {", "\"manager\"", "context.input.amount > 500"],
        ),
        (
            "Users must not process refunds unless the amount is under 500",
            "forbid(",
            &["unless {", "context.input.amount < 500"],
        ),
        (
            "Allow users to process refunds unless the amount is over 500",
            "permit(",
            &["unless {", "context.input.amount > 500"],
        ),
        (
            "Allow users to process refunds while the time is between 9am and 5pm UTC unless the amount is over 500",
            "permit(",
            &["when {", "unless {", "context.input.amount > 500"],
        ),
        (
            "Allow everyone except users with role guest to process refunds only when the amount is under 500",
            "permit(",
            &["unless {", "\"guest\"", "context.input.amount < 500"],
        ),
        (
            "Only users with role manager may use all tools except void_payment",
            "permit(",
            &["unless {", "Desk___void_payment", "\"manager\""],
        ),
        (
            "Allow users to process refunds unless the region is \"only\"",
            "permit(",
            &["unless {", "\"only\""],
        ),
    ] {
        let said = statement(text, &tools);
        assert!(said.starts_with(effect), "{text}: {said}");
        for part in parts {
            assert!(said.contains(part), "{text}: {part} is not in {said}");
        }
    }
}
