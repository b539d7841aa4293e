//! Gateways: listed, asked for whole, and written to.
//!
//! `ListGateways` leaves out what most of a gateway is, so each is asked for too, when its listing shows that it has changed.
//! `UpdateGateway` resets what it is not told (service.md 9.3): what it is told is the raw answer of a moment before, with
//! what the spec says laid over it.

use super::engines::rfc3339;
use super::inventory::{PAGE, shelf};
use super::raw::{Answer, send_instead};
use super::remote::Remote;
use super::{AgentCore, Freshness};
use crate::model::{Fault, FaultClass, Lifecycle};
use crate::operator::decide::{
    DesiredGateway, Found, GatewayKind, Mark, Members, ObservedGateway, Remnant, Resource, Sought, Tags,
    Write, carries,
};
use aws_sdk_bedrockagentcorecontrol as sdk;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex as SyncMutex, PoisonError};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// Whose turn it is to replace a gateway, by its id.
pub(super) type Turns = SyncMutex<HashMap<String, Arc<Mutex<()>>>>;

/// A gateway as `GetGateway` shows it, or a target as `GetGatewayTarget` does.
#[derive(Debug)]
pub(super) struct Whole {
    pub(super) resource: Resource,
    /// Every member, known to the SDK or not.
    pub(super) members: Members,
}

impl Remote for GatewayKind {
    async fn observe(
        agentcore: &AgentCore,
        sought: &Sought,
        freshness: Freshness,
    ) -> Result<Found<ObservedGateway>, Fault> {
        let gateways = agentcore.gateways(freshness.listing).await?;
        let Some(listed) = sought.among(&gateways, |gateway| (&gateway.id, &gateway.name)) else {
            return Ok(Found::Absent);
        };
        match look(agentcore, listed, sought, freshness).await {
            // It went between the looks.
            Err(fault) if fault.class == FaultClass::Gone && listed.status == Lifecycle::Deleting => {
                Ok(Found::Absent)
            }
            looked => looked.map(Found::There),
        }
    }

    fn rest(agentcore: &AgentCore, _: &Sought) -> Duration {
        agentcore.gateways_rest()
    }

    async fn perform(agentcore: &AgentCore, write: Write<'_, Self>) -> Result<Option<String>, Fault> {
        match write {
            Write::Create {
                desired,
                client_token,
            } => agentcore.create_gateway(desired, &client_token).await,
            Write::Update { desired, observed } if observed.is_replaced(desired) => {
                let with = |found: &Members| Ok(desired.replacement(found));
                let replaced = agentcore.replace_gateway(&observed.resource.id, with).await;
                replaced.map(|()| None)
            }
            Write::Adopt { desired, observed } | Write::Update { desired, observed } => {
                let arn = &observed.resource.arn;
                agentcore
                    .tag(arn, &desired.tagging, &observed.tags)
                    .await
                    .map(|()| None)
            }
            Write::Delete { observed } => {
                let request = agentcore
                    .client
                    .delete_gateway()
                    .gateway_identifier(&observed.resource.id);
                let deleted = agentcore.call("DeleteGateway", request.send()).await;
                agentcore.forget_gateway(&observed.resource.id);
                deleted.map(|_| None).map_err(occupied)
            }
        }
    }
}

async fn look(
    agentcore: &AgentCore,
    listed: &Resource,
    sought: &Sought,
    freshness: Freshness,
) -> Result<ObservedGateway, Fault> {
    let whole = agentcore.gateway(listed, freshness).await?;
    let tags = agentcore.tags(&whole.resource.arn, freshness.marks).await?;
    let targets = if sought.thorough {
        let targets = agentcore.targets(&listed.id, freshness.listing).await?;
        let remnant = |target: &Resource| Remnant {
            id: target.id.clone(),
            name: target.name.clone(),
        };
        targets.iter().map(remnant).collect()
    } else {
        Vec::new()
    };
    Ok(ObservedGateway {
        resource: whole.resource.clone(),
        members: whole.members.clone(),
        tags: tags.as_ref().clone(),
        targets,
    })
}

impl Whole {
    /// Whether a listing shows it as this is.
    pub(super) fn is_listed_as(&self, listed: &Resource) -> bool {
        let of = |resource: &Resource| {
            let times = (resource.created_at.clone(), resource.updated_at.clone());
            (resource.status.clone(), resource.description.clone(), times)
        };
        of(&self.resource) == of(listed)
    }
}

