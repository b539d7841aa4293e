//! What holds of every kind there is: each of these tests takes an object of each through it.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::scripted::{Scripted, answered};
use crate::lifecycle::attachment::attachment;
use crate::lifecycle::gateway::gateways;
use crate::lifecycle::generation::{TEXT, generation, generations, stage};
use crate::lifecycle::scene::{SOON, Scene, message, observed, permit, policy, ready, with};
use crate::rig::wait::wait_until;
use crate::rig::{Namespace, Operator};

/// An object of each kind.
const ALL: [&str; 6] = [
    "acpe/refunds",
    "acgw/refunds",
    "actgt/refund-tool",
    "acpol/agents",
    "acatt/refunds",
    "acgen/draft",
];

fn everything() -> Vec<Value> {
    let [engine, gateway, target] = stage();
    let text = "Allow everyone to process refunds";
    vec![
        generation("draft", text),
        attachment("refunds", "ENFORCE"),
        policy("agents", &permit("agent")),
        target,
        gateway,
        engine,
    ]
}

/// Calls that change something in AWS.
fn changes(operator: &Operator) -> f64 {
    let writes = [
        "Create",
        "Update",
        "Delete",
        "Start",
        "Tag",
        "Untag",
        "Synchronize",
    ];
    let of = |verb: &str| {
        operator.metric(&format!(
            "agentcore_operator_backend_requests_total{{operation=\"{verb}"
        ))
    };
    writes.into_iter().map(of).sum()
}

#[track_caller]
fn patch(scene: &Scene, which: &str, spec: &Value) {
    let patch = json!({ "spec": spec }).to_string();
    scene
        .namespace
        .kubectl(&["patch", which, "--type=merge", "-p", &patch])
        .success();
}

#[test]
fn f29_a_namespace_of_all_kinds_is_gone_within_a_minute() {
    let (scene, tenant) = (Scene::new("f29-kinds"), Namespace::new("f29-kinds-tenant"));
    let watching = ["--watch-namespace", tenant.name.as_str()];
    let _operator = scene.setup().args(&watching).start_ready();
    let list = json!({"apiVersion": "v1", "kind": "List", "items": everything()});
    tenant.apply(&list.to_string()).success();
    for which in ALL {
        let (kind, name) = which.split_once('/').expect("kind/name");
        wait_until(&format!("{which} to be Ready"), SOON, || {
            let object = tenant.get(kind, name).ok_or("nothing")?;
            let is = ready(&object)["status"] == "True" && observed(&object);
            is.then_some(()).ok_or_else(|| object["status"].to_string())
        });
    }
    let began = Instant::now();
    let delete = ["delete", "namespace", &tenant.name, "--timeout=90s"];
    scene.namespace.cluster.kubectl(&delete).success();
    let took = began.elapsed();
    assert!(took < Duration::from_mins(1), "took {took:?}");
    assert_eq!(scene.engines(), [Value::Null; 0]);
    assert_eq!(gateways(&scene), [Value::Null; 0]);
}

#[test]
fn every_kind_answers_either_request_and_is_left_alone_while_it_is_suspended() {
    let scene = Scene::new("every-suspend");
    let operator = scene.operator();
    scene.apply(&everything());
    for which in ALL {
        scene.until_ready(which);
    }
    let handled = |which: &str, when: &str| {
        scene.until(which, "looked at", |object| {
            object["status"]["lastHandledReconcileAt"] == when
        })
    };
    for which in ALL {
        scene.annotate(which, "agentcore.dev/reconcile-requested-at=ours");
        handled(which, "ours");
        scene.annotate(which, "reconcile.fluxcd.io/requestedAt=flux");
        handled(which, "flux");
    }
    let before = changes(&operator);
    let edits = [
        ("acpe/refunds", json!({"description": "edited"})),
        ("acgw/refunds", json!({"description": "edited"})),
        ("actgt/refund-tool", json!({"description": "edited"})),
        ("acpol/agents", json!({"description": "edited"})),
        ("acatt/refunds", json!({"mode": "LOG_ONLY"})),
        (
            "acgen/draft",
            json!({"content": {"rawText": "Forbid everyone to process refunds"}}),
        ),
    ];
    for (which, edit) in &edits {
        let mut suspended = edit.clone();
        suspended["suspend"] = json!(true);
        patch(&scene, which, &suspended);
        scene.annotate(which, "reconcile.fluxcd.io/requestedAt=suspended");
    }
    for which in ALL {
        let object = handled(which, "suspended");
        assert!(!observed(&object), "{which} speaks of its spec: {object}");
    }
    assert!((changes(&operator) - before).abs() < 0.5, "nothing is changed");
    for which in ALL {
        patch(&scene, which, &json!({"suspend": false}));
    }
    for which in ALL {
        scene.until_ready(which);
    }
    let gateways = gateways(&scene);
    assert_eq!(gateways[0]["description"], "edited");
    assert_eq!(gateways[0]["policyEngineConfiguration"]["mode"], "LOG_ONLY");
    assert_eq!(scene.engines()[0]["description"], "edited");
    assert_eq!(scene.policies()[0]["description"], "edited");
}

