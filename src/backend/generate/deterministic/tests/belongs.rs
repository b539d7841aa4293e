//! What belongs to the callers or to the tool, to the last of two or to both, and to one number or to two.

use super::readings::{refused, statement, with};
use super::tool;
use crate::model::Tool;
use serde_json::{Value, json};

fn desk(properties: &Value) -> Vec<Tool> {
    with(&["create_deal", "close_deal"], properties)
}

#[track_caller]
pub(super) fn all(tools: &[Tool], refused_ones: &[&str], translated: &[&str]) {
    for said in refused_ones {
        refused(said, tools);
    }
    for said in translated {
        statement(said, tools);
    }
}

#[test]
fn what_stands_with_callers_behind_a_tool_is_no_argument_of_it() {
    let text = || json!({"type": "string"});
    all(
        &desk(
            &json!({"region": text(), "tier": {"type": "integer"}, "manager": text(), "reason": text(), "user": text()}),
        ),
        &[
            "Deals may only be created by users with region \"EMEA\"",
            "Allow creating deals for users with region \"EMEA\"",
            "Allow creating deals for everyone with region \"EMEA\"",
            "Forbid creating deals for users with the region \"EMEA\" unless the reason is given",
            "Deals may only be created by users with tier 3",
            "Deals may not be created by users with region EU or US",
            "Forbid creating deals for users without a region",
            "Forbid creating deals for users with a manager",
            "Forbid creating deals for IAM callers with region \"EMEA\"",
            "Deals may only be closed by users with role agent with reason \"x\"",
            "Forbid creating deals for user \"bob\"",
        ],
        &[
            "Deals may only be created by users with role agent",
            "Deals may only be created by users whose region claim is \"EMEA\"",
            "Allow creating deals with region \"EMEA\" for users with role agent",
            "Deals may only be closed by users with role agent when the reason is \"x\"",
        ],
    );
    statement(
        "Forbid creating deals for user \"bob\"",
        &desk(&json!({"region": text()})),
    );
}

#[test]
fn a_condition_behind_the_second_of_two_tools_is_not_one_of_both() {
    let properties = json!({"amount": {"type": "integer"}, "reason": {"type": "string"}});
    all(
        &desk(&properties),
        &[
            "Forbid closing deals, and creating deals when the amount is over 100",
            "Nobody may close deals, or create deals when the amount is over 100",
            "Users with role agent may not close deals, or create deals unless the reason is given",
            "Forbid closing deals, and creating deals except for users with role agent",
        ],
        &[
            "Users with role agent may close deals, and create deals",
            "Forbid closing deals and creating deals when the amount is over 100",
        ],
    );
}

#[test]
fn what_multiplies_the_second_number_may_multiply_the_first() {
    let tools = desk(&json!({"amount": {"type": "integer", "description": "Amount in US dollars"}}));
    all(
        &tools,
        &[
            "Allow creating deals when the amount is between 50 and 60k",
            "Allow creating deals when the amount is from 50 to 60k",
            "Allow creating deals when the amount is over 50 and under 60k",
            "Allow creating deals when the amount is between $50 and $60k",
            "Allow creating deals when the amount is between $1 and $2 million",
            "Forbid creating deals when the amount is not between 5 and 10k",
        ],
        &[
            "Allow creating deals when the amount is between $5 and $1k",
            "Allow creating deals when the amount is between 50k and 60k",
            "Allow creating deals when the amount is between 50 and 60,000",
        ],
    );
}

#[test]
fn a_number_of_another_scale_and_a_rank_are_not_compared() {
    let of =
        |name: &str, description: &str| desk(&json!({name: {"type": "integer", "description": description}}));
    all(
        &of("cap", "Cap in thousands of dollars"),
        &[
            "Forbid creating deals when the cap is over 5k",
            "Forbid creating deals when the cap is over 5 million",
            "Allow creating deals when the cap is at most 5 thousand",
        ],
        &["Forbid creating deals when the cap is over 5"],
    );
    all(
        &of("priority", "Priority, 1 is the highest"),
        &[
            "Forbid creating deals when the priority is higher than 2",
            "Forbid creating deals when the priority is 2 or higher",
            "Forbid creating deals with priority above 2",
            "Forbid creating deals when the priority is below 2",
        ],
        &["Forbid creating deals when the priority is 1"],
    );
}

#[test]
fn one_of_several_is_denied_as_a_whole() {
    let door = |required: &[&str]| {
        let properties = json!({"reason": {"type": "string"}});
        vec![tool("Doors", "unlock_door", "", &properties, required)]
    };
    let said = "Forbid unlocking doors when the reason is not one of \"fire\", \"flood\"";
    let optional = statement(said, &door(&[]));
    assert!(
        optional.contains("!(context.input has reason && (context.input.reason == \"fire\" || context.input.reason == \"flood\"))"),
        "{optional}"
    );
    let required = statement(said, &door(&["reason"]));
    assert!(
        required.contains("!(context.input.reason == \"fire\" || context.input.reason == \"flood\")"),
        "{required}"
    );
}
