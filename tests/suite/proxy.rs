//! The proxy of the crash tests, tried with kubectl in the place of the operator.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::rig::Namespace;
use crate::rig::proxy::{Gate, Moment, Mutation, to_api_server};
use crate::rig::wait::wait_for;

#[test]
fn a_request_that_changes_something_is_known_and_can_be_held_on_either_side_of_the_server() {
    let namespace = Namespace::new("proxy");
    let gate = Gate::new();
    let through = to_api_server(&gate, namespace.cluster, &namespace.cluster.kubeconfig());
    let create = |name: &str| {
        let args = ["create", "configmap", name, "-n", namespace.name.as_str()];
        namespace.cluster.kubectl_with(&through, &args, "")
    };
    create("free").success();
    let first = Mutation {
        what: "POST /api/v1/namespaces/*/configmaps".to_owned(),
        nth: 0,
    };
    assert_eq!(gate.mutations(), std::slice::from_ref(&first));

    for (moment, name, done) in [
        (Moment::BeforeForward, "unsent", false),
        (Moment::BeforeReply, "unheard", true),
    ] {
        gate.hold(first.clone(), moment);
        thread::scope(|scope| {
            let client = scope.spawn(|| create(name));
            wait_for("the request to be held", Duration::from_secs(20), || gate.holds());
            assert_eq!(namespace.get("configmap", name).is_some(), done, "{moment:?}");
            Arc::clone(&gate).open();
            client.join().expect("the client ends").failure();
        });
    }
    create("free-again").success();
}
