//! What becomes of what is behind a gateway, and of what is attached to it, when a status tells nothing or tells what is not
//! so: it is found by the marks of what the spec names, and what is a stranger's is left alone (reliability.md 4, F18, F22, F23).

use super::attachment::{arn_of, attachment, until_attached};
use super::gateway::{gateway, gateways, seen, text, theirs};
use super::scene::{SOON, Scene, calls, engine, observed, permit, policy, ready, with};
use super::target::{lambda, target, targets};
use crate::rig::wait_until;
use serde_json::{Value, json};

const ALL: [&str; 4] = ["acatt/refunds", "actgt/tool", "acgw/refunds", "acpe/refunds"];

/// An engine, a gateway, a tool behind it, and the engine attached to it.
fn everything() -> [Value; 4] {
    [
        engine("refunds", json!({})),
        gateway("refunds", json!({})),
        target("tool", &["ours"]),
        attachment("refunds", "ENFORCE"),
    ]
}

/// Applies it all, and returns the id of the gateway and the ARN of the engine once all is Ready.
#[track_caller]
fn applied(scene: &Scene, all: &[Value]) -> (String, String) {
    scene.apply(all);
    for which in ALL {
        scene.until_ready(which);
    }
    let id = text(&scene.until_ready("acgw/refunds")["status"], "gatewayId");
    (id, arn_of(scene, "refunds"))
}

#[track_caller]
fn patch(scene: &Scene, which: &str, more: &[&str], patch: &Value) {
    let patch = patch.to_string();
    let args = [&["patch", which, "--type=merge", "-p", &patch], more].concat();
    scene.namespace.kubectl(&args).success();
}

#[track_caller]
fn put_status(scene: &Scene, which: &str, status: &Value) {
    patch(
        scene,
        which,
        &["--subresource=status"],
        &json!({"status": status}),
    );
}

#[track_caller]
fn until_bare(scene: &Scene, id: &str) {
    wait_until("the gateway to have no target and no engine", SOON, || {
        // One that is listed may be gone when it is asked for.
        let listed = scene.call("GET", &format!("/gateways/{id}/targets/"), &Value::Null);
        let (targets, gateway) = (&listed["items"], seen(scene, id));
        let bare = *targets == json!([]) && gateway["policyEngineConfiguration"].is_null();
        bare.then_some(()).ok_or_else(|| format!("{targets} {gateway}"))
    });
}

#[test]
fn f22_without_any_status_targets_and_attachments_are_found_by_marks_and_nothing_is_left() {
    let scene = Scene::new("lost");
    let _operator = scene.operator();
    let (id, _) = applied(&scene, &everything());
    // Who is suspended does not find its own id again, and cannot tell it to the others.
    for which in ["acgw/refunds", "acpe/refunds"] {
        patch(&scene, which, &[], &json!({"spec": {"suspend": true}}));
        scene.until(which, "suspended", observed);
    }
    for which in ALL {
        put_status(&scene, which, &Value::Null);
    }
    scene.delete("actgt/tool");
    scene.delete("acatt/refunds");
    scene.until_gone("actgt/tool");
    scene.until_gone("acatt/refunds");
    assert_eq!(targets(&scene, &id), Vec::<Value>::new());
    assert_eq!(seen(&scene, &id)["policyEngineConfiguration"], Value::Null);
    scene.delete("acgw/refunds");
    scene.delete("acpe/refunds");
    scene.until_gone("acgw/refunds");
    scene.until_gone("acpe/refunds");
    scene.until_backend_is_empty();
    assert_eq!(gateways(&scene), Vec::<Value>::new());
}

#[test]
fn f22_in_a_gateway_that_was_retained_they_are_found_by_the_mark_that_it_still_carries() {
    let scene = Scene::new("lost-retained");
    let _operator = scene.operator();
    let retained = |object: Value| with(object, "deletionPolicy", json!("Retain"));
    let [engine, gateway, tool, attached] = everything();
    let all = [retained(engine), retained(gateway), tool, attached];
    let (id, _) = applied(&scene, &all);
    for which in ["acgw/refunds", "acpe/refunds"] {
        scene.delete(which);
        scene.until_gone(which);
    }
    for which in ["actgt/tool", "acatt/refunds"] {
        put_status(&scene, which, &Value::Null);
        scene.delete(which);
        scene.until_gone(which);
    }
    until_bare(&scene, &id);
    assert_eq!((scene.engines().len(), gateways(&scene).len()), (1, 1));
}

