//! The connection to the API server, and what must be there before anything else can be.

use super::ClusterError;
use super::declared::Declared;
use super::error::{cause, infer_problem, kubeconfig_problem};
use super::events::Told;
use super::following::Followed;
use super::read::Answer;
use super::seen::Seen;
use super::shared::Shared;
use super::targets::Coming;
use crate::telemetry::Metrics;
use futures::future::BoxFuture;
use http::{Request, Response};
use k8s_openapi::api::core::v1::Namespace;
use kube::api::ListParams;
use kube::client::ClientBuilder;
use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};
use kube::{Api, Client, Config, Resource};
use serde::de::DeserializeOwned;
use std::fmt::Debug;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;
use tower::{BoxError, Service};

/// How long the first answer of the API server may take.
const ANSWER: Duration = Duration::from_secs(10);
/// How long any answer may take to begin, on a connection that may be dead: the client itself would wait for ever, and a
/// pass with it. The API server gives up requests of its own accord after a minute.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long an answer that has begun may say nothing; a watch ends before that.
const SILENCE: Duration = Duration::from_secs(295);

/// Which namespaces are looked after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All.
    All,
    /// One.
    Namespace(String),
}

impl Scope {
    /// These namespaces, or all when there are none.
    #[must_use]
    pub fn of(namespaces: Vec<String>) -> Vec<Self> {
        match namespaces.as_slice() {
            [] => vec![Self::All],
            _ => namespaces.into_iter().map(Self::Namespace).collect(),
        }
    }

    /// Whether a namespace is in it.
    #[must_use]
    pub fn covers(&self, namespace: &str) -> bool {
        match self {
            Self::All => true,
            Self::Namespace(one) => one == namespace,
        }
    }
}

/// The API server.
#[derive(Clone)]
pub struct Cluster {
    pub(super) client: Client,
    pub(super) told: Arc<Told>,
    pub(super) metrics: Metrics,
    pub(super) scopes: Vec<Scope>,
    /// Whether the definitions of our kinds may not be read.
    pub(super) definitions_denied: Arc<AtomicBool>,
    pub(super) declared: Arc<Declared>,
    /// The targets that are coming, asked for together.
    pub(super) coming: Arc<Coming>,
    pub(super) seen: Arc<Seen>,
    pub(super) followed: Arc<Followed>,
    /// What objects refer to.
    pub(super) referents: Arc<Shared<Answer>>,
    server: String,
}

impl Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cluster")
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}

impl Cluster {
    /// Connects by `kubeconfig`, or by `KUBECONFIG`, or as a Pod, to look after these scopes.
    ///
    /// # Errors
    /// [`ClusterError::Kubeconfig`] or [`ClusterError::Config`] when there is no way to a server.
    pub async fn connect(
        kubeconfig: Option<&Path>,
        scopes: Vec<Scope>,
        metrics: Metrics,
    ) -> Result<Self, ClusterError> {
        let mut config = match kubeconfig {
            Some(path) => from_file(path).await.map_err(|error| ClusterError::Kubeconfig {
                path: path.to_owned(),
                reason: kubeconfig_problem(&error),
            })?,
            None => Config::infer()
                .await
                .map_err(|error| ClusterError::Config(infer_problem(&error)))?,
        };
        config.connect_timeout = Some(Duration::from_secs(5));
        config.read_timeout = Some(SILENCE);
        config.reset_reader_on_write = true;
        // Proxy variables are for the way to AWS; only a kubeconfig can name a proxy for the API server.
        if !names_a_proxy(kubeconfig) {
            config.proxy_url = None;
        }
        let server = config.cluster_url.to_string();
        let client = counted(config, metrics.clone()).map_err(|error| ClusterError::Config(cause(&error)))?;
        Ok(Self {
            client,
            told: Arc::default(),
            metrics,
            scopes,
            definitions_denied: Arc::default(),
            declared: Arc::default(),
            coming: Arc::default(),
            seen: Arc::default(),
            followed: Arc::default(),
            referents: Arc::default(),
            server,
        })
    }

