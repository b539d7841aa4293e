//! The quickstart's manifests as they are, with calls of its tool: the operator with `--backend aws`, and the backend a process
//! of its own, so that the wire is the only link between them.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::gateway::{gateways, text};
use super::page::replaced;
use super::scene::{SOON, Scene, message};
use crate::rig::backend::program;
use crate::rig::mcp::Called;
use crate::rig::{Backend, Mcp, Namespace, wait_until};

pub const TARGET: &str = include_str!("../../../examples/quickstart/target.yaml");
pub const GATEWAY: &str = include_str!("../../../examples/quickstart/gateway.yaml");
pub const ENGINE: &str = include_str!("../../../examples/quickstart/engine.yaml");
pub const POLICY: &str = include_str!("../../../examples/quickstart/policy.yaml");
pub const ATTACHMENT: &str = include_str!("../../../examples/quickstart/attachment.yaml");

const ALL: [&str; 5] = [
    "acgw/refunds",
    "actgt/refund-target",
    "acpe/refunds",
    "acpol/refund-limit",
    "acatt/refunds",
];
const TOOL: &str = "RefundTarget___process_refund";

/// A backend whose gateways take calls, with the function that stands behind the tool: it says again what it was told.
#[track_caller]
fn scene(what: &str, args: &[&str]) -> Scene {
    let namespace = Namespace::new(what);
    let mut all = vec!["--lambda-endpoint", "*=exec:cat"];
    all.extend_from_slice(args);
    let backend = Backend::start_to_call(&namespace.dir(), &all);
    Scene { namespace, backend }
}

/// The URL of the only gateway, as soon as the backend has one.
#[track_caller]
fn url(scene: &Scene) -> String {
    wait_until("the gateway's URL", SOON, || match gateways(scene).as_slice() {
        [gateway] if gateway["gatewayUrl"].is_string() => Ok(text(gateway, "gatewayUrl")),
        other => Err(format!("{other:?}")),
    })
}

#[track_caller]
fn client(scene: &Scene, url: &str) -> Mcp {
    Mcp::new(url, &scene.namespace.dir(), &["client_id=refund-agents"])
}

fn refund(client: &Mcp, amount: u32) -> Called {
    client.call(TOOL, &json!({"amount": amount, "orderId": "o-1"}))
}

#[track_caller]
fn patch(scene: &Scene, which: &str, spec: &Value) {
    let patch = json!({ "spec": spec }).to_string();
    let patched = scene
        .namespace
        .kubectl(&["patch", which, "--type=merge", "--patch", &patch]);
    patched.success();
}

/// Waits until a refund of this amount goes through, and returns how long that took.
#[track_caller]
fn until_paid(client: &Mcp, amount: u32) -> Duration {
    let began = Instant::now();
    wait_until(
        &format!("a refund of {amount} to be paid"),
        SOON,
        || match refund(client, amount) {
            Called::Passed(_) => Ok(began.elapsed()),
            other => Err(format!("{other:?}")),
        },
    )
}

/// Calls without end from the moment that there is a gateway; what came of the calls until `enough`, none of which may have been
/// let through before the policy decided about it.
fn calls_until(scene: &Scene, enough: &AtomicBool) -> Vec<(u32, Called)> {
    let client = client(scene, &url(scene));
    let mut all = Vec::new();
    while !enough.load(Ordering::Relaxed) {
        for amount in [500, 2000] {
            let called = refund(&client, amount);
            if matches!(called, Called::Passed(_)) {
                let policies = scene.policies();
                let decides = matches!(policies.as_slice(), [one] if one["status"] == "ACTIVE");
                assert!(
                    amount == 500 && decides,
                    "{amount}: {called:?}, {policies:?}, after {all:?}"
                );
            }
            if all.last().is_none_or(|last| *last != (amount, called.clone())) {
                all.push((amount, called));
            }
        }
    }
    all
}

