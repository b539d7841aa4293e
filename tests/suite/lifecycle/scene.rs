//! What these tests share: a namespace, a backend, manifests, and questions to both.

use crate::rig::kstatus::assert_contract;
use crate::rig::{Backend, Namespace, Operator, OperatorSetup, wait_until};
use serde_json::{Value, json};
use std::time::Duration;

/// Long enough for a busy machine; what must be fast is measured by itself.
pub const SOON: Duration = Duration::from_secs(20);

/// A statement that AWS takes: callers with this role may use everything.
pub fn permit(role: &str) -> String {
    format!(
        "permit(principal is AgentCore::OAuthUser, action, resource is AgentCore::Gateway) \
         when {{ principal.hasTag(\"role\") && principal.getTag(\"role\") == \"{role}\" }};"
    )
}

/// A statement that AWS takes: callers with this role may use nothing.
pub fn forbid(role: &str) -> String {
    permit(role).replacen("permit", "forbid", 1)
}

/// Engine `refunds` and its policy `agents`.
pub fn engine_and_policy() -> [Value; 2] {
    [engine("refunds", json!({})), policy("agents", &permit("agent"))]
}

/// Engine `refunds` and so many policies of it.
pub fn engine_and_policies(count: usize) -> Vec<Value> {
    let name = |number: usize| format!("p{number:03}");
    let policies = (0..count).map(|number| policy(&name(number), &permit(&name(number))));
    std::iter::once(engine("refunds", json!({})))
        .chain(policies)
        .collect()
}

/// A statement that parses and does not validate: a tag is read without a look whether it is there.
pub const UNCHECKED_TAG: &str = "permit(principal is AgentCore::OAuthUser, action, resource is AgentCore::Gateway) \
                                 when { principal.getTag(\"role\") == \"a\" };";

/// A `PolicyEngine` with this spec.
#[expect(
    clippy::needless_pass_by_value,
    reason = "specs are written where they are used"
)]
pub fn engine(name: &str, spec: Value) -> Value {
    json!({"apiVersion": "agentcore.dev/v1alpha1", "kind": "PolicyEngine", "metadata": {"name": name}, "spec": spec})
}

/// A `Policy` of `refunds` with this statement.
pub fn policy(name: &str, statement: &str) -> Value {
    json!({
        "apiVersion": "agentcore.dev/v1alpha1", "kind": "Policy", "metadata": {"name": name},
        "spec": {"policyEngineRef": {"name": "refunds"}, "definition": {"cedar": {"statement": statement}}}
    })
}

/// `object` with `value` at `pointer` in its spec.
pub fn with(mut object: Value, field: &str, value: Value) -> Value {
    object["spec"][field] = value;
    object
}

/// A namespace and a backend; operators come and go.
pub struct Scene {
    pub namespace: Namespace,
    pub backend: Backend,
}

impl Scene {
    #[track_caller]
    pub fn new(what: &str) -> Self {
        Self::with_backend(what, &[])
    }

    #[track_caller]
    pub fn with_backend(what: &str, args: &[&str]) -> Self {
        Self::within(Namespace::new(what), args)
    }

    /// In a namespace that is there.
    #[track_caller]
    pub fn within(namespace: Namespace, args: &[&str]) -> Self {
        let backend = Backend::start(&namespace.dir(), args);
        Self { namespace, backend }
    }

