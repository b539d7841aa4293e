//! Logs, metrics, health.

mod lines;
mod logs;
mod metrics;
mod serve;

pub use logs::{LogError, LogFormat, init};
pub use metrics::{MOST_OBJECTS, Metrics, PassResult, Standing, Standings};
pub use serve::{Health, bind};
