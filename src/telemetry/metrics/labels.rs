//! The labels of metrics, under the names of kubernetes-conventions.md 7.1.

use prometheus_client::encoding::EncodeLabelSet;

macro_rules! labels {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $kind:ty),* })*) => {
        $($(#[$doc])*
        #[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
        pub(super) struct $name { $(pub(super) $field: $kind),* })*
    };
}

labels! {
    /// How a pass ended.
    PassLabels { controller: &'static str, result: &'static str }
    /// Whose passes.
    ControllerLabels { controller: &'static str }
    /// A call to AgentCore and its answer.
    CallLabels { operation: &'static str, code: String, backend: &'static str }
    /// A call to AgentCore.
    OperationLabels { operation: &'static str }
    /// A request to Kubernetes and its answer.
    RequestLabels { code: String, method: String, host: String }
    /// A write to an object.
    WriteLabels { kind: &'static str, what: &'static str }
    /// A kind of objects.
    KindLabels { kind: &'static str }
    /// A kind of objects, and whether those are meant that are Ready.
    ReadyLabels { kind: &'static str, ready: &'static str }
    /// A condition of an object.
    ConditionLabels { kind: &'static str, namespace: String, name: String, condition: &'static str, status: &'static str }
    /// A queue, by the name of its controller.
    QueueLabels { name: &'static str }
    /// What became of a statement, or of a generation.
    ValidationLabels { result: &'static str }
    /// A Lease.
    LeaseLabels { name: &'static str }
}

/// How a pass ended, as controller-runtime names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PassResult {
    /// Nothing more to do.
    Success,
    /// To be done again at once.
    Requeue,
    /// To be done again later.
    RequeueAfter,
    /// Kubernetes could not be read or written.
    Error,
}

impl PassResult {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Requeue => "requeue",
            Self::RequeueAfter => "requeue_after",
            Self::Error => "error",
        }
    }
}