impl AgentCore {
    /// All gateways of the account, as far as a listing shows them.
    pub(super) async fn gateways(&self, since: Instant) -> Result<Arc<Vec<Resource>>, Fault> {
        let gateways = &self.inventory.gateways;
        let _press = gateways.press(self);
        let lists = || async { self.pressed_by(&gateways.pressing).list_gateways().await };
        gateways
            .get_and_compare(since, lists, |before, now| self.compared(before, now))
            .await
    }

    /// A gateway with all its members: as it was asked for last, while a listing shows it as it was then. What changes within
    /// the second that its time tells is asked for with the marks.
    pub(super) async fn gateway(&self, listed: &Resource, freshness: Freshness) -> Result<Arc<Whole>, Fault> {
        let whole = shelf(&self.inventory.wholes, &listed.id);
        let known = whole.peek().is_some_and(|whole| whole.is_listed_as(listed));
        let since = if known { freshness.marks } else { freshness.listing };
        whole.get(since, || self.get_gateway(&listed.id)).await
    }

    /// AWS ids of the gateways that something may be in: those that are known, or those that carry the mark. `None`: nobody
    /// knows, or whoever leaves the mark may know it yet.
    pub(super) async fn places(
        &self,
        sought: &Sought,
        freshness: Freshness,
    ) -> Result<Option<Vec<String>>, Fault> {
        let (true, Some(mark)) = (sought.parents.is_empty(), &sought.mark) else {
            return Ok(Some(sought.parents.clone()).filter(|parents| !parents.is_empty()));
        };
        let mut marked = Vec::new();
        let gateways = self.gateways(freshness.listing).await?;
        for listed in gateways.iter() {
            if self.is_marked_gateway(listed, mark, freshness).await? {
                marked.push(listed.id.clone());
            }
        }
        Ok(Some(marked).filter(|marked| mark.is_last || !marked.is_empty()))
    }

    /// Whether a gateway carries the mark by which it is sought, if it is sought by one.
    pub(super) async fn is_in_marked(
        &self,
        gateway_id: &str,
        sought: &Sought,
        freshness: Freshness,
    ) -> Result<bool, Fault> {
        let Some(mark) = &sought.mark else {
            return Ok(false);
        };
        let gateways = self.gateways(freshness.listing).await?;
        match gateways.iter().find(|gateway| gateway.id == gateway_id) {
            Some(listed) => self.is_marked_gateway(listed, mark, freshness).await,
            None => Ok(false),
        }
    }

    async fn is_marked_gateway(
        &self,
        listed: &Resource,
        mark: &Mark,
        freshness: Freshness,
    ) -> Result<bool, Fault> {
        match self.gateway(listed, freshness).await {
            // It went between the looks.
            Err(fault) if fault.class == FaultClass::Gone => Ok(false),
            whole => self.is_marked(&whole?.resource.arn, &mark.tags, freshness).await,
        }
    }

    /// Whether a resource carries this mark; what is gone does not.
    pub(super) async fn is_marked(
        &self,
        arn: &str,
        mark: &Tags,
        freshness: Freshness,
    ) -> Result<bool, Fault> {
        match self.tags(arn, freshness.marks).await {
            Err(fault) if fault.class == FaultClass::Gone => Ok(false),
            tags => Ok(carries(tags?.as_ref(), mark)),
        }
    }

    /// Forgets a gateway, after it was changed.
    fn forget_gateway(&self, id: &str) {
        let wholes = &self.inventory.wholes;
        wholes.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }

    /// What those share that replace this gateway, one after the other.
    fn turn_at_gateway(&self, id: &str) -> Arc<Mutex<()>> {
        let turns = &self.inventory.turns;
        let mut turns = turns.lock().unwrap_or_else(PoisonError::into_inner);
        turns.retain(|_, turn| Arc::strong_count(turn) > 1);
        Arc::clone(turns.entry(id.to_owned()).or_default())
    }

    /// How long those who poll may still do without another listing of all gateways.
    pub(super) fn gateways_rest(&self) -> Duration {
        self.inventory.gateways.rest()
    }

