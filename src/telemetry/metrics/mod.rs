//! Metrics, under the names that controller-runtime gave them and `agentcore_operator_` for our own
//! (kubernetes-conventions.md 7.1).

mod breakers;
mod generations;
mod labels;
mod objects;
mod process;
#[cfg(test)]
mod tests;

use crate::model::Milestone;
pub use labels::PassResult;
use labels::{
    CallLabels, ControllerLabels, KindLabels, LeaseLabels, OperationLabels, PassLabels, QueueLabels,
    RequestLabels, ValidationLabels, WriteLabels,
};
use objects::Objects;
pub use objects::{Standing, Standings};
use prometheus_client::encoding::text;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How many objects of a kind there may be for each one's conditions to be shown, unless it is said otherwise.
pub const MOST_OBJECTS: usize = 1000;

/// All metrics of the operator. Cloning shares them.
#[derive(Clone, Debug)]
pub struct Metrics {
    registry: Arc<Registry>,
    backend: &'static str,
    objects: Objects,
    passes: Family<PassLabels, Counter>,
    errors: Family<ControllerLabels, Counter>,
    terminal: Family<ControllerLabels, Counter>,
    panics: Family<ControllerLabels, Counter>,
    seconds: Family<ControllerLabels, Histogram>,
    active: Family<ControllerLabels, Gauge>,
    at_most: Family<ControllerLabels, Gauge>,
    queued: Family<QueueLabels, Counter>,
    queued_again: Family<QueueLabels, Counter>,
    requests: Family<RequestLabels, Counter>,
    watch_errors: Family<KindLabels, Counter>,
    calls: Family<CallLabels, Counter>,
    call_seconds: Family<OperationLabels, Histogram>,
    last_success: Gauge<f64, AtomicU64>,
    writes: Family<WriteLabels, Counter>,
    first_ready: Family<KindLabels, Histogram>,
    deletions: Family<KindLabels, Histogram>,
    drifts: Family<KindLabels, Counter>,
    drift_seconds: Family<KindLabels, Histogram>,
    validations: Family<ValidationLabels, Counter>,
    generations: Family<ValidationLabels, Counter>,
    leads: Family<LeaseLabels, Gauge>,
    breakers: Family<OperationLabels, Gauge>,
}

/// Of a pass or a call: a millisecond to half a minute.
fn short() -> Histogram {
    Histogram::new(exponential_buckets(0.001, 2.0, 15))
}

/// Of what people wait for: a tenth of a second to half an hour.
fn long() -> Histogram {
    Histogram::new(exponential_buckets(0.1, 2.0, 15))
}

impl Metrics {
    /// Of an operator that keeps things in agreement with this backend, `aws` or `local`, and shows the conditions of
    /// each object as long as there are at most so many of its kind.
    #[must_use]
    pub fn new(backend: &'static str, most_objects: usize) -> Self {
        let metrics = Self {
            registry: Arc::default(),
            backend,
            objects: Objects::default(),
            passes: Family::default(),
            errors: Family::default(),
            terminal: Family::default(),
            panics: Family::default(),
            seconds: Family::new_with_constructor(short),
            active: Family::default(),
            at_most: Family::default(),
            queued: Family::default(),
            queued_again: Family::default(),
            requests: Family::default(),
            watch_errors: Family::default(),
            calls: Family::default(),
            call_seconds: Family::new_with_constructor(short),
            last_success: Gauge::default(),
            writes: Family::default(),
            first_ready: Family::new_with_constructor(long),
            deletions: Family::new_with_constructor(long),
            drifts: Family::default(),
            drift_seconds: Family::new_with_constructor(long),
            validations: Family::default(),
            generations: Family::default(),
            leads: Family::default(),
            breakers: Family::default(),
        };
        let mut registry = Registry::default();
        metrics.show_field_s(&mut registry);
        metrics.show_own(registry.sub_registry_with_prefix("agentcore_operator"));
        registry.register_collector(Box::new(objects::Page {
            objects: metrics.objects.clone(),
            most: most_objects,
        }));
        registry.register_collector(Box::new(process::Page));
        Self {
            registry: Arc::new(registry),
            ..metrics
        }
    }

