//! `release-finalizers`, as somebody uses it whose operator is gone.

use std::time::Duration;

use serde_json::{Value, json};

use super::program;
use crate::lifecycle::scene::{Scene, engine, permit, policy};
use crate::rig::process::Process;

fn release(scene: &Scene, more: &[&str]) -> (bool, String) {
    let kubeconfig = scene.namespace.cluster.kubeconfig();
    let kubeconfig = kubeconfig.to_string_lossy();
    let args = [&["release-finalizers", "--kubeconfig", &kubeconfig], more].concat();
    let mut process = Process::start(program(&args), &scene.namespace.dir(), "release");
    let ended = process.wait(Duration::from_secs(20));
    (
        ended.success(),
        format!("{}{}", process.stdout(), process.stderr()),
    )
}

#[test]
fn release_finalizers_tells_first_and_then_lets_objects_go_and_deletes_nothing_in_aws() {
    let scene = Scene::new("released");
    let operator = scene.operator();
    scene.apply(&[engine("refunds", json!({})), policy("agents", &permit("agent"))]);
    scene.until_ready("acpol/agents");
    operator.kill();
    scene.delete("acpol/agents");
    let before = (scene.engines(), scene.policies());
    let finalizers = |which: &str| {
        let object = scene.object(which);
        object.map(|object| object["metadata"]["finalizers"].clone())
    };
    let held = Some(json!(["agentcore.dev/finalizer"]));

    let (well, said) = release(&scene, &[]);
    assert!(!well && said.contains("--all"), "{said}");
    let namespace = scene.namespace.name.as_str();
    let (well, said) = release(&scene, &["-n", namespace]);
    let id = before.1[0]["policyId"].as_str().expect("an id");
    let line = format!("Policy {namespace}/agents: {id} stays in AgentCore; the object is being deleted");
    assert!(
        well && said.contains(&line) && said.contains("say --yes"),
        "{said}"
    );
    assert_eq!(
        (finalizers("acpol/agents"), finalizers("acpe/refunds")),
        (held.clone(), held)
    );

    let (well, said) = release(&scene, &["-n", namespace, "--yes"]);
    assert!(well && said.contains("2 finalizers are taken off"), "{said}");
    scene.until_gone("acpol/agents");
    assert_eq!(finalizers("acpe/refunds"), Some(Value::Null));
    assert_eq!((scene.engines(), scene.policies()), before);
    let (well, said) = release(&scene, &["-n", namespace, "--yes"]);
    assert!(well && said.contains("0 finalizers"), "{said}");
}
