//! `restJson1` and nothing else: from HTTP to one value and back, driven by the service model.
//!
//! A request is told whose it is (`sigv4`), routed (`route`), read (`decode`), checked (`check`, `violation`), its page token opened
//! (`page`), performed by `control`, and its output written (`encode`). All of that is one table derived from
//! `service-model.json` (`model`): this room names no operation but STS's, which is not in the model.

mod answer;
mod check;
mod decode;
mod encode;
mod model;
mod page;
mod reply;
mod route;
mod server;
mod sigv4;
mod sts;
#[cfg(test)]
mod tests;
mod violation;

pub use answer::{Setup, Wire};
pub use server::serve;
pub use sigv4::{Credentials, CredentialsError};
