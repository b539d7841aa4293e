//! The only room that names `kube::Api`: connect, read, watch, publish.

mod connect;
mod error;
mod publish;
mod read;
mod watch;

pub use connect::{Cluster, Scope};
pub use error::ClusterError;
pub use publish::Published;
pub use read::References;
pub use watch::{Watched, watch};
