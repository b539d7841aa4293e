//! The life of an attachment: it waits for engine and gateway, changes one member of the gateway and nothing else, and takes
//! off what is its own alone.

use super::gateway::{change, gateway, seen, text, theirs, until_there};
use super::scene::{Scene, calls, condition, engine, engine_and_policy, message, ready, with};
use crate::rig::wait_until;
use serde_json::{Value, json};
use std::time::Duration;

/// An attachment of engine `refunds` to gateway `refunds`.
pub fn attachment(name: &str, mode: &str) -> Value {
    json!({
        "apiVersion": "agentcore.dev/v1alpha1", "kind": "PolicyEngineAttachment", "metadata": {"name": name},
        "spec": {"policyEngineRef": {"name": "refunds"}, "gatewayRef": {"name": "refunds"}, "mode": mode},
    })
}

/// `object` without this field in its spec.
fn without(mut object: Value, field: &str) -> Value {
    object["spec"].as_object_mut().expect("a spec").remove(field);
    object
}

/// Members that others have set on a gateway; the last of these is one that the operator's SDK does not know.
fn others() -> Value {
    json!({
        "interceptorConfigurations": [{
            "interceptor": {"lambda": {"arn": "arn:aws:lambda:us-east-1:123456789012:function:look"}}, "interceptionPoints": ["REQUEST"],
        }],
        "exceptionLevel": "DEBUG",
        "domainOverride": {"default": "tools.example.com"},
    })
}

pub fn arn_of(scene: &Scene, engine: &str) -> String {
    text(
        &scene.until_ready(&format!("acpe/{engine}"))["status"],
        "policyEngineArn",
    )
}

/// Waits until the gateway asks this engine in this mode, at rest.
pub fn until_attached(scene: &Scene, id: &str, arn: &str, mode: &str) -> Value {
    until_there(scene, id, &format!("attached in {mode}"), |gateway| {
        gateway["policyEngineConfiguration"] == json!({"arn": arn, "mode": mode})
            && gateway["status"] == "READY"
    })
}

/// Waits until a gateway that was made by others is READY, and returns its id.
fn foreign_gateway(scene: &Scene, name: &str) -> String {
    let id = text(&scene.call("POST", "/gateways/", &theirs(name)), "gatewayId");
    until_there(scene, &id, "READY", |gateway| gateway["status"] == "READY");
    id
}

