//! The life of a gateway: made, edited, put right, taken over or left alone, deleted; and what others set on it is kept.

use super::scene::{Scene, calls, engine, message, ready, with};
use crate::rig::wait_until;
use serde_json::{Value, json};
use std::time::Duration;

const ROLE: &str = "arn:aws:iam::123456789012:role/gateway";

/// A `Gateway` with these members beside those that every one has.
#[expect(
    clippy::needless_pass_by_value,
    reason = "specs are written where they are used"
)]
pub fn gateway(name: &str, more: Value) -> Value {
    let mut spec = json!({"roleArn": ROLE, "authorizerType": "AWS_IAM", "resyncInterval": "1s"});
    for (field, value) in more.as_object().expect("an object") {
        spec[field] = value.clone();
    }
    json!({"apiVersion": "agentcore.dev/v1alpha1", "kind": "Gateway", "metadata": {"name": name}, "spec": spec})
}

/// What a caller of `CreateGateway` says at least.
pub fn theirs(name: &str) -> Value {
    json!({"name": name, "roleArn": ROLE, "authorizerType": "AWS_IAM", "protocolType": "MCP", "description": "theirs"})
}

/// Every gateway that the backend has, whole.
pub fn gateways(scene: &Scene) -> Vec<Value> {
    let page = scene.call("GET", "/gateways/?maxResults=100", &Value::Null);
    let items = page["items"].as_array().expect("a list");
    items
        .iter()
        .map(|item| seen(scene, &text(item, "gatewayId")))
        .collect()
}

pub fn seen(scene: &Scene, id: &str) -> Value {
    scene.call("GET", &format!("/gateways/{id}/"), &Value::Null)
}

pub fn text(value: &Value, key: &str) -> String {
    value[key].as_str().expect("a text").to_owned()
}

pub fn tags(scene: &Scene, arn: &str) -> Value {
    let path = format!("/tags/{}", arn.replace(':', "%3A").replace('/', "%2F"));
    scene.call("GET", &path, &Value::Null)["tags"].clone()
}

/// Replaces a gateway with what it is and these members.
pub fn change(scene: &Scene, id: &str, more: &Value) {
    let mut request = seen(scene, id);
    for (member, value) in more.as_object().expect("an object") {
        request[member] = value.clone();
    }
    for shown in [
        "gatewayArn",
        "gatewayId",
        "gatewayUrl",
        "createdAt",
        "updatedAt",
        "status",
        "statusReasons",
        "workloadIdentityDetails",
    ] {
        request.as_object_mut().expect("an object").remove(shown);
    }
    scene.call("PUT", &format!("/gateways/{id}/"), &request);
    until_there(scene, id, "at rest", |gateway| gateway["status"] == "READY");
}

/// Waits until the backend's gateway is so.
pub fn until_there(scene: &Scene, id: &str, what: &str, so: impl Fn(&Value) -> bool) -> Value {
    wait_until(
        &format!("the gateway to be {what}"),
        Duration::from_secs(20),
        || {
            let gateway = seen(scene, id);
            if so(&gateway) {
                Ok(gateway)
            } else {
                Err(gateway.to_string())
            }
        },
    )
}

