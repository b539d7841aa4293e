//! Workloads with a gateway: what stands behind it, what it asks, and what is written about its tools.

use serde_json::{Value, json};

use super::plan::Plan;
use super::stage::Run;
use super::truth::says_ready;
use crate::lifecycle::adoption::adopting;
use crate::lifecycle::attachment::attachment;
use crate::lifecycle::gateway::gateway;
use crate::lifecycle::generation::{TEXT, generation, stage, usable};
use crate::lifecycle::scene::{engine, permit, policy, with};
use crate::lifecycle::target::target;

/// A gateway with a tool, and an engine with a policy about both, attached to it. The policy comes before its tool is there, and
/// waits for it.
pub fn with_gateway(run: &Run<'_>) {
    run.with_gateways();
    let calm = |object: Value| with(object, "resyncInterval", json!("5m"));
    let refunds = |description: &str| calm(gateway("refunds", json!({"description": description})));
    run.apply(&[engine("refunds", json!({})), refunds("first")]);
    run.until_ready("policyengines/refunds");
    run.until_ready("gateways/refunds");
    let about = permit("agent")
        .replacen(
            "action",
            "action == AgentCore::Action::\"refund-tool___refund\"",
            1,
        )
        .replacen(
            "resource is AgentCore::Gateway",
            "resource == AgentCore::Gateway::\"refunds\"",
            1,
        );
    run.apply(&[calm(target("refund-tool", &["refund"])), policy("agents", &about)]);
    run.until_ready("gatewaytargets/refund-tool");
    run.until_ready("policies/agents");
    run.apply(&[attachment("refunds", "LOG_ONLY")]);
    until_attached(run, "LOG_ONLY");
    run.capture("created");
    run.apply(&[attachment("refunds", "ENFORCE")]);
    until_attached(run, "ENFORCE");
    run.apply(&[
        refunds("second"),
        calm(target("refund-tool", &["refund", "lookup"])),
    ]);
    run.until_ready("gatewaytargets/refund-tool");
    until_attached(run, "ENFORCE");
    run.capture("updated");
    // The gateway's own object never takes the engine off, and neither does anything else until somebody asks for it.
    run.delete("policyengineattachments/refunds");
    run.until_gone("policyengineattachments/refunds");
    for which in [
        "policies/agents",
        "gatewaytargets/refund-tool",
        "gateways/refunds",
        "policyengines/refunds",
    ] {
        run.delete(which);
    }
    for which in [
        "policies/agents",
        "gatewaytargets/refund-tool",
        "gateways/refunds",
        "policyengines/refunds",
    ] {
        run.until_gone(which);
    }
    run.capture("all deleted");
}

/// Policies are written from texts about a tool that waits to be governed: of the first nothing can be adopted, of the second
/// one is, and of the third another, after the policy has stayed.
pub fn with_generation(run: &Run<'_>) {
    run.with_gateways();
    let calm = |object: Value| with(object, "resyncInterval", json!("5m"));
    let draft = |text: &str| calm(generation("draft", text));
    let adopts = |object: &Value| calm(adopting("agents", &usable(object)));
    let [engine, gateway, tool] = stage();
    run.apply(&[engine, calm(gateway)]);
    run.until_ready("policyengines/refunds");
    run.until_ready("gateways/refunds");
    run.apply(&[calm(tool), attachment("refunds", "ENFORCE")]);
    run.until_ready("gatewaytargets/refund-tool");
    until_attached(run, "ENFORCE");
    run.apply(&[draft("Happy users can cheer.")]);
    run.until_reason("policygenerations/draft", "NoUsableAsset");
    run.capture("of no use");
    run.apply(&[draft(TEXT)]);
    let object = run.until_ready("policygenerations/draft");
    run.capture("generated");
    run.apply(&[adopts(&object)]);
    run.until_ready("policies/agents");
    run.capture("adopted");
    run.apply(&[draft("Allow users to process refunds under $200.")]);
    let object = run.until("policygenerations/draft", "run again", |object| {
        says_ready(object) && object["status"]["usable"] == "1 of 1"
    });
    run.until_reason("policies/agents", "GenerationChanged");
    run.capture("run again");
    run.apply(&[adopts(&object)]);
    run.until_reason("policies/agents", "Synced");
    run.capture("adopted again");
    let all = [
        "policygenerations/draft",
        "policies/agents",
        "policyengineattachments/refunds",
        "gatewaytargets/refund-tool",
        "gateways/refunds",
        "policyengines/refunds",
    ];
    for which in all {
        run.delete(which);
    }
    for which in all {
        run.until_gone(which);
    }
    // There is no garbage collector.
    run.delete("configmaps/draft-assets");
    run.capture("all deleted");
}

/// What is done to the generation and to the policy that adopts from it.
pub fn about_generations(plan: &Plan) -> bool {
    let what = &plan.mutation.what;
    let about = [
        "/policygenerations/",
        "/configmaps",
        "/policies",
        "policy-generations",
    ];
    about.iter().any(|part| what.contains(part))
}

/// Waits until the attachment is Ready in this mode, and the gateway's object shows it.
fn until_attached(run: &Run<'_>, mode: &str) {
    // The gateway first: while its own object changes it, the attachment is at work, too.
    run.until("gateways/refunds", mode, |object| {
        says_ready(object) && object["status"]["policyEngineConfiguration"]["mode"] == mode
    });
    run.until("policyengineattachments/refunds", mode, |object| {
        says_ready(object) && object["status"]["mode"] == mode
    });
}
