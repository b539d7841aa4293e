//! What a gateway should be, what it is, and what is sent.

#![expect(
    clippy::needless_pass_by_value,
    reason = "members are written where they are used"
)]

use super::*;
use crate::model::FaultClass;
use crate::operator::decide::{MARK_CLUSTER, MARK_OBJECT, Owner, Phase, Resource, Tags};
use serde_json::{Value, json};

const ID: &str = "refunds-abcdef0123";
const READY: (&str, Lifecycle) = ("READY", Lifecycle::Active);
const FAILED: (&str, Lifecycle) = ("FAILED", Lifecycle::CreateFailed);
const CREATING: (&str, Lifecycle) = ("CREATING", Lifecycle::Creating);
const UPDATING: (&str, Lifecycle) = ("UPDATING", Lifecycle::Updating);
const ROLE: &str = "arn:aws:iam::123456789012:role/gateway";

fn identity() -> Identity {
    Identity {
        cluster_id: "c".into(),
        namespace: "n".into(),
        name: "refunds".into(),
        uid: "u".into(),
    }
}

/// A gateway object with these members in its spec and this status.
fn object(spec: Value, status: Value) -> Gateway {
    let mut whole = json!({"roleArn": ROLE, "authorizerType": "AWS_IAM"});
    for (name, value) in spec.as_object().unwrap() {
        whole[name] = value.clone();
    }
    let object = json!({
        "apiVersion": "agentcore.dev/v1alpha1", "kind": "Gateway",
        "metadata": {"name": "refunds", "namespace": "n", "uid": "u"}, "spec": whole, "status": status,
    });
    serde_json::from_value(object).unwrap()
}

/// What AWS has, with these members beside those that it always has.
fn observed((word, status): (&str, Lifecycle), more: Value) -> ObservedGateway {
    let mut members = json!({
        "gatewayId": ID, "gatewayArn": "arn", "gatewayUrl": "https://url/mcp", "name": "refunds", "roleArn": ROLE,
        "status": word, "statusReasons": [], "createdAt": "t", "updatedAt": "t", "protocolType": "MCP",
        "authorizerType": "AWS_IAM", "workloadIdentityDetails": {"workloadIdentityArn": "w"},
    });
    for (name, value) in more.as_object().unwrap() {
        members[name] = value.clone();
    }
    ObservedGateway {
        resource: Resource {
            id: ID.into(),
            arn: "arn".into(),
            name: "refunds".into(),
            status,
            word: Some(word.into()),
            status_reasons: Vec::new(),
            description: None,
            created_at: "t".into(),
            updated_at: "t".into(),
        },
        members: serde_json::from_value(members).unwrap(),
        tags: DesiredGateway::of(&object(json!({}), json!({})), &identity())
            .tagging
            .all(),
        targets: Vec::new(),
    }
}

