//! The life of a generation: started once when its gateway has tools, read, copied before AWS deletes it, run again for another
//! text, and let go of at once.

use super::adoption::adopting;
use super::gateway::{gateway, text, theirs};
use super::scene::{Scene, calls, engine, message, ready, with};
use super::target::{lambda, target};
use crate::rig::{Operator, wait_until};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// One requirement that can be written as a policy about [`stage`]'s tool, and one that cannot.
pub const TEXT: &str = "Allow users to process refunds under $500. Happy users can cheer.";
const OTHER: &str = "Allow users to process refunds under $200.";

/// A `PolicyGeneration` about `refunds` from this text.
pub fn generation(name: &str, text: &str) -> Value {
    json!({
        "apiVersion": "agentcore.dev/v1alpha1", "kind": "PolicyGeneration", "metadata": {"name": name},
        "spec": {"policyEngineRef": {"name": "refunds"}, "gatewayRef": {"name": "refunds"}, "content": {"rawText": text},
                 "resyncInterval": "1s"},
    })
}

/// Engine, gateway and a tool: all `refunds`.
pub fn stage() -> [Value; 3] {
    [
        engine("refunds", json!({})),
        gateway("refunds", json!({})),
        target("refund-tool", &["process_refund"]),
    ]
}

/// Every generation that the backend has of its engines.
pub fn generations(scene: &Scene) -> Vec<Value> {
    let of_engine = |engine: &Value| {
        let path = format!(
            "/policy-engines/{}/policy-generations?maxResults=100",
            text(engine, "policyEngineId")
        );
        let page = scene.call("GET", &path, &Value::Null);
        page["policyGenerations"].as_array().expect("a list").clone()
    };
    scene.engines().iter().flat_map(of_engine).collect()
}

/// The id of the first asset of an object that can be used.
pub fn usable(object: &Value) -> String {
    let assets = object["status"]["assets"].as_array().expect("assets");
    let first = assets.iter().find(|asset| asset["usable"] == true);
    text(first.expect("a usable asset"), "assetId")
}

fn started(operator: &Operator) -> u64 {
    calls(operator, "StartPolicyGeneration")
}

#[test]
fn a_text_becomes_assets_in_the_status_and_in_a_config_map_that_goes_with_the_object() {
    let scene = Scene::new("generation");
    let operator = scene.operator();
    // All at once, in the order in which nothing is ready.
    scene.apply(&[generation("draft", TEXT)]);
    scene.until_reason("acgen/draft", "DependencyNotReady");
    scene.apply(&stage());
    scene.until_ready("actgt/refund-tool");
    let began = Instant::now();
    scene.until("acgen/draft", "started", |object| {
        object["status"]["generationId"].is_string()
    });
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    let object = scene.until_ready("acgen/draft");
    let made = generations(&scene);
    assert_eq!(made.len(), 1, "{made:?}");
    let status = &object["status"];
    assert_eq!(
        (&status["status"], &status["usable"], &status["generationId"]),
        (
            &json!("GENERATED"),
            &json!("1 of 2"),
            &made[0]["policyGenerationId"]
        )
    );
    assert_eq!(status["generationName"], made[0]["name"]);
    let assets = status["assets"].as_array().expect("assets");
    let statement = text(&assets[0], "statement");
    assert!(statement.starts_with("permit"), "{statement}");
    assert_eq!(
        assets[0]["findings"],
        json!([{"type": "VALID", "message": "it can be applied as it is"}])
    );
    assert_eq!(
        (&assets[1]["usable"], &assets[1]["fragment"]),
        (&json!(false), &json!("Happy users can cheer"))
    );
    assert_eq!(assets[1]["findings"][0]["type"], "NOT_TRANSLATABLE");

    let map = scene.namespace.get("configmaps", "draft-assets");
    let map = map.expect("the ConfigMap");
    assert_eq!(
        map["metadata"]["ownerReferences"][0]["uid"],
        object["metadata"]["uid"]
    );
    assert_eq!(map["metadata"]["ownerReferences"][0]["controller"], true);
    let id = usable(&object);
    assert_eq!(map["data"][format!("{id}.cedar")], statement.as_str());
    assert_eq!(map["data"][format!("{id}.yaml")], assets[0]["manifest"]);

    let shown = scene.namespace.kubectl(&["get", "acgen", "-o", "wide"]).success();
    for word in ["GENERATED", "True", "Synced", "1 of 2", "refunds"] {
        assert!(shown.contains(word), "{word} not in {shown}");
    }
    let events = scene.events("draft");
    let told = |event: &&String| event.starts_with("GenerationCompleted: ");
    assert_eq!(events.iter().filter(told).count(), 1, "{events:?}");

    // It has come to rest: nothing is written, and nothing is started again, also by another process.
    operator.kill();
    let operator = scene.operator();
    let before = scene.object("acgen/draft").expect("it is there")["metadata"]["resourceVersion"].clone();
    wait_until("a few looks", Duration::from_secs(20), || {
        let looks = calls(&operator, "GetPolicyGeneration");
        if looks >= 3 {
            Ok(())
        } else {
            Err(looks.to_string())
        }
    });
    assert_eq!(started(&operator), 0);
    let after = scene.object("acgen/draft").expect("it is there");
    assert_eq!(after["metadata"]["resourceVersion"], before, "{after}");

    scene.delete("acgen/draft");
    scene.until_gone("acgen/draft");
    assert_eq!(generations(&scene).len(), 1, "AWS has no deletion of generations");
}

