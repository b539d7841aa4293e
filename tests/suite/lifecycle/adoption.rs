//! Policies that adopt what a generation has written: by the asset as long as AWS has it, by its copy afterwards, and never by
//! something that was written later.

use super::generation::{TEXT, generation, generations, stage, usable};
use super::scene::{SOON, Scene, calls, engine, message, ready, with};
use crate::rig::OperatorSetup;
use crate::rig::proxy::{self, Fault, Gate, Mutation};
use serde_json::{Value, json};

const OTHER: &str = "Allow users to process refunds under $200.";
/// AWS shows the asset, and not what it says: so it shows by what a policy was made.
const ECHO: [&str; 2] = ["--switch", "compat.generated-definition-echo=reference"];

/// A `Policy` of `refunds` that adopts this asset of `draft`.
pub fn adopting(name: &str, asset: &str) -> Value {
    json!({
        "apiVersion": "agentcore.dev/v1alpha1", "kind": "Policy", "metadata": {"name": name},
        "spec": {"policyEngineRef": {"name": "refunds"}, "resyncInterval": "1s",
                 "definition": {"generation": {"name": "draft", "assetId": asset}}},
    })
}

/// Two requirements that can both be written as policies.
const TWO: &str =
    "Allow users to process refunds under $500. Forbid users from processing refunds over $900.";

/// The generation `draft` of [`TEXT`], which is over.
#[track_caller]
fn drafted(scene: &Scene) -> Value {
    scene.apply(&stage());
    scene.apply(&[generation("draft", TEXT)]);
    scene.until_ready("acgen/draft")
}

fn statement(object: &Value) -> &Value {
    &object["status"]["assets"][0]["statement"]
}

/// What AWS has of the only policy.
fn definition(scene: &Scene) -> Value {
    scene.policies()[0]["definition"].clone()
}

#[test]
fn a_policy_adopts_an_asset_and_does_not_follow_when_the_generation_is_run_again() {
    let scene = Scene::new("adoption");
    let operator = scene.operator();
    // The policy is there first: it waits for what it is to adopt.
    let calm = |object: Value| with(object, "resyncInterval", json!("1h"));
    scene.apply(&[calm(adopting("agents", "asset-0123456789"))]);
    let waits = scene.until_reason("acpol/agents", "DependencyNotReady");
    assert!(
        message(&waits).contains("PolicyGeneration draft is not there"),
        "{}",
        message(&waits)
    );
    let first = drafted(&scene);
    // It goes on by itself when the generation is over, and is told what there is.
    let refused = scene.until_reason("acpol/agents", "InvalidSpec");
    assert!(
        message(&refused).contains(&usable(&first)),
        "{}",
        message(&refused)
    );
    let manifest = first["status"]["assets"][0]["manifest"]
        .as_str()
        .expect("a manifest");
    scene.apply(&[adopting("agents", &usable(&first))]);
    let object = scene.until_ready("acpol/agents");
    let status = &object["status"];
    assert_eq!(&status["effectiveStatement"], statement(&first));
    assert_eq!(
        definition(&scene),
        json!({"policy": {"statement": statement(&first)}})
    );
    assert_eq!(status["adopted"]["generationId"], first["status"]["generationId"]);
    assert_eq!(status["adopted"]["statementDigest"], status["statementDigest"]);
    // The manifest in the status is one that can be applied as it is.
    scene.namespace.apply(manifest).success();
    scene.until_ready("acpol/draft-1");
    scene.delete("acpol/draft-1");
    scene.until_gone("acpol/draft-1");

    // Nobody looks while it is run again: what was adopted is in the policy's status.
    operator.kill();
    scene.apply(&[generation("draft", OTHER)]);
    let operator = scene.operator();
    let second = scene.until("acgen/draft", "run again", |object| {
        object["status"]["usable"] == "1 of 1"
    });
    let object = scene.until_reason("acpol/agents", "GenerationChanged");
    assert_eq!(ready(&object)["status"], "True");
    assert!(
        message(&object).contains(&usable(&second)),
        "{}",
        message(&object)
    );
    assert_eq!(object["status"]["adopted"], status["adopted"]);
    assert_eq!(
        definition(&scene),
        json!({"policy": {"statement": statement(&first)}})
    );
    let events = scene.events("agents");
    assert!(
        events
            .iter()
            .any(|event| event.starts_with("GenerationChanged: ")),
        "{events:?}"
    );

    // A drift is put back to what was adopted.
    let path = scene.policy_path();
    let theirs = json!({"enforcementMode": "LOG_ONLY"});
    scene.call("PATCH", &path, &theirs);
    scene.until_policies_rest();
    scene.until("acpol/agents", "as it was adopted", |object| {
        let policy = &scene.policies()[0];
        policy["enforcementMode"] == "ACTIVE"
            && policy["status"] == "ACTIVE"
            && ready(object)["reason"] == "GenerationChanged"
    });
    assert_eq!(
        definition(&scene),
        json!({"policy": {"statement": statement(&first)}})
    );
    assert_eq!(calls(&operator, "CreatePolicy"), 0);

    scene.apply(&[adopting("agents", &usable(&second))]);
    let object = scene.until_reason("acpol/agents", "Synced");
    assert_eq!(&object["status"]["effectiveStatement"], statement(&second));
    assert_eq!(
        definition(&scene),
        json!({"policy": {"statement": statement(&second)}})
    );

    // Without the generation it stays as it is.
    scene.delete("acgen/draft");
    scene.until_gone("acgen/draft");
    scene.apply(&[with(
        adopting("agents", &usable(&second)),
        "description",
        json!("kept"),
    )]);
    let object = scene.until_reason("acpol/agents", "Synced");
    assert_eq!(&object["status"]["effectiveStatement"], statement(&second));
    scene.delete("acpol/agents");
    scene.until_gone("acpol/agents");
    assert_eq!((scene.policies().len(), generations(&scene).len()), (0, 2));
}

