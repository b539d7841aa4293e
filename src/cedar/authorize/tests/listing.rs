//! Which tools are shown: service.md 11.6.

use super::*;

/// The tools that these policies show a user who has the tag `role`.
fn listed(policies: &[(&str, String)]) -> Vec<String> {
    let listed = authorizer(policies)
        .snapshot()
        .listed(&user(&[("role", "clerk")]));
    let listed = listed.expect("it is loaded").into_iter();
    listed
        .map(|action| action.trim_start_matches("Refund___").to_owned())
        .collect()
}

#[test]
fn a_tool_is_shown_when_some_arguments_could_be_allowed() {
    let of_pay = |effect: &str, condition: &str| statement(effect, Some("pay"), condition);
    let permit = |condition: &str| of_pay("permit", condition);
    let forbid = |condition: &str| ("no", of_pay("forbid", condition));
    let tagged =
        |role: &str| format!("principal.hasTag(\"role\") && principal.getTag(\"role\") == \"{role}\"");
    let yes = || ("yes", permit("true"));
    for (policies, shown) in [
        // Nothing is permitted: no tools, and no error.
        (vec![], &[][..]),
        (vec![yes()], &["pay"]),
        (vec![("yes", statement("permit", None, "true"))], &["look", "pay"]),
        // Arguments and time are not known, and not looked into.
        (vec![("yes", permit("context.input.amount < 1000"))], &["pay"]),
        (vec![("yes", permit("context has nothing && false"))], &["pay"]),
        (
            vec![(
                "yes",
                permit("context.system.now < datetime(\"1970-01-01\") && context.input.amount == 1"),
            )],
            &["pay"],
        ),
        // The principal and its tags are.
        (
            vec![("yes", permit("principal.getTag(\"role\") == \"clerk\""))],
            &["pay"],
        ),
        (
            vec![("yes", permit("principal.getTag(\"role\") == \"boss\""))],
            &[],
        ),
        (
            vec![(
                "yes",
                permit("principal.hasTag(\"team\") && context.input.amount < 1000"),
            )],
            &[],
        ),
        // Also where a condition asks for a tag before anything else, and is found by it.
        (vec![("yes", permit(&tagged("clerk")))], &["pay"]),
        (vec![("yes", permit(&tagged("boss")))], &[]),
        (vec![yes(), forbid(&tagged("clerk"))], &[]),
        (vec![yes(), forbid(&tagged("boss"))], &["pay"]),
        (
            vec![
                yes(),
                forbid(&format!("{} && context.input.amount > 0", tagged("clerk"))),
            ],
            &["pay"],
        ),
        // What cannot be evaluated permits nothing.
        (vec![("yes", permit("principal.getTag(\"team\") == \"a\""))], &[]),
        // A forbid hides a tool only when it is sure to apply.
        (vec![yes(), forbid("true")], &[]),
        (
            vec![yes(), forbid("principal.getTag(\"role\") == \"clerk\"")],
            &[],
        ),
        (
            vec![yes(), forbid("principal.getTag(\"role\") == \"boss\"")],
            &["pay"],
        ),
        (
            vec![yes(), forbid("principal.getTag(\"team\") == \"a\"")],
            &["pay"],
        ),
        (vec![yes(), forbid("context.input.amount > 0")], &["pay"]),
        // What is only logged neither shows nor hides.
        (vec![("log-yes", permit("true"))], &[]),
        (vec![yes(), ("log-no", of_pay("forbid", "true"))], &["pay"]),
        // Nor does a policy of another tool.
        (
            vec![yes(), ("no", statement("forbid", Some("look"), "true"))],
            &["pay"],
        ),
    ] {
        assert_eq!(listed(&policies), shown, "{policies:?}");
    }
}

#[test]
fn nothing_is_shown_before_the_tools_are_loaded() {
    let snapshot = Authorizer::new(GATEWAY)
        .expect("Cedar reads its own names")
        .snapshot();
    assert_eq!(
        snapshot.listed(&user(&[])),
        Err(crate::cedar::RequestError::NotLoaded)
    );
}
