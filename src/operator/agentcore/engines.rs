//! Policy engines: listed, and written to.

use super::inventory::PAGE;
use super::remote::Remote;
use super::{AgentCore, Freshness};
use crate::api::PolicyCounts;
use crate::model::{Fault, FaultClass, Lifecycle};
use crate::operator::decide::{
    DesiredEngine, EngineKind, Found, ObservedEngine, PolicyRecord, Remnant, Resource, Sought, Tagging, Tags,
    Write,
};
use aws_sdk_bedrockagentcorecontrol as sdk;
use sdk::primitives::{DateTime, DateTimeFormat};
use sdk::types::UpdatedDescription;
use std::time::Duration;

impl Remote for EngineKind {
    async fn observe(
        agentcore: &AgentCore,
        sought: &Sought,
        freshness: Freshness,
    ) -> Result<Found<ObservedEngine>, Fault> {
        let engines = agentcore.engines(freshness.listing).await?;
        let Some(record) = sought.among(&engines, |engine| (&engine.id, &engine.name)) else {
            return Ok(Found::Absent);
        };
        let tags = match agentcore.tags(&record.arn, freshness.marks).await {
            Ok(tags) => tags.as_ref().clone(),
            // It went between the two looks.
            Err(fault) if fault.class == FaultClass::Gone && record.status == Lifecycle::Deleting => {
                return Ok(Found::Absent);
            }
            Err(fault) => return Err(fault),
        };
        let policies = if sought.thorough {
            match agentcore.policies(&record.id, freshness.listing).await {
                Ok(policies) => Some(policies),
                Err(fault) if fault.class == FaultClass::Gone => None,
                Err(fault) => return Err(fault),
            }
        } else {
            agentcore.policies_at_hand(&record.id)
        };
        let remnants = policies
            .iter()
            .filter(|_| sought.thorough)
            .flat_map(|list| list.iter());
        Ok(Found::There(ObservedEngine {
            resource: record.clone(),
            tags,
            policies: policies.as_ref().map(|list| count(list)),
            remnants: remnants
                .map(|policy| Remnant {
                    id: policy.resource.id.clone(),
                    name: policy.resource.name.clone(),
                })
                .collect(),
        }))
    }

    fn rest(agentcore: &AgentCore, _: &Sought) -> Duration {
        agentcore.engines_rest()
    }

    async fn perform(agentcore: &AgentCore, write: Write<'_, Self>) -> Result<Option<String>, Fault> {
        match write {
            Write::Create {
                desired,
                client_token,
            } => agentcore.create_engine(desired, &client_token).await,
            Write::Update { desired, observed }
                if desired.describes(observed.resource.description.as_deref(), &observed.tags) =>
            {
                agentcore.describe_engine(desired, observed).await.map(|()| None)
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
                    .delete_policy_engine()
                    .policy_engine_id(&observed.resource.id);
                agentcore
                    .call("DeletePolicyEngine", request.send())
                    .await
                    .map(|_| None)
            }
        }
    }
}

fn count(policies: &[PolicyRecord]) -> PolicyCounts {
    let mut counts = PolicyCounts::default();
    for policy in policies {
        match policy.resource.status {
            Lifecycle::Active => counts.active += 1,
            Lifecycle::CreateFailed | Lifecycle::UpdateFailed | Lifecycle::DeleteFailed => counts.failed += 1,
            Lifecycle::Creating | Lifecycle::Updating | Lifecycle::Deleting | Lifecycle::Other(_) => {}
        }
    }
    counts
}

/// RFC 3339, as the service wrote it.
pub(super) fn rfc3339(time: &DateTime) -> String {
    time.fmt(DateTimeFormat::DateTime).unwrap_or_default()
}

/// The wrapper of an updated description: left out it would mean "unchanged", empty it means "cleared" (service.md 4.2).
pub(super) fn described(description: Option<&String>) -> UpdatedDescription {
    UpdatedDescription::builder()
        .set_optional_value(description.cloned())
        .build()
}

impl AgentCore {
    pub(super) async fn list_engines(&self) -> Result<Vec<Resource>, Fault> {
        let mut engines = Vec::new();
        let mut token = None;
        loop {
            let request = self
                .client
                .list_policy_engines()
                .max_results(PAGE)
                .set_next_token(token);
            let page = self.call("ListPolicyEngines", request.send()).await?;
            // A record without an id is no answer to act on (the SDK fills gaps with empty texts).
            engines.extend(
                page.policy_engines()
                    .iter()
                    .map(record)
                    .filter(|engine| !engine.id.is_empty()),
            );
            token = page.next_token;
            if token.is_none() {
                return Ok(engines);
            }
        }
    }

    pub(super) async fn list_tags(&self, arn: &str) -> Result<Tags, Fault> {
        let request = self.client.list_tags_for_resource().resource_arn(arn);
        let answer = self.call("ListTagsForResource", request.send()).await?;
        Ok(answer.tags.unwrap_or_default().into_iter().collect())
    }

    async fn create_engine(
        &self,
        desired: &DesiredEngine,
        client_token: &str,
    ) -> Result<Option<String>, Fault> {
        let request = self
            .client
            .create_policy_engine()
            .name(&desired.name)
            .set_description(desired.description.clone())
            .set_encryption_key_arn(desired.encryption_key_arn.clone())
            .set_tags(Some(desired.tagging.all().into_iter().collect()))
            .client_token(client_token);
        let answer = self.call("CreatePolicyEngine", request.send()).await?;
        Ok(Some(answer.policy_engine_id).filter(|id| !id.is_empty()))
    }

    async fn describe_engine(&self, desired: &DesiredEngine, observed: &ObservedEngine) -> Result<(), Fault> {
        let request = self
            .client
            .update_policy_engine()
            .policy_engine_id(&observed.resource.id)
            .description(described(desired.description.as_ref()));
        self.call("UpdatePolicyEngine", request.send()).await.map(drop)
    }

    /// One call: tags are taken off first, since a resource has room for 50; setting is left to the next pass.
    pub(super) async fn tag(&self, arn: &str, tagging: &Tagging, found: &Tags) -> Result<(), Fault> {
        let keys = tagging.to_remove(found);
        let result = if keys.is_empty() {
            let set = tagging.to_set(found).into_iter().collect();
            let request = self.client.tag_resource().resource_arn(arn).set_tags(Some(set));
            self.call("TagResource", request.send()).await.map(drop)
        } else {
            let request = self
                .client
                .untag_resource()
                .resource_arn(arn)
                .set_tag_keys(Some(keys));
            self.call("UntagResource", request.send()).await.map(drop)
        };
        self.forget_tags(arn);
        result
    }
}

fn record(engine: &sdk::types::PolicyEngine) -> Resource {
    Resource {
        id: engine.policy_engine_id().to_owned(),
        arn: engine.policy_engine_arn().to_owned(),
        name: engine.name().to_owned(),
        status: Lifecycle::parse(engine.status().as_str()),
        word: None,
        status_reasons: engine.status_reasons().to_vec(),
        description: engine.description().map(str::to_owned),
        created_at: rfc3339(engine.created_at()),
        updated_at: rfc3339(engine.updated_at()),
    }
}
