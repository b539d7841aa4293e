//! What some times come to.

use serde_json::{Value, json};
use std::time::Duration;

/// Sorts them, and tells the middle and the slow ones in microseconds.
pub fn told(times: &mut [Duration]) -> Value {
    times.sort_unstable();
    let micros = |time: &Duration| time.as_secs_f64() * 1e6;
    let at = |thousandths: usize| {
        let index = times.len().saturating_sub(1) * thousandths / 1000;
        times.get(index).map_or(0.0, micros)
    };
    let mean =
        times.iter().map(micros).sum::<f64>() / f64::from(u32::try_from(times.len().max(1)).unwrap_or(1));
    json!({"p50": at(500), "p99": at(990), "most": at(1000), "mean": mean})
}
