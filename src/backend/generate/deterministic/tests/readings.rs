//! Sentences that a tool's own words give a second reading: they are refused, or mean the one thing that is left.

use super::{GATEWAY, tool};
use crate::backend::generate::Outcome;
use crate::backend::generate::deterministic::write;
use crate::model::Tool;
use serde_json::{Value, json};

pub(super) fn with(names: &[&str], properties: &Value) -> Vec<Tool> {
    let one = |name: &&str| tool("Desk", name, "", properties, &[]);
    names.iter().map(one).collect()
}

/// What a text gives, none of it a statement.
pub(super) fn refused(text: &str, tools: &[Tool]) -> Vec<String> {
    let refusal = |outcome| match outcome {
        Outcome::NotTranslatable(why) => why,
        Outcome::Statement(statement) => panic!("{text}: {statement}"),
    };
    let drafts = write(text, tools, GATEWAY);
    drafts.into_iter().map(|draft| refusal(draft.outcome)).collect()
}

/// Asserts that each of these texts is refused for a reason that says this.
#[track_caller]
pub(super) fn all_refused(tools: &[Tool], why: &str, texts: &[&str]) {
    for text in texts {
        let told = refused(text, tools).join(" ");
        assert!(told.contains(why), "{text}: {told}");
    }
}

/// The one statement that a text gives.
pub(super) fn statement(text: &str, tools: &[Tool]) -> String {
    let drafts = write(text, tools, GATEWAY);
    match drafts.as_slice() {
        [draft] => match &draft.outcome {
            Outcome::Statement(statement) => statement.clone(),
            Outcome::NotTranslatable(why) => panic!("{text}: {why}"),
        },
        many => panic!("{text}: {many:?}"),
    }
}

#[test]
fn a_verb_behind_a_comma_that_a_tool_is_called_by_forbids_nothing() {
    for verb in [
        "disable",
        "halt",
        "enable",
        "stop",
        "block",
        "authorize",
        "grant",
        "ban",
        "permit",
        "deny",
    ] {
        let own = format!("{verb}_card");
        let tools = with(&["view_card", "create_card", &own], &json!({}));
        let text = format!("Allow users with role admin to view cards, {verb} cards.");
        let both = statement(&text, &tools);
        assert!(
            both.starts_with("permit(") && both.contains(&own),
            "{text}: {both}"
        );
        assert!(!both.contains("create_card"), "{text}: {both}");
        for text in [
            format!("{verb} cards"),
            format!("Allow users with role admin to view cards. {verb} cards"),
            format!("When the user's role is admin, {verb} cards"),
            format!("Allow users to call view_card\n- {verb} user cards"),
        ] {
            let (last, tools) = (text.lines().last().unwrap(), &tools);
            let drafts = write(&text, tools, GATEWAY);
            let outcome = &drafts.last().unwrap().outcome;
            assert!(
                matches!(outcome, Outcome::NotTranslatable(_)),
                "{last}: {outcome:?}"
            );
        }
    }
}

#[test]
fn a_verb_that_only_the_policy_can_do_still_takes() {
    let tools = with(&["view_card", "disable_card"], &json!({}));
    let forbidden = statement("Block users from viewing cards", &tools);
    assert!(forbidden.starts_with("forbid("), "{forbidden}");
    let described = [tool("Desk", "deactivate_card", "Disable a card", &json!({}), &[])];
    let tools = [
        with(&["view_card", "create_card"], &json!({})),
        described.to_vec(),
    ]
    .concat();
    let both = statement("Allow users with role admin to view cards, disable cards", &tools);
    assert!(
        both.starts_with("permit(") && both.contains("deactivate_card"),
        "{both}"
    );
    refused("disable cards", &tools);
    // Nothing is called so, and still a list of what admins do.
    refused(
        "Allow users with role admin to view cards, disable cards",
        &tools[..2],
    );
}

