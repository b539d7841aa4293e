//! Who has to wait when AWS's rates let everything take its time.

use super::scene::{Scene, engine, observed, permit, policy};
use serde_json::{Value, json};

/// More than an operator takes up at once; at five creates a second, half a minute's work.
const MANY: usize = 150;

#[test]
fn what_is_deleted_or_asked_for_does_not_wait_for_all_that_is_created() {
    let scene = Scene::new("turns");
    let _operator = scene.operator();
    let named = |name: &str| policy(name, &permit(name));
    scene.apply(&[engine("refunds", json!({})), named("one"), named("two")]);
    scene.until_ready("acpol/one");
    scene.until_ready("acpol/two");
    let many: Vec<Value> = (0..MANY).map(|number| named(&format!("p{number}"))).collect();
    scene.apply(&many);
    scene.delete("acpol/one");
    let request = "agentcore.dev/reconcile-requested-at=now";
    let annotate = ["annotate", "acpol/two", request];
    scene.namespace.kubectl(&annotate).success();
    scene.until_gone("acpol/one");
    scene.until("acpol/two", "answered", |object| {
        object["status"]["lastHandledReconcileAt"] == "now" && observed(object)
    });
    let made = scene.policies().len();
    assert!(made < MANY / 2, "{made} of {MANY} were made by then");
}
