//! Generations of policies: found by their names, started, and their assets listed.
//!
//! An engine keeps every generation that there ever was, since none can be deleted: they are listed only to find one whose id no
//! status names, and each is asked for by its id from then on.

use super::engines::rfc3339;
use super::inventory::{PAGE, shelf};
use super::policies::statement;
use super::remote::Remote;
use super::{AgentCore, Freshness};
use crate::model::{CandidateFinding, Fault, FaultClass, GatewayArn, Lifecycle};
use crate::operator::decide::{
    Asset, DesiredGeneration, Found, GenerationKind, ObservedGeneration, Resource, Sought, Write, Written,
    generation_status, untooled,
};
use aws_sdk_bedrockagentcorecontrol as sdk;
use sdk::types::{Content, PolicyGenerationAsset};
use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

impl Remote for GenerationKind {
    async fn observe(
        agentcore: &AgentCore,
        sought: &Sought,
        freshness: Freshness,
    ) -> Result<Found<ObservedGeneration>, Fault> {
        let Some(engine_id) = sought.parents.first() else {
            return Ok(Found::Unlocated);
        };
        let Some(mut generation) = agentcore.generation(engine_id, sought, freshness).await? else {
            let lacks = match &sought.tools_of {
                Some(gateway_id) => agentcore.untooled(gateway_id).await?,
                None => None,
            };
            return Ok(lacks.map_or(Found::Absent, Found::Unready));
        };
        if generation.resource.status == Lifecycle::Active {
            let assets = agentcore
                .assets(engine_id, &generation.resource.id, freshness.marks)
                .await?;
            generation.assets.clone_from(&assets);
        }
        Ok(Found::There(generation))
    }

    fn rest(_: &AgentCore, _: &Sought) -> Duration {
        Duration::ZERO
    }

    async fn perform(agentcore: &AgentCore, write: Write<'_, Self>) -> Result<Option<String>, Fault> {
        match write {
            Write::Create {
                desired,
                client_token,
            } => {
                let may = agentcore.is_tooled(&desired.gateway_arn);
                agentcore
                    .start_generation(desired, Some(&client_token), may)
                    .await
            }
            // AWS has no such operation, and no plan asks for one: what is made once is never changed.
            Write::Adopt { .. } | Write::Update { .. } | Write::Delete { .. } => Ok(None),
        }
    }
}

impl AgentCore {
    /// The generation that is sought, if the engine has it.
    async fn generation(
        &self,
        engine_id: &str,
        sought: &Sought,
        freshness: Freshness,
    ) -> Result<Option<ObservedGeneration>, Fault> {
        if let Some(id) = &sought.id {
            match self.get_generation(engine_id, id).await {
                // It is gone, or its engine is: the list tells which.
                Err(fault) if fault.class == FaultClass::Gone => {}
                found => return found.map(Some),
            }
        }
        let ids = self.generation_ids(engine_id, freshness.listing).await?;
        match ids.get(&sought.name) {
            Some(id) if sought.id.as_ref() != Some(id) => self.get_generation(engine_id, id).await.map(Some),
            Some(_) | None => Ok(None),
        }
    }

    /// The ids of all generations of an engine, by their names.
    async fn generation_ids(
        &self,
        engine_id: &str,
        since: Instant,
    ) -> Result<Arc<HashMap<String, String>>, Fault> {
        let generations = shelf(&self.inventory.generations, engine_id);
        let _press = generations.press(self);
        let lists = || async {
            let lister = self.pressed_by(&generations.pressing);
            lister.list_generations(engine_id).await
        };
        generations.get(since, lists).await
    }

    async fn list_generations(&self, engine_id: &str) -> Result<HashMap<String, String>, Fault> {
        let mut generations = HashMap::new();
        let mut token = None;
        loop {
            let request = self
                .client
                .list_policy_generations()
                .policy_engine_id(engine_id)
                .max_results(PAGE)
                .set_next_token(token);
            let page = self.call("ListPolicyGenerations", request.send()).await?;
            let named = page.policy_generations().iter().map(|generation| {
                let id = generation.policy_generation_id().to_owned();
                (generation.name().to_owned(), id)
            });
            generations.extend(named.filter(|(_, id)| !id.is_empty()));
            token = page.next_token;
            if token.is_none() {
                return Ok(generations);
            }
        }
    }

