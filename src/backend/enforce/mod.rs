//! The gateways: who calls, whether the policies let it through, and the call of the tool.
#![allow(dead_code, unused_imports, reason = "its listener comes next")]

mod force;
mod forward;
mod protocol;
mod verdict;
mod who;

pub use forward::{Forward, ForwardConfig, LambdaEndpoint, Limits as ForwardLimits};
pub use who::{CallersConfig, DevelopmentError, development_token};