#[test]
fn the_asset_is_named_as_long_as_aws_has_it_and_its_copy_is_sent_afterwards() {
    let args = [&["--admin-listen", "127.0.0.1:0"], ECHO.as_slice()].concat();
    let mut scene = Scene::with_backend("adoption-old", &args);
    let operator = scene.operator();
    let draft = drafted(&scene);
    let asset = usable(&draft);
    scene.apply(&[adopting("agents", &asset)]);
    let object = scene.until_ready("acpol/agents");
    assert_eq!(&object["status"]["effectiveStatement"], statement(&draft));
    let named = json!({"policyGeneration": {
        "policyGenerationId": draft["status"]["generationId"], "policyGenerationAssetId": asset,
    }});
    assert_eq!(definition(&scene), named);
    scene
        .backend
        .admin("PUT", "/clock", &json!({"now": "2099-01-01T00:00:00Z"}));
    scene.until("acgen/draft", "gone from AWS", |object| {
        object["status"]["assetsInAws"] == false
    });
    scene.until_ready("acpol/agents");
    assert_eq!((definition(&scene), calls(&operator, "UpdatePolicy")), (named, 0));
    scene.delete("acpol/agents");
    scene.until_gone("acpol/agents");
    scene.apply(&[adopting("late", &asset)]);
    scene.until_ready("acpol/late");
    assert_eq!(
        definition(&scene),
        json!({"policy": {"statement": statement(&draft)}})
    );
}

#[test]
fn what_cannot_be_adopted_is_refused_with_a_list_of_what_can() {
    let scene = Scene::new("adoption-refused");
    let operator = scene.operator();
    let draft = drafted(&scene);
    let assets = &draft["status"]["assets"];
    let hopeless = assets[1]["assetId"].as_str().expect("an id");
    let elsewhere = with(
        adopting("elsewhere", &usable(&draft)),
        "policyEngineRef",
        json!({"name": "other"}),
    );
    scene.apply(&[
        engine("other", json!({})),
        elsewhere,
        adopting("wrong", "asset-0123456789"),
        adopting("hopeless", hopeless),
    ]);
    for (name, why) in [
        ("elsewhere", "is for the policy engine refunds_"),
        ("wrong", "PolicyGeneration draft has no asset asset-0123456789"),
        ("hopeless", "could not be translated"),
    ] {
        let object = scene.until_reason(&format!("acpol/{name}"), "InvalidSpec");
        let said = message(&object);
        assert!(said.contains(why), "{said}");
        for known in [&usable(&draft), hopeless] {
            assert!(said.contains(known), "{known} not in {said}");
        }
    }
    assert_eq!(calls(&operator, "CreatePolicy"), 0);
    scene.apply(&[adopting("wrong", &usable(&draft))]);
    scene.until_ready("acpol/wrong");
}

#[test]
fn what_was_sent_when_the_operator_was_killed_is_what_was_adopted_though_its_generation_is_run_again() {
    let scene = Scene::new("adoption-killed");
    let gate = Gate::new();
    let through = proxy::to_backend(&gate, &scene.backend.url);
    let operator = OperatorSetup::aws(&scene.namespace, &through).start_ready();
    scene.apply(&stage());
    scene.apply(&[generation("draft", TWO)]);
    let draft = scene.until_ready("acgen/draft");
    let assets = draft["status"]["assets"].as_array().expect("assets");
    let [first, second] = assets.as_slice() else {
        panic!("two assets of {draft}");
    };
    let named = |asset: &Value| {
        let asset = asset["assetId"].as_str().expect("an id");
        with(adopting("agents", asset), "name", json!("Agents"))
    };
    let loose = |object: Value| with(object, "validationMode", json!("IGNORE_ALL_FINDINGS"));
    scene.apply(&[loose(named(first))]);
    scene.until_ready("acpol/agents");

    let update = Mutation {
        what: "PATCH /policy-engines/*/policies/*".to_owned(),
        nth: 0,
    };
    gate.inject(Some((update, Fault::HoldReply)));
    scene.apply(&[loose(named(second))]);
    assert!(gate.wait_held(SOON), "the update is sent");
    operator.kill();
    gate.open();
    // It was done, and nobody has heard of it; what it was is in the status.
    scene.until_policies_rest();
    let sent = json!({"policy": {"statement": second["statement"]}});
    assert_eq!(definition(&scene), sent);
    let object = scene.object("acpol/agents").expect("it is there");
    let status = &object["status"];
    assert_eq!(status["adopted"]["assetId"], second["assetId"]);
    assert_eq!(status["adoptedBefore"]["assetId"], first["assetId"]);
    scene.apply(&[generation("draft", OTHER)]);
    let operator = scene.operator();
    scene.until("acgen/draft", "run again", |object| {
        object["status"]["usable"] == "1 of 1"
    });
    let object = scene.until_reason("acpol/agents", "GenerationChanged");
    assert_eq!(object["status"]["adopted"]["assetId"], second["assetId"]);
    assert_eq!(object["status"]["adoptedBefore"], json!(null));
    assert_eq!((definition(&scene), calls(&operator, "CreatePolicy")), (sent, 0));
}
