//! `/metrics`, `/healthz` and `/readyz`.

use super::Metrics;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use std::future::{Future, IntoFuture as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// The media type of metrics.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Whether the operator is ready: it is when every watch has brought its first list.
#[derive(Clone, Debug)]
pub struct Health {
    missing: Arc<AtomicU32>,
}

impl Health {
    /// Ready after `parts` parts have reported.
    #[must_use]
    pub fn waiting_for(parts: u32) -> Self {
        Self {
            missing: Arc::new(AtomicU32::new(parts)),
        }
    }

    /// One part is ready.
    pub fn part_is_ready(&self) {
        self.missing.fetch_sub(1, Ordering::SeqCst);
    }

    /// Whether all parts are.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.missing.load(Ordering::SeqCst) == 0
    }
}

/// Opens the listener; what comes back serves until `shutdown`.
///
/// # Errors
/// When the address cannot be listened on.
pub async fn bind(
    listen: SocketAddr,
    metrics: Metrics,
    health: Health,
    shutdown: CancellationToken,
) -> std::io::Result<(SocketAddr, impl Future<Output = std::io::Result<()>>)> {
    let listener = TcpListener::bind(listen).await?;
    let address = listener.local_addr()?;
    let app = Router::new()
        .route("/metrics", get(page))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .with_state((metrics, health));
    let serving = axum::serve(listener, app).with_graceful_shutdown(shutdown.cancelled_owned());
    Ok((address, serving.into_future()))
}

/// Opens a listener that shows one page of metrics; what comes back serves until `shutdown`.
///
/// # Errors
/// When the address cannot be listened on.
pub async fn bind_page(
    listen: SocketAddr,
    text: impl Fn() -> String + Clone + Send + Sync + 'static,
    shutdown: CancellationToken,
) -> std::io::Result<(SocketAddr, impl Future<Output = std::io::Result<()>>)> {
    let listener = TcpListener::bind(listen).await?;
    let address = listener.local_addr()?;
    let page = move || async move { ([(header::CONTENT_TYPE, OPEN_METRICS)], text()) };
    let app = Router::new().route("/metrics", get(page));
    let serving = axum::serve(listener, app).with_graceful_shutdown(shutdown.cancelled_owned());
    Ok((address, serving.into_future()))
}

async fn page(State((metrics, _)): State<(Metrics, Health)>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, OPEN_METRICS)], metrics.text())
}

async fn ready(State((_, health)): State<(Metrics, Health)>) -> (StatusCode, &'static str) {
    if health.is_ready() {
        (StatusCode::OK, "ok\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "watches not synced yet\n")
    }
}
