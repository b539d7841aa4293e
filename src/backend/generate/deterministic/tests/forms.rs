//! Other ways to say the same: each sentence is translated as the plain one beside it.

use super::readings::{all_refused, refused, statement, with};
use super::tool;
use crate::model::Tool;
use serde_json::json;

fn desk() -> Vec<Tool> {
    let text = || json!({"type": "string"});
    with(
        &[
            "create_ticket",
            "update_ticket",
            "search_tickets",
            "delete_ticket",
            "submit_report",
            "send_email",
            "start_server",
        ],
        &json!({"region": text(), "amount": {"type": "integer"}}),
    )
}

#[track_caller]
fn same(tools: &[Tool], pairs: &[(&str, &str)]) {
    for (said, plain) in pairs {
        assert_eq!(statement(said, tools), statement(plain, tools), "{said}");
    }
}

#[test]
fn several_verbs_of_one_object_are_a_tool_each() {
    same(
        &desk(),
        &[
            (
                "Allow users to create and update tickets",
                "Allow users to create tickets and update tickets",
            ),
            (
                "Users with role agent may create, update and search tickets",
                "Users with role agent may create tickets, update tickets and search tickets",
            ),
            (
                "Forbid users from updating or deleting the tickets",
                "Forbid users from updating tickets or deleting tickets",
            ),
            (
                "Allow users to use all tools except updating and deleting tickets",
                "Allow users to use all tools except updating tickets and deleting tickets",
            ),
            (
                "Allow users to create and delete tickets when the amount is under 5",
                "Allow users to create tickets and delete tickets when the amount is under 5",
            ),
        ],
    );
    for said in [
        // There is no tool for one of them.
        "Allow users to create and archive tickets",
        "Allow users to create, close and delete tickets",
        "Allow users to submit and send emails",
        "Allow users to create and update",
        // Behind a list, a limit can be of the last.
        "Allow users to create and update tickets with amount under 5",
    ] {
        refused(said, &desk());
    }
    let with_another = [
        desk(),
        vec![tool(
            "Other",
            "create",
            "Creates what is asked for",
            &json!({}),
            &[],
        )],
    ]
    .concat();
    refused("Allow users to create and update tickets", &with_another);
}

#[test]
fn what_may_be_done_by_whom_is_what_they_may_do() {
    same(
        &desk(),
        &[
            (
                "Tickets may only be deleted by users with role admin",
                "Only users with role admin may delete tickets",
            ),
            (
                "The ticket can be deleted only by users with role admin",
                "Only users with role admin may delete tickets",
            ),
            (
                "Tickets may be updated by everyone",
                "Everyone may update tickets",
            ),
            (
                "Reports can be submitted by users with role clerk",
                "Users with role clerk can submit reports",
            ),
            (
                "Emails must not be sent by users with role guest",
                "Users with role guest must not send emails",
            ),
            ("Tickets cannot be deleted", "Forbid deleting tickets"),
            (
                "Tickets may not be deleted after 18:00 UTC",
                "Forbid deleting tickets after 18:00 UTC",
            ),
            (
                "Tickets may be created by users with role agent when the region is \"eu\"",
                "Users with role agent may create tickets when the region is \"eu\"",
            ),
            (
                "Tickets must not be deleted unless the user has role admin",
                "Forbid deleting tickets unless the user has role admin",
            ),
            (
                "Tickets over 500 may not be updated by users with role intern",
                "Forbid updating tickets over 500 for users with role intern",
            ),
        ],
    );
    for said in [
        // A duty, and not a leave.
        "Tickets must be deleted by users with role admin",
        "Tickets should be updated by users with role agent",
        // Words that no tool has.
        "Closed tickets may be deleted by users with role admin",
        "Tickets may be archived by users with role admin",
        "Tickets may be deleted permanently by users with role admin",
        "Only tickets may be deleted by users with role admin",
        "All tickets must not be deleted by users with role intern",
        "Tickets must not be deleted by all users",
        "Emails may be sent to users with role admin",
        "Tickets may be deleted with care",
    ] {
        refused(said, &desk());
    }
}

#[test]
fn all_but_some_tools_can_be_said_of_anything() {
    same(
        &desk(),
        &[
            (
                "Users may do anything except delete tickets",
                "Users may use all tools except delete tickets",
            ),
            (
                "Users may do everything but delete tickets",
                "Users may use all tools except deleting tickets",
            ),
            (
                "Allow users to use all tools, except deleting tickets",
                "Allow users to use all tools except deleting tickets",
            ),
            (
                "Allow users to do everything, except delete and update tickets",
                "Allow users to use all tools except deleting tickets and updating tickets",
            ),
        ],
    );
    refused("Users may do anything except archive tickets", &desk());
    refused("Users may do everything, but not delete", &desk());
}

#[test]
fn two_times_behind_a_tool_are_either() {
    same(
        &desk(),
        &[
            (
                "Forbid deleting tickets before 08:00 UTC or after 18:00 UTC",
                "Forbid deleting tickets when the current time is before 08:00 UTC or after 18:00 UTC",
            ),
            (
                "Allow users to delete tickets except before 08:00 UTC or after 18:00 UTC",
                "Allow users to delete tickets unless the current time is before 08:00 UTC or after 18:00 UTC",
            ),
        ],
    );
    for said in [
        "Forbid deleting tickets before 08:00 or after 18:00 UTC",
        "Forbid deleting tickets before 08:00 UTC or after 18:00 UTC and amount over 5",
        "Forbid deleting tickets before 08:00 UTC or the amount is over 5",
        "Forbid deleting tickets before 08:00 UTC or after 18:00 UTC with amount over 5",
    ] {
        refused(said, &desk());
    }
}

#[test]
fn a_day_is_from_its_beginning_to_its_end() {
    let tools = desk();
    let said = statement(
        "Forbid deleting tickets when the current date is 2026-12-31",
        &tools,
    );
    for bound in [
        "context.system.now >= datetime(\"2026-12-31T00:00:00Z\")",
        "context.system.now < datetime(\"2027-01-01T00:00:00Z\")",
    ] {
        assert!(said.contains(bound), "{said}");
    }
    same(
        &tools,
        &[
            (
                "Forbid deleting tickets when the current date is 2026-12-31 UTC",
                "Forbid deleting tickets when the current date is 2026-12-31",
            ),
            (
                "Allow users to delete tickets only on 31 December 2026",
                "Allow users to delete tickets when the current date is 2026-12-31",
            ),
            (
                "Allow users to delete tickets except on 2026-12-31 UTC",
                "Allow users to delete tickets unless the current date is 2026-12-31",
            ),
        ],
    );
    all_refused(
        &tools,
        "say `the current date is 2026-12-31`",
        &[
            "Allow users to search tickets on 2026-12-31",
            "Forbid deleting tickets on 2026-12-31",
        ],
    );
    for said in [
        "Forbid deleting tickets when the current date is 2026-02-30",
        "Forbid deleting tickets when the current date is not 2026-12-31",
        "Forbid deleting tickets when the current date is 2026-12-31 at 9:00 UTC",
        "Forbid deleting tickets when the current date is 31 December",
    ] {
        refused(said, &tools);
    }
}

#[test]
fn what_an_argument_starts_with_is_no_part_of_its_name_though_a_tool_starts_something() {
    let said = statement(
        "Allow users to start servers when the region starts with \"eu-\"",
        &desk(),
    );
    assert!(said.contains("context.input.region like \"eu-*\""), "{said}");
}
