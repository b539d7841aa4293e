//! Where plans are played: a namespace, a backend, the proxy before both servers, and the operator, which is started
//! again whenever a plan has killed it.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::mask::masked;
use super::plan::Plan;
use super::truth::{Always, Look, Truth, says_ready};
use crate::lifecycle::scene::{Scene, observed, ready};
use crate::rig::kstatus::assert_contract;
use crate::rig::proxy::{Gate, Mutation, to_backend};
use crate::rig::wait::wait_until;
use crate::rig::{Mirror, Namespace, Operator, OperatorSetup};

/// Long enough for a busy machine and the longest pause that one fault can bring about; how late plans are is told by itself.
const SOON: Duration = Duration::from_mins(3);

/// The kinds there are, by their plural. The first two are those of workloads without gateways.
pub const KINDS: [&str; 6] = [
    "policyengines",
    "policies",
    "gateways",
    "gatewaytargets",
    "policyengineattachments",
    "policygenerations",
];

/// What one worker plays its plans on, one after the other; each plan leaves it empty.
pub struct Stage {
    scene: Scene,
    gate: Arc<Gate>,
    /// By plural; of the kinds that were looked at.
    mirrors: Mutex<BTreeMap<String, Arc<Mirror>>>,
}

/// What a workload brought about.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// What there was at the moments that the workload names, without what differs from run to run.
    pub captured: Vec<(String, Value)>,
    /// How often the backend did what.
    pub done: BTreeMap<String, usize>,
    /// Which requests to Kubernetes there were; how many of a status is a race.
    pub written: Vec<String>,
    /// Whether the planned request came.
    pub met: bool,
    /// How often the truth was looked at.
    pub looks: usize,
}

impl Stage {
    /// An empty one.
    #[track_caller]
    pub fn new() -> Self {
        Self::on(Scene::new("faults"))
    }

    /// One on a scene of its own.
    pub fn on(scene: Scene) -> Self {
        Self {
            gate: Gate::new(),
            scene,
            mirrors: Mutex::default(),
        }
    }

    /// The operator's setup, with every request to either server going through the gate. Made once: it installs rules.
    #[track_caller]
    pub fn setup(&self) -> OperatorSetup<'_> {
        let backend = to_backend(&self.gate, &self.scene.backend.url);
        OperatorSetup::aws(&self.scene.namespace, &backend).through(&self.gate)
    }

    /// What came in the run that was played last.
    pub fn mutations(&self) -> Vec<Mutation> {
        self.gate.mutations()
    }

    /// Plays a workload from beginning to end, with a fault or without.
    #[track_caller]
    pub fn play(&self, setup: &OperatorSetup<'_>, script: fn(&Run<'_>), plan: Option<&Plan>) -> Outcome {
        self.gate
            .inject(plan.map(|plan| (plan.mutation.clone(), plan.mode.fault())));
        let run = Run {
            stage: self,
            truth: Truth::default(),
            captured: Mutex::default(),
            gateways: AtomicBool::new(false),
        };
        let over = AtomicBool::new(false);
        let operator = setup.start_ready();
        let (mut operator, looks) = thread::scope(|scope| {
            let keeper = scope.spawn(|| keep(setup, &self.gate, operator, &over));
            let watcher = scope.spawn(|| run.truth.watch(&over, || run.look(), || run.objects()));
            let played = catch_unwind(AssertUnwindSafe(|| script(&run)));
            over.store(true, Ordering::Relaxed);
            self.gate.open();
            let operator = keeper.join().expect("the operator starts again");
            let looks = watcher.join();
            if let Err(panic) = played {
                drop(operator);
                resume_unwind(panic);
            }
            (operator, looks.unwrap_or_else(|panic| resume_unwind(panic)))
        });
        assert!(operator.process().ended().is_none(), "the operator has ended");
        let mutations = self.gate.mutations();
        let of_kubernetes = |what: &String| what.contains(" /apis/agentcore.dev/");
        let mut written: Vec<String> = mutations.into_iter().map(|mutation| mutation.what).collect();
        written.retain(of_kubernetes);
        written.sort();
        written.dedup();
        let mut done = BTreeMap::new();
        for what in self.gate.done() {
            let of_aws = [" /policy-engines", " /tags", " /gateways"];
            if of_aws.iter().any(|path| what.contains(path)) {
                *done.entry(what).or_default() += 1;
            }
        }
        Outcome {
            captured: run.captured.into_inner().unwrap_or_else(PoisonError::into_inner),
            done,
            written,
            met: self.gate.met(),
            looks,
        }
    }

    /// The objects of a kind, by its plural, as a watch tells them.
    fn mirror(&self, plural: &str) -> Arc<Mirror> {
        let mut mirrors = self.mirrors.lock().unwrap_or_else(PoisonError::into_inner);
        let namespace = &self.scene.namespace;
        let begin = || Arc::new(Mirror::new(namespace.cluster, &namespace.name, plural));
        Arc::clone(mirrors.entry(plural.to_owned()).or_insert_with(begin))
    }

    /// All engines.
    fn engines(&self) -> Option<Vec<Value>> {
        let page = self.scene.backend.look("/policy-engines?maxResults=100")?;
        page["policyEngines"].as_array().cloned()
    }

    /// All engines and all policies; none when an engine goes meanwhile.
    fn in_aws(&self) -> Option<(Vec<Value>, Vec<Value>)> {
        let engines = self.engines()?;
        let policies: Option<Vec<_>> = engines.iter().map(|engine| self.policies(engine)).collect();
        Some((engines, policies?.concat()))
    }

    /// All gateways, whole, each with its `targets`; none when one of them goes meanwhile.
    fn gateways(&self) -> Option<Vec<Value>> {
        let get = |path: &str| self.scene.backend.look(path);
        let whole = |collection: &str, id: &str| -> Option<Vec<Value>> {
            let page = get(&format!("{collection}?maxResults=100"))?;
            let items = page["items"].as_array()?.iter();
            let one = |item: &Value| get(&format!("{collection}{}/", item[id].as_str()?));
            items.map(one).collect()
        };
        let mut gateways = whole("/gateways/", "gatewayId")?;
        for gateway in &mut gateways {
            let collection = format!("/gateways/{}/targets/", gateway["gatewayId"].as_str()?);
            gateway["targets"] = Value::Array(whole(&collection, "targetId")?);
        }
        Some(gateways)
    }

    /// All generations of these engines; none when an engine goes meanwhile.
    fn generations(&self, engines: &[Value]) -> Option<Vec<Value>> {
        let of_engine = |engine: &Value| self.items(engine, "policy-generations", "policyGenerations");
        let all: Option<Vec<_>> = engines.iter().map(of_engine).collect();
        Some(all?.concat())
    }

    /// None when the engine goes meanwhile.
    fn policies(&self, engine: &Value) -> Option<Vec<Value>> {
        self.items(engine, "policies", "policies")
    }

    /// What an engine has in this collection.
    fn items(&self, engine: &Value, collection: &str, member: &str) -> Option<Vec<Value>> {
        let id = engine["policyEngineId"].as_str()?;
        let mut all = Vec::new();
        let mut after = String::new();
        loop {
            let path = format!("/policy-engines/{id}/{collection}?maxResults=100{after}");
            let page = self.scene.backend.look(&path)?;
            all.extend(page[member].as_array()?.iter().cloned());
            match page["nextToken"].as_str() {
                None => return Some(all),
                Some(token) => after = format!("&nextToken={token}"),
            }
        }
    }
}