    /// Under the names that controller-runtime and client-go gave them, so that dashboards know them.
    fn show_field_s(&self, registry: &mut Registry) {
        registry.register(
            "leader_election_master_status",
            "Whether this process holds the Lease",
            self.leads.clone(),
        );
        registry.register(
            "rest_client_requests",
            "Requests to the API server",
            self.requests.clone(),
        );
        let queue = registry.sub_registry_with_prefix("workqueue");
        queue.register(
            "adds",
            "Objects that something has happened to and that wait for a pass",
            self.queued.clone(),
        );
        queue.register(
            "retries",
            "Objects that wait for another pass because of the last one",
            self.queued_again.clone(),
        );
        let runtime = registry.sub_registry_with_prefix("controller_runtime");
        runtime.register("reconcile", "Passes by result", self.passes.clone());
        runtime.register(
            "reconcile_errors",
            "Passes in which Kubernetes could not be read or written",
            self.errors.clone(),
        );
        runtime.register(
            "terminal_reconcile_errors",
            "Objects that became Stalled: somebody must change something",
            self.terminal.clone(),
        );
        runtime.register("reconcile_panics", "Passes that panicked", self.panics.clone());
        runtime.register_with_unit(
            "reconcile_time",
            "Length of a pass",
            Unit::Seconds,
            self.seconds.clone(),
        );
        runtime.register("active_workers", "Passes under way", self.active.clone());
        runtime.register(
            "max_concurrent_reconciles",
            "Passes that may be under way at once",
            self.at_most.clone(),
        );
    }