    pub(super) async fn get_generation(
        &self,
        engine_id: &str,
        id: &str,
    ) -> Result<ObservedGeneration, Fault> {
        let request = self
            .client
            .get_policy_generation()
            .policy_engine_id(engine_id)
            .policy_generation_id(id);
        let generation = self.call("GetPolicyGeneration", request.send()).await?;
        let word = generation.status().as_str();
        Ok(ObservedGeneration {
            resource: Resource {
                id: generation.policy_generation_id().to_owned(),
                arn: generation.policy_generation_arn().to_owned(),
                name: generation.name().to_owned(),
                status: generation_status(word),
                word: Some(word.to_owned()),
                status_reasons: generation.status_reasons().to_vec(),
                description: None,
                created_at: rfc3339(generation.created_at()),
                updated_at: rfc3339(generation.updated_at()),
            },
            engine_id: generation.policy_engine_id().to_owned(),
            gateway_arn: generation
                .resource()
                .and_then(|resource| resource.as_arn().ok())
                .cloned()
                .unwrap_or_default(),
            assets: Vec::new(),
        })
    }

    /// What a generation has written, as long as AWS has it.
    async fn assets(&self, engine_id: &str, id: &str, since: Instant) -> Result<Arc<Vec<Asset>>, Fault> {
        let assets = shelf(&self.inventory.assets, id);
        assets.get(since, || self.list_assets(engine_id, id)).await
    }

    /// What a generation has written, as AWS has it now.
    pub(super) async fn list_assets(&self, engine_id: &str, id: &str) -> Result<Vec<Asset>, Fault> {
        let mut assets = Vec::new();
        let mut token = None;
        loop {
            let request = self
                .client
                .list_policy_generation_assets()
                .policy_engine_id(engine_id)
                .policy_generation_id(id)
                .max_results(PAGE)
                .set_next_token(token);
            let page = self.call("ListPolicyGenerationAssets", request.send()).await?;
            assets.extend(page.policy_generation_assets().iter().map(asset));
            token = page.next_token;
            if token.is_none() {
                return Ok(assets);
            }
        }
    }

    /// Starts a generation, if it may be when its turn has come; without a client token the SDK makes one. Gives its id, or
    /// nothing when AWS says none.
    pub(super) async fn start_generation(
        &self,
        desired: &DesiredGeneration,
        client_token: Option<&str>,
        may: impl Future<Output = Result<bool, Fault>> + Send,
    ) -> Result<Option<String>, Fault> {
        let request = self
            .client
            .start_policy_generation()
            .policy_engine_id(&desired.engine_id)
            .name(&desired.name)
            .resource(sdk::types::Resource::Arn(desired.gateway_arn.clone()))
            .content(Content::RawText(desired.text.clone()))
            .set_client_token(client_token.map(str::to_owned));
        let answer = self.call_if(may, "StartPolicyGeneration", request.send()).await?;
        Ok(Some(answer.policy_generation_id).filter(|id| !id.is_empty()))
    }

    /// What keeps a generation about the tools of a gateway from being started, as its targets are now.
    async fn untooled(&self, gateway_id: &str) -> Result<Option<String>, Fault> {
        let targets = self.targets(gateway_id, Instant::now()).await?;
        Ok(untooled(&targets))
    }

    /// Whether nothing does, when it is about to be: it may have waited for AWS's rate since it was looked at.
    async fn is_tooled(&self, gateway_arn: &str) -> Result<bool, Fault> {
        match GatewayArn::parse(gateway_arn) {
            Some(gateway) => Ok(self.untooled(&gateway.gateway_id).await?.is_none()),
            // AWS says what is wrong with it.
            None => Ok(true),
        }
    }
}

fn asset(asset: &PolicyGenerationAsset) -> Asset {
    let findings = asset.findings().iter().map(|finding| CandidateFinding {
        finding_type: finding
            .r#type()
            .map(|kind| kind.as_str().to_owned())
            .unwrap_or_default(),
        description: finding.description().map(str::to_owned),
    });
    Asset {
        asset_id: asset.policy_generation_asset_id().to_owned(),
        fragment: asset.raw_text_fragment().to_owned(),
        definition: asset
            .definition()
            .and_then(statement)
            .map(|statement| Written::of(&statement)),
        findings: findings.collect(),
    }
}
