//! Metrics of decisions at gateways, under the names of service.md section 14 as Prometheus writes names.

use super::metrics::page;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};
use std::sync::Arc;
use std::time::Duration;

/// The dimensions of a decision.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct DecisionLabels {
    /// `AuthorizeAction` or `PartiallyAuthorizeActions`.
    pub operation_name: &'static str,
    /// ARN of the policy engine.
    pub policy_engine: String,
    /// ARN of the gateway.
    pub target_resource: String,
    /// The tool; empty for a list.
    pub tool_name: String,
    /// `ENFORCE` or `LOG_ONLY`.
    pub mode: &'static str,
}

/// The dimensions of one policy's mismatches.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct PolicyLabels {
    policy_engine: String,
    policy: String,
    /// `ACTIVE` or `LOG_ONLY`.
    policy_enforcement_mode: &'static str,
}

/// One decision, as it is counted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counted<'c> {
    /// How long it took.
    pub took: Duration,
    /// Whether the call was allowed; none of a list.
    pub allowed: Option<bool>,
    /// How many policies determined it.
    pub determining: usize,
    /// Ids of the policies that count and could not be evaluated.
    pub mismatched: &'c [&'c str],
    /// Ids of those that are only logged and could not.
    pub log_only_mismatched: &'c [&'c str],
    /// Whether the request failed because of one of these.
    pub mismatch_error: bool,
    /// Policies that are only logged and applied, and those of them that would have changed the decision.
    pub log_only: (usize, usize),
    /// Whether lists of policies that are only logged were cut.
    pub log_only_incomplete: bool,
    /// Whose fault it is that there was no decision.
    pub error: Option<Blame>,
}

/// Whose fault an error is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// This program's.
    System,
    /// The caller's, by what was sent.
    User,
}

type Counters = Family<DecisionLabels, Counter>;

/// What is counted of decisions. Cloning shares it.
#[derive(Clone, Debug)]
pub struct DecisionMetrics {
    registry: Arc<Registry>,
    invocations: Counters,
    system_errors: Counters,
    user_errors: Counters,
    latency: Family<DecisionLabels, Histogram>,
    allowed: Counters,
    denied: Counters,
    total_mismatched: Counters,
    mismatches: Family<PolicyLabels, Counter>,
    mismatch_errors: Counters,
    determining: Counters,
    none_determining: Counters,
    log_only_matches: Counters,
    log_only_flips: Counters,
    log_only_incomplete: Counters,
}

/// Ten microseconds to a third of a second.
fn short() -> Histogram {
    Histogram::new(exponential_buckets(0.000_01, 2.0, 16))
}

impl Default for DecisionMetrics {
    fn default() -> Self {
        let mut metrics = Self {
            registry: Arc::default(),
            invocations: Family::default(),
            system_errors: Family::default(),
            user_errors: Family::default(),
            latency: Family::new_with_constructor(short),
            allowed: Family::default(),
            denied: Family::default(),
            total_mismatched: Family::default(),
            mismatches: Family::default(),
            mismatch_errors: Family::default(),
            determining: Family::default(),
            none_determining: Family::default(),
            log_only_matches: Family::default(),
            log_only_flips: Family::default(),
            log_only_incomplete: Family::default(),
        };
        metrics.registry = Arc::new(metrics.registered());
        metrics
    }
}

impl DecisionMetrics {
    fn registered(&self) -> Registry {
        let mut registry = Registry::with_prefix("agentcore_gateway");
        let counters = [
            ("invocations", "Decisions asked for", &self.invocations),
            (
                "system_errors",
                "Decisions that failed by a fault of this program",
                &self.system_errors,
            ),
            (
                "user_errors",
                "Decisions that failed by what the caller sent",
                &self.user_errors,
            ),
            ("allow_decisions", "Calls that policies allow", &self.allowed),
            ("deny_decisions", "Calls that policies deny", &self.denied),
            (
                "total_mismatched_policies",
                "Policies that could not be evaluated, of all decisions",
                &self.total_mismatched,
            ),
            (
                "mismatch_errors",
                "Decisions that failed because a policy could not be evaluated",
                &self.mismatch_errors,
            ),
            (
                "determining_policies",
                "Policies that determined decisions",
                &self.determining,
            ),
            (
                "no_determining_policies",
                "Decisions that no policy determined",
                &self.none_determining,
            ),
            (
                "log_only_matches",
                "Policies that are only logged and applied",
                &self.log_only_matches,
            ),
            (
                "log_only_decision_flips",
                "Policies that are only logged and would have changed the decision",
                &self.log_only_flips,
            ),
            (
                "log_only_eval_incomplete",
                "Decisions with more policies that are only logged than are listed",
                &self.log_only_incomplete,
            ),
        ];
        for (name, help, counter) in counters {
            registry.register(name, help, counter.clone());
        }
        registry.register(
            "policy_mismatch",
            "Times that a policy could not be evaluated",
            self.mismatches.clone(),
        );
        registry.register_with_unit(
            "latency",
            "Length of a decision",
            Unit::Seconds,
            self.latency.clone(),
        );
        registry
    }

    /// Counts a decision.
    pub fn count(&self, labels: &DecisionLabels, counted: Counted<'_>) {
        let add = |counters: &Counters, by: usize| {
            if by > 0 {
                counters
                    .get_or_create(labels)
                    .inc_by(u64::try_from(by).unwrap_or(u64::MAX));
            }
        };
        let once = |counters: &Counters, is_so: bool| add(counters, usize::from(is_so));
        self.latency
            .get_or_create(labels)
            .observe(counted.took.as_secs_f64());
        once(&self.invocations, true);
        once(&self.system_errors, counted.error == Some(Blame::System));
        once(&self.user_errors, counted.error == Some(Blame::User));
        once(&self.allowed, counted.allowed == Some(true));
        once(&self.denied, counted.allowed == Some(false));
        add(&self.total_mismatched, counted.mismatched.len());
        once(&self.mismatch_errors, counted.mismatch_error);
        add(&self.determining, counted.determining);
        once(
            &self.none_determining,
            counted.allowed.is_some() && counted.determining == 0,
        );
        add(&self.log_only_matches, counted.log_only.0);
        add(&self.log_only_flips, counted.log_only.1);
        once(&self.log_only_incomplete, counted.log_only_incomplete);
        let active = counted.mismatched.iter().map(|policy| (policy, "ACTIVE"));
        let logged = counted.log_only_mismatched.iter();
        for (policy, policy_enforcement_mode) in active.chain(logged.map(|policy| (policy, "LOG_ONLY"))) {
            let labels = PolicyLabels {
                policy_engine: labels.policy_engine.clone(),
                policy: (*policy).to_owned(),
                policy_enforcement_mode,
            };
            self.mismatches.get_or_create(&labels).inc();
        }
    }

    /// All of it, as `/metrics` shows it.
    #[must_use]
    pub fn text(&self) -> String {
        page(&self.registry)
    }
}
