//! The local backend: an `AgentCore` control plane that speaks the same AWS wire protocol.
//!
//! `wire` turns HTTP into a checked value, `control` does what it asks, `store` keeps it. Requests go down, answers
//! come back; nothing below knows what is above.

mod admin;
mod config;
mod control;
mod draft;
mod enforce;
mod generate;
mod listener;
mod script;
mod sigv4;
mod solver;
mod store;
mod switches;
mod tools;
mod wire;

pub use config::{BackendConfig, BackendError};
pub use control::DraftError;
pub use draft::{DraftConfig, draft};
pub use enforce::{
    CallersConfig, Chain, DecisionLogFailure, DevelopmentError, ForwardConfig, ForwardLimits, LambdaEndpoint,
    development_token,
};
pub use generate::{AuthorConfig, Dialect, ModelConfig};
pub use sigv4::{Credentials, CredentialsError};
pub use switches::{SwitchError, Switches};
pub use tools::TargetsConfig;

use crate::telemetry::{DecisionMetrics, bind_page};
use admin::Admin;
use control::{Clocks, Control, Place, Refusal, Setup};
use enforce::{Forward, Gateways, Identification, Identities};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use listener::Limits;
use script::Script;
use solver::Solver;
use std::net::SocketAddr;
use std::sync::Arc;
use store::{Postgres, Sqlite, Store, StoreError};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tools::Targets;
use wire::{ModelError, Wire};

pub use solver::Cvc5;
pub use store::DatabaseUrl;

/// The shape of an MCP server's endpoint; the model takes `https://.*` only.
const MCP_ENDPOINT: &str = "McpServerTargetConfigurationEndpointString";

impl From<StoreError> for BackendError {
    fn from(error: StoreError) -> Self {
        Self::Store(Box::new(error))
    }
}

impl From<ModelError> for BackendError {
    fn from(error: ModelError) -> Self {
        Self::Start(error.to_string())
    }
}

impl From<Refusal> for BackendError {
    fn from(refusal: Refusal) -> Self {
        Self::Start(refusal.to_string())
    }
}

/// A backend that listens and is ready to serve.
pub struct Backend {
    address: SocketAddr,
    listener: TcpListener,
    store: Arc<dyn Store>,
    control: Arc<Control>,
    wire: Arc<Wire>,
    gateways: Gateways,
    gateways_base: String,
    page: Option<BoxFuture<'static, std::io::Result<()>>>,
    /// Ends the page of metrics.
    stopped: CancellationToken,
    admin: Option<Admin>,
}

/// Opens the store and binds the listeners. Requests wait until [`Backend::serve`].
///
/// # Errors
/// [`BackendError`] when the configuration, the data directory, the database or an address cannot be used.
pub async fn bind(config: BackendConfig) -> Result<Backend, BackendError> {
    config.check()?;
    let targets = Targets::new(config.targets.clone()).map_err(|error| start(&error))?;
    let endpoints = targets.endpoint_pattern();
    let (listener, address) = listen(config.listen).await?;
    let (for_gateways, at_gateways) = listen(config.gateway_listen).await?;
    let given = config
        .gateway_url
        .as_deref()
        .map(|url| url.trim_end_matches('/').to_owned());
    let gateways_base = given.unwrap_or_else(|| format!("http://{}", reachable(at_gateways)));
    let store: Arc<dyn Store> = match &config.database_url {
        Some(url) => Arc::new(Postgres::open(url).await?),
        None => Arc::new(Sqlite::open(&config.data_dir).await?),
    };
    let script = Arc::new(Script::new(wire::catalog()?));
    if let Some(rules) = &config.fault_script {
        script
            .set(rules)
            .map_err(|error| BackendError::FaultScript(error.to_string()))?;
    }
    let admin = match config.admin_listen {
        Some(listen) => Some(bind_admin(listen, &script).await?),
        None => None,
    };
    let control = Arc::new(Control::new(Setup {
        store: Arc::clone(&store),
        place: Place {
            region: config.region.clone(),
            account: config.account_id,
            gateways: Some(gateways_base.clone()),
        },
        clocks: Clocks::system(&script),
        delay: config.transition_delay,
        switches: config.switches.clone(),
        author: config.author.author().map_err(|error| start(&error))?,
        script,
        tools: Arc::new(targets.clone()),
        solver: Solver::start(&config.cvc5).await.map_err(|error| start(&error))?,
    }));
    let wire = Wire::new(wire::Setup {
        control: Arc::clone(&control),
        page_key: control.page_key().await?,
        credentials: config.credentials,
    })?
    .taking(MCP_ENDPOINT, endpoints);
    let identities = Identities::new(Identification {
        region: config.region,
        listener_is_loopback: at_gateways.ip().is_loopback(),
        callers: config.callers,
        data_dir: config.data_dir,
        switches: config.switches,
    })
    .map_err(BackendError::Start)?;
    let metrics = config
        .gateway_metrics_listen
        .map(|address| (address, DecisionMetrics::default()));
    let gateways = Gateways::new(enforce::Setup {
        listener: for_gateways,
        address: at_gateways,
        base: &gateways_base,
        control: Arc::clone(&control),
        identities,
        forward: Forward::new(config.forward, targets).map_err(|error| start(&error))?,
        decision_log: config.decision_log.as_deref(),
        decision_log_failure: config.decision_log_failure,
        metrics: metrics.as_ref().map(|(_, metrics)| metrics.clone()),
    })?;
    let stopped = CancellationToken::new();
    let page = match metrics {
        Some((address, metrics)) => Some(show(metrics, address, stopped.clone()).await?),
        None => None,
    };
    Ok(Backend {
        address,
        listener,
        store,
        control,
        wire: Arc::new(wire),
        gateways,
        gateways_base,
        page,
        stopped,
        admin,
    })
}

