//! The connection to `AgentCore`.

use super::budget::{Budget, Caller};
use super::credentials::{Purse, Signer};
use super::faults;
use super::inventory::Inventory;
use super::turn::{Turn, uncalled, unmade};
use crate::model::{Fault, FaultClass, Secret, SigningKey};
use crate::operator::breaker::{Breakers, Turned};
use crate::telemetry::Metrics;
use aws_sdk_bedrockagentcorecontrol as sdk;
use futures::channel::mpsc::UnboundedSender;
use sdk::config::http::HttpResponse;
use sdk::config::retry::RetryConfig;
use sdk::config::timeout::TimeoutConfig;
use sdk::error::{ProvideErrorMetadata, SdkError};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::{Duration, Instant, SystemTime};
use tokio_util::sync::CancellationToken;

/// Which `AgentCore` is spoken to.
#[derive(Clone, Debug)]
pub enum Endpoint {
    /// The local backend at this URL: no quotas.
    Local {
        /// `http://HOST:PORT`
        url: String,
        /// Region to sign for.
        region: String,
        /// What it wants requests to be signed with; none when it verifies nobody.
        key: Option<SigningKey>,
    },
    /// AWS by the SDK's default chain of credentials and regions.
    Aws {
        /// `--region`, else the chain's.
        region: Option<String>,
        /// `--endpoint-url`, else the region's.
        url: Option<String>,
    },
}

/// Why there is no way to `AgentCore`.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Nothing says which region.
    #[error("no AWS region: give --region, set AWS_REGION, or give the AWS profile a region")]
    Region,
}

/// Signs for a backend that does not look.
fn nobody() -> SigningKey {
    SigningKey {
        access_key: "local".to_owned(),
        secret: Secret::new("local".to_owned()),
        session_token: None,
    }
}

/// A client with the listings that all objects share.
#[derive(Clone, Debug)]
pub struct AgentCore {
    pub(super) client: sdk::Client,
    pub(super) inventory: Arc<Inventory>,
    pub(super) caller: Caller,
    turn: Option<Turn>,
    budget: Arc<Budget>,
    breakers: Arc<Breakers<Fault>>,
    purse: Option<Arc<Purse>>,
    strays: UnboundedSender<Vec<String>>,
    metrics: Metrics,
    stopping: CancellationToken,
}

