//! What every kind can do in AWS: be looked at, and be written to, one write at a time.

use super::{AgentCore, Freshness};
use crate::model::Fault;
use crate::operator::decide::{Found, Kind, Look, Plan, Sought};
use std::future::Future;

/// The effects of a kind.
pub trait Remote: Kind {
    /// Looks for the resource in the shared listings.
    fn observe(
        agentcore: &AgentCore,
        sought: &Sought,
        freshness: Freshness,
    ) -> impl Future<Output = Result<Found<Self::Observed>, Fault>> + Send;

    /// Makes the one write that the plan asks for; the id in the answer to a create.
    fn perform(
        agentcore: &AgentCore,
        write: &Write<'_, Self>,
    ) -> impl Future<Output = Result<Option<String>, Fault>> + Send;
}

/// One write.
#[derive(Debug)]
pub struct Write<'a, K: Kind + ?Sized> {
    /// What is planned: one of the plans that write remotely.
    pub plan: Plan,
    /// What AWS should have; there for every plan but a deletion.
    pub desired: Option<&'a K::Desired>,
    /// What it has; there for every plan but a create.
    pub observed: Option<&'a K::Observed>,
    /// What is known of it.
    pub look: Option<&'a Look>,
    /// The deterministic client token of a create.
    pub client_token: &'a str,
}