impl BackendConfig {
    /// What can be told without opening anything.
    fn check(&self) -> Result<(), BackendError> {
        let account = &self.account_id;
        if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(BackendError::Account(account.clone()));
        }
        let in_region = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if self.region.is_empty() || !self.region.bytes().all(in_region) {
            return Err(BackendError::Region(self.region.clone()));
        }
        if self.credentials.is_none() && !self.unsigned_anywhere && !self.listen.ip().is_loopback() {
            return Err(BackendError::Unsigned(self.listen));
        }
        Ok(())
    }
}

/// A listener, and where it is.
async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), BackendError> {
    let refused = |source| BackendError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(refused)?;
    let address = listener.local_addr().map_err(refused)?;
    Ok((listener, address))
}

/// Serves the metrics of gateways at an address.
async fn show(
    metrics: DecisionMetrics,
    address: SocketAddr,
    stopped: CancellationToken,
) -> Result<BoxFuture<'static, std::io::Result<()>>, BackendError> {
    let (at, serving) = bind_page(address, move || metrics.text(), stopped)
        .await
        .map_err(|source| BackendError::Listen { address, source })?;
    tracing::info!(address = %at, "metrics of gateways are served");
    Ok(serving.boxed())
}

/// The address by which this very machine reaches a listener that may be open to all.
#[must_use]
pub fn reachable(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => ([127, 0, 0, 1], v4.port()).into(),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => ([0, 0, 0, 0, 0, 0, 0, 1], v6.port()).into(),
        SocketAddr::V4(_) | SocketAddr::V6(_) => address,
    }
}

fn start(error: &dyn std::fmt::Display) -> BackendError {
    BackendError::Start(error.to_string())
}

/// The admin listener, on this machine's own addresses only.
async fn bind_admin(listen: SocketAddr, script: &Arc<Script>) -> Result<Admin, BackendError> {
    if !listen.ip().is_loopback() {
        return Err(BackendError::Admin(listen));
    }
    admin::bind(listen, Arc::clone(script))
        .await
        .map_err(|source| BackendError::Listen {
            address: listen,
            source,
        })
}

impl std::fmt::Debug for Backend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Backend")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Backend {
    /// Where it listens.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// What the URLs of gateways begin with.
    #[must_use]
    pub fn gateways(&self) -> &str {
        &self.gateways_base
    }

    /// Where tests reach the fault script, the journal and the clock, if that is wanted.
    #[must_use]
    pub fn admin_addr(&self) -> Option<SocketAddr> {
        self.admin.as_ref().map(Admin::local_addr)
    }

    /// Serves until `shutdown`, then lets running requests end (a few seconds at most) and closes the database.
    /// What was accepted and has not settled goes on at the next start.
    ///
    /// # Errors
    /// [`BackendError::Serve`] when the listener fails.
    pub async fn serve(self, shutdown: CancellationToken) -> Result<(), BackendError> {
        let Self {
            address,
            listener,
            store,
            control,
            wire,
            gateways,
            gateways_base,
            page,
            stopped,
            admin,
        } = self;
        tracing::info!(%address, gateways = gateways_base, "the backend is serving");
        // The worker ends after the last request, and also when the listener fails.
        let idle = CancellationToken::new();
        let working = control.work(idle.clone());
        let administering = async {
            if let Some(admin) = admin
                && let Err(error) = admin.serve(idle.clone()).await
            {
                tracing::error!(%error, "the admin listener failed");
            }
        };
        let showing = async {
            if let Some(page) = page
                && let Err(error) = page.await
            {
                tracing::error!(%error, "the metrics of gateways are not served any more");
            }
        };
        let calls = gateways.serve(shutdown.clone());
        let serving = async {
            let served = tokio::try_join!(
                wire::serve(listener, wire, Limits::default(), shutdown.clone()),
                calls
            );
            // Without one of the two the backend is of no use.
            idle.cancel();
            stopped.cancel();
            served
        };
        let ((), (), (), served) = tokio::join!(working, administering, showing, serving);
        store.close().await;
        served.map(|((), ())| ()).map_err(BackendError::Serve)
    }
}