    #[track_caller]
    pub fn setup(&self) -> OperatorSetup<'_> {
        OperatorSetup::aws(&self.namespace, &self.backend.url)
    }

    #[track_caller]
    pub fn operator(&self) -> Operator {
        self.setup().start_ready()
    }

    #[track_caller]
    pub fn apply(&self, objects: &[Value]) {
        let list = json!({"apiVersion": "v1", "kind": "List", "items": objects});
        self.namespace.apply(&list.to_string()).success();
    }

    /// An object, named as `kind/name` like `acpol/p`. Whatever state it is in, it is one that waiters understand.
    #[track_caller]
    pub fn object(&self, which: &str) -> Option<Value> {
        let (kind, name) = which.split_once('/').expect("kind/name");
        let object = self.namespace.get(kind, name);
        object.inspect(|object| drop(assert_contract(object)))
    }

    /// Waits until `condition` holds of an object, and returns it.
    #[track_caller]
    pub fn until(&self, which: &str, what: &str, condition: impl Fn(&Value) -> bool) -> Value {
        wait_until(&format!("{which} to be {what}"), SOON, || {
            match self.object(which) {
                Some(object) if condition(&object) => Ok(object),
                other => {
                    Err(other.map_or_else(|| "nothing".to_owned(), |object| object["status"].to_string()))
                }
            }
        })
    }

    /// Waits until `Ready` has this reason, of the generation that is.
    #[track_caller]
    pub fn until_reason(&self, which: &str, reason: &str) -> Value {
        self.until(which, reason, |object| {
            ready(object)["reason"] == reason && observed(object)
        })
    }

    #[track_caller]
    pub fn until_ready(&self, which: &str) -> Value {
        self.until(which, "Ready", |object| {
            ready(object)["status"] == "True" && observed(object)
        })
    }

    #[track_caller]
    pub fn until_gone(&self, which: &str) {
        wait_until(&format!("{which} to be gone"), SOON, || {
            match self.object(which) {
                None => Ok(()),
                Some(object) => Err(object.to_string()),
            }
        });
    }

    #[track_caller]
    pub fn delete(&self, which: &str) {
        self.namespace
            .kubectl(&["delete", which, "--wait=false"])
            .success();
    }

    #[track_caller]
    pub fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        self.backend.call(method, path, body)
    }

    /// All engines that the backend has.
    #[track_caller]
    pub fn engines(&self) -> Vec<Value> {
        let page = self.call("GET", "/policy-engines?maxResults=100", &Value::Null);
        page["policyEngines"].as_array().expect("a list").clone()
    }

    /// All policies of all engines that the backend has.
    #[track_caller]
    pub fn policies(&self) -> Vec<Value> {
        let of_engine = |engine: &Value| {
            let id = engine["policyEngineId"].as_str().expect("an id");
            let page = self.call(
                "GET",
                &format!("/policy-engines/{id}/policies?maxResults=100"),
                &Value::Null,
            );
            page["policies"].as_array().expect("a list").clone()
        };
        self.engines().iter().flat_map(of_engine).collect()
    }

    /// The path of the backend's only policy.
    #[track_caller]
    pub fn policy_path(&self) -> String {
        let policies = self.policies();
        assert_eq!(policies.len(), 1, "{policies:?}");
        let text = |key: &str| policies[0][key].as_str().expect("a text").to_owned();
        format!(
            "/policy-engines/{}/policies/{}",
            text("policyEngineId"),
            text("policyId")
        )
    }

    /// Waits until the backend is at work on none of its policies: until then it refuses to change them.
    #[track_caller]
    pub fn until_policies_rest(&self) {
        wait_until("the policies to be at rest", SOON, || {
            let policies = self.policies();
            let at_work = |policy: &Value| {
                policy["status"]
                    .as_str()
                    .is_some_and(|status| status.ends_with("ING"))
            };
            let busy = policies.iter().any(at_work);
            (!busy).then_some(()).ok_or_else(|| format!("{policies:?}"))
        });
    }

    /// Waits until the backend has no engine and no policy.
    #[track_caller]
    pub fn until_backend_is_empty(&self) {
        wait_until("the backend to be empty", SOON, || match self.engines() {
            engines if engines.is_empty() => Ok(()),
            engines => Err(format!("{engines:?}")),
        });
    }

    /// Sets an annotation, `KEY=VALUE`, of `KIND/NAME`.
    #[track_caller]
    pub fn annotate(&self, which: &str, annotation: &str) {
        let args = ["annotate", "--overwrite", which, annotation];
        self.namespace.kubectl(&args).success();
    }

    /// The Events about an object, as `reason: note`.
    #[track_caller]
    pub fn events(&self, name: &str) -> Vec<String> {
        let field = format!("regarding.name={name}");
        let listed = self.namespace.kubectl(&[
            "get",
            "events.events.k8s.io",
            "--field-selector",
            &field,
            "-o",
            "json",
        ]);
        let listed: Value = serde_json::from_str(&listed.success()).expect("JSON");
        let items = listed["items"].as_array().expect("a list");
        let text = |event: &Value| {
            format!(
                "{}: {}",
                event["reason"].as_str().unwrap_or_default(),
                event["note"].as_str().unwrap_or_default()
            )
        };
        items.iter().map(text).collect()
    }

    /// How often an operator wrote an object, Events apart.
    pub fn writes(&self, resource: &str, name: &str) -> usize {
        let namespace = &self.namespace;
        namespace
            .cluster
            .writes(&namespace.operator_user(), resource, &namespace.name, name)
            .len()
    }
}

/// The condition `Ready`, or null.
pub fn ready(object: &Value) -> Value {
    condition(object, "Ready")
}

/// A condition, or null.
pub fn condition(object: &Value, kind: &str) -> Value {
    let conditions = object["status"]["conditions"].as_array();
    conditions
        .into_iter()
        .flatten()
        .find(|c| c["type"] == kind)
        .cloned()
        .unwrap_or_default()
}

/// Whether the status speaks of the generation that is.
pub fn observed(object: &Value) -> bool {
    object["status"]["observedGeneration"] == object["metadata"]["generation"]
}

/// The message of `Ready`.
pub fn message(object: &Value) -> String {
    ready(object)["message"].as_str().unwrap_or_default().to_owned()
}

/// How often an operator has called this operation of `AgentCore`.
pub fn calls(operator: &Operator, operation: &str) -> u64 {
    let series = format!("agentcore_operator_backend_requests_total{{operation=\"{operation}\"");
    count(operator, &series)
}

/// How many passes an operator has made.
pub fn passes(operator: &Operator) -> u64 {
    count(operator, "controller_runtime_reconcile_total")
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counters are small whole numbers"
)]
fn count(operator: &Operator, series: &str) -> u64 {
    operator.metric(series).round() as u64
}
