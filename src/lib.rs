//! Kubernetes operator and local backend for Amazon Bedrock AgentCore policies.
//!
//! The rooms below are listed in the order data flows.

pub mod cli;

pub mod api;
pub mod cedar;
pub mod model;

pub mod backend;
pub mod operator;

pub mod telemetry;
