//! What attachments, targets and generations refer to in another namespace.

use serde_json::{Value, json};

use super::Two;
use crate::lifecycle::gateway::{gateway, gateways};
use crate::lifecycle::generation::{generation, stage};
use crate::lifecycle::scene::{SOON, calls, engine, message, ready, with};
use crate::lifecycle::target::target;
use crate::rig::wait_until;

#[test]
fn an_engine_is_attached_across_namespaces_when_both_that_it_joins_consent() {
    let two = Two::new("consent-attach");
    let operator = two.operator();
    two.shared
        .apply(&[engine("refunds", json!({})), gateway("refunds", json!({}))]);
    two.shared.until_ready("acpe/refunds");
    let id = two.shared.until_ready("acgw/refunds")["status"]["gatewayId"].clone();
    let shared = json!({"name": "refunds", "namespace": two.shared.namespace.name});
    let named = json!({"policyEngineRef": shared, "gatewayRef": shared, "mode": "ENFORCE"});
    let object = json!({"apiVersion": "agentcore.dev/v1alpha1", "kind": "PolicyEngineAttachment", "metadata": {"name": "a"}});
    // An id is no way around it.
    let mut by_id = with(object.clone(), "mode", json!("ENFORCE"));
    by_id["metadata"]["name"] = json!("b");
    by_id["spec"] = json!({"policyEngineRef": shared, "gatewayId": id, "mode": "ENFORCE"});
    let mut by_name = object;
    by_name["spec"] = named;
    let until = |name: &str, reason: &str| two.until_reason("acatt", name, reason);
    two.apply(&by_name);
    two.apply(&by_id);
    let team = format!("={}", two.team.name);
    for which in ["acpe/refunds", "acgw/refunds"] {
        until("a", "DependencyNotReady");
        until("b", "DependencyNotReady");
        assert_eq!(calls(&operator, "UpdateGateway"), 0);
        two.consent(which, &team);
    }
    // One of both has it; to the gateway's namespace it is one that must go first.
    wait_until("one to be attached and one in conflict", SOON, || {
        let reason = |name: &str| {
            let object = two.team.get("acatt", name).unwrap_or_default();
            ready(&object)["reason"].as_str().unwrap_or_default().to_owned()
        };
        let mut reasons = [reason("a"), reason("b")];
        reasons.sort();
        (reasons == ["Conflict", "Synced"])
            .then_some(())
            .ok_or_else(|| format!("{reasons:?}"))
    });
    two.shared.delete("acpe/refunds");
    let object = two.shared.until_reason("acpe/refunds", "DeletionBlocked");
    let said = message(&object);
    assert!(
        said.ends_with("2 PolicyEngineAttachments of other namespaces"),
        "{said}"
    );
    two.team
        .kubectl(&["delete", "acatt", "--all", "--timeout=20s"])
        .success();
    two.shared.until_gone("acpe/refunds");
}

#[test]
fn targets_and_generations_reach_into_another_namespace_with_its_consent_alone() {
    let two = Two::new("consent-kinds");
    let operator = two.operator();
    two.shared.apply(&stage());
    for which in ["acpe/refunds", "acgw/refunds", "actgt/refund-tool"] {
        two.shared.until_ready(which);
    }
    let shared = json!({"name": "refunds", "namespace": two.shared.namespace.name});
    let tool = with(target("team-tool", &["lookup"]), "gatewayRef", shared.clone());
    let draft = generation("draft", "Allow everyone to process refunds");
    let draft = with(
        with(draft, "policyEngineRef", shared.clone()),
        "gatewayRef",
        shared,
    );
    two.apply(&tool);
    two.apply(&draft);
    let all = [("actgt", "team-tool"), ("acgen", "draft")];
    for (kind, name) in all {
        let object = two.until_reason(kind, name, "DependencyNotReady");
        let said = message(&object);
        assert!(said.contains("or its namespace does not let"), "{said}");
    }
    let team = format!("={}", two.team.name);
    two.consent("acgw/refunds", &team);
    two.until_reason("actgt", "team-tool", "Synced");
    two.until_reason("acgen", "draft", "DependencyNotReady");
    assert_eq!(calls(&operator, "StartPolicyGeneration"), 0);
    two.annotate(&team);
    two.until_reason("acgen", "draft", "Synced");
    // Withdrawn: what is there stays as it is, and its deletion needs no consent.
    two.consent("acgw/refunds", "-");
    for (kind, name) in all {
        two.until_reason(kind, name, "DependencyNotReady");
    }
    let before = calls(&operator, "UpdateGatewayTarget");
    two.apply(&with(tool, "description", json!("edited")));
    two.until_reason("actgt", "team-tool", "DependencyNotReady");
    assert_eq!(calls(&operator, "UpdateGatewayTarget"), before);
    for (kind, name) in all {
        two.team
            .kubectl(&["delete", kind, name, "--timeout=20s"])
            .success();
    }
    assert_eq!(calls(&operator, "DeleteGatewayTarget"), 1);
    let there: Vec<Value> = gateways(&two.shared);
    assert_eq!(there.len(), 1, "{there:?}");
}
