//! Snapshots: whole, shared, and never half changed (performance.md 7.3, P9; invariant I8).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::*;
use crate::cedar::Decision;
use crate::cedar::authorize::BuildError;

const ALL: &str = "true";

#[test]
fn a_change_is_in_force_at_once_and_an_earlier_snapshot_stays_as_it_was() {
    let authorizer = authorizer(&[("one", statement("permit", Some("pay"), ALL))]);
    let before = authorizer.snapshot();
    let generation = authorizer
        .apply([put("two", &statement("forbid", Some("pay"), ALL), Mode::Active)])
        .expect("it is a statement");
    assert_eq!(generation, before.generation() + 1);
    let response = pay(&authorizer, "pay", 1);
    assert_eq!(
        (response.decision, response.generation),
        (Decision::Deny, generation)
    );
    let arguments = Map::new();
    let call = Call {
        tool: "Refund___pay",
        arguments: &arguments,
        now: NOW,
    };
    let earlier = before
        .request(&user(&[]), call)
        .expect("it is a request")
        .decide();
    assert_eq!(
        (earlier.decision, earlier.generation),
        (Decision::Allow, before.generation())
    );
    let remove = |policy: &str| Change::Remove {
        policy: policy.to_owned(),
    };
    authorizer
        .apply([remove("two"), remove("never-there")])
        .expect("they go");
    assert_eq!(pay(&authorizer, "pay", 1).decision, Decision::Allow);
}

#[test]
fn a_policy_moves_between_deciding_and_being_logged() {
    let text = statement("permit", Some("pay"), ALL);
    let authorizer = authorizer(&[("one", text.clone())]);
    authorizer
        .apply([put("one", &text, Mode::LogOnly)])
        .expect("it is a statement");
    let response = pay(&authorizer, "pay", 1);
    assert_eq!(
        (response.decision, ids(&response.log_only.flipping)),
        (Decision::Deny, vec!["one"])
    );
    authorizer
        .apply([put("one", &text, Mode::Active)])
        .expect("it is a statement");
    assert_eq!(pay(&authorizer, "pay", 1).decision, Decision::Allow);
}

#[test]
fn a_change_that_cannot_be_made_leaves_everything_in_force() {
    let authorizer = authorizer(&[
        ("forbid", statement("forbid", None, ALL)),
        ("permit", statement("permit", None, ALL)),
    ]);
    let before = authorizer.snapshot();
    let changes = [
        Change::Remove {
            policy: "forbid".to_owned(),
        },
        put("broken", "permit(principal, action, resource", Mode::Active),
    ];
    let error = authorizer.apply(changes).expect_err("it does not parse");
    assert!(
        matches!(&error, BuildError::Statement { policy, .. } if policy == "broken"),
        "{error}"
    );
    assert!(error.to_string().starts_with("policy broken: "), "{error}");
    assert!(Arc::ptr_eq(&before, &authorizer.snapshot()));
    assert_eq!(ids(&pay(&authorizer, "pay", 1).determining), ["forbid"]);
    // And what was taken back then is still to be done.
    authorizer
        .apply([Change::Remove {
            policy: "forbid".to_owned(),
        }])
        .expect("it goes");
    assert_eq!(pay(&authorizer, "pay", 1).decision, Decision::Allow);
}

#[test]
fn what_a_change_leaves_alone_is_shared_and_not_parsed_again() {
    let policies: Vec<(String, String)> = (0..20)
        .map(|number| {
            (
                format!("p{number}"),
                statement("permit", Some(["pay", "look"][number % 2]), ALL),
            )
        })
        .collect();
    let named: Vec<(&str, String)> = policies
        .iter()
        .map(|(id, text)| (id.as_str(), text.clone()))
        .collect();
    let authorizer = authorizer(&named);
    let rules = |tool: &str| -> BTreeMap<String, usize> {
        let snapshot = authorizer.snapshot();
        let tools = snapshot.tools.as_ref().expect("they are loaded");
        let tool = tools.get(&format!("Refund___{tool}")).expect("it is there");
        let user = user(&[]);
        let rules = snapshot.index.candidates(&user, &tool.action, &tool.above);
        rules
            .map(|rule| (rule.id.to_string(), Arc::as_ptr(rule) as usize))
            .collect()
    };
    let (pays, looks) = (rules("pay"), rules("look"));
    assert_eq!((pays.len(), looks.len()), (10, 10));
    // All of them again, as after a restart of what tells of changes, and one that is another.
    let again = policies.iter().map(|(id, text)| {
        let text = if id == "p2" {
            statement("permit", Some("pay"), "1 == 1")
        } else {
            text.clone()
        };
        put(id, &text, Mode::Active)
    });
    authorizer.apply(again).expect("they are statements");
    assert_eq!(looks, rules("look"));
    let after = rules("pay");
    let changed: Vec<&str> = pays
        .iter()
        .filter(|(id, at)| after.get(*id) != Some(*at))
        .map(|(id, _)| id.as_str())
        .collect();
    assert_eq!((changed, after.len()), (vec!["p2"], 10));
}

#[test]
fn of_two_changes_of_one_policy_the_last_counts() {
    let authorizer = authorizer(&[]);
    let changes = ["forbid", "permit"].map(|effect| put("one", &statement(effect, None, ALL), Mode::Active));
    authorizer.apply(changes).expect("they are statements");
    assert_eq!(pay(&authorizer, "pay", 1).decision, Decision::Allow);
}

#[test]
fn policies_of_another_gateway_are_kept_aside() {
    let elsewhere = statement("permit", None, ALL).replace("refunds", "others");
    let authorizer = authorizer(&[
        ("elsewhere", elsewhere.clone()),
        ("here", statement("permit", Some("look"), ALL)),
    ]);
    assert_eq!(pay(&authorizer, "pay", 1).decision, Decision::Deny);
    authorizer
        .apply([put(
            "elsewhere",
            &elsewhere.replace("others", "refunds"),
            Mode::Active,
        )])
        .expect("it moves");
    assert_eq!(pay(&authorizer, "pay", 1).decision, Decision::Allow);
    authorizer
        .apply([put("elsewhere", &elsewhere, Mode::Active)])
        .expect("it moves");
    assert_eq!(pay(&authorizer, "pay", 1).decision, Decision::Deny);
}

#[test]
fn actions_that_conditions_name_are_known_whichever_comes_first() {
    let condition = "AgentCore::Action::\"Refund___look\" in AgentCore::Action::\"Refund\"";
    let text = statement("permit", Some("pay"), condition);
    let first = authorizer(&[("one", text.clone())]);
    assert_eq!(pay(&first, "pay", 1).decision, Decision::Allow);
    let second = Authorizer::new(GATEWAY).expect("Cedar reads its own names");
    second
        .apply([put("one", &text, Mode::Active)])
        .expect("it is a statement");
    second.offer(&schema()).expect("they are tools");
    assert_eq!(pay(&second, "pay", 1).decision, Decision::Allow);
    second
        .offer(&Schema::of(&[tool("pay", json!({}))]).expect("it fits"))
        .expect("they are tools");
    assert_eq!(
        pay(&second, "pay", 1).decision,
        Decision::Deny,
        "the tool has gone"
    );
}
