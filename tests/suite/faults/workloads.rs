//! The workloads of reliability.md 4: what people do to objects, from an empty stage to an empty stage.

use serde_json::{Value, json};

use super::gateways;
use super::plan::{Mode, Plan};
use super::stage::Run;
use super::truth::Look;
use crate::lifecycle::scene::{engine, forbid, permit, policy, with};
use crate::rig::proxy::Mutation;

/// Something that people do.
pub struct Workload {
    /// Its name, as in the ids of plans.
    pub name: &'static str,
    /// What is done.
    pub script: fn(&Run<'_>),
    /// Which of its plans are played; the others do the same to another object (reliability.md 5.5).
    pub chosen: fn(&Plan) -> bool,
}

/// All of them.
pub const ALL: [Workload; 10] = [
    Workload {
        name: "life",
        script: |run| life(run, &unnamed()),
        chosen: |_| true,
    },
    Workload {
        name: "named",
        script: |run| life(run, &named()),
        chosen: |_| true,
    },
    Workload {
        name: "bulk",
        script: bulk,
        chosen: of_a_crowd,
    },
    Workload {
        name: "late",
        script: late,
        chosen: |_| true,
    },
    Workload {
        name: "adopt",
        script: adopt,
        chosen: |_| true,
    },
    Workload {
        name: "replace",
        script: replace,
        chosen: |_| true,
    },
    Workload {
        name: "engine-first",
        script: engine_first,
        chosen: |_| true,
    },
    Workload {
        name: "replace-late",
        script: replace_late,
        chosen: |_| true,
    },
    Workload {
        name: "gateway",
        script: gateways::with_gateway,
        chosen: |_| true,
    },
    Workload {
        name: "generation",
        script: gateways::with_generation,
        chosen: gateways::about_generations,
    },
];

/// A policy that forbids. Its engine allows nothing until another policy is ACTIVE, which would be a finding.
pub fn forbidding(name: &str, role: &str) -> Value {
    with(
        policy(name, &forbid(role)),
        "validationMode",
        json!("IGNORE_ALL_FINDINGS"),
    )
}

fn unnamed() -> [Value; 3] {
    [
        engine("refunds", json!({"description": "first"})),
        policy("agents", &permit("agent")),
        forbidding("guests", "guest"),
    ]
}

/// Names given by the spec: no digest in the name says whose the resource is, only the tags and the client token do.
fn named() -> [Value; 3] {
    let [engine, agents, guests] = unnamed();
    [
        with(engine, "name", json!("Refunds")),
        with(agents, "name", json!("Agents")),
        with(guests, "name", json!("Guests")),
    ]
}

/// Create, update and delete an engine with policies.
fn life(run: &Run<'_>, objects: &[Value; 3]) {
    run.apply(objects);
    all_ready(run);
    run.capture("created");
    let [engine, agents, _] = objects.clone();
    let edited = with(
        agents,
        "definition",
        json!({"cedar": {"statement": permit("boss")}}),
    );
    run.apply(&[with(engine, "description", json!("second")), edited]);
    all_ready(run);
    run.capture("updated");
    run.delete("policies/guests");
    run.until_gone("policies/guests");
    run.capture("one policy deleted");
    run.delete("policies/agents");
    run.delete("policyengines/refunds");
    run.until_gone("policies/agents");
    run.until_gone("policyengines/refunds");
    run.capture("all deleted");
}

fn all_ready(run: &Run<'_>) {
    run.until_ready("policyengines/refunds");
    run.until_ready("policies/agents");
    run.until_ready("policies/guests");
}

const CROWD: usize = 200;

/// Two hundred policies at once.
fn bulk(run: &Run<'_>) {
    let name = |number: usize| format!("p{number:03}");
    let policies = (0..CROWD).map(|number| policy(&name(number), &permit(&name(number))));
    let all: Vec<Value> = std::iter::once(engine("refunds", json!({})))
        .chain(policies)
        .collect();
    run.apply(&all);
    for number in 0..CROWD {
        run.until_ready(&format!("policies/{}", name(number)));
    }
    run.capture("created");
    for number in 0..CROWD {
        run.delete(&format!("policies/{}", name(number)));
    }
    run.delete("policyengines/refunds");
    run.until_gone("policyengines/refunds");
    run.capture("all deleted");
}

/// One policy of the crowd, by its object and by its turn, and what the operator dies of.
fn of_a_crowd(plan: &Plan) -> bool {
    let Mutation { what, nth } = &plan.mutation;
    let one_of_them = what.contains("/p100") || what.contains("/policy-engines/*") && *nth == 100;
    one_of_them && (plan.mode.kills() || plan.mode == Mode::Lost)
}

/// The policy is there before its engine.
fn late(run: &Run<'_>) {
    run.apply(&[policy("agents", &permit("agent"))]);
    run.until_reason("policies/agents", "DependencyNotReady");
    run.capture("waiting");
    run.apply(&[engine("refunds", json!({}))]);
    run.until_ready("policies/agents");
    run.until_ready("policyengines/refunds");
    run.capture("created");
    run.delete("policyengines/refunds");
    run.delete("policies/agents");
    run.until_gone("policies/agents");
    run.until_gone("policyengines/refunds");
    run.capture("all deleted");
}

/// An engine and a policy that were there before, and a stranger's of the same names that is not to be touched.
fn adopt(run: &Run<'_>) {
    let make = |name: &str| {
        run.call(
            "POST",
            "/policy-engines",
            &json!({"name": name, "description": "old"}),
        )
    };
    let (found, foreign) = (make("Found"), make("Foreign"));
    let path = |engine: &Value| {
        format!(
            "/policy-engines/{}",
            engine["policyEngineId"].as_str().expect("an id")
        )
    };
    run.until_answer("an ACTIVE engine", &path(&found), |engine| {
        engine["status"] == "ACTIVE"
    });
    let statement = json!({"name": "FoundPolicy", "definition": {"cedar": {"statement": permit("old")}}});
    run.call("POST", &format!("{}/policies", path(&found)), &statement);
    let adopting = |object: Value| with(object, "adoptionPolicy", json!("IfUnowned"));
    let ours = engine("refunds", json!({"name": "Found", "description": "new"}));
    let agents = with(policy("agents", &permit("new")), "name", json!("FoundPolicy"));
    run.apply(&[
        adopting(ours),
        adopting(agents),
        engine("stranger", json!({"name": "Foreign"})),
    ]);
    run.until_ready("policyengines/refunds");
    run.until_ready("policies/agents");
    run.until_reason("policyengines/stranger", "Conflict");
    run.capture("adopted");
    for which in [
        "policies/agents",
        "policyengines/refunds",
        "policyengines/stranger",
    ] {
        run.delete(which);
    }
    for which in [
        "policies/agents",
        "policyengines/refunds",
        "policyengines/stranger",
    ] {
        run.until_gone(which);
    }
    run.capture("all deleted");
    run.call("DELETE", &path(&foreign), &Value::Null);
}

/// A `forbid` gets another name: a new object first, then the old one goes. It is in force at every moment.
pub fn replace(run: &Run<'_>) {
    guarded(run);
    run.apply(&[visitors()]);
    run.until_ready("policies/visitors");
    run.delete("policies/guests");
    replaced(run);
}

/// The same with the old object first: it is in deletion already when the new one is applied.
pub fn replace_late(run: &Run<'_>) {
    guarded(run);
    run.delete("policies/guests");
    run.apply(&[visitors()]);
    run.until_ready("policies/visitors");
    replaced(run);
}

/// The `forbid` is in force, and is from now on.
fn guarded(run: &Run<'_>) {
    run.apply(&[
        engine("refunds", json!({})),
        with(forbidding("guests", "guest"), "name", json!("Before")),
    ]);
    run.until_ready("policies/guests");
    run.always("I8: the forbid is in force", |look: &Look| {
        look.policies.iter().any(|policy| {
            policy["status"] == "ACTIVE" && policy["definition"]["cedar"]["statement"] == *forbid("guest")
        })
    });
}

/// The same `forbid` by another object.
pub fn visitors() -> Value {
    with(forbidding("visitors", "guest"), "name", json!("After"))
}

fn replaced(run: &Run<'_>) {
    run.until_gone("policies/guests");
    run.capture("replaced");
    run.never_mind();
    run.delete("policies/visitors");
    run.delete("policyengines/refunds");
    run.until_gone("policies/visitors");
    run.until_gone("policyengines/refunds");
    run.capture("all deleted");
}

/// The engine is deleted before its policies, which stay in force until they are deleted themselves.
fn engine_first(run: &Run<'_>) {
    run.apply(&unnamed());
    all_ready(run);
    run.delete("policyengines/refunds");
    run.until_reason("policyengines/refunds", "DeletionBlocked");
    run.capture("blocked");
    run.delete("policies/guests");
    run.until_gone("policies/guests");
    run.delete("policies/agents");
    run.until_gone("policies/agents");
    run.until_gone("policyengines/refunds");
    run.capture("all deleted");
}
