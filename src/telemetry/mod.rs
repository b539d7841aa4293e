//! Logs, metrics, health.

mod decisions;
mod lines;
mod logs;
mod metrics;
mod serve;

pub use decisions::{Blame, Counted, DecisionLabels, DecisionMetrics};
pub use logs::{LogError, LogFormat, init};
pub use metrics::{MOST_OBJECTS, Metrics, PassResult, Standing, Standings};
pub use serve::{Health, bind, bind_page};
