//! Operations of OpenAPI documents.

use super::server::{Answers, Server, nobody};
use super::*;
use crate::backend::tools::TargetsConfig;

fn target(server: &str) -> Value {
    let parameter =
        |name: &str, within: &str| json!({"name": name, "in": within, "schema": {"type": "string"}});
    let member = json!({"type": "object", "required": ["amount"], "properties": {
        "amount": {"type": "number"}, "order": {"type": "object"},
    }});
    let body = json!({"required": true, "content": {"application/vnd.shop+json": {"schema": member}}});
    let document = json!({
        "openapi": "3.0.3",
        "servers": [{"url": format!("{server}/{{stage}}/v1/"), "variables": {"stage": {"default": "prod"}}}],
        "paths": {
            "/orders/{order_id}/refunds": {
                "parameters": [{"name": "order_id", "in": "path", "required": true, "schema": {"type": "string"}}],
                "post": {
                    "operationId": "refund",
                    "parameters": [
                        {"name": "notify", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}},
                        parameter("X-Reason", "header"), parameter("trace", "cookie"), parameter("host", "header"),
                    ],
                    "requestBody": body,
                },
                "get": {"operationId": "refunds"},
            },
        },
    });
    json!({"mcp": {"openApiSchema": {"inlinePayload": document.to_string()}}})
}

/// What `refunds` comes to with a server that answers so.
async fn with(status: u16, media: &'static str, body: &[u8]) -> ToolResult {
    let headers = if media.is_empty() {
        Vec::new()
    } else {
        vec![("content-type", media.to_owned())]
    };
    let server = Server::new(Answers::With(status, headers, body.to_vec())).await;
    let limits = Limits {
        answer: 1024,
        ..within(Duration::from_secs(20))
    };
    let forward = forward(&[], limits);
    call(
        &forward,
        &target(&server.url),
        &tool("refunds"),
        &json!({"order_id": "7"}),
    )
    .await
}

#[tokio::test]
async fn arguments_go_where_the_document_says() {
    let server = Server::text(200, "{}").await;
    let forward = forward(&[], Limits::default());
    let arguments = json!({
        "order_id": "a/b ?#%ä", "notify": ["x&y=z", "+ "], "X-Reason": "late, and broken", "trace": "a; b=c",
        "amount": 12.5, "order": {"n": [1, null]},
    });
    let result = call(&forward, &target(&server.url), &tool("refund"), &arguments).await;
    assert_eq!(answered(&result), "{}");
    let asked = server.asked().await;
    assert_eq!(asked.method, "POST");
    assert_eq!(
        asked.target,
        "/prod/v1/orders/a%2Fb%20%3F%23%25%C3%A4/refunds?notify=x%26y%3Dz&notify=%2B%20"
    );
    assert_eq!(asked.header("x-reason"), "late, and broken");
    assert_eq!(asked.header("cookie"), "trace=a%3B%20b%3Dc");
    assert_eq!(asked.header("content-type"), "application/vnd.shop+json");
    assert_eq!(asked.json(), json!({"amount": 12.5, "order": {"n": [1, null]}}));
    assert!(asked.headers.get("authorization").is_none());
    let result = call(
        &forward,
        &target(&server.url),
        &tool("refunds"),
        &json!({"order_id": 7}),
    )
    .await;
    assert_eq!(answered(&result), "{}");
    let asked = server.asked().await;
    assert_eq!(
        (asked.method.as_str(), asked.target.as_str()),
        ("GET", "/prod/v1/orders/7/refunds")
    );
    assert_eq!(
        (asked.body.as_slice(), asked.header("content-type")),
        (&b""[..], "")
    );
}

#[tokio::test]
async fn what_cannot_be_sent_is_said_and_not_sent() {
    let server = Server::text(200, "{}").await;
    let forward = forward(&[], Limits::default());
    let invalid = "ValidationException - Parameter validation failed: Invalid request parameters:\n- ";
    for (arguments, why) in [
        (json!({}), "Missing required field(s): 'order_id', 'amount'"),
        (
            json!({"order_id": null, "amount": 1}),
            "Missing required field(s): 'order_id'",
        ),
        (
            json!({"order_id": "7", "amount": 1, "extra": 1}),
            "Unknown field(s): 'extra'",
        ),
        (
            json!({"order_id": "..", "amount": 1}),
            "'order_id' must not be empty",
        ),
        (
            json!({"order_id": "x/../../admin", "amount": 1}),
            "'order_id' must not be empty",
        ),
        (
            json!({"order_id": "x\\..", "amount": 1}),
            "'order_id' must not be empty",
        ),
        (
            json!({"order_id": "", "amount": 1}),
            "'order_id' must not be empty",
        ),
        (
            json!({"order_id": {"a": 1}, "amount": 1}),
            "'order_id' is a parameter and must be",
        ),
        (
            json!({"order_id": "7", "amount": 1, "notify": [[]]}),
            "'notify' is a parameter and must be",
        ),
        (
            json!({"order_id": "7", "amount": 1, "X-Reason": "a\r\nx-admin: 1"}),
            "'X-Reason' cannot be a header",
        ),
        (
            json!({"order_id": "7", "amount": 1, "X-Reason": "\u{e9}"}),
            "'X-Reason' cannot be a header",
        ),
        (
            json!({"order_id": "7", "amount": 1, "X-Reason": " x"}),
            "'X-Reason' cannot be a header",
        ),
        (
            json!({"order_id": "7", "amount": 1, "host": "evil"}),
            "'host' is a header that no argument sets",
        ),
        (
            json!({"order_id": "7", "amount": 1, "trace": ["a"]}),
            "'trace' is a cookie",
        ),
        (
            json!({"order_id": "x".repeat(40_000), "amount": 1}),
            "The URL would have more than 32768 bytes",
        ),
    ] {
        let told = failed(&call(&forward, &target(&server.url), &tool("refund"), &arguments).await);
        assert!(told.starts_with(&format!("{invalid}{why}")), "{told}");
    }
    assert!(server.quiet().await);
}

