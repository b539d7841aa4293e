//! Glue: the one pass that every kind goes through, when to make it, and which watch wakes whom.

mod backoff;
mod context;
mod lanes;
mod lead;
mod pass;
mod release;
mod rooms;
mod run;
mod tell;
mod wake;

pub use release::release_finalizers;
pub use run::{OperatorConfig, OperatorError, run};
