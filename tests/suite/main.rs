//! The one integration-test binary: each further one would link the AWS SDK again.

mod backend_http;
mod controlplane;
mod rig;
