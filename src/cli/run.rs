//! Starts the programs: one runtime, one shutdown signal.

use super::args::{AuthorArg, AuthorArgs, BackendArgs, BackendKind, LocalArgs, RunArgs};
use crate::backend::{
    self, AuthorConfig, BackendConfig, Credentials, Cvc5, Dialect, ForwardConfig, ForwardLimits, ModelConfig,
    Switches, TargetsConfig,
};
use crate::model::Secret;
use crate::operator::{Candidate, Endpoint, OperatorConfig};
use crate::{operator, telemetry};
use std::future::Future;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use tokio_util::sync::CancellationToken;

/// The variable that holds a model's key when no file does: a flag would show it to everybody on the machine.
const AUTHOR_KEY: &str = "AGENTCORE_OPERATOR_AUTHOR_KEY";

/// The region of the local backend when none is given.
const LOCAL_REGION: &str = "us-east-1";

/// `backend`: the local backend alone.
pub(super) fn backend(args: BackendArgs) -> Result<(), String> {
    telemetry::init(&args.log.log_level, args.log.log_format.into()).map_err(|error| error.to_string())?;
    run(|shutdown| async move {
        let config = local_config(args.local, args.listen, args.region)?;
        let backend = backend::bind(config).await.map_err(|error| error.to_string())?;
        announce(&format!("listening on http://{}", backend.local_addr()))?;
        announce_admin(&backend)?;
        backend.serve(shutdown).await.map_err(|error| error.to_string())
    })
}

/// `run`: the operator, with the local backend in its process when that is asked for.
pub(super) fn operator(args: RunArgs) -> Result<(), String> {
    telemetry::init(&args.log.log_level, args.log.log_format.into()).map_err(|error| error.to_string())?;
    run(|shutdown| async move {
        let (endpoint, backend) = match (args.backend, args.endpoint_url) {
            (BackendKind::Aws, url) => (
                Endpoint::Aws {
                    region: args.region,
                    url,
                },
                None,
            ),
            (BackendKind::Local, Some(url)) => {
                // The keys that it may want are in the file that it was given.
                let file = args.local.credentials.as_deref();
                let keys = file.map(|file| credentials(file, &args.local.account_id));
                let key = keys.transpose()?.as_ref().map(Credentials::first);
                let region = args.region.unwrap_or_else(|| LOCAL_REGION.to_owned());
                (Endpoint::Local { url, region, key }, None)
            }
            (BackendKind::Local, None) => {
                let region = args.region.unwrap_or_else(|| LOCAL_REGION.to_owned());
                let config = local_config(args.local, args.local_listen, region.clone())?;
                let key = config.credentials.as_ref().map(Credentials::first);
                let backend = backend::bind(config).await.map_err(|error| error.to_string())?;
                let address = reachable(backend.local_addr());
                announce(&format!("backend listening on http://{address}"))?;
                announce_admin(&backend)?;
                (
                    Endpoint::Local {
                        url: format!("http://{address}"),
                        region,
                        key,
                    },
                    Some(backend),
                )
            }
        };
        let config = OperatorConfig {
            endpoint,
            kubeconfig: args.kubeconfig,
            cluster_id: args.cluster_id,
            // An empty variable is none.
            namespaces: args
                .watch_namespaces
                .into_iter()
                .filter(|name| !name.is_empty())
                .collect(),
            resync: args.resync_interval,
            candidate: args.leader_elect.then(|| Candidate {
                namespace: args.leader_election_namespace,
                lease: args.leader_election_id,
                identity: identity(args.identity),
            }),
            metrics_listen: args.metrics_listen,
            metrics_objects: args.metrics_objects,
        };
        Box::pin(together(config, backend, shutdown)).await
    })
}

/// What tells this process from others. An empty variable is none: by an empty name nobody holds a Lease.
fn identity(given: Option<String>) -> String {
    given
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| format!("{:016x}", rand::random::<u64>()))
}

/// The operator and its backend. The backend stops after the operator, so that passes under way can end.
async fn together(
    config: OperatorConfig,
    backend: Option<backend::Backend>,
    shutdown: CancellationToken,
) -> Result<(), String> {
    let stop_backend = CancellationToken::new();
    let serving = async {
        match backend {
            Some(backend) => {
                let served = backend
                    .serve(stop_backend.clone())
                    .await
                    .map_err(|error| error.to_string());
                // Without its backend the operator is of no use.
                shutdown.cancel();
                served
            }
            None => Ok(()),
        }
    };
    let operating = async {
        let ended = operator::run(config, shutdown.clone())
            .await
            .map_err(|error| error.to_string());
        stop_backend.cancel();
        ended
    };
    let (operated, served) = tokio::join!(operating, serving);
    operated.and(served)
}

