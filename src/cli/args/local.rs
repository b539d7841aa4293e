//! What a local backend is told, alone and in the operator's process.

use super::parse::{host, interval, mapping, url};
use crate::backend::{DatabaseUrl, DecisionLogFailure, LambdaEndpoint};
use clap::ValueEnum;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Who writes policies from plain language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum AuthorArg {
    /// A grammar: translates the sentences it knows, and refuses all others
    Deterministic,
    /// A model behind an endpoint that speaks OpenAI's chat completions
    #[value(name = "openai")]
    OpenAi,
    /// A model behind an endpoint that speaks Amazon Bedrock's Converse
    Converse,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct AuthorArgs {
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
pub(in crate::cli) enum DecisionLogFailureArg {
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

/// What a local backend is: the same flags alone and in the operator's process.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct LocalArgs {
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
