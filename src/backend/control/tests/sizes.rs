//! How large all policies of an engine may be for one resource (service.md 13).

use super::*;

const MOST: usize = defaults::MOST_POLICY_BYTES as usize;
const OFF: &str = "limits.enforce-policy-size=off";
/// Bytes of the larger policies.
const LARGE: usize = 30_000;
const EVERY: &str = "is AgentCore::Gateway";

/// A statement of so many bytes, most of them in characters of four.
fn statement(resource: &str, bytes: usize) -> String {
    let good = GOOD.replace(EVERY, resource);
    let mut padded = format!("{good} // ");
    let missing = bytes - padded.len();
    padded.extend(std::iter::repeat_n('x', missing % 4));
    padded.extend(std::iter::repeat_n('🙂', missing / 4));
    assert!(padded.len() == bytes && padded.chars().count() <= 10_000);
    padded
}

impl Rig {
    /// A gateway as a scope names it.
    async fn named_gateway(&self, name: &str) -> String {
        let role = "arn:aws:iam::123456789012:role/gateway";
        let input =
            json!({"name": name, "roleArn": role, "authorizerType": "AWS_IAM", "protocolType": "MCP"});
        let gateway = self.ok("CreateGateway", input).await;
        self.settle().await;
        format!("== AgentCore::Gateway::{}", gateway["gatewayArn"])
    }

    /// Creates policies that have so many bytes together.
    async fn fill(&self, engine: &str, name: &str, resource: &str, bytes: usize) {
        let sizes = (0..bytes / LARGE)
            .map(|_| LARGE)
            .chain(Some(bytes % LARGE).filter(|rest| *rest > 0));
        for (n, bytes) in sizes.enumerate() {
            self.policy(engine, &format!("{name}_{n}"), &statement(resource, bytes))
                .await;
        }
    }

    async fn over_quota(&self, operation: &str, input: Value) -> String {
        match self.call(operation, input).await {
            Err(Refusal::Quota(text)) => text,
            other => panic!("{operation}: {other:?}"),
        }
    }
}

fn changed(policy: &Value, statement: &str) -> Value {
    with(
        policy.clone(),
        "definition",
        json!({"cedar": {"statement": statement}}),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn policies_for_one_gateway_are_counted_with_those_for_all() {
    let rig = Rig::new().await;
    let (engine, other) = (rig.engine("e").await, rig.engine("f").await);
    let (one, two) = (rig.named_gateway("one").await, rig.named_gateway("two").await);
    rig.fill(&engine, "a", &one, MOST - 1_000).await;
    rig.policy(&engine, "every", &statement(EVERY, 600)).await;
    let late = |engine: &str, resource: &str, bytes| new_policy(engine, "late", &statement(resource, bytes));
    for resource in [one.as_str(), EVERY] {
        let text = rig.over_quota("CreatePolicy", late(&engine, resource, 401)).await;
        assert_eq!(
            text,
            "The quota of 204800 bytes of policies for one resource in a policy engine is reached"
        );
    }
    // What was refused left nothing behind, not even its name; there is room in another engine, for another gateway,
    // and to the last byte.
    rig.fill(&other, "other", &one, MOST).await;
    rig.fill(&engine, "second", &two, MOST - 600).await;
    rig.over_quota("CreatePolicy", late(&engine, &two, 300)).await;
    rig.over_quota("CreatePolicy", late(&engine, EVERY, 300)).await;
    let late = rig.policy(&engine, "late", &statement(&one, 400)).await;
    rig.over_quota("CreatePolicy", new_policy(&engine, "more", GOOD))
        .await;
    // A policy on its way out counts until it is gone.
    rig.ok("DeletePolicy", late).await;
    let again = new_policy(&engine, "again", &statement(&one, 400));
    rig.over_quota("CreatePolicy", again.clone()).await;
    rig.settle().await;
    rig.ok("CreatePolicy", again).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_over_the_quota_is_refused_and_changes_nothing() {
    let rig = Rig::new().await;
    let engine = rig.engine("e").await;
    let one = rig.named_gateway("one").await;
    rig.fill(&engine, "a", &one, MOST - 1_000).await;
    let policy = rig.policy(&engine, "p", &statement(EVERY, 500)).await;
    let before = rig.ok("GetPolicy", policy.clone()).await;
    for resource in [one.as_str(), EVERY] {
        rig.over_quota("UpdatePolicy", changed(&policy, &statement(resource, 1_001)))
            .await;
    }
    assert_eq!(rig.ok("GetPolicy", policy.clone()).await, before);
    rig.ok("UpdatePolicy", changed(&policy, &statement(EVERY, 1_000)))
        .await;
    rig.settle().await;
    // The rejected statement is the one that is shown, and counted.
    rig.ok("UpdatePolicy", changed(&policy, WRONG)).await;
    rig.settle().await;
    assert_eq!(rig.ok("GetPolicy", policy).await["status"], "UPDATE_FAILED");
    rig.ok(
        "CreatePolicy",
        new_policy(&engine, "b", &statement(&one, 1_000 - WRONG.len())),
    )
    .await;
    rig.over_quota("CreatePolicy", new_policy(&engine, "c", GOOD))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_quota_there_may_be_more_and_with_it_again_only_less() {
    let rig = Rig::switched(&[OFF]).await;
    let engine = rig.engine("e").await;
    for name in ["a", "b"] {
        rig.fill(&engine, name, EVERY, MOST - 1_000).await;
    }
    let policy = rig.policy(&engine, "p", &statement(EVERY, 500)).await;
    let mut rig = rig.restarted().await;
    rig.control.switches = Switches::default();
    rig.over_quota("CreatePolicy", new_policy(&engine, "c", GOOD))
        .await;
    rig.over_quota("UpdatePolicy", changed(&policy, &statement(EVERY, 501)))
        .await;
    for update in [
        changed(&policy, &statement(EVERY, 500)),
        changed(&policy, &statement(EVERY, 400)),
        with(policy.clone(), "enforcementMode", json!("LOG_ONLY")),
    ] {
        rig.ok("UpdatePolicy", update).await;
        rig.settle().await;
    }
    rig.over_quota("UpdatePolicy", changed(&policy, &statement(EVERY, 401)))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_quota_would_refuse_is_refused_for_everything_else_first() {
    let rig = Rig::new().await;
    let engine = rig.engine("e").await;
    let token = json!("0123456789012345678901234567890123");
    rig.fill(&engine, "filler", EVERY, MOST - 1_000).await;
    let last = with(
        new_policy(&engine, "a", &statement(EVERY, 1_000)),
        "clientToken",
        token,
    );
    let made = rig.ok("CreatePolicy", last.clone()).await;
    rig.settle().await;
    assert_eq!(rig.ok("CreatePolicy", last).await["policyId"], made["policyId"]);
    rig.conflict("CreatePolicy", new_policy(&engine, "a", GOOD)).await;
    rig.invalid(
        "CreatePolicy",
        new_policy(&engine, "b", "permit(principal, action, resource);"),
    )
    .await;
}
