//! What is decided without Cedar's evaluator is what it would decide.

use cedar_policy_core::ast::Expr;
use cedar_policy_core::evaluator::Evaluator;
use cedar_policy_core::extensions::Extensions;

use super::super::shortcut::Shortcut;
use super::*;

/// Conditions, and what they are of Ann, who is an admin and may write and pays 500, and of Bob, of whom nothing is known.
/// `None` is for Cedar.
const CONDITIONS: &[(&str, Option<bool>, Option<bool>)] = &[
    // Tags.
    (r#"principal.hasTag("role")"#, Some(true), Some(false)),
    (
        r#"principal.hasTag("role") && principal.getTag("role") == "admin""#,
        Some(true),
        Some(false),
    ),
    (
        r#"principal.hasTag("role") && principal.getTag("role") != "admin""#,
        Some(false),
        Some(false),
    ),
    (
        r#"principal.hasTag("scope") && principal.getTag("scope") like "*write*""#,
        Some(true),
        Some(false),
    ),
    (
        r#"principal.hasTag("scope") && principal.getTag("scope") like "write*""#,
        Some(false),
        Some(false),
    ),
    (
        r#"!(principal.hasTag("role") && principal.getTag("role") == "admin")"#,
        Some(false),
        Some(true),
    ),
    (r#"principal.getTag("role") == "admin""#, Some(true), None),
    (
        r#"principal.getTag("role") == "admin" && principal.hasTag("role")"#,
        Some(true),
        None,
    ),
    (
        r#"principal.hasTag("role") && principal.getTag("other") == "admin""#,
        None,
        Some(false),
    ),
    (
        r#"["admin", "clerk"].contains(principal.getTag("role"))"#,
        Some(true),
        None,
    ),
    (r#"resource.hasTag("role")"#, None, None),
    // Arguments.
    ("context.input.amount < 1000", Some(true), None),
    (
        "context.input.amount <= 500 && context.input.amount >= 500",
        Some(true),
        None,
    ),
    (
        "context.input.amount > 500 || context.input.amount != 500",
        Some(false),
        None,
    ),
    (
        "context.input has amount && context.input.amount < 1000",
        Some(true),
        Some(false),
    ),
    ("context.input has amount.more", None, None),
    ("context.input.amount == \"500\"", Some(false), None),
    ("context.input.amount < \"1000\"", None, None),
    ("context.input.amount + 1 < 1000", None, None),
    ("context.input.amount", None, None),
    ("context.input.amount like \"5*\"", None, None),
    ("context.input.amount.more == 1", None, None),
    ("context.input.urgent", Some(true), None),
    (
        "context.input has urgent && !context.input.urgent",
        Some(false),
        Some(false),
    ),
    ("context.input.parcel.weight > 3", Some(true), None),
    (
        "context.input has parcel && context.input.parcel has weight",
        Some(true),
        Some(false),
    ),
    ("context.input.parcel == context.input.parcel", Some(true), None),
    ("context.input.labels.contains(\"vip\")", Some(true), None),
    (
        "context.input.labels == [\"new\", \"vip\", \"new\"]",
        Some(true),
        None,
    ),
    ("context.input.labels.containsAny([\"vip\"])", None, None),
    ("\"vip\".contains(context.input.amount)", None, None),
    ("context has output", Some(false), Some(false)),
    // Extensions.
    ("context.input.price.lessThan(decimal(\"9.5\"))", Some(true), None),
    (
        "context.input.price.lessThan(decimal(\"9.1\"))",
        Some(false),
        None,
    ),
    ("context.input.price < decimal(\"9.5\")", None, None),
    (
        "context.system.now < datetime(\"2020-01-01\")",
        Some(false),
        Some(false),
    ),
    (
        "datetime(\"2020-01-01\") <= context.system.now",
        Some(true),
        Some(true),
    ),
    ("context.system.now < duration(\"1h\")", None, None),
    ("context.system.now.toTime() < duration(\"13h\")", None, None),
    ("decimal(\"no\") == decimal(\"1.0\")", None, None),
    (
        "ip(\"10.1.2.3\").isInRange(ip(\"10.0.0.0/8\"))",
        Some(true),
        Some(true),
    ),
    // What stands behind a part that decides is not looked at, and what stands before it is.
    ("true", Some(true), Some(true)),
    ("false && context.missing", Some(false), Some(false)),
    ("true || context.missing", Some(true), Some(true)),
    ("context.missing && false", None, None),
    ("context.missing || true", None, None),
    ("principal.hasTag(\"role\") && context.missing", None, Some(false)),
    ("principal.hasTag(\"role\") || context.missing", Some(true), None),
    (
        "(true && (true && (false || false))) || false",
        Some(false),
        Some(false),
    ),
    ("if principal.hasTag(\"role\") then true else false", None, None),
    ("action == AgentCore::Action::\"Refund___pay\"", None, None),
    ("principal.id == \"u1\"", None, None),
    ("!context.input.amount", None, None),
    ("true && context.input.amount", None, None),
];

fn shop() -> Authorizer {
    let input = json!({"properties": {
        "amount": {"type": "integer"},
        "urgent": {"type": "boolean"},
        "price": {"type": "number"},
        "labels": {"type": "array", "items": {"type": "string"}},
        "parcel": {"type": "object", "properties": {"weight": {"type": "integer"}}},
    }});
    let authorizer = Authorizer::new(GATEWAY).expect("Cedar reads its own names");
    let schema = Schema::of(&[tool("pay", input)]).expect("it fits");
    authorizer.offer(&schema).expect("they are tools");
    authorizer
}

#[test]
fn what_is_decided_without_the_evaluator_is_what_it_says() {
    let authorizer = shop();
    let snapshot = authorizer.snapshot();
    let ann = user(&[("role", "admin"), ("scope", "read write")]);
    let paid = arguments(json!({
        "amount": 500, "urgent": true, "price": 9.25, "labels": ["vip", "new"], "parcel": {"weight": 4},
    }));
    let nothing = Map::new();
    for (person, arguments) in [(&ann, &paid), (&user(&[]), &nothing)] {
        let call = Call {
            tool: "Refund___pay",
            arguments,
            now: NOW,
        };
        let request = snapshot.request(person, call).expect("it is a request");
        let evaluator = Evaluator::new(request.cedar(), &request.entities, Extensions::all_available());
        for (condition, of_ann, of_bob) in CONDITIONS {
            let expression: Expr = condition.parse().expect("it is an expression");
            let shortcut = Shortcut::of(&expression);
            let answer = shortcut.and_then(|shortcut| shortcut.answer(person, &request.context));
            let expected = if std::ptr::eq(person, &raw const ann) {
                of_ann
            } else {
                of_bob
            };
            assert_eq!(answer, *expected, "{condition}");
            let cedar = evaluator.interpret(
                &Expr::and(Expr::val(true), expression),
                &std::collections::HashMap::new(),
            );
            if let Some(answer) = answer {
                assert_eq!(cedar, Ok(answer.into()), "{condition}");
            }
        }
    }
}

#[test]
fn what_is_nested_too_deep_is_left_to_cedar() {
    let nested = |depth: usize| {
        let text = format!("{}true{}", "!(".repeat(depth), ")".repeat(depth));
        let expression: Expr = text.parse().expect("it is an expression");
        let shortcut = Shortcut::of(&expression)?;
        shortcut.answer(&user(&[]), &cedar_policy_core::ast::Context::empty())
    };
    assert_eq!(nested(7), Some(false));
    assert_eq!(nested(8), None);
    let long = vec!["true"; 5_000].join(" && ");
    let expression = stacker::grow(64 * 1024 * 1024, || {
        long.parse::<Expr>().expect("it is an expression")
    });
    let shortcut = Shortcut::of(&expression).expect("it is decided");
    assert_eq!(
        shortcut.answer(&user(&[]), &cedar_policy_core::ast::Context::empty()),
        Some(true)
    );
    // What Cedar made of it is dropped part by part.
    std::mem::forget(expression);
}

#[test]
fn a_condition_is_found_by_a_tag_only_when_it_asks_for_that_tag_first() {
    let tag = |condition: &str| {
        let expression: Expr = condition.parse().expect("it is an expression");
        let shortcut = Shortcut::of(&expression)?;
        let (tag, value) = shortcut.tag()?;
        Some((tag.to_owned(), value.to_owned()))
    };
    let asks = r#"principal.hasTag("a") && principal.getTag("a") == "x""#;
    let found = Some(("a".to_owned(), "x".to_owned()));
    for guarded in [
        asks.to_owned(),
        format!("{asks} && context.b"),
        format!("true && ({asks} && context.b) && context.c"),
        format!("({asks}) && (context.b || context.c)"),
    ] {
        assert_eq!(tag(&guarded), found, "{guarded}");
    }
    for open in [
        // Errors of a principal without the tag.
        r#"principal.getTag("a") == "x""#.to_owned(),
        r#"principal.getTag("a") == "x" && principal.hasTag("a")"#.to_owned(),
        r#"principal.hasTag("a") && principal.getTag("b") == "x""#.to_owned(),
        // May error before.
        format!("context.b && {asks}"),
        format!("{asks} || context.b"),
        format!("!({asks})"),
        r#"principal.hasTag("a")"#.to_owned(),
        r#"principal.hasTag("a") && principal.getTag("a") != "x""#.to_owned(),
        r#"principal.hasTag("a") && principal.getTag("a") like "x""#.to_owned(),
        r#"principal.hasTag("a") && principal.getTag("a") == 7"#.to_owned(),
        r#"resource.hasTag("a") && resource.getTag("a") == "x""#.to_owned(),
        r#"if principal.hasTag("a") then principal.getTag("a") == "x" else true"#.to_owned(),
    ] {
        assert_eq!(tag(&open), None, "{open}");
    }
}
