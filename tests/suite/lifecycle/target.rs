//! The life of a gateway's target: it waits for its gateway, is made, edited, put right, taken over or left alone, and goes
//! before its gateway.

use super::attachment::attachment;
use super::gateway::{gateway, text, theirs};
use super::scene::{Scene, calls, condition, engine, message, ready, with};
use crate::rig::wait_until;
use serde_json::{Value, json};
use std::time::Duration;

/// Tools of a function: these names.
pub fn lambda(tools: &[&str]) -> Value {
    let tool = |name: &&str| {
        json!({"name": name, "description": "d", "inputSchema": {
            "type": "object", "properties": {"amount": {"type": "number", "description": "How much."}}, "required": ["amount"],
        }})
    };
    let tools: Vec<Value> = tools.iter().map(tool).collect();
    json!({"mcp": {"lambda": {
        "lambdaArn": "arn:aws:lambda:us-east-1:123456789012:function:refund", "toolSchema": {"inlinePayload": tools},
    }}})
}

/// A `GatewayTarget` of `refunds` with these tools.
pub fn target(name: &str, tools: &[&str]) -> Value {
    json!({
        "apiVersion": "agentcore.dev/v1alpha1", "kind": "GatewayTarget", "metadata": {"name": name},
        "spec": {"gatewayRef": {"name": "refunds"}, "targetConfiguration": lambda(tools), "resyncInterval": "1s"},
    })
}

/// Every target of a gateway that the backend has, whole.
pub fn targets(scene: &Scene, gateway: &str) -> Vec<Value> {
    let path = format!("/gateways/{gateway}/targets/");
    let page = scene.call("GET", &format!("{path}?maxResults=100"), &Value::Null);
    let items = page["items"].as_array().expect("a list");
    let whole = |item: &Value| scene.call("GET", &format!("{path}{}/", text(item, "targetId")), &Value::Null);
    items.iter().map(whole).collect()
}

fn until_there(scene: &Scene, gateway: &str, what: &str, so: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    wait_until(
        &format!("the targets to be {what}"),
        Duration::from_secs(20),
        || {
            let targets = targets(scene, gateway);
            if so(&targets) {
                Ok(targets)
            } else {
                Err(format!("{targets:?}"))
            }
        },
    )
}

#[test]
fn a_target_waits_for_its_gateway_and_is_made_under_its_own_name() {
    let scene = Scene::new("target");
    let operator = scene.operator();
    scene.apply(&[target("refund-tool", &["refund"])]);
    let object = scene.until_reason("actgt/refund-tool", "DependencyNotReady");
    assert!(
        message(&object).contains("Gateway refunds is not there"),
        "{}",
        message(&object)
    );
    assert_eq!(object["metadata"]["finalizers"], json!(null));
    scene.apply(&[gateway("refunds", json!({}))]);
    let object = scene.until_ready("actgt/refund-tool");
    let id = text(&scene.until_ready("acgw/refunds")["status"], "gatewayId");
    let made = targets(&scene, &id);
    assert_eq!((made.len(), &made[0]["name"]), (1, &json!("refund-tool")));
    assert_eq!(made[0]["targetConfiguration"], lambda(&["refund"]));
    let status = &object["status"];
    assert_eq!(
        (&status["targetId"], &status["targetName"]),
        (&made[0]["targetId"], &made[0]["name"])
    );
    assert_eq!(
        (&status["gatewayId"], &status["status"]),
        (&json!(id), &json!("READY"))
    );
    assert_eq!(condition(&object, "Reconciling"), json!(null));
    let wide = scene.namespace.kubectl(&["get", "actgt", "-o", "wide"]).success();
    let row = wide.lines().nth(1).expect("a row");
    for word in [
        "READY",
        "True",
        "Synced",
        "refunds",
        "refund-tool",
        &text(&made[0], "targetId"),
    ] {
        assert!(row.contains(word), "{word} not in {wide}");
    }
    assert_eq!(calls(&operator, "CreateGatewayTarget"), 1);
    assert_eq!(calls(&operator, "UpdateGatewayTarget"), 0);
}

