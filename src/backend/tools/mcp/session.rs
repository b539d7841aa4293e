//! A session with an MCP server, over streamable HTTP: the one way that it is spoken to.

use super::stoppable::Stoppable;
use super::words;
use http::HeaderMap;
use reqwest::{Client, Url};
use rmcp::ServiceExt as _;
use rmcp::model::{ClientCapabilities, ClientConfig, Implementation};
use rmcp::service::{RoleClient, RunningService, ServiceError};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use tokio_util::sync::CancellationToken;

/// A session that ends when it is dropped.
pub type McpSession = RunningService<RoleClient, ClientConfig>;

/// Begins a session with the server at `endpoint`, whose messages have `largest` bytes at most; each request has these headers.
///
/// No credentials are sent: the target's credential providers live in AWS. What the server asks its client for (samples, input,
/// roots) is refused. When the server has forgotten the session, which it says before it does anything, a request is made once
/// more in a new one.
///
/// # Errors
/// A text when the server is not reached, does not speak MCP or refuses.
pub async fn connect(
    endpoint: &Url,
    client: Client,
    headers: HeaderMap,
    largest: usize,
) -> Result<McpSession, String> {
    let stop = CancellationToken::new();
    let begun = stop.clone().drop_guard();
    let transport = StreamableHttpClientTransport::with_client(
        Stoppable { client, stop },
        StreamableHttpClientTransportConfig::with_uri(endpoint.as_str())
            .custom_headers(
                headers
                    .into_iter()
                    .filter_map(|(name, value)| Some((name?, value)))
                    .collect(),
            )
            .max_json_response_size(largest)
            .max_sse_event_size(largest)
            .reinit_on_expired_session(true),
    );
    let me = ClientConfig::new(
        ClientCapabilities::default(),
        Implementation::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION")),
    );
    let session = me.serve(transport).await;
    // From here on the session stops what it does when it ends.
    begun.disarm();
    session.map_err(|error| words::of_beginning(&error))
}

/// Why a request within a session failed, in one line for people.
#[must_use]
pub fn why(error: &ServiceError) -> String {
    words::of_request(error)
}
