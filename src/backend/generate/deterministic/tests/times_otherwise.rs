//! Times behind a tool that takes times of its own: they may be those of the data.

use super::readings::{all_refused, statement, with};
use serde_json::json;

#[test]
fn a_time_beside_an_argument_for_times_is_not_the_time_of_the_call() {
    for (name, description) in [
        ("check_in", ""),
        ("checkOut", ""),
        ("slot", ""),
        ("pickup", ""),
        ("scheduledFor", ""),
        ("expiresAt", ""),
        ("effectiveOn", ""),
        ("arrival", ""),
        ("departs", ""),
        ("due", ""),
        ("visit", "Requested slot, e.g. 2026-03-01 10:00"),
        ("visit", "When to come (HH:MM, such as 10:30)"),
        ("visit", "The date of the visit"),
        ("visit", "ISO 8601"),
    ] {
        let properties =
            json!({name: {"type": "string", "description": description}, "city": {"type": "string"}});
        let tools = with(&["book_hotel"], &properties);
        all_refused(
            &tools,
            "can be about the data or the time of the call; say `the current",
            &[
                "Allow users to book hotels before 2026-12-24 UTC",
                "Forbid booking hotels on or after 2026-12-24 UTC",
                "Allow users to book hotels only during December 2026",
                "Allow users to book hotels after 5pm UTC",
                "Allow users to book hotels between 9am and 5pm UTC",
                "Allow users to book hotels except between 9am and 5pm UTC",
                "Forbid booking hotels until 2026-12-31T12:00:00Z",
            ],
        );
        for text in [
            "Allow users to book hotels when the current time is between 9am and 5pm UTC",
            "Allow users to book hotels when the current time is before 2026-12-24 UTC",
            "Forbid booking hotels unless the current date is from 2026-12-01 to 2026-12-24",
        ] {
            let said = statement(text, &tools);
            assert!(said.contains("context.system.now"), "{text}: {said}");
        }
    }
    let tools = with(
        &["book_hotel"],
        &json!({"city": {"type": "string", "description": "Where it is"}, "room": {"type": "integer"}}),
    );
    for text in [
        "Allow users to book hotels before 2026-12-24 UTC",
        "Allow users to book hotels after 5pm UTC",
        "Allow users to book hotels between 9am and 5pm UTC",
    ] {
        statement(text, &tools);
    }
}

/// What is told to be said is taken when it is said so.
#[test]
fn the_wording_that_is_asked_for_is_taken() {
    let tools = with(&["book_hotel"], &json!({"slot": {"type": "string"}}));
    for said in [
        "between 9am and 5pm UTC",
        "after 5pm UTC",
        "before 2026-12-24 UTC",
        "since 2026-12-24 UTC",
    ] {
        let asked = format!("say `the current time is {said}`");
        all_refused(&tools, &asked, &[&format!("Allow users to book hotels {said}")]);
        statement(
            &format!("Allow users to book hotels when the current time is {said}"),
            &tools,
        );
    }
    all_refused(
        &tools,
        "say `the current date is in May 2026`",
        &["Allow users to book hotels in May 2026"],
    );
    statement(
        "Allow users to book hotels when the current date is in May 2026",
        &tools,
    );
}