#[test]
fn ack6_an_attachment_waits_for_both_and_changes_one_member_of_the_gateway() {
    let scene = Scene::new("attach");
    let operator = scene.operator();
    scene.apply(&[attachment("refunds", "ENFORCE")]);
    let object = scene.until_reason("acatt/refunds", "DependencyNotReady");
    assert!(
        message(&object).contains("PolicyEngine refunds is not there"),
        "{}",
        message(&object)
    );
    assert_eq!(object["metadata"]["finalizers"], json!(null));
    scene.apply(&[engine("refunds", json!({}))]);
    let arn = arn_of(&scene, "refunds");
    let object = scene.until("acatt/refunds", "waiting for the gateway", |object| {
        message(object).contains("Gateway refunds is not there")
    });
    assert_eq!(ready(&object)["reason"], "DependencyNotReady");

    let id = foreign_gateway(&scene, "taken-over");
    change(&scene, &id, &others());
    scene.apply(&[gateway(
        "refunds",
        json!({"name": "taken-over", "adoptionPolicy": "IfUnowned", "exceptionLevel": "DEBUG"}),
    )]);
    let object = scene.until_ready("acatt/refunds");
    let there = until_attached(&scene, &id, &arn, "ENFORCE");
    for (member, value) in others().as_object().expect("an object") {
        assert_eq!(&there[member], value, "{member}");
    }
    let status = &object["status"];
    assert_eq!(
        (
            &status["gatewayId"],
            &status["policyEngineArn"],
            &status["mode"],
            &status["status"]
        ),
        (&json!(id), &json!(arn), &json!("ENFORCE"), &json!("READY"))
    );
    assert_eq!(
        ready(&object)["message"],
        "the attachment is READY in AgentCore as the spec says"
    );
    let wide = scene.namespace.kubectl(&["get", "acatt", "-o", "wide"]).success();
    let row = wide.lines().nth(1).expect("a row");
    for word in ["READY", "True", "Synced", &id, &arn, "ENFORCE"] {
        assert!(row.contains(word), "{word} not in {wide}");
    }
    // The engine has no policy, so from now on the gateway denies every call: that is told once.
    let denied = || {
        let told = |event: &String| event.contains("denies every call");
        scene
            .events("refunds")
            .into_iter()
            .filter(told)
            .collect::<Vec<_>>()
    };
    wait_until("the event", Duration::from_secs(10), || match denied().len() {
        1 => Ok(()),
        count => Err(format!("{count} of {:?}", scene.events("refunds"))),
    });
    assert!(denied()[0].starts_with("DependencyNotReady: "), "{:?}", denied());
    // The gateway's own object leaves it alone, however often it looks and whatever it changes.
    scene.until_ready("acgw/refunds");
    let updates = calls(&operator, "UpdateGateway");
    assert!(
        (1..=2).contains(&updates),
        "{updates}: one to take over, one to attach"
    );
    let edited = json!({"name": "taken-over", "adoptionPolicy": "IfUnowned", "exceptionLevel": "DEBUG", "description": "edited"});
    scene.apply(&[gateway("refunds", edited)]);
    until_there(&scene, &id, "edited", |gateway| {
        gateway["description"] == "edited" && gateway["status"] == "READY"
    });
    until_attached(&scene, &id, &arn, "ENFORCE");
    let looks = calls(&operator, "ListGateways");
    wait_until("more looks", Duration::from_secs(20), || {
        let now = calls(&operator, "ListGateways");
        (now >= looks + 3).then_some(()).ok_or_else(|| now.to_string())
    });
    assert_eq!(calls(&operator, "UpdateGateway"), updates + 1);
    scene.until_ready("acatt/refunds");
    assert_eq!(denied().len(), 1);

    scene.delete("acatt/refunds");
    scene.until_gone("acatt/refunds");
    let there = seen(&scene, &id);
    assert_eq!(there["policyEngineConfiguration"], json!(null));
    for (member, value) in others().as_object().expect("an object") {
        assert_eq!(&there[member], value, "{member}");
    }
    assert_eq!(there["description"], "edited");
}

#[test]
fn a_mode_is_changed_there_and_back_and_put_right() {
    let scene = Scene::new("attach-mode");
    let operator = scene.operator();
    scene.apply(&engine_and_policy());
    scene.apply(&[gateway("refunds", json!({}))]);
    let arn = arn_of(&scene, "refunds");
    scene.until_ready("acpol/agents");
    let soon = |mode: &str| with(attachment("refunds", mode), "resyncInterval", json!("1s"));
    let mut id = String::new();
    for (updates, mode) in (1..).zip(["LOG_ONLY", "ENFORCE", "LOG_ONLY", "ENFORCE"]) {
        scene.apply(&[soon(mode)]);
        let object = scene.until("acatt/refunds", mode, |object| {
            object["status"]["mode"] == mode && ready(object)["reason"] == "Synced"
        });
        id = text(&object["status"], "gatewayId");
        until_attached(&scene, &id, &arn, mode);
        assert_eq!(calls(&operator, "UpdateGateway"), updates, "{mode}");
    }
    change(
        &scene,
        &id,
        &json!({"policyEngineConfiguration": {"arn": arn, "mode": "LOG_ONLY"}}),
    );
    until_attached(&scene, &id, &arn, "ENFORCE");
    // Who takes it off does not get far either.
    change(&scene, &id, &json!({"policyEngineConfiguration": null}));
    until_attached(&scene, &id, &arn, "ENFORCE");
    scene.until_ready("acatt/refunds");
    let events = scene.events("refunds");
    let told = |what: &str| events.iter().any(|event| event.contains(what));
    assert!(told("mode: wanted 'ENFORCE', found 'LOG_ONLY'"), "{events:?}");
    assert!(!told("denies every call"), "a policy is ACTIVE: {events:?}");
    // What is retained stays attached.
    scene.apply(&[with(soon("ENFORCE"), "deletionPolicy", json!("Retain"))]);
    scene.until_ready("acatt/refunds");
    scene.delete("acatt/refunds");
    scene.until_gone("acatt/refunds");
    until_attached(&scene, &id, &arn, "ENFORCE");
}

