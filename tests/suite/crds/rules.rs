//! The CEL rules of the CRDs, run by kube's own evaluator. No cluster.

use agentcore_policy_operator::api::{
    Gateway, Policy, PolicyEngine, PolicyEngineAttachment, PolicyGeneration,
};
use kube::core::cel::ValidationErrors;
use serde_json::{Value, json};

use super::{PERMIT, gateway_spec, immutable_fields, key_arn, object, policy_spec};

/// What the rules say of an object, of its change from `old` if there is one: paths and messages.
fn judge(kind: &str, spec: &Value, old: Option<&Value>) -> Vec<(String, String)> {
    let text = |spec: &Value| object(kind, "x", spec);
    let judged = match kind {
        "PolicyEngine" => {
            let read = |spec| serde_json::from_str::<PolicyEngine>(&text(spec)).expect("an engine");
            match old {
                None => read(spec).validate_cel(),
                Some(old) => read(spec).validate_cel_update(&read(old)),
            }
        }
        "Policy" => {
            let read = |spec| serde_json::from_str::<Policy>(&text(spec)).expect("a policy");
            match old {
                None => read(spec).validate_cel(),
                Some(old) => read(spec).validate_cel_update(&read(old)),
            }
        }
        "Gateway" => {
            let read = |spec| serde_json::from_str::<Gateway>(&text(spec)).expect("a gateway");
            match old {
                None => read(spec).validate_cel(),
                Some(old) => read(spec).validate_cel_update(&read(old)),
            }
        }
        "PolicyEngineAttachment" => {
            let read =
                |spec| serde_json::from_str::<PolicyEngineAttachment>(&text(spec)).expect("an attachment");
            match old {
                None => read(spec).validate_cel(),
                Some(old) => read(spec).validate_cel_update(&read(old)),
            }
        }
        "PolicyGeneration" => {
            let read = |spec| serde_json::from_str::<PolicyGeneration>(&text(spec)).expect("a generation");
            match old {
                None => read(spec).validate_cel(),
                Some(old) => read(spec).validate_cel_update(&read(old)),
            }
        }
        other => panic!("{other} is no kind"),
    };
    let said = |errors: ValidationErrors| {
        let all = errors.into_vec().into_iter();
        all.map(|error| (error.field_path, error.message)).collect()
    };
    judged.map_or_else(said, |()| Vec::new())
}

fn one(path: &str, message: &str) -> Vec<(String, String)> {
    vec![(path.to_owned(), message.to_owned())]
}

#[test]
fn a_definition_has_exactly_one_member() {
    let statement = json!({"statement": PERMIT});
    let members = [
        ("cedar", statement.clone()),
        ("policy", statement),
        (
            "generation",
            json!({"name": "draft", "assetId": "asset-abcdef0123"}),
        ),
    ];
    let message = "exactly one of cedar, policy, generation must be set";
    let judged = |definition: Value| judge("Policy", &policy_spec(&json!({"definition": definition})), None);
    assert_eq!(judged(json!({})), one("spec.definition", message));
    for (name, value) in &members {
        assert_eq!(judged(json!({*name: value})), []);
        for (other, second) in members.iter().filter(|(other, _)| other != name) {
            let both = json!({*name: value, *other: second});
            assert_eq!(
                judged(both),
                one("spec.definition", message),
                "{name} and {other}"
            );
        }
    }
}

#[test]
fn an_attachment_names_engine_and_gateway_in_exactly_one_way_each_and_is_never_taken_over() {
    let arn = json!("arn:aws:bedrock-agentcore:us-east-1:123456789012:policy-engine/e-abcdef0123");
    let ways = [
        ("policyEngineRef", json!({"name": "e"}), "policyEngineArn", arn),
        (
            "gatewayRef",
            json!({"name": "g"}),
            "gatewayId",
            json!("g-abcdef0123"),
        ),
    ];
    let spec = |more: Value| {
        let mut spec =
            json!({"policyEngineRef": {"name": "e"}, "gatewayRef": {"name": "g"}, "mode": "ENFORCE"});
        for (name, value) in more.as_object().expect("an object") {
            spec[name] = value.clone();
        }
        spec.as_object_mut()
            .expect("an object")
            .retain(|_, value| !value.is_null());
        spec
    };
    let judged = |more: Value| judge("PolicyEngineAttachment", &spec(more), None);
    assert_eq!(judged(json!({})), []);
    for (named, reference, given, id) in ways {
        let message = format!("exactly one of {named}, {given} must be set");
        assert_eq!(judged(json!({named: null, given: id})), []);
        assert_eq!(judged(json!({given: id})), one("spec", &message));
        assert_eq!(judged(json!({named: null})), one("spec", &message));
        let change = |old: Value, new: Value| judge("PolicyEngineAttachment", &spec(new), Some(&spec(old)));
        let immutable = |field| format!("spec.{field} is immutable: delete the object and create it anew");
        let other = change(json!({named: reference}), json!({named: {"name": "other"}}));
        if named == "policyEngineRef" {
            assert_eq!(other, [], "the engine can be another");
            assert_eq!(change(json!({}), json!({named: null, given: id})), []);
            continue;
        }
        assert_eq!(other, one(&format!("spec.{named}"), &immutable(named)));
        let swapped = change(json!({}), json!({named: null, given: id}));
        let said: Vec<String> = swapped.into_iter().map(|(_, message)| message).collect();
        assert!(
            said.contains(&immutable(named)) && said.contains(&immutable(given)),
            "{said:?}"
        );
    }
    for more in [
        json!({"adoptionPolicy": "IfUnowned"}),
        json!({"adoptId": "g-abcdef0123"}),
    ] {
        let said = judged(more);
        assert!(said[0].1.contains("never taken over"), "{said:?}");
    }
    let mode = judge(
        "PolicyEngineAttachment",
        &spec(json!({"mode": "LOG_ONLY"})),
        Some(&spec(json!({}))),
    );
    assert_eq!(mode, []);
}

