//! The only room that names `kube::Api`: connect, read, watch, publish, and the Lease.

mod connect;
mod consent;
mod declared;
mod definition;
mod draft;
mod edges;
mod error;
mod events;
mod following;
mod gateways;
mod generations;
mod glimpse;
mod lease;
mod lenient;
mod list;
mod publish;
mod read;
mod reference;
mod release;
mod seen;
mod shared;
mod targets;
mod watch;

pub use connect::{Cluster, Scope};
pub use definition::Removal;
pub use draft::Drafting;
pub use edges::{Edges, Notice, Place, Standing};
pub use error::ClusterError;
pub use following::Following;
pub use gateways::guard;
pub use glimpse::Glimpse;
pub use lease::{Campaign, Candidate, LASTS, Turn, WRITES_FOR, WRITES_TAKE};
pub use publish::Published;
pub use read::{References, requests};
pub use watch::{Watched, watch};