#[test]
fn days_are_taken_for_the_time_of_the_call_only_where_that_is_said() {
    let tools = with(
        &["query_claim", "view_order"],
        &json!({"region": {"type": "string"}}),
    );
    all_refused(
        &tools,
        "can be about the data or the time of the call",
        &[
            "Allow users to query claims in January 2025",
            "Let users view orders from 2025-01-01 to 2025-01-31",
            "Allow users to view orders from January 1 2025 through January 31 2025",
            "Allow users to view orders in December 2025 UTC",
            "Allow users to view orders when the region is US and in January 2025",
            "Allow users to view orders since 2025-01-01 UTC",
            "Allow users to view orders from 2025-01-01T00:00:00Z",
            "Allow users to view orders between 2025-01-01T00:00:00Z and 2025-01-31T00:00:00Z",
        ],
    );
    for text in [
        "Allow users to query claims only in January 2025",
        "Allow users to query claims during January 2025",
        "Allow users to view orders only from 2025-01-01 to 2025-01-31",
        "Allow users to view orders when the current date is from 2025-01-01 to 2025-01-31",
    ] {
        let statement = statement(text, &tools);
        assert!(
            statement.contains("context.system.now >= datetime(\"2025-01-01T00:00:00Z\")"),
            "{text}: {statement}"
        );
        assert!(
            statement.contains("context.system.now < datetime(\"2025-02-01T00:00:00Z\")"),
            "{text}: {statement}"
        );
    }
    let except = statement("Allow users to view orders except in January 2025", &tools);
    assert!(except.contains("unless"), "{except}");
}

#[test]
fn a_time_beside_arguments_that_hold_times_is_not_guessed() {
    let dates = json!({"startDate": {"type": "string"}, "endDate": {"type": "string"}});
    let moment = json!({"stay": {"type": "string", "format": "date-time"}});
    let hours = json!({"slot_time": {"type": "string"}});
    for properties in [dates, moment, hours] {
        let tools = with(&["book_room"], &properties);
        for text in [
            "Allow users to book rooms from 2025-02-01 to 2025-02-28",
            "Allow users to book rooms only from 2025-02-01 to 2025-02-28",
            "Allow users to book rooms during February 2025",
            "Allow users to book rooms except in February 2025",
            "Allow users to book rooms between 9am and 5pm UTC",
            "Allow users to book rooms after 2026-12-31T00:00:00Z",
            "Allow users to book rooms when the date is before 2026-12-24 UTC",
            "Allow users to book rooms unless the time is between 9am and 5pm UTC",
        ] {
            refused(text, &tools);
        }
        let said = statement(
            "Allow users to book rooms when the current time is between 9am and 5pm UTC",
            &tools,
        );
        assert!(said.contains("toTime()"), "{said}");
    }
}

#[test]
fn a_list_of_what_is_done_and_callers_alone_are_no_requirement() {
    let tools = with(&["view_order", "process_refund", "create_user"], &json!({}));
    for text in [
        "Allow users with role manager to view orders, grant refunds",
        "Allow users with role manager to view orders, authorize refunds",
        "Allow users with role manager to view orders, block all refunds",
        "Block users",
        "Allow users",
        "Deny all users",
    ] {
        refused(text, &tools);
    }
    let both = write(
        "Allow users to view orders, block users from processing refunds",
        &tools,
        GATEWAY,
    );
    assert_eq!(both.len(), 2, "{both:?}");
}

#[test]
fn a_listed_value_in_other_letters_is_no_other_value() {
    let risk = json!({"risk": {"type": "string", "description": "How risky it is (low, high)"}});
    let tools = with(&["process_refund"], &risk);
    refused(
        "Forbid users from processing refunds when the risk is HIGH",
        &tools,
    );
    refused(
        "Forbid users from processing refunds when the risk is \"High\"",
        &tools,
    );
    statement(
        "Forbid users from processing refunds when the risk is high",
        &tools,
    );
}

#[test]
fn what_is_said_of_the_caller_is_no_argument() {
    let tools = with(
        &["process_refund"],
        &json!({"userVerified": {"type": "boolean"}, "callerApproved": {"type": "boolean"}, "orderApproved": {"type": "boolean"}}),
    );
    for text in [
        "Allow users to process refunds when the user is verified",
        "Allow users to process refunds when user has been verified",
        "Allow users to process refunds unless the user is not verified",
        "Forbid users from processing refunds when the caller is approved",
    ] {
        refused(text, &tools);
    }
    let said = statement(
        "Allow users to process refunds when the order is approved",
        &tools,
    );
    assert!(said.contains("context.input.orderApproved"), "{said}");
    let named = statement("Allow users to process refunds when userVerified is true", &tools);
    assert!(named.contains("context.input.userVerified"), "{named}");
}

