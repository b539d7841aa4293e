//! What the log says, and what it never says.

use serde_json::{Value, json};

use crate::lifecycle::scene::{Scene, UNCHECKED_TAG, engine, permit, policy, with};

const CANARY: &str = "canary7f3d";

#[test]
fn the_log_tells_the_story_of_an_object_and_no_secret_token_or_statement() {
    let mut scene = Scene::new("cli-log");
    let setup = scene.setup().env("AWS_SECRET_ACCESS_KEY", "secret7f3d");
    let setup = setup.env("AWS_SESSION_TOKEN", "session7f3d");
    let token = setup.bearer();
    let mut operator = setup.start_ready();
    let described = |object| with(object, "description", json!(format!("description {CANARY}")));
    let tags = json!([{"key": "team", "value": CANARY}]);
    let unparsable = format!("permit(principal, action, resource) when {{ {CANARY} = 1 }};");
    let refused = permit(CANARY).replace("resource is AgentCore::Gateway", "resource");
    let unknown = permit("agent").replace("getTag(\"role\")", &format!("getTag(\"{CANARY}\")"));
    scene.apply(&[
        described(engine("refunds", json!({"tags": tags}))),
        described(policy("agents", &permit(CANARY))),
        policy("unparsable", &unparsable),
        policy("wide", &refused),
        policy("unknown", &unknown),
        policy(
            "unchecked",
            &UNCHECKED_TAG.replace("\"a\"", &format!("\"{CANARY}\"")),
        ),
    ]);
    scene.until_ready("acpol/agents");
    scene.until_reason("acpol/unparsable", "InvalidPolicy");
    scene.until_reason("acpol/wide", "InvalidPolicy");
    scene.until_reason("acpol/unknown", "CreateFailed");
    scene.until_reason("acpol/unchecked", "CreateFailed");
    scene.apply(&[policy("agents", &permit("boss"))]);
    scene.until_ready("acpol/agents");
    scene.delete("acpol/agents");
    scene.until_gone("acpol/agents");

    let log = operator.process().stderr();
    let backend = scene.backend.process().stderr();
    for (whose, text) in [("the operator's", &log), ("the backend's", &backend)] {
        assert!(!text.is_empty(), "{whose} log");
        for secret in [
            CANARY,
            "secret7f3d",
            "session7f3d",
            &token,
            "permit(",
            "Bearer",
            "AWS4-HMAC",
        ] {
            let line = text.lines().find(|line| line.contains(secret));
            assert_eq!(line, None, "{whose} log holds {secret}");
        }
    }
    let events: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    let told = |plan: &str| {
        events.iter().any(|event| {
            event["plan"] == plan
                && event["name"] == "agents"
                && event["namespace"] == scene.namespace.name.as_str()
                && event["controller"] == "Policy"
                && event["generation"].is_u64()
                && event["reconcileID"].is_string()
        })
    };
    for plan in ["Hold", "Create", "Update", "Delete", "Release"] {
        assert!(told(plan), "{plan} of agents is told in\n{log}");
    }
    for event in &events {
        let told = ["ts", "level", "msg"].iter().all(|name| event[name].is_string());
        assert!(told && event["level"] != "debug", "{event}");
    }
}
