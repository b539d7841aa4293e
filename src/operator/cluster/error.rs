//! What can go wrong with the API server.

/// A failure to read from or write to Kubernetes.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// No kubeconfig, no ServiceAccount, or one that cannot be read.
    #[error(
        "no way to a Kubernetes API server: {0}. Set KUBECONFIG or --kubeconfig, or run in a Pod with a ServiceAccount"
    )]
    Config(String),
    /// The server does not answer.
    #[error(
        "the Kubernetes API server at {server} does not answer: {source}. Check the address in the kubeconfig and the network"
    )]
    Unreachable {
        /// Its address.
        server: String,
        /// Why.
        #[source]
        source: Box<kube::Error>,
    },
    /// A kind is not installed.
    #[error(
        "the CRD {plural}.agentcore.dev is not installed: run `agentcore-policy-operator crds | kubectl apply --server-side -f -`, or install the Helm chart"
    )]
    NoCrd {
        /// The kind's plural.
        plural: String,
    },
    /// A kind may not be read.
    #[error(
        "the operator may not list {plural}.agentcore.dev: {source}. Install the chart's RBAC for its ServiceAccount"
    )]
    Forbidden {
        /// The kind's plural.
        plural: String,
        /// What the server said.
        #[source]
        source: Box<kube::Error>,
    },
    /// The cluster's identity could not be read.
    #[error(
        "cannot read the UID of namespace kube-system, which tells this cluster from others: {0}. Allow the operator to get that namespace, or set --cluster-id"
    )]
    ClusterId(#[source] Box<kube::Error>),
    /// An object could not be read.
    #[error("cannot read {what}: {source}")]
    Read {
        /// What was to be read.
        what: String,
        /// Why not.
        #[source]
        source: Box<kube::Error>,
    },
    /// An object could not be written.
    #[error("cannot write {what}: {source}")]
    Write {
        /// What was to be written.
        what: String,
        /// Why not.
        #[source]
        source: Box<kube::Error>,
    },
}
