//! References into another namespace: with its consent alone, and without it as if nothing were there (reliability.md
//! 8.1, I9).

mod kinds;

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::lifecycle::scene::{
    SOON, Scene, calls, engine, forbid, message, observed, permit, policy, ready, with,
};
use crate::rig::kstatus::assert_contract;
use crate::rig::{Namespace, Operator, wait_until};

/// A namespace with an engine, and one whose policies refer to it; one operator looks after both.
struct Two {
    shared: Scene,
    team: Namespace,
}

impl Two {
    #[track_caller]
    fn new(what: &str) -> Self {
        let shared = Scene::new(what);
        shared.namespace.cluster.install_grants();
        let team = Namespace::new("tenant");
        Self { shared, team }
    }

    #[track_caller]
    fn operator(&self) -> Operator {
        let args = ["--watch-namespace", self.team.name.as_str()];
        self.shared.setup().args(&args).start_ready()
    }

    /// A policy of the team in the shared engine.
    fn policy(&self, name: &str, statement: &str) -> Value {
        let reference = json!({"name": "refunds", "namespace": self.shared.namespace.name});
        with(policy(name, statement), "policyEngineRef", reference)
    }

    #[track_caller]
    fn apply(&self, object: &Value) {
        self.team.apply(&object.to_string()).success();
    }

    /// Waits until a Policy of the team's is so.
    #[track_caller]
    fn until(&self, name: &str, what: &str, condition: impl Fn(&Value) -> bool) -> Value {
        self.until_one("acpol", name, what, condition)
    }

    /// Waits until an object of the team's is so.
    #[track_caller]
    fn until_one(&self, kind: &str, name: &str, what: &str, condition: impl Fn(&Value) -> bool) -> Value {
        wait_until(&format!("{kind}/{name} to be {what}"), SOON, || {
            let object = self.team.get(kind, name).ok_or("nothing")?;
            drop(assert_contract(&object));
            if condition(&object) {
                return Ok(object);
            }
            Err(object["status"].to_string())
        })
    }

    #[track_caller]
    fn until_ready(&self, name: &str) -> Value {
        self.until(name, "Ready", |object| {
            ready(object)["status"] == "True" && observed(object)
        })
    }

    #[track_caller]
    fn until_barred(&self, name: &str) -> Value {
        self.until_reason("acpol", name, "DependencyNotReady")
    }

    #[track_caller]
    fn until_gone(&self, name: &str) {
        wait_until(&format!("{name} to be gone"), SOON, || {
            match self.team.get("acpol", name) {
                None => Ok(()),
                Some(object) => Err(object.to_string()),
            }
        });
    }

    /// Has an object looked at once more, and returns it afterwards.
    #[track_caller]
    fn looked_at(&self, name: &str, when: &str) -> Value {
        let annotation = format!("agentcore.dev/reconcile-requested-at={when}");
        let args = ["annotate", "--overwrite", &format!("acpol/{name}"), &annotation];
        self.team.kubectl(&args).success();
        self.until(name, "looked at", |object| {
            object["status"]["lastHandledReconcileAt"] == when
        })
    }

    /// Waits until `Ready` of an object of the team's has this reason.
    #[track_caller]
    fn until_reason(&self, kind: &str, name: &str, reason: &str) -> Value {
        self.until_one(kind, name, reason, |object| {
            ready(object)["reason"] == reason && observed(object)
        })
    }

    /// What the shared engine says about who may refer to it.
    #[track_caller]
    fn annotate(&self, value: &str) {
        self.consent("acpe/refunds", value);
    }

    /// What a shared object says about who may refer to it: `=NAMESPACES`, or `-` for nothing.
    #[track_caller]
    fn consent(&self, which: &str, value: &str) {
        let annotation = format!("agentcore.dev/allow-references-from{value}");
        let args = ["annotate", "--overwrite", which, &annotation];
        self.shared.namespace.kubectl(&args).success();
    }
}

