//! Sentences that can be taken for another thing than they say, by the names and descriptions of arguments and tools, and by what
//! stands beside a negation: all of them are refused.

use super::readings::{refused, statement};
use super::tool;
use super::wholes::shop;
use crate::model::Tool;
use serde_json::{Value, json};

/// A tool with one argument of this name, type and description.
pub(super) fn with(name: &str, argument: &str, of_type: &str, description: &str) -> Vec<Tool> {
    let properties = json!({argument: {"type": of_type, "description": description}});
    vec![tool("Desk", name, "", &properties, &[argument])]
}

#[test]
fn a_negation_before_the_first_of_several_claims_is_not_left_out_of_the_others() {
    let tools = shop();
    for text in [
        "Allow users to process refunds when the user does not have role guest or role intern",
        "Allow users to process refunds when they lack role guest or role intern",
        "Allow users to process refunds when their role is not guest or role intern",
        "Allow users to process refunds when the user is not in group x_1 or group y_2",
        "Forbid users from processing refunds if the user does not have role admin, or role manager",
        "Forbid users from processing refunds when they do not have scope a:b and scope c:d",
        "When the user does not have role admin or role manager, forbid refunds",
        "Allow users to process refunds unless the user does not have role admin or role manager",
    ] {
        refused(text, &tools);
    }
    let said = statement(
        "Allow users to process refunds when they have role a_1 or role b_2",
        &tools,
    );
    assert!(said.contains("\"a_1\"") && said.contains("\"b_2\""), "{said}");
}

#[test]
fn who_calls_is_no_argument_that_the_caller_fills_in() {
    for argument in ["user", "caller", "principal"] {
        let tools = with("delete_account", argument, "string", "");
        for text in [
            format!("Forbid users from deleting accounts unless the {argument} is \"jdoe\""),
            format!("Allow users to delete accounts when the {argument} is \"bob_1\""),
            format!("Allow users to delete accounts when the {argument} is bob_1"),
        ] {
            refused(&text, &tools);
        }
        let plain = format!("Allow users to delete accounts when the {argument} argument is \"bob\"");
        assert!(statement(&plain, &tools).contains(&format!("context.input.{argument} == \"bob\"")));
    }
}

#[test]
fn an_argument_is_not_meant_by_less_than_what_its_name_says() {
    for (argument, of_type, condition) in [
        ("notApproved", "boolean", "approved is true"),
        ("no_backup", "boolean", "backup is true"),
        ("skipTests", "boolean", "tests is true"),
        ("disableLogging", "boolean", "logging is true"),
        ("skipConfirmation", "boolean", "confirmation is true"),
        ("nonRefundable", "boolean", "refundable is true"),
        ("isNotPublic", "boolean", "public is true"),
        ("previousRegion", "string", "the region is \"US\""),
        ("oldVersion", "string", "the version is \"v2\""),
        ("minReplicas", "integer", "replicas is under 5"),
        ("excludedCategory", "string", "the category is \"toys\""),
        ("outputTokens", "integer", "the input tokens are under 500"),
        ("idleTimeout", "integer", "the request timeout is under 500"),
        ("items_per_order", "integer", "the orders per item is under 5"),
        ("rating", "integer", "the rate is under 100"),
    ] {
        let tools = with("deploy_service", argument, of_type, "");
        refused(
            &format!("Allow users to deploy services when {condition}"),
            &tools,
        );
    }
    let properties = json!({"amount": {"type": "integer"}, "requestAmount": {"type": "integer"}});
    let tools = vec![tool("Desk", "buy", "", &properties, &["amount", "requestAmount"])];
    let said = statement("Allow users to buy when the request amount is under 500", &tools);
    assert!(said.contains("context.input.requestAmount < 500"), "{said}");
}

