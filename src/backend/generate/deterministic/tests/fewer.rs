//! Words that stand for fewer tools than are meant, for others, or for a condition that is another one.

use super::readings::{refused, statement, with};
use super::tool;
use crate::model::Tool;
use serde_json::{Value, json};

fn of(names: &[&str]) -> Vec<Tool> {
    with(
        names,
        &json!({"accountId": {"type": "string"}, "amount": {"type": "integer"}}),
    )
}

#[track_caller]
fn all_refused(tools: &[Tool], said: &[&str]) {
    for said in said {
        refused(said, tools);
    }
}

#[test]
fn what_stands_behind_a_verb_is_no_tool_of_its_own() {
    let tools = of(&[
        "delete_invoice",
        "delete_order",
        "order",
        "refund",
        "approve_order",
        "approve_refund",
        "list_transfers",
    ]);
    all_refused(
        &tools,
        &[
            "Nobody may delete invoices or orders",
            "Users with role ops may delete invoices and orders",
            "Users with role ops may delete an invoice or an order",
            "Users with role ops may approve orders and refunds",
            "Users with role ops may do anything except delete invoices and orders",
            "Users with role ops may list transfers and refunds",
            "Forbid deleting invoices, orders and refunds",
        ],
    );
    for (said, actions) in [
        ("Users with role ops may delete invoices and refund", None),
        (
            "Users with role ops may delete invoices and use the order tool",
            Some(["delete_invoice", "order"]),
        ),
        (
            "Users with role ops may delete invoices and call refund",
            Some(["delete_invoice", "refund"]),
        ),
        (
            "Users with role ops may delete invoices and approve refunds",
            Some(["delete_invoice", "approve_refund"]),
        ),
    ] {
        match actions {
            None => drop(refused(said, &tools)),
            Some(actions) => {
                let cedar = statement(said, &tools);
                assert!(
                    actions.iter().all(|name| cedar.contains(&format!("{name}\""))),
                    "{said}: {cedar}"
                );
            }
        }
    }
}

#[test]
fn a_name_behind_a_verb_is_not_in_another_target() {
    let other = tool("Other", "approve_refund", "", &json!({}), &[]);
    let tools = [of(&["delete_invoice"]), vec![other]].concat();
    let target = &tools[0].target;
    let said = |target: &str| {
        format!("Users with role ops may delete invoices and approve_refund on the {target} target")
    };
    refused(&said(target), &tools);
    statement(
        "Users with role ops may delete invoices and approve_refund",
        &tools,
    );
}

#[test]
fn a_word_of_several_tools_is_not_one_of_them_where_it_forbids_or_excepts() {
    let tools = of(&[
        "delete",
        "delete_file",
        "files",
        "report",
        "create_report",
        "delete_ticket_comment",
        "delete_comment",
    ]);
    all_refused(
        &tools,
        &[
            "Nobody may delete",
            "Forbid deleting",
            "Deleting is forbidden",
            "Users with role ops may do anything except delete",
            "Users with role ops may use all tools except deleting",
            "Users with role ops may do anything except files",
            "Users with role ops may do anything but reports",
            "Reports are forbidden",
            "Users with role ops may not use reports",
            "Comments must not be deleted",
            "Forbid deleting comments",
            "Users with role ops may do anything except delete comments",
        ],
    );
    for said in [
        "Forbid delete_comment",
        "Forbid using the delete tool",
        "Nobody may use \"delete\"",
        "Nobody may use report",
        "Users with role ops may use all tools except the delete tool",
        "Users with role ops may delete comments",
        "Forbid deleting ticket comments",
    ] {
        statement(said, &tools);
    }
}

#[test]
fn a_list_of_conditions_that_can_be_and_or_or_is_refused() {
    let tools = of(&["lock_account", "unlock_account"]);
    all_refused(
        &tools,
        &[
            "Forbid locking accounts before 08:00 UTC, after 18:00 UTC or between 12:00 and 13:00 UTC",
            "Forbid locking accounts before 08:00 UTC, between 12:00 and 13:00 UTC, or after 18:00 UTC",
            "Forbid locking accounts before 08:00 UTC, when the amount is over 5 or after 18:00 UTC",
            "Forbid locking accounts with account id \"a\", before 08:00 UTC or after 18:00 UTC",
            "Users with role ops may lock accounts when the account id is \"a\", before 08:00 UTC or after 18:00 UTC",
            "Forbid locking accounts before 08:00 UTC when the account id is \"x\" or after 18:00 UTC",
            "Forbid locking accounts before 08:00 UTC unless the account id is \"a\" or after 18:00 UTC",
            "Forbid locking accounts before 08:00 UTC or after 18:00 UTC when the account id is \"eu\"",
            "Forbid locking accounts and unlocking accounts before 08:00 UTC",
        ],
    );
    for said in [
        "Forbid locking accounts when the current time is before 08:00 UTC, after 18:00 UTC or between 12:00 and 13:00 UTC",
        "Users with role ops may lock accounts and unlock accounts before 08:00 UTC",
        "Forbid locking accounts and unlocking accounts when the current time is before 08:00 UTC",
        "Forbid locking accounts before 08:00 UTC unless the account id is \"a\" or \"b\"",
    ] {
        statement(said, &tools);
    }
}

#[test]
fn an_amount_in_a_currency_is_not_one_in_any() {
    let money = |more: Value| {
        let mut properties = json!({"amount": {"type": "integer"}});
        let members = properties.as_object_mut().expect("members");
        members.extend(more.as_object().expect("members").clone());
        vec![tool("Bank", "transfer_funds", "", &properties, &["amount"])]
    };
    for more in [
        json!({"currency": {"type": "string", "enum": ["USD", "EUR"]}}),
        json!({"currency": {"type": "string"}}),
        json!({"cur": {"type": "string"}}),
        json!({"unit": {"type": "string", "enum": ["USD", "EUR"]}}),
    ] {
        let tools = money(more);
        all_refused(
            &tools,
            &[
                "Users may transfer funds up to 100 GBP",
                "Users may transfer funds up to $100",
                "Forbid transferring funds when the amount is over 100 EUR",
            ],
        );
        statement("Users may transfer funds up to 100", &tools);
    }
    statement(
        "Users may transfer funds up to $100",
        &money(json!({"note": {"type": "string"}})),
    );
}

#[test]
fn not_everything_and_both_can_be_read_in_two_ways() {
    let tools = of(&["process_refund", "approve_refund"]);
    all_refused(
        &tools,
        &[
            "Users with role ops may not do everything",
            "Users with role ops cannot do everything before 08:00 UTC",
            "Nobody may do everything",
            "No user may both process and approve refunds",
            "Nobody can both process refunds and approve refunds",
            "Forbid users from both processing refunds and approving refunds",
            "Refunds may not be approved only by users with role guest",
        ],
    );
    for said in [
        "Users with role ops may not do anything",
        "Nobody may do anything",
        "Users with role ops may both process and approve refunds",
        "Nobody may process or approve refunds",
    ] {
        statement(said, &tools);
    }
}
