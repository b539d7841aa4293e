//! The tools that a policy is about: which it waits for, and how it hears of them.

use super::desired::{Statement, written};
use super::effective::{Gateways, gateways_mentioned};
use super::successor::may_forbid;
use crate::api::Policy;
use crate::cedar::actions_in;
use crate::model::{BETWEEN, GatewayArn, Lifecycle};
use std::collections::BTreeSet;

/// The targets that a statement which is not in force yet is about. Before their tools are there AWS accepts it and says
/// `CREATE_FAILED` or `UPDATE_FAILED` of it (service.md 5.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Awaited {
    /// The gateways that it names: by their objects, or by their ARNs. None: any of its namespace.
    pub gateways: BTreeSet<String>,
    /// The AWS names of the targets whose tools it names.
    targets: BTreeSet<String>,
    /// Whether it may forbid: it is held back only where there is nothing yet that it could forbid (I8).
    forbids: bool,
}

impl Awaited {
    /// Those of an object, unless it is going, or is in force as it is. What may forbid waits for one target, and never when
    /// AWS has had it: it is restored and edited at once (I8).
    #[must_use]
    pub fn of(object: &Policy) -> Option<Self> {
        let status = object.status.as_ref();
        let generation = object.metadata.generation;
        let in_force = status.is_some_and(|status| status.mirror.says(generation, "Ready"));
        if in_force || object.metadata.deletion_timestamp.is_some() {
            return None;
        }
        let statement = written(&object.spec.definition)?;
        let target = |action: &str| {
            action
                .split_once(BETWEEN)
                .map_or(action, |(target, _)| target)
                .to_owned()
        };
        let awaited = Self {
            gateways: gateways_mentioned(statement.text()),
            targets: actions_in(statement.text()).into_iter().map(target).collect(),
            forbids: may_forbid(object),
        };
        let was_there = status.is_some_and(|status| status.policy_id.is_some());
        let sent_at_once = awaited.forbids && (was_there || awaited.targets.len() > 1);
        (!sent_at_once && !awaited.targets.is_empty()).then_some(awaited)
    }

    /// Whether it waits for a target of this AWS name, of one of its gateways, since tools come with that: it is not there yet,
    /// or is about to become what its object says.
    #[must_use]
    pub fn waits_for(&self, target: &str, id: Option<&str>, current: bool, word: Option<&str>) -> bool {
        let word = word.map(Lifecycle::parse);
        let changes = !current || matches!(word, Some(Lifecycle::Creating | Lifecycle::Updating));
        self.targets.contains(target) && (id.is_none() || changes && !self.forbids)
    }
}

/// The rooms of the tools that a policy may mean: those of the gateways that it names, or of its namespace, if it names none.
/// Targets may name a gateway by its object or by its id, whatever the policy does.
pub(super) fn tools_of(object: &Policy, gateways: &Gateways) -> Vec<String> {
    let own = object.metadata.namespace.clone().unwrap_or_default();
    let written = written(&object.spec.definition);
    let sent = object.status.as_ref();
    let sent = sent.and_then(|status| status.effective_statement.as_deref());
    let texts = written.iter().map(Statement::text).chain(sent);
    let (mut ids, mut rooms) = (Vec::new(), Vec::new());
    for gateway in texts.flat_map(gateways_mentioned) {
        if let Some((_, id)) = gateway.rsplit_once(":gateway/") {
            ids.push(id.to_owned());
        } else {
            ids.extend(gateway_id(gateways, &gateway));
            rooms.extend(tool_rooms(Some((own.clone(), gateway)), [], None));
        }
    }
    rooms.extend(tool_rooms(None, ids, None));
    if rooms.is_empty() {
        rooms = tool_rooms(None, [], Some(own));
    }
    rooms.sort();
    rooms.dedup();
    rooms
}

/// AWS id of a gateway that is named by its object, if the cluster knows it.
#[must_use]
pub fn gateway_id(gateways: &Gateways, name: &str) -> Option<String> {
    let arn = gateways.get(name)?.arn.as_deref()?;
    Some(GatewayArn::parse(arn)?.gateway_id)
}

/// The rooms of a gateway's tools: by namespace and name of its object, by its AWS ids, and by the namespace of the tools.
#[must_use]
pub fn tool_rooms(
    gateway: Option<(String, String)>,
    ids: impl IntoIterator<Item = String>,
    namespace: Option<String>,
) -> Vec<String> {
    let named = gateway.map(|(namespace, name)| format!("tools of {namespace}/{name}"));
    let ids = ids.into_iter().map(|id| format!("tools of {id}"));
    let namespace = namespace.map(|namespace| format!("tools in {namespace}"));
    let mut rooms: Vec<String> = named.into_iter().chain(ids).chain(namespace).collect();
    rooms.sort();
    rooms.dedup();
    rooms
}

#[cfg(test)]
mod tests {
    use super::super::{PolicyKind, PolicyReferences};
    use super::*;
    use crate::operator::decide::{Desire, Identity, Kind as _, Reference};
    use serde_json::{Value, json};

    const ARN: &str = "arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/refunds-abcdef0123";

