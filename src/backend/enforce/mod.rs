//! The gateways: who calls, whether the policies let it through, the call of the tool, and the record of it.
//!
//! One listener serves the endpoints of all gateways (`endpoint`), each of which speaks the Model Context Protocol
//! (`protocol`). Who calls is found out first (`who`); then what is in force (`force`) decides, that is put into words
//! (`verdict`) and recorded (`record`), and what was decided about is sent to the tool (`forward`).

mod endpoint;
mod force;
mod forward;
mod protocol;
mod record;
mod verdict;
mod who;

use crate::backend::control::Control;
use crate::backend::listener::{self, Dropped, Limits};
use crate::telemetry::DecisionMetrics;
use axum::body::Body;
use axum::http::{Request, Response};
use endpoint::{Endpoint, Hosts};
use force::Force;
use futures::future::BoxFuture;
use hyper::body::Incoming;
use record::DecisionLog;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use forward::{Forward, ForwardConfig, LambdaEndpoint, Limits as ForwardLimits};
pub use record::{Chain, DecisionLogError, DecisionLogFailure};
pub use who::{CallersConfig, DevelopmentError, Identities, Setup as Identification, development_token};

/// The gateways' listener, ready to serve.
#[derive(Debug)]
pub struct Gateways {
    listener: TcpListener,
    endpoint: Arc<Endpoint>,
}

/// What the gateways stand on.
#[derive(Debug)]
pub struct Setup<'s> {
    /// Where they are served.
    pub listener: TcpListener,
    /// Where that is.
    pub address: SocketAddr,
    /// What their URLs begin with.
    pub base: &'s str,
    /// The control plane.
    pub control: Arc<Control>,
    /// Who calls.
    pub identities: Identities,
    /// How tools are called.
    pub forward: Forward,
    /// The file that decisions are recorded in, if they are.
    pub decision_log: Option<&'s Path>,
    /// What becomes of calls that cannot be.
    pub decision_log_failure: DecisionLogFailure,
    /// Where decisions are counted, if anybody sees it.
    pub metrics: Option<DecisionMetrics>,
}

impl Gateways {
    /// Gateways on this ground.
    ///
    /// # Errors
    /// [`DecisionLogError`].
    pub fn new(setup: Setup<'_>) -> Result<Self, DecisionLogError> {
        let Setup {
            listener,
            address,
            base,
            control,
            identities,
            forward,
            decision_log,
            decision_log_failure,
            metrics,
        } = setup;
        let open = |path| DecisionLog::open(path, decision_log_failure);
        let log = decision_log.map(open).transpose()?;
        let endpoint = Endpoint {
            force: Arc::new(Force::new(Arc::clone(&control))),
            control,
            identities,
            forward,
            log: log.unwrap_or_default(),
            metrics,
            hosts: Hosts::new(address.ip().is_loopback(), base),
            sessions: protocol::Sessions::default(),
            running: endpoint::Running::default(),
        };
        Ok(Self {
            listener,
            endpoint: Arc::new(endpoint),
        })
    }

    /// Reads what is in force, and serves until `shutdown`.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn serve(self, shutdown: CancellationToken) -> std::io::Result<()> {
        let Self { listener, endpoint } = self;
        // What is in force is followed until the last call is answered.
        let idle = CancellationToken::new();
        let following = endpoint.force.follow(idle.clone());
        let answering = Arc::clone(&endpoint);
        let loaded = Arc::clone(&endpoint.force);
        let handle = move |request| answered(Arc::clone(&answering), request);
        let serving = async {
            // Who calls before waits, and is not told that there is no gateway.
            tokio::select! {
                () = loaded.loaded() => {}
                () = shutdown.cancelled() => {}
            }
            let served = listener::serve(listener, handle, Limits::default(), shutdown).await;
            idle.cancel();
            served
        };
        let ((), served) = tokio::join!(following, serving);
        endpoint.log.close().await;
        served
    }
}

/// The answer to one request; boxed, for the compiler finds out here alone that it can be sent.
fn answered(
    endpoint: Arc<Endpoint>,
    request: Request<Incoming>,
) -> BoxFuture<'static, Result<Response<Body>, Dropped>> {
    Box::pin(async move { endpoint.handle(request).await })
}
