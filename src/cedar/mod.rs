//! Cedar knowledge: parse a statement, read its scope, validate it, put findings into words.
//!
//! The only room that names `cedar_policy`, and none of its types leaves this door. Everything
//! here is pure: the same text gives the same answer, letter for letter.

mod authorize;
mod bounded;
#[cfg(test)]
pub mod decide;
mod findings;
#[cfg(test)]
mod fuzz;
mod gateways;
mod kept;
mod parse;
mod position;
mod refusal;
mod schema;
mod scope;
mod stack;
mod statement;
mod suggest;
mod summary;
mod validate;

pub use authorize::{
    ArgumentError, Authorizer, BuildError, Call, Change, Decision, LogOnly, MOST_LOGGED, Mismatch, Mode,
    Principal, PrincipalKind, Request, RequestError, Response, Snapshot,
};
pub use findings::{Analysis, Claim, Finding};
pub use gateways::{actions_in, gateways_in, with_gateways};
pub use kept::Kept;
pub use parse::{MAX_NESTING, MAX_STATEMENT_CHARS, parse_statement};
pub use refusal::{ParseFailure, ParseProblem};
pub use schema::{MAX_SCHEMA_BYTES, Schema, SchemaError, changed_actions};
pub use scope::{ActionScope, Effect, Entity, PrincipalScope, ResourceScope};
pub use statement::{Sketch, Statement};
pub use summary::summary;
pub use validate::validate;
