//! A process ends between the change of the tools and the judging.

use super::*;
use crate::backend::control::revalidate::LEASE;
use crate::backend::control::tests::overtaken::over;
use std::task::Poll;

impl Shop {
    /// Settles what is due as a process that is killed when this is true of what it left in the store.
    async fn killed_when(&self, is_reached: impl AsyncFn(&Self) -> bool) {
        let control = over(&self.rig, Arc::clone(&self.rig.control.store));
        let mut settling = Box::pin(control.settle());
        while !is_reached(self).await {
            let polled = futures::poll!(&mut settling);
            assert!(matches!(polled, Poll::Pending), "it was settled before");
            tokio::task::yield_now().await;
        }
    }

    /// A policy, and a target whose tools became others when the process was killed: the new ones are kept, and by them
    /// nothing is judged yet.
    async fn killed_in_a_change() -> (Self, Value) {
        let shop = Shop::new(&[ALWAYS]).await;
        let policy = shop.policy("r", REFUND).await;
        shop.change(&amounts("number")).await;
        shop.rig.machine.advance(DELAY);
        shop.killed_when(async |shop| !shop.kept_target().await.body.unjudged.is_empty())
            .await;
        (shop, policy)
    }

    async fn restarted(self) -> Self {
        Self {
            rig: self.rig.restarted().await,
            ..self
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tools_that_are_kept_are_judged_by_after_a_crash() {
    let (shop, policy) = Shop::killed_in_a_change().await;
    let left = shop.kept_target().await;
    assert_eq!(left.record.status, "UPDATING");
    assert_eq!(left.record.due, Some(shop.rig.machine.now() + 10_000_000));
    let shop = shop.restarted().await;
    shop.rig.control.settle().await.unwrap();
    shop.is(&policy, "ACTIVE").await;
    let named = shop.target.clone();
    assert_eq!(
        shop.rig.ok("GetGatewayTarget", named.clone()).await["status"],
        "UPDATING"
    );
    shop.rig.machine.advance(LEASE);
    shop.rig.control.settle().await.unwrap();
    shop.fails(&policy, OTHER_TYPE).await;
    assert_eq!(shop.rig.ok("GetGatewayTarget", named).await["status"], "READY");
    assert!(shop.kept_target().await.body.unjudged.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mark_that_is_left_means_nothing_to_a_backend_that_never_judges_again() {
    let (shop, policy) = Shop::killed_in_a_change().await;
    let mut shop = shop.restarted().await;
    shop.rig.control.switches = Switches::default();
    shop.rig.machine.advance(LEASE);
    shop.rig.control.settle().await.unwrap();
    shop.is(&policy, "ACTIVE").await;
    let named = shop.target.clone();
    assert_eq!(shop.rig.ok("GetGatewayTarget", named).await["status"], "READY");
    assert!(shop.kept_target().await.body.unjudged.is_empty());
}

/// The other process of two on one database does it.
#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_goes_stays_until_policies_were_judged_without_it() {
    let shop = Shop::new(&[ALWAYS]).await;
    let policy = shop.policy("r", REFUND).await;
    shop.rig.ok("DeleteGatewayTarget", shop.target.clone()).await;
    shop.rig.machine.advance(DELAY);
    shop.killed_when(async |shop| !shop.kept_target().await.body.unjudged.is_empty())
        .await;
    shop.is(&policy, "ACTIVE").await;
    let other = over(&shop.rig, Arc::clone(&shop.rig.control.store));
    shop.rig.machine.advance(LEASE);
    other.settle().await.unwrap();
    shop.rig.missing("GetGatewayTarget", shop.target.clone()).await;
    shop.fails(&policy, GONE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attachment_is_judged_after_a_crash() {
    let shop = Shop::new(&[ALWAYS]).await;
    shop.attach(Some(&shop.engine)).await;
    let all = "permit(USER, action, resource is AgentCore::Gateway) when { principal.hasTag(\"sub\") };";
    let policy = shop.policy("all", all).await;
    let before = shop.kept(&policy).await.record.version;
    let update = with(new_gateway("shop"), "gatewayIdentifier", json!(shop.gateway));
    shop.rig.ok("UpdateGateway", update).await;
    let key = Key {
        kind: Kind::Gateway,
        id: shop.gateway.clone(),
    };
    let lease = shop.rig.machine.now() + 50_000 + 10_000_000;
    shop.rig.machine.advance(DELAY);
    shop.killed_when(async |shop| {
        let gateway = shop.rig.control.store.get(&key).await.unwrap().unwrap();
        gateway.due == Some(lease)
    })
    .await;
    assert_eq!(shop.kept(&policy).await.record.version, before);
    let shop = shop.restarted().await;
    shop.rig.machine.advance(LEASE);
    shop.rig.control.settle().await.unwrap();
    assert_eq!(
        shop.kept(&policy).await.record.version,
        before + 1,
        "it was judged"
    );
    let named = json!({"gatewayIdentifier": shop.gateway});
    assert_eq!(shop.rig.ok("GetGateway", named).await["status"], "READY");
    let gateway = shop.rig.control.store.get(&key).await.unwrap().unwrap();
    assert_eq!(gateway.due, None);
    assert!(!gateway.body.contains("unjudged"), "{}", gateway.body);
}
