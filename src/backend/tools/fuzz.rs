//! Anything at all, and what is nearly a document with tools: read without a fault, within bounds.
//!
//! `__fuzz__` holds the seeds. The test runs them and then edits of them for a moment, or for as long as
//! `BOLERO_RANDOM_TEST_TIME_MS` says (`make fuzz`).

use super::*;
use crate::model::edited;
use serde_json::json;
use std::time::Duration;

const MOMENT: Duration = Duration::from_millis(500);

const DOCUMENTS: [&str; 5] = [
    include_str!("openapi/petstore.yaml"),
    include_str!("__fuzz__/documents/corpus/openapi.json"),
    include_str!("__fuzz__/documents/corpus/smithy.json"),
    include_str!("__fuzz__/documents/corpus/mcp.json"),
    include_str!("__fuzz__/documents/corpus/lambda.json"),
];

/// What is read has names and schemas; what is not is told in a text that a status reason holds.
fn judge(read: Result<Vec<Tool>, ToolsError>) {
    match read.and_then(names::distinct) {
        Ok(tools) => {
            for tool in tools {
                assert_eq!(tool.input["type"], "object", "{tool:?}");
                assert!(tool.output.is_none_or(|output| output["type"] == "object"));
            }
        }
        Err(error) => assert!((1..=2048).contains(&error.to_string().chars().count()), "{error}"),
    }
}

/// What is listed can be called.
fn callable(document: &Value) {
    if let Ok(tools) = openapi::tools("Target", document) {
        let calls = openapi::calls(document).unwrap();
        assert!(tools.iter().all(|tool| calls.contains_key(&tool.name)));
    }
}

#[test]
fn fuzz_documents() {
    let everything = ["GET", "PUT", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS"];
    let configuration = json!({"toolFilters": [{"filterPath": "/*", "methods": everything}]});
    let targets = Targets::default();
    let test = bolero::check!(name = "documents");
    test.with_test_time(MOMENT).for_each(|input: &[u8]| {
        for text in [
            String::from_utf8_lossy(input).into_owned(),
            edited(&DOCUMENTS, input),
        ] {
            match document::parse(&text) {
                Ok(document) => {
                    callable(&document);
                    judge(openapi::tools("Target", &document));
                    judge(smithy::tools("Target", &document));
                    judge(mcp::tools("Target", &document));
                    judge(lambda::tools("Target", &document));
                    judge(http::of_runtime("Target", &document));
                    judge(http::of_proxied("Target", &document));
                    judge(api_gateway::tools("Target", &configuration, &document));
                    judge(targets.check(&document).map(|()| Vec::new()));
                }
                Err(error) => judge(Err(error)),
            }
            judge(
                targets
                    .check(&json!({"mcp": {"mcpServer": {"endpoint": text}}}))
                    .map(|()| Vec::new()),
            );
            judge(
                targets
                    .check(&json!({"mcp": {"smithyModel": {"s3": {"uri": text}}}}))
                    .map(|()| Vec::new()),
            );
        }
    });
}
