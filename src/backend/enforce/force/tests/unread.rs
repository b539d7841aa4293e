//! Records that cannot be read close what depends on them and nothing else; a database that cannot, everything in time.

use super::*;
use crate::backend::store::{Key, Kind, Store as _, Write};
use sqlx::SqlitePool;
use std::sync::atomic::Ordering;
use std::time::Instant;

/// What a small refund meets.
#[derive(Debug, PartialEq, Eq)]
enum Met {
    /// Nothing is known of the gateway.
    Closed(Closed),
    /// It is known, and its policies are not.
    Nothing,
    /// It is allowed, or denied.
    Decided(bool),
}

impl Rig {
    async fn meets(&self, gateway: &str) -> Met {
        let caught_up = self.force.caught_up().await;
        match caught_up.and_then(|()| self.force.gate(gateway)) {
            Err(closed) => Met::Closed(closed),
            Ok(gate) => decides(&gate.unwrap(), 1).map_or(Met::Nothing, Met::Decided),
        }
    }

    async fn until_met(&self, gateway: &str, expected: Met) {
        let met = async {
            while self.meets(gateway).await != expected {
                tokio::task::yield_now().await;
            }
        };
        let waited = tokio::time::timeout(LONG, met).await;
        assert!(
            waited.is_ok(),
            "{:?}, not {expected:?}",
            self.meets(gateway).await
        );
    }

    /// A gateway whose engine allows small refunds, and that engine.
    async fn allowing(&self) -> (String, String) {
        let engine = self.engine().await;
        let gateway = self.gateway(Some((&engine, "ENFORCE"))).await;
        self.target(&gateway).await;
        self.policy(&engine, &gateway, "Below", "permit", 1000).await;
        self.until_met(&gateway, Met::Decided(true)).await;
        (gateway, engine)
    }

    /// Two gateways with an engine each that allows small refunds, and the ids of the first one's policy.
    async fn two(&self) -> ([String; 2], [String; 2], String) {
        let engines = [self.engine().await, self.engine_named("Other").await];
        let mut gateways = Vec::new();
        let mut policies = Vec::new();
        for (engine, name) in engines.iter().zip(["refunds", "others"]) {
            let gateway = self.gateway_named(name, Some((engine, "ENFORCE"))).await;
            self.target(&gateway).await;
            let below = format!("Below_{name}");
            policies.push(self.policy(engine, &gateway, &below, "permit", 1000).await);
            self.until_met(&gateway, Met::Decided(true)).await;
            gateways.push(gateway);
        }
        let policy = policies[0]["policyId"].as_str().unwrap().to_owned();
        (engines, gateways.try_into().unwrap(), policy)
    }

