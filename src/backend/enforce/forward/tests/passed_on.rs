//! What is passed on of a client's request beside the arguments.

use super::server::Server;
use super::shop::{Has, Shop};
use super::*;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:refund";

fn passed_on(headers: &[(&str, &str)], parameters: &[(&str, &str)]) -> PassedOn {
    let pairs = |pairs: &[(&str, &str)]| {
        let pairs = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        pairs.collect::<Vec<_>>()
    };
    PassedOn {
        headers: pairs(headers),
        parameters: pairs(parameters),
    }
}

async fn call_with(
    forward: &Forward,
    configuration: &Value,
    name: &str,
    session: Option<&str>,
    passed_on: &PassedOn,
) -> ToolResult {
    let call = Invocation {
        gateway_id: "shop-abcdefghij",
        target_id: "TARGET0001",
        configuration,
        session,
        tool: &tool(name),
        arguments: &Map::new(),
        passed_on,
        message_id: &json!(7),
        request_id: "5f0c",
    };
    forward.call(call, &CancellationToken::new()).await
}

#[tokio::test]
async fn a_function_has_it_in_its_client_context() {
    let server = Server::text(200, "{}").await;
    let forward = forward(&[&format!("{ARN}={}", server.url)], Limits::default());
    let target = json!({"mcp": {"lambda": {"lambdaArn": ARN, "toolSchema": {"inlinePayload": []}}}});
    let told = passed_on(&[("X-Tenant-Id", "globex"), ("x-ä", "\"")], &[("version", "2 b")]);
    call_with(&forward, &target, "t", None, &told).await;
    let asked = server.asked().await;
    let context = STANDARD.decode(asked.header("x-amz-client-context")).unwrap();
    let context: Value = serde_json::from_slice(&context).unwrap();
    assert_eq!(
        context["custom"]["bedrockAgentCorePropagatedHeaders"],
        json!({"X-Tenant-Id": "globex", "x-ä": "\""})
    );
    assert_eq!(
        context["custom"]["bedrockAgentCorePropagatedQueryParameters"],
        json!({"version": "2 b"})
    );
    assert_eq!(asked.header("x-tenant-id"), "", "Lambda is told nothing else");
    let long = "x".repeat(4000);
    let result = call_with(
        &forward,
        &target,
        "t",
        None,
        &passed_on(&[("X-Long", &long)], &[]),
    )
    .await;
    let text = result.into_value()["content"][0]["text"].to_string();
    assert!(
        text.contains("takes 3583 bytes") && text.contains("shorter headers"),
        "{text}"
    );
}

#[tokio::test]
async fn an_api_has_it_beside_what_the_request_has_of_its_own() {
    let server = Server::text(200, "{}").await;
    let forward = forward(&[], Limits::default());
    let parameter = |name: &str, within: &str| json!({"name": name, "in": within, "schema": {"type": "string", "default": "own"}});
    let document = json!({
        "openapi": "3.0.3", "servers": [{"url": server.url}],
        "paths": {"/orders": {"get": {"operationId": "orders", "parameters": [parameter("X-Own", "header"), parameter("own", "query")]}}},
    });
    let target = json!({"mcp": {"openApiSchema": {"inlinePayload": document.to_string()}}});
    let told = passed_on(
        &[
            ("X-Tenant-Id", "globex"),
            ("X-Own", "theirs"),
            ("accept", "theirs"),
        ],
        &[("version", "2 b"), ("own", "theirs")],
    );
    let arguments = json!({"X-Own": "mine", "own": "mine"});
    let call = Invocation {
        gateway_id: "shop-abcdefghij",
        target_id: "TARGET0001",
        configuration: &target,
        session: None,
        tool: &tool("orders"),
        arguments: arguments.as_object().unwrap(),
        passed_on: &told,
        message_id: &json!(7),
        request_id: "5f0c",
    };
    forward.call(call, &CancellationToken::new()).await;
    let asked = server.asked().await;
    assert_eq!(asked.header("x-tenant-id"), "globex");
    assert_eq!(asked.header("x-own"), "mine");
    assert_eq!(asked.target, "/orders?own=mine&version=2+b");
}

#[tokio::test]
async fn an_mcp_server_has_it_with_each_request_and_no_session_has_that_of_another() {
    let shop = Shop::new("shop", Has::default()).await;
    let forward = forward(&[], Limits::default());
    let target = shop.target();
    let told = async |tenant: &str| {
        let told = passed_on(&[("X-Tenant-Id", tenant), ("Mcp-Session-Id", "theirs")], &[]);
        let result = call_with(&forward, &target, "tenant", Some("client"), &told).await;
        result.into_value()["content"][0]["text"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    for tenant in ["globex", "initech", "globex"] {
        assert_eq!(told(tenant).await, tenant);
    }
    assert_eq!(shop.sessions().await, 2, "one for each");
}
