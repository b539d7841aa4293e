//! The proxy of the fault plans, tried with kubectl in the place of the operator.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::rig::Namespace;
use crate::rig::proxy::{Fault, Gate, Mutation, to_api_server};
use crate::rig::wait::wait_for;

fn first() -> Mutation {
    Mutation {
        what: "POST /api/v1/namespaces/*/configmaps".to_owned(),
        nth: 0,
    }
}

/// What kubectl is told when it creates a `ConfigMap` through a gate with this fault, and whether it was made.
fn created(namespace: &Namespace, name: &str, fault: Option<Fault>) -> (bool, bool, Arc<Gate>) {
    let gate = Gate::new();
    let through = to_api_server(&gate, namespace.cluster, &namespace.cluster.kubeconfig());
    gate.inject(fault.map(|fault| (first(), fault)));
    let args = ["create", "configmap", name, "-n", namespace.name.as_str()];
    let told = thread::scope(|scope| {
        let client = scope.spawn(|| namespace.cluster.kubectl_with(&through, &args, ""));
        if matches!(fault, Some(Fault::HoldRequest | Fault::HoldReply)) {
            wait_for("the request to be held", Duration::from_secs(20), || gate.holds());
            let made = namespace.get("configmaps", name).is_some();
            assert_eq!(made, fault == Some(Fault::HoldReply), "{fault:?}");
            gate.open();
        }
        client.join().expect("the client ends").code == Some(0)
    });
    assert_eq!(gate.met(), fault.is_some());
    (told, namespace.get("configmaps", name).is_some(), gate)
}

#[test]
fn a_request_that_changes_something_is_known_and_can_be_held_lost_doubled_or_refused() {
    let namespace = Namespace::new("proxy");
    let later = Duration::from_millis(300);
    for (name, fault, succeeds, made) in [
        ("free", None, true, true),
        ("unsent", Some(Fault::HoldRequest), false, false),
        ("unheard", Some(Fault::HoldReply), false, true),
        ("lost", Some(Fault::LoseReply), false, true),
        ("reset", Some(Fault::Reset), false, false),
        ("delayed", Some(Fault::Delay(later)), true, true),
        ("doubled", Some(Fault::Duplicate), true, true),
        ("refused", Some(Fault::Answer(409)), false, false),
        ("held-after", Some(Fault::HoldNext), true, true),
    ] {
        let (told, there, gate) = created(&namespace, name, fault);
        assert_eq!((told, there), (succeeds, made), "{name}");
        assert_eq!(gate.mutations(), [first()], "{name}");
        assert_eq!(gate.done().len(), usize::from(made), "{name}");
        assert_eq!(gate.holds(), fault == Some(Fault::HoldNext), "{name}");
    }
}
