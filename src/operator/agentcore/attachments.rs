//! Engines that are attached to gateways: one member of each, read and written with all the others (reliability.md 2.5).

use super::remote::Remote;
use super::{AgentCore, Freshness};
use crate::model::{Fault, FaultClass, Lifecycle};
use crate::operator::decide::{
    AnyInForce, AttachmentKind, Found, Members, ObservedAttachment, PolicyRecord, Resource, Sought, Write,
    engine_id_in,
};
use std::time::Duration;

/// What says that a policy is in force.
const ENFORCED: &str = "ACTIVE";

impl Remote for AttachmentKind {
    async fn observe(
        agentcore: &AgentCore,
        sought: &Sought,
        freshness: Freshness,
    ) -> Result<Found<ObservedAttachment>, Fault> {
        let Some(places) = agentcore.places(sought, freshness).await? else {
            return Ok(Found::Unlocated);
        };
        let gateways = agentcore.gateways(freshness.listing).await?;
        let mut found = Found::Absent;
        for id in &places {
            let Some(listed) = gateways.iter().find(|gateway| gateway.id == *id) else {
                continue;
            };
            let there = look(agentcore, listed, sought, freshness).await?;
            let attached = there.as_ref().filter(|there| there.engine.is_some());
            if let Some(there) = attached.filter(|there| sought.mark.is_none() || there.gateway_marked) {
                return Ok(Found::There(there.clone()));
            }
            // Of two gateways that it may be at, that which has an engine is the one to take it off.
            if attached.is_some() || found == Found::Absent {
                found = there.map_or(Found::Absent, Found::There);
            }
        }
        Ok(found)
    }

    fn rest(agentcore: &AgentCore, _: &Sought) -> Duration {
        agentcore.gateways_rest()
    }

    async fn perform(agentcore: &AgentCore, write: Write<'_, Self>) -> Result<Option<String>, Fault> {
        match write {
            Write::Create { desired, .. } => {
                let with = |found: &Members| desired.over(None, found).ok_or_else(taken);
                agentcore.replace_gateway(&desired.gateway_id, with).await?;
            }
            Write::Adopt { desired, observed } | Write::Update { desired, observed } => {
                let before = observed.engine.as_ref();
                let with = |found: &Members| desired.over(before, found).ok_or_else(taken);
                agentcore.replace_gateway(&desired.gateway_id, with).await?;
            }
            Write::Delete { observed } => {
                let with = |found: &Members| observed.without(found).ok_or_else(detached);
                agentcore.replace_gateway(&observed.gateway.id, with).await?;
            }
        }
        Ok(None)
    }
}

/// The gateway, whole, if it is there.
async fn look(
    agentcore: &AgentCore,
    listed: &Resource,
    sought: &Sought,
    freshness: Freshness,
) -> Result<Option<ObservedAttachment>, Fault> {
    let whole = match agentcore.gateway(listed, freshness).await {
        // It went between the looks.
        Err(fault) if fault.class == FaultClass::Gone && listed.status == Lifecycle::Deleting => {
            return Ok(None);
        }
        looked => looked?,
    };
    let mut there = ObservedAttachment::of(&whole.resource, &whole.members);
    if let Some(engine) = there.enforced().filter(|arn| *arn == sought.name) {
        there.in_force = any_in_force(agentcore, engine, freshness).await;
    }
    if let Some(mark) = &sought.mark {
        let arn = &whole.resource.arn;
        there.gateway_marked = agentcore.is_marked(arn, &mark.tags, freshness).await?;
    }
    let other = there.engine.as_ref().filter(|engine| engine.arn != sought.name);
    if let (Some(engine), Some(mark)) = (other, &sought.engine_mark) {
        there.marked = agentcore.is_marked(&engine.arn, mark, freshness).await?;
    }
    Ok(Some(there))
}

/// Whether a policy of the engine is in force. That it cannot be seen is no reason not to attach it.
async fn any_in_force(agentcore: &AgentCore, arn: &str, freshness: Freshness) -> AnyInForce {
    let Some(id) = engine_id_in(arn) else {
        return AnyInForce::NotSeen;
    };
    let Ok(policies) = agentcore.policies(&id, freshness.marks).await else {
        return AnyInForce::NotSeen;
    };
    let is_in_force = |policy: &PolicyRecord| {
        let mode = policy.enforcement_mode.as_deref().unwrap_or(ENFORCED);
        policy.resource.status == Lifecycle::Active && mode == ENFORCED
    };
    if policies.iter().any(is_in_force) {
        AnyInForce::Yes
    } else {
        AnyInForce::No
    }
}

/// Somebody has attached another engine since the look, or in another mode: the next look tells whose it is.
fn taken() -> Fault {
    Fault {
        class: FaultClass::Conflict,
        operation: "UpdateGateway",
        code: "ConflictException".to_owned(),
        message: "another policy engine has been attached to the gateway".to_owned(),
    }
}

/// The engine is attached no more, which is what is wanted.
fn detached() -> Fault {
    Fault {
        class: FaultClass::Gone,
        operation: "UpdateGateway",
        code: "ResourceNotFoundException".to_owned(),
        message: "the policy engine is not attached any more".to_owned(),
    }
}
