//! `kubectl wait` and `kubectl get`.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::lifecycle::scene::{SOON, Scene, UNCHECKED_TAG, engine, permit, policy, with};
use crate::rig::kubectl::Ran;
use crate::rig::wait_until;

fn wait(scene: &Scene, which: &str, timeout: &str) -> Ran {
    let timeout = format!("--timeout={timeout}");
    scene
        .namespace
        .kubectl(&["wait", "--for=condition=Ready", which, &timeout])
}

#[test]
fn kubectl_wait_ends_when_everything_is_ready() {
    let scene = Scene::new("wait");
    let _operator = scene.operator();
    scene.apply(&[engine("refunds", json!({})), policy("agents", &permit("agent"))]);
    let began = Instant::now();
    wait(&scene, "acpol/agents", "20s").success();
    wait(&scene, "acpe/refunds", "20s").success();
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert_eq!(
        scene.policies()[0]["status"],
        "ACTIVE",
        "and so it is in the backend"
    );
}

#[test]
fn what_the_operator_does_is_no_difference_to_those_who_apply() {
    let scene = Scene::new("diff");
    let _operator = scene.operator();
    let objects = [engine("refunds", json!({})), policy("agents", &permit("agent"))];
    scene.apply(&objects);
    scene.until_ready("acpol/agents");
    let state = |which: &str| {
        let object = scene.object(which).expect("what was applied");
        (object["metadata"]["generation"].clone(), object["spec"].clone())
    };
    let before = [state("acpe/refunds"), state("acpol/agents")];
    assert_eq!(
        before.each_ref().map(|(generation, _)| generation),
        [&json!(1), &json!(1)]
    );
    for (object, (_, spec)) in objects.iter().zip(&before) {
        assert_eq!(object["spec"], *spec, "the operator writes no spec");
    }
    let list = json!({"apiVersion": "v1", "kind": "List", "items": objects}).to_string();
    let cluster = scene.namespace.cluster;
    for mode in [&["--server-side", "--force-conflicts"][..], &[]] {
        let args = [&["diff", "-n", &scene.namespace.name, "-f", "-"], mode].concat();
        let ran = cluster.kubectl_with(&cluster.kubeconfig(), &args, &list);
        assert_eq!(
            (ran.code, ran.stdout.as_str()),
            (Some(0), ""),
            "{mode:?} {}",
            ran.stderr
        );
    }
    scene.apply(&objects);
    assert_eq!([state("acpe/refunds"), state("acpol/agents")], before);
}

#[test]
fn ack9_kubectl_wait_takes_neither_an_object_that_nobody_saw_nor_a_ready_of_the_spec_before() {
    let scene = Scene::new("wait-stale");
    scene.apply(&[engine("refunds", json!({})), policy("agents", &permit("agent"))]);
    let operator = scene.operator();
    scene.until_ready("acpol/agents");
    assert!(operator.terminate().success());

    scene.apply(&[policy("agents", &permit("boss")), policy("new", &permit("new"))]);
    let before = scene.object("acpol/agents").expect("the policy");
    let ready = &before["status"]["conditions"][0];
    assert_eq!(
        (&ready["type"], &ready["status"]),
        (&json!("Ready"), &json!("True"))
    );
    for which in ["acpol/agents", "acpol/new"] {
        let said = wait(&scene, which, "3s").failure();
        assert!(
            said.contains("timed out waiting for the condition"),
            "{which}: {said}"
        );
    }

    let _operator = scene.operator();
    wait(&scene, "acpol/agents", "20s").success();
    let statement = &scene.policies()[0]["definition"]["cedar"]["statement"];
    let agents = scene
        .policies()
        .iter()
        .any(|policy| policy["definition"]["cedar"]["statement"] == permit("boss"));
    assert!(agents, "{statement}");
}

/// The cells of an object's row, by their column. Cells are cut where the header's words begin.
fn cells(table: &str) -> Vec<(String, String)> {
    let mut lines = table.lines();
    let (head, row) = (lines.next().expect("a header"), lines.next().expect("a row"));
    assert_eq!(lines.next(), None, "one object");
    let names: Vec<&str> = head.split_whitespace().collect();
    let starts: Vec<usize> = names
        .iter()
        .map(|name| head.find(name).expect("a column"))
        .collect();
    let ends = starts.iter().skip(1).copied().chain([row.len()]);
    let cut = |(start, end): (usize, usize)| row.get(start..end).unwrap_or_default().trim().to_owned();
    let values = starts.iter().copied().zip(ends).map(cut);
    names.into_iter().map(str::to_owned).zip(values).collect()
}

