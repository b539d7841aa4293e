//! What the tests of this binary stand on: a real control plane, the operator and the backend as child
//! processes, and one way to wait.
//!
//! Nothing here outlives the test process, whatever ends it: the control plane ends when its standard
//! input closes, every other child has a watchdog that does the same (see [`process`]).

#![allow(
    dead_code,
    unused_imports,
    reason = "the rig offers more than the tests of one day use"
)]

pub mod ahead;
pub mod api;
pub mod audit;
pub mod backend;
pub mod controlplane;
pub mod go;
pub mod http;
pub mod kstatus;
pub mod kubectl;
pub mod mcp;
pub mod mirror;
pub mod namespace;
pub mod operator;
#[path = "../../postgres/server.rs"]
pub mod postgres;
pub mod process;
pub mod proxy;
pub mod second;
pub mod wait;
pub mod watch;

pub use backend::Backend;
pub use controlplane::ControlPlane;
pub use mcp::Mcp;
pub use mirror::Mirror;
pub use namespace::Namespace;
pub use operator::{Operator, OperatorSetup};
pub use second::Second;
pub use wait::wait_until;
