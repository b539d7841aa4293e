//! What every kind can do in AWS: be looked at, and be written to, one write at a time.

use super::{AgentCore, Freshness};
use crate::model::Fault;
use crate::operator::decide::{Found, Kind, Sought, Write};
use std::future::Future;
use std::time::Duration;

/// The effects of a kind.
pub trait Remote: Kind + Sized {
    /// Looks for the resource in the shared listings.
    fn observe(
        agentcore: &AgentCore,
        sought: &Sought,
        freshness: Freshness,
    ) -> impl Future<Output = Result<Found<Self::Observed>, Fault>> + Send;

    /// What stands beside the resource, as one number that changes with it: what failed may pass then. Asked after
    /// [`Remote::observe`], it takes what that has brought.
    #[must_use]
    fn beside(_: &AgentCore, _: &Sought, _: Freshness) -> impl Future<Output = Option<u64>> + Send {
        std::future::ready(None)
    }

    /// How long those who poll may still do without another look.
    fn rest(agentcore: &AgentCore, sought: &Sought) -> Duration;

    /// Makes one write; the id in the answer to a create.
    fn perform(
        agentcore: &AgentCore,
        write: Write<'_, Self>,
    ) -> impl Future<Output = Result<Option<String>, Fault>> + Send;
}
