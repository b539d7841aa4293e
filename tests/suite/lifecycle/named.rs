//! Gateways by the names of their objects in a policy's statement: the manifests hold no generated id.

use super::attachment::attachment;
use super::gateway::{gateway, text};
use super::scene::{SOON, Scene, calls, engine, message, policy, ready, with};
use super::target::target;
use crate::rig::wait_until;
use serde_json::{Value, json};

/// A statement about calls of this tool of gateway `refunds`, laid out by its author. Names in comments and strings stay.
fn about(gateway: &str, action: &str) -> String {
    format!(
        "// of AgentCore::Gateway::\"refunds\"\n{EFFECT}permit( principal is AgentCore::OAuthUser,\n  {action},\n  \
         resource == AgentCore::Gateway::\"{gateway}\" ) // \"refunds\"\n\
         when {{ principal.hasTag(\"role\") && principal.getTag(\"role\") == \"refunds\" }};\n",
        EFFECT = "@note(\"AgentCore::Gateway::\\\"refunds\\\"\")\n"
    )
}

const ANY: &str = "action";
const REFUND: &str = "action == AgentCore::Action::\"refund-tool___refund\"";

/// What AWS has of the only policy, once that is this.
fn until_said(scene: &Scene, statement: &str) {
    wait_until("the statement to be in AWS", SOON, || {
        let policies = scene.policies();
        let says = |policy: &Value| policy["definition"]["cedar"]["statement"] == statement;
        match policies.as_slice() {
            [one] if says(one) && one["status"] == "ACTIVE" => Ok(()),
            other => Err(format!("{other:?}")),
        }
    });
}

fn gateway_arn(scene: &Scene) -> String {
    text(&scene.until_ready("acgw/refunds")["status"], "gatewayArn")
}

#[test]
fn a_policy_waits_for_the_gateway_that_it_names_and_says_its_arn_and_nothing_else_anew() {
    let scene = Scene::new("named");
    let operator = scene.operator();
    let soon = with(policy("p", &about("refunds", ANY)), "resyncInterval", json!("1s"));
    scene.apply(&[engine("refunds", json!({})), soon]);
    scene.until_ready("acpe/refunds");
    let object = scene.until("acpol/p", "waiting for the gateway", |object| {
        message(object).contains("Gateway refunds is not there")
    });
    assert_eq!(ready(&object)["reason"], "DependencyNotReady");
    assert!(
        message(&object).ends_with("or correct the statement"),
        "{}",
        message(&object)
    );
    assert_eq!(calls(&operator, "CreatePolicy"), 0);

    scene.apply(&[gateway("refunds", json!({}))]);
    let arn = gateway_arn(&scene);
    let object = scene.until_ready("acpol/p");
    let effective = about(&arn, ANY);
    until_said(&scene, &effective);
    assert_eq!(object["status"]["effectiveStatement"], effective.as_str());
    assert_eq!(
        object["spec"]["definition"]["cedar"]["statement"],
        about("refunds", ANY).as_str()
    );
    assert_eq!(
        (calls(&operator, "CreatePolicy"), calls(&operator, "UpdatePolicy")),
        (1, 0)
    );
    // What is compared with AWS is what was sent.
    let path = scene.policy_path();
    let theirs = json!({"definition": {"cedar": {"statement": about(&arn, REFUND).replace(REFUND, "action").replace("\"role\") ==", "\"role\") !=")}}});
    scene.call("PATCH", &path, &theirs);
    until_said(&scene, &effective);
    scene.until_ready("acpol/p");

    // Its gateway goes behind everybody's back and is made anew, with another ARN.
    let id = text(&scene.until_ready("acgw/refunds")["status"], "gatewayId");
    scene.call("DELETE", &format!("/gateways/{id}/"), &Value::Null);
    let object = scene.until("acgw/refunds", "another gateway, Ready", |object| {
        object["status"]["gatewayId"] != id.as_str() && ready(object)["status"] == "True"
    });
    until_said(&scene, &about(&text(&object["status"], "gatewayArn"), ANY));
    scene.until_ready("acpol/p");
}

#[test]
fn without_its_gateway_a_policy_stays_as_it_was_sent_and_goes_like_any_other() {
    let scene = Scene::new("named-away");
    let operator = scene.operator();
    scene.apply(&[
        engine("refunds", json!({})),
        gateway("refunds", json!({"deletionPolicy": "Retain"})),
        policy("p", &about("refunds", ANY)),
    ]);
    scene.until_ready("acpol/p");
    let arn = gateway_arn(&scene);
    scene.delete("acgw/refunds");
    scene.until_gone("acgw/refunds");
    // An edit waits: nobody knows what it means.
    let edited = about("refunds", ANY).replace("== \"refunds\"", "== \"edited\"");
    scene.apply(&[policy("p", &edited)]);
    let object = scene.until_reason("acpol/p", "DependencyNotReady");
    assert_eq!(object["status"]["effectiveStatement"], about(&arn, ANY).as_str());
    assert_eq!(calls(&operator, "UpdatePolicy"), 0);
    until_said(&scene, &about(&arn, ANY));
    scene.delete("acpol/p");
    scene.until_gone("acpol/p");
    assert_eq!(scene.policies(), Vec::<Value>::new());
}

