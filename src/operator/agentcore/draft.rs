//! Candidate policies from plain language: started, waited for, listed (service.md 8.1, 8.4).

use super::AgentCore;
use crate::model::{Candidate, Fault, FaultClass, Lifecycle};
use crate::operator::decide::{Asset, DesiredGeneration};
use std::future::ready;
use std::time::Duration;
use tokio::time::Instant;

/// How long a generation may take: more than a model needs, and what the SDK's own waiter waits (service.md 8.1).
const PATIENCE: Duration = Duration::from_mins(2);
/// How long the first look waits, and each further one.
const PAUSES: [Duration; 2] = [Duration::from_millis(200), Duration::from_secs(2)];

/// How a generation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Drafted {
    /// With these candidates.
    Candidates(Vec<Candidate>),
    /// In another state, for these reasons.
    Failed(String, Vec<String>),
}

impl AgentCore {
    /// ARN of the engine that is attached to a gateway, if one is.
    ///
    /// # Errors
    /// [`Fault`] when the gateway cannot be read.
    pub async fn attached_engine(&self, gateway_id: &str) -> Result<Option<String>, Fault> {
        let request = self.client.get_gateway().gateway_identifier(gateway_id).send();
        let gateway = self.call("GetGateway", request).await?;
        let configuration = gateway.policy_engine_configuration();
        Ok(configuration.map(|configuration| configuration.arn().to_owned()))
    }

    /// What the service writes for a text. Each state is told.
    ///
    /// # Errors
    /// [`Fault`] when a call is refused, or the generation takes too long.
    pub async fn draft(
        &self,
        wanted: &DesiredGeneration,
        mut tell: impl FnMut(String),
    ) -> Result<Drafted, Fault> {
        let id = self
            .start_generation(wanted, None, ready(Ok(true)))
            .await?
            .unwrap_or_default();
        let (begun, mut pauses) = (Instant::now(), PAUSES.into_iter());
        let mut pause = pauses.next().unwrap_or_default();
        loop {
            tell(format!(
                "generation {id} is written, for {} s",
                begun.elapsed().as_secs()
            ));
            tokio::time::sleep(pause).await;
            pause = pauses.next().unwrap_or(pause);
            let generation = self.get_generation(&wanted.engine_id, &id).await?.resource;
            if generation.status == Lifecycle::Active {
                break;
            }
            if !generation.status.in_flight() {
                return Ok(Drafted::Failed(
                    generation.word().to_owned(),
                    generation.status_reasons,
                ));
            }
            if begun.elapsed() >= PATIENCE {
                return Err(too_slow(&id));
            }
        }
        let assets = self.list_assets(&wanted.engine_id, &id).await?;
        Ok(Drafted::Candidates(assets.into_iter().map(candidate).collect()))
    }
}

fn candidate(asset: Asset) -> Candidate {
    Candidate {
        fragment: asset.fragment,
        statement: asset.definition.map(|written| written.statement),
        findings: asset.findings,
    }
}

fn too_slow(id: &str) -> Fault {
    Fault {
        class: FaultClass::Unavailable,
        operation: "GetPolicyGeneration",
        code: String::new(),
        message: format!("the generation {id} is not done after {} s", PATIENCE.as_secs()),
    }
}
