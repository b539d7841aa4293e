//! The Kubernetes contract: one file a kind, plus conditions and shared field types.
