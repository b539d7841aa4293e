//! Whatever is judged by the tools of before is overtaken.

use super::*;
use crate::backend::control::revalidate;
use crate::backend::control::tests::overtaken::{Interlude, Overtaken, over};
use std::sync::Mutex;

impl Shop {
    /// In a process of its own: the tools are these, and policies are judged again by them.
    fn judged_by(&self, tools: &'static str) -> Interlude {
        let control = over(&self.rig, Arc::clone(&self.rig.control.store));
        let target = self.target["targetId"].as_str().unwrap().to_owned();
        let gateway = self.gateway.clone();
        Box::pin(async move {
            let mut stored = control.find::<TargetBody>(&target).await.unwrap().unwrap();
            let configuration = lambda(&amounts(tools));
            let tools = control.tools.tools("Orders", &configuration).await.unwrap();
            let changed = revalidate::changed(&control, &stored.body.name, &stored.body.tools, &tools);
            stored.body.tools = tools;
            assert!(control.commit(vec![stored.replace().unwrap()]).await.unwrap());
            revalidate::of_gateway(&control, &gateway, &changed)
                .await
                .unwrap();
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_was_judged_by_old_tools_is_judged_by_the_new_ones() {
    for creating in [true, false] {
        let shop = Shop::new(&[ALWAYS]).await;
        let policy = if creating {
            let create = new_policy(&shop.engine, "p", &shop.text(REFUND));
            let made = shop.rig.ok("CreatePolicy", create).await["policyId"].clone();
            json!({"policyEngineId": shop.engine, "policyId": made})
        } else {
            let policy = shop.policy("p", REFUND).await;
            shop.rig.ok("UpdatePolicy", policy.clone()).await;
            policy
        };
        shop.rig.machine.advance(DELAY);
        // It is found good, and not kept yet, when the tools change.
        let store = Overtaken::by(&shop.rig.control.store, shop.judged_by("number"));
        over(&shop.rig, store).settle().await.unwrap();
        let (status, reasons) = shop.shown(&policy).await;
        let expected = if creating {
            "CREATE_FAILED"
        } else {
            "UPDATE_FAILED"
        };
        assert_eq!(status, expected);
        assert!(reasons[0].contains(OTHER_TYPE), "{reasons:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_changes_at_once_the_later_one_has_the_last_word() {
    for (first, second, status) in [
        ("number", "integer", "ACTIVE"),
        ("integer", "number", "UPDATE_FAILED"),
    ] {
        let shop = Shop::new(&[ALWAYS]).await;
        let policy = shop.policy("p", REFUND).await;
        if first == "integer" {
            shop.judged_by("number").await;
            shop.is(&policy, "UPDATE_FAILED").await;
        }
        let target = shop.kept_target().await;
        let configuration = lambda(&amounts(first));
        let tools = shop.rig.control.tools.tools("Orders", &configuration).await;
        let tools = tools.unwrap();
        let changed = revalidate::changed(&shop.rig.control, &target.body.name, &target.body.tools, &tools);
        let mut changing = target;
        changing.body.tools = tools;
        assert!(
            shop.rig
                .control
                .commit(vec![changing.replace().unwrap()])
                .await
                .unwrap()
        );
        let store = Overtaken::by(&shop.rig.control.store, shop.judged_by(second));
        let control = over(&shop.rig, store);
        revalidate::of_gateway(&control, &shop.gateway, &changed)
            .await
            .unwrap();
        shop.is(&policy, status).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_under_way_goes_on() {
    let shop = Shop::new(&[ALWAYS]).await;
    let policy = shop.policy("p", REFUND).await;
    shop.rig.ok("DeletePolicy", policy.clone()).await;
    let before = shop.kept(&policy).await.record;
    shop.judged_by("number").await;
    assert_eq!(shop.kept(&policy).await.record, before);
    shop.rig.settle().await;
    shop.rig.missing("GetPolicy", policy).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_is_renewed_as_long_as_the_work_goes_on_and_somebody_has_not_taken_over() {
    let shop = Shop::new(&[ALWAYS]).await;
    let control = &shop.rig.control;
    for taken_over in [false, true] {
        let mut held = shop.kept_target().await;
        let version = held.record.version;
        if taken_over {
            let other = held.replace().unwrap();
            assert!(control.commit(vec![other]).await.unwrap());
        }
        let ended = Mutex::new(false);
        let work = async {
            // Ends when the lease was renewed twice; never, when it cannot be.
            while shop.kept_target().await.record.version < version + 2 {
                tokio::task::yield_now().await;
            }
            *ended.lock().unwrap() = true;
            Ok(())
        };
        let every = Duration::from_millis(1);
        let held = revalidate::renewing(control, &mut held, every, work)
            .await
            .unwrap();
        assert_eq!((held, *ended.lock().unwrap()), (!taken_over, !taken_over));
    }
}