/// What `with` makes of a view of both.
fn seen<T>(
    object: &Gateway,
    observed: &ObservedGateway,
    with: impl FnOnce(&View<'_, GatewayKind>) -> T,
) -> T {
    let (identity, desired) = (identity(), DesiredGateway::of(object, &identity()));
    with(&View {
        object,
        references: &GatewayReferences::default(),
        identity: &identity,
        held: true,
        desired: Some(&desired),
        observed: Some(observed),
        applied: false,
        superseded: false,
        created: None,
    })
}

fn look(object: &Gateway, observed: &ObservedGateway) -> Look {
    seen(object, observed, |view| GatewayKind::look(view).unwrap())
}

fn fields(object: &Gateway, observed: &ObservedGateway) -> Vec<String> {
    let differences = look(object, observed).differences;
    differences.into_iter().map(|d| d.field.into_owned()).collect()
}

#[test]
fn a_create_says_what_the_spec_says_in_aws_s_words_and_carries_the_mark() {
    let spec = json!({
        "description": "d", "authorizerType": "CUSTOM_JWT",
        "authorizerConfiguration": {"customJWTAuthorizer": {"discoveryUrl": "https://i/.well-known/openid-configuration", "allowedClients": ["a"]}},
        "protocolConfiguration": {"mcp": {"supportedVersions": ["2025-06-18"], "searchType": "SEMANTIC"}},
        "exceptionLevel": "DEBUG", "tags": [{"key": "team", "value": "pay"}],
    });
    let desired = DesiredGateway::of(&object(spec, json!({})), &identity());
    let name = desired.name.clone();
    assert!(name.starts_with("refunds-"), "{name}");
    assert_eq!(
        Value::Object(desired.creation()),
        json!({
            "name": name, "description": "d", "roleArn": ROLE, "protocolType": "MCP", "authorizerType": "CUSTOM_JWT",
            "authorizerConfiguration": {"customJWTAuthorizer": {"discoveryUrl": "https://i/.well-known/openid-configuration", "allowedClients": ["a"]}},
            "protocolConfiguration": {"mcp": {"supportedVersions": ["2025-06-18"], "searchType": "SEMANTIC"}},
            "exceptionLevel": "DEBUG",
            "tags": {"team": "pay", "agentcore.dev/cluster": "c", "agentcore.dev/object": "n/refunds", "agentcore.dev/uid": "u"},
        })
    );
}

#[test]
fn what_a_gateway_has_beside_its_spec_is_no_difference_and_goes_back_as_it_came() {
    let more = json!({
        "policyEngineConfiguration": {"arn": "engine", "mode": "ENFORCE"}, "interceptorConfigurations": [{"a": 1}],
        "domainOverride": {"default": {"x": "y"}}, "tomorrow": {"deep": [1, 2]}, "kmsKeyArn": "key",
        "protocolConfiguration": {"mcp": {"instructions": "theirs", "later": true}},
    });
    let gateway = observed(READY, more.clone());
    let calm = object(json!({}), json!({}));
    assert_eq!(fields(&calm, &gateway), [""; 0]);

    let edited = object(
        json!({"description": "new", "protocolConfiguration": {"mcp": {"instructions": "ours"}}}),
        json!({}),
    );
    assert_eq!(
        fields(&edited, &gateway),
        ["description", "protocolConfiguration.mcp.instructions"]
    );
    let sent = DesiredGateway::of(&edited, &identity()).replacement(&gateway.members);
    let mut expected = more;
    expected["protocolConfiguration"]["mcp"]["instructions"] = json!("ours");
    for (name, value) in [
        ("name", "refunds"),
        ("description", "new"),
        ("roleArn", ROLE),
        ("protocolType", "MCP"),
        ("authorizerType", "AWS_IAM"),
    ] {
        expected[name] = json!(value);
    }
    assert_eq!(Value::Object(sent), expected);
}

#[test]
fn what_is_left_out_of_the_spec_is_taken_off_if_this_object_has_set_it() {
    let more = json!({
        "description": "theirs", "exceptionLevel": "DEBUG",
        "authorizerConfiguration": {"customJWTAuthorizer": {"discoveryUrl": "u", "customClaims": [1]}},
        "protocolConfiguration": {"mcp": {"instructions": "ours before", "searchType": "SEMANTIC"}},
    });
    let gateway = observed(READY, more);
    let before = json!({"appliedFields": [
        "authorizerConfiguration.customJWTAuthorizer.customClaims", "authorizerConfiguration.customJWTAuthorizer.discoveryUrl",
        "protocolConfiguration.mcp.instructions"
    ]});
    let object = object(json!({}), before);
    let sent = DesiredGateway::of(&object, &identity()).replacement(&gateway.members);
    assert_eq!(
        Value::Object(sent.clone()),
        json!({
            "name": "refunds", "roleArn": ROLE, "protocolType": "MCP", "authorizerType": "AWS_IAM",
            "protocolConfiguration": {"mcp": {"searchType": "SEMANTIC"}},
        })
    );
    let fields = |members| {
        seen(
            &object,
            &ObservedGateway {
                members,
                ..gateway.clone()
            },
            |view| {
                GatewayKind::status(
                    view,
                    Mirror {
                        status: Some("READY".into()),
                        ..Mirror::default()
                    },
                )["appliedFields"]
                    .clone()
            },
        )
    };
    // Until they are seen to be off, they are known to have been set.
    assert_eq!(fields(gateway.members.clone()).as_array().unwrap().len(), 6);
    assert_eq!(fields(sent), json!(["authorizerType", "protocolType", "roleArn"]));
}

#[test]
fn tags_tell_whose_a_gateway_is_and_are_put_back() {
    let mut gateway = observed(READY, json!({}));
    let mine = object(json!({}), json!({}));
    assert_eq!(look(&mine, &gateway).owner, Owner::Mine);
    gateway.tags = Tags::from([
        (MARK_CLUSTER.into(), "c".into()),
        (MARK_OBJECT.into(), "n/other".into()),
    ]);
    let adopting = object(json!({"adoptionPolicy": "IfUnowned"}), json!({}));
    assert_eq!(look(&adopting, &gateway).owner, Owner::Foreign);
    gateway.tags = Tags::new();
    assert_eq!(look(&mine, &gateway).owner, Owner::Foreign);
    assert_eq!(look(&adopting, &gateway).owner, Owner::Adoptable);
    let known = object(json!({}), json!({"gatewayId": ID}));
    assert_eq!(look(&known, &gateway).owner, Owner::Mine);
    assert_eq!(fields(&known, &gateway), ["tags"]);
    assert!(!seen(&known, &gateway, |view| gateway
        .is_replaced(view.desired.unwrap())));
}

#[test]
fn only_a_gateway_that_has_never_been_ready_is_made_anew_when_it_has_failed() {
    let gateway = observed(FAILED, json!({}));
    let phase = |object: &Gateway| look(object, &gateway).phase;
    assert_eq!(
        phase(&object(json!({}), json!({"gatewayId": ID}))),
        Phase::CreateFailed
    );
    let was_ready = json!({"gatewayId": ID, "gatewayUrl": "https://url/mcp"});
    assert_eq!(phase(&object(json!({}), was_ready.clone())), Phase::UpdateFailed);
    let another = json!({"gatewayId": "other-abcdef0123", "gatewayUrl": "https://url/mcp"});
    assert_eq!(phase(&object(json!({}), another)), Phase::CreateFailed);
    assert_eq!(
        phase(&object(
            json!({"adoptionPolicy": "IfUnowned"}),
            json!({"gatewayId": ID})
        )),
        Phase::UpdateFailed
    );
    let mut deleted = object(json!({}), was_ready);
    deleted.metadata.deletion_timestamp = serde_json::from_value(json!("2026-01-01T00:00:00Z")).unwrap();
    assert_eq!(phase(&deleted), Phase::DeleteFailed);
}

#[test]
fn the_url_is_told_once_the_gateway_is_ready_and_the_attached_engine_as_it_is() {
    let told = |object: &Gateway, observed: &ObservedGateway| {
        let mirror = Mirror {
            status: Some(observed.resource.word().to_owned()),
            ..Mirror::default()
        };
        let status = seen(object, observed, |view| GatewayKind::status(view, mirror));
        (
            status["gatewayUrl"].clone(),
            status["policyEngineConfiguration"]["mode"].clone(),
        )
    };
    let attached = json!({"policyEngineConfiguration": {"arn": "engine", "mode": "LOG_ONLY"}});
    let new = object(json!({}), json!({}));
    assert_eq!(
        told(&new, &observed(CREATING, json!({}))),
        (Value::Null, Value::Null)
    );
    assert_eq!(
        told(&new, &observed(READY, attached)),
        (json!("https://url/mcp"), json!("LOG_ONLY"))
    );
    let before = object(
        json!({}),
        json!({"gatewayId": ID, "gatewayUrl": "https://url/mcp", "policyEngineConfiguration": {"arn": "e", "mode": "ENFORCE"}}),
    );
    assert_eq!(
        told(&before, &observed(UPDATING, json!({}))),
        (json!("https://url/mcp"), Value::Null)
    );
    let replaced = object(
        json!({}),
        json!({"gatewayId": "other-abcdef0123", "gatewayUrl": "https://other/mcp"}),
    );
    assert_eq!(told(&replaced, &observed(CREATING, json!({}))).0, Value::Null);
}

#[test]
fn a_refusal_of_what_this_version_does_not_know_is_not_blamed_on_the_spec() {
    let fault = |operation| Fault {
        class: FaultClass::Invalid,
        operation,
        code: "ValidationException".into(),
        message: "no".into(),
    };
    let object = object(json!({}), json!({}));
    let refusal = |more: Value, operation| {
        seen(&object, &observed(READY, more), |view| {
            GatewayKind::invalid(view, &fault(operation))
        })
    };
    assert_eq!(
        refusal(json!({"domainOverride": {}, "webAclArn": "w"}), "UpdateGateway"),
        None
    );
    assert_eq!(refusal(json!({"tomorrow": 1}), "TagResource"), None);
    let told = refusal(
        json!({"tomorrow": 1, "later": {}, "nothing": null}),
        "UpdateGateway",
    )
    .unwrap();
    assert_eq!(told.reason, Reason::UnsupportedGatewayFields);
    assert!(told.message.contains("(later, tomorrow)"), "{}", told.message);
}

#[test]
fn a_gateway_with_targets_waits_for_them_to_go() {
    let mut gateway = observed(READY, json!({}));
    let object = object(json!({}), json!({}));
    let hindrance =
        |gateway: &ObservedGateway| seen(&object, gateway, |view| GatewayKind::hindrance(view, true));
    assert_eq!(hindrance(&gateway), Hindrance::Nothing);
    let remnant = |name: &str| Remnant {
        id: format!("id-{name}"),
        name: name.into(),
    };
    gateway.targets = vec![remnant("b"), remnant("a")];
    assert_eq!(
        hindrance(&gateway).text(),
        Some("the gateway is deleted when these are gone: AWS target a, AWS target b")
    );
    // What another namespace has made is not named, whether it may still refer to the gateway or not.
    let other = |id: Option<&str>, consented| OtherTarget {
        id: id.map(str::to_owned),
        consented,
    };
    for (others, said) in [
        (
            vec![other(Some("id-a"), false)],
            "AWS target b, and 1 GatewayTarget of another namespace",
        ),
        (
            vec![other(None, false), other(Some("id-z"), false)],
            "AWS target a, AWS target b",
        ),
        (vec![other(None, true)], "1 GatewayTarget of another namespace"),
        (
            vec![other(Some("id-a"), false), other(Some("id-b"), true)],
            "2 GatewayTargets of other namespaces",
        ),
    ] {
        let references = GatewayReferences {
            others,
            ..GatewayReferences::default()
        };
        let told = seen(&object, &gateway, |view| {
            GatewayKind::hindrance(
                &View {
                    references: &references,
                    ..*view
                },
                true,
            )
        });
        let said = format!("the gateway is deleted when these are gone: {said}");
        assert_eq!(told.text(), Some(said.as_str()));
    }
}

#[test]
fn what_is_known_of_a_gateway_is_what_the_model_of_the_service_says() {
    let model = include_str!("../../../backend/wire/service-model.json");
    let model: Value = serde_json::from_str(model).unwrap();
    let members = |shape: &str| -> Vec<String> {
        let members = model["shapes"][shape]["members"].as_object().unwrap();
        let mut names: Vec<String> = members.keys().cloned().collect();
        names.sort();
        names
    };
    let mut taken: Vec<&str> = TAKEN.into_iter().chain(["gatewayIdentifier"]).collect();
    taken.sort_unstable();
    assert_eq!(taken, members("UpdateGatewayRequest"));
    let mut shown: Vec<&str> = TAKEN.into_iter().chain(SHOWN).collect();
    shown.sort_unstable();
    assert_eq!(shown, members("GetGatewayResponse"));
}
