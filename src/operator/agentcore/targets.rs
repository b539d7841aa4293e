//! Targets of gateways: listed, asked for whole, and written to, as gateways are.

use super::engines::rfc3339;
use super::gateways::{Whole, status};
use super::inventory::{PAGE, shelf};
use super::raw::{Answer, send_instead};
use super::remote::Remote;
use super::{AgentCore, Freshness};
use crate::model::{Fault, FaultClass, Lifecycle};
use crate::operator::decide::{DesiredTarget, Found, ObservedTarget, Resource, Sought, TargetKind, Write};
use aws_sdk_bedrockagentcorecontrol as sdk;
use serde_json::Value;
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

impl Remote for TargetKind {
    async fn observe(
        agentcore: &AgentCore,
        sought: &Sought,
        freshness: Freshness,
    ) -> Result<Found<ObservedTarget>, Fault> {
        let Some(gateways) = agentcore.places(sought, freshness).await? else {
            return Ok(Found::Unlocated);
        };
        let mut found = Found::Absent;
        for gateway_id in &gateways {
            match look(agentcore, gateway_id, sought, freshness).await {
                Ok(Some(target)) if sought.mark.is_none() || target.marked => {
                    return Ok(Found::There(target));
                }
                // What the spec names comes before what a status alone says.
                Ok(Some(target)) => found = Found::There(target),
                Ok(None) => {}
                // A gateway can only go when no target is in it.
                Err(fault) if fault.class == FaultClass::Gone && sought.thorough => {}
                Err(fault) => return Err(fault),
            }
        }
        Ok(found)
    }

    fn rest(agentcore: &AgentCore, sought: &Sought) -> Duration {
        let gateway_id = sought.parents.first();
        gateway_id.map_or(Duration::ZERO, |gateway_id| agentcore.targets_rest(gateway_id))
    }

    async fn perform(agentcore: &AgentCore, write: Write<'_, Self>) -> Result<Option<String>, Fault> {
        match write {
            Write::Create {
                desired,
                client_token,
            } => agentcore.create_target(desired, &client_token).await,
            // A target carries no mark: to adopt one is to bring it to the spec.
            Write::Adopt { desired, observed } | Write::Update { desired, observed } => {
                agentcore.replace_target(desired, observed).await.map(|()| None)
            }
            Write::Delete { observed } => {
                let (gateway_id, id) = (&observed.gateway_id, &observed.resource.id);
                let request = agentcore
                    .client
                    .delete_gateway_target()
                    .gateway_identifier(gateway_id)
                    .target_id(id);
                let deleted = agentcore.call("DeleteGatewayTarget", request.send()).await;
                agentcore.forget_target(gateway_id, id);
                deleted.map(|_| None)
            }
        }
    }
}

/// The target that is sought, whole, if the gateway has it.
async fn look(
    agentcore: &AgentCore,
    gateway_id: &str,
    sought: &Sought,
    freshness: Freshness,
) -> Result<Option<ObservedTarget>, Fault> {
    let targets = agentcore.targets(gateway_id, freshness.listing).await?;
    let Some(listed) = sought.among(&targets, |target| (&target.id, &target.name)) else {
        return Ok(None);
    };
    match agentcore.target(gateway_id, listed, freshness).await {
        // It went between the looks.
        Err(fault) if fault.class == FaultClass::Gone && listed.status == Lifecycle::Deleting => Ok(None),
        Err(fault) => Err(fault),
        Ok(whole) => Ok(Some(ObservedTarget {
            resource: whole.resource.clone(),
            gateway_id: gateway_id.to_owned(),
            members: whole.members.clone(),
            marked: agentcore.is_in_marked(gateway_id, sought, freshness).await?,
        })),
    }
}

impl AgentCore {
    /// All targets of a gateway, as far as a listing shows them.
    pub(super) async fn targets(
        &self,
        gateway_id: &str,
        since: Instant,
    ) -> Result<Arc<Vec<Resource>>, Fault> {
        let targets = shelf(&self.inventory.targets, gateway_id);
        let _press = targets.press(self);
        let lists = || async {
            let lister = self.pressed_by(&targets.pressing);
            lister.list_targets(gateway_id).await
        };
        targets
            .get_and_compare(since, lists, |before, now| self.compared(before, now))
            .await
    }

    fn targets_rest(&self, gateway_id: &str) -> Duration {
        shelf(&self.inventory.targets, gateway_id).rest()
    }

