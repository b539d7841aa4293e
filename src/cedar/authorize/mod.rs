//! Authorization of a tool call: the policies of one gateway, an index of them by action, and one decision a request.
//!
//! The index says which policies a request can concern, and each of them is decided by its shortcut, which calls Cedar's functions,
//! or by Cedar's own evaluator where the shortcut knows no answer (performance.md 7.1). `scripts/authorize/` holds that decision,
//! determining and erroring policies are those of Cedar's authorizer over all policies.

mod arguments;
mod authorizer;
mod condition;
mod index;
mod listing;
mod principal;
mod request;
mod response;
mod rule;
mod shortcut;
#[cfg(test)]
mod tests;
mod texts;
mod tools;
mod words;

pub use arguments::ArgumentError;
pub use authorizer::{Authorizer, BuildError, Change, Snapshot};
pub use principal::{Principal, PrincipalKind};
pub use request::{Call, Request, RequestError};
pub use response::{Decision, LogOnly, MOST_LOGGED, Mismatch, Response};
pub use rule::Mode;