#[test]
fn absent_and_not_granted_read_the_same_and_an_annotation_grants() {
    let two = Two::new("consent");
    let operator = two.operator();
    two.apply(&two.policy("agents", &permit("agent")));
    let absent = two.until_barred("agents");
    two.shared.apply(&[engine("refunds", json!({}))]);
    two.shared.until_ready("acpe/refunds");
    two.annotate("=other,*");
    let mut ungranted = two.looked_at("agents", "once");
    let status = ungranted["status"].as_object_mut().expect("a status");
    status.remove("lastHandledReconcileAt");
    assert_eq!(
        ungranted["status"], absent["status"],
        "nothing tells the one from the other"
    );
    assert!(
        message(&absent).contains("is not there, or its namespace does not let"),
        "{}",
        message(&absent)
    );
    assert_eq!(ungranted["metadata"]["finalizers"], Value::Null);
    assert_eq!(calls(&operator, "CreatePolicy"), 0);
    // Not after the minute in which it would be looked at anyhow.
    two.annotate(&format!("=other, {}", two.team.name));
    two.until_ready("agents");
    assert_eq!(two.shared.policies().len(), 1);
}

#[test]
fn a_reference_grant_grants_and_what_is_withdrawn_stays_in_force_untouched() {
    let two = Two::new("granted");
    let operator = two.operator();
    two.shared.apply(&[engine("refunds", json!({}))]);
    two.shared.until_ready("acpe/refunds");
    two.apply(&two.policy("agents", &permit("agent")));
    two.until_barred("agents");
    let grant = json!({
        "apiVersion": "gateway.networking.k8s.io/v1beta1", "kind": "ReferenceGrant", "metadata": {"name": "tenants"},
        "spec": {
            "from": [{"group": "agentcore.dev", "kind": "Policy", "namespace": two.team.name}],
            "to": [{"group": "agentcore.dev", "kind": "PolicyEngine", "name": "refunds"}],
        }
    });
    two.shared.namespace.apply(&grant.to_string()).success();
    two.until_ready("agents");
    let before = two.shared.policies();
    two.shared
        .namespace
        .kubectl(&["delete", "referencegrant", "tenants"])
        .success();
    two.until_barred("agents");
    // An edit is not brought to AWS, by this process or by the next.
    two.apply(&two.policy("agents", &permit("boss")));
    let edited = |object: &Value| ready(object)["reason"] == "DependencyNotReady" && observed(object);
    two.until("agents", "looked at after the edit", edited);
    assert_eq!(
        calls(&operator, "UpdatePolicy") + calls(&operator, "DeletePolicy"),
        0
    );
    operator.kill();
    let operator = two.operator();
    two.looked_at("agents", "again");
    assert_eq!(two.shared.policies(), before, "it is in force as it was");
    assert_eq!(
        calls(&operator, "UpdatePolicy") + calls(&operator, "DeletePolicy"),
        0
    );
    // Its deletion needs no consent.
    two.team
        .kubectl(&["delete", "acpol/agents", "--wait=false"])
        .success();
    two.until_gone("agents");
    assert_eq!(two.shared.policies(), [Value::Null; 0]);
}

#[test]
fn an_engine_waits_for_policies_of_other_namespaces_and_does_not_tell_their_names() {
    let two = Two::new("blocked");
    let _operator = two.operator();
    two.shared
        .apply(&[engine("refunds", json!({})), policy("own", &permit("own"))]);
    two.shared.until_ready("acpol/own");
    two.annotate(&format!("={}", two.team.name));
    for name in ["agents", "others"] {
        two.apply(&two.policy(name, &permit(name)));
        two.until_ready(name);
    }
    // What it made before is in the way also when the consent is withdrawn.
    two.annotate("-");
    two.until_barred("agents");
    two.until_barred("others");
    two.shared.delete("acpe/refunds");
    let object = two.shared.until_reason("acpe/refunds", "DeletionBlocked");
    let expected =
        "the policy engine is deleted when these are gone: Policy own, and 2 Policies of other namespaces";
    assert_eq!(message(&object), expected);
    two.shared.delete("acpol/own");
    let alone = "the policy engine is deleted when these are gone: 2 Policies of other namespaces";
    two.shared.until("acpe/refunds", "waiting for others", |object| {
        message(object) == alone
    });
    let told = [object.to_string(), two.shared.events("refunds").join("\n")].concat();
    for name in ["agents", "others", two.team.name.as_str()] {
        assert!(!told.contains(name), "{name}: {told}");
    }
    for name in ["agents", "others"] {
        two.team
            .kubectl(&["delete", &format!("acpol/{name}"), "--wait=false"])
            .success();
        two.until_gone(name);
    }
    two.shared.until_gone("acpe/refunds");
    two.shared.until_backend_is_empty();
}

