//! The operator: keeps custom resources and `AgentCore` in agreement.
