//! What `generate` is told.

use super::BackendKind;
use super::local::AuthorArgs;
use super::parse::{namespace, object, prefix, region, resource, url};
use clap::ValueEnum;
use std::path::PathBuf;

/// How candidates are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum OutputArg {
    /// For people
    Text,
    /// Policy manifests of what can be applied, for kubectl apply
    Yaml,
    /// Everything, for programs
    Json,
}

#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("source").required(true).args(["gateway", "tools"])))]
#[expect(clippy::doc_markdown, reason = "shown as it is")]
pub(in crate::cli) struct GenerateArgs {
    /// The requirements, in plain language; each TEXT is one or more of its own
    #[arg(required = true, value_name = "TEXT", allow_hyphen_values = true)]
    pub text: Vec<String>,
    /// Gateway object that the policies are for; what it stands for in AgentCore is asked
    #[arg(
        long,
        env = "AGENTCORE_OPERATOR_GATEWAY",
        value_name = "NAME",
        value_parser = object
    )]
    pub gateway: Option<String>,
    /// File with the tools that the policies are for, YAML or JSON, instead of a cluster: a list of tool definitions as in a target's
    /// inlinePayload, a GatewayTarget with them, or the answer of an MCP server to tools/list. - reads standard input
    #[arg(long, env = "AGENTCORE_OPERATOR_TOOLS", value_name = "FILE")]
    pub tools: Option<PathBuf>,
    /// With --tools: target of the tools that do not have it in their names, as in Target___tool
    #[arg(
        long,
        env = "AGENTCORE_OPERATOR_TARGET",
        value_name = "NAME",
        requires = "tools"
    )]
    pub target: Option<String>,
    /// With --tools: what the policies name as their gateway, a Gateway object or an ARN
    #[arg(
        long,
        env = "AGENTCORE_OPERATOR_RESOURCE",
        value_name = "NAME|ARN",
        value_parser = resource,
        default_value = "my-gateway"
    )]
    pub resource: String,
    /// PolicyEngine object that is to hold the policies. Default: the engine that is attached to the gateway; with --tools, my-engine
    #[arg(long, env = "AGENTCORE_OPERATOR_ENGINE", value_name = "NAME", value_parser = object)]
    pub engine: Option<String>,
    /// How the candidates are printed
    #[arg(
        long,
        short,
        env = "AGENTCORE_OPERATOR_OUTPUT",
        value_enum,
        default_value = "text"
    )]
    pub output: OutputArg,
    /// What the names of manifests begin with
    #[arg(
        long,
        env = "AGENTCORE_OPERATOR_NAME",
        value_name = "PREFIX",
        value_parser = prefix,
        default_value = "generated"
    )]
    pub name: String,
    /// Namespace of the objects. Default: that of the kubeconfig's context
    #[arg(
        short = 'n',
        long = "namespace",
        env = "AGENTCORE_OPERATOR_NAMESPACE",
        value_parser = namespace
    )]
    pub namespace: Option<String>,
    /// Kubeconfig file. Default: KUBECONFIG, else ~/.kube/config, else the Pod's ServiceAccount
    #[arg(long, env = "AGENTCORE_OPERATOR_KUBECONFIG")]
    pub kubeconfig: Option<PathBuf>,
    /// With --gateway: which AgentCore
    #[arg(long, env = "AGENTCORE_OPERATOR_BACKEND", value_enum, default_value = "aws")]
    pub backend: BackendKind,
    /// With --gateway: AWS region. Default: the SDK's chain with --backend aws, us-east-1 with --backend local
    #[arg(long, env = "AGENTCORE_OPERATOR_REGION", value_parser = region)]
    pub region: Option<String>,
    /// With --gateway: URL of AgentCore's control plane instead of the region's; --backend local needs it
    #[arg(long, env = "AGENTCORE_OPERATOR_ENDPOINT_URL", value_parser = url)]
    pub endpoint_url: Option<String>,
    /// With --backend local: file with the access keys that it wants requests to be signed with
    #[arg(long, env = "AGENTCORE_OPERATOR_CREDENTIALS", value_name = "FILE")]
    pub credentials: Option<PathBuf>,
    /// With --credentials: account of the keys
    #[arg(long, env = "AGENTCORE_OPERATOR_ACCOUNT_ID", default_value = "123456789012")]
    pub account_id: String,
    /// With --tools: the cvc5 program that judges exactly whether a policy allows or denies everything, or off. Default: cvc5 on PATH,
    /// if it is there
    #[arg(long, env = "AGENTCORE_OPERATOR_CVC5", value_name = "PATH|off")]
    pub cvc5: Option<PathBuf>,
    #[command(flatten)]
    pub author: AuthorArgs,
}
