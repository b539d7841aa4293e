//! What becomes of objects when their kind changes or goes (F30), and of those that are of no form that this version
//! knows (F40): each in a control plane of its own, since all of a cluster shares a CRD.

use std::time::Duration;

use serde_json::{Value, json};

use crate::lifecycle::scene::{
    SOON, Scene, calls, condition, engine, engine_and_policy, message, permit, policy, with,
};
use crate::rig::controlplane::Apart;
use crate::rig::wait::wait_until;
use crate::rig::{ControlPlane, Namespace, Operator, OperatorSetup};

const CRDS: [&str; 2] = [
    "customresourcedefinition/policies.agentcore.dev",
    "customresourcedefinition/policyengines.agentcore.dev",
];
const OBJECTS: [&str; 2] = ["acpol/agents", "acpe/refunds"];

/// A scene in a cluster whose CRDs may be changed.
pub fn apart(what: &str) -> (Apart, Scene) {
    let apart = ControlPlane::apart();
    apart.0.install_crds();
    let scene = Scene::within(Namespace::new_in(apart.0, what), &[]);
    (apart, scene)
}

fn ids(scene: &Scene) -> (Vec<Value>, Vec<Value>) {
    let ids = |all: Vec<Value>, member: &str| all.iter().map(|one| one[member].clone()).collect();
    (
        ids(scene.engines(), "policyEngineId"),
        ids(scene.policies(), "policyId"),
    )
}

fn merge(scene: &Scene, which: &str, patch: &Value) {
    let args = ["patch", which, "--type=merge", "-p", &patch.to_string()];
    scene.namespace.kubectl(&args).success();
}

fn deletes(operator: &Operator) -> u64 {
    calls(operator, "DeletePolicy") + calls(operator, "DeletePolicyEngine")
}

/// The CRDs are deleted and applied again as a person would: nothing of it reaches AWS.
fn removed_and_back(setup: &OperatorSetup<'_>, cluster: &ControlPlane, scene: &Scene) {
    let mut operator = setup.start_ready();
    scene.apply(&engine_and_policy());
    scene.until_ready("acpol/agents");
    let before = ids(scene);
    cluster
        .kubectl(&[&["delete", "--wait=false"], CRDS.as_slice()].concat())
        .success();
    for which in OBJECTS {
        let object = scene.until_reason(which, "DeletionBlocked");
        assert_eq!(condition(&object, "Stalled")["status"], "True");
        let said = message(&object);
        assert!(
            said.contains("kubectl patch") && said.contains("Retain"),
            "{said}"
        );
    }
    assert_eq!(deletes(&operator), 0);
    // Who starts now knows nothing of what was before.
    operator.kill();
    operator = setup.start_ready();
    let passed = |operator: &Operator| operator.metric("controller_runtime_reconcile_total{") >= 2.0;
    wait_until("both to be looked at", SOON, || {
        passed(&operator).then_some(()).ok_or_else(|| operator.metrics())
    });
    assert_eq!((deletes(&operator), ids(scene)), (0, before.clone()));
    for which in OBJECTS {
        let finalizers = scene.object(which).expect("it waits")["metadata"]["finalizers"].clone();
        assert_eq!(finalizers, json!(["agentcore.dev/finalizer"]));
        merge(scene, which, &json!({"spec": {"deletionPolicy": "Retain"}}));
    }
    let gone = [&["wait", "--for=delete", "--timeout=30s"], CRDS.as_slice()].concat();
    cluster.kubectl(&gone).success();
    assert_eq!(ids(scene), before);

    cluster.install_crds();
    scene.apply(&engine_and_policy());
    wait_until("both to be taken up again", Duration::from_secs(45), || {
        let objects = OBJECTS.map(|which| scene.object(which).unwrap_or_default());
        let ready = |object: &Value| condition(object, "Ready")["status"] == "True";
        objects
            .iter()
            .all(ready)
            .then_some(())
            .ok_or_else(|| format!("{objects:?}"))
    });
    assert_eq!(ids(scene), before);
    let created = calls(&operator, "CreatePolicy") + calls(&operator, "CreatePolicyEngine");
    assert_eq!((deletes(&operator), created), (0, 0));
    // What is asked for by name is deleted as ever.
    scene.delete("acpol/agents");
    scene.until_gone("acpol/agents");
    assert_eq!(scene.policies().len(), 0);
}

#[test]
fn f30_a_crd_that_is_removed_takes_nothing_out_of_aws_and_what_comes_back_is_taken_up_again() {
    let (apart, scene) = apart("f30");
    removed_and_back(&scene.setup(), apart.0, &scene);
}

#[test]
fn f30_who_may_not_read_the_crd_is_warned_by_discovery() {
    let (apart, scene) = apart("f30-confined");
    let setup = OperatorSetup::confined_aws(&scene.namespace, &scene.backend.url);
    removed_and_back(&setup, apart.0, &scene);
}

/// Lets the CRD of this plural take objects of almost any form, as one that a later version brings may.
fn loosen(cluster: &ControlPlane, plural: &str) {
    let name = format!("{plural}.agentcore.dev");
    let mut definition = cluster.get(&["crd", &name]).expect("the CRD");
    let any = |properties: Value| json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true, "properties": properties});
    let text = json!({"type": "string"});
    let with_default = |mut status: Value| {
        status["default"] = json!({"observedGeneration": -1});
        status
    };
    definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"] = any(json!({
        "spec": any(json!({
            "suspend": {"type": "boolean"},
            "policyEngineId": text,
            "policyEngineRef": {"type": "object", "properties": {"name": text, "namespace": text}},
        })),
        "status": with_default(any(json!({"policyId": text, "policyEngineId": text}))),
    }));
    let args = ["replace", "-f", "-"];
    cluster
        .kubectl_with(&cluster.kubeconfig(), &args, &definition.to_string())
        .success();
}