    /// Makes sure that the server answers and knows a kind, in this scope.
    ///
    /// # Errors
    /// [`ClusterError::Unreachable`], [`ClusterError::Unauthorized`], [`ClusterError::NoCrd`] or
    /// [`ClusterError::Forbidden`].
    pub async fn check<K>(&self, scope: &Scope) -> Result<(), ClusterError>
    where
        K: Resource<DynamicType = (), Scope = k8s_openapi::NamespaceResourceScope>
            + Clone
            + Debug
            + DeserializeOwned,
    {
        let one = ListParams::default().limit(1);
        let listed = tokio::time::timeout(ANSWER, self.scoped::<K>(scope).list_metadata(&one)).await;
        let plural = K::plural(&()).into_owned();
        match listed {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(self.refusal(plural, &error)),
            Err(_) => Err(ClusterError::Unreachable {
                server: self.server.clone(),
                reason: format!("nothing came within {} s", ANSWER.as_secs()),
            }),
        }
    }

    /// What a failed first list means.
    fn refusal(&self, plural: String, error: &kube::Error) -> ClusterError {
        let code = if let kube::Error::Api(status) = error {
            status.code
        } else {
            0
        };
        let (server, reason) = (self.server.clone(), cause(error));
        match code {
            404 => ClusterError::NoCrd { plural },
            401 => ClusterError::Unauthorized { server, reason },
            403 => ClusterError::Forbidden { reason },
            _ => ClusterError::Unreachable { server, reason },
        }
    }

    /// What tells this cluster from all others: the UID of `kube-system`, which lives as long as the cluster.
    ///
    /// # Errors
    /// [`ClusterError::ClusterId`] when it may not be read.
    pub async fn id(&self) -> Result<String, ClusterError> {
        let namespaces: Api<Namespace> = Api::all(self.client.clone());
        let system = namespaces
            .get("kube-system")
            .await
            .map_err(|error| ClusterError::ClusterId {
                source: Arc::new(error),
            })?;
        Ok(system.metadata.uid.unwrap_or_default())
    }

    pub(super) fn scoped<K>(&self, scope: &Scope) -> Api<K>
    where
        K: Resource<DynamicType = (), Scope = k8s_openapi::NamespaceResourceScope>,
    {
        match scope {
            Scope::All => Api::all(self.client.clone()),
            Scope::Namespace(namespace) => Api::namespaced(self.client.clone(), namespace),
        }
    }

    pub(super) fn namespaced<K>(&self, namespace: &str) -> Api<K>
    where
        K: Resource<DynamicType = (), Scope = k8s_openapi::NamespaceResourceScope>,
    {
        Api::namespaced(self.client.clone(), namespace)
    }
}

/// A client whose requests are counted, under the names that client-go gives them.
fn counted(config: Config, metrics: Metrics) -> Result<Client, kube::Error> {
    let layer = tower::layer::layer_fn(move |service| Counted {
        service,
        metrics: metrics.clone(),
    });
    Ok(ClientBuilder::try_from(config)?.with_layer(&layer).build())
}

/// Counts requests and how they were answered, and waits no longer than [`PATIENCE`] for an answer to begin.
#[derive(Clone, Debug)]
struct Counted<S> {
    service: S,
    metrics: Metrics,
}

impl<S, B, R> Service<Request<B>> for Counted<S>
where
    S: Service<Request<B>, Response = Response<R>, Error = BoxError>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<S::Response, S::Error>>;

    fn poll_ready(&mut self, context: &mut TaskContext<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let method = request.method().to_string();
        let host = request
            .uri()
            .authority()
            .map(ToString::to_string)
            .unwrap_or_default();
        let metrics = self.metrics.clone();
        let answer = tokio::time::timeout(PATIENCE, self.service.call(request));
        Box::pin(async move {
            let answer = answer.await.unwrap_or_else(|late| Err(BoxError::from(late)));
            let code = answer.as_ref().map_or_else(
                |_| "<error>".to_owned(),
                |answer| answer.status().as_str().to_owned(),
            );
            metrics.kubernetes_request(method, host, code);
            answer
        })
    }
}

async fn from_file(path: &Path) -> Result<Config, KubeconfigError> {
    Config::from_custom_kubeconfig(Kubeconfig::read_from(path)?, &KubeConfigOptions::default()).await
}

/// Whether a kubeconfig says that the API server is behind a proxy.
fn names_a_proxy(kubeconfig: Option<&Path>) -> bool {
    let read = kubeconfig.map_or_else(Kubeconfig::read, Kubeconfig::read_from);
    let clusters = read.map(|config| config.clusters).unwrap_or_default();
    clusters
        .into_iter()
        .filter_map(|cluster| cluster.cluster)
        .any(|cluster| cluster.proxy_url.is_some())
}
