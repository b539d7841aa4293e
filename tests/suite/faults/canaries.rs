//! I7: what is secret is in no log line, however much is asked of the log, in no Event, metric or status.
//!
//! Secret are: the credentials of either server, client tokens and signatures, statements (comments and literals) in logs,
//! metrics and Events, and of an error of AWS all but its message. Not secret are, in the object itself: its own statement,
//! which its spec shows; AWS's message and reasons; and the shortened texts of a drift.

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};

use super::scripted::{Scripted, answered};
use crate::lifecycle::attachment::attachment;
use crate::lifecycle::gateway::{change, gateways, text, until_there};
use crate::lifecycle::generation::{generation, stage};
use crate::lifecycle::scene::{Scene, UNCHECKED_TAG, engine, permit, policy, with};
use crate::rig::wait::wait_until;
use crate::rig::{Operator, OperatorSetup};

/// In statements and descriptions.
const COMMENT: &str = "canary-comment-51c7";
const LITERAL: &str = "canary-literal-51c7";
const STRANGER: &str = "canary-stranger-51c7";
/// Credentials.
const KEY: &str = "canary-secret-key-51c7";
const SESSION: &str = "canary-session-51c7";

const LOOK_NOW: &str = "agentcore.dev/reconcile-requested-at=now";

fn commented(role: &str) -> String {
    format!("// {COMMENT}\n{}", permit(role))
}

#[test]
fn i7_no_secret_is_in_a_log_an_event_a_metric_or_a_status_over_a_whole_life_at_every_level() {
    let scripted = Scripted::with_args("canaries", &["--log-level", "trace"]);
    let scene = &scripted.scene;
    let setup = setup(scene);
    let bearer = setup.bearer();
    let mut operator = setup.start_ready();
    live(&scripted);
    let metrics = operator.metrics();
    let said: Vec<Value> = ["agents", "unchecked", "unparsable"]
        .iter()
        .map(|name| scene.object(&format!("acpol/{name}")).expect("the policy")["status"].clone())
        .collect();
    let events: Vec<String> = ["agents", "unchecked", "unparsable", "refunds"]
        .iter()
        .flat_map(|name| scene.events(name))
        .collect();
    die(&scripted);

    let told = Told {
        metrics,
        said,
        events,
    };
    told.assert_without(&scripted, &mut operator, &bearer);
}

/// What there is of a life to be read.
struct Told {
    metrics: String,
    /// Statuses.
    said: Vec<Value>,
    events: Vec<String>,
}

impl Told {
    /// Asserts that nothing of it and no log has what it may not have.
    #[track_caller]
    fn assert_without(&self, scripted: &Scripted, operator: &mut Operator, bearer: &str) {
        let process = operator.process();
        let operators = format!("{}{}", process.stdout(), process.stderr());
        let dir = scripted.scene.namespace.dir();
        let of_backend = |stream: &str| fs::read_to_string(dir.join(stream)).expect("a file");
        let backends = of_backend("backend.stdout") + &of_backend("backend.stderr");
        assert!(
            operators.contains("\"level\":\"debug\""),
            "the log says all that it can say"
        );
        let events = self.events.join("\n");
        let said = serde_json::to_string(&self.said).expect("JSON");
        let credentials = [KEY, SESSION, bearer, "AWS4-HMAC", "Signature=", "Bearer "];
        let texts = [COMMENT, LITERAL, STRANGER, "clientToken", "client_token"];
        let always = [
            ("metrics", &self.metrics),
            ("the operator's log", &operators),
            ("the backend's log", &backends),
        ];
        for (where_, text) in always {
            for secret in credentials.iter().chain(&texts) {
                let line = text.lines().find(|line| line.contains(secret));
                assert_eq!(line, None, "{where_} has {secret}");
            }
        }
        for (where_, text) in [("a status", &said), ("an Event", &events)] {
            for secret in credentials.iter().chain(&["clientToken", "client_token"]) {
                let at = text.find(secret);
                let near = at.map(|at| text.get(at.saturating_sub(200)..).unwrap_or_default());
                assert_eq!(near, None, "{where_} has {secret}");
            }
        }
        assert!(events.contains("DriftCorrect"), "the drift was told: {events}");
    }
}

