//! How the operator runs, and why it cannot.

use crate::operator::agentcore::{ConnectError, Endpoint};
use crate::operator::cluster::{Candidate, ClusterError};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// How the operator runs.
#[derive(Clone, Debug)]
pub struct OperatorConfig {
    /// Which `AgentCore`.
    pub endpoint: Endpoint,
    /// Kubeconfig file; else `KUBECONFIG`, else the Pod's ServiceAccount.
    pub kubeconfig: Option<PathBuf>,
    /// What tells this cluster from others; else the UID of `kube-system`.
    pub cluster_id: Option<String>,
    /// Namespaces to look after; none: all.
    pub namespaces: Vec<String>,
    /// How often AWS is looked at when nothing changes; zero: never.
    pub resync: Duration,
    /// One of several processes, of which one writes; none: there is no other.
    pub candidate: Option<Candidate>,
    /// Where `/metrics`, `/healthz` and `/readyz` are served.
    pub metrics_listen: SocketAddr,
    /// The most objects of a kind of which each one's conditions are metrics.
    pub metrics_objects: usize,
}

/// Why the operator cannot run.
#[derive(Debug, thiserror::Error)]
pub enum OperatorError {
    /// The API server.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// `AgentCore`.
    #[error(transparent)]
    AgentCore(#[from] ConnectError),
    /// Another process has taken the Lease, or may have.
    #[error(
        "the Lease was lost: another operator leads, or the API server was away for too long. This one must start anew"
    )]
    LeaseLost,
    /// The address for metrics and probes.
    #[error("cannot listen on {address} for metrics and probes: {source}. Choose another --metrics-listen")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
}