#[test]
fn a_generation_names_its_engine_and_gateway_in_one_way_and_may_be_asked_something_else() {
    let spec = |more: Value| {
        let mut spec = json!({
            "policyEngineRef": {"name": "e"}, "gatewayRef": {"name": "g"}, "content": {"rawText": "text"},
        });
        let members = spec.as_object_mut().expect("an object");
        members.extend(more.as_object().expect("an object").clone());
        members.retain(|_, value| !value.is_null());
        spec
    };
    let judged = |more: Value| judge("PolicyGeneration", &spec(more), None);
    let arn = json!({"arn": "arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/g-abcdef0123"});
    assert_eq!(judged(json!({})), []);
    assert_eq!(judged(json!({"gatewayRef": null, "resource": arn})), []);
    assert_eq!(
        judged(json!({"policyEngineRef": null, "policyEngineId": "e-abcdef0123"})),
        []
    );
    assert_eq!(judged(json!({"deletionPolicy": "Retain"})), []);
    for (more, message) in [
        (
            json!({"resource": arn}),
            "exactly one of gatewayRef, resource must be set",
        ),
        (
            json!({"gatewayRef": null}),
            "exactly one of gatewayRef, resource must be set",
        ),
        (
            json!({"policyEngineId": "e-abcdef0123"}),
            "exactly one of policyEngineRef, policyEngineId must be set",
        ),
        (
            json!({"deletionPolicy": "Delete"}),
            "AgentCore cannot delete a generation: leave deletionPolicy out",
        ),
        (
            json!({"adoptionPolicy": "IfUnowned"}),
            "a generation is never taken over: leave adoptId and adoptionPolicy out",
        ),
    ] {
        assert_eq!(judged(more), one("spec", message));
    }
    let change = |new: Value| judge("PolicyGeneration", &spec(new), Some(&spec(json!({}))));
    assert_eq!(change(json!({"content": {"rawText": "other"}})), []);
    assert_eq!(change(json!({"gatewayRef": null, "resource": arn})), []);
    let other = change(json!({"policyEngineRef": {"name": "other"}}));
    let message = "spec.policyEngineRef is immutable: delete the object and create it anew";
    assert_eq!(other, one("spec.policyEngineRef", message));
}

#[test]
fn a_policy_names_its_engine_in_exactly_one_way() {
    let message = "exactly one of policyEngineRef, policyEngineId must be set";
    let id = json!("engine-abcdef0123");
    let judged = |more: Value| judge("Policy", &policy_spec(&more), None);
    assert_eq!(judged(json!({})), []);
    assert_eq!(judged(json!({"policyEngineRef": null, "policyEngineId": id})), []);
    assert_eq!(judged(json!({"policyEngineRef": null})), one("spec", message));
    assert_eq!(judged(json!({"policyEngineId": id})), one("spec", message));
}

#[test]
fn an_immutable_field_can_be_neither_changed_nor_unset_nor_set_later() {
    for row in immutable_fields() {
        let [first, second] = row.values.each_ref().map(|value| row.spec(Some(value)));
        let without = row.spec(None);
        let judged = |new: &Value, old: &Value| judge(row.kind, new, Some(old));
        let path = format!("spec.{}", row.field);
        assert_eq!(judged(&first, &first), [], "unchanged {path}");
        assert_eq!(
            judged(&second, &first),
            one(&path, &row.message()),
            "changed {path}"
        );
        for (new, old, how) in [(&without, &first, "unset"), (&first, &without, "set later")] {
            let said = judged(new, old);
            assert!(
                said.contains(&("spec".to_owned(), row.message())),
                "{path} {how}: {said:?}"
            );
            assert!(
                said.iter().all(|(_, message)| message.contains("is immutable")),
                "{said:?}"
            );
        }
    }
}

