//! The one integration-test binary: each further one would link the AWS SDK again.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on panics"
)]

mod architecture;
mod backend_http;
mod chart;
mod controlplane;
mod crds;
mod dependencies;
mod lifecycle;
mod proxy;
mod rig;
mod waiting;
