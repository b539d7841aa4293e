//! How generations of policies end.

use super::Metrics;
use super::labels::ValidationLabels;
use prometheus_client::registry::Registry;

/// All the ways.
const RESULTS: [&str; 3] = ["usable", "useless", "failed"];

impl Metrics {
    pub(super) fn show_generations(&self, own: &mut Registry) {
        // A rate over what has not happened yet needs a zero.
        for result in RESULTS {
            self.generations
                .get_or_create(&ValidationLabels { result })
                .inc_by(0);
        }
        own.register(
            "generation",
            "Generations of policies that are over, by result",
            self.generations.clone(),
        );
    }

    /// Counts a generation that is over: with something to use, with nothing, or failed.
    pub fn generation_over(&self, result: &'static str) {
        self.generations.get_or_create(&ValidationLabels { result }).inc();
    }
}
