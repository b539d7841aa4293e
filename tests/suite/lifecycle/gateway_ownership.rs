//! Whose a gateway is: left alone, taken over, or only looked at.

use super::gateway::{gateway, gateways, seen, tags, text, theirs};
use super::scene::{Scene, calls, condition, message, with};
use serde_json::{Value, json};

#[test]
fn a_gateway_of_another_owner_is_a_conflict_and_is_never_touched() {
    let scene = Scene::new("gateway-conflict");
    let operator = scene.operator();
    let id = text(&scene.call("POST", "/gateways/", &theirs("taken")), "gatewayId");
    scene.apply(&[gateway(
        "refunds",
        json!({"name": "taken", "description": "ours"}),
    )]);
    let object = scene.until_reason("acgw/refunds", "Conflict");
    assert!(
        message(&object).contains("spec.adoptionPolicy: IfUnowned"),
        "{}",
        message(&object)
    );
    assert_eq!(object["metadata"]["finalizers"], json!(null));
    scene.delete("acgw/refunds");
    scene.until_gone("acgw/refunds");
    let there = seen(&scene, &id);
    assert_eq!(
        (&there["description"], &there["status"]),
        (&json!("theirs"), &json!("READY"))
    );
    assert_eq!(tags(&scene, &text(&there, "gatewayArn")), json!({}));
    for operation in ["CreateGateway", "UpdateGateway", "DeleteGateway", "TagResource"] {
        assert_eq!(calls(&operator, operation), 0, "{operation}");
    }
}

#[test]
fn an_unowned_gateway_is_taken_over_by_name_or_by_id_when_that_is_asked_for() {
    let scene = Scene::new("gateway-adopt");
    let operator = scene.operator();
    let by_name = text(&scene.call("POST", "/gateways/", &theirs("found")), "gatewayId");
    let taking = |name: &str, more: Value| {
        let object = with(gateway(name, more), "adoptionPolicy", json!("IfUnowned"));
        with(
            with(object, "description", json!("ours")),
            "resyncInterval",
            json!("1h"),
        )
    };
    scene.apply(&[taking("named", json!({"name": "found"}))]);
    scene.until_ready("acgw/named");
    // It is made after gateways were listed, and no resync is due.
    let by_id = text(&scene.call("POST", "/gateways/", &theirs("Found-2")), "gatewayId");
    scene.apply(&[taking(
        "given",
        json!({"adoptId": by_id, "deletionPolicy": "Retain"}),
    )]);
    for (name, id) in [("named", &by_name), ("given", &by_id)] {
        let object = scene.until_ready(&format!("acgw/{name}"));
        assert_eq!(&object["status"]["gatewayId"], id, "{name}");
        let there = seen(&scene, id);
        assert_eq!(there["description"], "ours");
        let mark = tags(&scene, &text(&there, "gatewayArn"));
        assert_eq!(
            mark["agentcore.dev/object"],
            format!("{}/{name}", scene.namespace.name)
        );
        // Whoever else wants it comes too late.
        let claim = json!({"name": there["name"], "adoptionPolicy": "IfUnowned", "description": "second"});
        scene.apply(&[gateway("second", claim)]);
        scene.until_reason("acgw/second", "Conflict");
        scene.delete("acgw/second");
        scene.until_gone("acgw/second");
    }
    assert_eq!(calls(&operator, "CreateGateway"), 0);
    scene.delete("acgw/given");
    scene.until_gone("acgw/given");
    scene.delete("acgw/named");
    scene.until_gone("acgw/named");
    let left: Vec<String> = gateways(&scene)
        .iter()
        .map(|gateway| text(gateway, "gatewayId"))
        .collect();
    assert_eq!(left, [by_id], "what is retained");
}

#[test]
fn who_only_observes_tells_what_is_and_where_it_differs_and_writes_nothing() {
    let scene = Scene::new("gateway-observe");
    let operator = scene.operator();
    let watched = |more: Value| {
        let object = with(gateway("refunds", more), "managementPolicy", json!("Observe"));
        with(object, "name", json!("watched"))
    };
    scene.apply(&[watched(json!({"description": "theirs"}))]);
    let object = scene.until_reason("acgw/refunds", "DriftDetected");
    assert!(
        message(&object).contains("does not create it"),
        "{}",
        message(&object)
    );
    let id = text(&scene.call("POST", "/gateways/", &theirs("watched")), "gatewayId");
    // Whose it is makes no difference to who only looks.
    let object = scene.until_ready("acgw/refunds");
    assert_eq!(
        (&object["status"]["gatewayId"], &object["status"]["status"]),
        (&json!(id), &json!("READY"))
    );
    scene.apply(&[watched(json!({"description": "ours"}))]);
    let object = scene.until("acgw/refunds", "drifted", |object| {
        message(object).contains("description")
    });
    assert_eq!(condition(&object, "Drifted")["status"], "True");
    assert_eq!(object["metadata"]["finalizers"], json!(null));
    scene.delete("acgw/refunds");
    scene.until_gone("acgw/refunds");
    assert_eq!(seen(&scene, &id)["description"], "theirs");
    for operation in ["CreateGateway", "UpdateGateway", "DeleteGateway", "TagResource"] {
        assert_eq!(calls(&operator, operation), 0, "{operation}");
    }
}
