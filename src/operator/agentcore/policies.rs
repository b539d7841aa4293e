//! Policies: listed, and written to.

use super::engines::{described, rfc3339};
use super::inventory::PAGE;
use super::remote::Remote;
use super::strays::strays;
use super::texts::{Text, Texts};
use super::{AgentCore, Freshness};
use crate::model::{Fault, FaultClass, Lifecycle};
use crate::operator::decide::{
    DesiredPolicy, Found, PolicyKind, PolicyRecord, Resource, Sought, Statement, Write,
};
use aws_sdk_bedrockagentcorecontrol as sdk;
use sdk::types::{
    CedarPolicy, EnforcementMode, PolicyDefinition, PolicyGenerationDetails, PolicyStatement,
    PolicyValidationMode,
};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

impl Remote for PolicyKind {
    async fn observe(
        agentcore: &AgentCore,
        sought: &Sought,
        freshness: Freshness,
    ) -> Result<Found<PolicyRecord>, Fault> {
        let parents = match (sought.parents.is_empty(), sought.thorough) {
            (false, _) => sought.parents.clone(),
            (true, false) => return Ok(Found::Unlocated),
            // Nothing says where it was made, if it was: policy names are unique in the account, so all engines are asked.
            (true, true) => {
                let engines = agentcore.engines(freshness.listing).await?;
                engines.iter().map(|engine| engine.id.clone()).collect()
            }
        };
        let mut found = Found::Absent;
        for engine_id in &parents {
            match agentcore.policy(engine_id, sought, freshness.listing).await {
                Ok(Some(mut policy)) => {
                    policy.marked = agentcore
                        .is_in_marked_engine(engine_id, sought, freshness)
                        .await?;
                    let is_it = sought.mark.is_none() || policy.marked;
                    found = Found::There(policy);
                    // What the spec names comes before what a status alone says.
                    if is_it {
                        break;
                    }
                }
                Ok(None) => {}
                // An engine can only go when no policy is in it.
                Err(fault) if fault.class == FaultClass::Gone && sought.thorough => {}
                Err(fault) => return Err(fault),
            }
        }
        Ok(found)
    }

    async fn beside(agentcore: &AgentCore, sought: &Sought, freshness: Freshness) -> Option<u64> {
        let engine_id = sought.parents.first().filter(|_| !sought.thorough)?;
        let policies = agentcore.policies(engine_id, freshness.listing).await.ok()?;
        let own = find(&policies, sought).map_or(0, |place| policies.standing(place));
        Some(policies.standing.wrapping_sub(own))
    }

    fn rest(agentcore: &AgentCore, sought: &Sought) -> Duration {
        let engine_id = sought.parents.first().map(String::as_str);
        engine_id.map_or(Duration::ZERO, |engine_id| agentcore.policies_rest(engine_id))
    }

    async fn perform(agentcore: &AgentCore, write: Write<'_, Self>) -> Result<Option<String>, Fault> {
        match write {
            Write::Create {
                desired,
                client_token,
            } => agentcore.create_policy(desired, &client_token).await,
            // A policy carries no mark: to adopt one is to bring it to the spec.
            Write::Adopt { desired, observed } | Write::Update { desired, observed } => {
                agentcore.update_policy(desired, observed).await.map(|()| None)
            }
            Write::Delete { observed } => {
                let request = agentcore
                    .client
                    .delete_policy()
                    .policy_engine_id(&observed.engine_id)
                    .policy_id(&observed.resource.id);
                agentcore.call("DeletePolicy", request.send()).await.map(|_| None)
            }
        }
    }
}

/// All policies of an engine.
#[derive(Debug)]
pub(super) struct Policies {
    /// Without what they say.
    all: Vec<PolicyRecord>,
    texts: Arc<Texts>,
    /// The sum of what each stands for.
    standing: u64,
}

impl Deref for Policies {
    type Target = [PolicyRecord];

    fn deref(&self) -> &[PolicyRecord] {
        &self.all
    }
}

impl Policies {
    /// What a policy stands for when others are judged: nothing unless it is in force.
    fn standing(&self, place: usize) -> u64 {
        let in_force = |policy: &&PolicyRecord| policy.resource.status == Lifecycle::Active;
        let Some(policy) = self.all.get(place).filter(in_force) else {
            return 0;
        };
        let mut hasher = DefaultHasher::new();
        let text = self.texts.digest(place);
        (&policy.resource.id, text, &policy.enforcement_mode).hash(&mut hasher);
        hasher.finish()
    }

    /// The ids of those that others have changed or deleted since an older listing.
    pub(super) fn strays_since(&self, before: &Self) -> Vec<String> {
        let same = |old: usize, new: usize| {
            before.all.get(old) == self.all.get(new) && before.texts.digest(old) == self.texts.digest(new)
        };
        strays(&before.all, &self.all, |policy| &policy.resource, same)
    }
}

fn find(policies: &[PolicyRecord], sought: &Sought) -> Option<usize> {
    sought.place(policies, |policy| (&policy.resource.id, &policy.resource.name))
}

impl AgentCore {
    /// Whether an engine carries the mark by which it is sought, if it is sought by one.
    async fn is_in_marked_engine(
        &self,
        engine_id: &str,
        sought: &Sought,
        freshness: Freshness,
    ) -> Result<bool, Fault> {
        let Some(mark) = &sought.mark else {
            return Ok(false);
        };
        let engines = self.engines(freshness.listing).await?;
        match engines.iter().find(|engine| engine.id == engine_id) {
            Some(engine) => self.is_marked(&engine.arn, &mark.tags, freshness).await,
            None => Ok(false),
        }
    }