#[test]
fn a_gateway_has_one_attachment_and_the_second_gets_it_when_the_first_is_gone() {
    let scene = Scene::new("attach-two");
    let operator = scene.operator();
    scene.apply(&[
        engine("refunds", json!({})),
        engine("other", json!({})),
        gateway("refunds", json!({})),
        attachment("first", "ENFORCE"),
    ]);
    let id = text(&scene.until_ready("acatt/first")["status"], "gatewayId");
    let (arn, other) = (arn_of(&scene, "refunds"), arn_of(&scene, "other"));
    until_attached(&scene, &id, &arn, "ENFORCE");
    let updates = calls(&operator, "UpdateGateway");
    // Of the same engine or of another.
    scene.apply(&[
        attachment("second", "LOG_ONLY"),
        with(
            attachment("third", "ENFORCE"),
            "policyEngineRef",
            json!({"name": "other"}),
        ),
    ]);
    for name in ["second", "third"] {
        let object = scene.until_reason(&format!("acatt/{name}"), "Conflict");
        let said = message(&object);
        assert!(
            said.contains(&format!("the gateway {id} has a policy engine")),
            "{said}"
        );
        assert_eq!(object["metadata"]["finalizers"], json!(null), "{name}");
        assert_eq!(object["status"]["gatewayId"], json!(null), "{name}");
    }
    scene.delete("acatt/second");
    scene.until_gone("acatt/second");
    assert_eq!(calls(&operator, "UpdateGateway"), updates, "nothing was touched");
    until_attached(&scene, &id, &arn, "ENFORCE");
    // No resync is due in this time: the one that waits is told.
    scene.delete("acatt/first");
    scene.until_gone("acatt/first");
    scene.until_ready("acatt/third");
    until_attached(&scene, &id, &other, "ENFORCE");
}

#[test]
fn f24_an_engine_is_exchanged_in_one_write_and_stays_for_the_object_that_takes_an_attachment_s_place() {
    let scene = Scene::new("attach-moved");
    let operator = scene.operator();
    scene.apply(&[
        engine("refunds", json!({})),
        engine("other", json!({})),
        gateway("refunds", json!({})),
        attachment("refunds", "ENFORCE"),
    ]);
    let id = text(&scene.until_ready("acatt/refunds")["status"], "gatewayId");
    let other = arn_of(&scene, "other");
    let to_other = |name: &str| {
        let engine = json!({"name": "other"});
        with(attachment(name, "ENFORCE"), "policyEngineRef", engine)
    };
    let updates = calls(&operator, "UpdateGateway");
    scene.apply(&[to_other("refunds")]);
    until_attached(&scene, &id, &other, "ENFORCE");
    let object = scene.until_ready("acatt/refunds");
    assert_eq!(object["status"]["policyEngineArn"], other.as_str());
    assert_eq!(calls(&operator, "UpdateGateway"), updates + 1);

    scene.apply(&[to_other("renamed")]);
    scene.until_reason("acatt/renamed", "Conflict");
    scene.delete("acatt/refunds");
    scene.until_gone("acatt/refunds");
    // No resync is due in this time: the one that waits is told.
    scene.until_ready("acatt/renamed");
    until_attached(&scene, &id, &other, "ENFORCE");
    assert_eq!(
        calls(&operator, "UpdateGateway"),
        updates + 1,
        "nothing was taken off"
    );
    scene.delete("acatt/renamed");
    scene.until_gone("acatt/renamed");
    assert_eq!(seen(&scene, &id)["policyEngineConfiguration"], json!(null));
}

