use super::*;
use crate::backend::script::Faults;

const TEXT: &str =
    "Allow users to process refunds under $500. Forbid everyone from process_refund. Happy users can cheer.";

#[tokio::test(flavor = "multi_thread")]
async fn a_generation_is_written_and_each_fragment_is_an_asset() {
    let rig = Rig::new().await;
    let (engine, gateway) = (rig.engine("e").await, gateway(&rig, "g").await);
    let started = rig
        .ok(
            "StartPolicyGeneration",
            new_generation(&engine, "n", &gateway, TEXT),
        )
        .await;
    let id = started["policyGenerationId"].as_str().unwrap();
    assert!(id.starts_with("n-") && id.len() == 12, "{id}");
    let arn = format!(
        "arn:aws:bedrock-agentcore:us-east-1:123456789012:policy-engine/{engine}/policy-generation/{id}"
    );
    assert_eq!(
        started,
        json!({
            "policyEngineId": engine, "policyGenerationId": id, "name": "n", "policyGenerationArn": arn,
            "resource": {"arn": gateway}, "createdAt": started["createdAt"], "updatedAt": started["createdAt"],
            "status": "GENERATING", "findings": null, "statusReasons": [],
        })
    );
    assert_eq!(assets(&rig, &started).await, Vec::<Value>::new());
    rig.settle().await;
    let done = rig.ok("GetPolicyGeneration", named(&started)).await;
    assert_eq!(
        (&done["status"], &done["statusReasons"]),
        (&json!("GENERATED"), &json!([]))
    );
    let found = assets(&rig, &started).await;
    let fragments: Vec<&Value> = found.iter().map(|asset| &asset["rawTextFragment"]).collect();
    assert_eq!(
        fragments,
        [
            "Allow users to process refunds under $500",
            "Forbid everyone from process_refund",
            "Happy users can cheer"
        ]
    );
    let types: Vec<&Value> = found.iter().map(|asset| &asset["findings"][0]["type"]).collect();
    assert_eq!(types, ["VALID", "DENY_ALL", "NOT_TRANSLATABLE"]);
    for asset in &found {
        let id = asset["policyGenerationAssetId"].as_str().unwrap();
        assert!(id.starts_with("asset-") && id.len() == 16, "{id}");
    }
    assert_eq!(
        found[0]["findings"],
        json!([{"type": "VALID", "description": null}])
    );
    let statement = found[0]["definition"]["policy"]["statement"].as_str().unwrap();
    assert!(statement.contains("context.input.amount < 500"), "{statement}");
    let denied = found[1]["findings"][0]["description"].as_str().unwrap();
    assert!(
        denied.starts_with("Overly Restrictive: Policy Engine will deny every request for"),
        "{denied}"
    );
    assert_eq!(found[2]["definition"], Value::Null);
    let refused = found[2]["findings"][0]["description"].as_str().unwrap();
    assert_eq!(
        refused,
        "Unsupported Condition Error: The request includes conditions that rely on data or attributes currently not \
         supported. (not understood from `Happy users can cheer`)"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_never_free_again_and_a_token_replays() {
    let rig = Rig::new().await;
    let (engine, gateway) = (rig.engine("e").await, gateway(&rig, "g").await);
    let token = "t".repeat(40);
    let input = with(
        new_generation(&engine, "n", &gateway, TEXT),
        "clientToken",
        json!(token),
    );
    let first = rig.ok("StartPolicyGeneration", input.clone()).await;
    rig.settle().await;
    let again = rig.ok("StartPolicyGeneration", input.clone()).await;
    assert_eq!(again["policyGenerationId"], first["policyGenerationId"]);
    assert_eq!(again["status"], "GENERATED");
    let other = with(input, "content", json!({"rawText": "Other."}));
    assert!(
        rig.invalid("StartPolicyGeneration", other)
            .await
            .contains("client token")
    );
    let text = rig
        .conflict(
            "StartPolicyGeneration",
            new_generation(&engine, "n", &gateway, TEXT),
        )
        .await;
    assert_eq!(text, "Generation with the same name already exists");
    let elsewhere = rig.engine("other").await;
    rig.ok(
        "StartPolicyGeneration",
        new_generation(&elsewhere, "n", &gateway, TEXT),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resource_that_is_no_gateway_here_is_refused() {
    for (switches, missing) in [
        (&[][..], true),
        (&["compat.generation-bad-resource=validation"][..], false),
    ] {
        let rig = Rig::switched(switches).await;
        let engine = rig.engine("e").await;
        let absent = "arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/gone-0123456789";
        let start = new_generation(&engine, "n", absent, TEXT);
        let text = if missing {
            rig.missing("StartPolicyGeneration", start).await
        } else {
            rig.invalid("StartPolicyGeneration", start).await
        };
        assert_eq!(text, "Gateway with ID gone-0123456789 does not exist");
        let wrong = new_generation(&engine, "n", "arn:aws:s3:::bucket-of-mine", TEXT);
        assert!(
            rig.invalid("StartPolicyGeneration", wrong)
                .await
                .contains("is not the ARN of a gateway")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_is_busy_or_absent_takes_none() {
    let rig = Rig::new().await;
    let gateway = gateway(&rig, "g").await;
    let engine = rig.ok("CreatePolicyEngine", json!({"name": "e"})).await["policyEngineId"].clone();
    let start = new_generation(engine.as_str().unwrap(), "n", &gateway, TEXT);
    assert_eq!(
        rig.conflict("StartPolicyGeneration", start).await,
        "Policy generation cannot be started while the status of its policy engine is CREATING"
    );
    let absent = json!({"policyEngineId": "e-0123456789", "policyGenerationId": "n-0123456789"});
    rig.settle().await;
    for operation in [
        "GetPolicyGeneration",
        "ListPolicyGenerations",
        "ListPolicyGenerationAssets",
    ] {
        assert!(
            rig.missing(operation, absent.clone())
                .await
                .contains("e-0123456789")
        );
    }
    let absent = with(absent, "policyEngineId", engine);
    for operation in ["GetPolicyGeneration", "ListPolicyGenerationAssets"] {
        assert!(
            rig.missing(operation, absent.clone())
                .await
                .contains("n-0123456789")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_author_that_fails_or_panics_ends_in_generate_failed() {
    for (author, reason) in [
        (Scripted::Fails, "the model is away"),
        (
            Scripted::Panics,
            "The author of policies failed: a fault of this backend, see its log",
        ),
    ] {
        let rig = Rig::written_by(&[], Arc::new(author)).await;
        let (engine, gateway) = (rig.engine("e").await, gateway(&rig, "g").await);
        let failed = generated(&rig, &engine, &gateway, "n", TEXT).await;
        assert_eq!(failed["status"], "GENERATE_FAILED");
        assert_eq!(failed["statusReasons"], json!([reason]));
        assert_eq!(assets(&rig, &failed).await, Vec::<Value>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_author_writes_is_judged_like_everything_else() {
    let rig = Rig::new().await;
    let gateway = gateway(&rig, "g").await;
    let scope = |effect: &str, rest: &str| {
        format!(
            "{effect}(principal is AgentCore::OAuthUser, action == AgentCore::Action::\"RefundTool___{NAMED}\", resource == AgentCore::Gateway::\"{gateway}\"){rest};"
        )
    };
    let drafts = vec![
        draft(&scope("permit", "")),
        draft(&scope("permit", " when { context.input.amount < 5 }")),
        draft(&scope("permit", " when { context.input.nope < 5 }")),
        draft(&scope("permit", " when {")),
        draft("permit(principal, action, resource) when { true };"),
        draft("short"),
    ];
    let author = Arc::new(Scripted::Drafts(drafts));
    let mut rig = rig;
    rig.control.author = author;
    let engine = rig.engine("e").await;
    let done = generated(&rig, &engine, &gateway, "n", TEXT).await;
    assert_eq!(done["status"], "GENERATED");
    let found = assets(&rig, &done).await;
    let types: Vec<&Value> = found.iter().map(|asset| &asset["findings"][0]["type"]).collect();
    assert_eq!(
        types,
        ["ALLOW_ALL", "VALID", "INVALID", "INVALID", "INVALID", "INVALID"]
    );
    for (at, text) in [
        (
            0,
            "Overly Permissive: Policy Engine will allow every request for the specified principal (AgentCore::OAuthUser)",
        ),
        (2, "attribute `input.nope` in context"),
        (
            3,
            "When parsing the policy statement, the following errors occurred:",
        ),
        (4, "a wildcard resource was detected"),
        (5, "When parsing the policy statement"),
    ] {
        let description = found[at]["findings"][0]["description"].as_str().unwrap();
        assert!(description.contains(text), "{description}");
        assert_eq!(
            found[at]["definition"].is_null(),
            at == 5,
            "a definition has at least 35 characters"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_author_can_ask_what_a_statement_would_be_refused_with() {
    let mut rig = Rig::switched(&["compat.statement-annotations=refused"]).await;
    let gateway = gateway(&rig, "g").await;
    let good = format!(
        "permit(principal is AgentCore::OAuthUser, action, resource == AgentCore::Gateway::\"{gateway}\");"
    );
    let statements = vec![
        good.clone(),
        good.replace("OAuthUser", "UnauthenticatedUser"),
        format!("@id(\"x\") {good}"),
        "permit(principal, action, resource) when { true };".to_owned(),
        "permit(principal, action, resource".to_owned(),
    ];
    rig.control.author = Arc::new(Scripted::Asks(statements.clone()));
    let engine = rig.engine("e").await;
    let told = assets(&rig, &generated(&rig, &engine, &gateway, "n", TEXT).await).await;
    rig.control.author = Arc::new(Scripted::Drafts(
        statements.iter().map(|statement| draft(statement)).collect(),
    ));
    let judged = assets(&rig, &generated(&rig, &engine, &gateway, "m", TEXT).await).await;
    let found = |asset: &Value, member: &str| asset["findings"][0][member].as_str().unwrap().to_owned();
    assert_eq!(found(&told[0], "type"), "ALLOW_ALL");
    for (told, judged) in told.iter().zip(&judged).skip(1) {
        assert_eq!(found(told, "type"), "NOT_TRANSLATABLE");
        assert_eq!(found(judged, "type"), "INVALID");
        let why = found(judged, "description");
        assert!(found(told, "description").contains(&why), "{told}: {why}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn findings_and_failure_are_switches() {
    let counts = Rig::switched(&["compat.generation-findings=counts"]).await;
    let (engine, arn) = (counts.engine("e").await, gateway(&counts, "g").await);
    let done = generated(&counts, &engine, &arn, "n", TEXT).await;
    assert_eq!(done["findings"], "1 DENY_ALL, 1 NOT_TRANSLATABLE, 1 VALID");
    let untranslated = Rig::switched(&[
        "compat.generate-failed=untranslated",
        "compat.asset-id-prefix=draft",
    ])
    .await;
    let (engine, arn) = (untranslated.engine("e").await, gateway(&untranslated, "g").await);
    let failed = generated(&untranslated, &engine, &arn, "n", "Happy users can cheer.").await;
    assert_eq!(failed["status"], "GENERATE_FAILED");
    assert_eq!(
        failed["statusReasons"],
        json!(["No part of the text could be translated into a policy"])
    );
    let done = generated(&untranslated, &engine, &arn, "m", TEXT).await;
    assert_eq!(done["status"], "GENERATED");
    let id = assets(&untranslated, &done).await[0]["policyGenerationAssetId"].clone();
    assert!(id.as_str().unwrap().starts_with("draft-"), "{id}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_generation_whose_writer_was_killed_is_written_after_its_lease() {
    let rig = Rig::new().await;
    let (engine, gateway) = (rig.engine("e").await, gateway(&rig, "g").await);
    let started = rig
        .ok(
            "StartPolicyGeneration",
            new_generation(&engine, "n", &gateway, TEXT),
        )
        .await;
    rig.machine.advance(DELAY);
    rig.control.claim_and_die().await.unwrap();
    let rig = rig.restarted().await;
    rig.settle().await;
    assert_eq!(
        rig.ok("GetPolicyGeneration", named(&started)).await["status"],
        "GENERATING"
    );
    rig.machine.advance(Duration::from_mins(1));
    rig.settle().await;
    assert_eq!(
        rig.ok("GetPolicyGeneration", named(&started)).await["status"],
        "GENERATED"
    );
    assert_eq!(assets(&rig, &started).await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_is_gone_when_its_author_begins_fails_the_generation() {
    let rig = Rig::new().await;
    let (engine, arn) = (rig.engine("e").await, gateway(&rig, "g").await);
    let id = arn.rsplit('/').next().unwrap();
    // Its author begins when the gateway has gone.
    let slowly = Faults {
        stay: Some(DELAY * 4),
        ..Faults::default()
    };
    let start = new_generation(&engine, "n", &arn, TEXT);
    let caller = Caller::root("123456789012");
    let started = rig
        .control
        .perform("StartPolicyGeneration", start, &caller, slowly);
    let started = started.await.unwrap();
    let targets = rig
        .ok("ListGatewayTargets", json!({"gatewayIdentifier": id}))
        .await;
    let target = json!({"gatewayIdentifier": id, "targetId": targets["items"][0]["targetId"]});
    rig.ok("DeleteGatewayTarget", target).await;
    rig.settle().await;
    rig.ok("DeleteGateway", json!({"gatewayIdentifier": id})).await;
    rig.settle().await;
    let status = rig.ok("GetPolicyGeneration", named(&started)).await["status"].clone();
    assert_eq!(status, "GENERATING");
    for _ in 0..6 {
        rig.settle().await;
    }
    let done = rig.ok("GetPolicyGeneration", named(&started)).await;
    assert_eq!(
        (&done["status"], &done["statusReasons"]),
        (
            &json!("GENERATE_FAILED"),
            &json!([format!("The gateway {arn} does not exist any more")])
        )
    );
}