#[test]
fn what_is_retained_of_any_kind_stays_in_aws_as_it_is() {
    let scene = Scene::new("every-retain");
    let operator = scene.operator();
    // AWS deletes generations by itself, so there is nothing to choose.
    let retained = everything().into_iter().map(|object| {
        let is_generation = object["kind"] == "PolicyGeneration";
        if is_generation {
            object
        } else {
            with(object, "deletionPolicy", json!("Retain"))
        }
    });
    scene.apply(&retained.collect::<Vec<_>>());
    for which in ALL {
        scene.until_ready(which);
    }
    let there = || (scene.engines(), scene.policies(), gateways(&scene));
    let (before, changed) = (there(), changes(&operator));
    for which in ALL {
        scene.delete(which);
    }
    for which in ALL {
        scene.until_gone(which);
    }
    assert_eq!(there(), before);
    assert!((changes(&operator) - changed).abs() < 0.5, "nothing is changed");
}

/// What AWS answers to the start of a generation, that cannot be changed: it is started once, when AWS takes it.
#[test]
fn f11_f15_f16_of_generations() {
    let scripted = Scripted::new("f11-generations");
    let scene = &scripted.scene;
    let _operator = scene.operator();
    scene.apply(&stage());
    scene.until_ready("actgt/refund-tool");
    let refused = |error: &str| {
        scripted.rules(&json!([answered(
            "StartPolicyGeneration",
            &json!("every"),
            error
        )]));
    };
    let wanted = with(generation("draft", TEXT), "resyncInterval", json!("24h"));
    for (turn, (error, reason)) in [
        ("ServiceQuotaExceededException", "QuotaExceeded"),
        ("AccessDeniedException", "AccessDenied"),
        ("ValidationException", "InvalidSpec"),
    ]
    .into_iter()
    .enumerate()
    {
        refused(error);
        scene.apply(std::slice::from_ref(&wanted));
        scene.annotate(
            "acgen/draft",
            &format!("agentcore.dev/reconcile-requested-at={turn}"),
        );
        let is = scene.until_reason("acgen/draft", reason);
        assert!(message(&is).contains("the script says so"), "{}", message(&is));
        assert_eq!(generations(scene), [Value::Null; 0]);
    }
    scripted.rules(&json!([]));
    scene.annotate("acgen/draft", "agentcore.dev/reconcile-requested-at=at last");
    scene.until_ready("acgen/draft");
    assert_eq!(generations(scene).len(), 1);
}

/// What a gateway and a target have in common with policies and engines: quotas, failures of the service, denials.
#[test]
fn f11_f14_f16_of_gateways_and_targets() {
    let scripted = Scripted::new("f14-kinds");
    let scene = &scripted.scene;
    let _operator = scene.operator();
    let kinds = [
        ("acgw/refunds", "Gateway"),
        ("actgt/refund-tool", "GatewayTarget"),
    ];
    let [_, gateway, target] = stage();
    // No resync is due: what is repaired is repaired by an edit, or because somebody asks.
    let seldom = |object: Value| with(object, "resyncInterval", json!("24h"));
    for ((which, kind), object) in kinds.into_iter().zip([seldom(gateway), seldom(target)]) {
        let says = |text: &str| with(object.clone(), "description", json!(text));
        let reason = |reason: &str, because: &str| {
            let is = scene.until_reason(which, reason);
            assert!(message(&is).contains(because), "{}", message(&is));
        };
        let (create, update) = (format!("Create{kind}"), format!("Update{kind}"));
        scripted.rules(&json!([answered(
            &create,
            &json!("every"),
            "ServiceQuotaExceededException"
        )]));
        scene.apply(&[says("one")]);
        reason("QuotaExceeded", "the script says so");
        scripted.rules(&json!([{"operation": create, "calls": "every", "fail": "no luck"}]));
        scene.annotate(which, "agentcore.dev/reconcile-requested-at=now");
        reason("CreateFailed", "no luck");
        scripted.rules(&json!([]));
        scene.apply(&[says("two")]);
        scene.until_ready(which);
        scripted.rules(&json!([{"operation": update, "calls": "every", "fail": "not now"}]));
        scene.apply(&[says("three")]);
        reason("UpdateFailed", "not now");
        scripted.rules(&json!([]));
        scene.apply(&[says("four")]);
        scene.until_ready(which);
    }
    for (which, kind) in kinds.into_iter().rev() {
        let delete = format!("Delete{kind}");
        scripted.rules(&json!([answered(
            &delete,
            &json!("every"),
            "AccessDeniedException"
        )]));
        scene.delete(which);
        let is = scene.until_reason(which, "AccessDenied");
        assert!(message(&is).contains(&delete), "{}", message(&is));
        scripted.rules(&json!([]));
        scene.annotate(which, "agentcore.dev/reconcile-requested-at=again");
        scene.until_gone(which);
    }
    assert_eq!(gateways(scene), [Value::Null; 0]);
}
