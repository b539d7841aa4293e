use super::*;

fn script() -> Script {
    let errors = [
        ("ValidationException".to_owned(), 400),
        ("ThrottlingException".to_owned(), 429),
    ];
    let facts = |changes: bool, lists: bool| Facts {
        errors: errors.clone().into(),
        changes,
        consents: false,
        lists,
    };
    let target = Facts {
        consents: true,
        ..facts(true, false)
    };
    Script::new(Catalog::new([
        ("CreatePolicy".to_owned(), facts(true, false)),
        ("GetPolicy".to_owned(), facts(false, false)),
        ("ListPolicies".to_owned(), facts(false, true)),
        ("CreateGatewayTarget".to_owned(), target),
    ]))
}

fn one(rule: &str) -> Script {
    let script = script();
    script.set(&format!("rules: [{rule}]")).unwrap();
    script
}

#[test]
fn a_rule_hits_the_calls_that_it_counts() {
    for (calls, hit) in [
        ("calls: 2", [false, true, false, false]),
        ("calls: {from: 2, to: 3}", [false, true, true, false]),
        ("calls: {from: 3}", [false, false, true, true]),
        ("calls: every", [true; 4]),
        ("drop: true", [true; 4]),
    ] {
        let script = one(
            &format!("{{operation: GetPolicy, drop: true, {calls}}}").replace("drop: true, drop", "drop")
        );
        for expected in hit {
            assert_eq!(script.call("ListPolicies"), Faults::default());
            assert_eq!(script.call("GetPolicy").drop, expected, "{calls}");
        }
    }
}

#[test]
fn several_rules_act_together_and_the_first_of_a_sort_counts() {
    let script = one(
        "{operation: CreatePolicy, stay: 1s}, {operation: CreatePolicy, stay: 2s, fail: because}, \
         {operation: ListPolicies, lag: 1m}, {operation: ListPolicies, calls: 9, lag: 90s}, \
         {operation: CreateGatewayTarget, consent: 3s}, {operation: CreateGatewayTarget, consent: 4s, stay: 5s}",
    );
    let faults = script.call("CreateGatewayTarget");
    assert_eq!(
        (faults.consent, faults.stay),
        (Some(Duration::from_secs(3)), Some(Duration::from_secs(5)))
    );
    let faults = script.call("CreatePolicy");
    assert_eq!(
        (faults.stay, faults.fail.as_deref()),
        (Some(Duration::from_secs(1)), Some("because"))
    );
    assert_eq!(script.call("ListPolicies").lag, Some(Duration::from_mins(1)));
    assert_eq!(script.longest_lag(), Some(Duration::from_secs(90)));
}

#[test]
fn an_answer_is_an_error_of_the_operation_or_has_a_status() {
    let answer = |text: &str| {
        one(&format!("{{operation: GetPolicy, answer: {text}}}"))
            .call("GetPolicy")
            .answer
            .unwrap()
    };
    let expected = |error: &str, status, message: &str, reason: Option<&str>| Answer {
        error: error.to_owned(),
        status,
        message: message.to_owned(),
        reason: reason.map(str::to_owned),
    };
    let plain = "The fault script answers so";
    for (text, wanted) in [
        (
            "{error: ThrottlingException}",
            expected("ThrottlingException", 429, plain, None),
        ),
        (
            "{error: ValidationException, message: no}",
            expected("ValidationException", 400, "no", Some("FieldValidationFailed")),
        ),
        (
            "{error: ValidationException, reason: CannotParse}",
            expected("ValidationException", 400, plain, Some("CannotParse")),
        ),
        (
            "{error: ServiceUnavailable, status: 503}",
            expected("ServiceUnavailable", 503, plain, None),
        ),
    ] {
        assert_eq!(answer(text), wanted);
    }
}