    /// A target with all its members, as a gateway is looked at.
    async fn target(
        &self,
        gateway_id: &str,
        listed: &Resource,
        freshness: Freshness,
    ) -> Result<Arc<Whole>, Fault> {
        let whole = shelf(&self.inventory.wholes, &key(gateway_id, &listed.id));
        let known = whole.peek().is_some_and(|whole| whole.is_listed_as(listed));
        let since = if known { freshness.marks } else { freshness.listing };
        whole.get(since, || self.get_target(gateway_id, &listed.id)).await
    }

    /// Forgets a target, after it was changed.
    fn forget_target(&self, gateway_id: &str, id: &str) {
        let wholes = &self.inventory.wholes;
        let mut wholes = wholes.lock().unwrap_or_else(PoisonError::into_inner);
        wholes.remove(&key(gateway_id, id));
    }

    /// All targets of a gateway, as far as a listing shows them: without reasons.
    async fn list_targets(&self, gateway_id: &str) -> Result<Vec<Resource>, Fault> {
        let mut targets = Vec::new();
        let mut token = None;
        loop {
            let request = self
                .client
                .list_gateway_targets()
                .gateway_identifier(gateway_id)
                .max_results(PAGE)
                .set_next_token(token);
            let page = self.call("ListGatewayTargets", request.send()).await?;
            targets.extend(
                page.items()
                    .iter()
                    .map(listed)
                    .filter(|target| !target.id.is_empty()),
            );
            token = page.next_token;
            if token.is_none() {
                return Ok(targets);
            }
        }
    }

    /// A target with every member that the service shows.
    async fn get_target(&self, gateway_id: &str, id: &str) -> Result<Whole, Fault> {
        let answer = Answer::default();
        let request = self
            .client
            .get_gateway_target()
            .gateway_identifier(gateway_id)
            .target_id(id)
            .customize()
            .interceptor(answer.clone());
        let target = self.call("GetGatewayTarget", request.send()).await?;
        Ok(Whole {
            members: answer.members("GetGatewayTarget")?,
            resource: whole(&target),
        })
    }

    async fn create_target(
        &self,
        desired: &DesiredTarget,
        client_token: &str,
    ) -> Result<Option<String>, Fault> {
        let mut members = desired.creation();
        members.insert("clientToken".to_owned(), client_token.into());
        let request = self
            .client
            .create_gateway_target()
            .gateway_identifier(&desired.gateway_id)
            .client_token(client_token)
            .customize()
            .mutate_request(send_instead(&Value::Object(members)));
        let answer = self.call("CreateGatewayTarget", request.send()).await?;
        Ok(Some(answer.target_id).filter(|id| !id.is_empty()))
    }

    async fn replace_target(&self, desired: &DesiredTarget, observed: &ObservedTarget) -> Result<(), Fault> {
        let (gateway_id, id) = (&observed.gateway_id, &observed.resource.id);
        let now = self.get_target(gateway_id, id).await?;
        let members = Value::Object(desired.replacement(&now.members));
        let request = self
            .client
            .update_gateway_target()
            .gateway_identifier(gateway_id)
            .target_id(id)
            .customize()
            .mutate_request(send_instead(&members));
        let replaced = self.call("UpdateGatewayTarget", request.send()).await;
        self.forget_target(gateway_id, id);
        replaced.map(drop)
    }
}

/// What tells a target from those of other gateways.
fn key(gateway_id: &str, id: &str) -> String {
    format!("{gateway_id}/{id}")
}

fn listed(target: &sdk::types::TargetSummary) -> Resource {
    Resource {
        id: target.target_id().to_owned(),
        arn: String::new(),
        name: target.name().to_owned(),
        status: status(target.status().as_str()),
        word: Some(target.status().as_str().to_owned()),
        status_reasons: Vec::new(),
        description: target.description().map(str::to_owned),
        created_at: rfc3339(target.created_at()),
        updated_at: rfc3339(target.updated_at()),
    }
}

fn whole(target: &sdk::operation::get_gateway_target::GetGatewayTargetOutput) -> Resource {
    Resource {
        id: target.target_id().to_owned(),
        arn: String::new(),
        name: target.name().to_owned(),
        status: status(target.status().as_str()),
        word: Some(target.status().as_str().to_owned()),
        status_reasons: target.status_reasons().to_vec(),
        description: target.description().map(str::to_owned),
        created_at: rfc3339(target.created_at()),
        updated_at: rfc3339(target.updated_at()),
    }
}
