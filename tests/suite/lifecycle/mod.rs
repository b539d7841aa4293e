//! The life of a policy engine, a policy and a gateway, from `kubectl apply` to nothing: the operator under the chart's RBAC, a
//! real API server, and the backend as a program of its own, asked over HTTP what it really has.

pub mod adoption;
mod apply;
pub mod attachment;
mod deletion;
mod drift;
mod edit;
pub mod gateway;
mod gateway_ownership;
pub mod generation;
mod lost;
mod named;
mod outage;
mod ownership;
mod page;
pub mod quickstart;
mod rivals;
pub mod scene;
mod siblings;
pub mod target;
mod turns;
mod whole;
