//! Ready is truthful: what the operator says is held against what the backend has, again and again
//! (reliability.md, I3).

use serde_json::{Value, json};

use crate::lifecycle::scene::{SOON, Scene, UNCHECKED_TAG, engine, observed, permit, policy, ready};
use crate::rig::kstatus::assert_contract;
use crate::rig::wait::wait_until;

/// Looks at one policy in the API server and in the backend.
struct Sampler<'a> {
    scene: &'a Scene,
    name: &'static str,
    /// Looks at which the object said that it was ready as it stood.
    ready: usize,
    /// Looks at which it did not, and the backend was at work or had something else.
    unready: usize,
}

impl<'a> Sampler<'a> {
    fn new(scene: &'a Scene, name: &'static str) -> Self {
        Self {
            scene,
            name,
            ready: 0,
            unready: 0,
        }
    }

    /// The object as it stands; none if it is not there.
    fn object(&self) -> Option<Value> {
        self.scene.namespace.get("policies", self.name)
    }

    /// One look. The object is read before and after the backend: if nobody has touched it meanwhile, what
    /// it says it said at the moment at which the backend was asked.
    fn look(&mut self) -> Option<Value> {
        let (object, policies) = loop {
            let object = self.object()?;
            let policies = self.scene.policies();
            let again = self.object()?;
            if object["metadata"]["resourceVersion"] == again["metadata"]["resourceVersion"] {
                break (object, policies);
            }
        };
        assert_contract(&object);
        let wanted = &object["spec"]["definition"]["cedar"]["statement"];
        let agrees = |policy: &Value| {
            policy["status"] == "ACTIVE" && policy["definition"]["cedar"]["statement"] == *wanted
        };
        if ready(&object)["status"] == "True" && observed(&object) {
            let here = policies.len() == 1 && policies.iter().all(agrees);
            assert!(
                here,
                "Ready is True, and the backend has {policies:?}, the object is {object}"
            );
            self.ready += 1;
        } else if !policies.iter().any(agrees) {
            self.unready += 1;
        }
        Some(object)
    }

    /// Looks until `condition` holds of the object; the rig's waiting looks every 25 ms.
    #[track_caller]
    fn until(&mut self, what: &str, condition: impl Fn(Option<&Value>) -> bool) {
        wait_until(what, SOON, || {
            let object = self.look();
            if condition(object.as_ref()) {
                Ok(())
            } else {
                Err(object.map_or_else(|| "nothing".to_owned(), |object| object["status"].to_string()))
            }
        });
    }

    #[track_caller]
    fn until_ready(&mut self, statement: &str) {
        self.until("Ready", |object| {
            object.is_some_and(|object| {
                observed(object)
                    && ready(object)["status"] == "True"
                    && object["spec"]["definition"]["cedar"]["statement"] == statement
            })
        });
    }

    #[track_caller]
    fn until_reason(&mut self, reason: &str) {
        self.until(reason, |object| {
            object.is_some_and(|object| observed(object) && ready(object)["reason"] == reason)
        });
    }
}

#[test]
fn ready_is_never_true_over_another_statement_or_another_status_than_active() {
    let scene = Scene::with_backend("truth", &["--transition-delay", "400ms"]);
    let mut sampler = Sampler::new(&scene, "agents");
    let apply = |statement: &str| scene.apply(&[policy("agents", statement)]);
    let operator = scene.operator();
    scene.apply(&[engine("refunds", json!({}))]);
    apply(&permit("agent"));
    sampler.until_ready(&permit("agent"));
    for role in ["one", "two", "three"] {
        apply(&permit(role));
        sampler.until_ready(&permit(role));
    }
    // Two edits in a row: the first may be under way when the second comes.
    apply(&permit("four"));
    sampler.until("the first of two edits to be sent", |_| {
        scene
            .policies()
            .iter()
            .any(|policy| policy["status"] == "UPDATING")
    });
    apply(&permit("five"));
    sampler.until_ready(&permit("five"));
    apply(UNCHECKED_TAG);
    sampler.until_reason("UpdateFailed");
    apply(&permit("six"));
    sampler.until_ready(&permit("six"));

    operator.kill();
    apply(&permit("seven"));
    let _operator = scene.operator();
    sampler.until_ready(&permit("seven"));
    scene.delete("acpol/agents");
    sampler.until("the policy to be gone", |object| object.is_none());
    assert_eq!(scene.policies(), Vec::<Value>::new());
    assert!(sampler.ready >= 7, "{} looks at a ready policy", sampler.ready);
    assert!(
        sampler.unready >= 30,
        "{} looks at work under way",
        sampler.unready
    );
}
