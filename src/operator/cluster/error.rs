//! What can go wrong with the API server.

use kube::api::DynamicObject;
use std::error::Error as _;
use std::path::PathBuf;
use std::sync::Arc;

/// A failure to read from or write to Kubernetes. Each text is one line; those of the start say what to do.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// The kubeconfig that was named cannot be used.
    #[error("cannot use the kubeconfig {}: {reason}. Correct the file, or name another with --kubeconfig", path.display())]
    Kubeconfig {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// No kubeconfig was named, none is where one is looked for, and this is no Pod.
    #[error(
        "no way to a Kubernetes API server: {0}. Set KUBECONFIG or --kubeconfig, or run in a Pod with a ServiceAccount"
    )]
    Config(String),
    /// The server does not answer.
    #[error(
        "the Kubernetes API server at {server} does not answer: {reason}. Check the address in the kubeconfig and the network"
    )]
    Unreachable {
        /// Its address.
        server: String,
        /// Why.
        reason: String,
    },
    /// The server does not know us.
    #[error(
        "the Kubernetes API server at {server} does not accept the credentials: {reason}. Renew the token or the certificate in the kubeconfig"
    )]
    Unauthorized {
        /// Its address.
        server: String,
        /// What it said.
        reason: String,
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
        "{reason}. Install the chart's RBAC for this account, or name the namespaces it may read with --watch-namespace"
    )]
    Forbidden {
        /// What the server said, which names the account and the right.
        reason: String,
    },
    /// The cluster's identity could not be read.
    #[error(
        "cannot read the UID of namespace kube-system, which tells this cluster from others: {}. Allow the operator to get that namespace, or set --cluster-id",
        cause(source)
    )]
    ClusterId {
        /// Why not.
        #[source]
        source: Arc<kube::Error>,
    },
    /// An object could not be read.
    #[error("cannot read {what}: {}", cause(source))]
    Read {
        /// What was to be read.
        what: String,
        /// Why not.
        #[source]
        source: Arc<kube::Error>,
    },
    /// An object is there, and of no form that this version knows.
    #[error("{what} is of no form that this version knows: {reason}")]
    Unreadable {
        /// Which object.
        what: String,
        /// What is wrong with it.
        reason: String,
        /// It, if it can be read as an object of any form at all.
        object: Option<Box<DynamicObject>>,
    },
    /// The answer is older than what was seen before.
    #[error("{what} is from before what was seen of it; it is read again")]
    Behind {
        /// What was read.
        what: String,
    },
    /// An object could not be written.
    #[error("cannot write {what}: {}", cause(source))]
    Write {
        /// What was to be written.
        what: String,
        /// Why not.
        #[source]
        source: Arc<kube::Error>,
    },
}

impl ClusterError {
    /// Whether the server is away or overloaded, which is no fault of the object that was read or written.
    #[must_use]
    pub fn is_outage(&self) -> bool {
        let (Self::Read { source, .. } | Self::Write { source, .. }) = self else {
            return matches!(self, Self::Unreachable { .. });
        };
        if let kube::Error::Api(status) = source.as_ref() {
            return status.code == 429 || status.code >= 500;
        }
        matches!(
            **source,
            kube::Error::HyperError(_) | kube::Error::Service(_) | kube::Error::ReadEvents(_)
        )
    }
}

/// What the server said, or the innermost of what was in the way: the layers between tell a reader nothing.
pub(super) fn cause(error: &kube::Error) -> String {
    if let kube::Error::Api(status) = error
        && !status.message.is_empty()
    {
        return status.message.clone();
    }
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

/// What is wrong with a kubeconfig, in one line.
pub(super) fn kubeconfig_problem(error: &kube::config::KubeconfigError) -> String {
    use kube::config::KubeconfigError as Problem;
    if let Problem::ReadConfig(source, _) = error {
        return source.to_string();
    }
    if let Problem::Parse(source) = error {
        // The parser draws the place below its first line.
        let text = source.to_string();
        let first = text.lines().next().unwrap_or_default();
        return format!(
            "it is no YAML of a kubeconfig ({})",
            first.trim_start_matches("error: ")
        );
    }
    error.to_string()
}

/// Why neither a kubeconfig nor a Pod's ServiceAccount was found.
pub(super) fn infer_problem(error: &kube::config::InferConfigError) -> String {
    use kube::config::KubeconfigError as Problem;
    match error.source().and_then(|source| source.downcast_ref::<Problem>()) {
        Some(problem @ Problem::ReadConfig(_, path)) => {
            format!("{}: {}", path.display(), kubeconfig_problem(problem))
        }
        Some(problem) => kubeconfig_problem(problem),
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kube::core::Status;

    #[test]
    fn an_answer_of_the_server_is_told_in_its_own_words_alone() {
        let status = Status {
            message: "policies.agentcore.dev \"p\" is forbidden".to_owned(),
            code: 403,
            ..Status::default()
        };
        let error = ClusterError::Read {
            what: "Policy a/p".to_owned(),
            source: Arc::new(kube::Error::Api(Box::new(status))),
        };
        assert_eq!(
            error.to_string(),
            "cannot read Policy a/p: policies.agentcore.dev \"p\" is forbidden"
        );
    }

    #[test]
    fn an_outage_is_told_from_what_is_wrong_with_one_object() {
        let answered = |code| {
            kube::Error::Api(Box::new(Status {
                code,
                ..Status::default()
            }))
        };
        let no_json = serde_json::from_str::<u8>("x").expect_err("no number");
        let broken = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
        let table = [
            (answered(429), true),
            (answered(500), true),
            (answered(503), true),
            (answered(403), false),
            (answered(413), false),
            (answered(422), false),
            (kube::Error::SerdeError(no_json), false),
            (kube::Error::Service(Box::new(broken)), true),
        ];
        for (error, outage) in table {
            let told = error.to_string();
            let error = ClusterError::Write {
                what: "the status of Policy a/p".to_owned(),
                source: Arc::new(error),
            };
            assert_eq!(error.is_outage(), outage, "{told}");
        }
    }

    #[test]
    fn a_broken_connection_is_told_by_its_innermost_cause() {
        let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
        let error = kube::Error::Service(Box::new(std::io::Error::other(refused)));
        assert_eq!(cause(&error), "connection refused");
    }
}
