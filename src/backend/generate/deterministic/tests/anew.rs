//! What begins anew behind `and`, `or` or a comma: one more condition, another case, or another requirement.

use super::belongs::all;
use super::readings::{refused, statement, with};
use super::tool;
use crate::model::Tool;
use serde_json::json;

fn desk() -> Vec<Tool> {
    with(
        &["approve_claim", "get_claim", "file_claim"],
        &json!({
            "claim_type": {"type": "string", "enum": ["auto", "home", "health"]},
            "state": {"type": "string"}, "purpose": {"type": "string"},
            "labels": {"type": "array", "items": {"type": "string"}},
            "amount": {"type": "integer", "description": "Amount in dollars"}, "fraud_score": {"type": "number"},
            "reviewed": {"type": "boolean", "description": "Whether the claim was reviewed by an adjuster"},
            "public": {"type": "boolean", "description": "Make the claim public"},
            "archived": {"type": "boolean", "description": "Include archived claims"},
        }),
    )
}

#[test]
fn a_second_when_is_another_case_of_what_is_forbidden() {
    all(
        &desk(),
        &[
            "Forbid approving claims after 18:00 UTC and when the claim type is auto",
            "Forbid approving claims when the state is \"NY\" and if the claim type is auto",
            "Forbid getting claims without a purpose and when reviewed is true",
            "Claims may not be approved when the state is \"NY\" and when the amount is over 50000",
            "If reviewed is true and if the state is \"NY\", forbid approving claims",
            "Forbid approving claims when the claim type is auto and after 18:00 UTC",
        ],
        &[
            "Forbid approving claims when the state is \"NY\" and the claim type is auto",
            "Forbid approving claims after 18:00 UTC when the claim type is auto",
            "Forbid approving claims when the claim type is auto and the time is after 18:00 UTC",
            "Forbid approving claims when the state is \"NY\" or when the claim type is auto",
            "Allow approving claims when the state is \"NY\" and when the claim type is auto",
            "Allow approving claims when the claim type is auto and after 18:00 UTC",
        ],
    );
}

#[test]
fn what_begins_anew_behind_an_exception_is_of_it_or_of_the_rule() {
    all(
        &desk(),
        &[
            "Forbid approving claims unless reviewed is true, or if the fraud score is over 0.9",
            "Nobody may approve claims unless they have role boss or if the state is \"NY\"",
            "Forbid approving claims unless the user has role boss or after 18:00 UTC",
            "Forbid approving claims unless reviewed is true or only when the state is \"NY\"",
            "Allow filing claims unless the state is \"NY\" and when the claim type is auto",
            "Allow filing claims except when the state is \"NY\" and when the claim type is health",
            "Users may approve claims, unless the amount is over $500, and when reviewed is true",
            "Forbid approving claims unless reviewed is true and when the amount is over $500",
            "Forbid approving claims unless reviewed is true and between 9:00 UTC and 17:00 UTC",
            "Forbid approving claims unless the state is \"NY\", or the amount is over $500",
            "Forbid approving claims unless reviewed is true, and the amount is over $500",
        ],
        &[
            "Forbid approving claims unless reviewed is true or the user has role boss",
            "Allow filing claims unless the state is \"NY\" and the claim type is auto",
            "Forbid approving claims except before 8:00 UTC or after 18:00 UTC",
            "Forbid approving claims unless the time is after 18:00 UTC or the user has role boss",
        ],
    );
}

#[test]
fn a_condition_between_two_requirements_is_of_the_first_or_of_the_second() {
    for said in [
        "Forbid users with role temp from getting claims, and when reviewed is true, forbid everyone from getting claims.",
        "Allow users to get claims, and if reviewed is true, forbid users with role temp from getting claims.",
        "Allow approving claims when the amount is under 100, and after 18:00 UTC, forbid approving claims.",
        "Forbid approving claims, after 18:00 UTC, forbid getting claims.",
    ] {
        refused(said, &desk());
    }
}

#[test]
fn two_numbers_beside_one_another_may_be_their_difference() {
    all(
        &desk(),
        &[
            "Allow approving claims when the amount is 50 less than 100",
            "Allow approving claims when the amount is $200 over $100",
            "Forbid approving claims when the amount is 50 above 20",
        ],
        &[
            "Allow approving claims when the amount is over 50 and less than 100",
            "Allow approving claims under $500",
        ],
    );
}

