//! Calls of tools over loopback, with real servers and real programs.

mod api_gateway;
mod lambda;
mod mcp;
mod openapi;
mod pass;
mod passed_on;
mod program;
mod server;
mod shop;

use super::*;
use crate::model::Protocol;
use serde_json::json;
use server::Server;
use std::time::Duration;

/// As the program does at its start; another test may have been first.
fn crypto() {
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
}

/// Calls tools with these endpoints of functions.
fn forward(endpoints: &[&str], limits: Limits) -> Forward {
    crypto();
    let config = ForwardConfig {
        lambda_endpoints: endpoints.iter().map(|flag| flag.parse().unwrap()).collect(),
        hidden_variables: vec!["CARGO_MANIFEST_DIR".to_owned()],
        limits,
    };
    Forward::new(config, Targets::default()).unwrap()
}

fn tool(name: &str) -> Tool {
    Tool {
        target: "Refunds".to_owned(),
        name: name.to_owned(),
        description: String::new(),
        input: json!({"type": "object"}),
        output: None,
        protocol: Protocol::Mcp,
    }
}

/// Calls a tool until it answers.
async fn call(forward: &Forward, configuration: &Value, tool: &Tool, arguments: &Value) -> ToolResult {
    call_until(forward, configuration, tool, arguments, &CancellationToken::new()).await
}

async fn call_until(
    forward: &Forward,
    configuration: &Value,
    tool: &Tool,
    arguments: &Value,
    cancelled: &CancellationToken,
) -> ToolResult {
    let call = Invocation {
        gateway_id: "shop-abcdefghij",
        target_id: "TARGET0001",
        configuration,
        session: None,
        tool,
        arguments: arguments.as_object().unwrap(),
        passed_on: &PassedOn::default(),
        message_id: &json!(7),
        request_id: "5f0c",
    };
    forward.call(call, cancelled).await
}

/// Calls a tool and cancels the call when this server, which never answers, was asked; the connection to it is `gone` then.
async fn cancelled_when_asked(
    forward: &Forward,
    configuration: &Value,
    tool: &Tool,
    arguments: &Value,
    (server, gone): (&Server, &CancellationToken),
) {
    let cancelled = CancellationToken::new();
    let (result, ()) = tokio::join!(
        call_until(forward, configuration, tool, arguments, &cancelled),
        async {
            server.asked().await;
            cancelled.cancel();
        }
    );
    assert_eq!(failed(&result), "The call was cancelled");
    gone.cancelled().await;
}

/// The text of a result, and whether it is an error.
fn said(result: &ToolResult) -> (bool, String) {
    let value = result.clone().into_value();
    assert_eq!(value["content"].as_array().unwrap().len(), 1, "{value}");
    assert_eq!(value["content"][0]["type"], "text");
    (
        result.is_error(),
        value["content"][0]["text"].as_str().unwrap().to_owned(),
    )
}

/// The text of a failure.
fn failed(result: &ToolResult) -> String {
    let (failed, text) = said(result);
    assert!(failed, "{text}");
    text
}

/// The text of an answer.
fn answered(result: &ToolResult) -> String {
    let (failed, text) = said(result);
    assert!(!failed, "{text}");
    text
}

fn within(time: Duration) -> Limits {
    Limits {
        time,
        ..Limits::default()
    }
}

#[tokio::test]
async fn what_is_not_served_is_said_by_name() {
    let forward = forward(&[], Limits::default());
    for (configuration, kind) in [
        (
            json!({"mcp": {"smithyModel": {"inlinePayload": "{}"}}}),
            "mcp.smithyModel",
        ),
        (json!({"mcp": {"connector": {}}}), "mcp.connector"),
        (json!({"http": {"passthrough": {}}}), "http"),
        (json!({"inference": {"provider": {}}}), "inference"),
    ] {
        assert_eq!(
            failed(&call(&forward, &configuration, &tool("t"), &json!({})).await),
            format!(
                "Targets of the kind {kind} are not served by the local backend: their tools are listed and cannot be called"
            )
        );
    }
    let broken = json!({"mcp": {"lambda": {}}});
    assert_eq!(
        failed(&call(&forward, &broken, &tool("t"), &json!({})).await),
        "The target configuration lacks mcp.lambda.lambdaArn"
    );
}

#[test]
fn a_function_with_two_endpoints_is_refused() {
    crypto();
    let flag: LambdaEndpoint = "*=http://127.0.0.1:1".parse().unwrap();
    let config = ForwardConfig {
        lambda_endpoints: vec![flag.clone(), flag],
        ..ForwardConfig::default()
    };
    assert_eq!(
        Forward::new(config, Targets::default()).unwrap_err().to_string(),
        "--lambda-endpoint * is given twice; give each ARN once"
    );
}
