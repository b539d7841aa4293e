//! Looked at ten times a second while a plan is played: whether what the objects say is true (I3 and I4 of
//! reliability.md 1), and what a workload asserts of every moment (I8).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::lifecycle::scene::{observed, ready};
use crate::rig::kstatus::assert_contract;

const EVERY: Duration = Duration::from_millis(100);

/// Objects before and after what AWS has, so that what did not change in between can be held against it.
pub struct Look {
    /// All objects.
    pub before: Vec<Value>,
    /// All engines, as AWS lists them.
    pub engines: Vec<Value>,
    /// All policies of all engines.
    pub policies: Vec<Value>,
    /// All objects, a moment later.
    pub after: Vec<Value>,
}

/// What a workload asserts of every look.
#[derive(Clone, Copy)]
pub struct Always {
    /// Told when it does not hold.
    pub what: &'static str,
    /// Whether it does.
    pub holds: fn(&Look) -> bool,
}

/// What is held of every look.
#[derive(Default)]
pub struct Truth {
    always: Mutex<Vec<Always>>,
}

impl Truth {
    /// Holds one thing more from now on.
    pub fn always(&self, always: Always) {
        self.lock().push(always);
    }

    /// Holds none of them any more.
    pub fn never_mind(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Always>> {
        self.always.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks until it is over, and says how often it did.
    #[track_caller]
    pub fn watch(&self, over: &AtomicBool, look: impl Fn() -> Option<Look>) -> usize {
        let mut seen = BTreeMap::new();
        let mut looks = 0;
        while !over.load(Ordering::Relaxed) {
            // Asserted is what was asserted from the beginning of a look to its end.
            let mut always = self.lock().clone();
            if let Some(look) = look() {
                looks += 1;
                let still = self.lock().clone();
                always.retain(|one| still.iter().any(|other| other.what == one.what));
                let findings = findings(&look, &mut seen, &always);
                assert!(findings.is_empty(), "untrue: {findings:#?}");
            }
            // The one pause that is not a wait for something: ten looks a second.
            thread::park_timeout(EVERY);
        }
        looks
    }
}

/// Whether an object says that it is in sync, as its spec is now.
pub fn says_ready(object: &Value) -> bool {
    ready(object)["status"] == "True" && observed(object)
}

/// `seen` keeps the AWS id of every object that ever was, by UID.
fn findings(look: &Look, seen: &mut BTreeMap<String, String>, always: &[Always]) -> Vec<String> {
    let version = |object: &Value| {
        (
            object["metadata"]["uid"].clone(),
            object["metadata"]["resourceVersion"].clone(),
        )
    };
    let after: Vec<_> = look.after.iter().map(version).collect();
    let mut found = Vec::new();
    for object in look
        .before
        .iter()
        .filter(|object| after.contains(&version(object)))
    {
        if let Err(panic) = std::panic::catch_unwind(|| assert_contract(object)) {
            found.push(panic.downcast_ref::<String>().cloned().unwrap_or_default());
        }
        if says_ready(object)
            && let Err(why) = in_sync(object, look)
        {
            found.push(format!(
                "I3: {} says Ready and {why}: {object}",
                object["metadata"]["name"]
            ));
        }
    }
    let of = |objects: &[Value]| -> BTreeSet<String> {
        objects
            .iter()
            .map(|object| text(&object["metadata"]["uid"]))
            .collect()
    };
    let there: BTreeSet<String> = of(&look.before).union(&of(&look.after)).cloned().collect();
    for (uid, id) in seen.iter().filter(|(uid, _)| !there.contains(*uid)) {
        let in_aws = |item: &Value| {
            item["policyEngineId"] == **id && item["policyId"].is_null() || item["policyId"] == **id
        };
        if look.engines.iter().chain(&look.policies).any(in_aws) {
            found.push(format!("I4: the object {uid} has gone before {id}"));
        }
    }
    for object in &look.before {
        let status = &object["status"];
        let id = if status["policyId"].is_null() {
            &status["policyEngineId"]
        } else {
            &status["policyId"]
        };
        let is_policy = object["kind"] == "Policy" || !object["spec"]["definition"].is_null();
        if (!is_policy || !status["policyId"].is_null()) && !id.is_null() {
            seen.insert(text(&object["metadata"]["uid"]), text(id));
        }
    }
    for always in always {
        if !(always.holds)(look) {
            found.push(format!("{}: {:?}", always.what, look.policies));
        }
    }
    found
}

/// Whether AWS has what this object wants, active.
fn in_sync(object: &Value, look: &Look) -> Result<(), String> {
    let (spec, status) = (&object["spec"], &object["status"]);
    let statement = &spec["definition"]["cedar"]["statement"];
    let (id, items) = if statement.is_null() {
        ("policyEngineId", &look.engines)
    } else {
        ("policyId", &look.policies)
    };
    let Some(item) = items.iter().find(|item| item[id] == status[id]) else {
        return Err("AWS has nothing with its id".to_owned());
    };
    if item["status"] != "ACTIVE" {
        return Err(format!("it is {}", item["status"]));
    }
    if item["description"] != spec["description"] {
        return Err(format!("its description is {}", item["description"]));
    }
    if item["definition"]["cedar"]["statement"] != *statement {
        return Err(format!("its definition is {}", item["definition"]));
    }
    Ok(())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