/// Rules that cannot be: the place of what is wrong, and a part of what is told.
const WRONG: &[(&str, &str, &str)] = &[
    (
        "{operation: GetPolice, drop: true}",
        "/rules/1/operation",
        "there is no operation `GetPolice`; did you mean `GetPolicy`?",
    ),
    ("{operation: GetPolicy}", "/rules/1", "the rule says nothing"),
    (
        "{operation: GetPolicy, calls: 0, drop: true}",
        "/rules/1/calls",
        "give a number from 1",
    ),
    (
        "{operation: GetPolicy, calls: {from: 3, to: 2}, drop: true}",
        "/rules/1/calls",
        "give a number from 1",
    ),
    (
        "{operation: GetPolicy, calls: often, drop: true}",
        "/rules/1/calls",
        "give a number from 1",
    ),
    (
        "{operation: GetPolicy, stay: 1s}",
        "/rules/1/stay",
        "GetPolicy begins no change",
    ),
    (
        "{operation: GetPolicy, fail: x}",
        "/rules/1/fail",
        "GetPolicy begins no change",
    ),
    (
        "{operation: GetPolicy, lag: 1s}",
        "/rules/1/lag",
        "GetPolicy is no list",
    ),
    (
        "{operation: CreatePolicy, stay: 1}",
        "/rules/1/stay",
        "give a duration",
    ),
    (
        "{operation: CreatePolicy, stay: soon}",
        "/rules/1/stay",
        "give a duration",
    ),
    (
        "{operation: CreatePolicy, stay: 25h}",
        "/rules/1/stay",
        "at most 24h",
    ),
    (
        "{operation: CreatePolicy, stay: 0s}",
        "/rules/1/stay",
        "give a duration",
    ),
    (
        "{operation: CreatePolicy, consent: 5s}",
        "/rules/1/consent",
        "CreatePolicy begins no change that somebody would have to authorize",
    ),
    (
        "{operation: CreateGatewayTarget, consent: never}",
        "/rules/1/consent",
        "give a duration",
    ),
    (
        "{operation: CreatePolicy, fail: ' '}",
        "/rules/1/fail",
        "not blank",
    ),
    (
        "{operation: GetPolicy, answer: {error: ConflictException}}",
        "/rules/1/answer/error",
        "`ConflictException` is no error of GetPolicy; give one of ThrottlingException, ValidationException, or a status",
    ),
    (
        "{operation: GetPolicy, answer: {error: X, status: 200}}",
        "/rules/1/answer/status",
        "from 400 to 599",
    ),
    (
        "{operation: GetPolicy, answer: {error: \"a\\nb\", status: 500}}",
        "/rules/1/answer/error",
        "letters and digits",
    ),
    (
        "{operation: GetPolicy, answer: {error: ThrottlingException, reason: CannotParse}}",
        "/rules/1/answer/reason",
        "only a ValidationException",
    ),
    (
        "{operation: GetPolicy, answer: {error: ValidationException, reason: Because}}",
        "/rules/1/answer/reason",
        "give one of CannotParse",
    ),
    (
        "{operation: GetPolicy, answer: {error: ThrottlingException}, drop: true}",
        "/rules/1",
        "is not carried out",
    ),
    ("{operation: GetPolicy, dorp: true}", "", "dorp"),
];

#[test]
fn what_is_wrong_is_told_with_its_place_and_the_rules_before_stay() {
    let script = one("{operation: GetPolicy, drop: true}");
    for (rule, at, what) in WRONG {
        let error = script
            .set(&format!("rules: [{{operation: GetPolicy, drop: true}}, {rule}]"))
            .unwrap_err();
        let told = error.to_string();
        if at.is_empty() {
            assert_eq!(error.at(), "", "{rule}: {told}");
        } else {
            assert_eq!(error.at(), *at, "{rule}: {told}");
            assert!(told.contains(what), "{rule}: {told}");
        }
        assert_eq!(told.lines().count(), 1, "{told}");
    }
    for text in ["", "[]", "rules: 1", "{", "rule: []"] {
        assert!(
            matches!(script.set(text), Err(ScriptError::Unreadable(_))),
            "{text}"
        );
    }
    assert_eq!(
        script.rules(),
        serde_json::json!({"rules": [{"operation": "GetPolicy", "drop": true}]})
    );
    assert!(script.call("GetPolicy").drop);
    script.clear();
    assert_eq!(script.call("GetPolicy"), Faults::default());
}

#[test]
fn what_was_set_is_shown_so_that_it_can_be_set_again() {
    let text = r#"{"rules": [{"operation": "CreatePolicy", "calls": {"from": 2}, "stay": "1m", "fail": "x"},
        {"operation": "GetPolicy", "calls": 3, "answer": {"error": "Odd", "status": 500, "message": "m"}}]}"#;
    let script = script();
    script.set(text).unwrap();
    let shown = script.rules();
    assert_eq!(shown, serde_json::from_str::<serde_json::Value>(text).unwrap());
    script.set(&shown.to_string()).unwrap();
    assert_eq!(script.rules(), shown);
}

#[test]
fn the_clock_runs_on_from_where_it_was_set() {
    let script = script();
    assert_eq!((script.service_time(7), script.clock_is_set()), (7, false));
    script.set_clock(Some(1_000), 7);
    assert_eq!(
        (
            script.service_time(7),
            script.service_time(9),
            script.clock_is_set()
        ),
        (1_000, 1_002, true)
    );
    script.set_clock(None, 9);
    assert_eq!((script.service_time(9), script.clock_is_set()), (9, false));
}
