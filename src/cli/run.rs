//! Starts the programs: one runtime, one shutdown signal.

use super::args::{BackendArgs, BackendKind, RunArgs};
use super::local;
use crate::backend::{self, Credentials};
use crate::operator::{Candidate, Endpoint, OperatorConfig};
use crate::{operator, telemetry};
use std::future::Future;
use std::io::Write as _;
use std::num::NonZero;
use tokio_util::sync::CancellationToken;

/// Threads that answer, where there are as many processors.
const WORKERS: usize = 2;
/// The region of the local backend when none is given.
pub(super) const LOCAL_REGION: &str = "us-east-1";

/// `backend`: the local backend alone.
pub(super) fn backend(args: BackendArgs) -> Result<(), String> {
    telemetry::init(&args.log.log_level, args.log.log_format.into()).map_err(|error| error.to_string())?;
    run(|shutdown| async move {
        let config = local::config(args.local, args.listen, args.region)?;
        let backend = backend::bind(config).await.map_err(|error| error.to_string())?;
        announce(&format!("listening on http://{}", backend.local_addr()))?;
        announce_others(&backend)?;
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
                let keys = file.map(|file| local::credentials(file, &args.local.account_id));
                let key = keys.transpose()?.as_ref().map(Credentials::first);
                let region = args.region.unwrap_or_else(|| LOCAL_REGION.to_owned());
                (Endpoint::Local { url, region, key }, None)
            }
            (BackendKind::Local, None) => {
                let region = args.region.unwrap_or_else(|| LOCAL_REGION.to_owned());
                let config = local::config(args.local, args.local_listen, region.clone())?;
                let key = config.credentials.as_ref().map(Credentials::first);
                let backend = backend::bind(config).await.map_err(|error| error.to_string())?;
                let address = backend::reachable(backend.local_addr());
                announce(&format!("backend listening on http://{address}"))?;
                announce_others(&backend)?;
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

/// Says where gateways take calls, and where tests reach the fault script, if they do.
fn announce_others(backend: &backend::Backend) -> Result<(), String> {
    announce(&format!("gateways on {}", backend.gateways()))?;
    match backend.admin_addr() {
        Some(admin) => announce(&format!("admin on http://{admin}")),
        None => Ok(()),
    }
}

/// Prints a line at once, for programs to read.
pub(super) fn announce(line: &str) -> Result<(), String> {
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
    // A second worker on one processor would only take turns with the first.
    let processors = std::thread::available_parallelism().map_or(WORKERS, NonZero::get);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(processors.min(WORKERS))
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

    #[test]
    fn an_identity_is_never_empty_and_two_that_are_not_given_differ() {
        assert_eq!(identity(Some("pod".to_owned())), "pod");
        assert_eq!(identity(Some(String::new())).len(), 16);
        assert_ne!(identity(None), identity(None));
    }
}
