//! Tools of MCP servers.

use super::server::{Answers, Server, nobody};
use super::shop::{Has, Shop};
use super::*;

/// Calls a tool in a session of a client.
async fn call_in(forward: &Forward, target: &Value, session: Option<&str>, name: &str) -> ToolResult {
    let call = Invocation {
        gateway_id: "shop-abcdefghij",
        target_id: "TARGET0001",
        configuration: target,
        session,
        tool: &tool(name),
        arguments: &Map::new(),
        passed_on: &PassedOn::default(),
        message_id: &json!(7),
        request_id: "5f0c",
    };
    forward.call(call, &CancellationToken::new()).await
}

async fn shop() -> Shop {
    Shop::new("shop", Has::default()).await
}

/// Waits until a server has so many sessions.
async fn has_sessions(shop: &Shop, count: usize) {
    let mut ticks = tokio::time::interval(Duration::from_millis(5));
    while shop.sessions().await != count {
        ticks.tick().await;
    }
}

#[tokio::test]
async fn a_result_is_passed_on_as_it_is() {
    let shop = shop().await;
    let forward = forward(&[], Limits::default());
    let arguments = json!({"amount": 500, "note": "ä", "nested": [{"x": null}]});
    let result = call(&forward, &shop.target(), &tool("echo"), &arguments).await;
    assert_eq!(
        result.into_value(),
        json!({
            "content": [
                {"type": "text", "text": arguments.to_string()},
                {"type": "image", "data": "AAAA", "mimeType": "image/png"},
            ],
            "structuredContent": arguments,
            "isError": false,
            "_meta": {"shop/x": 1},
        })
    );
    assert_eq!(
        failed(&call(&forward, &shop.target(), &tool("fails"), &json!({})).await),
        "no order 7"
    );
}

#[tokio::test]
async fn a_static_list_of_tools_is_called_at_its_endpoint_too() {
    let shop = shop().await;
    let listing = json!({"tools": [{"name": "fails", "inputSchema": {"type": "object"}}]}).to_string();
    let target = json!({"mcp": {"mcpServer": {
        "endpoint": shop.url, "mcpToolSchema": {"inlinePayload": listing},
    }}});
    let forward = forward(&[], Limits::default());
    assert_eq!(
        failed(&call(&forward, &target, &tool("fails"), &json!({})).await),
        "no order 7"
    );
}

#[tokio::test]
async fn an_error_of_the_server_is_a_failure_of_the_tool() {
    let shop = shop().await;
    let forward = forward(&[], Limits::default());
    let told = failed(&call(&forward, &shop.target(), &tool("refuses"), &json!({})).await);
    let url = &shop.url;
    assert_eq!(
        told,
        format!("The MCP server {url} refused the call: no such order (-32602)")
    );
}

/// What a client does in its session no other client sees.
#[tokio::test]
async fn a_session_is_kept_for_a_session_of_a_client_and_for_nobody_else() {
    for stateless in [false, true] {
        let shop = Shop::new(
            "shop",
            Has {
                stateless,
                ..Has::default()
            },
        )
        .await;
        let forward = forward(&[], Limits::default());
        let mut said = Vec::new();
        for session in [Some("a"), Some("a"), Some("b"), None, None, Some("a")] {
            said.push(answered(
                &call_in(&forward, &shop.target(), session, "session").await,
            ));
        }
        if !stateless {
            assert_eq!(said, ["0 0", "0 1", "1 0", "2 0", "3 0", "0 2"]);
            // Those without a session of their client end with the call.
            has_sessions(&shop, 2).await;
            forward.end_session("other-gateway", "a");
            forward.end_session("shop-abcdefghij", "a");
            has_sessions(&shop, 1).await;
            assert_eq!(
                answered(&call_in(&forward, &shop.target(), Some("a"), "session").await),
                "4 0"
            );
        }
        drop(forward);
        has_sessions(&shop, 0).await;
    }
}

#[tokio::test]
async fn calls_of_one_session_share_it_from_the_beginning() {
    let shop = shop().await;
    let forward = forward(&[], Limits::default());
    let target = shop.target();
    let calls = (0..8).map(|_| call_in(&forward, &target, Some("a"), "session"));
    for result in futures::future::join_all(calls).await {
        assert!(answered(&result).starts_with("0 "));
    }
    assert_eq!((shop.begun(), shop.calls()), (1, 8));
}