#[test]
fn no_call_goes_through_ungoverned_while_all_comes_about_in_the_worst_order() {
    let script =
        std::env::temp_dir().join(format!("agentcore-suite-{}-slow-engine.yaml", std::process::id()));
    fs::write(&script, "rules: [{operation: CreatePolicyEngine, stay: 3s}]").expect("a script");
    let scene = scene("bring-up", &["--fault-script", &script.to_string_lossy()]);
    let _operator = scene.operator();
    let enough = AtomicBool::new(false);
    let called = std::thread::scope(|threads| {
        let calling = threads.spawn(|| calls_until(&scene, &enough));
        let came_about = || {
            let manifests = [TARGET, GATEWAY, ENGINE, POLICY, ATTACHMENT].join("---\n");
            scene.namespace.apply(&manifests).success();
            let object = scene.until("actgt/refund-target", "waiting for its guard", |object| {
                message(object)
                    .contains("PolicyEngineAttachment refunds has not attached it yet: see its conditions")
            });
            assert_eq!(object["metadata"]["finalizers"], json!(null));
            scene.until_ready("acatt/refunds");
            let attached = Instant::now();
            scene.until("actgt/refund-target", "made", |object| {
                object["status"]["targetId"].is_string()
            });
            assert!(
                attached.elapsed() < Duration::from_secs(2),
                "{:?}",
                attached.elapsed()
            );
            for which in ALL {
                scene.until_ready(which);
            }
            let client = client(&scene, &url(&scene));
            until_paid(&client, 500);
        };
        let came_about = std::panic::catch_unwind(std::panic::AssertUnwindSafe(came_about));
        enough.store(true, Ordering::Relaxed);
        let called = calling.join();
        came_about.unwrap_or_else(|failed| std::panic::resume_unwind(failed));
        called.unwrap_or_else(|failed| std::panic::resume_unwind(failed))
    });
    fs::remove_file(&script).ok();
    // There was something to see: a gateway without its tool, and one that decides.
    let saw = |what: &dyn Fn(&Called) -> bool| called.iter().any(|(_, called)| what(called));
    assert!(
        saw(&|called| matches!(called, Called::Failed(text) if text.contains("-32602"))),
        "{called:?}"
    );
    assert!(saw(&|called| matches!(called, Called::Passed(_))), "{called:?}");
}

#[test]
fn a_sentence_becomes_a_policy_that_decides_with_two_applies() {
    let scene = scene("words", &[]);
    let _operator = scene.operator();
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/generation");
    scene.namespace.kubectl(&["apply", "-k", examples]).success();
    scene.until_ready("acatt/refunds");
    let draft = scene.until_ready("acgen/refund-draft");
    assert_eq!(draft["status"]["usable"], "1 of 1", "{draft}");
    let url = text(
        &scene.object("acgw/refunds").expect("it is there")["status"],
        "gatewayUrl",
    );
    let client = client(&scene, &url);
    // Nothing is in force by itself.
    assert!(matches!(
        refund(&client, 500),
        Called::Denied(_) | Called::Failed(_)
    ));
    assert_eq!(scene.policies().len(), 0);

    scene
        .namespace
        .apply(&text(&draft["status"]["assets"][0], "manifest"))
        .success();
    scene.until_ready("acpol/refund-draft-1");
    until_paid(&client, 500);
    assert!(matches!(refund(&client, 2000), Called::Denied(_)));
    let all = ["acgen/refund-draft", "acpol/refund-draft-1"];
    let kept = ALL.into_iter().filter(|which| *which != "acpol/refund-limit");
    let all: Vec<&str> = all.into_iter().chain(kept).collect();
    scene
        .namespace
        .kubectl(&[&["delete", "--wait=false"], all.as_slice()].concat())
        .success();
    for which in &all {
        scene.until_gone(which);
    }
    scene.until_backend_is_empty();
}

