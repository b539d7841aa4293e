//! Logs, metrics, health.

mod lines;
mod logs;
mod metrics;
mod serve;

pub use logs::{LogError, LogFormat, init};
pub use metrics::{Metrics, PassResult};
pub use serve::{Health, bind};