#[test]
fn what_others_have_attached_is_left_alone_and_only_what_is_ours_is_taken_off() {
    let scene = Scene::new("attach-theirs");
    let operator = scene.operator();
    scene.apply(&[engine("refunds", json!({})), engine("other", json!({}))]);
    let (arn, other) = (arn_of(&scene, "refunds"), arn_of(&scene, "other"));
    let id = foreign_gateway(&scene, "elsewhere");
    let attach = |arn: &str| {
        let configuration = json!({"policyEngineConfiguration": {"arn": arn, "mode": "ENFORCE"}});
        change(&scene, &id, &configuration);
    };
    attach(&other);
    let by_id = |name: &str| {
        let object = with(attachment(name, "LOG_ONLY"), "gatewayId", json!(id));
        let object = with(object, "policyEngineArn", json!(arn));
        let object = with(object, "resyncInterval", json!("1s"));
        without(without(object, "gatewayRef"), "policyEngineRef")
    };
    scene.apply(&[by_id("a")]);
    scene.until_reason("acatt/a", "Conflict");
    scene.delete("acatt/a");
    scene.until_gone("acatt/a");
    until_attached(&scene, &id, &other, "ENFORCE");
    assert_eq!(calls(&operator, "UpdateGateway"), 0);

    change(&scene, &id, &json!({"policyEngineConfiguration": null}));
    scene.apply(&[by_id("b")]);
    scene.until_ready("acatt/b");
    until_attached(&scene, &id, &arn, "LOG_ONLY");
    // Somebody attaches another: it is theirs from then on.
    attach(&other);
    scene.until_reason("acatt/b", "Conflict");
    let updates = calls(&operator, "UpdateGateway");
    scene.delete("acatt/b");
    scene.until_gone("acatt/b");
    until_attached(&scene, &id, &other, "ENFORCE");
    assert_eq!(calls(&operator, "UpdateGateway"), updates);
}

#[test]
fn who_only_observes_an_attachment_tells_what_is_and_writes_nothing() {
    let scene = Scene::new("attach-observe");
    let operator = scene.operator();
    scene.apply(&[engine("refunds", json!({})), gateway("refunds", json!({}))]);
    let arn = arn_of(&scene, "refunds");
    let id = text(&scene.until_ready("acgw/refunds")["status"], "gatewayId");
    let object = with(
        attachment("refunds", "ENFORCE"),
        "managementPolicy",
        json!("Observe"),
    );
    scene.apply(&[with(object, "resyncInterval", json!("1s"))]);
    let object = scene.until_reason("acatt/refunds", "DriftDetected");
    assert!(
        message(&object).contains("does not create it"),
        "{}",
        message(&object)
    );
    for (mode, reason) in [("LOG_ONLY", "DriftDetected"), ("ENFORCE", "Synced")] {
        change(
            &scene,
            &id,
            &json!({"policyEngineConfiguration": {"arn": arn, "mode": mode}}),
        );
        let object = scene.until("acatt/refunds", reason, |object| {
            object["status"]["mode"] == mode && ready(object)["reason"] == reason
        });
        let drifted = condition(&object, "Drifted")["status"] == "True";
        assert_eq!(drifted, reason == "DriftDetected");
    }
    scene.delete("acatt/refunds");
    scene.until_gone("acatt/refunds");
    until_attached(&scene, &id, &arn, "ENFORCE");
    assert_eq!(calls(&operator, "UpdateGateway"), 0);
}

#[test]
fn an_engine_and_a_gateway_name_the_attachments_in_their_way_and_all_go_together() {
    let scene = Scene::with_backend("attach-delete", &["--transition-delay", "300ms"]);
    let _operator = scene.operator();
    scene.apply(&engine_and_policy());
    scene.apply(&[gateway("refunds", json!({})), attachment("refunds", "ENFORCE")]);
    scene.until_ready("acatt/refunds");
    scene.until_ready("acpol/agents");
    scene.delete("acgw/refunds");
    let object = scene.until_reason("acgw/refunds", "DeletionBlocked");
    assert_eq!(
        message(&object),
        "the gateway is deleted when these are gone: PolicyEngineAttachment refunds"
    );
    scene.delete("acpe/refunds");
    let object = scene.until_reason("acpe/refunds", "DeletionBlocked");
    assert_eq!(
        message(&object),
        "the policy engine is deleted when these are gone: Policy agents, PolicyEngineAttachment refunds"
    );
    scene.delete("acpol/agents");
    scene.until_gone("acpol/agents");
    scene.delete("acatt/refunds");
    for which in ["acatt/refunds", "acgw/refunds", "acpe/refunds"] {
        scene.until_gone(which);
    }
    scene.until_backend_is_empty();
    let page = scene.call("GET", "/gateways/?maxResults=100", &Value::Null);
    assert_eq!(page["items"], json!([]));
}
