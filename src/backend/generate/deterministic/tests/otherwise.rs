//! Sentences that can be taken for another thing than they say, by the names and descriptions of arguments and tools, and by what
//! stands beside a negation: all of them are refused.

use super::readings::{refused, statement};
use super::wholes::shop;
use super::{GATEWAY, tool};
use crate::backend::generate::deterministic::write;
use crate::backend::generate::{Draft, Outcome};
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

#[test]
fn a_tool_is_not_meant_by_words_that_only_look_like_its_own() {
    let desk = |name: &str, description: &str| {
        let nothing = Value::Object(serde_json::Map::new());
        vec![tool("Desk", name, description, &nothing, &[])]
    };
    for (name, description, said) in [
        ("delete_list", "", "delete listings"),
        ("delete_listing", "", "delete lists"),
        ("create_build", "", "create buildings"),
        ("user_report", "", "report users"),
        ("ticket_review", "", "review tickets for users"),
        ("purge_trash", "Delete a file from the trash", "delete files"),
        ("close_stale", "Close a ticket in the archive", "close tickets"),
        ("nightly", "Process refunds of the last night", "refunds of users"),
        ("remove_entry", "Delete a listing", "delete lists"),
    ] {
        refused(&format!("Allow users to {said}"), &desk(name, description));
    }
    for (name, description, said) in [
        ("delete_listing", "", "delete listings"),
        ("update_coverage", "", "perform coverage updates"),
        ("process_refund", "", "use refund processing"),
        ("process_refund", "", "processing refunds"),
        ("purge_trash", "Delete a file.", "delete files"),
        ("drop_file", "Delete a file from the store", "delete files"),
    ] {
        statement(&format!("Allow users to {said}"), &desk(name, description));
    }
}

fn desk(tools: &[(&str, Value)]) -> Vec<Tool> {
    let of = |(name, properties): &(&str, Value)| tool("Desk", name, "", properties, &[]);
    tools.iter().map(of).collect()
}

#[test]
fn what_a_tool_is_about_is_not_who_calls_it() {
    let text = || json!({"type": "string"});
    let tools = desk(&[
        ("grant-role", json!({"employeeId": text(), "name": text()})),
        ("assign_member", json!({"rolename": text()})),
        ("delete-login", json!({"userName": text()})),
        ("send_mail", json!({"groupname": text()})),
        ("create_token", json!({"permissions": text()})),
        ("close_case", json!({"dept": text()})),
        ("delete_customer", json!({"id": text()})),
        ("terminate_employee", json!({"id": text()})),
        ("view_report", json!({"id": text()})),
    ]);
    for said in [
        "Allow users to grant roles when the role is viewer",
        "Forbid grant-role when the role is admin",
        "Forbid assign_member when the role is \"admin\"",
        "Forbid delete-login when the username is \"root\"",
        "Allow users to send mail when the group is \"admins\"",
        "Forbid create_token when the scope is \"admin:write\"",
        "Forbid closing cases when the department is \"finance\"",
        "Allow users to delete customers when they are in group inactive_1",
        "Allow users to delete customers when their tier is \"free\"",
        "Allow users to terminate employees if they are in group contractors_1",
        "Forbid terminating employees when the role is \"director\"",
        "Forbid all tools except view_report for users with role contractor",
    ] {
        refused(said, &tools);
    }
    for said in [
        "Allow users with role agent to delete customers",
        "Allow users to delete customers when the user has role agent",
        "Allow users to view reports when they have role agent",
        "Allow users to view reports when the role is \"agent\"",
    ] {
        statement(said, &tools);
    }
}

#[test]
fn a_word_before_claim_is_not_its_value() {
    for said in [
        "Allow users with the tier claim \"gold\" to view orders",
        "Allow users with the guest claim type to view orders",
        "Forbid users with \"gold\" claim tier from viewing orders",
    ] {
        refused(said, &shop());
    }
    statement("Allow users with the claim tier \"gold\" to view orders", &shop());
    statement("Allow users with the \"gold\" role to view orders", &shop());
}

#[test]
fn a_bare_limit_is_of_no_other_number_than_the_amount() {
    let number = || json!({"type": "number"});
    let tools = desk(&[
        ("open_loan", json!({"monthly_payment": number()})),
        ("withdraw_cash", json!({"account_balance": number()})),
        (
            "place_order",
            json!({"quantity": {"type": "integer"}, "unitPrice": number()}),
        ),
        ("file_motion", json!({"filingFee": number()})),
        ("search_products", json!({"maxPrice": number()})),
        ("add_item", json!({"itemValue": number()})),
        ("pay_bill", json!({"billAmount": number()})),
    ]);
    for said in [
        "Allow users to open loans under $5000",
        "Allow users to withdraw cash under $500",
        "Allow users to place orders under $1000",
        "Allow users to file motions under $50",
        "Allow users to search products under $50",
        "Allow users to add items when the items are over 20",
    ] {
        refused(said, &tools);
    }
    statement("Allow users to pay bills under $50", &tools);
    statement(
        "Allow users to place orders when the unit price is under 50",
        &tools,
    );
}

#[test]
fn a_noun_of_several_tools_forbids_none_of_them() {
    let nothing = || json!({});
    let tools = desk(&[
        ("make_payment", json!({"amount": {"type": "number"}})),
        ("schedule_payment", nothing()),
        ("wire_payment", nothing()),
        ("create", nothing()),
        ("delete_bucket", nothing()),
        ("get_state", nothing()),
        ("scrape_page", nothing()),
        ("rent_car", nothing()),
    ]);
    for said in [
        "Block all payments",
        "Block payments over 1000",
        "Never allow payments",
        "Allow users to create and delete buckets",
        "Allow users to get stats",
        "Allow users to scrap pages",
        "Allow users to rent care",
    ] {
        refused(said, &tools);
    }
    for said in [
        "Allow payments under 1000",
        "Block make_payment",
        "Allow users to scrape pages",
        "Allow scraping pages",
        "Allow users to rent cars",
        "Allow users to use create and delete_bucket",
    ] {
        statement(said, &tools);
    }
}

#[test]
fn only_takes_nothing_back_that_another_sentence_grants() {
    let tools = shop();
    for text in [
        "Allow users to process refunds. Users may only process refunds under $500.",
        "Allow users to process refunds. Only users with role manager may process refunds over $500.",
        "Users can process refunds. Users can cancel orders. Refunds are only allowed when the region is US.",
        "Users may process refunds under $500. Users may process refunds only when the region is US.",
        "Users may process refunds only when the region is US. Users may process refunds under $500.",
        "Users may only process refunds under $500. Users may process refunds over $1000.",
        "Only users with role manager may cancel orders. Users with role agent may cancel orders.",
        "Only users with role manager may use all tools. Users may view orders.",
        "Allow users to use all tools except cancel_order. Only users with role manager may view orders.",
    ] {
        assert_eq!(refused(text, &tools).len(), 1, "{text}");
    }
    for text in [
        "Allow users to view orders. Only users with role manager may process refunds.",
        "Allow users to process refunds up to $500. Only users with role manager may process refunds over $500.",
        "When the amount is over 500, only users with role manager may process refunds. Users may process refunds up to $500.",
        "Allow users to use all tools except cancel_order. Only users with role manager may cancel orders.",
        "Forbid refunds over $900. Only users with role manager may process refunds.",
    ] {
        let drafts = write(text, &tools, GATEWAY);
        let translated = |draft: &Draft| matches!(draft.outcome, Outcome::Statement(_));
        assert!(
            drafts.len() == 2 && drafts.iter().all(translated),
            "{text}: {drafts:?}"
        );
    }
}
