//! What can be said on the command line, and by environment variables of the same names.

mod generate;
mod local;
mod parse;

use crate::telemetry::{LogFormat, MOST_OBJECTS};
use clap::{Parser, Subcommand, ValueEnum};
use parse::{interval, namespace, region, url};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

pub(super) use generate::{GenerateArgs, OutputArg};
pub(super) use local::{AuthorArg, AuthorArgs, LocalArgs};

/// Kubernetes operator and local backend for Amazon Bedrock AgentCore policies.
#[derive(Debug, Parser)]
#[command(
    name = "agentcore-policy-operator",
    version,
    about,
    arg_required_else_help = true
)]
pub(super) struct Args {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Keep the cluster's objects and AgentCore in agreement
    Run(Box<RunArgs>),
    /// Serve a local AgentCore that speaks the AWS wire protocol, and the MCP endpoints of its gateways
    Backend(Box<BackendArgs>),
    /// Print a token for gateways of the local backend, signed with its development key
    ///
    /// Gateways of a local backend with this data directory take it in place of one of their issuer, whatever their discovery URL says, so
    /// that a gateway that is written for Cognito can be tried as it is. Nobody else trusts the key, which is made when it is first wanted.
    /// What the gateway wants of audience, client, scopes and other claims has to be there all the same, as --claim.
    Token(TokenArgs),
    /// Print candidate policies for requirements in plain language, and what is found about each
    ///
    /// With --gateway AgentCore is asked, and needs a gateway and an engine; with --tools an author in this process writes for the tools of
    /// a file, and needs neither cluster nor network. Nothing is applied. Fails when nothing could be translated.
    Generate(Box<GenerateArgs>),
    /// Print the decision log of the local backend as a table
    Decisions(DecisionsArgs),
    /// Print the switches of the local backend, as a Markdown table
    Switches,
    /// Let objects go without deleting anything in AgentCore, as when no operator runs any more; without --yes only tell which
    ReleaseFinalizers(ReleaseArgs),
    /// Print the CustomResourceDefinitions as YAML, for kubectl apply --server-side -f -
    Crds,
}

/// Which AgentCore the operator speaks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum BackendKind {
    /// A backend in this very process, with its data in --data-dir
    Local,
    /// AWS, with the SDK's default chain of credentials and regions
    Aws,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum LogFormatArg {
    /// One JSON object a line
    Json,
    /// For people
    Text,
}

impl From<LogFormatArg> for LogFormat {
    fn from(format: LogFormatArg) -> Self {
        match format {
            LogFormatArg::Json => Self::Json,
            LogFormatArg::Text => Self::Text,
        }
    }
}

#[derive(Debug, clap::Args)]
pub(super) struct LogArgs {
    /// How log lines look, on standard error
    #[arg(
        long,
        env = "AGENTCORE_OPERATOR_LOG_FORMAT",
        value_enum,
        default_value = "json"
    )]
    pub log_format: LogFormatArg,
    /// Level of the log (error, warn, info, debug, trace), or a tracing filter
    #[arg(long, env = "AGENTCORE_OPERATOR_LOG_LEVEL", default_value = "info")]
    pub log_level: String,
}

#[derive(Debug, clap::Args)]
pub(super) struct RunArgs {
    /// Which AgentCore
    #[arg(long, env = "AGENTCORE_OPERATOR_BACKEND", value_enum)]
    pub backend: BackendKind,
    /// AWS region. Default: the SDK's chain with --backend aws, us-east-1 with --backend local
    #[arg(long, env = "AGENTCORE_OPERATOR_REGION", value_parser = region)]
    pub region: Option<String>,
    /// URL of AgentCore's control plane instead of the region's; with --backend local, of a local backend that runs already
    #[arg(long, env = "AGENTCORE_OPERATOR_ENDPOINT_URL", value_parser = url)]
    pub endpoint_url: Option<String>,
    /// Where the local backend listens; port 0 takes a free one
    #[arg(long, env = "AGENTCORE_OPERATOR_LOCAL_LISTEN", default_value = "127.0.0.1:0")]
    pub local_listen: SocketAddr,
    #[command(flatten)]
    pub local: LocalArgs,
    /// Kubeconfig file. Default: KUBECONFIG, else ~/.kube/config, else the Pod's ServiceAccount
    #[arg(long, env = "AGENTCORE_OPERATOR_KUBECONFIG")]
    pub kubeconfig: Option<PathBuf>,
    /// What tells this cluster from others in names and tags. Default: the UID of namespace kube-system
    #[arg(long, env = "AGENTCORE_OPERATOR_CLUSTER_ID")]
    pub cluster_id: Option<String>,
    /// Namespace to look after; may be given several times, or as a list with commas. Default: all
    #[arg(
        long = "watch-namespace",
        env = "AGENTCORE_OPERATOR_WATCH_NAMESPACE",
        value_delimiter = ',',
        value_parser = namespace
    )]
    pub watch_namespaces: Vec<String>,
    /// How often AgentCore is looked at when nothing changes; 0s: never
    #[arg(long, env = "AGENTCORE_OPERATOR_RESYNC_INTERVAL", default_value = "5m", value_parser = interval)]
    pub resync_interval: Duration,
    /// Write to AgentCore and Kubernetes only while holding a Lease, so that several operators can run, one of which leads
    #[arg(long, env = "AGENTCORE_OPERATOR_LEADER_ELECT")]
    pub leader_elect: bool,
    /// Namespace of the Lease. Default: that of the Pod, or of the kubeconfig's context
    #[arg(
        long,
        env = "AGENTCORE_OPERATOR_LEADER_ELECTION_NAMESPACE",
        value_name = "NAMESPACE",
        value_parser = namespace,
        requires = "leader_elect"
    )]
    pub leader_election_namespace: Option<String>,
    /// Name of the Lease
    #[arg(
        long,
        env = "AGENTCORE_OPERATOR_LEADER_ELECTION_ID",
        value_name = "NAME",
        default_value = "agentcore-policy-operator"
    )]
    pub leader_election_id: String,
    /// What tells this operator from the others in the Lease. Default: a random one
    #[arg(long, env = "AGENTCORE_OPERATOR_IDENTITY")]
    pub identity: Option<String>,
    /// Where /metrics, /healthz and /readyz are served
    #[arg(
        long,
        env = "AGENTCORE_OPERATOR_METRICS_LISTEN",
        default_value = "127.0.0.1:9090"
    )]
    pub metrics_listen: SocketAddr,
    /// The most objects of a kind for which /metrics has a series for each one's conditions
    #[arg(
        long,
        env = "AGENTCORE_OPERATOR_METRICS_OBJECTS",
        value_name = "COUNT",
        default_value_t = MOST_OBJECTS
    )]
    pub metrics_objects: usize,
    #[command(flatten)]
    pub log: LogArgs,
}