#[track_caller]
fn table(scene: &Scene, which: &str) -> Vec<(String, String)> {
    let mut cells = cells(&scene.namespace.kubectl(&["get", which, "-o", "wide"]).success());
    cells.retain(|(name, _)| name != "AGE");
    cells
}

/// An object as `look` finds it, and its row, both of one version: what failed is tried again when a sibling has become
/// `ACTIVE`, and has another id then.
#[track_caller]
fn shown(scene: &Scene, look: impl Fn(&str) -> Value, which: &str) -> (Value, Vec<(String, String)>) {
    wait_until(&format!("a row of {which} at rest"), SOON, || {
        let (seen, row) = (look(which), table(scene, which));
        let now = scene.object(which).unwrap_or_default();
        let unchanged = seen["metadata"]["resourceVersion"] == now["metadata"]["resourceVersion"];
        unchanged
            .then_some((seen, row))
            .ok_or_else(|| now["status"].to_string())
    })
}

fn row(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[test]
fn the_columns_tell_what_is_ready_and_what_failed_and_why() {
    let scene = Scene::new("columns");
    let _operator = scene.operator();
    let modest = with(
        policy("agents", &permit("agent")),
        "enforcementMode",
        json!("LOG_ONLY"),
    );
    scene.apply(&[
        engine("refunds", json!({})),
        modest,
        policy("broken", "permit(principal, action, ressource == X);"),
    ]);
    scene.apply(&[policy("unchecked", UNCHECKED_TAG)]);
    let (agents, agents_row) = shown(&scene, |which| scene.until_ready(which), "acpol/agents");
    let broken = |which: &str| scene.until_reason(which, "InvalidPolicy");
    let (broken, broken_row) = shown(&scene, broken, "acpol/broken");
    let unchecked = |which: &str| scene.until_reason(which, "CreateFailed");
    let (unchecked, unchecked_row) = shown(&scene, unchecked, "acpol/unchecked");
    let counted = |object: &Value| object["status"]["policies"] == json!({"active": 1, "failed": 1});
    let refunds = |which: &str| scene.until(which, "counted", counted);
    let (refunds, refunds_row) = shown(&scene, refunds, "acpe/refunds");
    let text = |object: &Value, pointer: &str| {
        object
            .pointer(pointer)
            .and_then(|value| value.as_str())
            .unwrap_or_default()
            .to_owned()
    };
    let message = |object| text(object, "/status/conditions/0/message");

    let synced = "the policy is ACTIVE in AgentCore as the spec says";
    let expected = [
        ("NAME", "agents"),
        ("STATUS", "ACTIVE"),
        ("READY", "True"),
        ("REASON", "Synced"),
        ("ENGINE", "refunds"),
        ("MODE", "LOG_ONLY"),
        ("ID", &text(&agents, "/status/policyId")),
        ("MESSAGE", synced),
    ];
    assert_eq!(agents_row, row(&expected));
    let said = message(&broken);
    assert!(said.contains("line 1, column"), "{said}");
    let expected = [
        ("NAME", "broken"),
        ("STATUS", ""),
        ("READY", "False"),
        ("REASON", "InvalidPolicy"),
        ("ENGINE", "refunds"),
        ("MODE", ""),
        ("ID", ""),
        ("MESSAGE", &said),
    ];
    assert_eq!(broken_row, row(&expected));
    let said = message(&unchecked);
    assert!(
        !said.contains('\n') && said.contains("role"),
        "one line a person can read: {said}"
    );
    let expected = [
        ("NAME", "unchecked"),
        ("STATUS", "CREATE_FAILED"),
        ("READY", "False"),
        ("REASON", "CreateFailed"),
        ("ENGINE", "refunds"),
        ("MODE", ""),
        ("ID", &text(&unchecked, "/status/policyId")),
        ("MESSAGE", &said),
    ];
    assert_eq!(unchecked_row, row(&expected));
    let expected = [
        ("NAME", "refunds"),
        ("STATUS", "ACTIVE"),
        ("READY", "True"),
        ("REASON", "Synced"),
        ("ACTIVE", "1"),
        ("FAILED", "1"),
        ("ID", &text(&refunds, "/status/policyEngineId")),
        (
            "MESSAGE",
            "the policy engine is ACTIVE in AgentCore as the spec says",
        ),
    ];
    assert_eq!(refunds_row, row(&expected));
}
