//! Looked at ten times a second while a plan is played: whether what the objects say is true (I3 and I4 of
//! reliability.md 1), and what a workload asserts of every moment (I8).

use std::borrow::Borrow;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::lifecycle::scene::{observed, ready};
use crate::rig::kstatus::assert_contract;

const EVERY: Duration = Duration::from_millis(100);

/// What there is at a moment.
pub struct Look {
    /// All objects, before AWS was asked.
    pub objects: Vec<Arc<Value>>,
    /// All engines, as AWS lists them.
    pub engines: Vec<Value>,
    /// All policies of all engines.
    pub policies: Vec<Value>,
    /// All gateways, whole, each with its `targets`; where there are some.
    pub gateways: Vec<Value>,
    /// All generations of all engines, where there are gateways.
    pub generations: Vec<Value>,
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
    pub fn watch(
        &self,
        over: &AtomicBool,
        look: impl Fn() -> Option<Look>,
        objects: impl Fn() -> Vec<Value>,
    ) -> usize {
        let mut seen = BTreeMap::new();
        let mut looks = 0;
        while !over.load(Ordering::Relaxed) {
            // Asserted is what was asserted from the beginning of a look to its end.
            let mut always = self.lock().clone();
            if let Some(look) = look() {
                looks += 1;
                let still = self.lock().clone();
                always.retain(|one| still.iter().any(|other| other.what == one.what));
                let mut findings = findings(&look, &versions(&look.objects), &mut seen, &always);
                if !findings.is_empty() {
                    // An object that has changed since, or had, says nothing of what AWS was found to have.
                    findings = self::findings(&look, &versions(&objects()), &mut seen, &always);
                }
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

/// The version of each object, by UID.
fn versions(objects: &[impl Borrow<Value>]) -> HashMap<&str, &str> {
    objects.iter().map(Borrow::borrow).map(version).collect()
}

fn version(object: &Value) -> (&str, &str) {
    let metadata = &object["metadata"];
    let text = |field: &str| metadata[field].as_str().unwrap_or_default();
    (text("uid"), text("resourceVersion"))
}

/// What is untrue of the objects that are the same `after` AWS was asked. `seen` keeps the AWS id of every object that ever
/// was, by UID.
fn findings(
    look: &Look,
    after: &HashMap<&str, &str>,
    seen: &mut BTreeMap<String, String>,
    always: &[Always],
) -> Vec<String> {
    let mut found = Vec::new();
    let there = versions(&look.objects);
    for object in &look.objects {
        let (uid, version) = version(object);
        if after.get(uid) != Some(&version) {
            continue;
        }
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
    for (uid, id) in seen.iter() {
        let stays = there.contains_key(uid.as_str()) || after.contains_key(uid.as_str());
        if !stays && is_there(id, look) {
            found.push(format!("I4: the object {uid} has gone before {id}"));
        }
    }
    for object in &look.objects {
        if let Some(id) = id_of(object) {
            seen.insert(text(&object["metadata"]["uid"]), id);
        }
    }
    for always in always {
        if !(always.holds)(look) {
            found.push(format!("{}: {:?}", always.what, look.policies));
        }
    }
    found
}

/// The field of the status that names what an object stands for. A list does not tell the kinds of its items.
fn id_field(object: &Value) -> &'static str {
    let has = |field: &str| !object["spec"][field].is_null();
    match () {
        () if has("definition") => "policyId",
        () if has("content") => "generationId",
        () if has("targetConfiguration") => "targetId",
        () if has("roleArn") || has("mode") => "gatewayId",
        () => "policyEngineId",
    }
}

/// What tells it from all else in AWS, if it goes with its object.
fn id_of(object: &Value) -> Option<String> {
    if id_field(object) == "generationId" {
        return None;
    }
    let id = object["status"][id_field(object)].as_str()?;
    let attached = !object["spec"]["mode"].is_null();
    Some(if attached {
        format!("what is attached to {id}")
    } else {
        id.to_owned()
    })
}

/// Whether AWS has it.
fn is_there(id: &str, look: &Look) -> bool {
    let is =
        |item: &Value| item["policyEngineId"] == *id && item["policyId"].is_null() || item["policyId"] == *id;
    let at_gateway = |gateway: &Value| {
        let targets = gateway["targets"].as_array();
        let attached = format!("what is attached to {}", text(&gateway["gatewayId"])) == id;
        gateway["gatewayId"] == *id
            || targets.is_some_and(|targets| targets.iter().any(|target| target["targetId"] == *id))
            || attached && !gateway["policyEngineConfiguration"].is_null()
    };
    look.engines.iter().chain(&look.policies).any(is) || look.gateways.iter().any(at_gateway)
}

/// Whether AWS has what this object wants, active.
fn in_sync(object: &Value, look: &Look) -> Result<(), String> {
    let (spec, status, id) = (&object["spec"], &object["status"], id_field(object));
    let targets = look
        .gateways
        .iter()
        .filter_map(|gateway| gateway["targets"].as_array());
    let items: Vec<&Value> = match id {
        "policyEngineId" => look.engines.iter().collect(),
        "policyId" => look.policies.iter().collect(),
        "targetId" => targets.flatten().collect(),
        "generationId" => return generated(object, look),
        _ => look.gateways.iter().collect(),
    };
    let Some(item) = items.into_iter().find(|item| item[id] == status[id]) else {
        return Err("AWS has nothing with its id".to_owned());
    };
    if !spec["mode"].is_null() {
        let wanted = json!({"arn": status["policyEngineArn"], "mode": spec["mode"]});
        let found = &item["policyEngineConfiguration"];
        return (*found == wanted)
            .then_some(())
            .ok_or_else(|| format!("there is {found}"));
    }
    // An attachment changes the gateway, whose own object hears of it later.
    let by_another = id == "gatewayId" && item["status"] == "UPDATING";
    if item["status"] != "ACTIVE" && item["status"] != "READY" && !by_another {
        return Err(format!("it is {}", item["status"]));
    }
    if item["description"] != spec["description"] {
        return Err(format!("its description is {}", item["description"]));
    }
    if id == "targetId" && item["targetConfiguration"] != spec["targetConfiguration"] {
        return Err(format!("its configuration is {}", item["targetConfiguration"]));
    }
    if id == "gatewayId" {
        for field in ["roleArn", "authorizerType", "authorizerConfiguration"] {
            if item[field] != spec[field] {
                return Err(format!("its {field} is {}", item[field]));
            }
        }
    }
    if id == "policyId" {
        let mode = spec["enforcementMode"].as_str().unwrap_or("ACTIVE");
        if item["enforcementMode"] != mode {
            return Err(format!("its enforcementMode is {}", item["enforcementMode"]));
        }
        let statement = filled(&text(&spec["definition"]["cedar"]["statement"]), look);
        let adopted = &item["definition"]["policy"]["statement"];
        let same = if status["adopted"].is_null() {
            item["definition"]["cedar"]["statement"] == *statement
        } else {
            *adopted == status["effectiveStatement"] && !adopted.is_null()
        };
        if !same {
            return Err(format!("its definition is {}", item["definition"]));
        }
    }
    Ok(())
}

/// Whether the generation of this text is over, and what it has written is in its object.
fn generated(object: &Value, look: &Look) -> Result<(), String> {
    let status = &object["status"];
    let mut all = look.generations.iter();
    let is = |one: &&Value| one["policyGenerationId"] == status["generationId"];
    let Some(item) = all.find(is) else {
        return Err("AWS has no generation with its id".to_owned());
    };
    if item["status"] != "GENERATED" || item["name"] != status["generationName"] {
        return Err(format!("it is {item}"));
    }
    let asked = text(&object["spec"]["content"]["rawText"]);
    let assets = status["assets"].as_array().map_or(&[] as &[Value], Vec::as_slice);
    let of_it = |asset: &Value| asked.contains(&text(&asset["fragment"]));
    if assets.is_empty() || !assets.iter().all(of_it) {
        return Err(format!("what is written is of another text: {assets:?}"));
    }
    Ok(())
}

/// A statement with the ARN of the gateway that it names.
fn filled(statement: &str, look: &Look) -> String {
    let arn = look.gateways.first().map(|gateway| text(&gateway["gatewayArn"]));
    let arn = arn.unwrap_or_default();
    statement.replace("Gateway::\"refunds\"", &format!("Gateway::\"{arn}\""))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
