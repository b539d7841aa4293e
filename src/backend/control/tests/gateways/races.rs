//! Each race is decided in one batch: here the second request is served whole between the reads of the first one and
//! its commit.

use super::*;
use crate::backend::control::tests::overtaken::{Interlude, Overtaken, over};
/// The refusal of a request that another one, which succeeds, overtakes.
async fn overtaken(rig: &Rig, first: (&str, Value), second: (&'static str, Value)) -> Refusal {
    let inner = over(rig, Arc::clone(&rig.control.store));
    let by: Interlude = Box::pin(async move {
        inner
            .perform(second.0, second.1, &root(), Faults::default())
            .await
            .unwrap();
    });
    let store = Overtaken::by(&rig.control.store, by);
    let outer = over(rig, store);
    outer
        .perform(first.0, first.1, &root(), Faults::default())
        .await
        .unwrap_err()
}

#[tokio::test(flavor = "multi_thread")]
async fn attaching_an_engine_and_deleting_it_exclude_each_other() {
    for attaching_first in [true, false] {
        for updating in [true, false] {
            let rig = Rig::new().await;
            let engine = rig.engine("e").await;
            let gateway = rig.gateway("g").await;
            let input = with(
                new_gateway(if updating { "g" } else { "h" }),
                "policyEngineConfiguration",
                attachment(&engine),
            );
            let attach = if updating {
                ("UpdateGateway", with(input, "gatewayIdentifier", json!(gateway)))
            } else {
                ("CreateGateway", input)
            };
            let delete = ("DeletePolicyEngine", json!({"policyEngineId": engine}));
            let told = if attaching_first {
                overtaken(&rig, attach, delete).await.to_string()
            } else {
                overtaken(&rig, delete, attach).await.to_string()
            };
            let expected = if attaching_first {
                "must be in ACTIVE state"
            } else {
                "Policy engine is attached to gateway"
            };
            assert!(told.contains(expected), "{told}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_a_gateway_and_creating_a_target_exclude_each_other() {
    for deleting_first in [true, false] {
        let rig = Rig::new().await;
        let gateway = rig.gateway("g").await;
        let delete = ("DeleteGateway", json!({"gatewayIdentifier": gateway}));
        let create = ("CreateGatewayTarget", new_target(&gateway, "t"));
        if deleting_first {
            let told = overtaken(&rig, delete, create).await.to_string();
            let expected = format!(
                "Gateway {gateway} has targets associated with it. Delete all targets before deleting the gateway."
            );
            assert_eq!(told, expected);
        } else {
            let told = overtaken(&rig, create, delete).await.to_string();
            let expected = "Gateway target cannot be created while the status of its gateway is DELETING";
            assert_eq!(told, expected);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_begins_to_leave_keeps_its_targets_from_changing() {
    let rig = Rig::new().await;
    let gateway = rig.gateway("g").await;
    let target = rig.target(&gateway, "t").await;
    let busy = with(new_gateway("g"), "gatewayIdentifier", json!(gateway));
    let change = with(target, "targetConfiguration", lambda());
    let told = overtaken(&rig, ("UpdateGatewayTarget", change), ("UpdateGateway", busy)).await;
    assert_eq!(
        told.to_string(),
        "Gateway target cannot be updated while the status of its gateway is UPDATING"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_targets_that_take_one_name_the_second_is_refused() {
    let rig = Rig::new().await;
    let gateway = rig.gateway("g").await;
    let other = rig.target(&gateway, "other").await;
    let create = || ("CreateGatewayTarget", new_target(&gateway, "t"));
    let renamed = with(other, "name", json!("t"));
    let rename = || {
        (
            "UpdateGatewayTarget",
            with(renamed.clone(), "targetConfiguration", lambda()),
        )
    };
    let text = "Gateway target with the same name already exists";
    assert_eq!(overtaken(&rig, create(), rename()).await.to_string(), text);
    rig.settle().await;
    let back = with(renamed.clone(), "name", json!("other"));
    rig.ok("UpdateGatewayTarget", with(back, "targetConfiguration", lambda()))
        .await;
    rig.settle().await;
    assert_eq!(overtaken(&rig, rename(), create()).await.to_string(), text);
    let gone = rig
        .ok("ListGatewayTargets", json!({"gatewayIdentifier": gateway}))
        .await["items"][1]["targetId"]
        .clone();
    rig.settle().await;
    rig.ok(
        "DeleteGatewayTarget",
        json!({"gatewayIdentifier": gateway, "targetId": gone}),
    )
    .await;
    rig.settle().await;
    assert_eq!(overtaken(&rig, create(), create()).await.to_string(), text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_generation_that_blocks_the_deletion_of_its_engine_and_that_exclude_each_other() {
    for starting_first in [true, false] {
        let rig = Rig::switched(&["compat.generations-block-delete=yes"]).await;
        let engine = rig.engine("e").await;
        let gateway = rig.gateway("g").await;
        let start = json!({
            "policyEngineId": engine, "name": "n", "content": {"rawText": "Allow everybody to use everything."},
            "resource": {"arn": rig.control.place.gateway_arn(&gateway)},
        });
        let (start, delete) = (
            ("StartPolicyGeneration", start),
            ("DeletePolicyEngine", json!({"policyEngineId": engine})),
        );
        let (first, second, text) = if starting_first {
            let text =
                "Policy generation cannot be started while the status of its policy engine is DELETING";
            (start, delete, text)
        } else {
            let text = "Policy engine still contains policy generations and cannot be deleted";
            (delete, start, text)
        };
        assert_eq!(overtaken(&rig, first, second).await.to_string(), text);
    }
}
