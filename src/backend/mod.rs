//! The local backend: an `AgentCore` control plane that speaks the same AWS wire protocol.
//!
//! `wire` turns HTTP into a checked value, `control` does what it asks, `store` keeps it. Requests go down, answers
//! come back; nothing below knows what is above.

mod admin;
mod control;
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

pub use enforce::{
    CallersConfig, DevelopmentError, ForwardConfig, ForwardLimits, LambdaEndpoint, development_token,
};
pub use generate::{AuthorConfig, Dialect, ModelConfig};
pub use sigv4::{Credentials, CredentialsError};
pub use switches::{SwitchError, Switches};
pub use tools::TargetsConfig;

use admin::Admin;
use control::{Clocks, Control, Place, Refusal, Setup};
use enforce::Forward;
use listener::Limits;
use script::Script;
use solver::Solver;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use store::{Postgres, Sqlite, Store, StoreError};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tools::Targets;
use wire::{ModelError, Wire};

pub use solver::Cvc5;
pub use store::DatabaseUrl;

/// The shape of an MCP server's endpoint; the model takes `https://.*` only.
const MCP_ENDPOINT: &str = "McpServerTargetConfigurationEndpointString";

/// How a backend is set up.
#[derive(Clone, Debug)]
pub struct BackendConfig {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Directory of the `SQLite` database; made when it is not there.
    pub data_dir: PathBuf,
    /// The PostgreSQL database that is used instead, by any number of backends at once.
    pub database_url: Option<DatabaseUrl>,
    /// AWS region in ARNs, such as `us-east-1`.
    pub region: String,
    /// Twelve-digit account id in ARNs.
    pub account_id: String,
    /// How long a resource stays in a status such as `CREATING`.
    pub transition_delay: Duration,
    /// Who writes generated policies.
    pub author: AuthorConfig,
    /// What is done where nothing public says what AWS does.
    pub switches: Switches,
    /// What of the world the tools of gateway targets may be read from.
    pub targets: TargetsConfig,
    /// How tools of gateway targets are called.
    pub forward: ForwardConfig,
    /// Who may call gateways, beside what each gateway says.
    pub callers: CallersConfig,
    /// Which solver judges findings.
    pub cvc5: Cvc5,
    /// The access keys that requests must be signed with; without them any request is taken, signed or not.
    pub credentials: Option<Credentials>,
    /// Take requests that nobody verifies also from other machines.
    pub unsigned_anywhere: bool,
    /// Where tests reach the fault script, the journal and the clock: a loopback address, or nowhere.
    pub admin_listen: Option<SocketAddr>,
    /// The first rules of the fault script, as YAML or JSON.
    pub fault_script: Option<String>,
}

/// Why a backend cannot start or go on. Each text is one line that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    /// The account id is none.
    #[error("`{0}` is no AWS account id; give twelve digits")]
    Account(String),
    /// The region is none.
    #[error("`{0}` is no AWS region; give one such as us-east-1 (lower-case letters, digits and hyphens)")]
    Region(String),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}; choose a free address of this machine")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// Everybody could send requests that nobody verifies.
    #[error(
        "{0} can be reached from other machines and requests would not be verified; listen on 127.0.0.1, give \
         --credentials, or say --unsigned-anywhere"
    )]
    Unsigned(SocketAddr),
    /// The admin listener would be open to other machines.
    #[error(
        "the admin listener cannot be at {0}: whoever reaches it can do anything; give a loopback address such as 127.0.0.1:0"
    )]
    Admin(SocketAddr),
    /// The fault script cannot play.
    #[error("the fault script cannot play: {0}")]
    FaultScript(String),
    /// The data directory or the database in it cannot be used.
    #[error(transparent)]
    Store(Box<StoreError>),
    /// The backend could not set itself up.
    #[error("the backend could not start: {0}")]
    Start(String),
    /// The listener failed.
    #[error("the backend stopped serving: {0}")]
    Serve(#[source] std::io::Error),
}

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
#[derive(Debug)]
pub struct Backend {
    address: SocketAddr,
    listener: TcpListener,
    store: Arc<dyn Store>,
    control: Arc<Control>,
    wire: Arc<Wire>,
    admin: Option<Admin>,
}

/// Opens the store and binds the listener. Requests wait until [`Backend::serve`].
///
/// # Errors
/// [`BackendError`] when the configuration, the data directory, the database or the address cannot be used.
pub async fn bind(config: BackendConfig) -> Result<Backend, BackendError> {
    let BackendConfig {
        listen,
        data_dir,
        database_url,
        region,
        account_id,
        transition_delay,
        author,
        switches,
        targets,
        forward,
        // Whoever listens for calls of gateways asks for it.
        callers: _,
        cvc5,
        credentials,
        unsigned_anywhere,
        admin_listen,
        fault_script,
    } = config;
    if account_id.len() != 12 || !account_id.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(BackendError::Account(account_id));
    }
    let in_region = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if region.is_empty() || !region.bytes().all(in_region) {
        return Err(BackendError::Region(region));
    }
    let targets = Targets::new(targets).map_err(|e| BackendError::Start(e.to_string()))?;
    let endpoints = targets.endpoint_pattern();
    // What cannot be used is told at the start.
    drop(Forward::new(forward, targets.clone()).map_err(|e| BackendError::Start(e.to_string()))?);
    if credentials.is_none() && !unsigned_anywhere && !listen.ip().is_loopback() {
        return Err(BackendError::Unsigned(listen));
    }
    let refused = |source| BackendError::Listen {
        address: listen,
        source,
    };
    let listener = TcpListener::bind(listen).await.map_err(refused)?;
    let address = listener.local_addr().map_err(refused)?;
    let store: Arc<dyn Store> = match &database_url {
        Some(url) => Arc::new(Postgres::open(url).await?),
        None => Arc::new(Sqlite::open(&data_dir).await?),
    };
    let solver = Solver::start(&cvc5)
        .await
        .map_err(|error| BackendError::Start(error.to_string()))?;
    let place = Place {
        region,
        account: account_id,
    };
    let author = author
        .author()
        .map_err(|error| BackendError::Start(error.to_string()))?;
    let script = Arc::new(Script::new(wire::catalog()?));
    if let Some(rules) = fault_script {
        script
            .set(&rules)
            .map_err(|error| BackendError::FaultScript(error.to_string()))?;
    }
    let admin = match admin_listen {
        Some(listen) => Some(bind_admin(listen, &script).await?),
        None => None,
    };
    let control = Arc::new(Control::new(Setup {
        store: Arc::clone(&store),
        place,
        clocks: Clocks::system(&script),
        delay: transition_delay,
        switches,
        author,
        script: Arc::clone(&script),
        tools: Arc::new(targets),
        solver,
    }));
    let page_key = control.page_key().await?;
    let wire = Wire::new(wire::Setup {
        control: Arc::clone(&control),
        page_key,
        credentials,
    })?
    .taking(MCP_ENDPOINT, endpoints);
    Ok(Backend {
        address,
        listener,
        store,
        control,
        wire: Arc::new(wire),
        admin,
    })
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

impl Backend {
    /// Where it listens.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
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
            admin,
        } = self;
        tracing::info!(%address, "the backend is serving");
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
        let serving = async {
            let served = wire::serve(listener, wire, Limits::default(), shutdown).await;
            idle.cancel();
            served
        };
        let ((), (), served) = tokio::join!(working, administering, serving);
        store.close().await;
        served.map_err(BackendError::Serve)
    }
}