fn local_config(local: LocalArgs, listen: SocketAddr, region: String) -> Result<BackendConfig, String> {
    let switches = switches(local.switches.as_deref(), &local.switch)?;
    let credentials = local
        .credentials
        .map(|file| credentials(&file, &local.account_id))
        .transpose()?;
    let fault_script = local
        .fault_script
        .map(|file| read("--fault-script", &file))
        .transpose()?;
    Ok(BackendConfig {
        listen,
        data_dir: local.data_dir,
        // An empty variable is none.
        database_url: local.database_url.filter(|url| !url.is_empty()),
        region,
        account_id: local.account_id,
        transition_delay: local.transition_delay,
        switches,
        author: author(local.author)?,
        targets: TargetsConfig {
            buckets: local.s3_buckets,
            rest_apis: local.rest_apis,
            insecure_endpoints: local.insecure_endpoints,
        },
        forward: ForwardConfig {
            lambda_endpoints: local.lambda_endpoints,
            hidden_variables: own_variables(),
            limits: ForwardLimits {
                time: local.tool_timeout,
                ..ForwardLimits::default()
            },
        },
        cvc5: match local.cvc5 {
            None => Cvc5::OnPath,
            Some(path) if path.as_os_str() == "off" => Cvc5::Off,
            Some(path) => Cvc5::At(path),
        },
        credentials,
        unsigned_anywhere: local.unsigned_anywhere,
        admin_listen: local.admin_listen,
        fault_script,
    })
}

/// The variables that are flags of this program: some hold secrets, and none is for other programs.
fn own_variables() -> Vec<String> {
    std::env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .filter(|name| name.starts_with("AGENTCORE_OPERATOR_"))
        .collect()
}

/// The author of generated policies.
fn author(args: AuthorArgs) -> Result<AuthorConfig, String> {
    let AuthorArgs {
        author,
        author_url,
        author_model,
        author_key_file,
        author_timeout,
    } = args;
    let dialect = match author {
        AuthorArg::Deterministic => {
            let given: Vec<&str> = [
                (author_url.is_some(), "--author-url"),
                (author_model.is_some(), "--author-model"),
                (author_key_file.is_some(), "--author-key-file"),
            ]
            .into_iter()
            .filter_map(|(given, flag)| given.then_some(flag))
            .collect();
            if given.is_empty() {
                return Ok(AuthorConfig::Deterministic);
            }
            return Err(format!(
                "without a model as --author nothing uses {}; give --author openai or converse, or leave that out",
                given.join(" and ")
            ));
        }
        AuthorArg::OpenAi => Dialect::OpenAi,
        AuthorArg::Converse => Dialect::Converse,
    };
    let (Some(url), Some(model)) = (author_url, author_model) else {
        return Err("a model as --author needs --author-url and --author-model".to_owned());
    };
    let key = match author_key_file {
        Some(file) => Some(std::fs::read_to_string(&file).map_err(|error| {
            let shown = file.display();
            format!("cannot read {shown}: {error}; give --author-key-file a file that is there")
        })?),
        None => std::env::var(AUTHOR_KEY).ok(),
    };
    // An empty variable is none, and a file ends in a line break.
    let key = key.map(|key| key.trim().to_owned()).filter(|key| !key.is_empty());
    Ok(AuthorConfig::Model(ModelConfig {
        dialect,
        url,
        model,
        key: key.map(Secret::new),
        patience: author_timeout,
    }))
}

/// The text of the file that a flag names.
fn read(flag: &str, file: &Path) -> Result<String, String> {
    std::fs::read_to_string(file).map_err(|error| {
        let shown = file.display();
        format!("cannot read {shown}: {error}; give {flag} a file that is there")
    })
}

/// The access keys of a file.
fn credentials(file: &Path, account: &str) -> Result<Credentials, String> {
    Credentials::read(&read("--credentials", file)?, account)
        .map_err(|error| format!("{}: {error}", file.display()))
}

