//! How objects go: ordered, awaited, or leaving their resource behind.

use super::generation::{TEXT, generation, stage};
use super::scene::{Scene, UNCHECKED_TAG, condition, engine, message, permit, policy, with};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

#[test]
fn an_engine_deleted_first_waits_for_its_policies_and_names_them() {
    let scene = Scene::new("engine-first");
    let _operator = scene.operator();
    scene.apply(&[
        engine("refunds", json!({})),
        policy("one", &permit("one")),
        policy("two", &permit("two")),
    ]);
    scene.until_ready("acpol/one");
    scene.until_ready("acpol/two");
    scene.delete("acpe/refunds");
    let object = scene.until_reason("acpe/refunds", "DeletionBlocked");
    assert!(
        message(&object).ends_with("Policy one, Policy two"),
        "{}",
        message(&object)
    );
    assert_eq!(condition(&object, "Stalled")["status"], "True");
    assert_eq!(
        scene.policies().len(),
        2,
        "they are enforced until they are deleted"
    );
    scene.delete("acpol/one");
    scene.delete("acpol/two");
    scene.until_gone("acpe/refunds");
    scene.until_backend_is_empty();
}

#[test]
fn an_engine_names_the_first_ten_of_many_policies_and_passes_those_of_a_namesake_over() {
    let scene = Scene::new("many-first");
    let _operator = scene.operator();
    let elsewhere = json!({"name": "refunds", "namespace": "elsewhere"});
    let namesakes = (0..30).map(|number| {
        let name = format!("a{number:02}");
        with(
            policy(&name, &permit(&name)),
            "policyEngineRef",
            elsewhere.clone(),
        )
    });
    let name = |number: u32| format!("p{number:02}");
    let own = (0..13).map(|number| policy(&name(number), &permit(&name(number))));
    scene.apply(&[engine("refunds", json!({}))]);
    scene.apply(&namesakes.chain(own).collect::<Vec<_>>());
    for number in 0..13 {
        scene.until_ready(&format!("acpol/{}", name(number)));
    }
    scene.delete("acpe/refunds");
    let names = |numbers: std::ops::Range<u32>| {
        let policies = numbers.map(|number| format!("Policy {}", name(number)));
        policies.collect::<Vec<_>>().join(", ")
    };
    let ends = |end: String| {
        scene.until("acpe/refunds", "waiting for these", |object| {
            message(object).ends_with(&format!("are gone: {end}"))
        });
    };
    ends(names(0..10) + ", ..");
    for number in 0..11 {
        scene.delete(&format!("acpol/{}", name(number)));
    }
    ends(names(11..13));
    scene.delete("acpol/p11");
    scene.delete("acpol/p12");
    scene.until_gone("acpe/refunds");
    scene.until_backend_is_empty();
}

#[test]
fn ack3_an_object_stays_until_the_service_says_that_its_resource_is_gone() {
    let scene = Scene::with_backend("slow-delete", &["--transition-delay", "3s"]);
    let _operator = scene.operator();
    scene.apply(&[engine("refunds", json!({}))]);
    scene.until_ready("acpe/refunds");
    scene.delete("acpe/refunds");
    let object = scene.until("acpe/refunds", "DELETING", |object| {
        object["status"]["status"] == "DELETING"
    });
    assert_eq!(
        object["metadata"]["finalizers"],
        json!(["agentcore.dev/finalizer"])
    );
    assert_eq!(condition(&object, "Ready")["reason"], "Deleting");
    scene.until_gone("acpe/refunds");
    scene.until_backend_is_empty();
}

#[test]
fn what_is_retained_stays_in_aws_and_its_object_goes_at_once() {
    let scene = Scene::new("retain");
    let _operator = scene.operator();
    let retain = json!("Retain");
    scene.apply(&[
        engine("refunds", json!({"deletionPolicy": retain})),
        with(policy("agents", &permit("agent")), "deletionPolicy", retain),
    ]);
    scene.until_ready("acpol/agents");
    scene.delete("acpol/agents");
    scene.until_gone("acpol/agents");
    scene.delete("acpe/refunds");
    scene.until_gone("acpe/refunds");
    assert_eq!((scene.engines().len(), scene.policies().len()), (1, 1));
}

