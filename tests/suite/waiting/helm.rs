//! `helm install --wait` of a chart that holds an engine and a policy (checks A3, A4).

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::lifecycle::scene::{Scene, engine, observed, permit, policy, ready};
use crate::rig::kubectl::Ran;

/// A chart of these objects, in the test's own folder.
fn chart(scene: &Scene, objects: &[Value]) -> PathBuf {
    let dir = scene.namespace.dir().join("chart");
    fs::create_dir_all(dir.join("templates")).expect("a folder");
    let about = json!({"apiVersion": "v2", "name": "rules", "version": "0.1.0"});
    fs::write(dir.join("Chart.yaml"), about.to_string()).expect("a chart");
    for (number, object) in objects.iter().enumerate() {
        let path = dir.join(format!("templates/object-{number}.yaml"));
        fs::write(path, object.to_string()).expect("a template");
    }
    dir
}

/// `helm <command> rules <chart> --wait`, and how long it took.
fn helm(scene: &Scene, command: &str, objects: &[Value], timeout: &str) -> (Ran, Duration) {
    let chart = chart(scene, objects);
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

fn objects() -> [Value; 2] {
    [engine("refunds", json!({})), policy("agents", &permit("agent"))]
}

#[test]
fn helm_waits_in_vain_while_no_operator_runs_and_ends_well_when_one_does() {
    let scene = Scene::new("helm");
    let (ran, took) = helm(&scene, "install", &objects(), "4s");
    let said = ran.failure();
    assert!(said.contains("deadline exceeded"), "{said}");
    assert!(took >= Duration::from_secs(4), "it waited: {took:?}");
    let agents = scene.object("acpol/agents").expect("what helm applied");
    assert_eq!(agents["status"]["observedGeneration"], -1);

    let _operator = scene.operator();
    let (ran, took) = helm(&scene, "upgrade", &objects(), "20s");
    ran.success();
    assert!(took < Duration::from_secs(15), "{took:?}");
    for which in ["acpol/agents", "acpe/refunds"] {
        let object = scene.object(which).expect("what helm applied");
        assert!(
            ready(&object)["status"] == "True" && observed(&object),
            "{object}"
        );
    }

    // A changed statement is waited for too.
    let changed = [engine("refunds", json!({})), policy("agents", &permit("boss"))];
    let (ran, _) = helm(&scene, "upgrade", &changed, "20s");
    ran.success();
    assert_eq!(
        scene.policies()[0]["definition"]["cedar"]["statement"],
        permit("boss")
    );
}

#[test]
fn helm_fails_at_once_with_the_error_of_a_statement_that_is_no_cedar() {
    let scene = Scene::new("helm-broken");
    let _operator = scene.operator();
    let broken = "permit(principal, action, resource) wen { true };";
    let objects = [engine("refunds", json!({})), policy("agents", broken)];
    let (ran, took) = helm(&scene, "install", &objects, "60s");
    let said = ran.failure();
    assert!(took < Duration::from_secs(10), "{took:?}: {said}");
    let name = format!("Policy/{}/agents not ready. status: Failed", scene.namespace.name);
    assert!(said.contains(&name), "{said}");
    let error = "the Cedar statement does not parse: line 1, column 37: invalid policy condition: wen";
    assert!(said.contains(error), "{said}");
}

#[test]
fn helm_fails_at_once_with_what_aws_says_of_a_statement_that_does_not_validate() {
    let scene = Scene::new("helm-invalid");
    let _operator = scene.operator();
    // A policy in an engine that was there before.
    scene.apply(&[engine("refunds", json!({}))]);
    scene.until_ready("acpe/refunds");
    let misspelt = permit("agent").replace("OAuthUser", "OAuthUsr");
    let (ran, took) = helm(&scene, "install", &[policy("agents", &misspelt)], "60s");
    let said = ran.failure();
    assert!(took < Duration::from_secs(10), "{took:?}: {said}");
    assert!(
        said.contains("status: Failed") && said.contains("OAuthUsr"),
        "{said}"
    );
}