/// What docs/gateway.md shows of the log is what `decisions` prints of this one, but for times, ids and lengths.
#[track_caller]
fn is_shown_as_on_the_page(log: &Path) {
    let page = include_str!("../../../docs/gateway.md");
    let masked = |line: &str| {
        let patterns = [
            (r"\d{4}-\d\d-\d\dT[0-9:.]+Z", "TIME"),
            (r"\d+\.\d+ms", "LATENCY"),
            (r"refund_limit_[a-z0-9_-]+", "POLICY"),
            (r"OAuthUser::\S+", "PRINCIPAL"),
            (r"^\d+ lines", "LINES"),
            (r"[0-9a-f]{64}", "DIGEST"),
            (r"\s+", " "),
        ];
        replaced(line, &patterns)
    };
    let printed = |more: &[&str]| {
        let mut command = Command::new(program());
        command.args(["decisions", "--decision-log"]).arg(log).args(more);
        let printed = command.output().expect("it runs");
        String::from_utf8_lossy(&printed.stdout)
            .lines()
            .map(masked)
            .collect::<Vec<_>>()
    };
    let block = |begin: &str| {
        let lines = page.lines().skip_while(|line| !line.starts_with(begin));
        lines
            .take_while(|line| !line.starts_with("```"))
            .map(masked)
            .collect::<Vec<_>>()
    };
    let (table, shown) = (printed(&[]), block("TIME "));
    assert!(
        shown.len() > 3 && shown.iter().all(|line| table.contains(line)),
        "{shown:#?} {table:#?}"
    );
    let verified = block("$ agentcore-policy-operator decisions --decision-log decisions.jsonl --verify");
    assert_eq!(verified.get(1..), Some(printed(&["--verify"]).as_slice()));
}

#[test]
fn the_quickstart_is_lived_through_with_the_backend_a_process_of_its_own() {
    let namespace = Namespace::new("quickstart");
    let log = namespace.dir().join("decisions.jsonl");
    let args = [
        "--lambda-endpoint",
        "*=exec:cat",
        "--decision-log",
        &log.to_string_lossy(),
    ];
    let backend = Backend::start_to_call(&namespace.dir(), &args);
    let scene = Scene { namespace, backend };
    let _operator = scene.operator();
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/quickstart");
    scene.namespace.kubectl(&["apply", "-k", examples]).success();
    for which in ALL {
        scene.until_ready(which);
    }
    let url = text(
        &scene.object("acgw/refunds").expect("it is there")["status"],
        "gatewayUrl",
    );
    let client = client(&scene, &url);
    assert_eq!(client.tools(), [TOOL]);
    let paid = |amount| Called::Passed(json!({"amount": amount, "orderId": "o-1"}).to_string());
    let denied = "AuthorizeActionException - Tool Execution Denied: Tool call not allowed due to policy enforcement \
                  [No policy applies to the request (denied by default).]";
    assert_eq!(refund(&client, 500), paid(500));
    assert_eq!(refund(&client, 2000), Called::Denied(denied.to_owned()));

    let object = scene.object("acpol/refund-limit").expect("it is there");
    let statement = text(&object["spec"]["definition"]["cedar"], "statement");
    let edited = statement.replace("< 1000", "< 5000");
    patch(
        &scene,
        "acpol/refund-limit",
        &json!({"definition": {"cedar": {"statement": edited}}}),
    );
    // A second where nothing else is under way, as `make demo` holds.
    let took = until_paid(&client, 2000);
    assert!(took < Duration::from_secs(3), "{took:?}");
    assert_eq!(refund(&client, 9000), Called::Denied(denied.to_owned()));
    patch(&scene, "acatt/refunds", &json!({"mode": "LOG_ONLY"}));
    until_paid(&client, 9000);
    let recorded = fs::read_to_string(&log).expect("a log");
    let last: Value = serde_json::from_str(recorded.lines().last().expect("a line")).expect("JSON");
    let words = last.to_string();
    assert!(words.contains("DENY") && words.contains("LOG_ONLY"), "{words}");
    is_shown_as_on_the_page(&log);

    let mut delete = vec!["delete", "--wait=false"];
    delete.extend(ALL);
    scene.namespace.kubectl(&delete).success();
    for which in ALL {
        scene.until_gone(which);
    }
    scene.until_backend_is_empty();
    assert_eq!(gateways(&scene), [] as [Value; 0]);
    assert!(matches!(refund(&client, 500), Called::Failed(text) if text.starts_with("404")));
}