    /// Another body for a record, behind the back of all; gives the one before.
    async fn write(&self, kind: Kind, id: &str, body: impl FnOnce(&str) -> String) -> String {
        let id = id.to_owned();
        let mut record = self.store.get(&Key { kind, id }).await.unwrap().unwrap();
        let before = std::mem::take(&mut record.body);
        record.body = body(&before);
        self.store.commit(vec![Write::Replace(record)]).await.unwrap();
        before
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_cannot_be_read_closes_the_gateways_of_its_engine_alone() {
    let rig = Rig::new().await;
    let (engines, [concerned, other], policy) = rig.two().await;
    for (turn, damage) in [
        (|_: &str| "no JSON".to_owned()) as fn(&str) -> String,
        |_| "{}".to_owned(),
        |body| body.replace("permit(", "permitt("),
    ]
    .into_iter()
    .enumerate()
    {
        let before = rig.write(Kind::Policy, &policy, damage).await;
        rig.until_met(&concerned, Met::Nothing).await;
        assert_eq!(rig.meets(&other).await, Met::Decided(true));
        // What is told is in force for the next call, as ever.
        let name = format!("Forbid{turn}");
        let forbid = rig.policy(&engines[1], &other, &name, "forbid", 100).await;
        assert_eq!(rig.meets(&other).await, Met::Decided(false));
        rig.call("DeletePolicy", forbid).await;
        rig.until_met(&other, Met::Decided(true)).await;
        // And nothing is allowed where it is not known, whatever else comes to that engine.
        let name = format!("Permit{turn}");
        let id = rig
            .call(
                "CreatePolicy",
                json!({
                    "policyEngineId": engines[0], "name": name, "definition": definition(&concerned, "permit", 9),
                    "validationMode": "IGNORE_ALL_FINDINGS",
                }),
            )
            .await["policyId"]
            .clone();
        rig.until(
            "GetPolicy",
            json!({"policyEngineId": engines[0], "policyId": id}),
            "ACTIVE",
        )
        .await;
        assert_eq!(rig.meets(&concerned).await, Met::Nothing);
        rig.write(Kind::Policy, &policy, |_| before).await;
        rig.until_met(&concerned, Met::Decided(true)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_whose_very_row_cannot_be_read_closes_them_too() {
    let rig = Rig::new().await;
    let (_, [concerned, other], policy) = rig.two().await;
    let file = rig.directory.path().join("backend.sqlite");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
    let hand = SqlitePool::connect_with(options).await.unwrap();
    let set = async |status: &str| {
        let sql = format!("UPDATE records SET status = {status} WHERE id = ?");
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(&policy);
        query.execute(&hand).await.unwrap();
    };
    // No text in UTF-8.
    set("CAST(x'ff' AS TEXT)").await;
    rig.until_met(&concerned, Met::Nothing).await;
    rig.until_met(&other, Met::Decided(true)).await;
    set("'ACTIVE'").await;
    rig.until_met(&concerned, Met::Decided(true)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_or_a_target_that_cannot_be_read_closes_that_gateway_alone() {
    let rig = Rig::new().await;
    let (engines, [concerned, other], _) = rig.two().await;
    let named = json!({"gatewayIdentifier": concerned});
    let targets = rig.call("ListGatewayTargets", named).await;
    let target = targets["items"][0]["targetId"].as_str().unwrap().to_owned();
    for (turn, (kind, id)) in [(Kind::Gateway, &concerned), (Kind::Target, &target)]
        .into_iter()
        .enumerate()
    {
        let before = rig.write(kind, id, |_| "no JSON".to_owned()).await;
        rig.until_met(&concerned, Met::Closed(Closed::Unreadable)).await;
        let name = format!("Forbid{turn}");
        let forbid = rig.policy(&engines[1], &other, &name, "forbid", 100).await;
        assert_eq!(rig.meets(&other).await, Met::Decided(false));
        rig.call("DeletePolicy", forbid).await;
        rig.until_met(&other, Met::Decided(true)).await;
        // One that is read as it begins meets the same.
        let begun = rig.other();
        begun.force.loaded().await;
        assert_eq!(begun.meets(&concerned).await, Met::Closed(Closed::Unreadable));
        assert_eq!(begun.meets(&other).await, Met::Decided(true));
        rig.write(kind, id, |_| before).await;
        rig.until_met(&concerned, Met::Decided(true)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_call_is_decided_by_what_was_in_force_before_a_change_that_takes_long() {
    let rig = Rig::patient(Duration::from_secs(1)).await;
    let engine = rig.engine().await;
    let gateway = rig.gateway(Some((&engine, "ENFORCE"))).await;
    rig.target(&gateway).await;
    let permit = rig.policy(&engine, &gateway, "Below", "permit", 1000).await;
    assert_eq!(rig.meets(&gateway).await, Met::Decided(true));
    // Nobody puts anything in force any more.
    rig.stop.cancel();
    rig.call("DeletePolicy", permit).await;
    assert_eq!(rig.meets(&gateway).await, Met::Closed(Closed::Behind));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_read_is_relied_on_for_a_while_when_the_database_is_away() {
    let patience = Duration::from_secs(2);
    let rig = Rig::patient(patience).await;
    let open = rig.gateway_named("open", None).await;
    rig.target(&open).await;
    let (gateway, _engine) = rig.allowing().await;
    rig.store.away.store(true, Ordering::SeqCst);
    let since = Instant::now();
    let met = async {
        loop {
            let met = rig.meets(&gateway).await;
            if met != Met::Decided(true) {
                return met;
            }
            tokio::task::yield_now().await;
        }
    };
    let met = tokio::time::timeout(LONG, met).await.unwrap();
    assert_eq!(met, Met::Closed(Closed::Stale));
    assert!(since.elapsed() > patience / 2, "{:?}", since.elapsed());
    // One that nothing governs may be governed by now.
    assert_eq!(rig.meets(&open).await, Met::Closed(Closed::Stale));
    rig.store.away.store(false, Ordering::SeqCst);
    rig.until_met(&gateway, Met::Decided(true)).await;
    rig.until_met(&open, Met::Decided(true)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_that_are_known_and_cannot_be_read_are_not_passed_over_for_ever() {
    let rig = Rig::patient(Duration::from_secs(1)).await;
    let (gateway, engine) = rig.allowing().await;
    rig.store.blind.store(true, Ordering::SeqCst);
    let other = rig.beside();
    other.policy(&engine, &gateway, "Forbid", "forbid", 1000).await;
    rig.until_met(&gateway, Met::Closed(Closed::Stale)).await;
    rig.store.blind.store(false, Ordering::SeqCst);
    rig.until_met(&gateway, Met::Decided(false)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_an_outage_nothing_is_let_through_by_what_was_in_force_before_it() {
    let rig = Rig::patient(Duration::from_millis(500)).await;
    let (gateway, engine) = rig.allowing().await;
    rig.store.away.store(true, Ordering::SeqCst);
    rig.until_met(&gateway, Met::Closed(Closed::Stale)).await;
    let other = rig.beside();
    other.policy(&engine, &gateway, "Forbid", "forbid", 1000).await;
    // It is there again, and takes its time.
    rig.store.blind.store(true, Ordering::SeqCst);
    rig.store.away.store(false, Ordering::SeqCst);
    let looks = || rig.store.looks.load(Ordering::SeqCst);
    let before = looks();
    let looked = async {
        while looks() < before + 3 {
            assert_eq!(rig.meets(&gateway).await, Met::Closed(Closed::Stale));
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LONG, looked).await.unwrap();
    rig.store.blind.store(false, Ordering::SeqCst);
    let decided = async {
        loop {
            match rig.meets(&gateway).await {
                Met::Closed(_) => tokio::task::yield_now().await,
                met @ (Met::Nothing | Met::Decided(_)) => return met,
            }
        }
    };
    let decided = tokio::time::timeout(LONG, decided).await.unwrap();
    assert_eq!(decided, Met::Decided(false));
}