#[test]
fn never_and_only_have_two_readings() {
    all(
        &desk(),
        &[
            "Nobody may approve claims only if reviewed is true",
            "Do not allow approving claims only when the claim type is auto",
            "Users with role temp may not approve claims only after 18:00 UTC",
            "Claims may not be approved only when reviewed is true",
        ],
        &[
            "Forbid approving claims only when reviewed is true",
            "Allow approving claims only when reviewed is true",
            "Nobody may approve claims if reviewed is true",
        ],
    );
}

#[test]
fn a_claim_is_what_a_token_has_and_what_somebody_files() {
    all(
        &desk(),
        &[
            "Users whose claim type is auto may file claims",
            "Users with claim type auto may file claims",
            "Users whose claim status is \"open\" may file claims",
        ],
        &[
            "Users whose type claim is auto may file claims",
            "Users may file claims when the claim type is auto",
        ],
    );
    statement(
        "Users whose claim tenant is \"a\" may file reports",
        &with(&["file_report"], &json!({})),
    );
}

#[test]
fn an_address_has_a_sign_and_a_list_is_no_whole() {
    all(
        &desk(),
        &[
            "Forbid users with a gmail.com email from getting claims",
            "Users with a company email may get claims",
            "Users with a test username may not get claims",
            "Users whose email is acme.com may get claims",
            "Forbid users with the email gmail.com from getting claims",
            "Users whose scope is exactly repo may get claims",
            "Users with scope equal to claims:read may get claims",
            "Users whose groups claim equals \"devs\" may get claims",
            "Allow users whose scope = a:b to get claims",
            "Allow getting claims when groups == \"ops\"",
            "Forbid getting claims unless the user's scope is equal to \"repo\"",
        ],
        &[
            "Users whose email is bob@acme.com may get claims",
            "Users with email bob@acme.com may get claims",
            "Users whose email ends with \"@acme.com\" may get claims",
            "Users whose scope is repo may get claims",
            "Users whose role is exactly admin may get claims",
        ],
    );
}

#[test]
fn a_list_of_an_argument_is_asked_what_it_contains() {
    all(
        &desk(),
        &[
            "Forbid filing claims when a label is \"fraud\"",
            "Forbid filing claims when the labels are \"fraud\" or \"p1\"",
            "Allow filing claims when the labels are not \"fraud\"",
            "Forbid filing claims without labels",
            "Forbid filing claims when no labels are given",
            "Allow filing claims with labels",
        ],
        &[
            "Forbid filing claims when the labels contain \"fraud\"",
            "Allow filing claims when labels are provided",
        ],
    );
}

#[test]
fn an_amount_in_cents_and_one_in_dollars_are_no_one_number() {
    let paying = |name: &str, told: &str| {
        tool(
            "Desk",
            name,
            "",
            &json!({"amount": {"type": "integer", "description": told}}),
            &[],
        )
    };
    let sentence = "Forbid creating payouts and refunding charges when the amount is over 1000";
    let [cents, dollars] = ["Payout amount in cents", "Amount to refund in USD"];
    refused(
        sentence,
        &[paying("create_payout", cents), paying("refund_charge", dollars)],
    );
    statement(
        sentence,
        &[paying("create_payout", dollars), paying("refund_charge", dollars)],
    );
}

#[test]
fn what_a_tool_is_about_is_as_its_yes_or_no_argument_says() {
    let reviewed = "Forbid approving claims unless reviewed is true";
    for said in [
        "Forbid approving claims unless the claim is reviewed",
        "Forbid approving claims unless the claim was reviewed",
        "Forbid approving claims unless the claim has been reviewed",
    ] {
        assert_eq!(statement(said, &desk()), statement(reviewed, &desk()), "{said}");
    }
    for (name, told) in [
        ("signed", "The discharge was signed"),
        ("locked", "The claim is locked by the call"),
        ("closed", "The claim will be closed"),
        ("shared", "The claim is not shared yet"),
        ("merged", "The claim is to be merged"),
        ("paid", "If the customer has paid before"),
        ("copied", ""),
    ] {
        let tools = [tool(
            "Desk",
            "approve_claim",
            "",
            &json!({name: {"type": "boolean", "description": told}}),
            &[],
        )];
        refused(
            &format!("Forbid approving claims when the claim is {name}"),
            &tools,
        );
    }
    for said in [
        "Forbid approving claims when the claim is public",
        "Forbid getting claims when the claim is archived",
        "Forbid approving claims unless the user is reviewed",
        "Forbid approving claims unless the invoice is reviewed",
    ] {
        refused(said, &desk());
    }
}

