//! What can be said on the command line, and by environment variables of the same names.

mod parse;

use crate::backend::{DatabaseUrl, DecisionLogFailure, LambdaEndpoint};
use crate::telemetry::{LogFormat, MOST_OBJECTS};
use clap::{Parser, Subcommand, ValueEnum};
use parse::{host, interval, mapping, namespace, region, url};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

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

/// Who writes policies from plain language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum AuthorArg {
    /// A grammar: translates the sentences it knows, and refuses all others
    Deterministic,
    /// A model behind an endpoint that speaks OpenAI's chat completions
    #[value(name = "openai")]
    OpenAi,
    /// A model behind an endpoint that speaks Amazon Bedrock's Converse
    Converse,
}

#[derive(Debug, clap::Args)]
pub(super) struct AuthorArgs {
    /// Who writes generated policies in the local backend
    #[arg(
        long,
        env = "AGENTCORE_OPERATOR_AUTHOR",
        value_enum,
        default_value = "deterministic"
    )]
    pub author: AuthorArg,
    /// Base URL of the model's endpoint, up to what the dialect adds; with --author openai or converse
    #[arg(long, env = "AGENTCORE_OPERATOR_AUTHOR_URL", value_name = "URL", value_parser = url)]
    pub author_url: Option<String>,
    /// Name or id of the model; with --author openai or converse
    #[arg(long, env = "AGENTCORE_OPERATOR_AUTHOR_MODEL", value_name = "MODEL")]
    pub author_model: Option<String>,
    /// File with the model's key. Default: the variable AGENTCORE_OPERATOR_AUTHOR_KEY, else no key
    #[arg(long, env = "AGENTCORE_OPERATOR_AUTHOR_KEY_FILE", value_name = "FILE")]
    pub author_key_file: Option<PathBuf>,
    /// How long one answer of the model may take
    #[arg(long, env = "AGENTCORE_OPERATOR_AUTHOR_TIMEOUT", default_value = "60s", value_parser = interval)]
    pub author_timeout: Duration,
}

/// What becomes of a call whose decision cannot be recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum DecisionLogFailureArg {
    /// It is not made
    Deny,
    /// It is made if policies allow it
    Allow,
}