#[tokio::test]
async fn an_answer_is_a_text_and_an_object_is_structured() {
    for (status, media, body, structured) in [
        (
            200,
            "application/json; charset=utf-8",
            " {\"a\": 1.0}\n",
            Some(json!({"a": 1.0})),
        ),
        (201, "application/problem+json", "{}", Some(json!({}))),
        (200, "", "{\"a\": 2}", Some(json!({"a": 2}))),
        (200, "application/json", "[1]", None),
        (200, "application/json", "{broken", None),
        (200, "text/plain", "{}", None),
        (204, "", "", None),
    ] {
        let result = with(status, media, body.as_bytes()).await;
        assert_eq!(answered(&result), body.trim());
        assert_eq!(result.into_value().get("structuredContent"), structured.as_ref());
    }
}

#[tokio::test]
async fn what_an_api_fails_with_is_said() {
    let told = |result: ToolResult| {
        let told = failed(&result);
        let (_, told) = told.split_once("127.0.0.1:").unwrap();
        told.split_once(' ').unwrap().1.to_owned()
    };
    for (status, body, expected) in [
        (404, "no order 7", "answered 404: no order 7"),
        (500, "", "answered 500"),
        (
            401,
            "who?",
            "answered 401: who?: the local backend has no credentials for it",
        ),
        (
            403,
            "",
            "answered 403: the local backend has no credentials for it",
        ),
        (302, "", "answered with a redirect (302), which is not followed"),
    ] {
        assert_eq!(told(with(status, "", body.as_bytes()).await), expected);
    }
    assert_eq!(
        told(with(200, "", b"\xff\xfe").await),
        "answered with something else than text"
    );
    let large = with(200, "", &[b'x'; 1025]).await;
    assert_eq!(failed(&large), "The answer of the tool is larger than 1024 bytes");
    let large = with(500, "", &[b'x'; 1025]).await;
    assert_eq!(failed(&large), "The answer of the tool is larger than 1024 bytes");
}

#[tokio::test]
async fn an_api_is_asked_within_the_rules_of_endpoints_and_the_limits() {
    let patient = forward(&[], within(Duration::from_mins(5)));
    let arguments = json!({"order_id": "7"});
    let told = failed(
        &call(
            &patient,
            &target("http://169.254.169.254"),
            &tool("refunds"),
            &arguments,
        )
        .await,
    );
    assert_eq!(
        told,
        "The server URL of the OpenAPI document http://169.254.169.254/prod/v1/ cannot be used: http is taken on loopback only; \
         use https, or start the local backend with --insecure-endpoints 169.254.169.254"
    );
    let nobody = nobody().await;
    let told = failed(&call(&patient, &target(&nobody), &tool("refunds"), &arguments).await);
    assert!(
        told.starts_with(&format!("The API at {nobody} cannot be reached: ")),
        "{told}"
    );
    let gone = CancellationToken::new();
    let server = Server::new(Answers::Never(gone.clone())).await;
    let hasty = forward(&[], within(Duration::from_millis(200)));
    let told = failed(&call(&hasty, &target(&server.url), &tool("refunds"), &arguments).await);
    assert_eq!(told, "The tool did not answer within 200 ms");
    gone.cancelled().await;
    let gone = CancellationToken::new();
    let server = Server::new(Answers::Never(gone.clone())).await;
    let (target, tool) = (target(&server.url), tool("refunds"));
    cancelled_when_asked(&patient, &target, &tool, &arguments, (&server, &gone)).await;
}

#[tokio::test]
async fn a_document_is_read_anew_when_it_or_the_target_changes() {
    let server = Server::text(200, "{}").await;
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("api.yaml");
    let write = |path: &str, name: &str| {
        let text = format!(
            "openapi: 3.0.3\nservers: [{{url: '{}'}}]\npaths: {{{path}: {{get: {{operationId: {name}}}}}}}\n",
            server.url
        );
        std::fs::write(&file, text).unwrap();
    };
    write("/one", "look");
    let config = TargetsConfig {
        buckets: vec![("schemas".to_owned(), folder.path().to_owned())],
        ..TargetsConfig::default()
    };
    crypto();
    let forward = Forward::new(ForwardConfig::default(), Targets::new(config).unwrap()).unwrap();
    let stored = json!({"mcp": {"openApiSchema": {"s3": {"uri": "s3://schemas/api.yaml"}}}});
    for _ in 0..2 {
        answered(&call(&forward, &stored, &tool("look"), &json!({})).await);
        assert_eq!(server.asked().await.target, "/one");
    }
    write("/two/longer", "look");
    answered(&call(&forward, &stored, &tool("look"), &json!({})).await);
    assert_eq!(server.asked().await.target, "/two/longer");
    write("/two", "other");
    assert_eq!(
        failed(&call(&forward, &stored, &tool("look"), &json!({})).await),
        "The target has no operation look: its document changed since its tools were read; update the target"
    );
    answered(
        &call(
            &forward,
            &target(&server.url),
            &tool("refunds"),
            &json!({"order_id": "7"}),
        )
        .await,
    );
    assert_eq!(server.asked().await.target, "/prod/v1/orders/7/refunds");
    std::fs::remove_file(&file).unwrap();
    let told = failed(&call(&forward, &stored, &tool("look"), &json!({})).await);
    assert!(told.contains("there is no such object"), "{told}");
}
