//! Words that both programs share: names, ids, ARNs, lifecycle statuses, digests, client tokens, tools, moments, secrets.
//!
//! No I/O, no Kubernetes, no AWS SDK: everything here is a value or a pure function.

mod arn;
mod candidate;
mod digest;
#[cfg(test)]
mod edited;
mod edits;
mod fault;
mod gateway_arn;
mod interval;
mod milestone;
mod moment;
mod name;
mod secret;
mod status;
mod token;
mod tool;

pub use arn::{Arn, ArnError};
pub use candidate::{Candidate, CandidateFinding};
pub use digest::{Digest, sha256, sha256_of};
#[cfg(test)]
pub(crate) use edited::edited;
pub use edits::edits;
pub use fault::{Fault, FaultClass, MISMATCH, Retry, Row, SIGNATURE};
pub use gateway_arn::GatewayArn;
pub use interval::parse_interval;
pub use milestone::Milestone;
pub use moment::{compact, iso8601, iso8601_micros, parse_compact, parse_iso8601};
pub use name::{default_gateway_name, default_name, is_object_name, name_for};
pub use secret::{Secret, SigningKey, same};
pub use status::Lifecycle;
pub use token::client_token;
pub use tool::{BETWEEN, Offer, Protocol, Target, Tool};
