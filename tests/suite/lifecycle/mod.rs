//! The life of a policy engine and a policy, from `kubectl apply` to nothing: the operator under the chart's RBAC, a
//! real API server, and the backend as a program of its own, asked over HTTP what it really has.

mod apply;
mod deletion;
mod drift;
mod edit;
mod outage;
mod ownership;
pub mod scene;
mod siblings;
mod turns;
