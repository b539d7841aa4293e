//! Lambda functions behind a URL (service.md 11.12).

use super::server::{Answers, Server, nobody};
use super::*;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:refund";

fn target() -> Value {
    json!({"mcp": {"lambda": {"lambdaArn": ARN, "toolSchema": {"inlinePayload": []}}}})
}

fn at(server: &str, limits: Limits) -> Forward {
    forward(&[&format!("{ARN}={server}")], limits)
}

/// Calls `process_refund` with a server that answers so.
async fn with(answers: Answers) -> ToolResult {
    let server = Server::new(answers).await;
    let limits = Limits {
        answer: 1024,
        ..within(Duration::from_secs(20))
    };
    call(
        &at(&server.url, limits),
        &target(),
        &tool("process_refund"),
        &json!({}),
    )
    .await
}

#[tokio::test]
async fn a_function_is_invoked_with_the_arguments_and_the_client_context() {
    let server = Server::text(200, " {\"b\": 1.0, \"a\": [true]}\n").await;
    let forward = at(&server.url, Limits::default());
    let arguments = json!({"amount": 500, "note": "ä\n", "nested": {"x": [1, null]}});
    let result = call(&forward, &target(), &tool("process_refund"), &arguments).await;
    assert_eq!(
        result.into_value(),
        json!({"content": [{"type": "text", "text": "{\"b\": 1.0, \"a\": [true]}"}], "isError": false})
    );
    let asked = server.asked().await;
    assert_eq!(asked.method, "POST");
    assert_eq!(asked.target, format!("/2015-03-31/functions/{ARN}/invocations"));
    assert_eq!(asked.header("x-amz-invocation-type"), "RequestResponse");
    assert_eq!(asked.header("content-type"), "application/json");
    assert_eq!(asked.json(), arguments);
    let context = STANDARD.decode(asked.header("x-amz-client-context")).unwrap();
    let context: Value = serde_json::from_slice(&context).unwrap();
    assert_eq!(
        context,
        json!({"custom": {
            "bedrockAgentCoreMessageVersion": "1.0",
            "bedrockAgentCoreToolName": "Refunds___process_refund",
            "bedrockAgentCoreGatewayId": "shop-abcdefghij",
            "bedrockAgentCoreTargetId": "TARGET0001",
            "bedrockAgentCoreAwsRequestId": "5f0c",
            "bedrockAgentCoreMcpMessageId": "7",
        }})
    );
    assert!(asked.headers.get("authorization").is_none());
}