    /// Our own.
    fn show_own(&self, own: &mut Registry) {
        own.register(
            "backend_requests",
            "Calls to AgentCore by operation and code",
            self.calls.clone(),
        );
        own.register_with_unit(
            "backend_request_duration",
            "Length of a call to AgentCore",
            Unit::Seconds,
            self.call_seconds.clone(),
        );
        own.register_with_unit(
            "last_success_timestamp",
            "When AgentCore last did what it was asked, in Unix time",
            Unit::Seconds,
            self.last_success.clone(),
        );
        own.register(
            "object_writes",
            "Writes to Kubernetes by kind and what was written",
            self.writes.clone(),
        );
        own.register(
            "watch_errors",
            "Watches that broke and began anew",
            self.watch_errors.clone(),
        );
        own.register_with_unit(
            "first_time_to_ready",
            "From the creation of an object to its first Ready",
            Unit::Seconds,
            self.first_ready.clone(),
        );
        own.register_with_unit(
            "deletion",
            "From the request to delete an object to its end",
            Unit::Seconds,
            self.deletions.clone(),
        );
        own.register("drift", "Drifts that were found", self.drifts.clone());
        own.register_with_unit(
            "drift",
            "From the finding of a drift to agreement",
            Unit::Seconds,
            self.drift_seconds.clone(),
        );
        own.register(
            "cedar_validation",
            "Statements that were read before AgentCore was asked, by result",
            self.validations.clone(),
        );
        self.show_generations(own);
        self.show_breakers(own);
        own.register(
            "build",
            "Version of the program",
            Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]),
        );
    }

    /// Shows from now on how the objects of a kind stand.
    pub fn objects(&self, kind: &'static str, standings: Standings) {
        self.objects.tell(kind, standings);
    }

    /// Shows a controller's counters from the start: a rate over what has not happened yet needs a zero.
    pub fn controller_started(&self, controller: &'static str, workers: u16) {
        let labels = ControllerLabels { controller };
        for family in [&self.errors, &self.terminal, &self.panics] {
            family.get_or_create(&labels).inc_by(0);
        }
        self.at_most.get_or_create(&labels).set(workers.into());
        let queue = QueueLabels { name: controller };
        for family in [&self.queued, &self.queued_again] {
            family.get_or_create(&queue).inc_by(0);
        }
        let kind = KindLabels { kind: controller };
        for family in [&self.drifts, &self.watch_errors] {
            family.get_or_create(&kind).inc_by(0);
        }
    }

    /// Counts something that happened to an object, for which it waits for a pass.
    pub fn queued(&self, controller: &'static str) {
        self.queued.get_or_create(&QueueLabels { name: controller }).inc();
    }

    /// Counts a watch that broke.
    pub fn watch_broke(&self, kind: &'static str) {
        self.watch_errors.get_or_create(&KindLabels { kind }).inc();
    }

    /// Counts a request to the API server, with the status of its answer or what it failed of.
    pub fn kubernetes_request(&self, method: String, host: String, code: String) {
        let labels = RequestLabels { code, method, host };
        self.requests.get_or_create(&labels).inc();
    }

    /// Counts a statement that was read before AgentCore was asked.
    pub fn cedar_validated(&self, valid: bool) {
        let result = if valid { "accepted" } else { "refused" };
        self.validations.get_or_create(&ValidationLabels { result }).inc();
    }

    /// Counts what a pass has brought to its end or found.
    pub fn milestone(&self, kind: &'static str, milestone: Milestone) {
        let labels = KindLabels { kind };
        match milestone {
            Milestone::FirstReady(after) => {
                self.first_ready
                    .get_or_create(&labels)
                    .observe(after.as_secs_f64());
            }
            Milestone::Drifted => {
                self.drifts.get_or_create(&labels).inc();
            }
            Milestone::Agrees(after) => {
                self.drift_seconds
                    .get_or_create(&labels)
                    .observe(after.as_secs_f64());
            }
            Milestone::Gone(after) => {
                self.deletions.get_or_create(&labels).observe(after.as_secs_f64());
            }
            Milestone::Stalled => {
                self.terminal
                    .get_or_create(&ControllerLabels { controller: kind })
                    .inc();
            }
        }
    }

    /// Counts a pass under way until [`Self::pass_ended`].
    pub fn pass_begun(&self, controller: &'static str) {
        self.active.get_or_create(&ControllerLabels { controller }).inc();
    }

    /// Counts a pass.
    pub fn pass_ended(&self, controller: &'static str, result: PassResult, took: Duration) {
        self.passes
            .get_or_create(&PassLabels {
                controller,
                result: result.as_str(),
            })
            .inc();
        let labels = ControllerLabels { controller };
        self.seconds.get_or_create(&labels).observe(took.as_secs_f64());
        self.active.get_or_create(&labels).dec();
        if result == PassResult::Error {
            self.errors.get_or_create(&labels).inc();
        }
        if result != PassResult::Success {
            self.queued_again
                .get_or_create(&QueueLabels { name: controller })
                .inc();
        }
    }

    /// Counts a pass that panicked.
    pub fn pass_panicked(&self, controller: &'static str) {
        self.panics.get_or_create(&ControllerLabels { controller }).inc();
    }

    /// Counts a call to `AgentCore`.
    pub fn backend_request(&self, operation: &'static str, code: &str, took: Duration) {
        self.calls
            .get_or_create(&CallLabels {
                backend: self.backend,
                operation,
                code: code.to_owned(),
            })
            .inc();
        self.call_seconds
            .get_or_create(&OperationLabels { operation })
            .observe(took.as_secs_f64());
        if code == "OK"
            && let Ok(since) = SystemTime::now().duration_since(UNIX_EPOCH)
        {
            self.last_success.set(since.as_secs_f64());
        }
    }

    /// Tells whether this process, which is one of several, is the one that writes.
    pub fn leads(&self, leads: bool) {
        let name = env!("CARGO_PKG_NAME");
        self.leads
            .get_or_create(&LeaseLabels { name })
            .set(i64::from(leads));
    }

    /// Counts a write to Kubernetes: `finalizer`, `status` or `event`.
    pub fn object_write(&self, kind: &'static str, what: &'static str) {
        self.writes.get_or_create(&WriteLabels { kind, what }).inc();
    }

    /// All metrics in the text format of `OpenMetrics`.
    #[must_use]
    pub fn text(&self) -> String {
        page(&self.registry)
    }
}

/// All that is registered, in the text format of `OpenMetrics`.
pub(super) fn page(registry: &Registry) -> String {
    let mut out = String::new();
    // Writing to a String does not fail; an empty page would be the honest answer if it did.
    if text::encode(&mut out, registry).is_err() {
        out.clear();
    }
    out
}