#[test]
fn what_a_forged_status_names_in_a_stranger_s_gateway_is_left_alone() {
    let scene = Scene::new("forged");
    let operator = scene.operator();
    let (id, _) = applied(&scene, &everything());
    let stranger = text(
        &scene.call("POST", "/gateways/", &theirs("elsewhere")),
        "gatewayId",
    );
    let engine = scene.call("POST", "/policy-engines", &json!({"name": "Theirs"}));
    let arn = text(&engine, "policyEngineArn");
    let rests = |scene: &Scene| {
        wait_until("the stranger's to be READY", SOON, || {
            let gateway = seen(scene, &stranger);
            let ready = gateway["status"] == "READY";
            ready.then_some(()).ok_or_else(|| gateway.to_string())
        });
    };
    rests(&scene);
    let tool = json!({"name": "tool", "targetConfiguration": lambda(&["theirs"])});
    let tool = scene.call("POST", &format!("/gateways/{stranger}/targets/"), &tool);
    let attached = json!({"policyEngineConfiguration": {"arn": arn, "mode": "ENFORCE"}});
    super::gateway::change(&scene, &stranger, &attached);
    operator.kill();
    let target = json!({"gatewayId": stranger, "targetId": tool["targetId"]});
    put_status(&scene, "actgt/tool", &target);
    let attachment = json!({"gatewayId": stranger, "policyEngineArn": arn, "mode": "ENFORCE"});
    put_status(&scene, "acatt/refunds", &attachment);
    scene.delete("actgt/tool");
    scene.delete("acatt/refunds");
    let _operator = scene.operator();
    // What is the objects' own goes.
    until_bare(&scene, &id);
    let untouched = || {
        until_attached(&scene, &stranger, &arn, "ENFORCE");
        let there = targets(&scene, &stranger);
        assert_eq!(there.len(), 1, "{there:?}");
        assert_eq!(there[0]["targetConfiguration"], lambda(&["theirs"]));
    };
    untouched();
    // What only the status says keeps them until somebody corrects it, if their own was not seen to go first.
    for which in ["actgt/tool", "acatt/refunds"] {
        let blocked = wait_until(&format!("{which} to be gone or blocked"), SOON, || {
            let object = scene.object(which);
            let reason = object.map(|object| ready(&object)["reason"].clone());
            match reason {
                None => Ok(false),
                Some(reason) if reason == "DeletionBlocked" => Ok(true),
                Some(reason) => Err(reason.to_string()),
            }
        });
        if blocked {
            put_status(&scene, which, &Value::Null);
            let now = "agentcore.dev/reconcile-requested-at=now";
            drop(scene.namespace.kubectl(&["annotate", "--overwrite", which, now]));
        }
        scene.until_gone(which);
    }
    untouched();
}

#[test]
fn a_forged_id_makes_no_policy_and_no_target_another_object_s() {
    let scene = Scene::new("forged-id");
    let operator = scene.operator();
    let early = target("early", &["early"]);
    scene.apply(&[engine("refunds", json!({})), gateway("refunds", json!({})), early]);
    scene.apply(&[policy("agents", &permit("agent"))]);
    scene.until_ready("actgt/early");
    scene.apply(&[target("tool", &["ours"])]);
    let tool = scene.until_ready("actgt/tool");
    let agents = scene.until_ready("acpol/agents");
    let id = text(&tool["status"], "gatewayId");
    let name = text(&scene.policies()[0], "name");
    scene.apply(&[with(policy("forger", &permit("forger")), "name", json!(name))]);
    scene.until_reason("acpol/forger", "Conflict");
    operator.kill();
    // An older object claims the target, and another one the policy.
    let forged = json!({"gatewayId": id, "targetId": tool["status"]["targetId"]});
    put_status(&scene, "actgt/early", &forged);
    let held = json!({"metadata": {"finalizers": ["agentcore.dev/finalizer"]}});
    patch(&scene, "acpol/forger", &[], &held);
    let forged = json!({
        "policyId": agents["status"]["policyId"], "policyEngineId": agents["status"]["policyEngineId"],
    });
    put_status(&scene, "acpol/forger", &forged);
    scene.delete("actgt/tool");
    let operator = scene.operator();
    scene.until_gone("actgt/tool");
    scene.until_ready("actgt/early");
    let left = targets(&scene, &id);
    assert_eq!((left.len(), &left[0]["name"]), (1, &json!("early")), "{left:?}");
    scene.until_reason("acpol/forger", "Conflict");
    scene.delete("acpol/forger");
    scene.until_gone("acpol/forger");
    assert_eq!(
        scene.policies()[0]["definition"]["cedar"]["statement"],
        permit("agent")
    );
    scene.until_ready("acpol/agents");
    let writes = calls(&operator, "UpdatePolicy") + calls(&operator, "DeletePolicy");
    assert_eq!(writes, 0);
}

