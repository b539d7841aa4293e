//! Which operations keep failing.

use super::Metrics;
use super::labels::OperationLabels;
use prometheus_client::registry::Registry;

impl Metrics {
    pub(super) fn show_breakers(&self, own: &mut Registry) {
        own.register(
            "breaker_open",
            "Whether an operation keeps failing, so that one call at a time is made",
            self.breakers.clone(),
        );
    }

    /// Tells whether an operation, of AWS or of Kubernetes, keeps failing.
    pub fn breaker(&self, operation: &'static str, open: bool) {
        self.breakers
            .get_or_create(&OperationLabels { operation })
            .set(i64::from(open));
    }
}
