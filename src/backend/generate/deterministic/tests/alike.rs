//! Tools, callers and arguments that only look like those that are meant, and permits that add up: what could be taken for another
//! thing is refused.

use super::readings::{refused, statement};
use super::wholes::shop;
use super::{GATEWAY, tool};
use crate::backend::generate::deterministic::write;
use crate::backend::generate::{Draft, Outcome};
use crate::model::Tool;
use serde_json::{Value, json};

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
fn the_noun_of_what_a_tool_makes_is_no_word_for_all_that_is_done_to_it() {
    let status = json!({"status": {"type": "string", "description": "New status"}});
    let role = json!({"role": {"type": "string", "enum": ["viewer", "editor"]}});
    let tools = desk(&[
        ("create_ticket", json!({})),
        ("delete_ticket", json!({})),
        ("update_ticket", status),
        ("share_document", role),
        ("create_deal", json!({})),
        ("set_price", json!({"declaredValue": {"type": "integer"}})),
    ]);
    for said in [
        "Allow users with role agent to use all tools except ticket tools",
        "Users with role agent may use every tool except the ticket tools",
        "Block all ticket tools",
        "Forbid users with role guest from using any ticket tool",
        "Allow users with role agent to use all ticket tools",
        "Users with role auditor may access tickets",
        "Allow access to tickets for users with role auditor",
        "Users with role auditor may use tickets",
        "Users with role guest may access deals",
        "Forbid users with role guest from accessing deals",
        "Document sharing is only allowed with role editor",
        "Block document sharing with role viewer",
        "Allow users to update tickets when the status is \"open\"",
        "Forbid updating tickets with status \"closed\"",
    ] {
        refused(said, &tools);
    }
    for said in [
        "Allow users to update tickets when the new status is \"open\"",
        "Allow users to update tickets when the status argument is \"open\"",
        "Allow users to share documents with the role argument \"editor\"",
        "Allow users to set prices when the declared value is under 50",
        "Allow users to create tickets",
    ] {
        statement(said, &tools);
    }
    let payments = |name: &str| tool("Payments", name, "", &json!({}), &[]);
    let tools = vec![payments("create_payment"), payments("freeze_account")];
    refused("Allow users to use all payment tools", &tools);
    statement("Allow users to use all Payments tools", &tools);
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
        "Users may cancel orders. Users with role trainee may only view orders.",
        "Users in group interns are only allowed to view orders. Everyone may cancel orders.",
        "Users with role trainee may only view orders. Users with role trainee may cancel orders.",
        "Users may cancel orders. Users with role trainee can only process refunds when the region is US.",
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
        "Users with role trainee may only view orders. Users with role agent may cancel orders.",
        "Users may only process refunds under $500. Users may view orders.",
    ] {
        let drafts = write(text, &tools, GATEWAY);
        let translated = |draft: &Draft| matches!(draft.outcome, Outcome::Statement(_));
        assert!(
            drafts.len() == 2 && drafts.iter().all(translated),
            "{text}: {drafts:?}"
        );
    }
}
