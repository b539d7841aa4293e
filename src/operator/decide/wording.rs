//! What conditions say, in words: what is the matter, and what to do.

use super::facts::{Phase, Seen};
use super::kind::{Desire, Kind, Refusal};
use super::thought::Thought;
use crate::api::{GROUP, Reason};
use crate::cedar;
use crate::model::{Fault, FaultClass, Lifecycle};
use kube::Resource as _;

/// The service's reasons in one clean sentence; the full texts are in `status.statusReasons`.
pub(super) fn failure<K: Kind>(thought: &Thought<'_, K>) -> String {
    let Some(look) = thought.sight.look.as_ref() else {
        return format!("AgentCore failed on the {}", K::NOUN);
    };
    let reasons: Vec<String> = look
        .resource
        .status_reasons
        .iter()
        .map(|reason| cedar::summary(reason))
        .collect();
    let why = if reasons.is_empty() {
        "AgentCore gave no reason".to_owned()
    } else {
        reasons.join("; ")
    };
    let kept = match look.resource.status {
        Lifecycle::UpdateFailed if look.resource.word.is_none() => "; the version before is still enforced",
        Lifecycle::CreateFailed
        | Lifecycle::UpdateFailed
        | Lifecycle::DeleteFailed
        | Lifecycle::Creating
        | Lifecycle::Active
        | Lifecycle::Updating
        | Lifecycle::Deleting
        | Lifecycle::Other(_) => "",
    };
    format!("{}: {why}{kept}", look.resource.word())
}

/// What AWS is doing while it makes the resource.
pub(super) fn making<K: Kind>() -> String {
    if K::MAKING == Reason::Generating {
        "AgentCore is writing policies from the text".to_owned()
    } else {
        format!("AgentCore is creating the {}", K::NOUN)
    }
}

/// In the service's own word for it.
pub(super) fn in_sync<K: Kind>(thought: &Thought<'_, K>) -> String {
    let look = thought.sight.look.as_ref();
    let status = look.map_or(Lifecycle::Active.as_str(), |look| look.resource.word());
    format!("the {} is {status} in AgentCore as the spec says", K::NOUN)
}

/// A request that AWS finds wrong.
pub(super) fn invalid<K: Kind>(cause: &str) -> Refusal {
    Refusal {
        reason: K::INVALID,
        message: format!("{cause}. Correct the spec"),
    }
}

pub(super) fn differences<K: Kind>(thought: &Thought<'_, K>) -> String {
    let differences = thought
        .sight
        .look
        .as_ref()
        .map(|look| look.differences.as_slice())
        .unwrap_or_default();
    let parts: Vec<String> = differences
        .iter()
        .map(|d| format!("{}: wanted {}, found {}", d.field, d.wanted, d.found))
        .collect();
    format!("AgentCore differs from the spec in {}", parts.join("; "))
}

pub(super) fn obstacle<K: Kind>(thought: &Thought<'_, K>) -> String {
    let text = match thought.sight.desire {
        Desire::Waiting(_, text) | Desire::Unguarded(_, text) | Desire::Barred(text) => text.clone(),
        Desire::Known(_) | Desire::Refused(_) => format!("it is not known where the {} is", K::NOUN),
    };
    let failed = [Phase::CreateFailed, Phase::UpdateFailed, Phase::DeleteFailed];
    match thought.sight.facts.seen {
        // It may have failed for another reason than that it waits for.
        Seen::There { phase, .. } if failed.contains(&phase) => format!("{text}; {}", failure(thought)),
        Seen::There { .. } | Seen::Absent | Seen::Unseen | Seen::Unlocated => text,
    }
}

pub(super) fn conflict<K: Kind>() -> String {
    let noun = K::NOUN;
    format!(
        "a {noun} of this name is there already and is not this object's, so it is left alone: choose another \
         spec.name, or take it over with spec.adoptionPolicy: IfUnowned if nobody else owns it"
    )
}

pub(super) fn unproven<K: Kind>() -> String {
    let noun = K::NOUN;
    format!(
        "AgentCore has a {noun} of this name that may or may not be this object's: set spec.adoptionPolicy: IfUnowned to \
         have it deleted, or spec.deletionPolicy: Retain to let it be"
    )
}

/// What is in a place that the spec does not lead to, as only the `field` of a status says.
pub(super) fn strayed(place: &str, field: &str) -> String {
    format!(
        "only this object's status says that {place}, which is not the one that the spec names, so it is left alone: correct \
         status.{field}, or set spec.deletionPolicy: Retain to let it be"
    )
}

pub(super) fn kind_removed<K: Kind>() -> String {
    let (noun, plural) = (K::NOUN, K::Object::plural(&()));
    format!(
        "the CustomResourceDefinition {plural}.{GROUP} is being deleted, and this object with it; the {noun} is left as it \
         is in AgentCore, and the object waits. To let it go without its {noun}: kubectl patch {plural}.{GROUP} NAME \
         --type=merge -p '{{\"spec\":{{\"deletionPolicy\":\"Retain\"}}}}'. Applied again under the new definition, the object \
         takes its {noun} up again"
    )
}

pub(super) fn deletion<K: Kind>() -> String {
    format!("AgentCore is deleting the {}", K::NOUN)
}

pub(super) fn cause(fault: &Fault) -> String {
    match fault.class {
        FaultClass::Unavailable if fault.code.is_empty() => {
            format!(
                "AgentCore cannot be reached: {} failed: {}",
                fault.operation, fault.message
            )
        }
        FaultClass::Denied if fault.code.is_empty() => fault.message.clone(),
        FaultClass::Throttled => format!("AgentCore asks for fewer calls ({})", fault.operation),
        FaultClass::Unavailable
        | FaultClass::Invalid
        | FaultClass::TokenMismatch
        | FaultClass::Quota
        | FaultClass::Denied
        | FaultClass::Clock
        | FaultClass::Gone
        | FaultClass::Conflict => format!("AgentCore answered {}: {}", fault.operation, fault.message),
    }
}

/// Names that are told of a list.
pub const MOST_NAMED: usize = 10;

/// The first of a sorted list.
pub(super) fn list(names: &[String]) -> String {
    let shown: Vec<&str> = names.iter().take(MOST_NAMED).map(String::as_str).collect();
    let more = if names.len() > shown.len() { ", .." } else { "" };
    format!("{}{more}", shown.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::decide::GatewayKind;

    #[test]
    fn of_a_long_list_the_first_ten_are_told_and_that_there_are_more() {
        let names = |count: usize| -> Vec<String> { (0..count).map(|n| format!("p{n}")).collect() };
        assert_eq!(list(&names(1)), "p0");
        assert_eq!(list(&names(10)), "p0, p1, p2, p3, p4, p5, p6, p7, p8, p9");
        assert_eq!(list(&names(11)), "p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, ..");
    }

    #[test]
    fn a_kind_that_is_removed_is_named_with_the_way_out() {
        let told = kind_removed::<GatewayKind>();
        assert!(
            told.contains("CustomResourceDefinition gateways.agentcore.dev"),
            "{told}"
        );
        assert!(
            told.contains("kubectl patch gateways.agentcore.dev NAME"),
            "{told}"
        );
    }
}
