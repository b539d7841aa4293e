//! Targets that are reached over HTTP: the actions of service.md 10.2.

use super::*;

const RUNTIME: &str = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/claims-0123456789";

/// An API with a body that says something, one that says nothing, and one that no Cedar type can express.
fn document() -> String {
    let said =
        |schema: &Value| json!({"required": true, "content": {"application/json": {"schema": schema}}});
    json!({
        "openapi": "3.0.3",
        "paths": {
            "/invocations": {
                "post": {"requestBody": said(&json!({
                    "type": "object", "required": ["prompt"],
                    "properties": {"prompt": {"type": "string"}, "session": {"type": "string"}},
                }))},
                "get": {},
            },
            "/v1/chat/{id}": {
                "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
                "put": {"requestBody": said(&json!({
                    "type": "object", "required": ["model"],
                    "properties": {"model": {"type": "string"}, "input": {"oneOf": [{"type": "string"}, {"type": "array"}]}},
                }))},
            },
        },
    })
    .to_string()
}

/// A shop whose gateway speaks no MCP, with this target.
async fn with(name: &str, http: Value) -> Shop {
    let rig = Rig::with(&[], Arc::new(Targets::default())).await;
    let engine = rig.engine("e").await;
    let mut create = new_gateway("shop");
    create.as_object_mut().unwrap().remove("protocolType");
    let gateway = rig.ok("CreateGateway", create).await["gatewayId"].clone();
    rig.settle().await;
    let target = json!({"gatewayIdentifier": gateway, "name": name, "targetConfiguration": {"http": http}});
    let target = rig.ok("CreateGatewayTarget", target).await;
    rig.settle().await;
    let named = json!({"gatewayIdentifier": gateway, "targetId": target["targetId"]});
    let shown = rig.ok("GetGatewayTarget", named).await;
    assert_eq!(shown["status"], "READY", "{shown}");
    Shop {
        rig,
        engine,
        gateway: gateway.as_str().unwrap().to_owned(),
    }
}

fn runtime(schema: Option<&str>) -> Value {
    match schema {
        Some(text) => {
            json!({"agentcoreRuntime": {"arn": RUNTIME, "schema": {"source": {"inlinePayload": text}}}})
        }
        None => json!({"agentcoreRuntime": {"arn": RUNTIME}}),
    }
}

fn passthrough(schema: Option<&str>) -> Value {
    let mut arm = json!({"endpoint": "https://models.example.com", "protocolType": "CUSTOM"});
    if let Some(text) = schema {
        arm["schema"] = json!({"source": {"inlinePayload": text}});
    }
    json!({"passthrough": arm})
}

impl Shop {
    /// What becomes of a permit of these actions under this condition, which is narrow.
    async fn permitted(&self, name: &str, action: &str, when: &str) -> (String, Vec<String>) {
        let statement =
            format!("permit(USER, action {action}, GATEWAY) when {{ principal.id == \"me\"{when} }};");
        self.judged(name, &statement).await
    }
}

fn action(id: &str) -> String {
    format!("AgentCore::Action::\"{id}\"")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runtime_is_one_action_and_a_group() {
    let shop = with("Run", runtime(None)).await;
    let invoke = format!("== {}", action("Run___POST:/invocations"));
    assert_eq!(shop.permitted("one", &invoke, "").await, active());
    assert_eq!(
        shop.permitted("group", &format!("in {}", action("Run")), "")
            .await,
        active()
    );
    assert_eq!(
        shop.permitted("all", &format!("in {}", action("Http")), "").await,
        active()
    );
    for (name, id) in [
        ("get", "Run___GET:/invocations"),
        ("tool", "Run___invoke"),
        ("ping", "Run___GET:/ping"),
    ] {
        let (status, reasons) = shop.permitted(name, &format!("== {}", action(id)), "").await;
        assert_eq!(status, "CREATE_FAILED", "{id}");
        assert!(reasons[0].contains("unrecognized action"), "{reasons:?}");
    }
    let (status, reasons) = shop
        .permitted("said", &invoke, " && context.input.prompt == \"x\"")
        .await;
    assert_eq!(status, "CREATE_FAILED", "nothing says what its body is");
    assert!(reasons[0].contains("attribute `input.prompt`"), "{reasons:?}");
    // Of an action that is no tool there are no tools of the future.
    let gateway = format!("gateway/{}", shop.gateway);
    assert_eq!(
        shop.judged("wide", &format!("permit(USER, action {invoke}, GATEWAY);"))
            .await,
        failed([permissive("OAuthUser", "Run___POST:/invocations", &gateway)])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_of_a_runtime_says_its_body_and_adds_no_paths() {
    let document = document();
    let shop = with("Run", runtime(Some(&document))).await;
    let invoke = format!("== {}", action("Run___POST:/invocations"));
    assert_eq!(
        shop.permitted("said", &invoke, " && context.input.prompt == \"x\"")
            .await,
        active()
    );
    let (_, reasons) = shop
        .permitted("optional", &invoke, " && context.input.session == \"x\"")
        .await;
    assert!(reasons[0].contains("unable to guarantee safety"), "{reasons:?}");
    assert_eq!(
        shop.permitted("get", &format!("== {}", action("Run___GET:/invocations")), "")
            .await,
        active()
    );
    let (status, _) = shop
        .permitted("other", &format!("== {}", action("Run___PUT:/v1/chat/{id}")), "")
        .await;
    assert_eq!(status, "CREATE_FAILED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxied_api_has_the_actions_of_its_document() {
    let document = document();
    let shop = with("Chat", passthrough(Some(&document))).await;
    let put = format!("== {}", action("Chat___PUT:/v1/chat/{id}"));
    assert_eq!(
        shop.permitted("body", &put, " && context.input.model like \"a.*\"")
            .await,
        active()
    );
    let (_, reasons) = shop
        .permitted("path", &put, " && context.input.id == \"x\"")
        .await;
    assert!(
        reasons[0].contains("attribute `input.id`"),
        "the body alone: {reasons:?}"
    );
    let both = format!(
        "in [{}, {}]",
        action("Chat___POST:/invocations"),
        action("Chat___GET:/invocations")
    );
    assert_eq!(shop.permitted("both", &both, "").await, active());
    assert_eq!(
        shop.permitted("group", &format!("in {}", action("Chat")), "")
            .await,
        active()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxied_api_without_a_document_is_a_group_alone() {
    let shop = with("Chat", passthrough(None)).await;
    assert_eq!(
        shop.permitted("group", &format!("in {}", action("Chat")), "")
            .await,
        active()
    );
    let (status, _) = shop
        .permitted("post", &format!("== {}", action("Chat___POST:/v1/chat")), "")
        .await;
    assert_eq!(status, "CREATE_FAILED");
    let gateway = format!("gateway/{}", shop.gateway);
    assert_eq!(
        shop.judged(
            "wide",
            &format!("permit(USER, action in {}, GATEWAY);", action("Chat"))
        )
        .await,
        failed([permissive("OAuthUser", "Chat", &gateway)])
    );
}