#[test]
fn another_text_is_another_generation_and_the_first_one_again_is_found_again() {
    let scene = Scene::new("generation-edit");
    let operator = scene.operator();
    scene.apply(&stage());
    scene.apply(&[generation("draft", TEXT)]);
    let first = scene.until_ready("acgen/draft");
    scene.apply(&[generation("draft", OTHER)]);
    let other = |object: &Value| object["status"]["usable"] == "1 of 1";
    let second = scene.until("acgen/draft", "run again", other);
    let id = |object: &Value| text(&object["status"], "generationId");
    assert_ne!(id(&first), id(&second));
    assert_eq!(generations(&scene).len(), 2);
    scene.apply(&[generation("draft", TEXT)]);
    let again = scene.until("acgen/draft", "as it was", |object| {
        object["status"]["usable"] == "1 of 2"
    });
    assert_eq!((id(&again), usable(&again)), (id(&first), usable(&first)));
    assert_eq!((started(&operator), generations(&scene).len()), (2, 2));
    // A name of the spec's is what the names in AWS begin with.
    scene.apply(&[with(generation("named", TEXT), "name", json!("Refund_drafts"))]);
    let named = scene.until_ready("acgen/named");
    assert!(
        text(&named["status"], "generationName").starts_with("Refund_drafts_"),
        "{named}"
    );
}

#[test]
fn a_generation_that_is_of_no_use_or_fails_says_so_and_is_not_run_again() {
    let mut scene = Scene::with_backend("generation-fails", &["--admin-listen", "127.0.0.1:0"]);
    let operator = scene.operator();
    scene.apply(&stage());
    scene.until_ready("actgt/refund-tool");
    scene.apply(&[generation("hopeless", "Happy users can cheer.")]);
    let object = scene.until_reason("acgen/hopeless", "NoUsableAsset");
    assert_eq!(
        (&object["status"]["status"], &object["status"]["usable"]),
        (&json!("GENERATED"), &json!("0 of 1"))
    );
    assert!(
        message(&object).contains("Happy users can cheer"),
        "{}",
        message(&object)
    );
    let stalled = scene.namespace.kubectl(&[
        "wait",
        "--for=condition=Stalled",
        "--timeout=1s",
        "acgen/hopeless",
    ]);
    stalled.success();
    let rule = json!({"operation": "StartPolicyGeneration", "calls": 1, "fail": "The author is tired"});
    scene.backend.admin("PUT", "/script", &json!({ "rules": [rule] }));
    scene.apply(&[generation("unlucky", TEXT)]);
    let object = scene.until_reason("acgen/unlucky", "CreateFailed");
    assert_eq!(message(&object), "GENERATE_FAILED: The author is tired");
    assert_eq!(object["status"]["statusReasons"], json!(["The author is tired"]));
    // Asked for another look, it looks.
    let annotate = [
        "annotate",
        "acgen/unlucky",
        "agentcore.dev/reconcile-requested-at=now",
    ];
    scene.namespace.kubectl(&annotate).success();
    scene.until("acgen/unlucky", "answered", |object| {
        object["status"]["lastHandledReconcileAt"] == "now"
    });
    assert_eq!((started(&operator), generations(&scene).len()), (2, 2));
    scene.apply(&[generation("unlucky", OTHER)]);
    scene.until_ready("acgen/unlucky");
    for result in ["usable", "useless", "failed"] {
        let series = format!("agentcore_operator_generation_total{{result=\"{result}\"}} 1");
        wait_until(&series, Duration::from_secs(20), || {
            let metrics = operator.metrics();
            metrics.contains(&series).then_some(()).ok_or(metrics)
        });
    }
}

#[test]
fn what_aws_deletes_after_seven_days_stays_here() {
    for retention in ["kept", "removed"] {
        let switch = format!("compat.generation-retention={retention}");
        let args = ["--admin-listen", "127.0.0.1:0", "--switch", &switch];
        let mut scene = Scene::with_backend("generation-old", &args);
        let operator = scene.operator();
        scene.apply(&stage());
        scene.apply(&[generation("draft", TEXT)]);
        let before = scene.until_ready("acgen/draft");
        scene
            .backend
            .admin("PUT", "/clock", &json!({"now": "2099-01-01T00:00:00Z"}));
        let after = scene.until("acgen/draft", "gone from AWS", |object| {
            object["status"]["assetsInAws"] == false
        });
        assert_eq!(ready(&after)["reason"], "Synced");
        for field in ["assets", "usable", "configMap", "assetsDigest", "generationId"] {
            assert_eq!(after["status"][field], before["status"][field], "{field}");
        }
        assert!(scene.namespace.get("configmaps", "draft-assets").is_some());
        assert_eq!(started(&operator), 1, "{retention}");
    }
}