#[test]
fn i7_no_secret_is_told_of_a_gateway_its_tools_its_attachment_and_a_text_at_any_level() {
    let scripted = Scripted::with_args("canaries-gateway", &["--log-level", "trace"]);
    let scene = &scripted.scene;
    let setup = setup(scene);
    let bearer = setup.bearer();
    let mut operator = setup.start_ready();
    scripted.rules(&json!([
        answered("CreateGateway", &json!(1), "ThrottlingException"),
        answered("CreateGatewayTarget", &json!(1), "InternalServerException"),
        answered("StartPolicyGeneration", &json!(1), "ThrottlingException"),
    ]));
    let [engine, gateway, mut target] = stage();
    target["spec"]["targetConfiguration"]["mcp"]["lambda"]["toolSchema"]["inlinePayload"][0]["description"] =
        json!(LITERAL);
    let gateway = with(gateway, "description", json!(COMMENT));
    scene.apply(&[
        engine,
        gateway.clone(),
        with(target.clone(), "description", json!(COMMENT)),
        attachment("refunds", "LOG_ONLY"),
        generation(
            "draft",
            &format!("Allow users with the role {LITERAL} to process refunds."),
        ),
    ]);
    let all = [
        "acgw/refunds",
        "actgt/refund-tool",
        "acatt/refunds",
        "acgen/draft",
    ];
    for which in all {
        scene.until_ready(which);
    }
    // Somebody else's words are put right, and told; then AWS refuses with words that quote ours.
    let id = text(&gateways(scene)[0], "gatewayId");
    change(scene, &id, &json!({"description": STRANGER}));
    until_there(scene, &id, "put right", |gateway| {
        gateway["description"] == COMMENT
    });
    let quoting = |operation: &str| {
        json!({"operation": operation, "calls": "every", "answer": {
        "error": "ValidationException", "message": format!("no good: {LITERAL}")}})
    };
    scripted.rules(&json!([quoting("UpdateGateway"), quoting("UpdateGatewayTarget")]));
    scene.apply(&[
        with(gateway, "description", json!(LITERAL)),
        with(target, "description", json!(LITERAL)),
    ]);
    for which in &all[..2] {
        scene.until_reason(which, "InvalidSpec");
    }
    let metrics = operator.metrics();
    let said = all.map(|which| scene.object(which).expect("it is there")["status"].clone());
    let events = ["refunds", "refund-tool", "draft"].map(|name| scene.events(name));
    scripted.rules(&json!([answered(
        "DeleteGateway",
        &json!(1),
        "AccessDeniedException"
    )]));
    for which in all.iter().rev().chain(&["acpe/refunds"]) {
        scene.delete(which);
    }
    scene.until_reason("acgw/refunds", "AccessDenied");
    scene.annotate("acgw/refunds", LOOK_NOW);
    scene.until_gone("acgw/refunds");
    scene.until_gone("acpe/refunds");
    let told = Told {
        metrics,
        said: said.to_vec(),
        events: events.concat(),
    };
    told.assert_without(&scripted, &mut operator, &bearer);
}

/// An operator whose credentials are secret, and whose log says all that it can say.
fn setup(scene: &Scene) -> OperatorSetup<'_> {
    scene
        .setup()
        .args(&["--log-level", "trace,aws_sigv4=trace,kube=trace,hyper=trace"])
        .env("AWS_SECRET_ACCESS_KEY", KEY)
        .env("AWS_SESSION_TOKEN", SESSION)
}

fn policy_path(scripted: &Scripted, name: &str) -> String {
    let policies = scripted.scene.policies();
    let start = format!("{name}_");
    let found = policies.iter().find(|policy| {
        policy["name"]
            .as_str()
            .is_some_and(|name| name.starts_with(&start))
    });
    let found = found.expect("the policy");
    let text = |key: &str| found[key].as_str().expect("a text").to_owned();
    format!(
        "/policy-engines/{}/policies/{}",
        text("policyEngineId"),
        text("policyId")
    )
}

/// Objects that are made, fail, drift and are refused.
fn live(scripted: &Scripted) {
    let scene = &scripted.scene;
    let resynced = |object| with(object, "resyncInterval", json!("1s"));
    scripted.rules(&json!([
        answered("CreatePolicyEngine", &json!(1), "ThrottlingException"),
        answered("CreatePolicyEngine", &json!(2), "InternalServerException"),
    ]));
    scene.apply(&[
        engine("refunds", json!({"description": COMMENT})),
        resynced(policy("agents", &commented(LITERAL))),
    ]);
    scene.until_ready("acpol/agents");
    scene.apply(&[
        policy(
            "unchecked",
            &UNCHECKED_TAG.replace("\"a\"", &format!("\"{LITERAL}\"")),
        ),
        policy(
            "unparsable",
            &format!("permit(principal, action, resource) when {{ \"{LITERAL}\" = 1 }};"),
        ),
    ]);
    scene.until_reason("acpol/unchecked", "CreateFailed");
    scene.until_reason("acpol/unparsable", "InvalidPolicy");
    // Drift in texts: somebody else's statement is put back, and told.
    let path = policy_path(scripted, "agents");
    let strange = json!({"definition": {"cedar": {"statement": commented(STRANGER)}}});
    scene.call("PATCH", &path, &strange);
    wait_until(
        "the drift to be put right and told",
        Duration::from_secs(30),
        || {
            let found = scene.call("GET", &path, &Value::Null);
            let statement = found["definition"]["cedar"]["statement"].to_string();
            let events = scene.events("agents");
            let told = events.iter().any(|event| event.contains("DriftCorrect"));
            let right = told && statement.contains(LITERAL) && found["status"] == "ACTIVE";
            right
                .then_some(())
                .ok_or_else(|| format!("{statement}\n{}", events.join("\n")))
        },
    );
    // Refused with words that quote the statement.
    let quoting = json!({"operation": "UpdatePolicy", "calls": "every", "answer": {
        "error": "ValidationException", "message": format!("no good: {LITERAL}")}});
    scripted.rules(&json!([quoting]));
    scene.apply(&[resynced(policy("agents", &commented("boss")))]);
    scene.until_reason("acpol/agents", "InvalidPolicy");
}

/// They are deleted, and that is denied at first.
fn die(scripted: &Scripted) {
    let scene = &scripted.scene;
    scripted.rules(&json!([answered(
        "DeletePolicy",
        &json!(1),
        "AccessDeniedException"
    )]));
    scene.delete("acpol/agents");
    scene.until_reason("acpol/agents", "AccessDenied");
    scene.annotate("acpol/agents", LOOK_NOW);
    scene.until_gone("acpol/agents");
    for name in ["acpol/unchecked", "acpol/unparsable", "acpe/refunds"] {
        scene.delete(name);
    }
    scene.until_gone("acpe/refunds");
}
