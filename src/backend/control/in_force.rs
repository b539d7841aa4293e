//! What calls meet at gateways, as the records say now.

use super::gateway::{engine_of, offered, targets_of};
use super::lifecycle::GatewayStatus;
use super::record::{EnforcementMode, GatewayBody, PolicyBody, Stored, TargetBody};
use super::refusal::Refusal;
use super::target::Passes;
use super::{Control, list};
use crate::backend::store::{Key, Kind};
use crate::backend::switches::EnforceWhileUpdating;
use crate::model::{Lifecycle, Offer, Tool};
use serde_json::Value;

/// A record that calls meet and that cannot be read: what depends on it allows nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} {id}: {why}")]
pub struct Unreadable {
    what: &'static str,
    id: String,
    /// Id of the record that the unreadable one belongs to, where that can be read.
    pub parent: Option<String>,
    why: String,
}

/// What was read, or which record could not be. It is an error when the store cannot be read at all.
pub(super) type Reading<T> = Result<Result<T, Unreadable>, Refusal>;

/// A gateway that takes calls.
#[derive(Clone, Debug, PartialEq)]
pub struct GatewayInForce {
    /// Its id.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// ARN of the role that it acts as.
    pub role: Option<String>,
    /// Who may call it.
    pub authorizer_type: String,
    /// How tokens of callers are judged.
    pub authorizer_configuration: Option<Value>,
    /// Whether something is to see its requests or answers before anything else does, and may change them.
    pub intercepted: bool,
    /// What it says of the Model Context Protocol: `MCPGatewayConfiguration`.
    pub mcp: Option<Value>,
    /// The engine that decides on calls.
    pub engine: Option<EngineInForce>,
    /// What is behind it.
    pub targets: Vec<TargetInForce>,
    /// What that offers, as policies are judged against it.
    pub offer: Offer,
}

/// The engine of a gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineInForce {
    /// Its id.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// Whether it decides (`ENFORCE`) or only says what it would (`LOG_ONLY`).
    pub enforces: bool,
}

/// A target that takes calls.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetInForce {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `TargetConfiguration`: the one that the tools came from, until those of another are known.
    pub configuration: Value,
    /// What of a client's request it is told beside the arguments.
    pub passes: Passes,
    /// What it offers.
    pub tools: Vec<Tool>,
}

/// A policy that is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyInForce {
    /// Its id.
    pub id: String,
    /// Id of its engine.
    pub engine: String,
    /// Its statement.
    pub statement: String,
    /// Whether it decides or is only logged (service.md 11.8).
    pub decides: bool,
}

impl Control {
    /// The gateway with this id, if it takes calls: not before it is READY for the first time, and not any more when it is
    /// being deleted.
    pub async fn gateway_in_force(&self, id: &str) -> Reading<Option<GatewayInForce>> {
        readable(self.read_gateway(id).await, "gateway", id, None)
    }

    async fn read_gateway(&self, id: &str) -> Result<Option<GatewayInForce>, Refusal> {
        let Some(gateway) = self.find::<GatewayBody>(id).await? else {
            return Ok(None);
        };
        match gateway.status {
            GatewayStatus::Ready | GatewayStatus::Updating | GatewayStatus::UpdateUnsuccessful => {}
            GatewayStatus::Creating | GatewayStatus::Deleting | GatewayStatus::Failed => return Ok(None),
        }
        let targets = targets_of(self, id).await?;
        let engine = engine_of(&gateway).map(str::to_owned);
        let settings = gateway.body.settings;
        let attachment = settings.policy_engine_configuration;
        let of_mcp = |protocol: &Value| protocol.get("mcp").cloned();
        let interceptors = settings.rest.get("interceptorConfigurations");
        let interceptors = interceptors.and_then(Value::as_array);
        Ok(Some(GatewayInForce {
            arn: self.place.gateway_arn(id),
            id: id.to_owned(),
            name: settings.name,
            role: settings
                .rest
                .get("roleArn")
                .and_then(Value::as_str)
                .map(str::to_owned),
            authorizer_type: settings.authorizer_type,
            authorizer_configuration: settings.authorizer_configuration,
            intercepted: interceptors.is_some_and(|interceptors| !interceptors.is_empty()),
            mcp: settings.rest.get("protocolConfiguration").and_then(of_mcp),
            engine: engine.zip(attachment).map(|(id, attachment)| EngineInForce {
                id,
                enforces: attachment.mode != "LOG_ONLY",
                arn: attachment.arn,
            }),
            offer: offered(&targets),
            targets: targets.into_iter().map(TargetInForce::of).collect(),
        }))
    }

    /// The policies of an engine that are in force.
    pub async fn policies_in_force(&self, engine: &str) -> Reading<Vec<PolicyInForce>> {
        readable(
            self.read_policies(engine).await,
            "the policies of engine",
            engine,
            None,
        )
    }

    async fn read_policies(&self, engine: &str) -> Result<Vec<PolicyInForce>, Refusal> {
        let records = list::records(self, Kind::Policy, engine, None).await?;
        let policies = records.into_iter().map(|record| {
            let policy = Stored::<PolicyBody>::read(record)?;
            Ok(self.in_force(policy))
        });
        policies.filter_map(Result::transpose).collect()
    }

    /// The policy with this id, if it is in force.
    pub async fn policy_in_force(&self, id: &str) -> Reading<Option<PolicyInForce>> {
        let key = Key {
            kind: Kind::Policy,
            id: id.to_owned(),
        };
        let (read, engine) = match self.store.get(&key).await {
            Ok(Some(record)) => {
                let engine = record.parent.clone();
                (Stored::<PolicyBody>::read(record).map(Some), Some(engine))
            }
            Ok(None) => (Ok(None), None),
            Err(error) => (Err(error.into()), None),
        };
        let policy = read.map(|policy| policy.and_then(|policy| self.in_force(policy)));
        readable(policy, "policy", id, engine)
    }

    /// What of a policy is in force: what was found good last, until it is gone (service.md 5.4,
    /// `compat.enforce-while-updating`).
    fn in_force(&self, policy: Stored<PolicyBody>) -> Option<PolicyInForce> {
        if policy.status == Lifecycle::Updating
            && self.switches.enforce_while_updating == EnforceWhileUpdating::Nothing
        {
            return None;
        }
        let Stored { record, body, .. } = policy;
        let rule = body.in_force?;
        Some(PolicyInForce {
            id: record.key.id,
            engine: record.parent,
            statement: rule.definition.statement().to_owned(),
            decides: rule.enforcement_mode == EnforcementMode::Active,
        })
    }
}

/// Tells a record that cannot be read from a store that cannot.
fn readable<T>(read: Result<T, Refusal>, what: &'static str, id: &str, parent: Option<String>) -> Reading<T> {
    match read {
        Ok(read) => Ok(Ok(read)),
        Err(Refusal::Store(error)) if !error.is_of_a_record() => Err(Refusal::Store(error)),
        Err(refusal) => Ok(Err(Unreadable {
            what,
            id: id.to_owned(),
            parent,
            why: refusal.to_string(),
        })),
    }
}

impl TargetInForce {
    fn of(target: Stored<TargetBody>) -> Self {
        let Stored { record, body, .. } = target;
        Self {
            id: record.key.id,
            name: body.name,
            passes: Passes::of(&body.settings),
            configuration: body.tools_from.unwrap_or(body.settings.target_configuration),
            tools: body.tools,
        }
    }
}
