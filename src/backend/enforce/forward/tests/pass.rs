//! Prompts and resources of MCP servers (service.md 11.7).

use super::server::{Answers, Server, nobody};
use super::shop::{Has, Shop};
use super::*;

/// The targets `One`, `Two` and so on of a gateway, and asks them.
struct Gateway {
    forward: Forward,
    targets: Vec<(&'static str, Value)>,
}

impl Gateway {
    fn new(targets: &[(&'static str, Value)]) -> Self {
        Self {
            forward: forward(&[], within(Duration::from_secs(20))),
            targets: targets.to_vec(),
        }
    }

    async fn ask(&self, method: &str, params: &Value) -> Result<Value, JsonRpcError> {
        let behind: Vec<Behind<'_>> = self
            .targets
            .iter()
            .map(|(name, configuration)| Behind {
                target_id: name,
                target_name: name,
                configuration,
                passed_on: PassedOn::default(),
            })
            .collect();
        let request = Passed {
            gateway_id: "shop-abcdefghij",
            session: Some("a"),
            method,
            params,
        };
        self.forward
            .pass(request, &behind, &CancellationToken::new())
            .await
    }

    /// What a list has, by this member of its entries.
    async fn listed(&self, method: &str, list: &str, member: &str) -> Vec<String> {
        let listed = self.ask(method, &Value::Null).await.unwrap();
        assert_eq!(listed.as_object().unwrap().keys().collect::<Vec<_>>(), [list]);
        let entries = listed[list].as_array().unwrap();
        entries
            .iter()
            .map(|entry| entry[member].as_str().unwrap().to_owned())
            .collect()
    }

    async fn refused(&self, method: &str, params: &Value) -> (i64, String) {
        let error = self.ask(method, params).await.unwrap_err();
        (error.code, error.message)
    }
}

async fn two() -> (Shop, Shop, Gateway) {
    let one = Shop::new(
        "one",
        Has {
            prompts: vec!["hello", "bye"],
            resources: vec!["file:///a", "file:///both"],
            ..Has::default()
        },
    )
    .await;
    let two = Shop::new(
        "two",
        Has {
            prompts: vec!["hello"],
            resources: vec!["file:///both", "file:///b"],
            hidden: vec!["two://7"],
            ..Has::default()
        },
    )
    .await;
    let lambda = json!({"mcp": {"lambda": {"lambdaArn": "arn:aws:lambda:x"}}});
    let gateway = Gateway::new(&[
        ("Refunds", lambda),
        ("One", one.target()),
        ("Two-b", two.target()),
    ]);
    (one, two, gateway)
}

#[tokio::test]
async fn prompts_have_the_prefix_of_their_target_and_resources_their_uri() {
    let (_one, _two, gateway) = two().await;
    assert_eq!(
        gateway.listed("prompts/list", "prompts", "name").await,
        ["One___hello", "One___bye", "Two-b___hello"]
    );
    assert_eq!(
        gateway.listed("resources/list", "resources", "uri").await,
        ["file:///a", "file:///both", "file:///b"]
    );
    // Of two with one URI the first target's counts.
    assert_eq!(
        gateway.listed("resources/list", "resources", "name").await,
        ["one", "one", "two"]
    );
    assert_eq!(
        gateway
            .listed("resources/templates/list", "resourceTemplates", "uriTemplate")
            .await,
        ["one://{id}", "two://{id}"]
    );
}

#[tokio::test]
async fn a_prompt_is_asked_of_its_target_under_its_own_name() {
    let (_one, _two, gateway) = two().await;
    let params = json!({"name": "Two-b___hello", "arguments": {"who": "you"}});
    let result = gateway.ask("prompts/get", &params).await.unwrap();
    assert_eq!(
        result["messages"][0]["content"]["text"],
        json!(["two", "hello", {"who": "you"}]).to_string()
    );
    assert_eq!(result.get("resultType"), None);
    for (params, code, message) in [
        (json!({"name": "hello"}), -32602, "Unknown prompt: hello"),
        (
            json!({"name": "Three___hello"}),
            -32602,
            "Unknown prompt: Three___hello",
        ),
        (
            json!({"name": "Refunds___hello"}),
            -32602,
            "Unknown prompt: Refunds___hello",
        ),
        (
            json!({"name": 1}),
            -32602,
            "Invalid params: name must be a string",
        ),
        (Value::Null, -32602, "Invalid params: name must be a string"),
        (
            json!({"name": "One___hello", "arguments": []}),
            -32602,
            "Invalid params: arguments must be an object",
        ),
    ] {
        assert_eq!(
            gateway.refused("prompts/get", &params).await,
            (code, message.to_owned())
        );
    }
    let error = gateway
        .ask("prompts/get", &json!({"name": "One___no"}))
        .await
        .unwrap_err();
    assert_eq!(
        error,
        JsonRpcError {
            code: -32602,
            message: "no such prompt".to_owned(),
            data: Some(json!({"shop": "one"})),
        }
    );
}

#[tokio::test]
async fn a_resource_is_read_where_it_is() {
    let (one, _two, gateway) = two().await;
    for (uri, shop) in [("file:///both", "one"), ("file:///b", "two"), ("two://7", "two")] {
        let result = gateway.ask("resources/read", &json!({"uri": uri})).await.unwrap();
        assert_eq!(
            result,
            json!({"contents": [{"uri": uri, "mimeType": "text/plain", "text": shop}]})
        );
    }
    let error = gateway
        .ask("resources/read", &json!({"uri": "file:///no"}))
        .await
        .unwrap_err();
    assert_eq!(
        (error.code, error.data),
        (-32002, Some(json!({"uri": "file:///no"})))
    );
    let told = gateway.refused("resources/read", &json!({})).await;
    assert_eq!(told, (-32602, "Invalid params: uri must be a string".to_owned()));
    // With one server alone its own answer stands.
    let alone = Gateway::new(&[("One", one.target())]);
    let error = alone
        .ask("resources/read", &json!({"uri": "file:///no"}))
        .await
        .unwrap_err();
    assert_eq!(
        (error.message.as_str(), error.data),
        ("gone", Some(json!({"shop": "one"})))
    );
}

#[tokio::test]
async fn what_cannot_be_asked_or_has_no_end_adds_nothing() {
    let good = Shop::new(
        "good",
        Has {
            prompts: vec!["hello"],
            ..Has::default()
        },
    )
    .await;
    let endless = Has {
        prompts: vec!["x"],
        resources: vec!["a:b"],
        endless: true,
        ..Has::default()
    };
    let endless = Shop::new("endless", endless).await;
    let page = Server::new(Answers::With(200, Vec::new(), b"<html>".to_vec())).await;
    let server = |url: &str| json!({"mcp": {"mcpServer": {"endpoint": url}}});
    let gateway = Gateway::new(&[
        ("Nobody", server(&nobody().await)),
        ("Endless", endless.target()),
        ("Page", server(&page.url)),
        ("Metadata", server("http://169.254.169.254/mcp")),
        ("Good", good.target()),
    ]);
    assert_eq!(
        gateway.listed("prompts/list", "prompts", "name").await,
        ["Good___hello"]
    );
    assert!(
        gateway
            .listed("resources/list", "resources", "uri")
            .await
            .is_empty()
    );
    let none = Gateway::new(&[]);
    assert!(none.listed("prompts/list", "prompts", "name").await.is_empty());
    assert_eq!(
        none.refused("resources/read", &json!({"uri": "a:b"})).await.0,
        -32002
    );
    assert_eq!(
        none.refused("prompts/list", &json!({"cursor": "2"})).await,
        (
            -32602,
            "The cursor is not known: the list has one page".to_owned()
        )
    );
    assert_eq!(
        none.refused("tools/call", &json!({})).await,
        (-32601, "Method not found: tools/call".to_owned())
    );
}

#[tokio::test]
async fn one_that_is_silent_does_not_keep_the_others_from_being_listed_and_cancelling_ends_it() {
    let good = Shop::new(
        "good",
        Has {
            prompts: vec!["hello"],
            ..Has::default()
        },
    )
    .await;
    let gone = CancellationToken::new();
    let silent = Server::new(Answers::Never(gone.clone())).await;
    let silent = json!({"mcp": {"mcpServer": {"endpoint": silent.url}}});
    let mut gateway = Gateway::new(&[("Silent", silent), ("Good", good.target())]);
    gateway.forward = forward(&[], within(Duration::from_secs(2)));
    assert_eq!(
        gateway.listed("prompts/list", "prompts", "name").await,
        ["Good___hello"]
    );
    gone.cancelled().await;
    let cancelled = CancellationToken::new();
    cancelled.cancel();
    let request = Passed {
        gateway_id: "g",
        session: None,
        method: "prompts/list",
        params: &Value::Null,
    };
    let error = gateway.forward.pass(request, &[], &cancelled).await.unwrap_err();
    assert_eq!(
        (error.code, error.message.as_str()),
        (-32603, "The call was cancelled")
    );
}