#[test]
fn an_edit_replaces_the_tools_and_drift_is_put_right_and_told() {
    let scene = Scene::new("target-edit");
    let operator = scene.operator();
    scene.apply(&[
        gateway("refunds", json!({})),
        with(target("tool", &["refund"]), "description", json!("ours")),
    ]);
    scene.until_ready("actgt/tool");
    let id = text(&scene.until_ready("acgw/refunds")["status"], "gatewayId");
    let is = |tools: Value, description: Value| {
        move |targets: &[Value]| {
            let one = &targets[0];
            one["targetConfiguration"] == tools
                && one["description"] == description
                && one["status"] == "READY"
        }
    };
    scene.apply(&[target("tool", &["refund", "lookup"])]);
    until_there(
        &scene,
        &id,
        "as edited",
        is(lambda(&["refund", "lookup"]), json!(null)),
    );
    scene.until_ready("actgt/tool");
    assert_eq!(calls(&operator, "UpdateGatewayTarget"), 1);
    // Another arm takes the place of the first.
    let server = json!({"mcp": {"mcpServer": {
        "endpoint": "https://tools.example.com/mcp", "mcpToolSchema": {"inlinePayload": "{\"tools\": [{\"name\": \"refund\", \"inputSchema\": {\"type\": \"object\"}}]}"},
    }}});
    scene.apply(&[with(target("tool", &[]), "targetConfiguration", server.clone())]);
    let there = until_there(&scene, &id, "a server", |targets| {
        targets[0]["targetConfiguration"]["mcp"]
            .as_object()
            .is_some_and(|arms| arms.len() == 1 && arms.contains_key("mcpServer"))
            && targets[0]["status"] == "READY"
    });
    scene.until_ready("actgt/tool");

    let path = format!("/gateways/{id}/targets/{}/", text(&there[0], "targetId"));
    let theirs = json!({"name": "tool", "targetConfiguration": lambda(&["theirs"])});
    scene.call("PUT", &path, &theirs);
    until_there(&scene, &id, "put right", |targets| {
        targets[0]["targetConfiguration"]["mcp"]["mcpServer"]["endpoint"] == "https://tools.example.com/mcp"
            && targets[0]["status"] == "READY"
    });
    scene.until_ready("actgt/tool");
    let events = scene.events("tool");
    let told =
        |event: &String| event.starts_with("DriftCorrected: ") && event.contains("targetConfiguration.mcp");
    assert!(events.iter().any(told), "{events:?}");
}

#[test]
fn a_gateway_and_its_targets_are_deleted_together_in_whatever_order() {
    let scene = Scene::with_backend("target-delete", &["--transition-delay", "500ms"]);
    let _operator = scene.operator();
    scene.apply(&[
        gateway("refunds", json!({})),
        target("one", &["a"]),
        target("two", &["b"]),
    ]);
    for name in ["actgt/one", "actgt/two"] {
        scene.until_ready(name);
    }
    scene.delete("acgw/refunds");
    let object = scene.until_reason("acgw/refunds", "DeletionBlocked");
    assert_eq!(
        message(&object),
        "the gateway is deleted when these are gone: GatewayTarget one, GatewayTarget two"
    );
    scene.delete("actgt/one");
    scene.delete("actgt/two");
    for which in ["actgt/one", "actgt/two", "acgw/refunds"] {
        scene.until_gone(which);
    }
    let page = scene.call("GET", "/gateways/?maxResults=100", &Value::Null);
    assert_eq!(page["items"], json!([]));
}

