//! The one integration-test binary: each further one would link the AWS SDK again.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test that cannot go on panics"
)]

mod architecture;
mod authorize;
mod backend_http;
mod calls;
mod chart;
mod cli;
mod consent;
mod controlplane;
mod crds;
mod dependencies;
mod faults;
mod leader;
mod least_privilege;
mod lifecycle;
mod proxy;
mod rig;
mod waiting;
