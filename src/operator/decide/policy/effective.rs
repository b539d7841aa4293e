//! The statement that is sent: an id of a gateway that is no ARN is the name of a Gateway object of the same namespace, and
//! becomes the ARN of its gateway.

use super::adoption::kept;
use super::desired::{Statement, written};
use crate::api::Policy;
use crate::cedar::{gateways_in, with_gateways};
use crate::model::is_object_name;
use crate::operator::decide::Reference;
use std::collections::{BTreeMap, BTreeSet};

/// The gateways that a statement names by their objects, as far as the cluster knows them.
pub type Gateways = BTreeMap<String, Reference>;

/// Whether an id is meant for AWS as it is.
fn is_arn(id: &str) -> bool {
    id.starts_with("arn:")
}

/// Names of the Gateway objects that a text names.
#[must_use]
pub fn gateways_named(text: &str) -> BTreeSet<String> {
    gateways_in(text)
        .into_iter()
        .filter(|id| is_object_name(id))
        .collect()
}

/// Names of the Gateway objects that a text names, and ARNs of gateways.
#[must_use]
pub fn gateways_mentioned(text: &str) -> BTreeSet<String> {
    let mentioned = |id: &String| is_object_name(id) || is_arn(id);
    gateways_in(text).into_iter().filter(mentioned).collect()
}

/// An id that is neither an ARN nor a name.
pub(super) fn strange_gateway(text: &str) -> Option<String> {
    gateways_in(text)
        .into_iter()
        .find(|id| !is_arn(id) && !is_object_name(id))
}

/// The statement of an object with what it names filled in; else, as long as the spec says the same, what was filled in
/// before, and in any case why that cannot be done now.
pub(super) fn effective(object: &Policy, gateways: &Gateways) -> Result<Statement, Unresolved> {
    let Some(statement) = written(&object.spec.definition) else {
        return Err(Unresolved::default());
    };
    let arn = |name: &str| gateways.get(name).and_then(|gateway| gateway.arn.as_deref());
    let names = gateways_named(statement.text());
    let missing = names.iter().find(|name| arn(name).is_none());
    let Some(missing) = missing else {
        return Ok(statement.with(|text| with_gateways(text, arn)));
    };
    let gateway = gateways.get(missing);
    let obstacle = gateway.and_then(|gateway| gateway.obstacle.clone());
    Err(Unresolved {
        before: before(object, &statement),
        obstacle: obstacle.unwrap_or_else(|| format!("Gateway {missing} has no ARN yet: see its conditions")),
    })
}

/// Why a statement cannot be sent as it is written.
#[derive(Debug, Default)]
pub(super) struct Unresolved {
    /// What was sent of the same spec before.
    pub before: Option<Statement>,
    /// What it waits for.
    pub obstacle: String,
}

/// What the status says was sent, if the spec says the same but for the names of gateways.
fn before(object: &Policy, statement: &Statement) -> Option<Statement> {
    let status = object.status.as_ref()?;
    let sent = status.effective_statement.as_deref()?;
    let told = gateways_in(sent);
    // Each name has become one ARN; what was an ARN is that one.
    let mut arns: BTreeMap<String, String> = BTreeMap::new();
    let ids = gateways_in(statement.text());
    for (id, arn) in ids.iter().zip(&told).filter(|(id, _)| is_object_name(id)) {
        arns.entry(id.clone()).or_insert_with(|| arn.clone());
    }
    let filled = statement.with(|text| with_gateways(text, |id| arns.get(id).map(String::as_str)));
    (filled.text() == sent && arns.values().all(|arn| is_arn(arn))).then_some(filled)
}