#[test]
fn in_a_gateway_of_others_a_target_is_only_taken_over_when_that_is_asked_for() {
    let scene = Scene::new("target-owner");
    let operator = scene.operator();
    let id = text(
        &scene.call("POST", "/gateways/", &theirs("elsewhere")),
        "gatewayId",
    );
    wait_until("the gateway", Duration::from_secs(20), || {
        let gateway = scene.call("GET", &format!("/gateways/{id}/"), &Value::Null);
        if gateway["status"] == "READY" {
            Ok(())
        } else {
            Err(gateway.to_string())
        }
    });
    let made = json!({"name": "tool", "targetConfiguration": lambda(&["theirs"])});
    let made = scene.call("POST", &format!("/gateways/{id}/targets/"), &made);
    let named = |name: &str, tools: &[&str]| {
        let mut object = with(target(name, tools), "gatewayId", json!(id));
        object["spec"]
            .as_object_mut()
            .expect("a spec")
            .remove("gatewayRef");
        object
    };
    scene.apply(&[named("tool", &["ours"]), named("own", &["own"])]);
    // One of its own is made there, and known again.
    let own = scene.until_ready("actgt/own");
    assert_eq!(own["status"]["gatewayId"], id.as_str());
    let object = scene.until_reason("actgt/tool", "Conflict");
    assert_eq!(ready(&object)["status"], "False");
    scene.delete("actgt/tool");
    scene.until_gone("actgt/tool");
    until_there(&scene, &id, "left alone", |targets| {
        targets.len() == 2
            && targets
                .iter()
                .any(|one| one["targetConfiguration"] == lambda(&["theirs"]))
    });
    assert_eq!(calls(&operator, "UpdateGatewayTarget"), 0);
    assert_eq!(calls(&operator, "DeleteGatewayTarget"), 0);

    scene.apply(&[with(
        named("tool", &["ours"]),
        "adoptionPolicy",
        json!("IfUnowned"),
    )]);
    let object = scene.until_ready("actgt/tool");
    assert_eq!(object["status"]["targetId"], made["targetId"]);
    until_there(&scene, &id, "taken over", |targets| {
        targets
            .iter()
            .any(|one| one["targetConfiguration"] == lambda(&["ours"]))
    });
    // And by its id, whatever it is called.
    let other = json!({"name": "Other", "targetConfiguration": lambda(&["theirs"])});
    let other = scene.call("POST", &format!("/gateways/{id}/targets/"), &other);
    let given = with(named("given", &["ours"]), "adoptId", other["targetId"].clone());
    let mut given = with(given, "adoptionPolicy", json!("IfUnowned"));
    given["spec"].as_object_mut().expect("a spec").remove("name");
    let created = calls(&operator, "CreateGatewayTarget");
    scene.apply(&[given]);
    let object = scene.until_ready("actgt/given");
    assert_eq!(object["status"]["targetId"], other["targetId"]);
    assert_eq!(calls(&operator, "CreateGatewayTarget"), created);
    for which in ["actgt/own", "actgt/tool", "actgt/given"] {
        scene.delete(which);
        scene.until_gone(which);
    }
    until_there(&scene, &id, "gone", <[Value]>::is_empty);
}

#[test]
fn a_name_or_a_schema_that_aws_would_not_take_is_told_with_its_place_and_nothing_is_sent() {
    let scene = Scene::new("target-invalid");
    let operator = scene.operator();
    let mut schema = target("tool", &["refund"]);
    schema["spec"]["targetConfiguration"]["mcp"]["lambda"]["toolSchema"]["inlinePayload"][0]["inputSchema"]
        ["properties"]["amount"]["minimum"] = json!(0);
    scene.apply(&[
        gateway("refunds", json!({})),
        target("tool.v2", &["refund"]),
        schema,
    ]);
    let object = scene.until_reason("actgt/tool.v2", "InvalidSpec");
    assert!(
        message(&object).contains("'tool.v2' is no name of a target"),
        "{}",
        message(&object)
    );
    let object = scene.until_reason("actgt/tool", "InvalidSpec");
    let place = "spec.targetConfiguration.mcp.lambda.toolSchema.inlinePayload[0].inputSchema.properties.amount.minimum";
    assert!(message(&object).starts_with(place), "{}", message(&object));
    assert_eq!(calls(&operator, "CreateGatewayTarget"), 0);
    scene.apply(&[
        with(target("tool.v2", &["refund"]), "suspend", json!(false)),
        target("tool", &["refund"]),
    ]);
    scene.until_ready("actgt/tool");
}

