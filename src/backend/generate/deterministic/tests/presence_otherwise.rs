//! That an argument is given, where its value may be meant, or every call has it.

use super::readings::{all_refused, refused, statement};
use super::tool;
use crate::model::Tool;
use serde_json::json;

fn tools() -> Vec<Tool> {
    let text = |description: &str| json!({"type": "string", "description": description});
    let properties = json!({
        "terms": text(""), "note": text("What to say, if given"),
        "breakfast": text("Breakfast (included, excluded)"), "insurance": text("Insurance (none, basic, full)"),
        "proof": text("Proof (given, missing)"), "lead_consent": text("Whether the lead consents: yes or no"),
        "signature": {"type": "string", "enum": ["provided", "waived"]}, "mode": {"type": "string", "enum": ["fast"]},
        "consent": text(""), "manager_approval": text(""), "approvalId": text(""), "limit": {"type": "integer"},
        "party": {"type": "object", "properties": {"name": text("")}, "required": ["name"]},
    });
    vec![tool("Desk", "book_hotel", "", &properties, &["terms"])]
}

#[test]
fn what_is_said_of_a_value_is_not_presence() {
    all_refused(
        &tools(),
        "can be about a value of",
        &[
            "Allow users to book hotels when breakfast is included",
            "Allow users to book hotels when breakfast is not included",
            "Forbid booking hotels unless breakfast is provided",
            "Allow users to book hotels when insurance is included",
            "Allow users to book hotels when insurance is missing",
            "Allow users to book hotels with insurance",
            "Allow users to book hotels without insurance",
            "Allow users to book hotels when the proof is given",
            "Allow users to book hotels when the proof is omitted",
            "Allow users to book hotels when the lead consent is provided",
            "Allow users to book hotels when the signature is provided",
            "Allow users to book hotels when the mode is set",
            "Allow users to book hotels when no breakfast is included",
            "Allow users to book hotels when the breakfast and the note are provided",
            "Allow users to book hotels when the request includes breakfast",
        ],
    );
    for (text, said) in [
        (
            "Allow users to book hotels when breakfast is \"included\"",
            "context.input.breakfast == \"included\"",
        ),
        (
            "Allow users to book hotels when insurance is none",
            "context.input.insurance == \"none\"",
        ),
        (
            "Allow users to book hotels when insurance is full",
            "context.input.insurance == \"full\"",
        ),
    ] {
        let statement = statement(text, &tools());
        assert!(statement.contains(said), "{text}: {statement}");
    }
}

#[test]
fn consent_that_is_given_says_yes() {
    all_refused(
        &tools(),
        "can mean that it says yes",
        &[
            "Allow users to book hotels when consent is given",
            "Forbid booking hotels unless consent is provided",
            "Allow users to book hotels when no consent is given",
            "Allow users to book hotels with manager approval",
            "Allow users to book hotels without a manager approval",
            "Allow users to book hotels when they provide consent",
        ],
    );
    for text in [
        "Allow users to book hotels when consent is granted",
        "Allow users to book hotels when consent is obtained",
    ] {
        refused(text, &tools());
    }
    for text in [
        "Allow users to book hotels when an approval id is provided",
        "Allow users to book hotels when a note is provided",
        "Allow users to book hotels with a note",
        "Allow users to book hotels without a note",
        "Allow users to book hotels when the request has a note",
        "Allow users to book hotels when no note is given",
    ] {
        let said = statement(text, &tools());
        assert!(said.contains("context.input has "), "{text}: {said}");
    }
}

#[test]
fn what_every_call_must_have_is_not_asked_for() {
    all_refused(
        &tools(),
        "every call must have `terms`",
        &[
            "Allow users to book hotels when the terms are given",
            "Forbid booking hotels unless the terms are provided",
            "Forbid booking hotels when the terms are missing",
            "Forbid booking hotels without terms",
            "Allow users to book hotels with terms",
            "Allow users to book hotels when the request includes terms",
            "Allow users to book hotels when terms exists",
            "Forbid booking hotels when no terms are given",
        ],
    );
    // The call has it, or comes without it all the same.
    statement("Forbid booking hotels unless the terms are present", &tools());
    statement(
        "Allow users to book hotels when the terms and a note are provided",
        &tools(),
    );
    statement(
        "Allow users to book hotels when the party name is provided",
        &tools(),
    );
}

#[test]
fn a_limit_of_a_number_is_one() {
    let said = statement("Allow users to book hotels with a limit of at most 50", &tools());
    assert!(said.contains("context.input.limit <= 50"), "{said}");
    all_refused(
        &tools(),
        "`with` and `without` can be about the value of `limit`",
        &[
            "Allow users to book hotels with a limit",
            "Forbid booking hotels without a limit",
        ],
    );
    all_refused(
        &tools(),
        "not understood from",
        &["Allow users to book hotels with a limit of plenty"],
    );
}