#[test]
fn who_may_not_refer_to_an_engine_does_not_keep_it() {
    let two = Two::new("unblocked");
    let _operator = two.operator();
    two.shared.apply(&[engine("refunds", json!({}))]);
    two.shared.until_ready("acpe/refunds");
    two.apply(&two.policy("agents", &permit("agent")));
    two.until_barred("agents");
    two.shared.delete("acpe/refunds");
    two.shared.until_gone("acpe/refunds");
}

#[test]
fn an_id_is_no_way_around_a_consent() {
    let two = Two::new("by-id");
    let operator = two.operator();
    two.shared.apply(&[engine("refunds", json!({}))]);
    let object = two.shared.until_ready("acpe/refunds");
    let mut by_id = policy("agents", &permit("agent"));
    by_id["spec"]
        .as_object_mut()
        .expect("a spec")
        .remove("policyEngineRef");
    let by_id = with(
        by_id,
        "policyEngineId",
        object["status"]["policyEngineId"].clone(),
    );
    two.apply(&by_id);
    two.until_barred("agents");
    assert_eq!(calls(&operator, "CreatePolicy"), 0);
    two.annotate(&format!("={}", two.team.name));
    two.until_ready("agents");
}

#[test]
fn a_namespace_that_the_operator_does_not_look_after_is_said_to_be_one_whatever_is_there() {
    let two = Two::new("watched");
    let beyond = Namespace::new("beyond");
    beyond.apply(&engine("refunds", json!({})).to_string()).success();
    let _operator = two.operator();
    let mut messages = Vec::new();
    for name in ["refunds", "nothing"] {
        let reference = json!({"name": name, "namespace": beyond.name});
        two.apply(&with(policy(name, &permit("a")), "policyEngineRef", reference));
        messages.push(message(&two.until_barred(name)).replace(name, "*"));
    }
    assert_eq!(messages[0], messages[1]);
    assert!(messages[0].contains("does not look after"), "{}", messages[0]);
}

#[test]
fn f24_a_forbid_that_moves_to_another_namespace_is_in_force_throughout() {
    let two = Two::new("moving");
    let _operator = two.operator();
    let forbid = forbid("guest");
    let forbidding = |object: Value| with(object, "validationMode", json!("IGNORE_ALL_FINDINGS"));
    two.shared.apply(&[
        engine("refunds", json!({})),
        forbidding(policy("guests", &forbid)),
    ]);
    two.annotate(&format!("={}", two.team.name));
    two.shared.until_ready("acpol/guests");
    let moved = AtomicBool::new(false);
    let in_force = || {
        let active = |policy: &Value| policy["status"] == "ACTIVE";
        let same = |policy: &Value| policy["definition"]["cedar"]["statement"] == *forbid;
        two.shared
            .policies()
            .iter()
            .any(|policy| active(policy) && same(policy))
    };
    thread::scope(|scope| {
        let looks = scope.spawn(|| {
            let mut looks = 0;
            while !moved.load(Ordering::Relaxed) {
                assert!(in_force(), "I8: the forbid is in force");
                looks += 1;
                thread::park_timeout(Duration::from_millis(50));
            }
            looks
        });
        // There, with the old object first, and back, with the new one first.
        two.shared.delete("acpol/guests");
        two.apply(&forbidding(two.policy("visitors", &forbid)));
        two.until_ready("visitors");
        two.shared.until_gone("acpol/guests");
        two.shared.apply(&[forbidding(policy("back", &forbid))]);
        two.shared.until_ready("acpol/back");
        two.team
            .kubectl(&["delete", "acpol/visitors", "--wait=false"])
            .success();
        two.until_gone("visitors");
        moved.store(true, Ordering::Relaxed);
        assert!(looks.join().expect("in force at every look") > 20);
    });
}
