//! One request in a session, of whose end the server hears when nobody waits for its answer any more.

use crate::backend::tools::McpSession;
use rmcp::model::{ClientRequest, ServerResult};
use rmcp::service::{PeerRequestOptions, RequestHandle, RoleClient, ServiceError};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;

/// How long a session is kept for telling the server.
const FAREWELL: Duration = Duration::from_secs(2);

/// A request under way. Dropped before its answer it is cancelled, in a session that is kept for so long: a session that
/// ends at once would take the cancellation with it.
struct Asked {
    session: Arc<McpSession>,
    handle: Option<RequestHandle<RoleClient>>,
}

/// The answer of the server, of whatever kind it is.
pub(super) async fn ask(
    session: &Arc<McpSession>,
    request: ClientRequest,
) -> Result<ServerResult, ServiceError> {
    let options = PeerRequestOptions::no_options();
    let handle = session.send_cancellable_request(request, options).await?;
    let mut asked = Asked {
        session: Arc::clone(session),
        handle: Some(handle),
    };
    let Some(handle) = &mut asked.handle else {
        return Err(ServiceError::TransportClosed);
    };
    let answer = (&mut handle.rx).await;
    asked.handle = None;
    answer.unwrap_or(Err(ServiceError::TransportClosed))
}

impl Drop for Asked {
    fn drop(&mut self) {
        if let (Some(handle), Ok(runtime)) = (self.handle.take(), Handle::try_current()) {
            let session = Arc::clone(&self.session);
            runtime.spawn(async move {
                let told = handle.cancel(Some("nobody waits for the answer any more".to_owned()));
                if let Ok(Err(error)) = tokio::time::timeout(FAREWELL, told).await {
                    tracing::debug!(%error, "an MCP server was not told of a cancellation");
                }
                drop(session);
            });
        }
    }
}