#[test]
fn a_forged_engine_reaches_no_policy_of_a_stranger() {
    let scene = Scene::new("forged-engine");
    let theirs = scene.call("POST", "/policy-engines", &json!({"name": "Theirs"}));
    let theirs = text(&theirs, "policyEngineId");
    wait_until("the stranger's engine to be ACTIVE", SOON, || {
        let engine = scene.call("GET", &format!("/policy-engines/{theirs}"), &Value::Null);
        let active = engine["status"] == "ACTIVE";
        active.then_some(()).ok_or_else(|| engine.to_string())
    });
    let statement = json!({"name": "Taken", "definition": {"cedar": {"statement": permit("theirs")}}});
    let taken = scene.call("POST", &format!("/policy-engines/{theirs}/policies"), &statement);
    for adoption in ["Never", "IfUnowned"] {
        let operator = scene.operator();
        let plain = with(policy("plain", &permit("plain")), "name", json!("Taken"));
        let plain = with(plain, "adoptionPolicy", json!(adoption));
        scene.apply(&[engine("refunds", json!({})), plain]);
        scene.until_ready("acpe/refunds");
        operator.kill();
        let held = json!({"metadata": {"finalizers": ["agentcore.dev/finalizer"]}});
        patch(&scene, "acpol/plain", &[], &held);
        let forged = json!({"policyId": taken["policyId"], "policyEngineId": theirs});
        put_status(&scene, "acpol/plain", &forged);
        scene.delete("acpol/plain");
        let operator = scene.operator();
        scene.until_reason("acpol/plain", "DeletionBlocked");
        put_status(&scene, "acpol/plain", &Value::Null);
        let now = "agentcore.dev/reconcile-requested-at=now";
        drop(
            scene
                .namespace
                .kubectl(&["annotate", "--overwrite", "acpol/plain", now]),
        );
        scene.until_gone("acpol/plain");
        assert_eq!(
            calls(&operator, "UpdatePolicy") + calls(&operator, "DeletePolicy"),
            0
        );
    }
    let path = format!("/policy-engines/{theirs}/policies/{}", text(&taken, "policyId"));
    assert_eq!(scene.call("GET", &path, &Value::Null)["status"], "ACTIVE");
}

#[test]
fn f18_a_gateway_its_target_and_what_is_attached_are_made_anew_when_they_are_gone() {
    let scene = Scene::new("lost-anew");
    let _operator = scene.operator();
    let [engine, gateway, tool, attached] = everything();
    let attached = with(attached, "resyncInterval", json!("1s"));
    let (id, arn) = applied(&scene, &[engine, gateway, tool, attached]);
    let old = text(&targets(&scene, &id)[0], "targetId");
    scene.call("DELETE", &format!("/gateways/{id}/targets/{old}/"), &Value::Null);
    let other = |object: &Value| object["status"]["targetId"] != old.as_str();
    scene.until("actgt/tool", "another", other);
    let again = text(&scene.until_ready("actgt/tool")["status"], "targetId");
    scene.call(
        "DELETE",
        &format!("/gateways/{id}/targets/{again}/"),
        &Value::Null,
    );
    super::gateway::change(&scene, &id, &json!({"policyEngineConfiguration": null}));
    until_attached(&scene, &id, &arn, "ENFORCE");
    scene.until("actgt/tool", "yet another", |object| {
        object["status"]["targetId"] != again.as_str()
    });
    for which in ALL {
        scene.until_ready(which);
    }
    assert_eq!(targets(&scene, &id).len(), 1);
}

#[test]
fn f23_gateways_targets_and_attachments_that_a_backup_restored_are_taken_up_again() {
    let scene = Scene::new("lost-uids");
    let operator = scene.operator();
    let (id, arn) = applied(&scene, &everything());
    let before = targets(&scene, &id);
    operator.kill();
    for which in ALL {
        patch(&scene, which, &[], &json!({"metadata": {"finalizers": null}}));
        scene.namespace.kubectl(&["delete", which]).success();
    }
    let operator = scene.operator();
    let after = applied(&scene, &everything());
    assert_eq!((&after.0, &after.1), (&id, &arn));
    assert_eq!((targets(&scene, &id), gateways(&scene).len()), (before, 1));
    until_attached(&scene, &id, &arn, "ENFORCE");
    for operation in [
        "CreateGateway",
        "CreateGatewayTarget",
        "UpdateGatewayTarget",
        "DeleteGatewayTarget",
    ] {
        assert_eq!(calls(&operator, operation), 0, "{operation}");
    }
}