#[derive(Debug, clap::Args)]
pub(super) struct BackendArgs {
    /// Where to listen; port 0 takes a free one
    #[arg(long, env = "AGENTCORE_OPERATOR_LISTEN", default_value = "127.0.0.1:8787")]
    pub listen: SocketAddr,
    /// AWS region in ARNs
    #[arg(long, env = "AGENTCORE_OPERATOR_REGION", default_value = "us-east-1", value_parser = region)]
    pub region: String,
    #[command(flatten)]
    pub local: LocalArgs,
    #[command(flatten)]
    pub log: LogArgs,
}

#[derive(Debug, clap::Args)]
pub(super) struct TokenArgs {
    #[expect(clippy::doc_markdown, reason = "shown as it is")]
    /// A claim of the token; may be given several times, or as lines of the variable. A VALUE that is a JSON array, object, number, true
    /// or false is taken as that, and one in double quotes as the text in them; all others are texts as they are, and so is every VALUE
    /// of sub, iss, client_id, azp and scope. Claims that are not given: sub=developer, iss, iat and exp
    #[arg(
        long = "claim",
        env = "AGENTCORE_OPERATOR_CLAIM",
        value_name = "NAME=VALUE",
        value_delimiter = '\n'
    )]
    pub claims: Vec<String>,
    /// How long the token is good
    #[arg(long, env = "AGENTCORE_OPERATOR_EXPIRES_IN", default_value = "1h", value_parser = interval)]
    pub expires_in: Duration,
    /// Data directory of the local backend; made when it is not there
    #[arg(long, env = "AGENTCORE_OPERATOR_DATA_DIR", default_value = "agentcore-data")]
    pub data_dir: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(super) struct DecisionsArgs {
    /// The file that the local backend was given as --decision-log
    #[arg(long, env = "AGENTCORE_OPERATOR_DECISION_LOG", value_name = "FILE")]
    pub decision_log: PathBuf,
    /// Go on with what comes to it
    #[arg(long, short, env = "AGENTCORE_OPERATOR_FOLLOW")]
    pub follow: bool,
    /// Say instead whether each line still follows the one before it, and where not; fails when one does not
    #[arg(long, env = "AGENTCORE_OPERATOR_VERIFY", conflicts_with = "follow")]
    pub verify: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct ReleaseArgs {
    /// Objects of all namespaces
    #[arg(
        long,
        env = "AGENTCORE_OPERATOR_ALL",
        required_unless_present = "namespaces",
        conflicts_with = "namespaces"
    )]
    pub all: bool,
    /// Objects of this namespace; may be given several times, or as a list with commas
    #[arg(
        short = 'n',
        long = "namespace",
        env = "AGENTCORE_OPERATOR_NAMESPACE",
        value_delimiter = ',',
        value_parser = namespace
    )]
    pub namespaces: Vec<String>,
    /// Take the finalizers off, and do not only tell which
    #[arg(long, env = "AGENTCORE_OPERATOR_YES")]
    pub yes: bool,
    /// Kubeconfig file. Default: KUBECONFIG, else ~/.kube/config, else the Pod's ServiceAccount
    #[arg(long, env = "AGENTCORE_OPERATOR_KUBECONFIG")]
    pub kubeconfig: Option<PathBuf>,
}

#[cfg(test)]
mod tests;
