//! Words that both programs share: names, ids, ARNs, lifecycle statuses, digests, client tokens, tools.
//!
//! No I/O, no Kubernetes, no AWS SDK: everything here is a value or a pure function.

mod arn;
mod digest;
mod edits;
mod fault;
mod name;
mod status;
mod token;
mod tool;

pub use arn::{Arn, ArnError};
pub use digest::{Digest, sha256};
pub use edits::edits;
pub use fault::{Fault, FaultClass};
pub use name::default_name;
pub use status::Lifecycle;
pub use token::client_token;
pub use tool::Tool;
