//! Anything at all, and what is nearly Cedar or a JSON Schema: read without a fault.
//!
//! `__fuzz__` holds the seeds. Each test runs them and then edits of them for a moment, or for as long as
//! `BOLERO_RANDOM_TEST_TIME_MS` says (`make fuzz`).

use super::{MAX_STATEMENT_CHARS, Schema, parse_statement, summary, validate};
use crate::model::{Protocol, Tool, edited};
use serde_json::Value;
use std::time::Duration;

const MOMENT: Duration = Duration::from_millis(300);

const STATEMENTS: [&str; 3] = [
    include_str!("__fuzz__/statements/corpus/scope.cedar"),
    include_str!("__fuzz__/statements/corpus/when.cedar"),
    include_str!("__fuzz__/statements/corpus/types.cedar"),
];
const SCHEMAS: [&str; 3] = [
    include_str!("__fuzz__/schemas/corpus/scalars.json"),
    include_str!("__fuzz__/schemas/corpus/nested.json"),
    include_str!("__fuzz__/schemas/corpus/references.json"),
];
const PERMIT: &str = "permit(principal, action == AgentCore::Action::\"my-target___a tool\", \
                      resource == AgentCore::Gateway::\"g\") when { context.input has amount };";

#[test]
fn fuzz_statements() {
    let test = bolero::check!(name = "statements");
    test.with_test_time(MOMENT).for_each(|input: &[u8]| {
        for text in [
            String::from_utf8_lossy(input).into_owned(),
            edited(&STATEMENTS, input),
        ] {
            match parse_statement(&text) {
                Ok(statement) => {
                    assert_eq!(statement.text(), text);
                    assert!(text.chars().count() <= MAX_STATEMENT_CHARS);
                    drop((statement.scope_refusal(), summary(&text), statement.gateway()));
                    let reasons = validate(&statement, "policy-0123456789");
                    assert!(reasons.len() <= 1 && reasons.iter().all(|reason| !reason.is_empty()));
                }
                Err(failure) => assert!(!failure.to_string().is_empty()),
            }
        }
    });
}

/// Every schema of a tool gives a Cedar schema that the validator takes, or is too large.
#[test]
fn fuzz_schemas() {
    let statement = parse_statement(PERMIT).unwrap();
    let test = bolero::check!(name = "schemas");
    test.with_test_time(MOMENT).for_each(|input: &[u8]| {
        for text in [
            String::from_utf8_lossy(input).into_owned(),
            edited(&SCHEMAS, input),
        ] {
            let Ok(document) = serde_json::from_str::<Value>(&text) else {
                continue;
            };
            let tool = Tool {
                target: "my-target".to_owned(),
                name: "a tool".to_owned(),
                description: String::new(),
                output: Some(document.clone()),
                input: document,
                protocol: Protocol::Mcp,
            };
            if let Ok(schema) = Schema::of(&[tool]) {
                let reasons = schema.validate(&statement, "policy-0123456789");
                let unread = reasons
                    .iter()
                    .find(|reason| reason.starts_with("The schema of the tools cannot be read"));
                assert_eq!(unread, None, "{text}\n{}", schema.text());
            }
        }
    });
}
