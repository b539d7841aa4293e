//! The operator: keeps custom resources and `AgentCore` in agreement.
//!
//! Every kind goes through one pass: read, desire, observe, plan, act, status, publish. The stages are rooms:
//! `cluster` reads and publishes, `decide` thinks, `agentcore` observes and acts, `controllers` joins them. `breaker` stands
//! before calls that keep failing.

pub mod agentcore;
pub mod breaker;
pub mod cluster;
pub mod controllers;
pub mod decide;
#[cfg(test)]
mod proof;

pub use agentcore::Endpoint;
pub use cluster::Candidate;
pub use controllers::{
    DraftAnswer, DraftConfig, DraftError, OperatorConfig, OperatorError, draft, release_finalizers, run,
};