    /// All gateways, as far as a listing shows them: without ARN and reasons.
    async fn list_gateways(&self) -> Result<Vec<Resource>, Fault> {
        let mut gateways = Vec::new();
        let mut token = None;
        loop {
            let request = self
                .client
                .list_gateways()
                .max_results(PAGE)
                .set_next_token(token);
            let page = self.call("ListGateways", request.send()).await?;
            // A record without an id is no answer to act on (the SDK fills gaps with empty texts).
            gateways.extend(
                page.items()
                    .iter()
                    .map(listed)
                    .filter(|gateway| !gateway.id.is_empty()),
            );
            token = page.next_token;
            if token.is_none() {
                return Ok(gateways);
            }
        }
    }

    /// A gateway with every member that the service shows.
    async fn get_gateway(&self, id: &str) -> Result<Whole, Fault> {
        let answer = Answer::default();
        let request = self
            .client
            .get_gateway()
            .gateway_identifier(id)
            .customize()
            .interceptor(answer.clone());
        let gateway = self.call("GetGateway", request.send()).await?;
        Ok(Whole {
            members: answer.members("GetGateway")?,
            resource: whole(&gateway),
        })
    }

    async fn create_gateway(
        &self,
        desired: &DesiredGateway,
        client_token: &str,
    ) -> Result<Option<String>, Fault> {
        let mut members = desired.creation();
        members.insert("clientToken".to_owned(), client_token.into());
        let request = self
            .client
            .create_gateway()
            .name(&desired.name)
            .client_token(client_token)
            .customize()
            .mutate_request(send_instead(&Value::Object(members)));
        let answer = self.call("CreateGateway", request.send()).await?;
        Ok(Some(answer.gateway_id).filter(|id| !id.is_empty()))
    }

    /// Reads a gateway and replaces it by what `with` makes of it. Whoever else replaces it in this process waits; there is no
    /// precondition against anybody beyond it, so the next look tells (reliability.md 2.5).
    pub(super) async fn replace_gateway(
        &self,
        id: &str,
        with: impl FnOnce(&Members) -> Result<Members, Fault> + Send,
    ) -> Result<(), Fault> {
        let turn = self.turn_at_gateway(id);
        let _turn = turn.lock().await;
        let now = self.get_gateway(id).await?;
        let members = Value::Object(with(&now.members)?);
        let request = self
            .client
            .update_gateway()
            .gateway_identifier(id)
            .customize()
            .mutate_request(send_instead(&members));
        let replaced = self.call("UpdateGateway", request.send()).await;
        self.forget_gateway(id);
        replaced.map(drop)
    }
}

/// Only a target that is still there makes a request wrong that holds nothing but an id, and one that is being deleted is
/// listed no more (service.md 9.5): it passes.
fn occupied(fault: Fault) -> Fault {
    let class = if fault.class == FaultClass::Invalid {
        FaultClass::Conflict
    } else {
        fault.class
    };
    Fault { class, ..fault }
}

/// How far a gateway or a target is, in the words of policies (service.md 9.1). `FAILED` is said of what could not be made
/// and of what could not be taken away: its kind tells which.
pub(super) fn status(word: &str) -> Lifecycle {
    match word {
        "READY" => Lifecycle::Active,
        "FAILED" => Lifecycle::CreateFailed,
        "UPDATE_UNSUCCESSFUL" | "SYNCHRONIZE_UNSUCCESSFUL" => Lifecycle::UpdateFailed,
        "SYNCHRONIZING" => Lifecycle::Updating,
        word => Lifecycle::parse(word),
    }
}

fn listed(gateway: &sdk::types::GatewaySummary) -> Resource {
    Resource {
        id: gateway.gateway_id().to_owned(),
        arn: String::new(),
        name: gateway.name().to_owned(),
        status: status(gateway.status().as_str()),
        word: Some(gateway.status().as_str().to_owned()),
        status_reasons: Vec::new(),
        description: gateway.description().map(str::to_owned),
        created_at: rfc3339(gateway.created_at()),
        updated_at: rfc3339(gateway.updated_at()),
    }
}

fn whole(gateway: &sdk::operation::get_gateway::GetGatewayOutput) -> Resource {
    Resource {
        id: gateway.gateway_id().to_owned(),
        arn: gateway.gateway_arn().to_owned(),
        name: gateway.name().to_owned(),
        status: status(gateway.status().as_str()),
        word: Some(gateway.status().as_str().to_owned()),
        status_reasons: gateway.status_reasons().to_vec(),
        description: gateway.description().map(str::to_owned),
        created_at: rfc3339(gateway.created_at()),
        updated_at: rfc3339(gateway.updated_at()),
    }
}
