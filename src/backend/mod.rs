//! The local backend: an `AgentCore` control plane that speaks the same AWS wire protocol.