#[test]
fn a_time_of_the_first_and_last_date_is_read_with_at_too() {
    let tools = with(&["process_refund"], &json!({}));
    for at in ["at ", ""] {
        let text = format!("Allow users to process refunds only from 2026-01-01 to 2026-01-31 {at}17:00 UTC");
        let said = statement(&text, &tools);
        assert!(
            said.contains("< datetime(\"2026-01-31T17:00:00Z\")"),
            "{text}: {said}"
        );
    }
}

#[test]
fn a_window_of_the_day_includes_its_end_behind_until_and_nothing_else_does() {
    let tools = with(&["process_refund"], &json!({}));
    for (when, end) in [
        ("from 9am until 5pm UTC", "toTime() <= duration(\"17h\")"),
        ("between 9am and 5pm UTC", "toTime() <= duration(\"17h\")"),
        ("until 17:00 UTC", "toTime() < duration(\"17h\")"),
        (
            "from 2025-02-01T00:00:00Z until 2025-02-03T00:00:00Z",
            "now < datetime(\"2025-02-03T00:00:00Z\")",
        ),
        (
            "between 2025-02-01T00:00:00Z and 2025-02-03T00:00:00Z",
            "now < datetime(\"2025-02-03T00:00:00Z\")",
        ),
    ] {
        let said = statement(&format!("Allow users to process refunds only {when}"), &tools);
        assert!(said.contains(end), "{when}: {said}");
    }
}

/// An argument that is called as a claim is: whose it is must be said, whatever the value looks like.
#[test]
fn an_argument_called_as_a_claim_is_not_taken_for_the_claim() {
    let properties = json!({
        "user": {"type": "string"},
        "role": {"type": "string"},
        "groupName": {"type": "string"},
        "newDepartment": {"type": "string"},
        "email": {"type": "string"},
        "scopes": {"type": "array", "items": {"type": "string"}},
    });
    let mut tools = with(&["assign_role"], &properties);
    tools.extend(with(&["view_order"], &json!({})));
    all_refused(
        &tools,
        "can be about an argument of the tool or about a claim of the caller; say `the",
        &[
            "Forbid users from assigning roles when the role is admin",
            "Forbid users from assigning roles when the role is \"admin\"",
            "Forbid users from assigning roles when role is not admin",
            "Forbid users from assigning roles unless the role is one of viewer, editor and auditor",
            "Allow users to assign roles only when the role is viewer",
            "When the role is admin, forbid users from assigning roles",
            "Forbid assign_role when the group is admins",
            "Forbid assign_role when the email address is \"a@b.c\"",
            "Forbid assign_role when the scope contains orders:read",
            "Forbid assign_role when the role is missing",
            "Forbid assign_role when the user has the role guest or the role is admin",
            "Forbid users from assigning roles and viewing orders when the role is admin",
            "Forbid users from using any tool when the role is admin",
            "Forbid assign_role when the claim role is admin",
        ],
    );
    all_refused(
        &tools,
        "can be another thing than the argument `newDepartment`; say its whole name",
        &[
            "Forbid assign_role when the department is finance",
            "Forbid assign_role when the department is not finance",
        ],
    );
    for text in [
        "Forbid users from assigning roles when their role is admin",
        "Forbid users from assigning roles when the user's role is admin",
        "Forbid users from assigning roles when the role claim is admin",
        "Forbid users with role admin from assigning roles",
        "Forbid users from viewing orders when the role is admin",
    ] {
        let said = statement(text, &tools);
        assert!(
            said.contains("principal.getTag(\"role\") == \"admin\""),
            "{text}: {said}"
        );
    }
    let said = statement(
        "Forbid users from assigning roles when the role argument is \"admin\"",
        &tools,
    );
    assert!(said.contains("context.input.role == \"admin\""), "{said}");
}

#[test]
fn a_second_reading_of_a_verb_is_told_only_where_there_is_a_first() {
    let tools = with(
        &[
            "allow_code",
            "create_code",
            "deny_loan",
            "create_user",
            "view_card",
        ],
        &json!({}),
    );
    for (text, told) in [
        (
            "Allow users to delete accounts",
            "not understood from `delete accounts`",
        ),
        (
            "Forbid users from sending external emails",
            "not understood from `sending external emails`",
        ),
        (
            "Allow codes",
            "`allow` can be what a tool does or what the policy does",
        ),
        (
            "Block users",
            "`users` can be the callers or what a tool is about",
        ),
    ] {
        let why = refused(text, &tools).join(" ");
        assert!(why.contains(told), "{text}: {why}");
    }
}