#[test]
fn a_config_map_of_another_is_left_alone() {
    let scene = Scene::new("generation-map");
    let _operator = scene.operator();
    let theirs = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "draft-assets"}, "data": {"a": "b"}});
    scene.apply(&[theirs]);
    scene.apply(&stage());
    scene.apply(&[generation("draft", TEXT)]);
    let object = scene.until_ready("acgen/draft");
    assert!(
        message(&object).contains("is not this object's"),
        "{}",
        message(&object)
    );
    assert_eq!(object["status"]["configMap"], json!(null));
    let map = scene
        .namespace
        .get("configmaps", "draft-assets")
        .expect("it is there");
    assert_eq!(map["data"], json!({"a": "b"}));
}

/// A ConfigMap that goes with an earlier object of the name `draft`.
fn inherited(owner: &Value) -> Value {
    let owner = json!({"apiVersion": "agentcore.dev/v1alpha1", "kind": "PolicyGeneration", "name": "draft",
                       "uid": owner, "controller": true});
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "draft-assets", "ownerReferences": [owner]},
           "data": {"a": "b"}})
}

#[test]
fn a_config_map_of_an_earlier_object_goes_with_this_one() {
    let scene = Scene::new("generation-inherits");
    let _operator = scene.operator();
    scene.apply(&[inherited(&json!("00000000-0000-4000-8000-000000000000"))]);
    scene.apply(&stage());
    scene.apply(&[generation("draft", TEXT)]);
    let object = scene.until_ready("acgen/draft");
    let map = scene
        .namespace
        .get("configmaps", "draft-assets")
        .expect("it is there");
    let owners = map["metadata"]["ownerReferences"].as_array().expect("owners");
    assert_eq!((owners.len(), &owners[0]["uid"]), (1, &object["metadata"]["uid"]));
    assert!(
        map["data"]["a"].is_null() && map["data"]["assets.json"].is_string(),
        "{map}"
    );
}

#[test]
fn a_config_map_that_cannot_be_written_keeps_neither_the_status_nor_a_policy_back() {
    let scene = Scene::new("generation-unkept");
    scene.apply(&stage());
    scene.apply(&[generation("draft", TEXT)]);
    let uid = scene.object("acgen/draft").expect("it was applied")["metadata"]["uid"].clone();
    let mut immutable = inherited(&uid);
    immutable["immutable"] = json!(true);
    scene.apply(&[immutable]);
    let _operator = scene.operator();
    let object = scene.until_ready("acgen/draft");
    let said = message(&object);
    assert!(
        said.contains("ConfigMap draft-assets could not be written (") && said.contains("immutable"),
        "{said}"
    );
    assert_eq!(object["status"]["configMap"], json!(null));
    scene.apply(&[adopting("agents", &usable(&object))]);
    scene.until_ready("acpol/agents");
}

#[test]
fn an_engine_and_a_gateway_of_others_are_named_by_id_and_arn_and_a_gateway_without_tools_is_waited_for() {
    let scene = Scene::with_backend("generation-ids", &["--transition-delay", "2s"]);
    let operator = scene.operator();
    let engine = scene.call("POST", "/policy-engines", &json!({"name": "Theirs"}));
    let gateway = scene.call("POST", "/gateways/", &theirs("elsewhere"));
    let id = text(&gateway, "gatewayId");
    let mut object = generation("draft", TEXT);
    object["spec"] = json!({
        "policyEngineId": engine["policyEngineId"], "resource": {"arn": gateway["gatewayArn"]},
        "content": {"rawText": TEXT}, "resyncInterval": "1s",
    });
    // It is there before either is: AWS would refuse a start now.
    scene.apply(&[object]);
    // A create is only taken when the engine is ACTIVE, and a target when the gateway is READY.
    wait_until("what is theirs", Duration::from_secs(20), || {
        let gateway = scene.call("GET", &format!("/gateways/{id}/"), &Value::Null);
        let engines = scene.engines();
        let there = gateway["status"] == "READY" && engines[0]["status"] == "ACTIVE";
        there
            .then_some(())
            .ok_or_else(|| format!("{gateway} {engines:?}"))
    });
    let waits = scene.until("acgen/draft", "waiting for tools", |object| {
        message(object).contains("the gateway has no target that is READY")
    });
    assert_eq!(ready(&waits)["reason"], "DependencyNotReady");
    assert_eq!(started(&operator), 0);
    let tool = json!({"name": "tool", "targetConfiguration": lambda(&["process_refund"])});
    scene.call("POST", &format!("/gateways/{id}/targets/"), &tool);
    let working = scene.until_reason("acgen/draft", "Generating");
    assert_eq!(working["status"]["status"], "GENERATING");
    let object = scene.until_ready("acgen/draft");
    assert_eq!(object["status"]["usable"], "1 of 2");
    assert_eq!(object["status"]["gatewayArn"], gateway["gatewayArn"]);
    assert_eq!((started(&operator), generations(&scene).len()), (1, 1));
}
