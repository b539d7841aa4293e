//! service.md 11.3 and 11.8.

use super::*;
use crate::cedar::{Decision, RequestError};

#[test]
fn a_refund_under_the_limit_goes_through_and_one_over_it_does_not() {
    let authorizer = authorizer(&[(
        "small",
        statement("permit", Some("pay"), "context.input.amount < 1000"),
    )]);
    let (small, large) = (pay(&authorizer, "pay", 500), pay(&authorizer, "pay", 2000));
    assert_eq!(
        (small.decision, ids(&small.determining)),
        (Decision::Allow, vec!["small"])
    );
    assert_eq!(
        (large.decision, ids(&large.determining)),
        (Decision::Deny, vec![])
    );
    assert_eq!(pay(&authorizer, "look", 500).decision, Decision::Deny);
}

#[test]
fn a_forbid_wins_and_is_what_determines() {
    let authorizer = authorizer(&[
        ("b-permit", statement("permit", None, "true")),
        (
            "z-forbid",
            statement("forbid", Some("pay"), "context.input.amount > 1000"),
        ),
        (
            "a-forbid",
            statement("forbid", None, "context.input.amount > 2000"),
        ),
    ]);
    let decided = |amount| {
        let response = pay(&authorizer, "pay", amount);
        (response.decision, ids(&response.determining).join(" "))
    };
    assert_eq!(decided(1000), (Decision::Allow, "b-permit".to_owned()));
    assert_eq!(decided(1001), (Decision::Deny, "z-forbid".to_owned()));
    assert_eq!(decided(2001), (Decision::Deny, "a-forbid z-forbid".to_owned()));
}

#[test]
fn a_policy_that_errors_is_skipped_and_told() {
    let authorizer = authorizer(&[
        ("permit", statement("permit", None, "true")),
        ("forbid", statement("forbid", None, "context.input.missing > 1")),
        (
            "log-forbid",
            statement("forbid", None, "principal.getTag(\"role\") == \"x\""),
        ),
    ]);
    let response = pay(&authorizer, "pay", 1);
    assert_eq!(response.decision, Decision::Allow);
    let told = |list: &[crate::cedar::Mismatch]| -> Vec<String> {
        list.iter()
            .map(|one| format!("{}: {}", one.policy, one.error))
            .collect()
    };
    assert_eq!(
        told(&response.mismatched),
        ["forbid: record does not have the attribute `missing`"]
    );
    assert_eq!(
        told(&response.log_only.mismatched),
        ["log-forbid: `AgentCore::OAuthUser::\"u1\"` does not have the tag `role`"]
    );
}

#[test]
fn policies_that_are_only_logged_decide_nothing_and_tell_what_they_would_turn() {
    let logged = |active: &[(&str, String)]| {
        let log = [
            ("log-permit", statement("permit", None, "true")),
            ("log-forbid", statement("forbid", Some("pay"), "true")),
            ("log-never", statement("forbid", Some("pay"), "false")),
        ];
        let response = pay(&authorizer(&[active, &log].concat()), "pay", 1);
        let log = &response.log_only;
        assert!(!log.incomplete);
        (
            response.decision,
            ids(&log.matched).join(" "),
            ids(&log.flipping).join(" "),
        )
    };
    let matched = "log-forbid log-permit".to_owned();
    let permit = ("permit", statement("permit", None, "true"));
    let forbid = ("forbid", statement("forbid", None, "true"));
    assert_eq!(
        logged(&[]),
        (Decision::Deny, matched.clone(), "log-permit".to_owned())
    );
    assert_eq!(
        logged(std::slice::from_ref(&permit)),
        (Decision::Allow, matched.clone(), "log-forbid".to_owned())
    );
    assert_eq!(
        logged(&[permit, forbid]),
        (Decision::Deny, matched, String::new())
    );
}

#[test]
fn lists_of_what_is_only_logged_end_at_a_thousand() {
    let many: Vec<(String, String)> = (0..1_001)
        .map(|number| (format!("log-{number:04}"), statement("permit", None, "true")))
        .collect();
    let many: Vec<(&str, String)> = many
        .iter()
        .map(|(id, text)| (id.as_str(), text.clone()))
        .collect();
    let response = pay(&authorizer(&many), "pay", 1);
    assert_eq!(
        (response.log_only.matched.len(), response.log_only.flipping.len()),
        (1_000, 1_000)
    );
    assert!(response.log_only.incomplete);
    assert_eq!(ids(&response.log_only.matched)[999], "log-0999");
    let response = pay(&authorizer(&many[1..]), "pay", 1);
    assert!(!response.log_only.incomplete);
}

#[test]
fn nothing_loaded_allows_nothing() {
    let authorizer = Authorizer::new(GATEWAY).expect("Cedar reads its own names");
    let ask = |tool: &str| {
        let arguments = Map::new();
        let call = Call {
            tool,
            arguments: &arguments,
            now: NOW,
        };
        let snapshot = authorizer.snapshot();
        snapshot.request(&user(&[]), call).map(|request| request.decide())
    };
    assert_eq!(ask("Refund___pay"), Err(RequestError::NotLoaded));
    authorizer.offer(&schema()).expect("they are tools");
    assert_eq!(
        ask("Refund___pay").map(|response| response.decision),
        Ok(Decision::Deny)
    );
    assert_eq!(ask("pay"), Err(RequestError::UnknownTool("pay".to_owned())));
    assert_eq!(
        ask("UnknownTool"),
        Err(RequestError::UnknownTool("UnknownTool".to_owned()))
    );
}

#[test]
fn principals_are_as_the_schema_has_them() {
    let authorizer = authorizer(&[
        (
            "id",
            statement("permit", None, "principal has id && principal.id == \"x\""),
        ),
        ("role", statement("permit", None, "principal.hasTag(\"role\")")),
    ]);
    let determining = |kind| {
        let tags = [("role".to_owned(), "admin".to_owned())];
        let principal = Principal::new(kind, "x", tags).expect("Cedar reads its own names");
        let (snapshot, arguments) = (authorizer.snapshot(), Map::new());
        let call = Call {
            tool: "Refund___pay",
            arguments: &arguments,
            now: NOW,
        };
        let request = snapshot.request(&principal, call).expect("it is a request");
        ids(&request.decide().determining).join(" ")
    };
    assert_eq!(determining(PrincipalKind::OAuthUser), "id role");
    assert_eq!(determining(PrincipalKind::IamEntity), "id");
    assert_eq!(determining(PrincipalKind::UnauthenticatedUser), "");
}

/// A forbid that Cedar stops evaluating, for want of stack, would forbid nothing.
#[test]
fn a_long_condition_is_evaluated_on_a_small_stack() {
    let terms = vec!["context.input.amount != 7"; 250].join(" && ");
    let authorizer = authorizer(&[
        ("permit", statement("permit", None, "true")),
        ("forbid", statement("forbid", None, &terms)),
    ]);
    let decide = move || pay(&authorizer, "pay", 1);
    let small = std::thread::Builder::new().stack_size(768 * 1024);
    let response = small.spawn(decide).expect("a thread").join().expect("it decides");
    assert_eq!(
        (response.decision, ids(&response.determining)),
        (Decision::Deny, vec!["forbid"])
    );
}