#[test]
fn a_policy_whose_tool_was_not_there_is_active_by_itself_once_it_is() {
    let scene = Scene::new("named-tool");
    let operator = scene.operator();
    scene.apply(&[engine("refunds", json!({})), gateway("refunds", json!({}))]);
    let given = about(&gateway_arn(&scene), REFUND);
    scene.apply(&[
        policy("named", &about("refunds", REFUND)),
        policy("given", &given.replace("\"role\") ==", "\"role\") !=")),
    ]);
    for which in ["acpol/named", "acpol/given"] {
        let object = scene.until_reason(which, "CreateFailed");
        assert!(
            message(&object).contains("unrecognized action"),
            "{}",
            message(&object)
        );
    }
    // Tools that are not it are no help, and no reason to try without end.
    scene.apply(&[target("lookup-tool", &["lookup"])]);
    scene.until_ready("actgt/lookup-tool");
    scene.apply(&[target("refund-tool", &["other"])]);
    scene.until_ready("actgt/refund-tool");
    // No resync is due in this time.
    scene.apply(&[target("refund-tool", &["refund"])]);
    for which in ["acpol/named", "acpol/given"] {
        scene.until_ready(which);
    }
    let creates = calls(&operator, "CreatePolicy");
    assert!(
        (4..=8).contains(&creates),
        "{creates}: one try, and one for each change of the tools"
    );
}

#[test]
fn a_policy_waits_for_a_target_whichever_way_either_names_the_gateway_and_no_longer_than_it_is_to_come() {
    let scene = Scene::new("named-coming");
    let operator = scene.operator();
    scene.apply(&[engine("refunds", json!({})), gateway("refunds", json!({}))]);
    let object = scene.until_ready("acgw/refunds");
    let (id, arn) = (text(&object["status"], "gatewayId"), gateway_arn(&scene));
    // No target is made before what is to govern it.
    let guard = with(attachment("refunds", "ENFORCE"), "suspend", json!(true));
    let mut by_id = target("lookup-tool", &["lookup"]);
    let spec = by_id["spec"].as_object_mut().expect("a spec");
    spec.remove("gatewayRef");
    let by_id = with(by_id, "gatewayId", json!(id));
    let lookup = REFUND.replace("refund-tool___refund", "lookup-tool___lookup");
    scene.apply(&[guard, target("refund-tool", &["refund"]), by_id]);
    scene.apply(&[
        policy("named", &about("refunds", &lookup)),
        policy(
            "given",
            &about(&arn, REFUND).replace("\"role\") ==", "\"role\") !="),
        ),
    ]);
    for (which, tool) in [("acpol/named", "lookup-tool"), ("acpol/given", "refund-tool")] {
        let object = scene.until_reason(which, "DependencyNotReady");
        let said = format!("GatewayTarget {tool} is not READY yet");
        assert!(message(&object).starts_with(&said), "{}", message(&object));
    }
    assert_eq!(calls(&operator, "CreatePolicy"), 0);

    // Whose target is given up is judged without it.
    scene.apply(&[with(target("refund-tool", &["refund"]), "suspend", json!(true))]);
    scene.until_reason("acpol/given", "CreateFailed");
    let mut invalid = target("refund-tool", &["refund"]);
    let tool = &mut invalid["spec"]["targetConfiguration"]["mcp"]["lambda"]["toolSchema"]["inlinePayload"][0];
    tool["inputSchema"]["properties"]["amount"]["minimum"] = json!(0);
    scene.apply(&[with(invalid, "suspend", json!(false))]);
    scene.until_reason("actgt/refund-tool", "InvalidSpec");
    scene.apply(&[policy(
        "late",
        &about(&arn, REFUND).replace("\"role\") ==", "\"role\") !="),
    )]);
    scene.until_reason("acpol/late", "CreateFailed");
    scene.apply(&[with(target("refund-tool", &["refund"]), "suspend", json!(false))]);
    scene.delete("acatt/refunds");
    for which in ["acpol/named", "acpol/given", "acpol/late"] {
        scene.until_ready(which);
    }

    // An edit that waits is not said to have been sent.
    let guard = with(attachment("refunds", "ENFORCE"), "suspend", json!(true));
    scene.apply(&[guard, target("other-tool", &["other"])]);
    let other = REFUND.replace("refund-tool___refund", "other-tool___other");
    scene.apply(&[policy("named", &about("refunds", &other))]);
    let object = scene.until_reason("acpol/named", "DependencyNotReady");
    assert_eq!(
        object["status"]["effectiveStatement"],
        about(&arn, &lookup).as_str()
    );
    scene.delete("acatt/refunds");
    let object = scene.until_ready("acpol/named");
    assert_eq!(
        object["status"]["effectiveStatement"],
        about(&arn, &other).as_str()
    );
}

#[test]
fn everything_is_applied_in_one_go_and_in_any_order_and_deleted_in_one() {
    let scene = Scene::with_backend("named-all", &["--transition-delay", "500ms"]);
    let _operator = scene.operator();
    let mut all = vec![
        policy("p", &about("refunds", REFUND)),
        attachment("refunds", "ENFORCE"),
        target("refund-tool", &["refund"]),
        gateway("refunds", json!({})),
        engine("refunds", json!({})),
    ];
    let names = [
        "acpol/p",
        "acatt/refunds",
        "actgt/refund-tool",
        "acgw/refunds",
        "acpe/refunds",
    ];
    for reversed in [false, true] {
        if reversed {
            all.reverse();
        }
        scene.apply(&all);
        for which in names {
            scene.until_ready(which);
        }
        until_said(&scene, &about(&gateway_arn(&scene), REFUND));
        let mut which = names.to_vec();
        which.extend(["--wait=false"]);
        scene
            .namespace
            .kubectl(&[&["delete"], which.as_slice()].concat())
            .success();
        for which in names {
            scene.until_gone(which);
        }
        scene.until_backend_is_empty();
    }
}
