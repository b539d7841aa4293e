//! Candidate policies for a gateway of the cluster: its object says which gateway it is, and AWS writes.

use super::config::OperatorError;
use crate::model::Candidate;
use crate::operator::agentcore::{AgentCore, Drafted, Endpoint};
use crate::operator::cluster::{Cluster, Drafting, Scope};
use crate::operator::decide::{DesiredGeneration, engine_id_in};
use crate::telemetry::Metrics;
use futures::channel::mpsc;
use std::path::PathBuf;
use tokio_util::sync::CancellationToken;

/// What candidates are written for.
#[derive(Clone, Debug)]
pub struct DraftConfig {
    /// Which `AgentCore`.
    pub endpoint: Endpoint,
    /// `--kubeconfig`, else the usual places.
    pub kubeconfig: Option<PathBuf>,
    /// Namespace of the objects; that of the kubeconfig when none is given.
    pub namespace: Option<String>,
    /// Name of the Gateway object.
    pub gateway: String,
    /// Name of the PolicyEngine object; the engine that is attached to the gateway when none is given.
    pub engine: Option<String>,
    /// Name of the generation in AWS.
    pub name: String,
    /// The requirements.
    pub text: String,
}

/// The candidates, and where they belong.
#[derive(Clone, Debug)]
pub struct DraftAnswer {
    /// In the order of the text.
    pub candidates: Vec<Candidate>,
    /// Namespace of the objects.
    pub namespace: String,
    /// What statements name: the ARN of the gateway.
    pub gateway_arn: String,
    /// AWS id of the engine.
    pub engine_id: String,
    /// Name of the engine's object in the namespace, if one stands for it.
    pub engine: Option<String>,
}

/// Why there are no candidates.
#[derive(Debug, thiserror::Error)]
pub enum DraftError {
    /// The cluster or the connection to `AgentCore`.
    #[error(transparent)]
    Operator(#[from] OperatorError),
    /// Something that is said is not there yet, or was refused.
    #[error("{0}")]
    Said(String),
}

/// Has the service write policies for a gateway, telling what it waits for.
///
/// # Errors
/// [`DraftError`].
pub async fn draft(config: DraftConfig, mut tell: impl FnMut(String)) -> Result<DraftAnswer, DraftError> {
    let scopes = config.namespace.clone().into_iter().collect();
    let kubeconfig = config.kubeconfig.as_deref();
    let metrics = Metrics::new("draft", 0);
    let cluster = Cluster::connect(kubeconfig, Scope::of(scopes), metrics.clone())
        .await
        .map_err(OperatorError::from)?;
    let (namespace, found) = cluster
        .drafting(config.namespace.clone(), &config.gateway)
        .await
        .map_err(OperatorError::from)?;
    let object = format!("Gateway {namespace}/{}", config.gateway);
    let drafting = found.ok_or_else(|| DraftError::Said(format!("{object} is not there")))?;
    let (gateway_id, gateway_arn) = drafting.gateway.clone().ok_or_else(|| {
        DraftError::Said(format!(
            "{object} has no gateway in AgentCore yet: wait until it is Ready"
        ))
    })?;
    let ((turned, _heard), (strays, _strayed)) = (mpsc::unbounded(), mpsc::unbounded());
    let agentcore = AgentCore::connect(config.endpoint, metrics, turned, strays, CancellationToken::new())
        .await
        .map_err(OperatorError::from)?;
    let refused = |fault: crate::model::Fault| {
        DraftError::Said(format!("{} failed: {}", fault.operation, fault.message))
    };
    let engine_id = if let Some(name) = &config.engine {
        of_object(&drafting, &namespace, name)?
    } else {
        let attached = agentcore.attached_engine(&gateway_id).await.map_err(refused)?;
        attached.and_then(|arn| engine_id_in(&arn)).ok_or_else(|| {
            DraftError::Said(format!(
                "no policy engine is attached to {object}: attach one, or name one with --engine"
            ))
        })?
    };
    tell(format!("{object}: the engine {engine_id} is asked for policies"));
    let wanted = DesiredGeneration {
        name: config.name,
        engine_id,
        gateway_arn,
        text: config.text,
    };
    let drafted = agentcore.draft(&wanted, &mut tell).await.map_err(refused)?;
    let candidates = match drafted {
        Drafted::Candidates(candidates) => candidates,
        Drafted::Failed(status, reasons) => {
            return Err(DraftError::Said(format!(
                "the generation is {status}: {}",
                reasons.join("; ")
            )));
        }
    };
    let engine = drafting
        .engines
        .iter()
        .find(|(_, id)| id.as_deref() == Some(wanted.engine_id.as_str()))
        .map(|(name, _)| name.clone());
    Ok(DraftAnswer {
        candidates,
        namespace,
        gateway_arn: wanted.gateway_arn,
        engine_id: wanted.engine_id,
        engine,
    })
}

fn of_object(drafting: &Drafting, namespace: &str, name: &str) -> Result<String, DraftError> {
    let object = format!("PolicyEngine {namespace}/{name}");
    let found = drafting.engines.iter().find(|(own, _)| own == name);
    match found {
        None => Err(DraftError::Said(format!("{object} is not there"))),
        Some((_, None)) => Err(DraftError::Said(format!(
            "{object} has no engine in AgentCore yet: wait until it is Ready"
        ))),
        Some((_, Some(id))) => Ok(id.clone()),
    }
}