#[tokio::test]
async fn a_session_that_the_server_forgot_is_begun_anew_and_the_call_made_once() {
    let shop = shop().await;
    let forward = forward(&[], Limits::default());
    assert_eq!(
        answered(&call_in(&forward, &shop.target(), Some("a"), "session").await),
        "0 0"
    );
    shop.forget_sessions().await;
    assert_eq!(
        answered(&call_in(&forward, &shop.target(), Some("a"), "session").await),
        "1 0"
    );
    assert_eq!(shop.calls(), 2);
}

#[tokio::test]
async fn sessions_are_bounded_and_end_when_they_are_idle() {
    let shop = shop().await;
    let bounded = forward(
        &[],
        Limits {
            sessions: 2,
            ..Limits::default()
        },
    );
    for session in ["a", "b", "c"] {
        call_in(&bounded, &shop.target(), Some(session), "session").await;
    }
    has_sessions(&shop, 2).await;
    assert_eq!(
        answered(&call_in(&bounded, &shop.target(), Some("c"), "session").await),
        "2 1"
    );
    assert_eq!(
        answered(&call_in(&bounded, &shop.target(), Some("a"), "session").await),
        "3 0"
    );
    drop(bounded);
    has_sessions(&shop, 0).await;
    let idle = forward(
        &[],
        Limits {
            session_idle: Duration::from_millis(40),
            ..Limits::default()
        },
    );
    call_in(&idle, &shop.target(), Some("a"), "session").await;
    has_sessions(&shop, 0).await;
    assert_eq!(
        answered(&call_in(&idle, &shop.target(), Some("a"), "session").await),
        "5 0"
    );
}