impl AgentCore {
    /// Connects; nothing is called yet, so an AWS that is away is no obstacle to starting. Which operation begins to
    /// fail, and answers again, is told to `turned`; the ids of what others have changed or deleted, to `strays`. Once it
    /// is `stopping`, no call waits for AWS's rates, but for those of a pass that has begun to change something.
    ///
    /// # Errors
    /// [`ConnectError`] when the configuration cannot work, wherever AWS is.
    pub async fn connect(
        endpoint: Endpoint,
        metrics: Metrics,
        turned: UnboundedSender<Turned>,
        strays: UnboundedSender<Vec<String>>,
        stopping: CancellationToken,
    ) -> Result<Self, ConnectError> {
        // A failed call ends the pass, and the next pass sends the same token: the SDK's own retries would hide calls
        // from budget and metrics.
        let retries = RetryConfig::standard().with_max_attempts(1);
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(3))
            .operation_attempt_timeout(Duration::from_secs(20))
            .build();
        let loader = aws_config::defaults(sdk::config::BehaviorVersion::latest())
            .retry_config(retries)
            .timeout_config(timeouts);
        let (loader, budget) = match endpoint {
            Endpoint::Local { url, region, key } => {
                let key = key.unwrap_or_else(nobody);
                let token = key.session_token.map(|token| token.reveal().to_owned());
                let secret = key.secret.reveal();
                let signer = sdk::config::Credentials::new(key.access_key, secret, token, None, "local");
                let loader = loader
                    .endpoint_url(url)
                    .region(sdk::config::Region::new(region))
                    .credentials_provider(signer)
                    // Proxy variables are for the way out, and a local backend is near.
                    .http_client(aws_smithy_http_client::Builder::new().build_http());
                (loader, Budget::unlimited())
            }
            Endpoint::Aws { region, url } => {
                let loader = match region {
                    Some(region) => loader.region(sdk::config::Region::new(region)),
                    None => loader,
                };
                let loader = match url {
                    Some(url) => loader.endpoint_url(url),
                    None => loader,
                };
                (loader, Budget::of_aws())
            }
        };
        let config = loader.load().await;
        config.region().ok_or(ConnectError::Region)?;
        let purse = config.credentials_provider().map(Purse::new);
        let mut service =
            sdk::config::Builder::from(&config).identity_cache(sdk::config::IdentityCache::no_cache());
        if let Some(purse) = &purse {
            service = service.credentials_provider(Signer(Arc::clone(purse)));
        }
        Ok(Self {
            client: sdk::Client::from_conf(service.build()),
            inventory: Arc::new(Inventory::default()),
            caller: Caller::new("", false),
            turn: None,
            budget: Arc::new(budget),
            breakers: Arc::new(Breakers::new(turned)),
            purse,
            strays,
            metrics,
            stopping,
        })
    }

    /// Cancelled when the process is told to stop.
    #[must_use]
    pub fn stopping(&self) -> CancellationToken {
        self.stopping.clone()
    }

    /// Tells what others have changed or deleted.
    pub(super) fn strayed(&self, ids: Vec<String>) {
        if !ids.is_empty() && self.strays.unbounded_send(ids).is_err() {
            tracing::debug!("the operator is stopping");
        }
    }

    /// The same, for an object of this namespace: where calls wait for AWS's rates, namespaces take turns, and what is
    /// urgent (the object is being deleted, or somebody asked for a look at it) goes first.
    #[must_use]
    pub fn on_behalf_of(&self, namespace: &str, urgent: bool) -> Self {
        Self {
            caller: Caller::new(namespace, urgent),
            ..self.clone()
        }
    }

    /// The same, for the writes of one pass.
    #[must_use]
    pub fn in_turn(&self, turn: &Turn) -> Self {
        Self {
            turn: Some(turn.clone()),
            ..self.clone()
        }
    }

    /// The same, urgent as soon as somebody waits who is.
    pub(super) fn pressed_by(&self, pressing: &Arc<AtomicUsize>) -> Self {
        Self {
            caller: self.caller.pressed_by(pressing),
            ..self.clone()
        }
    }

    /// What keeps calls of operations that fail from being made (reliability.md section 3).
    #[must_use]
    pub fn breakers(&self) -> &Breakers<Fault> {
        &self.breakers
    }

    /// Makes one call, if its operation is not known to fail: within the budget, counted, timed, its failure put into a
    /// class. What is not made fails as the call before it.
    pub(super) fn call<'a, T: Send + 'a, E>(
        &'a self,
        operation: &'static str,
        request: impl Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send + 'a,
    ) -> impl Future<Output = Result<T, Fault>> + Send + 'a
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        self.call_if(std::future::ready(Ok(true)), operation, request)
    }

    /// The same, of what changes something, if `may` says so when its turn has come: else the pass is given up.
    pub(super) fn call_if<'a, T: Send + 'a, E>(
        &'a self,
        may: impl Future<Output = Result<bool, Fault>> + Send + 'a,
        operation: &'static str,
        request: impl Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send + 'a,
    ) -> impl Future<Output = Result<T, Fault>> + Send + 'a
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        // An SDK's future is large, and this one is part of those of every pass.
        self.called(may, operation, Box::pin(request))
    }

    /// Waits for AWS's rates.
    async fn take_of_the_budget(&self, operation: &'static str) -> Result<(), Fault> {
        let taking = self.budget.take(operation, &self.caller);
        if self.turn.as_ref().is_some_and(Turn::has_begun) {
            taking.await;
            return Ok(());
        }
        tokio::select! {
            biased;
            () = self.stopping.cancelled() => Err(unmade(operation, "it was not called: the operator is stopping")),
            () = taking => Ok(()),
        }
    }

    async fn called<T, E>(
        &self,
        may: impl Future<Output = Result<bool, Fault>> + Send,
        operation: &'static str,
        request: Pin<Box<impl Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send>>,
    ) -> Result<T, Fault>
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let permit = self.breakers.admit(operation)?;
        self.take_of_the_budget(operation).await?;
        let may = may.await?;
        let until = match &self.turn {
            Some(turn) if may => turn.come(operation)?,
            Some(turn) => return Err(turn.give_up(operation)),
            None if may => None,
            None => return Err(uncalled(operation)),
        };
        let permit = permit.renewed()?;
        let started = Instant::now();
        let answered = match until {
            Some(until) => tokio::time::timeout_at(until, request).await,
            None => Ok(request.await),
        };
        let result = match answered {
            Ok(answer) => answer.map_err(|error| faults::fault(operation, &error, SystemTime::now())),
            Err(_) => Err(unmade(
                operation,
                "there was no answer before the Lease of this process ends",
            )),
        };
        if let (Err(fault), Some(purse)) = (&result, &self.purse) {
            purse.refused(&fault.code);
        }
        match &result {
            Err(fault) if matches!(fault.class, FaultClass::Throttled | FaultClass::Unavailable) => {
                permit.failed(fault.clone());
            }
            Ok(_) | Err(_) => permit.answered(),
        }
        let code = match &result {
            Ok(_) => "OK",
            Err(fault) if fault.code.is_empty() => "unreachable",
            Err(fault) => &fault.code,
        };
        self.metrics.backend_request(operation, code, started.elapsed());
        match &result {
            Ok(_) => tracing::debug!(operation, "AgentCore answered"),
            Err(fault) => tracing::info!(
                operation,
                error.code = fault.code,
                "AgentCore refused: {}",
                fault.for_log()
            ),
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::channel::mpsc::unbounded;
    use std::future::ready;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[tokio::test]
    async fn what_may_not_be_called_any_more_when_its_turn_has_come_is_not_called_and_given_up() {
        let nowhere = Endpoint::Local {
            url: "http://127.0.0.1:9".to_owned(),
            region: "us-east-1".to_owned(),
            key: None,
        };
        let (turned, strays) = (unbounded().0, unbounded().0);
        let (metrics, stopping) = (Metrics::new("aws", 0), CancellationToken::new());
        let connected = AgentCore::connect(nowhere, metrics, turned, strays, stopping).await;
        let agentcore = connected.expect("it has a region");
        for may in [false, true] {
            let (turn, sent) = (Turn::new(|| true, || None), AtomicBool::new(false));
            let request = async {
                sent.store(true, Ordering::Relaxed);
                agentcore.client.list_gateways().send().await
            };
            let caller = agentcore.in_turn(&turn);
            let answer = caller.call_if(ready(Ok(may)), "ListGateways", request).await;
            assert!(answer.is_err(), "nobody answers there");
            assert_eq!((sent.into_inner(), turn.is_given_up()), (may, !may));
        }
    }
}