#[test]
fn an_amount_is_not_taken_for_one_that_counts_otherwise() {
    for (argument, of_type, description, limit) in [
        (
            "amount",
            "integer",
            "How much to charge in the smallest currency unit (e.g., 100 for $1.00)",
            "under $500",
        ),
        (
            "loanAmount",
            "integer",
            "Amount in thousands of dollars",
            "under $500",
        ),
        (
            "budgetMicros",
            "integer",
            "Budget in micros",
            "when the budget is under $500",
        ),
        (
            "price",
            "integer",
            "Price per night, 1/100 dollar",
            "when the price is under $100",
        ),
        (
            "amount",
            "number",
            "Amount in pounds sterling",
            "under 500 dollars",
        ),
        ("amount", "number", "Amount in AUD", "under 500 USD"),
        ("amount", "number", "Amount in AUD", "under €500"),
        ("amount", "number", "Amount in BTC", "under $500"),
        ("amount", "integer", "Number of points", "under $50"),
        (
            "limit",
            "integer",
            "Maximum number of orders to return",
            "under $500",
        ),
        (
            "interestRate",
            "number",
            "Interest rate as a decimal, e.g. 0.05 for 5%",
            "when the interest rate is under 5%",
        ),
        (
            "discount",
            "number",
            "Fraction of the price, 0.1 means 10%",
            "when the discount is under 10%",
        ),
        (
            "wait",
            "integer",
            "How long, in milliseconds, for example 5000 is 5 seconds",
            "when the wait is under 5 seconds",
        ),
        (
            "timeoutMs",
            "integer",
            "Timeout; the default is 30 seconds",
            "when the timeoutMs is under 5 seconds",
        ),
        (
            "memory",
            "integer",
            "Memory in MiB, at most 64 GB",
            "when the memory is under 2 GB",
        ),
        (
            "weight",
            "integer",
            "Weight in g (at most 30 kg)",
            "when the weight is under 5 kg",
        ),
        (
            "duration",
            "integer",
            "Duration in hrs, not minutes",
            "when the duration is under 30 minutes",
        ),
        ("days", "integer", "For how long", "under 18"),
        ("ticketNumber", "integer", "", "under 500"),
        ("retries", "integer", "", "up to 1M"),
        ("attendees", "integer", "", "between 9 and 17"),
    ] {
        let tools = with("process_refund", argument, of_type, description);
        refused(&format!("Allow users to process refunds {limit}"), &tools);
    }
}

#[test]
fn what_never_holds_is_not_written() {
    let tools = shop();
    for text in [
        "Forbid refunds when the current time is before 9am UTC and after 5pm UTC",
        "Forbid refunds before 9am UTC, after 5pm UTC",
        "Forbid refunds between 9am and 10am UTC, between 2pm and 3pm UTC",
        "Allow refunds between 9am and 12pm UTC, between 2pm and 5pm UTC",
        "Forbid refunds before 2025-05-01T00:00:00Z, after 2025-06-01T00:00:00Z",
        "Forbid refunds for risk low and risk high",
        "Forbid refunds with region US, with region CA",
        "Forbid refunds when the region is US and when the region is CA",
        "Forbid refunds for reason \"a\" and reason \"b\"",
        "Allow refunds before midnight UTC",
        "Allow users to process refunds until 00:00 UTC",
        "Forbid refunds after midnight UTC",
    ] {
        refused(text, &tools);
    }
    for text in [
        "Allow refunds between 10pm and midnight UTC",
        "Forbid refunds when the current time is after 9am UTC and before 5pm UTC",
        "Forbid refunds when the region is US and the amount is over 5",
    ] {
        statement(text, &tools);
    }
}

#[test]
fn not_all_is_not_none() {
    let tools = shop();
    for text in [
        "Do not allow everyone to process refunds",
        "Do not allow all users to process refunds",
        "Never let all users cancel orders",
        "Users may not use all tools",
        "Users cannot use every tool",
        "All refunds are not allowed",
        "All users are not allowed to cancel orders",
        "Users may not both view orders and cancel orders",
    ] {
        refused(text, &tools);
    }
    for text in [
        "Do not allow any user to cancel orders",
        "Block everyone from processing refunds",
    ] {
        statement(text, &tools);
    }
}

#[test]
fn with_any_and_with_a_measure_are_not_guessed() {
    let tools = shop();
    refused("Forbid refunds with any reason", &tools);
    refused("Forbid refunds with risk", &tools);
    let tools = with("purchase_item", "fee", "integer", "");
    refused("Forbid users from purchasing items with a fee", &tools);
    refused("Allow users to purchase items without a fee", &tools);
}

#[test]
fn a_regular_expression_is_no_pattern_of_cedar() {
    let tools = shop();
    for pattern in ["[0-9]+", "^A-[0-9]+$", "A.*", "A%"] {
        refused(
            &format!("Allow refunds when the order id matches \"{pattern}\""),
            &tools,
        );
    }
    statement("Allow refunds when the order id matches \"A-*\"", &tools);
}

#[test]
fn a_tool_is_not_meant_by_its_words_the_other_way_round() {
    let named = |name: &str| {
        vec![tool(
            "Desk",
            name,
            "",
            &Value::Object(serde_json::Map::new()),
            &[],
        )]
    };
    for (name, said) in [
        ("convert_usd_to_eur", "Allow users to use convert_eur_to_usd"),
        ("convert_usd_to_eur", "Forbid users from convert_eur_to_usd"),
        ("copy_prod_to_dev", "Allow users to copy dev to prod"),
    ] {
        refused(said, &named(name));
    }
    statement("Allow users to use copy_prod_to_dev", &named("copy_prod_to_dev"));
}