/// What an object says, as far as it is known what its names stand for, and whether that is all of it.
pub(super) fn as_known(object: &Policy) -> Option<(Statement, bool)> {
    if let Some((statement, _)) = kept(object) {
        return Some((statement, true));
    }
    let statement = written(&object.spec.definition)?;
    if gateways_named(statement.text()).is_empty() {
        return Some((statement, true));
    }
    match before(object, &statement) {
        Some(sent) => Some((sent, true)),
        None => Some((statement, false)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{PolicyKind, PolicyReferences};
    use super::*;
    use crate::operator::decide::{Desire, Identity, Kind as _};
    use serde_json::{Value, json};

    const ARN: &str = "arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/refunds-abcdef0123";
    const OTHER: &str = "arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/other-abcdef0123";

    fn statement(gateway: &str) -> String {
        format!(
            "permit(principal, action, // of refunds\n resource == AgentCore::Gateway::\"{gateway}\")\n\
             unless {{ resource == AgentCore::Gateway::\"{gateway}\" && context.x == \"refunds\" }};"
        )
    }

    fn desire(member: &str, text: &str, sent: Option<&str>, gateway: Option<Reference>) -> Desire<Statement> {
        let object: Policy = serde_json::from_value(json!({
            "apiVersion": "agentcore.dev/v1alpha1", "kind": "Policy", "metadata": {"name": "p", "namespace": "n", "uid": "u"},
            "spec": {"policyEngineRef": {"name": "e"}, "definition": {member: {"statement": text}}},
            "status": sent.map_or(Value::Null, |sent| json!({"effectiveStatement": sent})),
        }))
        .unwrap();
        let references = PolicyReferences {
            engine: Reference::by_id("e-abcdef0123"),
            gateways: gateway
                .into_iter()
                .map(|gateway| ("refunds".to_owned(), gateway))
                .collect(),
            ..PolicyReferences::default()
        };
        let identity = Identity {
            cluster_id: "c".into(),
            namespace: "n".into(),
            name: "p".into(),
            uid: "u".into(),
        };
        let sought = PolicyKind::sought(&object, &references, &identity).statement;
        let desire = PolicyKind::desire(&object, &references, &identity);
        if let Some(desired) = desire.desired() {
            assert_eq!(
                sought.as_ref(),
                Some(&desired.statement),
                "what is looked for is what is wanted"
            );
        }
        match desire {
            Desire::Known(desired) => Desire::Known(desired.statement),
            Desire::Waiting(desired, text) => Desire::Waiting(desired.map(|desired| desired.statement), text),
            Desire::Unguarded(desired, text) => Desire::Unguarded(desired.statement, text),
            Desire::Barred(text) => Desire::Barred(text),
            Desire::Refused(refusal) => Desire::Refused(refusal),
        }
    }

    fn there(arn: &str) -> Reference {
        Reference {
            arn: Some(arn.to_owned()),
            obstacle: Some("it is changing, which is no reason not to name it".into()),
            ..Reference::default()
        }
    }

    fn away() -> Reference {
        Reference {
            obstacle: Some("Gateway refunds is not there".into()),
            ..Reference::default()
        }
    }

    #[test]
    fn a_name_becomes_an_arn_and_all_else_stays() {
        let wanted = |arn| Desire::Known(Statement::Cedar(statement(arn)));
        assert_eq!(
            desire("cedar", &statement("refunds"), None, Some(there(ARN))),
            wanted(ARN)
        );
        // Another gateway has taken the place of the one before.
        assert_eq!(
            desire(
                "cedar",
                &statement("refunds"),
                Some(&statement(ARN)),
                Some(there(OTHER))
            ),
            wanted(OTHER)
        );
        assert_eq!(desire("cedar", &statement(ARN), None, None), wanted(ARN));
        let dogwood = Desire::Known(Statement::Policy(statement(ARN)));
        assert_eq!(
            desire("policy", &statement("refunds"), None, Some(there(ARN))),
            dogwood
        );
    }

    #[test]
    fn without_the_gateway_what_was_sent_of_the_same_spec_stands_and_nothing_new_is_sent() {
        let waits = "Gateway refunds is not there".to_owned();
        let desire = |sent: Option<&str>| desire("cedar", &statement("refunds"), sent, Some(away()));
        assert_eq!(desire(None), Desire::Barred(waits.clone()));
        let stands = Desire::Waiting(Some(Statement::Cedar(statement(ARN))), waits.clone());
        assert_eq!(desire(Some(&statement(ARN))), stands);
        let edited = statement(ARN).replace("context.x", "context.y");
        let mixed = statement(ARN).replacen(ARN, OTHER, 1);
        for other in [&edited, &mixed, &statement("refunds"), &statement("lookups")] {
            assert_eq!(desire(Some(other)), Desire::Barred(waits.clone()), "{other}");
        }
    }

    #[test]
    fn a_policy_that_failed_waits_for_the_tools_that_it_may_mean() {
        let rooms = |text: &str, sent: Option<&str>| {
            let object: Policy = serde_json::from_value(json!({
                "apiVersion": "agentcore.dev/v1alpha1", "kind": "Policy", "metadata": {"name": "p", "namespace": "n"},
                "spec": {"policyEngineId": "e-abcdef0123", "definition": {"cedar": {"statement": text}}},
                "status": sent.map_or(Value::Null, |sent| json!({"effectiveStatement": sent})),
            }))
            .unwrap();
            PolicyKind::rooms(&object, &PolicyReferences::default())
        };
        let (by_name, by_id) = ("tools of n/refunds", "tools of refunds-abcdef0123");
        assert_eq!(rooms(&statement("refunds"), None), ["e-abcdef0123", by_name]);
        assert_eq!(rooms(&statement(ARN), None), ["e-abcdef0123", by_id]);
        assert_eq!(
            rooms(&statement("refunds"), Some(&statement(ARN))),
            ["e-abcdef0123", by_name, by_id]
        );
        let any = "permit(principal, action, resource is AgentCore::Gateway);";
        assert_eq!(rooms(any, None), ["e-abcdef0123", "tools in n"]);
    }

    #[test]
    fn what_is_neither_an_arn_nor_a_name_is_refused_and_so_is_what_grows_too_long() {
        for strange in ["Refunds", "a/b", "a_b", "-a", ""] {
            let refused = desire("cedar", &statement(strange), None, None);
            assert!(
                matches!(&refused, Desire::Refused(refusal) if refusal.message.contains(&format!("'{strange}'"))),
                "{refused:?}"
            );
        }
        let many = format!(
            "permit(principal, action, resource is AgentCore::Gateway) when {{ [{}].contains(resource) }};",
            vec!["AgentCore::Gateway::\"refunds\""; 300].join(",")
        );
        let refused = desire("cedar", &many, None, Some(there(ARN)));
        assert!(
            matches!(&refused, Desire::Refused(refusal) if refusal.message.contains("characters long")),
            "{refused:?}"
        );
    }
}