/// Objects that were stored by another schema, of every kind, and one that refers to such a one.
fn strangers() -> Value {
    let mut bare = policy("bare", "");
    bare["spec"].as_object_mut().expect("a spec").remove("definition");
    let strange = with(policy("strange", &permit("a")), "validationMode", json!("STRICT"));
    let text = with(policy("text", ""), "definition", json!("permit(..)"));
    let odd = engine("odd", json!({"tags": "none"}));
    let of_odd = with(
        policy("of-odd", &permit("odd")),
        "policyEngineRef",
        json!({"name": "odd"}),
    );
    json!({"apiVersion": "v1", "kind": "List", "items": [bare, strange, text, odd, of_odd]})
}

fn errors(operator: &Operator) -> f64 {
    operator.metric("controller_runtime_reconcile_errors_total{controller=\"Policy\"}")
}

#[test]
fn f40_objects_of_no_known_form_are_told_so_and_stop_nobody_else() {
    let (apart, scene) = apart("f40");
    let operator = scene.operator();
    scene.apply(&engine_and_policy());
    scene.until_ready("acpol/agents");
    for plural in ["policies", "policyengines"] {
        loosen(apart.0, plural);
    }
    // The schema may lag behind its change for a moment.
    wait_until("the loosened schema", SOON, || {
        let ran = scene.namespace.apply(&strangers().to_string());
        (ran.code == Some(0)).then_some(()).ok_or(ran.stderr)
    });
    for which in ["acpol/bare", "acpol/strange", "acpol/text", "acpe/odd"] {
        let object = scene.until_reason(which, "InvalidSpec");
        assert!(message(&object).contains("cannot read the object"), "{object}");
    }
    let waits = scene.until_reason("acpol/of-odd", "DependencyNotReady");
    assert!(
        message(&waits).contains("odd cannot be read"),
        "{}",
        message(&waits)
    );
    assert!(errors(&operator) >= 3.0);

    // Watched: others go on. Listed: so they do when the operator starts anew.
    scene.apply(&[policy("agents", &permit("boss"))]);
    scene.until_ready("acpol/agents");
    operator.kill();
    let operator = scene.operator();
    let claims = with(
        policy("claims", &permit("claims")),
        "adoptionPolicy",
        json!("IfUnowned"),
    );
    scene.apply(&[claims, policy("agents", &permit("chief"))]);
    scene.until_ready("acpol/claims");
    scene.until_ready("acpol/agents");
    huge_nested_and_no_text(&operator, &scene);
    repaired_or_kept(&scene);
    assert!(operator.metric("controller_runtime_reconcile_panics_total{") < 1.0);
}

/// Huge, and with members that nobody knows: an object like any other. Nested deeper than anybody reads: its own loss.
/// What is no text, the API server makes text of.
fn huge_nested_and_no_text(operator: &Operator, scene: &Scene) {
    let huge = with(
        policy("huge", &permit("huge")),
        "more",
        json!("x".repeat(1_400_000)),
    );
    scene.apply(&[huge]);
    scene.until_ready("acpol/huge");
    let api = &scene.namespace.api;
    let namespace = &scene.namespace.name;
    let path = format!("/apis/agentcore.dev/v1alpha1/namespaces/{namespace}/policies");
    let nested = with(policy("nested", &permit("nested")), "more", json!("NESTED"));
    let brackets = format!("{}{}", "[".repeat(2000), "]".repeat(2000));
    let nested = nested.to_string().replace("\"NESTED\"", &brackets);
    let before = errors(operator);
    let stored = api.request("POST", &path, nested.as_bytes());
    assert_eq!(stored.status, 201, "{}", stored.body);
    wait_until("the error", SOON, || {
        let now = errors(operator);
        (now > before).then_some(()).ok_or_else(|| now.to_string())
    });
    let mut bytes = policy("bytes", &permit("BYTES")).to_string().into_bytes();
    let at = bytes.windows(5).position(|five| five == b"BYTES");
    let at = at.expect("it is there");
    bytes[at..at + 5].fill(0xff);
    let answer = api.request("POST", &path, &bytes);
    assert_eq!(answer.status, 201, "{}", answer.body);
    scene.until_ready("acpol/bytes");
}

/// What is repaired is as if nothing had been; what is deleted unread waits, for nobody knows what it holds.
fn repaired_or_kept(scene: &Scene) {
    scene.apply(&[policy("text", &permit("text")), policy("agents", &permit("last"))]);
    scene.until_ready("acpol/text");
    scene.until_ready("acpol/agents");
    let before = scene.policies().len();
    let broken = |number: u8| {
        merge(
            scene,
            "acpol/claims",
            &json!({"spec": {"definition": {"cedar": number}}}),
        );
    };
    broken(5);
    scene.until_reason("acpol/claims", "InvalidSpec");
    scene.delete("acpol/claims");
    broken(6);
    let waits = scene.until_reason("acpol/claims", "InvalidSpec");
    assert!(waits["metadata"]["deletionTimestamp"].is_string(), "{waits}");
    assert_eq!(scene.policies().len(), before);
    scene.apply(&[policy("claims", &permit("claims"))]);
    scene.until_gone("acpol/claims");
    assert_eq!(scene.policies().len(), before - 1);
}
