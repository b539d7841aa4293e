//! Who does not answer is asked by one caller at a time (reliability.md section 3): one breaker an operation.
//!
//! Knows neither AWS nor Kubernetes: `agentcore` asks before each of its calls, `controllers` before each pass what
//! the API server is like, and whoever waits is woken by `controllers` when a breaker has closed.

mod breakers;
mod state;

pub use breakers::{Breakers, Permit, Turned};
pub use state::Turn;