impl From<DecisionLogFailureArg> for DecisionLogFailure {
    fn from(failure: DecisionLogFailureArg) -> Self {
        match failure {
            DecisionLogFailureArg::Deny => Self::Deny,
            DecisionLogFailureArg::Allow => Self::Allow,
        }
    }
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

/// What a local backend is: the same flags alone and in the operator's process.
#[derive(Debug, clap::Args)]
pub(super) struct LocalArgs {
    /// Directory of the local backend's database; made when it is not there
    #[arg(long, env = "AGENTCORE_OPERATOR_DATA_DIR", default_value = "agentcore-data")]
    pub data_dir: PathBuf,
    /// PostgreSQL database of the local backend instead of --data-dir, which several backends may share:
    /// postgres://USER:PASSWORD@HOST:PORT/DATABASE, with ?sslmode=verify-full for TLS that is checked
    #[arg(long, env = "AGENTCORE_OPERATOR_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<DatabaseUrl>,
    /// Twelve-digit account id in the local backend's ARNs
    #[arg(long, env = "AGENTCORE_OPERATOR_ACCOUNT_ID", default_value = "123456789012")]
    pub account_id: String,
    /// How long a resource of the local backend stays in a state such as CREATING
    #[arg(long, env = "AGENTCORE_OPERATOR_TRANSITION_DELAY", default_value = "50ms", value_parser = interval)]
    pub transition_delay: Duration,
    /// File with a YAML or JSON map of switches and their values; see the command switches
    #[arg(long, env = "AGENTCORE_OPERATOR_SWITCHES", value_name = "FILE")]
    pub switches: Option<PathBuf>,
    /// A switch of the local backend, over the file; may be given several times, or as lines of the variable
    #[arg(
        long = "switch",
        env = "AGENTCORE_OPERATOR_SWITCH",
        value_name = "NAME=VALUE",
        value_delimiter = '\n'
    )]
    pub switch: Vec<String>,
    /// Folder that stands for an S3 bucket, for schemas of gateway targets; may be given several times, or as lines of
    /// the variable
    #[arg(
        long = "s3-bucket",
        env = "AGENTCORE_OPERATOR_S3_BUCKET",
        value_name = "NAME=FOLDER",
        value_delimiter = '\n',
        value_parser = mapping
    )]
    pub s3_buckets: Vec<(String, PathBuf)>,
    /// File with the OpenAPI 3.0 export of an API Gateway REST API, for gateway targets; may be given several times, or
    /// as lines of the variable
    #[arg(
        long = "rest-api",
        env = "AGENTCORE_OPERATOR_REST_API",
        value_name = "ID[/STAGE]=FILE",
        value_delimiter = '\n',
        value_parser = mapping
    )]
    pub rest_apis: Vec<(String, PathBuf)>,
    /// Host name of MCP servers that gateway targets may name with http://, such as mcp.tools.svc or
    /// *.svc.cluster.local; may be given several times, or as a list with commas. Loopback always may
    #[arg(
        long,
        env = "AGENTCORE_OPERATOR_INSECURE_ENDPOINTS",
        value_name = "HOST",
        value_delimiter = ',',
        value_parser = host
    )]
    pub insecure_endpoints: Vec<String>,
    /// Where the Lambda functions of gateway targets run: a URL that speaks Lambda's Invoke call (SAM local; for the runtime
    /// interface emulator give it up to /functions/function/invocations), or exec:COMMAND, which is started for each call with the
    /// event as its standard input and prints the result. * stands for any function, and may end the beginning of an ARN; may be
    /// given several times, or as lines of the variable
    #[arg(
        long = "lambda-endpoint",
        env = "AGENTCORE_OPERATOR_LAMBDA_ENDPOINT",
        value_name = "ARN=URL|ARN=exec:COMMAND",
        value_delimiter = '\n'
    )]
    pub lambda_endpoints: Vec<LambdaEndpoint>,
    /// How long one call of a tool behind a gateway may take
    #[arg(long, env = "AGENTCORE_OPERATOR_TOOL_TIMEOUT", default_value = "60s", value_parser = interval)]
    pub tool_timeout: Duration,
    /// The cvc5 program that judges exactly whether a policy allows or denies everything, or off. Default: cvc5 on PATH,
    /// if it is there
    #[arg(long, env = "AGENTCORE_OPERATOR_CVC5", value_name = "PATH|off")]
    pub cvc5: Option<PathBuf>,
    /// File with the access keys that requests to the local backend must be signed with: a YAML or JSON list of
    /// accessKeyId, secretAccessKey and arn, the first of which signs for an operator in the same process. Default:
    /// requests are not verified
    #[arg(long, env = "AGENTCORE_OPERATOR_CREDENTIALS", value_name = "FILE")]
    pub credentials: Option<PathBuf>,
    /// File with the IAM identities that may sign requests to gateways of the local backend: a YAML or JSON list of accessKeyId,
    /// secretAccessKey, arn and, if wanted, sessionToken and userId. Default: nobody may
    #[arg(long, env = "AGENTCORE_OPERATOR_IAM_IDENTITIES", value_name = "FILE")]
    pub iam_identities: Option<PathBuf>,
    /// Host name of an issuer of tokens that needs no public address, such as login.corp.example or *.svc.cluster.local; may be given
    /// several times, or as a list with commas. Loopback needs none when gateways are served there only
    #[arg(
        long = "trusted-issuer",
        env = "AGENTCORE_OPERATOR_TRUSTED_ISSUER",
        value_name = "HOST",
        value_delimiter = ',',
        value_parser = host
    )]
    pub trusted_issuers: Vec<String>,
    /// Where gateways take calls, of MCP clients; port 0 takes a free one. Default: the address of the local backend, at the
    /// port after its own
    #[arg(long, env = "AGENTCORE_OPERATOR_GATEWAY_LISTEN", value_name = "ADDR")]
    pub gateway_listen: Option<SocketAddr>,
    /// What the URLs of gateways begin with, when clients reach them elsewhere. Default: http:// and where they listen
    #[arg(long, env = "AGENTCORE_OPERATOR_GATEWAY_URL", value_name = "URL", value_parser = url)]
    pub gateway_url: Option<String>,
    /// File to which a line of JSON is added for each decision of a gateway's policies; see the command decisions
    #[arg(long, env = "AGENTCORE_OPERATOR_DECISION_LOG", value_name = "FILE")]
    pub decision_log: Option<PathBuf>,
    /// What becomes of calls whose decision cannot be written to --decision-log, such as when the disk is full
    #[arg(
        long,
        env = "AGENTCORE_OPERATOR_DECISION_LOG_FAILURE",
        value_enum,
        default_value = "deny"
    )]
    pub decision_log_failure: DecisionLogFailureArg,
    /// Where /metrics of the decisions of gateways is served. Default: nowhere
    #[arg(long, env = "AGENTCORE_OPERATOR_GATEWAY_METRICS_LISTEN", value_name = "ADDR")]
    pub gateway_metrics_listen: Option<SocketAddr>,
    /// Loopback address where tests set the local backend's fault script and clock and read its journal. Default: nowhere
    #[arg(long, env = "AGENTCORE_OPERATOR_ADMIN_LISTEN", value_name = "ADDR")]
    pub admin_listen: Option<SocketAddr>,
    /// File with the first rules of the local backend's fault script, as YAML or JSON
    #[arg(long, env = "AGENTCORE_OPERATOR_FAULT_SCRIPT", value_name = "FILE")]
    pub fault_script: Option<PathBuf>,
    /// Take requests that nobody verifies although the local backend listens for other machines too
    #[arg(long, env = "AGENTCORE_OPERATOR_UNSIGNED_ANYWHERE")]
    pub unsigned_anywhere: bool,
    #[command(flatten)]
    pub author: AuthorArgs,
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
