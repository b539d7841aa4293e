//! The Model Context Protocol as a gateway speaks it: what a client says, read strictly, and what it is told.

mod error;
pub mod json;
mod message;
mod session;
mod version;

pub use error::RpcError;
pub use message::{Message, Request};
pub use session::{LASTS, Owner, Sessions};
pub use version::{Said, Version, Versions};