#[tokio::test]
async fn an_object_is_structured_when_the_tool_has_an_output_schema() {
    let server = Server::text(200, r#"{"refunded": true}"#).await;
    let forward = at(&server.url, Limits::default());
    let described = Tool {
        output: Some(json!({"type": "object"})),
        ..tool("process_refund")
    };
    let result = call(&forward, &target(), &described, &json!({}))
        .await
        .into_value();
    assert_eq!(result["structuredContent"], json!({"refunded": true}));
    assert_eq!(result["content"][0]["text"], r#"{"refunded": true}"#);
    let list = Server::text(200, "[1]").await;
    let result = call(
        &at(&list.url, Limits::default()),
        &target(),
        &described,
        &json!({}),
    )
    .await;
    assert_eq!(result.into_value().get("structuredContent"), None);
}

#[tokio::test]
async fn what_a_function_or_its_endpoint_fails_with_is_said() {
    let header = || vec![("x-amz-function-error", "Unhandled".to_owned())];
    let error = json!({"errorMessage": "no order 7", "errorType": "KeyError", "stackTrace": ["secret"]});
    let cases = [
        (
            Answers::With(200, header(), error.to_string().into_bytes()),
            "KeyError - no order 7".to_owned(),
        ),
        (
            Answers::With(200, header(), b"out of memory".to_vec()),
            "FunctionError - out of memory".to_owned(),
        ),
        (
            Answers::With(
                404,
                Vec::new(),
                br#"{"Type": "User", "Message": "Function not found"}"#.to_vec(),
            ),
            format!("The endpoint of the Lambda function {ARN} answered 404: Function not found"),
        ),
        (
            Answers::With(500, Vec::new(), Vec::new()),
            format!("The endpoint of the Lambda function {ARN} answered 500"),
        ),
        (
            Answers::With(200, Vec::new(), b"<html>".to_vec()),
            format!("The Lambda function {ARN} answered with something else than JSON"),
        ),
        (
            Answers::With(200, Vec::new(), Vec::new()),
            format!("The Lambda function {ARN} answered with something else than JSON"),
        ),
        (
            Answers::With(200, Vec::new(), b"\"\xff\"".to_vec()),
            format!("The Lambda function {ARN} answered with something else than JSON"),
        ),
        (
            Answers::With(200, Vec::new(), format!("\"{}\"", "x".repeat(1023)).into_bytes()),
            "The answer of the tool is larger than 1024 bytes".to_owned(),
        ),
    ];
    for (answers, expected) in cases {
        assert_eq!(failed(&with(answers).await), expected);
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let other = Server::text(200, "1").await;
    for status in [301, 302, 303, 307, 308] {
        let headers = vec![("location", other.url.clone())];
        let told = failed(&with(Answers::With(status, headers, Vec::new())).await);
        assert!(
            told.ends_with(&format!(
                "answered with a redirect ({status}), which is not followed"
            )),
            "{told}"
        );
    }
    assert!(other.quiet().await);
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off() {
    let gone = CancellationToken::new();
    let told = failed(&with(Answers::Endlessly(gone.clone())).await);
    assert_eq!(told, "The answer of the tool is larger than 1024 bytes");
    gone.cancelled().await;
}

#[tokio::test]
async fn who_does_not_answer_in_time_is_left() {
    let gone = CancellationToken::new();
    let server = Server::new(Answers::Never(gone.clone())).await;
    let forward = at(&server.url, within(Duration::from_millis(200)));
    let told = failed(&call(&forward, &target(), &tool("t"), &json!({})).await);
    assert_eq!(told, "The tool did not answer within 200 ms");
    gone.cancelled().await;
}

#[tokio::test]
async fn a_call_that_is_cancelled_closes_its_connection() {
    let gone = CancellationToken::new();
    let server = Server::new(Answers::Never(gone.clone())).await;
    let forward = at(&server.url, within(Duration::from_mins(5)));
    cancelled_when_asked(&forward, &target(), &tool("t"), &json!({}), (&server, &gone)).await;
}

#[tokio::test]
async fn who_is_not_there_is_said_without_the_url() {
    let nobody = nobody().await;
    let told = failed(&call(&at(&nobody, Limits::default()), &target(), &tool("t"), &json!({})).await);
    assert!(
        told.starts_with(&format!(
            "The endpoint of the Lambda function {ARN} cannot be reached: "
        )),
        "{told}"
    );
    assert!(told.contains("refused") && !told.contains("http://"), "{told}");
}

#[tokio::test]
async fn without_an_endpoint_the_flag_is_named() {
    let forward = forward(
        &["arn:aws:lambda:eu-west-1:*=http://127.0.0.1:1"],
        Limits::default(),
    );
    assert_eq!(
        failed(&call(&forward, &target(), &tool("t"), &json!({})).await),
        format!(
            "The local backend does not know where the Lambda function {ARN} runs: start it with --lambda-endpoint {ARN}=URL or \
             --lambda-endpoint {ARN}=exec:COMMAND"
        )
    );
}

#[tokio::test]
async fn the_nearest_endpoint_is_asked() {
    let (near, far) = (
        Server::text(200, "\"near\"").await,
        Server::text(200, "\"far\"").await,
    );
    let flags = [
        format!("*={}", far.url),
        format!("{ARN}={}", near.url),
        format!("arn:aws:lambda:us-east-1:123456789012:function:*={}", far.url),
    ];
    let forward = forward(&flags.each_ref().map(String::as_str), Limits::default());
    let result = call(&forward, &target(), &tool("t"), &json!({})).await;
    assert_eq!(answered(&result), "\"near\"");
    assert!(far.quiet().await);
}

#[tokio::test]
async fn arguments_and_ids_that_are_too_large_are_not_sent() {
    let server = Server::text(200, "1").await;
    let limits = Limits {
        arguments: 100,
        ..Limits::default()
    };
    let forward = at(&server.url, limits);
    let told = failed(&call(&forward, &target(), &tool("t"), &json!({"x": "y".repeat(100)})).await);
    assert_eq!(told, "The arguments of the tool take 108 bytes and may take 100");
    let told = failed(&call(&forward, &target(), &tool(&"t".repeat(4000)), &json!({})).await);
    assert!(told.contains("takes 3583 bytes"), "{told}");
    assert!(server.quiet().await);
}
