//! The admin listener: the fault script, the journal and the clock over HTTP, for tests.
//!
//! It is a listener of its own, on the loopback interface only, and off unless it is asked for; nothing of it can
//! be reached through the public one. Requests that name another host than this machine are refused, so that no
//! web page can reach it through a name of its own.

mod routes;

use crate::backend::script::Script;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// An admin listener that is ready to serve.
#[derive(Debug)]
pub struct Admin {
    address: SocketAddr,
    listener: TcpListener,
    script: Arc<Script>,
}

/// Opens the listener; the journal is kept from now on.
///
/// # Errors
/// When the address cannot be listened on.
pub async fn bind(listen: SocketAddr, script: Arc<Script>) -> std::io::Result<Admin> {
    let listener = TcpListener::bind(listen).await?;
    let address = listener.local_addr()?;
    script.record();
    Ok(Admin {
        address,
        listener,
        script,
    })
}

impl Admin {
    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `shutdown`.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn serve(self, shutdown: CancellationToken) -> std::io::Result<()> {
        tracing::info!(address = %self.address, "the admin listener is serving");
        let app = routes::router(self.script);
        // Its answers are short and nothing waits for them: no need to let them end.
        tokio::select! {
            served = axum::serve(self.listener, app) => served,
            () = shutdown.cancelled() => Ok(()),
        }
    }
}
