//! The HTTP client of everything that tools are read from and called at.

use super::endpoint::is_loopback;
use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use std::time::Duration;

/// For a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// Connections that are kept to one host.
const MOST_IDLE: usize = 32;
/// How long they are kept; shorter than most servers do.
const IDLE: Duration = Duration::from_secs(20);

/// A client that follows no redirects, so that nothing but the endpoint itself is asked, and keeps no cookies. Without
/// proxy for what is near.
///
/// # Errors
/// When TLS cannot be set up.
pub fn client(near: bool) -> Result<Client, reqwest::Error> {
    let client = Client::builder()
        .connect_timeout(CONNECT)
        .pool_max_idle_per_host(MOST_IDLE)
        .pool_idle_timeout(IDLE)
        .redirect(Policy::none());
    if near { client.no_proxy() } else { client }.build()
}

/// Whether a proxy would look for it in the wrong place: this machine, or the cluster.
#[must_use]
pub fn is_near(url: &Url) -> bool {
    url.scheme() == "http" || url.host_str().is_some_and(is_loopback)
}