/// The switches of the file, and over them those of the command line.
fn switches(file: Option<&Path>, assignments: &[String]) -> Result<Switches, String> {
    let mut switches = Switches::default();
    if let Some(file) = file {
        let text = read("--switches", file)?;
        switches
            .read(&text)
            .map_err(|error| format!("{}: {error}", file.display()))?;
    }
    // An empty variable is none.
    for assignment in assignments.iter().filter(|assignment| !assignment.is_empty()) {
        switches
            .assign(assignment)
            .map_err(|error| format!("--switch: {error}"))?;
    }
    Ok(switches)
}

/// The address by which this very process reaches a listener that may be open to all.
fn reachable(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => ([127, 0, 0, 1], v4.port()).into(),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => ([0, 0, 0, 0, 0, 0, 0, 1], v6.port()).into(),
        SocketAddr::V4(_) | SocketAddr::V6(_) => address,
    }
}

/// Says where tests reach the fault script, if they do.
fn announce_admin(backend: &backend::Backend) -> Result<(), String> {
    match backend.admin_addr() {
        Some(admin) => announce(&format!("admin on http://{admin}")),
        None => Ok(()),
    }
}

/// Says where to connect, at once and for programs to read.
fn announce(line: &str) -> Result<(), String> {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{line}")
        .and_then(|()| stdout.flush())
        .map_err(|error| format!("cannot write to standard output: {error}"))
}

/// Runs a program until it ends, or until SIGINT or SIGTERM has let it end.
pub(super) fn run<F, P>(program: P) -> Result<(), String>
where
    P: FnOnce(CancellationToken) -> F,
    F: Future<Output = Result<(), String>>,
{
    if rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .is_err()
    {
        tracing::debug!("a TLS provider is installed already");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| format!("cannot start: {error}"))?;
    runtime.block_on(async {
        let shutdown = CancellationToken::new();
        let signalled = shutdown.clone();
        tokio::spawn(async move {
            match signal().await {
                Ok(()) => tracing::info!("stopping"),
                Err(error) => tracing::error!(%error, "signals cannot be heard"),
            }
            signalled.cancel();
        });
        program(shutdown).await
    })
}

async fn signal() -> std::io::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn args(author: AuthorArg, url: Option<&str>, key_file: Option<&Path>) -> AuthorArgs {
        AuthorArgs {
            author,
            author_url: url.map(str::to_owned),
            author_model: url.map(|_| "m".to_owned()),
            author_key_file: key_file.map(Path::to_owned),
            author_timeout: Duration::from_secs(1),
        }
    }

    #[test]
    fn an_identity_is_never_empty_and_two_that_are_not_given_differ() {
        assert_eq!(identity(Some("pod".to_owned())), "pod");
        assert_eq!(identity(Some(String::new())).len(), 16);
        assert_ne!(identity(None), identity(None));
    }

    #[test]
    fn a_model_needs_a_url_and_takes_its_key_from_a_file() {
        assert!(matches!(
            author(args(AuthorArg::Deterministic, None, None)),
            Ok(AuthorConfig::Deterministic)
        ));
        assert_eq!(
            author(args(AuthorArg::OpenAi, None, None)).unwrap_err(),
            "a model as --author needs --author-url and --author-model"
        );
        for (url, key_file, flag) in [
            (Some("https://host"), None, "--author-url and --author-model"),
            (None, Some(Path::new("key")), "--author-key-file"),
        ] {
            assert_eq!(
                author(args(AuthorArg::Deterministic, url, key_file)).unwrap_err(),
                format!(
                    "without a model as --author nothing uses {flag}; give --author openai or converse, or leave that out"
                )
            );
        }
        let directory = tempfile::TempDir::new().unwrap();
        let file = directory.path().join("key");
        let error = author(args(AuthorArg::Converse, Some("https://host"), Some(&file))).unwrap_err();
        assert!(
            error.ends_with("give --author-key-file a file that is there"),
            "{error}"
        );
        std::fs::write(&file, "secret\n").unwrap();
        let Ok(AuthorConfig::Model(model)) =
            author(args(AuthorArg::Converse, Some("https://host"), Some(&file)))
        else {
            panic!("no model")
        };
        assert_eq!(
            (model.dialect, model.key.unwrap().reveal()),
            (Dialect::Converse, "secret")
        );
    }
}