/// Starts the operator again whenever the plan holds a request for its end.
fn keep(setup: &OperatorSetup<'_>, gate: &Gate, mut operator: Operator, over: &AtomicBool) -> Operator {
    while !over.load(Ordering::Relaxed) {
        if gate.wait_held(Duration::from_millis(50)) {
            operator.kill();
            gate.open();
            operator = setup.start_ready();
        }
    }
    operator
}

/// What a workload sees of the stage.
pub struct Run<'a> {
    stage: &'a Stage,
    truth: Truth,
    captured: Mutex<Vec<(String, Value)>>,
    gateways: AtomicBool,
}

impl Run<'_> {
    /// Says that there are gateways from now on: they are looked at too.
    pub fn with_gateways(&self) {
        self.gateways.store(true, Ordering::Relaxed);
    }

    fn namespace(&self) -> &Namespace {
        &self.stage.scene.namespace
    }

    /// Applies objects, in this order.
    #[track_caller]
    pub fn apply(&self, objects: &[Value]) {
        for object in objects {
            let plural = match object["kind"].as_str().expect("a kind") {
                "Policy" => "policies".to_owned(),
                kind => format!("{}s", kind.to_lowercase()),
            };
            let namespace = self.namespace();
            let version = namespace.api.apply(&namespace.name, &plural, object);
            self.stage.mirror(&plural).wrote(version);
        }
    }

    /// Asks for the deletion of `PLURAL/NAME`.
    #[track_caller]
    pub fn delete(&self, which: &str) {
        let (plural, name) = which.split_once('/').expect("PLURAL/NAME");
        let version = self.namespace().api.delete(&self.namespace().name, plural, name);
        self.stage.mirror(plural).wrote(version);
    }

    /// A request to the backend by somebody else.
    #[track_caller]
    pub fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        self.stage.scene.call(method, path, body)
    }

    /// Waits until the backend's answer to a GET is one of which `condition` holds.
    #[track_caller]
    pub fn until_answer(&self, what: &str, path: &str, condition: impl Fn(&Value) -> bool) {
        wait_until(what, SOON, || {
            let answer = self.call("GET", path, &Value::Null);
            condition(&answer).then_some(()).ok_or_else(|| answer.to_string())
        });
    }

    /// Asserts of every look from now on that it shows this; the name is told when it does not.
    pub fn always(&self, what: &'static str, holds: fn(&Look) -> bool) {
        self.truth.always(Always { what, holds });
    }

    /// Asserts what [`Run::always`] asserted no more.
    pub fn never_mind(&self) {
        self.truth.never_mind();
    }

    /// Waits until `condition` holds of `PLURAL/NAME`.
    #[track_caller]
    pub fn until(&self, which: &str, what: &str, condition: impl Fn(&Value) -> bool) -> Value {
        let (plural, name) = which.split_once('/').expect("PLURAL/NAME");
        let mirror = self.stage.mirror(plural);
        wait_until(&format!("{which} to be {what}"), SOON, || {
            mirror.look(|objects| match objects.get(name) {
                Some(object) if condition(object) => Ok(Value::clone(object)),
                other => Err(other.map_or_else(|| "nothing".to_owned(), ToString::to_string)),
            })
        })
    }

    /// Waits until `Ready` is True of the generation that is.
    #[track_caller]
    pub fn until_ready(&self, which: &str) -> Value {
        self.until(which, "Ready", says_ready)
    }

    /// Waits until the reason of `Ready` is this.
    #[track_caller]
    pub fn until_reason(&self, which: &str, reason: &str) -> Value {
        self.until(which, reason, |object| {
            ready(object)["reason"] == reason && observed(object)
        })
    }

    /// Waits until it is gone.
    #[track_caller]
    pub fn until_gone(&self, which: &str) {
        let (plural, name) = which.split_once('/').expect("PLURAL/NAME");
        let mirror = self.stage.mirror(plural);
        wait_until(&format!("{which} to be gone"), SOON, || {
            mirror.look(|objects| match objects.get(name) {
                None => Ok(()),
                Some(object) => Err(object.to_string()),
            })
        });
    }

    /// Notes what there is now under this name, to be compared with the run without a fault.
    #[track_caller]
    pub fn capture(&self, when: &str) {
        let gateways = self.gateways.load(Ordering::Relaxed);
        let objects = self.objects();
        for object in &objects {
            assert_contract(object);
        }
        let (engines, policies) = self.stage.in_aws().expect("nothing goes now");
        let mut all =
            json!({"in Kubernetes": objects, "engines in AWS": &engines, "policies in AWS": policies});
        if gateways {
            all["gateways in AWS"] = json!(self.stage.gateways().expect("nothing goes now"));
            all["generations in AWS"] = json!(self.stage.generations(&engines).expect("nothing goes now"));
            all["ConfigMaps"] = json!(self.keepsakes(&objects));
        }
        let mut captured = self.captured.lock().unwrap_or_else(PoisonError::into_inner);
        captured.push((when.to_owned(), masked(&all, &self.stage.scene.namespace.name)));
    }

    /// What `ConfigMap`s hold, each of which goes with one of these objects.
    #[track_caller]
    fn keepsakes(&self, objects: &[Value]) -> Vec<Value> {
        let Namespace { api, name, .. } = self.namespace();
        let texts = |map: &Value| {
            let owner = &map["metadata"]["ownerReferences"][0]["uid"];
            let owns = |object: &Value| object["metadata"]["uid"] == *owner;
            assert!(objects.iter().any(owns), "nobody owns {map}");
            let data = map["data"].as_object().expect("data");
            json!({"name": map["metadata"]["name"], "texts": data.values().collect::<Vec<_>>()})
        };
        api.list(name, "configmaps").iter().map(texts).collect()
    }

    fn kinds(&self) -> &'static [&'static str] {
        let gateways = self.gateways.load(Ordering::Relaxed);
        if gateways { &KINDS } else { &KINDS[..2] }
    }

    /// As etcd has them.
    fn objects(&self) -> Vec<Value> {
        let Namespace { api, name, .. } = self.namespace();
        let kinds = self.kinds().iter();
        kinds.flat_map(|kind| api.list(name, kind)).collect()
    }

    /// Objects, and then what AWS has; none when something goes meanwhile.
    fn look(&self) -> Option<Look> {
        let listed = |kind: &&str| {
            let all = self.stage.mirror(kind).look(BTreeMap::clone);
            all.into_values()
        };
        let objects = self.kinds().iter().flat_map(listed).collect();
        let (engines, policies) = self.stage.in_aws()?;
        let (gateways, generations) = if self.gateways.load(Ordering::Relaxed) {
            (self.stage.gateways()?, self.stage.generations(&engines)?)
        } else {
            (Vec::new(), Vec::new())
        };
        Some(Look {
            objects,
            engines,
            policies,
            gateways,
            generations,
        })
    }
}