#[test]
fn a_gateway_is_made_and_its_url_id_and_arn_are_told() {
    let scene = Scene::new("gateway");
    let operator = scene.operator();
    let configuration = json!({"customJWTAuthorizer": {
        "discoveryUrl": "https://issuer.example/.well-known/openid-configuration", "allowedClients": ["agent"], "allowedScopes": ["call"],
    }});
    let protocol = json!({"mcp": {"supportedVersions": ["2025-06-18"], "instructions": "Refunds.", "searchType": "SEMANTIC"}});
    scene.apply(&[gateway(
        "refunds",
        json!({
            "description": "Refunds", "authorizerType": "CUSTOM_JWT", "authorizerConfiguration": configuration,
            "protocolConfiguration": protocol, "exceptionLevel": "DEBUG", "tags": [{"key": "team", "value": "pay"}],
        }),
    )]);
    let object = scene.until_ready("acgw/refunds");
    let made = gateways(&scene);
    assert_eq!(made.len(), 1);
    let (made, status) = (&made[0], &object["status"]);
    assert!(text(made, "name").starts_with("refunds-"), "{made}");
    for (field, wanted) in [
        ("description", json!("Refunds")),
        ("roleArn", json!(ROLE)),
        ("protocolType", json!("MCP")),
        ("authorizerType", json!("CUSTOM_JWT")),
        ("authorizerConfiguration", configuration),
        ("protocolConfiguration", protocol),
        ("exceptionLevel", json!("DEBUG")),
    ] {
        assert_eq!(made[field], wanted, "{field}");
    }
    for field in ["gatewayId", "gatewayArn", "gatewayUrl", "status"] {
        assert_eq!(status[field], made[field], "{field}");
    }
    assert_eq!(status["status"], "READY");
    assert_eq!(
        ready(&object)["message"],
        "the gateway is READY in AgentCore as the spec says"
    );
    let marks = tags(&scene, &text(made, "gatewayArn"));
    let key = format!("{}/refunds", scene.namespace.name);
    assert_eq!(
        (&marks["team"], &marks["agentcore.dev/object"]),
        (&json!("pay"), &json!(key))
    );

    let wide = scene.namespace.kubectl(&["get", "acgw", "-o", "wide"]).success();
    let row = wide.lines().nth(1).expect("a row");
    for word in [
        "READY",
        "True",
        "Synced",
        &text(made, "gatewayUrl"),
        &text(made, "gatewayId"),
    ] {
        assert!(row.contains(word), "{word} not in {wide}");
    }
    assert_eq!(calls(&operator, "CreateGateway"), 1);
    assert_eq!(calls(&operator, "UpdateGateway"), 0);
    let writes = scene.writes("gateways", "refunds");
    assert!((1..=3).contains(&writes), "{writes} writes of the object");
    // What is at rest is listed, and asked for no more.
    let before = calls(&operator, "ListGateways");
    wait_until("more listings", Duration::from_secs(20), || {
        let now = calls(&operator, "ListGateways");
        if now >= before + 3 {
            Ok(())
        } else {
            Err(now.to_string())
        }
    });
    let gets = calls(&operator, "GetGateway");
    assert!(gets <= calls(&operator, "ListGateways"), "{gets}");
}

#[test]
fn an_edit_changes_what_the_spec_says_and_nothing_that_others_have_set() {
    let scene = Scene::new("gateway-edit");
    let operator = scene.operator();
    scene.apply(&[
        engine("refunds", json!({})),
        gateway(
            "refunds",
            json!({"description": "one", "protocolConfiguration": {"mcp": {"instructions": "one"}}}),
        ),
    ]);
    let object = scene.until_ready("acgw/refunds");
    let arn = text(&scene.until_ready("acpe/refunds")["status"], "policyEngineArn");
    let id = text(&object["status"], "gatewayId");
    // The last of these is one that the operator's SDK does not know.
    let others = json!({
        "policyEngineConfiguration": {"arn": arn, "mode": "ENFORCE"},
        "interceptorConfigurations": [{
            "interceptor": {"lambda": {"arn": "arn:aws:lambda:us-east-1:123456789012:function:look"}}, "interceptionPoints": ["REQUEST"],
        }],
        "domainOverride": {"default": "tools.example.com"},
    });
    change(&scene, &id, &others);
    let object = scene.until("acgw/refunds", "attached", |object| {
        object["status"]["policyEngineConfiguration"]["mode"] == "ENFORCE"
            && ready(object)["status"] == "True"
    });
    assert_eq!(object["status"]["policyEngineConfiguration"]["arn"], arn.as_str());
    assert_eq!(
        calls(&operator, "UpdateGateway"),
        0,
        "nothing was to be put right"
    );

    let role = "arn:aws:iam::123456789012:role/other";
    let edited = with(
        gateway("refunds", json!({"exceptionLevel": "DEBUG"})),
        "roleArn",
        json!(role),
    );
    scene.apply(&[edited]);
    let there = until_there(&scene, &id, "as it was edited", |gateway| {
        gateway["roleArn"] == role && gateway["status"] == "READY"
    });
    for (member, value) in others.as_object().expect("an object") {
        assert_eq!(&there[member], value, "{member}");
    }
    assert_eq!(there["exceptionLevel"], "DEBUG");
    assert_eq!(
        there["description"],
        json!(null),
        "left out of the spec, it is taken off"
    );
    assert_eq!(
        there["protocolConfiguration"],
        json!(null),
        "and so is what this object has set"
    );
    scene.until_ready("acgw/refunds");
    assert_eq!(calls(&operator, "UpdateGateway"), 1);
}