#[test]
fn who_only_observes_a_target_tells_what_is_and_writes_nothing() {
    let scene = Scene::new("target-observe");
    let operator = scene.operator();
    scene.apply(&[gateway("refunds", json!({}))]);
    let id = text(&scene.until_ready("acgw/refunds")["status"], "gatewayId");
    scene.apply(&[with(target("tool", &["a"]), "managementPolicy", json!("Observe"))]);
    let object = scene.until_reason("actgt/tool", "DriftDetected");
    assert!(
        message(&object).contains("does not create it"),
        "{}",
        message(&object)
    );
    let made = json!({"name": "tool", "targetConfiguration": lambda(&["b"])});
    scene.call("POST", &format!("/gateways/{id}/targets/"), &made);
    let object = scene.until("actgt/tool", "seen", |object| {
        object["status"]["status"] == "READY"
    });
    assert!(
        message(&object).contains("toolSchema.inlinePayload"),
        "{}",
        message(&object)
    );
    scene.delete("actgt/tool");
    scene.until_gone("actgt/tool");
    assert_eq!(targets(&scene, &id)[0]["targetConfiguration"], lambda(&["b"]));
    for operation in [
        "CreateGatewayTarget",
        "UpdateGatewayTarget",
        "DeleteGatewayTarget",
    ] {
        assert_eq!(calls(&operator, operation), 0, "{operation}");
    }
}

#[test]
fn a_target_waits_for_an_attachment_that_does_not_go_on_until_it_does_or_is_gone() {
    let scene = Scene::new("target-guard");
    let operator = scene.operator();
    scene.apply(&[gateway("refunds", json!({})), engine("refunds", json!({}))]);
    let id = text(&scene.until_ready("acgw/refunds")["status"], "gatewayId");
    // Whichever of them names the gateway by its object, and which by its id.
    let by_id = |mut object: Value| {
        object["spec"]
            .as_object_mut()
            .expect("a spec")
            .remove("gatewayRef");
        with(object, "gatewayId", json!(id))
    };
    let suspended = |object: Value| with(object, "suspend", json!(true));
    scene.apply(&[suspended(by_id(attachment("by-id", "ENFORCE")))]);
    scene.apply(&[target("one", &["a"]), by_id(target("two", &["b"]))]);
    for which in ["actgt/one", "actgt/two"] {
        let object = scene.until_reason(which, "DependencyNotReady");
        let said = "PolicyEngineAttachment by-id is suspended and has not attached it: set its spec.suspend to false, or delete it";
        assert!(message(&object).contains(said), "{}", message(&object));
        assert_eq!(object["metadata"]["finalizers"], json!(null));
    }
    assert_eq!(calls(&operator, "CreateGatewayTarget"), 0);
    scene.apply(&[by_id(attachment("by-id", "ENFORCE"))]);
    scene.until_ready("actgt/one");
    scene.until_ready("actgt/two");

    // What is there is changed without a guard, and what is not is made when nothing is to guard it.
    scene.delete("acatt/by-id");
    scene.until_gone("acatt/by-id");
    scene.apply(&[suspended(attachment("by-name", "ENFORCE"))]);
    scene.apply(&[target("one", &["a", "b"]), target("three", &["c"])]);
    let object = scene.until_reason("actgt/three", "DependencyNotReady");
    assert!(
        message(&object).contains("by-name is suspended"),
        "{}",
        message(&object)
    );
    until_there(&scene, &id, "changed", |targets| {
        targets.len() == 2
            && targets
                .iter()
                .any(|one| one["targetConfiguration"] == lambda(&["a", "b"]))
    });
    scene.delete("acatt/by-name");
    scene.until_ready("actgt/three");
}
