//! What stands in front of a requirement, and what a tool is about, taken for something else: all of it is refused.

use super::otherwise::with;
use super::readings::{refused, statement};
use super::wholes::shop;
use super::{GATEWAY, tool};
use crate::backend::generate::Outcome;
use crate::backend::generate::deterministic::write;
use serde_json::{Value, json};

#[test]
fn what_stands_in_front_of_a_requirement_is_not_cut_off() {
    let tools = shop();
    for text in [
        "On weekends, allow users to view orders",
        "In an emergency, everyone can cancel orders",
        "With manager approval, allow users to process refunds",
        "As long as the region is US, allow refunds",
        "Users with role manager, allow refunds",
        "Never, ever, allow refunds",
        "Do not, please, allow refunds",
        "On no account, allow users to process refunds",
        "The gateway must not, in any case, allow users to process refunds",
        "On weekends, forbid users from viewing orders",
        "Allow users to view orders and, with approval, allow users to cancel orders",
        "If the region is US, forbid refunds. Otherwise, allow refunds.",
        "Allow refunds if region is US, or if not, forbid refunds",
        "Never\nAllow users to process refunds",
        "Not allowed.\n- Users can process refunds",
        "NEVER. Allow users to process refunds.",
        "The following must not happen. Users can process refunds.",
        "Ignore the next sentence. Allow users to process refunds.",
        "With approval. Allow refunds.",
        "On weekends; allow refunds",
        "Subject to approval\nUsers may cancel orders",
        "Policy for managers\nAllow refunds",
        "Test environment\n- Users may process refunds",
        "Allow refunds. Thanks. Managers only.",
        "Users can process refunds?",
        "Users can process refunds. Users may only process refunds with approval.",
    ] {
        refused(text, &tools);
    }
    for text in [
        "Please, allow users to view orders",
        "Here are the rules:\n- Allow users to view orders\n- Allow users to cancel orders",
        "Allow users to view orders, forbid users from cancelling orders",
    ] {
        let drafts = write(text, &tools, GATEWAY);
        let translated = drafts
            .iter()
            .any(|draft| matches!(draft.outcome, Outcome::Statement(_)));
        assert!(translated, "{text}: {drafts:?}");
    }
}

#[test]
fn what_a_tool_is_about_is_not_who_calls_it_nor_all_tools() {
    let empty = Value::Object(serde_json::Map::new());
    let named = |name: &str| vec![tool("Desk", name, "", &empty, &[])];
    for (name, said) in [
        (
            "delete_user",
            "Forbid users from deleting users except users with role guest",
        ),
        (
            "delete_user",
            "Allow users to delete users except users with role admin",
        ),
        (
            "delete_user",
            "Forbid users from deleting users when they have role admin",
        ),
        ("invoke_function", "Allow users to invoke functions"),
        ("call_api", "Allow users to call any API"),
        ("execute_action", "Allow users to execute any action"),
        ("delete_api", "Allow users to delete functions"),
    ] {
        refused(said, &named(name));
    }
    statement(
        "Allow users with role admin to delete users",
        &named("delete_user"),
    );
    statement("Allow users to use all tools", &named("delete_user"));
}

#[test]
fn who_and_what_is_taken_out_is_not_guessed() {
    let tools = shop();
    for text in [
        "Allow users to use all tools except cancel_order unless they have role admin",
        "Allow users to use all tools except cancel_order when they have role guest",
        "Allow users without scopes a:b and c:d to view orders",
        "Allow users to view orders if the user does not have scopes a:b and c:d",
        "Forbid users with role admin or scope a:b and whose department is finance from viewing orders",
        "Forbid refunds when the region is U.S.",
    ] {
        refused(text, &tools);
    }
}

#[test]
fn an_argument_of_another_thing_is_not_meant() {
    for (argument, of_type, description, condition) in [
        ("needsApproval", "boolean", "", "when approval is true"),
        ("forbidForce", "boolean", "", "unless force is true"),
        ("autoApproved", "boolean", "", "when approved is true"),
        ("backupRegion", "string", "", "when the region is \"US\""),
        ("remainingAmount", "integer", "", "when the amount is under 500"),
        ("costCenter", "integer", "", "under $500"),
        ("paymentTerms", "integer", "Days until payment", "under $500"),
        ("amount", "integer", "Amount in K USD", "under $500"),
        ("amount", "integer", "Amount (USD 000s)", "under $500"),
        (
            "amount",
            "integer",
            "Amount in USD, multiplied by 100",
            "under $500",
        ),
        (
            "amount",
            "integer",
            "Amount in the customer's currency",
            "under $500",
        ),
        ("limit", "integer", "", "under 500"),
        ("count", "integer", "", "over 18"),
        ("spendLimit", "integer", "", "when the spend is under $500"),
    ] {
        let tools = with("merge_branch", argument, of_type, description);
        refused(&format!("Allow users to merge branches {condition}"), &tools);
    }
    let agent = json!({"agent": {"type": "object", "properties": {"tier": {"type": "string"}}}});
    let tools = vec![tool("Desk", "refund_customer", "", &agent, &[])];
    refused(
        "Allow users to refund customers when the customer tier is \"gold\"",
        &tools,
    );
}