#[test]
fn what_is_retained_and_what_aws_never_deletes_goes_at_once_also_when_aws_does_not_answer() {
    let mut scene = Scene::new("retain-silent");
    let _operator = scene.operator();
    let retain = json!("Retain");
    scene.apply(&stage());
    scene.apply(&[
        generation("draft", TEXT),
        with(policy("agents", &permit("agent")), "deletionPolicy", retain),
    ]);
    for which in ["acpol/agents", "acgen/draft"] {
        scene.until_ready(which);
    }
    scene.backend.process().signal("STOP");
    let began = Instant::now();
    for which in ["acpol/agents", "acgen/draft"] {
        scene.delete(which);
        scene.until_gone(which);
    }
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

#[test]
fn a_failed_policy_is_deleted_like_any_other_and_a_broken_spec_blocks_nothing() {
    let scene = Scene::new("delete-broken");
    let _operator = scene.operator();
    scene.apply(&[engine("refunds", json!({})), policy("agents", &permit("agent"))]);
    scene.until_ready("acpol/agents");
    scene.apply(&[policy(
        "agents",
        "permit(principal, action, resource is AgentCore::Gateway) when { oops",
    )]);
    scene.until_reason("acpol/agents", "InvalidPolicy");
    assert_eq!(
        scene.policies().len(),
        1,
        "the last good statement stays in force"
    );
    scene.delete("acpol/agents");
    scene.until_gone("acpol/agents");
    assert_eq!(scene.policies().len(), 0);
}

#[test]
fn a_policy_that_never_became_active_is_deleted_with_its_engine_at_once() {
    let scene = Scene::new("delete-failed");
    let _operator = scene.operator();
    scene.apply(&[engine("refunds", json!({})), policy("agents", UNCHECKED_TAG)]);
    scene.until_reason("acpol/agents", "CreateFailed");
    scene.delete("acpol/agents");
    scene.delete("acpe/refunds");
    scene.until_gone("acpol/agents");
    scene.until_gone("acpe/refunds");
    scene.until_backend_is_empty();
}

#[test]
fn a_policy_that_nobody_here_owns_keeps_its_engine_and_is_named() {
    let scene = Scene::new("remnant");
    let _operator = scene.operator();
    scene.apply(&[engine("refunds", json!({}))]);
    scene.until_ready("acpe/refunds");
    let id = scene.engines()[0]["policyEngineId"]
        .as_str()
        .expect("an id")
        .to_owned();
    let foreign = json!({"name": "Foreign", "definition": {"cedar": {"statement": permit("foreign")}}});
    scene.call("POST", &format!("/policy-engines/{id}/policies"), &foreign);
    scene.delete("acpe/refunds");
    let object = scene.until_reason("acpe/refunds", "DeletionBlocked");
    assert!(
        message(&object).contains("AWS policy Foreign"),
        "{}",
        message(&object)
    );
    scene.until_policies_rest();
    scene.call("DELETE", &scene.policy_path(), &Value::Null);
    scene.until_gone("acpe/refunds");
}

#[test]
fn a_status_that_was_wiped_while_deleting_loses_nothing() {
    let scene = Scene::new("wiped");
    let operator = scene.operator();
    scene.apply(&[engine("refunds", json!({})), policy("agents", &permit("agent"))]);
    scene.until_ready("acpol/agents");
    operator.kill();
    for which in ["acpol/agents", "acpe/refunds"] {
        let wipe = [
            "patch",
            which,
            "--subresource=status",
            "--type=merge",
            "-p",
            "{\"status\": null}",
        ];
        scene.namespace.kubectl(&wipe).success();
        scene.delete(which);
    }
    let _operator = scene.operator();
    scene.until_gone("acpol/agents");
    scene.until_gone("acpe/refunds");
    scene.until_backend_is_empty();
}

#[test]
fn a_policy_left_in_a_retained_engine_is_deleted_there_although_its_engine_s_object_stands_for_another_by_now()
 {
    let scene = Scene::new("moved");
    let operator = scene.operator();
    scene.apply(&[
        engine("refunds", json!({"name": "Old", "deletionPolicy": "Retain"})),
        policy("agents", &permit("agent")),
    ]);
    scene.until_ready("acpol/agents");
    scene.delete("acpe/refunds");
    scene.until_gone("acpe/refunds");
    operator.kill();
    scene.apply(&[engine("refunds", json!({"name": "New"}))]);
    scene.delete("acpol/agents");
    let _operator = scene.operator();
    scene.until_ready("acpe/refunds");
    scene.until_gone("acpol/agents");
    assert_eq!((scene.engines().len(), scene.policies().len()), (2, 0));
}