#[test]
fn a_rank_is_a_role_where_roles_stand_and_nothing_else() {
    let tools = [tool("Desk", "grant_bonus", "Grant a bonus", &json!({}), &[])];
    for role in ["lead", "senior", "customer", "legal", "internal"] {
        for said in [
            format!("Users with role {role} may grant bonuses"),
            format!("Allow users with role admin or {role} to grant bonuses"),
        ] {
            let written = statement(&said, &tools);
            assert!(written.contains(&format!("== \"{role}\"")), "{said}: {written}");
        }
    }
    for said in [
        "Users with a senior role may grant bonuses",
        "Users with role senior or above may grant bonuses",
        "Users with role other may grant bonuses",
        "Users whose role is senior may grant bonuses",
        "Users with scope internal may grant bonuses",
    ] {
        refused(said, &tools);
    }
}

#[test]
fn what_nobody_shall_do_needs_no_subject() {
    for (said, plain) in [
        ("Never approve claims", "Forbid approving claims"),
        (
            "Do not approve claims over $500",
            "Forbid approving claims over $500",
        ),
        (
            "Never approve or file claims",
            "Forbid approving or filing claims",
        ),
        (
            "You must not file claims unless the purpose is given",
            "Forbid filing claims unless the purpose is given",
        ),
    ] {
        assert_eq!(statement(said, &desk()), statement(plain, &desk()), "{said}");
    }
    for said in [
        "Never approve all claims",
        "Do not only approve claims",
        "Never approve claims only when reviewed is true",
        "Do not approve claims, get claims",
        "Do not approve claims and file claims",
        "You must not file claims for users with role contractor",
    ] {
        refused(said, &desk());
    }
}

#[test]
fn but_when_is_a_condition_or_an_exception() {
    all(
        &desk(),
        &[
            "Never approve claims but when reviewed is true",
            "Nobody may approve claims but if reviewed is true",
            "Forbid approving claims over $50 but when the claim type is auto",
            "Allow approving claims but when the claim type is auto",
            "Forbid approving claims but as long as reviewed is true",
        ],
        &[
            "Allow approving claims but only when the claim type is auto",
            "Allow approving claims but not when the claim type is auto",
            "Allow approving claims but as long as reviewed is true",
        ],
    );
}

#[test]
fn callers_behind_an_exception_are_those_of_it_or_of_the_rule() {
    for said in [
        "Forbid approving claims except between 9am and 5pm UTC for users with role lead",
        "Forbid approving claims unless the purpose is given by users with role lead",
        "Forbid approving claims except before 9:00 UTC by IAM callers",
    ] {
        refused(said, &desk());
    }
}

#[test]
fn a_part_of_a_value_is_compared_with_no_whole() {
    let text = |told: &str| json!({"type": "string", "description": told});
    let texts = |told: &str| json!({"type": "array", "items": {"type": "string"}, "description": told});
    let tools = with(
        &["send_mail"],
        &json!({
            "attendees": texts("Email addresses of the attendees"), "files": texts("Paths of attached files"),
            "organizer": text("Email address of the organizer"), "owner_email": text(""), "region": text(""),
        }),
    );
    all(
        &tools,
        &[
            "Allow sending mail unless the attendees contain gmail.com",
            "Forbid sending mail when the attendees contain \"acme\"",
            "Forbid sending mail when the files contain \".exe\"",
            "Forbid sending mail when the organizer is acme.com",
            "Forbid sending mail when the owner email is \"acme\"",
        ],
        &[
            "Forbid sending mail when the attendees contain \"bob@acme.com\"",
            "Forbid sending mail when the organizer ends with \"@acme.com\"",
            "Forbid sending mail when the owner email is bob@acme.com",
            "Forbid sending mail when the region is EU-1",
        ],
    );
}
