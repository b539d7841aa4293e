//! Several callers joined by `or`, and orders by signs and by what a number is not.

use super::readings::{refused, statement};
use super::wholes::shop;
use super::{GATEWAY, tool};
use crate::backend::generate::Outcome;
use crate::backend::generate::deterministic::write;
use crate::model::Tool;
use serde_json::json;

fn deploys() -> Vec<Tool> {
    let properties = json!({
        "replicas": {"type": "integer"},
        "price": {"type": "number"},
        "dueDate": {"type": "string", "format": "date-time"},
    });
    vec![tool("Desk", "deploy", "", &properties, &[])]
}

#[test]
fn other_callers_behind_or_are_no_values() {
    let tools = shop();
    let nouns = [
        "users",
        "principals",
        "callers",
        "members",
        "agents",
        "employees",
        "clients",
        "contractors",
        "people",
        "user",
        "all users",
        "any user",
        "the users",
        "every principal",
        "Users",
        "IAM callers",
        "identities",
        "team_members",
    ];
    let firsts = [
        "role guest",
        "the role guest",
        "scope orders:read",
        "department finance",
        "username jdoe",
        "the guest role",
        "role \"guest\"",
        "role guest, contractor",
        "the claim tier set to gold",
        "group guests",
        "scopes a",
    ];
    let seconds = [
        "with role contractor",
        "with scope orders:write",
        "whose department is hr",
        "who have the role b",
        "in group x",
        "named x",
        "without role y",
        "that are in group x",
        "of group x",
        "with the contractor role",
    ];
    let frames = [
        "Forbid {} from cancelling orders",
        "Allow {} to cancel orders",
        "Only {} may cancel orders",
        "Allow access to cancel_order only for {}",
        "Nobody except {} may cancel orders",
    ];
    let joints = ["and", ", or", ", and", "nor"];
    let (mut turn, mut wrong) = (0, Vec::new());
    for noun in nouns {
        for first in firsts {
            for second in seconds {
                turn += 1;
                for joint in ["or", joints[turn % joints.len()]] {
                    let who = format!("users with {first} {joint} {noun} {second}");
                    let text = frames[turn % frames.len()].replace("{}", &who);
                    for draft in write(&text, &tools, GATEWAY) {
                        if let Outcome::Statement(statement) = draft.outcome {
                            wrong.push(format!("{text}: {statement}"));
                        }
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}: {}", wrong.len(), wrong.join("\n"));
}

#[test]
fn callers_in_general_beside_a_value_are_refused_and_quoted_ones_are_values() {
    let tools = shop();
    for text in [
        "Forbid users with role guest or users from cancelling orders",
        "Forbid users with role guest or people from cancelling orders",
        "Forbid users named jdoe or users with role guest from cancelling orders",
        "Forbid users whose role is guest or users whose role is contractor from cancelling orders",
        "Forbid users whose role is neither guest nor users with role x from cancelling orders",
        "Forbid users whose role is one of guest, contractor or users with role x from cancelling orders",
        "Allow users to cancel orders when the user's role is admin or users with role manager",
        "Allow users to process refunds when the region is US or users with role manager",
        "Allow users with role \"admin\" or \"auditor\" with scope x to cancel orders",
    ] {
        refused(text, &tools);
    }
    let told = refused(
        "Forbid users with role guest or users with role contractor from cancelling orders",
        &tools,
    );
    assert!(
        told[0].contains("`users` can be one more value or begin other callers"),
        "{told:?}"
    );
    let quoted = statement(
        "Allow users with role \"guest\" or \"users\" to cancel orders",
        &tools,
    );
    assert!(quoted.contains("== \"users\""), "{quoted}");
    let plain = statement(
        "Allow users with role guest or contractor to cancel orders",
        &tools,
    );
    assert!(plain.contains("== \"guest\" ||"), "{plain}");
    let theirs = statement(
        "Allow users to cancel orders when the user's role is admin or their department is finance",
        &tools,
    );
    assert!(
        !theirs.contains("\"their\"") && theirs.contains("\"finance\""),
        "{theirs}"
    );
}

#[test]
fn a_sign_turned_around_is_read_rightly_and_a_broken_one_is_refused() {
    let tools = deploys();
    for (sign, order) in [
        ("=>", ">="),
        ("=<", "<="),
        (">=", ">="),
        ("<=", "<="),
        ("≥", ">="),
        ("<", "<"),
        (">", ">"),
        ("=", "=="),
        ("==", "=="),
    ] {
        for text in [
            format!("replicas {sign} 10"),
            format!("replicas{sign}10"),
            format!("replicas is {sign} 10"),
        ] {
            if text.contains("is =") && !text.contains("is =>") && !text.contains("is =<") {
                continue;
            }
            let said = statement(&format!("Forbid deploy if {text}"), &tools);
            assert!(
                said.contains(&format!("context.input.replicas {order} 10")),
                "{text}: {said}"
            );
        }
    }
    for sign in [
        "= <",
        "= >",
        "== <",
        "== >",
        "= <=",
        "= >=",
        "==>",
        "<=>",
        "= =>",
        "= under",
        "== over",
        "= at least",
        "!= <",
        "!= over",
        "is equal to more than",
        "does not equal over",
        "is not equal to under",
        "=!",
        "<>",
        "> =",
        "< =",
        "is = <",
        "= between",
    ] {
        refused(&format!("Forbid deploy if replicas {sign} 10"), &tools);
    }
    refused("Forbid deploy if dueDate = before 2026-01-01T00:00:00Z", &tools);
}

#[test]
fn a_negated_limit_of_an_argument_that_may_be_absent_grants_less() {
    let tools = deploys();
    let over = [
        "is not more than 10",
        "is not over 10",
        "is not above 10",
        "does not exceed 10",
        "isn't greater than 10",
        "is no more than 10",
        "not exceeding 10",
        "is not at least 11",
        "is not 11 or more",
        "is not > 10",
        "not > 10",
    ];
    let under = [
        "is not less than 10",
        "is not under 10",
        "is not below 10",
        "is no less than 10",
        "is not at most 9",
        "is no fewer than 10",
        "is not 9 or less",
        "is not < 10",
    ];
    for words in over.into_iter().chain(under) {
        for (text, turned) in [
            (format!("Forbid deploy when replicas {words}"), true),
            (format!("Allow users to deploy unless replicas {words}"), true),
            (format!("Allow users to deploy when replicas {words}"), false),
            (format!("Forbid deploy unless replicas {words}"), false),
        ] {
            let said = statement(&text, &tools);
            assert_eq!(
                said.contains("!(context.input has replicas && "),
                turned,
                "{text}: {said}"
            );
            assert!(said.contains("context.input has replicas"), "{text}: {said}");
        }
    }
    let late = statement(
        "Forbid deploy when the due date is no later than 2026-01-01T00:00:00Z",
        &tools,
    );
    assert!(late.contains("!(context.input has dueDate && "), "{late}");
    for text in [
        "is not no more than 10",
        "is not not over 10",
        "does not exceed over 10",
    ] {
        refused(&format!("Forbid deploy when replicas {text}"), &tools);
    }
}

#[test]
fn a_negated_limit_of_an_argument_that_is_there_is_a_plain_order() {
    let tools = shop();
    let said = statement(
        "Forbid users from processing refunds when the amount does not exceed 500",
        &tools,
    );
    assert!(said.contains("context.input.amount <= 500"), "{said}");
    let said = statement("Allow refunds not over $500", &tools);
    assert!(said.contains("context.input.amount <= 500"), "{said}");
}
