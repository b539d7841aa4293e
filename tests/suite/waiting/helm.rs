//! `helm install --wait` of a chart that holds the project's own examples (checks A3, A4).

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::lifecycle::quickstart;
use crate::lifecycle::scene::{Scene, observed, ready};
use crate::rig::kubectl::Ran;

const ENGINE: &str = include_str!("../../../examples/engine.yaml");
const POLICY: &str = include_str!("../../../examples/policy.yaml");
const UNPARSABLE: &str = include_str!("../../../examples/mistakes/unparsable-policy.yaml");
const BROKEN: &str = include_str!("../../../examples/mistakes/broken-policy.yaml");
const FIXED: &str = include_str!("../../../examples/mistakes/fixed-policy.yaml");

/// A chart of these manifests, in the test's own folder.
fn chart(scene: &Scene, manifests: &[&str]) -> PathBuf {
    let dir = scene.namespace.dir().join("chart");
    fs::create_dir_all(dir.join("templates")).expect("a folder");
    let about = "apiVersion: v2\nname: rules\nversion: 0.1.0\n";
    fs::write(dir.join("Chart.yaml"), about).expect("a chart");
    fs::write(dir.join("templates/all.yaml"), manifests.join("\n---\n")).expect("a template");
    dir
}

/// `helm <command> rules <chart> --wait`, and how long it took.
fn helm(scene: &Scene, command: &str, manifests: &[&str], timeout: &str) -> (Ran, Duration) {
    let chart = chart(scene, manifests);
    let began = Instant::now();
    let ran = scene.namespace.cluster.helm(&[
        command,
        "rules",
        &chart.to_string_lossy(),
        "--namespace",
        &scene.namespace.name,
        "--wait",
        "--timeout",
        timeout,
    ]);
    (ran, began.elapsed())
}

/// That what helm applied is Ready of its generation.
#[track_caller]
fn assert_ready(scene: &Scene, which: &str) {
    let object = scene.object(which).expect("what helm applied");
    assert!(
        ready(&object)["status"] == "True" && observed(&object),
        "{object}"
    );
}

/// That an install fails long before its timeout, with this in its error.
#[track_caller]
fn fails_at_once(scene: &Scene, manifests: &[&str], name: &str, error: &str) {
    let (ran, took) = helm(scene, "install", manifests, "60s");
    let said = ran.failure();
    assert!(took < Duration::from_secs(10), "{took:?}: {said}");
    let failed = format!("Policy/{}/{name} not ready. status: Failed", scene.namespace.name);
    assert!(said.contains(&failed), "{said}");
    assert!(said.contains(error), "{said}");
}

#[test]
fn helm_waits_in_vain_while_no_operator_runs_and_ends_well_when_one_does() {
    let scene = Scene::new("helm");
    let (ran, took) = helm(&scene, "install", &[ENGINE, POLICY], "4s");
    let said = ran.failure();
    assert!(said.contains("deadline exceeded"), "{said}");
    assert!(took >= Duration::from_secs(4), "it waited: {took:?}");
    let object = scene.object("acpol/refund-agents").expect("what helm applied");
    assert_eq!(object["status"]["observedGeneration"], -1);

    let _operator = scene.operator();
    let (ran, took) = helm(&scene, "upgrade", &[ENGINE, POLICY], "20s");
    ran.success();
    assert!(took < Duration::from_secs(15), "{took:?}");
    for which in ["acpol/refund-agents", "acpe/refunds"] {
        assert_ready(&scene, which);
    }

    // A changed statement is waited for too.
    let changed = POLICY.replace("\"refund-agent\"", "\"refund-boss\"");
    assert_ne!(changed, POLICY);
    let (ran, _) = helm(&scene, "upgrade", &[ENGINE, &changed], "20s");
    ran.success();
    let statement = scene.policies()[0]["definition"]["cedar"]["statement"].to_string();
    assert!(statement.contains("refund-boss"), "{statement}");
}

#[test]
fn the_quickstart_installs_in_one_go_and_a_new_tool_comes_with_the_policy_about_it() {
    let scene = Scene::with_backend("helm-quickstart", &["--transition-delay", "1s"]);
    let _operator = scene.operator();
    let (tool, limit) = (quickstart::TARGET, quickstart::POLICY);
    let all = |tool, limit| {
        [
            quickstart::GATEWAY,
            quickstart::ENGINE,
            quickstart::ATTACHMENT,
            tool,
            limit,
        ]
    };
    helm(&scene, "install", &all(tool, limit), "40s").0.success();
    assert_ready(&scene, "acpol/refund-limit");

    let [tool, limit] = [tool, limit].map(|manifest| manifest.replace("process_refund", "give_refund"));
    helm(&scene, "upgrade", &all(&tool, &limit), "40s").0.success();
    let statement = scene.policies()[0]["definition"]["cedar"]["statement"].to_string();
    assert!(statement.contains("give_refund"), "{statement}");
}

#[test]
fn a_release_of_one_policy_fails_to_install_without_the_operator_and_installs_with_it() {
    let scene = Scene::new("helm-one");
    let operator = scene.operator();
    scene.namespace.apply(ENGINE).success();
    scene.until_ready("acpe/refunds");
    operator.kill();
    helm(&scene, "install", &[POLICY], "3s").0.failure();
    let uninstall = [
        "uninstall",
        "rules",
        "--namespace",
        &scene.namespace.name,
        "--wait",
    ];
    scene.namespace.cluster.helm(&uninstall).success();

    let _operator = scene.operator();
    helm(&scene, "install", &[POLICY], "20s").0.success();
    assert_ready(&scene, "acpol/refund-agents");
    scene.namespace.cluster.helm(&uninstall).success();
    assert_eq!(scene.policies().len(), 0);
}

#[test]
fn helm_fails_at_once_with_the_place_of_what_is_no_cedar() {
    let scene = Scene::new("helm-unparsable");
    let _operator = scene.operator();
    let error = "the Cedar statement does not parse: line 6, column 31";
    fails_at_once(&scene, &[ENGINE, UNPARSABLE], "typing-error", error);
}

#[test]
fn helm_fails_at_once_with_what_aws_says_of_a_statement_that_does_not_validate_and_the_repair_is_waited_for()
{
    let scene = Scene::new("helm-broken");
    let _operator = scene.operator();
    // A policy in an engine that was there before.
    scene.namespace.apply(ENGINE).success();
    scene.until_ready("acpe/refunds");
    let error = "unable to guarantee safety of access to tag";
    fails_at_once(&scene, &[BROKEN], "auditors", error);
    let (ran, _) = helm(&scene, "upgrade", &[FIXED], "20s");
    ran.success();
    let object = scene.object("acpol/auditors").expect("what helm applied");
    assert!(
        ready(&object)["status"] == "True" && observed(&object),
        "{object}"
    );
}
