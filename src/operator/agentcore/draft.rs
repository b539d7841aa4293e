//! Candidate policies from plain language: started, waited for, listed (service.md 8.1, 8.4).

use super::AgentCore;
use crate::model::{Candidate, CandidateFinding, Fault, FaultClass};
use aws_sdk_bedrockagentcorecontrol as sdk;
use sdk::types::{Content, PolicyGenerationAsset, PolicyGenerationStatus, Resource};
use std::time::Duration;
use tokio::time::Instant;

/// How long a generation may take: more than a model needs, and what the SDK's own waiter waits (service.md 8.1).
const PATIENCE: Duration = Duration::from_mins(2);
/// How long the first look waits, and each further one.
const PAUSES: [Duration; 2] = [Duration::from_millis(200), Duration::from_secs(2)];
/// Assets a page.
const PAGE: i32 = 100;

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

    /// What the service writes for a text, by a generation of this name. Each state is told.
    ///
    /// # Errors
    /// [`Fault`] when a call is refused, or the generation takes too long.
    pub async fn draft(
        &self,
        engine: &str,
        gateway_arn: &str,
        name: &str,
        text: &str,
        mut tell: impl FnMut(String),
    ) -> Result<Drafted, Fault> {
        let request = self
            .client
            .start_policy_generation()
            .policy_engine_id(engine)
            .name(name)
            .resource(Resource::Arn(gateway_arn.to_owned()))
            .content(Content::RawText(text.to_owned()))
            .send();
        let started = self.call("StartPolicyGeneration", request).await?;
        let id = started.policy_generation_id().to_owned();
        let (begun, mut pauses) = (Instant::now(), PAUSES.into_iter());
        let mut pause = pauses.next().unwrap_or_default();
        loop {
            tell(format!(
                "generation {id} is written, for {} s",
                begun.elapsed().as_secs()
            ));
            tokio::time::sleep(pause).await;
            pause = pauses.next().unwrap_or(pause);
            let request = self
                .client
                .get_policy_generation()
                .policy_engine_id(engine)
                .policy_generation_id(&id)
                .send();
            let generation = self.call("GetPolicyGeneration", request).await?;
            let status = generation.status();
            if *status == PolicyGenerationStatus::Generated {
                break;
            }
            if *status != PolicyGenerationStatus::Generating {
                let reasons = generation.status_reasons().to_vec();
                return Ok(Drafted::Failed(status.as_str().to_owned(), reasons));
            }
            if begun.elapsed() >= PATIENCE {
                return Err(too_slow(&id));
            }
        }
        self.candidates(engine, &id).await.map(Drafted::Candidates)
    }

    /// All assets of a generation.
    async fn candidates(&self, engine: &str, id: &str) -> Result<Vec<Candidate>, Fault> {
        let (mut all, mut next) = (Vec::new(), None);
        loop {
            let request = self
                .client
                .list_policy_generation_assets()
                .policy_engine_id(engine)
                .policy_generation_id(id)
                .max_results(PAGE)
                .set_next_token(next)
                .send();
            let page = self.call("ListPolicyGenerationAssets", request).await?;
            all.extend(page.policy_generation_assets().iter().map(candidate));
            next = page
                .next_token()
                .filter(|token| !token.is_empty())
                .map(str::to_owned);
            if next.is_none() {
                return Ok(all);
            }
        }
    }
}

fn candidate(asset: &PolicyGenerationAsset) -> Candidate {
    let statement = asset.definition().and_then(|definition| {
        let cedar = definition.as_cedar().ok().map(sdk::types::CedarPolicy::statement);
        let policy = definition
            .as_policy()
            .ok()
            .map(sdk::types::PolicyStatement::statement);
        cedar.or(policy).map(str::to_owned)
    });
    let finding = |finding: &sdk::types::Finding| CandidateFinding {
        finding_type: finding.r#type().map_or("", |kind| kind.as_str()).to_owned(),
        description: finding.description().map(str::to_owned),
    };
    Candidate {
        fragment: asset.raw_text_fragment().to_owned(),
        statement,
        findings: asset.findings().iter().map(finding).collect(),
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
