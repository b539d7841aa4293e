use super::*;
use crate::backend::control::gateway::attached;

fn attaching(name: &str, engine: &str) -> Value {
    with(new_gateway(name), "policyEngineConfiguration", attachment(engine))
}

fn update(gateway: &str, name: &str) -> Value {
    with(new_gateway(name), "gatewayIdentifier", json!(gateway))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_is_attached_by_create_or_update_and_detached_when_it_is_left_out() {
    let rig = Rig::new().await;
    let engine = rig.engine("e").await;
    let arn = attachment(&engine)["arn"].as_str().unwrap().to_owned();
    let created = rig.ok("CreateGateway", attaching("g", &engine)).await;
    assert_eq!(created["policyEngineConfiguration"], attachment(&engine));
    let other = rig.gateway("h").await;
    let id = created["gatewayId"].as_str().unwrap();
    assert_eq!(
        attached(&rig.control, &arn).await.unwrap(),
        [created["gatewayArn"].as_str().unwrap()]
    );
    let both = with(
        update(&other, "h"),
        "policyEngineConfiguration",
        attachment(&engine),
    );
    rig.ok("UpdateGateway", both).await;
    assert_eq!(attached(&rig.control, &arn).await.unwrap().len(), 2);
    let detached = rig.ok("UpdateGateway", update(id, "g")).await;
    assert!(detached["policyEngineConfiguration"].is_null());
    rig.settle().await;
    rig.ok("DeleteGateway", json!({"gatewayIdentifier": other})).await;
    // Until it is gone, the other one is attached.
    assert_eq!(
        rig.conflict("DeletePolicyEngine", json!({"policyEngineId": engine}))
            .await,
        format!("Policy engine is attached to gateway {other} and cannot be deleted; detach it first")
    );
    rig.settle().await;
    assert_eq!(attached(&rig.control, &arn).await.unwrap(), [""; 0]);
    rig.ok("DeletePolicyEngine", json!({"policyEngineId": engine}))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_attached_to_an_engine_of_another_place() {
    let rig = Rig::new().await;
    let engine = rig.engine("e").await;
    rig.ok("CreateGateway", attaching("g", &engine)).await;
    let arn = attachment(&engine)["arn"].as_str().unwrap().to_owned();
    for foreign in [arn.replace("us-east-1", "us-east-2"), "nonsense".to_owned()] {
        assert_eq!(
            attached(&rig.control, &foreign).await.unwrap(),
            [""; 0],
            "{foreign}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_does_not_exist_cannot_be_attached() {
    let missing = attachment("nope-0123456789");
    let foreign = missing["arn"]
        .as_str()
        .unwrap()
        .replace("123456789012", "999999999999");
    for (switches, class) in [
        (&[][..], "Validation"),
        (&["compat.attach-unknown-engine=not-found"][..], "NotFound"),
    ] {
        let rig = Rig::switched(switches).await;
        let id = rig.gateway("g").await;
        for arn in [missing["arn"].as_str().unwrap(), &foreign] {
            let attachment = json!({"arn": arn, "mode": "LOG_ONLY"});
            for (operation, input) in [
                ("CreateGateway", new_gateway("h")),
                ("UpdateGateway", update(&id, "g")),
            ] {
                let input = with(input, "policyEngineConfiguration", attachment.clone());
                let told = if class == "Validation" {
                    rig.invalid(operation, input).await
                } else {
                    rig.missing(operation, input).await
                };
                assert_eq!(told, format!("Policy engine {arn} does not exist"));
            }
        }
        // What was refused changed nothing.
        assert_eq!(
            rig.ok("GetGateway", json!({"gatewayIdentifier": id})).await["status"],
            "READY"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_of_another_region_cannot_be_attached() {
    let rig = Rig::new().await;
    let engine = rig.engine("e").await;
    let elsewhere = attachment(&engine)["arn"]
        .as_str()
        .unwrap()
        .replace("us-east-1", "eu-west-1");
    let input = with(
        new_gateway("g"),
        "policyEngineConfiguration",
        json!({"arn": elsewhere, "mode": "ENFORCE"}),
    );
    assert_eq!(
        rig.invalid("CreateGateway", input).await,
        format!("Policy engine {elsewhere} is not in the region of the gateway, us-east-1")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_active_engine_can_be_attached() {
    let rig = Rig::new().await;
    let gateway = rig.gateway("g").await;
    let engine = rig.ok("CreatePolicyEngine", json!({"name": "e"})).await;
    let id = engine["policyEngineId"].as_str().unwrap();
    let text = format!("Policy engine {id} must be in ACTIVE state");
    let change = with(update(&gateway, "g"), "policyEngineConfiguration", attachment(id));
    for status in ["CREATING", "UPDATING", "DELETING"] {
        assert_eq!(
            rig.invalid("CreateGateway", attaching("h", id)).await,
            text,
            "{status}"
        );
        assert_eq!(
            rig.invalid("UpdateGateway", change.clone()).await,
            text,
            "{status}"
        );
        rig.settle().await;
        let named = json!({"policyEngineId": id});
        match status {
            "CREATING" => rig.ok("UpdatePolicyEngine", named).await,
            "UPDATING" => rig.ok("DeletePolicyEngine", named).await,
            _ => Value::Null,
        };
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attached_engine_can_be_deleted_where_a_switch_says_so() {
    let rig = Rig::switched(&["compat.delete-attached-engine=allowed"]).await;
    let engine = rig.engine("e").await;
    let gateway = rig.ok("CreateGateway", attaching("g", &engine)).await;
    rig.ok("DeletePolicyEngine", json!({"policyEngineId": engine}))
        .await;
    rig.settle().await;
    rig.missing("GetPolicyEngine", json!({"policyEngineId": engine}))
        .await;
    let shown = rig
        .ok("GetGateway", json!({"gatewayIdentifier": gateway["gatewayId"]}))
        .await;
    assert_eq!(shown["policyEngineConfiguration"], attachment(&engine));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_may_name_a_gateway_that_is_there() {
    let rig = Rig::new().await;
    let engine = rig.engine("e").await;
    let gateway = rig.gateway("g").await;
    let naming =
        |gateway: &str| format!(r#"permit(principal, action, resource == AgentCore::Gateway::"{gateway}");"#);
    let arn = rig.control.place.gateway_arn(&gateway);
    let mut wrong = vec![arn.replace("us-east-1", "us-east-2"), "g".to_owned()];
    wrong.push(rig.control.place.gateway_arn("g-0123456789"));
    let type_level = rig.policy(&engine, "p", GOOD).await;
    for gateway in wrong {
        let create = new_policy(&engine, "q", &naming(&gateway));
        let change = json!({"cedar": {"statement": naming(&gateway)}});
        let update = with(type_level.clone(), "definition", change);
        for (operation, input) in [("CreatePolicy", create), ("UpdatePolicy", update)] {
            let Err(Refusal::Denied(text)) = rig.call(operation, input).await else {
                panic!("{operation} {gateway}")
            };
            assert_eq!(
                text,
                format!(
                    "Failed to confirm existence on AgentCore Gateway {gateway}, make sure you have GetGateway \
                     permissions"
                )
            );
        }
    }
    rig.policy(&engine, "q", &naming(&arn)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn policies_are_listed_by_the_gateway_they_hold_for() {
    for (switches, expected) in [
        (&[][..], ["every", "one"].as_slice()),
        (&["compat.target-resource-scope=exact"][..], &["one"]),
    ] {
        let rig = Rig::switched(switches).await;
        let engine = rig.engine("e").await;
        let (one, other) = (rig.gateway("one").await, rig.gateway("other").await);
        let naming = |gateway: &str| {
            let arn = rig.control.place.gateway_arn(gateway);
            format!(r#"permit(principal, action, resource == AgentCore::Gateway::"{arn}");"#)
        };
        rig.policy(&engine, "every", GOOD).await;
        let moved = rig.policy(&engine, "one", &naming(&other)).await;
        rig.policy(&engine, "other", &naming(&other)).await;
        let change = json!({"cedar": {"statement": naming(&one)}});
        rig.ok("UpdatePolicy", with(moved, "definition", change)).await;
        rig.settle().await;
        for operation in ["ListPolicies", "ListPolicySummaries"] {
            let scope = rig.control.place.gateway_arn(&one);
            let mut listed = Vec::new();
            let mut input = json!({"policyEngineId": engine, "targetResourceScope": scope, "maxResults": 1});
            loop {
                let page = rig.ok(operation, input.clone()).await;
                assert_eq!(page["policies"].as_array().unwrap().len(), 1);
                listed.push(page["policies"][0]["name"].as_str().unwrap().to_owned());
                if page["nextToken"].is_null() {
                    break;
                }
                input["nextToken"] = page["nextToken"].clone();
            }
            assert_eq!(listed, expected);
        }
        let all = rig.ok("ListPolicies", json!({"policyEngineId": engine})).await;
        assert_eq!(all["policies"].as_array().unwrap().len(), 3);
    }
}