    /// The policy that is sought, whole, if the engine has it.
    async fn policy(
        &self,
        engine_id: &str,
        sought: &Sought,
        mut since: Instant,
    ) -> Result<Option<PolicyRecord>, Fault> {
        loop {
            let policies = self.policies(engine_id, since).await?;
            let Some((place, policy)) =
                find(&policies, sought).and_then(|place| Some((place, policies.get(place)?)))
            else {
                return Ok(None);
            };
            if let Text::Known(statement) = policies.texts.of(place, sought.statement.as_ref()) {
                let policy = policy.clone();
                return Ok(Some(PolicyRecord { statement, ..policy }));
            }
            // It says something else than is expected, and what that is has been forgotten.
            since = Instant::now();
        }
    }

    pub(super) async fn list_policies(&self, engine_id: &str) -> Result<Policies, Fault> {
        let mut policies = Vec::new();
        let mut token = None;
        loop {
            let request = self
                .client
                .list_policies()
                .policy_engine_id(engine_id)
                .max_results(PAGE)
                .set_next_token(token);
            let page = self.call("ListPolicies", request.send()).await?;
            policies.extend(
                page.policies()
                    .iter()
                    .map(record)
                    .filter(|policy| !policy.resource.id.is_empty()),
            );
            token = page.next_token;
            if token.is_none() {
                policies.shrink_to_fit();
                let texts = Texts::out_of(&mut policies);
                let mut policies = Policies {
                    all: policies,
                    texts,
                    standing: 0,
                };
                let standing = (0..policies.len()).map(|place| policies.standing(place));
                policies.standing = standing.fold(0, u64::wrapping_add);
                return Ok(policies);
            }
        }
    }

    async fn create_policy(
        &self,
        desired: &DesiredPolicy,
        client_token: &str,
    ) -> Result<Option<String>, Fault> {
        let request = self
            .client
            .create_policy()
            .policy_engine_id(&desired.engine_id)
            .name(&desired.name)
            .set_description(desired.description.clone())
            .set_definition(definition(desired))
            .validation_mode(PolicyValidationMode::from(desired.validation_mode.as_str()))
            .enforcement_mode(EnforcementMode::from(desired.enforcement_mode.as_str()))
            .client_token(client_token);
        let answer = self.call("CreatePolicy", request.send()).await?;
        Ok(Some(answer.policy_id).filter(|id| !id.is_empty()))
    }

    async fn update_policy(&self, desired: &DesiredPolicy, observed: &PolicyRecord) -> Result<(), Fault> {
        let request = self
            .client
            .update_policy()
            .policy_engine_id(&observed.engine_id)
            .policy_id(&observed.resource.id)
            .description(described(desired.description.as_ref()))
            .set_definition(definition(desired))
            .validation_mode(PolicyValidationMode::from(desired.validation_mode.as_str()))
            .enforcement_mode(EnforcementMode::from(desired.enforcement_mode.as_str()));
        self.call("UpdatePolicy", request.send()).await.map(drop)
    }
}

/// By its asset as long as AWS has that, and by its text else. `None` only if the SDK's builder refused a text, and it
/// refuses none.
fn definition(desired: &DesiredPolicy) -> Option<PolicyDefinition> {
    if let Some(adoption) = desired.adoption.as_ref().filter(|adoption| adoption.lives) {
        return PolicyGenerationDetails::builder()
            .policy_generation_id(&adoption.generation_id)
            .policy_generation_asset_id(&adoption.asset_id)
            .build()
            .ok()
            .map(PolicyDefinition::PolicyGeneration);
    }
    match &desired.statement {
        // What AWS shows in the place of a text is none that is sent.
        Statement::Generation(_) => None,
        Statement::Cedar(text) => CedarPolicy::builder()
            .statement(text)
            .build()
            .ok()
            .map(PolicyDefinition::Cedar),
        Statement::Policy(text) => PolicyStatement::builder()
            .statement(text)
            .build()
            .ok()
            .map(PolicyDefinition::Policy),
    }
}

/// What a definition says; `None`: a member of the union that this version does not know.
pub(super) fn statement(definition: &PolicyDefinition) -> Option<Statement> {
    let cedar = definition
        .as_cedar()
        .map(|cedar| Statement::Cedar(cedar.statement().to_owned()));
    let dogwood = definition
        .as_policy()
        .map(|policy| Statement::Policy(policy.statement().to_owned()));
    let asset = definition.as_policy_generation().map(|asset| {
        let (generation, asset) = (asset.policy_generation_id(), asset.policy_generation_asset_id());
        Statement::Generation(format!("{generation}/{asset}"))
    });
    cedar.or(dogwood).or(asset).ok()
}

fn record(policy: &sdk::types::Policy) -> PolicyRecord {
    PolicyRecord {
        resource: Resource {
            id: policy.policy_id().to_owned(),
            arn: policy.policy_arn().to_owned(),
            name: policy.name().to_owned(),
            status: Lifecycle::parse(policy.status().as_str()),
            word: None,
            status_reasons: policy.status_reasons().to_vec(),
            description: policy.description().map(str::to_owned),
            created_at: rfc3339(policy.created_at()),
            updated_at: rfc3339(policy.updated_at()),
        },
        engine_id: policy.policy_engine_id().to_owned(),
        statement: policy.definition().and_then(statement),
        enforcement_mode: Some(policy.enforcement_mode().as_str().to_owned()),
        marked: false,
    }
}