#[test]
fn what_was_edited_behind_the_spec_s_back_is_put_right_and_told() {
    let scene = Scene::new("gateway-drift");
    let _operator = scene.operator();
    scene.apply(&[gateway(
        "refunds",
        json!({"description": "ours", "tags": [{"key": "team", "value": "pay"}],
               "protocolConfiguration": {"mcp": {"instructions": "ours"}}}),
    )]);
    let object = scene.until_ready("acgw/refunds");
    let (id, arn) = (
        text(&object["status"], "gatewayId"),
        text(&object["status"], "gatewayArn"),
    );
    let other = format!("{ROLE}-theirs");
    let theirs = json!({"description": "theirs", "roleArn": other, "exceptionLevel": "DEBUG",
                        "protocolConfiguration": {"mcp": {"instructions": "theirs"}}});
    change(&scene, &id, &theirs);
    let path = format!("/tags/{}", arn.replace(':', "%3A").replace('/', "%2F"));
    scene.call("POST", &path, &json!({"tags": {"team": "theirs"}}));
    until_there(&scene, &id, "put right", |gateway| {
        let tag = tags(&scene, &arn)["team"].clone();
        let right = gateway["description"] == "ours"
            && gateway["roleArn"] == ROLE
            && gateway["protocolConfiguration"]["mcp"]["instructions"] == "ours";
        right && gateway["status"] == "READY" && tag == "pay"
    });
    scene.until_ready("acgw/refunds");
    let events = scene.events("refunds").join("\n");
    for difference in [
        "description: wanted 'ours', found 'theirs'".to_owned(),
        format!("roleArn: wanted '{ROLE}', found '{other}'"),
        "protocolConfiguration.mcp.instructions: wanted 'ours', found 'theirs'".to_owned(),
        "exceptionLevel: wanted nothing, found 'DEBUG'".to_owned(),
    ] {
        assert!(events.contains(&difference), "{difference}: {events}");
    }
    // One that was deleted is made anew.
    scene.call("DELETE", &format!("/gateways/{id}/"), &Value::Null);
    let object = scene.until("acgw/refunds", "another gateway, Ready", |object| {
        object["status"]["gatewayId"] != id.as_str() && ready(object)["status"] == "True"
    });
    let made = gateways(&scene);
    assert_eq!(
        (made.len(), &made[0]["gatewayUrl"]),
        (1, &object["status"]["gatewayUrl"])
    );
}

#[test]
fn a_gateway_is_deleted_when_its_last_target_is_gone() {
    let scene = Scene::with_backend("gateway-delete", &["--transition-delay", "2s"]);
    let _operator = scene.operator();
    scene.apply(&[gateway("refunds", json!({}))]);
    let id = text(&scene.until_ready("acgw/refunds")["status"], "gatewayId");
    let target = json!({"name": "RefundTool", "targetConfiguration": {"mcp": {"lambda": {
        "lambdaArn": "arn:aws:lambda:us-east-1:123456789012:function:refund",
        "toolSchema": {"inlinePayload": [{"name": "refund", "description": "d", "inputSchema": {"type": "object"}}]},
    }}}});
    let target = text(
        &scene.call("POST", &format!("/gateways/{id}/targets/"), &target),
        "targetId",
    );
    let path = format!("/gateways/{id}/targets/{target}/");
    wait_until("the target", Duration::from_secs(20), || {
        let target = scene.call("GET", &path, &Value::Null);
        if target["status"] == "READY" {
            Ok(())
        } else {
            Err(target.to_string())
        }
    });
    scene.delete("acgw/refunds");
    let object = scene.until_reason("acgw/refunds", "DeletionBlocked");
    assert_eq!(
        message(&object),
        "the gateway is deleted when these are gone: AWS target RefundTool"
    );
    assert_eq!(seen(&scene, &id)["status"], "READY");
    scene.call("DELETE", &path, &Value::Null);
    scene.until("acgw/refunds", "DELETING", |object| {
        object["status"]["status"] == "DELETING" && ready(object)["reason"] == "Deleting"
    });
    scene.until_gone("acgw/refunds");
    assert_eq!(gateways(&scene), Vec::<Value>::new());
    let events = scene.events("refunds");
    assert!(
        events.iter().any(|event| event.starts_with("Deleted: ")),
        "{events:?}"
    );
}