#[test]
fn everything_else_can_be_changed() {
    let engine = json!({
        "name": "one", "description": "first", "tags": [{"key": "team", "value": "a"}],
        "deletionPolicy": "Delete", "suspend": false, "resyncInterval": "5m",
    });
    let changed = json!({
        "name": "one", "tags": [{"key": "team", "value": "b"}],
        "deletionPolicy": "Retain", "suspend": true, "resyncInterval": "1h",
    });
    assert_eq!(judge("PolicyEngine", &changed, Some(&engine)), []);
    let policy = policy_spec(&json!({"description": "first", "enforcementMode": "ACTIVE"}));
    let changed = policy_spec(&json!({
        "definition": {"policy": {"statement": PERMIT}}, "enforcementMode": "LOG_ONLY",
        "validationMode": "IGNORE_ALL_FINDINGS", "managementPolicy": "Observe",
    }));
    assert_eq!(judge("Policy", &changed, Some(&policy)), []);
    let tokens =
        json!({"customJWTAuthorizer": {"discoveryUrl": "https://i/.well-known/openid-configuration"}});
    let gateway = gateway_spec(&json!({
        "description": "first", "authorizerType": "CUSTOM_JWT", "authorizerConfiguration": tokens,
        "protocolConfiguration": {"mcp": {"searchType": "SEMANTIC"}}, "exceptionLevel": "DEBUG",
    }));
    let changed = gateway_spec(&json!({
        "roleArn": "arn:aws:iam::123456789012:role/other", "protocolConfiguration": {"mcp": {"instructions": "i"}},
        "kmsKeyArn": key_arn(1), "tags": [{"key": "team", "value": "a"}], "managementPolicy": "Observe",
    }));
    assert_eq!(judge("Gateway", &changed, Some(&gateway)), []);
    assert_eq!(judge("Gateway", &gateway, Some(&changed)), []);
}

#[test]
fn what_judges_tokens_belongs_to_gateways_that_take_tokens() {
    let message = "authorizerConfiguration must be set with authorizerType CUSTOM_JWT, and only then";
    let tokens =
        json!({"customJWTAuthorizer": {"discoveryUrl": "https://i/.well-known/openid-configuration"}});
    for (kind, takes_tokens) in [
        ("CUSTOM_JWT", true),
        ("AWS_IAM", false),
        ("NONE", false),
        ("AUTHENTICATE_ONLY", false),
    ] {
        for (configuration, given) in [(tokens.clone(), true), (Value::Null, false)] {
            let more = json!({"authorizerType": kind, "authorizerConfiguration": configuration});
            let expected = if given == takes_tokens {
                Vec::new()
            } else {
                one("spec", message)
            };
            assert_eq!(
                judge("Gateway", &gateway_spec(&more), None),
                expected,
                "{kind} {given}"
            );
        }
    }
}

#[test]
fn what_is_taken_over_is_of_the_object_s_kind() {
    let said = |kind: &str, id: &str| {
        let spec = match kind {
            "PolicyEngine" => json!({"adoptId": id}),
            "Policy" => policy_spec(&json!({"adoptId": id})),
            _ => gateway_spec(&json!({"adoptId": id})),
        };
        judge(kind, &spec, None)
    };
    let engine = "spec.adoptId must be the id of a policy engine, such as refunds-abc123def4";
    let policy = "spec.adoptId must be the id of a policy, such as refunds-abc123def4";
    let gateway = "spec.adoptId must be the id of a gateway, such as refunds-abc123def4";
    for (id, of_policies, of_gateways) in [
        ("refunds-abc123def4", true, true),
        ("Re_funds-abc_23def4", true, false),
        ("re-funds-abc123def4", false, true),
        ("refunds-abc123def", false, false),
        ("abc123def4", false, false),
    ] {
        let expected = |good: bool, message| if good { Vec::new() } else { one("spec", message) };
        assert_eq!(said("PolicyEngine", id), expected(of_policies, engine), "{id}");
        assert_eq!(said("Policy", id), expected(of_policies, policy), "{id}");
        assert_eq!(said("Gateway", id), expected(of_gateways, gateway), "{id}");
    }
}

#[test]
fn the_keys_of_the_operators_tags_and_of_aws_are_reserved() {
    let message = "tag keys that begin with agentcore.dev/ or aws: are reserved: choose another key";
    for (key, reserved) in [
        ("team", false),
        ("example.com/agentcore.dev/x", false),
        ("Aws:x", false),
        ("agentcore.dev/owner", true),
        ("aws:createdBy", true),
    ] {
        let spec = json!({"tags": [{"key": "first", "value": ""}, {"key": key, "value": "x"}]});
        let said = judge("PolicyEngine", &spec, None);
        let expected = if reserved {
            one("spec.tags[1].key", message)
        } else {
            Vec::new()
        };
        assert_eq!(said, expected, "{key}");
    }
}
