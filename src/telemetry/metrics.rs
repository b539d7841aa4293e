//! Metrics, under the names that controller-runtime gave them and `agentcore_operator_` for our own
//! (kubernetes-conventions.md 7.1).

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use std::sync::Arc;
use std::time::Duration;

/// How a pass ended, as controller-runtime names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PassResult {
    /// Nothing more to do.
    Success,
    /// To be done again at once.
    Requeue,
    /// To be done again later.
    RequeueAfter,
    /// Kubernetes could not be read or written.
    Error,
}

impl PassResult {
    fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Requeue => "requeue",
            Self::RequeueAfter => "requeue_after",
            Self::Error => "error",
        }
    }
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct PassLabels {
    controller: &'static str,
    result: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ControllerLabels {
    controller: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct CallLabels {
    operation: &'static str,
    code: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OperationLabels {
    operation: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct WriteLabels {
    kind: &'static str,
    what: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct LeaseLabels {
    name: &'static str,
}

/// All metrics of the operator. Cloning shares them.
#[derive(Clone, Debug)]
pub struct Metrics {
    registry: Arc<Registry>,
    passes: Family<PassLabels, Counter>,
    errors: Family<ControllerLabels, Counter>,
    panics: Family<ControllerLabels, Counter>,
    seconds: Family<ControllerLabels, Histogram>,
    active: Family<ControllerLabels, Gauge>,
    calls: Family<CallLabels, Counter>,
    call_seconds: Family<OperationLabels, Histogram>,
    writes: Family<WriteLabels, Counter>,
    leads: Family<LeaseLabels, Gauge>,
}

fn histogram() -> Histogram {
    Histogram::new(exponential_buckets(0.001, 2.0, 15))
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::default();
        let passes = Family::default();
        let errors = Family::default();
        let panics = Family::default();
        let active = Family::default();
        let seconds = Family::new_with_constructor(histogram as fn() -> Histogram);
        let calls = Family::default();
        let call_seconds = Family::new_with_constructor(histogram as fn() -> Histogram);
        let writes = Family::default();
        let leads = Family::default();
        registry.register(
            "leader_election_master_status",
            "Whether this process holds the Lease",
            leads.clone(),
        );
        let runtime = registry.sub_registry_with_prefix("controller_runtime");
        runtime.register("reconcile", "Passes by result", passes.clone());
        runtime.register(
            "reconcile_errors",
            "Passes in which Kubernetes could not be read or written",
            errors.clone(),
        );
        runtime.register("reconcile_panics", "Passes that panicked", panics.clone());
        runtime.register_with_unit(
            "reconcile_time",
            "Length of a pass",
            Unit::Seconds,
            seconds.clone(),
        );
        runtime.register("active_workers", "Passes under way", active.clone());
        let own = registry.sub_registry_with_prefix("agentcore_operator");
        own.register(
            "backend_requests",
            "Calls to AgentCore by operation and code",
            calls.clone(),
        );
        own.register_with_unit(
            "backend_request_duration",
            "Length of a call to AgentCore",
            Unit::Seconds,
            call_seconds.clone(),
        );
        own.register(
            "object_writes",
            "Writes to Kubernetes by kind and what was written",
            writes.clone(),
        );
        own.register(
            "build",
            "Version of the program",
            Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]),
        );
        Self {
            registry: Arc::new(registry),
            passes,
            errors,
            panics,
            seconds,
            active,
            calls,
            call_seconds,
            writes,
            leads,
        }
    }
}

impl Metrics {
    /// Shows a controller's counters from the start: a rate over what has not happened yet needs a zero.
    pub fn controller_started(&self, controller: &'static str) {
        let labels = ControllerLabels { controller };
        for family in [&self.errors, &self.panics] {
            family.get_or_create(&labels).inc_by(0);
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
    }

    /// Counts a pass that panicked.
    pub fn pass_panicked(&self, controller: &'static str) {
        self.panics.get_or_create(&ControllerLabels { controller }).inc();
    }

    /// Counts a call to `AgentCore`.
    pub fn backend_request(&self, operation: &'static str, code: &str, took: Duration) {
        self.calls
            .get_or_create(&CallLabels {
                operation,
                code: code.to_owned(),
            })
            .inc();
        self.call_seconds
            .get_or_create(&OperationLabels { operation })
            .observe(took.as_secs_f64());
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
        let mut out = String::new();
        // Writing to a String does not fail; an empty page would be the honest answer if it did.
        if text::encode(&mut out, &self.registry).is_err() {
            out.clear();
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_shown_under_the_field_s_names() {
        let metrics = Metrics::default();
        metrics.controller_started("policy");
        metrics.pass_begun("policy");
        metrics.pass_ended("policy", PassResult::RequeueAfter, Duration::from_millis(3));
        metrics.backend_request("CreatePolicy", "OK", Duration::from_millis(3));
        metrics.object_write("Policy", "status");
        metrics.leads(true);
        let text = metrics.text();
        for line in [
            "controller_runtime_reconcile_total{controller=\"policy\",result=\"requeue_after\"} 1",
            "controller_runtime_reconcile_time_seconds_count{controller=\"policy\"} 1",
            "agentcore_operator_backend_requests_total{operation=\"CreatePolicy\",code=\"OK\"} 1",
            "agentcore_operator_object_writes_total{kind=\"Policy\",what=\"status\"} 1",
            "leader_election_master_status{name=\"agentcore-policy-operator\"} 1",
            "agentcore_operator_build_info{version=",
            "controller_runtime_reconcile_errors_total{controller=\"policy\"} 0",
            "controller_runtime_reconcile_panics_total{controller=\"policy\"} 0",
        ] {
            assert!(text.contains(line), "{line} not in\n{text}");
        }
    }
}
