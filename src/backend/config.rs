//! How a backend is set up, and why one cannot start.

use super::enforce::{CallersConfig, DecisionLogError, DecisionLogFailure, ForwardConfig};
use super::sigv4::Credentials;
use super::store::{DatabaseUrl, StoreError};
use super::{AuthorConfig, Cvc5, Switches, TargetsConfig};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

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
    /// Which solver judges findings.
    pub cvc5: Cvc5,
    /// The access keys that requests must be signed with; without them any request is taken, signed or not.
    pub credentials: Option<Credentials>,
    /// Take requests that nobody verifies also from other machines.
    pub unsigned_anywhere: bool,
    /// Where gateways take calls; port 0 takes a free one.
    pub gateway_listen: SocketAddr,
    /// What the URLs of gateways begin with, when that is not where they listen: such as `https://gateways.example.com`.
    pub gateway_url: Option<String>,
    /// The file that decisions of gateways are recorded in.
    pub decision_log: Option<PathBuf>,
    /// What becomes of calls whose decision cannot be recorded there.
    pub decision_log_failure: DecisionLogFailure,
    /// Where metrics of decisions are served, if they are.
    pub gateway_metrics_listen: Option<SocketAddr>,
    /// How tools are called.
    pub forward: ForwardConfig,
    /// Who may call gateways, beside what each gateway says.
    pub callers: CallersConfig,
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
    /// The decision log cannot be written.
    #[error(transparent)]
    DecisionLog(#[from] DecisionLogError),
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
