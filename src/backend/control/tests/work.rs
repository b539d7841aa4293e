use super::*;
use futures::future::join_all;
use std::time::Instant;
use tokio_util::sync::CancellationToken;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_settles_before_it_is_due() {
    let rig = Rig::new().await;
    let created = rig.ok("CreatePolicyEngine", json!({"name": "e"})).await;
    let named = json!({"policyEngineId": created["policyEngineId"]});
    rig.machine
        .advance(DELAY.saturating_sub(Duration::from_micros(1)));
    assert_eq!(rig.control.settle().await.unwrap(), Some(START + 7 + 50_000));
    assert_eq!(
        rig.ok("GetPolicyEngine", named.clone()).await["status"],
        "CREATING"
    );
    // The service's clock moves no transition.
    rig.service.advance(Duration::from_hours(1));
    rig.control.settle().await.unwrap();
    assert_eq!(
        rig.ok("GetPolicyEngine", named.clone()).await["status"],
        "CREATING"
    );
    rig.machine.advance(Duration::from_micros(1));
    assert_eq!(rig.control.settle().await.unwrap(), None);
    assert_eq!(rig.ok("GetPolicyEngine", named).await["status"], "ACTIVE");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_transition_goes_on_after_a_restart() {
    let rig = Rig::new().await;
    let (kept, leaving) = (rig.engine("kept").await, rig.engine("leaving").await);
    let updated = rig.policy(&kept, "updated", GOOD).await;
    let created = rig.ok("CreatePolicy", new_policy(&kept, "created", WRONG)).await;
    rig.ok("UpdatePolicy", updated.clone()).await;
    rig.ok("DeletePolicyEngine", json!({"policyEngineId": leaving}))
        .await;
    let rig = rig.restarted().await;
    let created = json!({"policyEngineId": kept, "policyId": created["policyId"]});
    assert_eq!(rig.ok("GetPolicy", created.clone()).await["status"], "CREATING");
    rig.settle().await;
    assert_eq!(rig.ok("GetPolicy", created).await["status"], "CREATE_FAILED");
    assert_eq!(rig.ok("GetPolicy", updated).await["status"], "ACTIVE");
    rig.missing("GetPolicyEngine", json!({"policyEngineId": leaving}))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_cannot_be_read_holds_up_nothing_and_is_tried_again_later() {
    let rig = Rig::new().await;
    let created = rig.ok("CreatePolicyEngine", json!({"name": "broken"})).await;
    let broken = Key {
        kind: Kind::Engine,
        id: created["policyEngineId"].as_str().unwrap().to_owned(),
    };
    let record = rig.control.store.get(&broken).await.unwrap().unwrap();
    let body = "not json".to_owned();
    assert!(
        rig.control
            .commit(vec![Write::Replace(Record { body, ..record })])
            .await
            .unwrap()
    );
    let good = rig.ok("CreatePolicyEngine", json!({"name": "good"})).await;
    rig.settle().await;
    let good = rig
        .ok(
            "GetPolicyEngine",
            json!({"policyEngineId": good["policyEngineId"]}),
        )
        .await;
    assert_eq!(good["status"], "ACTIVE");
    let record = rig.control.store.get(&broken).await.unwrap().unwrap();
    assert_eq!(record.due, Some(rig.machine.now() + 60_000_000));
    assert_eq!(record.body, "not json");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worker_settles_many_while_more_arrive_and_ends_when_told() {
    let directory = TempDir::new().unwrap();
    let control = scratch(&directory).await;
    let shutdown = CancellationToken::new();
    let working = tokio::spawn({
        let (control, shutdown) = (control.clone(), shutdown.clone());
        async move { control.work(shutdown).await }
    });
    let caller = Caller::root("123456789012");
    let creates = (0..100).map(|n| {
        control.perform(
            "CreatePolicyEngine",
            json!({"name": format!("e{n}")}),
            &caller,
            Faults::default(),
        )
    });
    for created in join_all(creates).await {
        let id = created.unwrap()["policyEngineId"].clone();
        let begin = Instant::now();
        while control
            .perform(
                "GetPolicyEngine",
                json!({"policyEngineId": id}),
                &caller,
                Faults::default(),
            )
            .await
            .unwrap()["status"]
            != "ACTIVE"
        {
            assert!(begin.elapsed() < Duration::from_secs(20));
            tokio::task::yield_now().await;
        }
    }
    shutdown.cancel();
    working.await.unwrap();
}
