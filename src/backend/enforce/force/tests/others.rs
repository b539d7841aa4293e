//! What others change, who tell nothing, is found.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn all_is_read_at_the_beginning_and_what_others_changed_is_found() {
    let rig = Rig::new().await;
    let engine = rig.engine().await;
    let gateway = rig.gateway(Some((&engine, "ENFORCE"))).await;
    rig.target(&gateway).await;
    let permit = rig.policy(&engine, &gateway, "Below", "permit", 1000).await;
    let other = rig.other();
    other.force.loaded().await;
    assert_eq!(other.allows(&gateway, 500).await, Some(true));
    assert_eq!(other.allows(&gateway, 2000).await, Some(false));
    let until = async |gateway: &str, allowed: Option<bool>| {
        let found = async {
            while other.allows(gateway, 2000).await != allowed {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(LONG, found).await.unwrap();
    };
    // A policy is another one.
    let mut update = permit.clone();
    update["definition"] = definition(&gateway, "permit", 5000);
    update["validationMode"] = json!("IGNORE_ALL_FINDINGS");
    rig.call("UpdatePolicy", update).await;
    until(&gateway, Some(true)).await;
    // One comes.
    rig.policy(&engine, &gateway, "Forbid", "forbid", 3000).await;
    until(&gateway, Some(false)).await;
    // A gateway comes and goes.
    let open = rig.gateway_named("open", None).await;
    rig.target(&open).await;
    until(&open, Some(true)).await;
    let targets = rig
        .call("ListGatewayTargets", json!({"gatewayIdentifier": open}))
        .await;
    let target = json!({"gatewayIdentifier": open, "targetId": targets["items"][0]["targetId"]});
    rig.call("DeleteGatewayTarget", target).await;
    until(&open, None).await;
    // What many hands did at once is read at once.
    let many = (0..300).map(|n| {
        let name = format!("Many{n}");
        let (rig, engine, gateway) = (&rig, &engine, &gateway);
        async move { rig.policy(engine, gateway, &name, "permit", n).await }
    });
    futures::future::join_all(many).await;
    let engine_known = async || {
        let gate = other.force.gate(&gateway).unwrap().unwrap();
        let authorizer = gate.engine.as_ref().unwrap().authorizer.clone().unwrap();
        authorizer.snapshot().generation()
    };
    let listed = rig.control.policies_in_force(&engine).await.unwrap().unwrap();
    assert_eq!(listed.len(), 302);
    assert!(engine_known().await > 3);
}