#[tokio::test]
async fn a_call_that_is_cancelled_or_late_or_dropped_is_cancelled_at_the_server() {
    let mut shop = shop().await;
    let target = shop.target();
    let (hangs, nothing) = (tool("hangs"), json!({}));
    let late = forward(&[], within(Duration::from_millis(300)));
    let told = failed(&call(&late, &target, &hangs, &nothing).await);
    assert_eq!(told, "The tool did not answer within 300 ms");
    shop.hanging.recv().await.unwrap().cancelled().await;

    let patient = forward(&[], within(Duration::from_mins(5)));
    let cancelled = CancellationToken::new();
    let calling = call_until(&patient, &target, &hangs, &nothing, &cancelled);
    let (result, hanging) = tokio::join!(calling, async {
        let hanging = shop.hanging.recv().await.unwrap();
        cancelled.cancel();
        hanging
    });
    assert_eq!(failed(&result), "The call was cancelled");
    hanging.cancelled().await;

    let hanging = tokio::select! {
        _ = call_in(&patient, &target, Some("a"), "hangs") => panic!("it hangs"),
        hanging = shop.hanging.recv() => hanging.unwrap(),
    };
    hanging.cancelled().await;
    // The session of the client goes on.
    assert!(answered(&call_in(&patient, &shop.target(), Some("a"), "session").await).ends_with(" 0"));
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_refused() {
    let shop = shop().await;
    let limits = Limits {
        answer: 50_000,
        arguments: 100,
        ..within(Duration::from_secs(20))
    };
    let forward = forward(&[], limits);
    let told = failed(&call(&forward, &shop.target(), &tool("large"), &json!({})).await);
    assert!(
        told.contains("did not answer") && !told.contains("within"),
        "{told}"
    );
    let before = shop.calls();
    let told = failed(
        &call(
            &forward,
            &shop.target(),
            &tool("echo"),
            &json!({"x": "y".repeat(100)}),
        )
        .await,
    );
    assert_eq!(told, "The arguments of the tool take 108 bytes and may take 100");
    assert_eq!(shop.calls(), before);
}

#[tokio::test]
async fn what_is_no_mcp_server_is_told() {
    crypto();
    let other = Server::text(200, "{}").await;
    let redirect = Server::new(Answers::With(
        307,
        vec![("location", format!("{}/mcp", other.url))],
        Vec::new(),
    ))
    .await;
    let page = Server::new(Answers::With(
        200,
        vec![("content-type", "text/html".to_owned())],
        b"<p>".to_vec(),
    ))
    .await;
    let challenge = vec![("www-authenticate", "Bearer".to_owned())];
    let closed = Server::new(Answers::With(401, challenge, Vec::new())).await;
    let forward = forward(&[], within(Duration::from_secs(20)));
    for (url, why) in [
        (nobody().await, "refused"),
        (redirect.url.clone(), ""),
        (page.url.clone(), ""),
        (
            closed.url.clone(),
            "it wants authorization, and the local backend has no credentials for it",
        ),
    ] {
        let target = json!({"mcp": {"mcpServer": {"endpoint": format!("{url}/mcp")}}});
        let told = failed(&call(&forward, &target, &tool("t"), &json!({})).await);
        let expected = format!("The MCP server {url}/mcp cannot be used: ");
        assert!(told.starts_with(&expected) && told.contains(why), "{told}");
        assert!(!told.contains("within") && !told.contains("rmcp"), "{told}");
    }
    assert!(other.quiet().await, "a redirect is not followed");
    let target = json!({"mcp": {"mcpServer": {"endpoint": "http://169.254.169.254/mcp"}}});
    let told = failed(&call(&forward, &target, &tool("t"), &json!({})).await);
    assert!(told.contains("http is taken on loopback only"), "{told}");
}

/// Before there is a stream of events, too.
#[tokio::test]
async fn a_call_that_has_no_answer_yet_closes_its_connection_when_it_ends() {
    for session in [None, Some("a")] {
        let (gone, cancelled) = (CancellationToken::new(), CancellationToken::new());
        let server = Server::new(Answers::Tool(gone.clone())).await;
        let target = json!({"mcp": {"mcpServer": {"endpoint": server.url}}});
        let forward = forward(&[], within(Duration::from_mins(5)));
        let (tool, arguments) = (tool("t"), Map::new());
        let call = Invocation {
            gateway_id: "shop-abcdefghij",
            target_id: "TARGET0001",
            configuration: &target,
            session,
            tool: &tool,
            arguments: &arguments,
            passed_on: &PassedOn::default(),
            message_id: &json!(7),
            request_id: "5f0c",
        };
        let (result, ()) = tokio::join!(forward.call(call, &cancelled), async {
            while server.asked().await.json_method() != "tools/call" {}
            cancelled.cancel();
        });
        assert_eq!(failed(&result), "The call was cancelled");
        gone.cancelled().await;
    }
}

#[tokio::test]
async fn a_result_of_another_version_is_passed_on_too() {
    let forward = forward(&[], within(Duration::from_secs(20)));
    let content = json!([{"type": "hologram", "data": {"x": 1}}]);
    for (result, expected) in [
        (
            json!({"content": content}),
            json!({"content": content, "isError": false}),
        ),
        (
            json!({"content": content, "structuredContent": [1], "isError": true, "_meta": {"a/b": 1}, "more": 2}),
            json!({"content": content, "structuredContent": [1], "isError": true, "_meta": {"a/b": 1}, "more": 2}),
        ),
        (json!({}), json!({"content": [], "isError": false})),
        (
            json!({"content": [], "resultType": "complete"}),
            json!({"content": [], "isError": false}),
        ),
        (
            json!({"structuredContent": {"a": 1}}),
            json!({"content": [], "structuredContent": {"a": 1}, "isError": false}),
        ),
    ] {
        let server = Server::new(Answers::Result(result)).await;
        let target = json!({"mcp": {"mcpServer": {"endpoint": server.url}}});
        let called = call(&forward, &target, &tool("t"), &json!({})).await;
        assert_eq!(called.into_value(), expected);
    }
    let asks = json!({"resultType": "input_required", "inputRequests": {"a": {"method": "roots/list"}}});
    let server = Server::new(Answers::Result(asks)).await;
    let target = json!({"mcp": {"mcpServer": {"endpoint": server.url}}});
    assert_eq!(
        failed(&call(&forward, &target, &tool("t"), &json!({})).await),
        "The MCP server answers with a request for input, which the local backend does not pass on"
    );
}

/// What an endpoint holds beside its place is its owner's alone.
#[tokio::test]
async fn no_caller_sees_the_keys_in_an_endpoint() {
    let forward = forward(&[], within(Duration::from_secs(20)));
    let hanging_up = Server::new(Answers::With(500, Vec::new(), Vec::new())).await;
    for server in [nobody().await, hanging_up.url.clone()] {
        let place = server.replace("http://", "");
        let endpoint = format!("http://user:secret@{place}/mcp?key=secret");
        let target = json!({"mcp": {"mcpServer": {"endpoint": endpoint}}});
        let told = failed(&call(&forward, &target, &tool("t"), &json!({})).await);
        assert!(
            told.starts_with(&format!("The MCP server {server}/mcp cannot be used: ")),
            "{told}"
        );
        assert!(!told.contains("secret"), "{told}");
    }
}