    fn of(effect: &str, action: &str, resource: &str, status: &Value) -> Policy {
        let statement =
            format!("{effect}(principal, {action}, {resource}) when {{ context.input.amount < 5 }};");
        serde_json::from_value(json!({
            "apiVersion": "agentcore.dev/v1alpha1", "kind": "Policy",
            "metadata": {"name": "p", "namespace": "n", "uid": "u", "generation": 2},
            "spec": {"policyEngineId": "e-abcdef0123", "definition": {"cedar": {"statement": statement}}},
            "status": status,
        }))
        .unwrap()
    }

    fn object(action: &str, resource: &str, status: &Value) -> Policy {
        of("permit", action, resource, status)
    }

    fn by_name() -> String {
        "resource == AgentCore::Gateway::\"refunds\"".to_owned()
    }

    const ONE: &str = "action == AgentCore::Action::\"Refunds___pay\"";
    const TWO: &str = "action in [AgentCore::Action::\"Refunds___pay\", AgentCore::Action::\"Orders\"]";

    #[test]
    fn a_policy_waits_for_the_targets_that_it_names_while_tools_come_with_them() {
        let awaited = |action: &str, resource: &str| Awaited::of(&object(action, resource, &Value::Null));
        let any = "resource is AgentCore::Gateway";
        for (resource, gateway) in [
            (by_name(), "refunds"),
            (format!("resource == AgentCore::Gateway::\"{ARN}\""), ARN),
        ] {
            let named = awaited(TWO, &resource).unwrap();
            assert_eq!(named.gateways.iter().collect::<Vec<_>>(), [gateway]);
            for (target, waits) in [
                ("Refunds", true),
                ("Orders", true),
                ("Refunds___pay", false),
                ("Other", false),
            ] {
                assert_eq!(named.waits_for(target, None, true, None), waits, "{target}");
            }
            assert_eq!(
                awaited("action", &resource),
                None,
                "it is about no target in particular"
            );
        }
        let anywhere = awaited(TWO, any).unwrap();
        assert!(anywhere.gateways.is_empty());
        for (id, current, word, waits) in [
            (None, true, None, true),
            (Some("t"), true, Some("CREATING"), true),
            (Some("t"), true, Some("UPDATING"), true),
            (Some("t"), false, Some("READY"), true),
            (Some("t"), true, Some("READY"), false),
            (Some("t"), true, Some("FAILED"), false),
            (Some("t"), true, None, false),
        ] {
            assert_eq!(
                anywhere.waits_for("Orders", id, current, word),
                waits,
                "{id:?} {current} {word:?}"
            );
        }
    }

    #[test]
    fn what_forbids_waits_only_where_there_is_nothing_to_be_forbidden() {
        let forbids = |action: &str, status: Value| Awaited::of(&of("forbid", action, &by_name(), &status));
        let new = forbids(ONE, Value::Null).unwrap();
        assert!(new.waits_for("Refunds", None, true, None));
        for (current, word) in [(true, "CREATING"), (true, "UPDATING"), (false, "READY")] {
            assert!(
                !new.waits_for("Refunds", Some("t"), current, Some(word)),
                "{current} {word}"
            );
        }
        assert_eq!(forbids(TWO, Value::Null), None, "one of them may be there");
        assert_eq!(forbids("action", Value::Null), None);
        assert_eq!(
            forbids(ONE, json!({"policyId": "p-abcdef0123"})),
            None,
            "restored and edited at once"
        );
    }

    #[test]
    fn what_is_in_force_or_goes_waits_for_nothing() {
        let status = |generation: i64, ready: &str| {
            json!({"observedGeneration": generation, "conditions": [
                {"type": "Ready", "status": ready, "reason": "Synced", "message": "m", "lastTransitionTime": "2026-01-01T00:00:00Z"},
            ]})
        };
        for (generation, ready, waits) in [(2, "True", false), (1, "True", true), (2, "False", true)] {
            let seen = object(ONE, &by_name(), &status(generation, ready));
            assert_eq!(Awaited::of(&seen).is_some(), waits, "{generation} {ready}");
        }
        let mut going = object(ONE, &by_name(), &Value::Null);
        going.metadata.deletion_timestamp =
            Some(serde_json::from_value(json!("2026-01-01T00:00:00Z")).unwrap());
        assert_eq!(Awaited::of(&going), None);
    }

    #[test]
    fn nothing_is_sent_before_the_tools_are_there() {
        let object = object(
            "action",
            &format!("resource == AgentCore::Gateway::\"{ARN}\""),
            &Value::Null,
        );
        let identity = Identity {
            cluster_id: "c".into(),
            namespace: "n".into(),
            name: "p".into(),
            uid: "u".into(),
        };
        let desire = |awaited: Option<&str>| {
            let references = PolicyReferences {
                engine: Reference::by_id("e-abcdef0123"),
                awaited: awaited.map(str::to_owned),
                ..PolicyReferences::default()
            };
            PolicyKind::desire(&object, &references, &identity)
        };
        let Desire::Known(known) = desire(None) else {
            panic!("nothing stands in its way");
        };
        let text =
            "GatewayTarget pay is not READY yet, and the statement is about its tools: see its conditions";
        assert_eq!(
            desire(Some("GatewayTarget pay")),
            Desire::Waiting(Some(known), text.to_owned())
        );
    }
}
