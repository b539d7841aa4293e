//! The only room that names the AWS SDK: connect, list, act, and put failures into classes.
//!
//! The operator has exactly this one client; "AWS or local" is an endpoint, not a second code path.

mod attachments;
mod budget;
mod connect;
mod credentials;
mod draft;
mod engines;
mod faults;
mod gateways;
mod generations;
mod inventory;
mod order;
mod policies;
mod raw;
mod remote;
mod strays;
mod targets;
mod texts;
mod turn;

pub use connect::{AgentCore, ConnectError, Endpoint};
pub use draft::Drafted;
pub use inventory::Freshness;
pub use remote::Remote;
pub use turn::Turn;
