//! What a target should be, what it is, and what is sent.

#![expect(
    clippy::needless_pass_by_value,
    reason = "members are written where they are used"
)]

mod removal;

use super::*;
use crate::operator::decide::{Claim, Owner, Phase, Reference, Resource};
use serde_json::{Value, json};

const READY: (&str, Lifecycle) = ("READY", Lifecycle::Active);
const FAILED: (&str, Lifecycle) = ("FAILED", Lifecycle::CreateFailed);
const ID: &str = "ABCDEF0123";
const GATEWAY: &str = "refunds-abcdef0123";

fn identity() -> Identity {
    Identity {
        cluster_id: "c".into(),
        namespace: "n".into(),
        name: "tool".into(),
        uid: "u".into(),
    }
}

fn lambda(tools: Value) -> Value {
    json!({"mcp": {"lambda": {"lambdaArn": "arn", "toolSchema": {"inlinePayload": tools}}}})
}

fn tool(schema: Value) -> Value {
    json!([{"name": "refund", "description": "d", "inputSchema": schema}])
}

/// A target object with these members in its spec and this status.
fn object(name: &str, spec: Value, status: Value) -> GatewayTarget {
    let mut whole = json!({"gatewayRef": {"name": "refunds"}, "targetConfiguration": lambda(tool(json!({"type": "object"})))});
    for (name, value) in spec.as_object().unwrap() {
        whole[name] = value.clone();
    }
    let object = json!({
        "apiVersion": "agentcore.dev/v1alpha1", "kind": "GatewayTarget",
        "metadata": {"name": name, "namespace": "n", "uid": "u"}, "spec": whole, "status": status,
    });
    serde_json::from_value(object).unwrap()
}

fn owned() -> TargetReferences {
    TargetReferences {
        gateway: Reference {
            id: Some(GATEWAY.into()),
            owned: true,
            ..Reference::default()
        },
        ..TargetReferences::default()
    }
}

fn foreign() -> TargetReferences {
    TargetReferences {
        gateway: Reference::by_id(GATEWAY),
        ..TargetReferences::default()
    }
}

fn desired(object: &GatewayTarget) -> DesiredTarget {
    let desire = TargetKind::desire(object, &owned(), &identity());
    desire.desired().cloned().expect("a spec that can be sent")
}

/// What AWS has, with this configuration and more members.
fn observed((word, status): (&str, Lifecycle), configuration: Value, more: Value) -> ObservedTarget {
    let mut members = json!({
        "gatewayArn": "arn", "targetId": ID, "name": "tool", "status": word, "createdAt": "t", "updatedAt": "t",
        "targetConfiguration": configuration, "credentialProviderConfigurations": [], "protocolType": "MCP",
    });
    for (name, value) in more.as_object().unwrap() {
        members[name] = value.clone();
    }
    ObservedTarget {
        resource: Resource {
            id: ID.into(),
            arn: String::new(),
            name: "tool".into(),
            status,
            word: Some(word.into()),
            status_reasons: Vec::new(),
            description: None,
            created_at: "t".into(),
            updated_at: "t".into(),
        },
        gateway_id: GATEWAY.into(),
        members: serde_json::from_value(members).unwrap(),
        marked: false,
    }
}

fn look(
    object: &GatewayTarget,
    references: &TargetReferences,
    observed: &ObservedTarget,
    held: bool,
) -> Look {
    let (identity, desired) = (identity(), desired(object));
    TargetKind::look(&View {
        object,
        references,
        identity: &identity,
        held,
        desired: Some(&desired),
        observed: Some(observed),
        applied: false,
        superseded: false,
        created: None,
    })
    .unwrap()
}

#[test]
fn what_is_sent_holds_what_others_have_set_and_the_wanted_arm_alone() {
    let there = json!({"mcp": {"mcpServer": {"endpoint": "https://e"}}});
    let more = json!({
        "privateEndpoint": {"x": 1}, "metadataConfiguration": {"y": 2}, "tomorrow": true, "description": "theirs",
        "lastSynchronizedAt": "t", "authorizationData": {},
    });
    let target = observed(READY, there, more);
    let object = object("tool", json!({}), json!({}));
    let sent = desired(&object).replacement(&target.members);
    assert_eq!(
        Value::Object(sent.clone()),
        json!({
            "name": "tool", "privateEndpoint": {"x": 1}, "metadataConfiguration": {"y": 2}, "tomorrow": true,
            "targetConfiguration": lambda(tool(json!({"type": "object"}))),
        })
    );
    assert_eq!(desired(&object).wanted.differences(&sent), vec![]);
}

#[test]
fn a_tool_that_is_another_in_anything_is_a_difference() {
    let object = object("tool", json!({}), json!({}));
    let fields = |schema: Value| {
        let there = observed(READY, lambda(tool(schema)), json!({}));
        let differences = look(&object, &owned(), &there, true).differences;
        differences
            .into_iter()
            .map(|d| d.field.into_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        fields(json!({"type": "object", "properties": null, "required": []})),
        [""; 0]
    );
    let path = "targetConfiguration.mcp.lambda.toolSchema.inlinePayload";
    assert_eq!(fields(json!({"type": "object", "required": ["x"]})), [path]);
    assert_eq!(
        fields(json!({"type": "object", "properties": {"x": {"type": "string"}}})),
        [path]
    );
}

#[test]
fn a_target_is_the_object_s_if_its_gateway_is_and_otherwise_only_by_proof_or_consent() {
    let target = observed(READY, lambda(tool(json!({"type": "object"}))), json!({}));
    let owner = |object: &GatewayTarget, references: &TargetReferences, held| {
        look(object, references, &target, held).owner
    };
    let plain = object("tool", json!({}), json!({}));
    assert_eq!(owner(&plain, &owned(), true), Owner::Mine);
    assert_eq!(owner(&plain, &owned(), false), Owner::Mine);
    assert_eq!(owner(&plain, &foreign(), false), Owner::Foreign);
    assert_eq!(owner(&plain, &foreign(), true), Owner::Unproven);
    let known = object("tool", json!({}), json!({"targetId": ID, "gatewayId": GATEWAY}));
    assert_eq!(owner(&known, &foreign(), true), Owner::Mine);
    assert_eq!(owner(&known, &foreign(), false), Owner::Foreign);
    let moved = object(
        "tool",
        json!({}),
        json!({"targetId": ID, "gatewayId": "other-abcdef0123"}),
    );
    assert_eq!(owner(&moved, &foreign(), true), Owner::Unproven);
    let adopting = object("tool", json!({"adoptionPolicy": "IfUnowned"}), json!({}));
    assert_eq!(owner(&adopting, &foreign(), false), Owner::Mine);
    let claimed = |older| TargetReferences {
        claims: vec![Claim {
            id: ID.into(),
            older,
            place: ("m".into(), "tool".into()),
            ..Claim::default()
        }],
        ..owned()
    };
    // A status that names what the spec does not lead to claims nothing.
    let mut forged = claimed(true);
    forged.claims[0].given = Some("other".into());
    assert_eq!(owner(&plain, &forged, true), Owner::Mine);
    forged.claims[0].adopts = Some(ID.into());
    assert_eq!(owner(&plain, &forged, true), Owner::Foreign);
    assert_eq!(owner(&adopting, &claimed(false), true), Owner::Foreign);
    assert_eq!(owner(&known, &claimed(false), true), Owner::Mine);
    assert_eq!(owner(&known, &claimed(true), true), Owner::Foreign);
}

#[test]
fn only_a_target_that_has_never_been_ready_is_made_anew_when_it_has_failed() {
    let target = observed(FAILED, lambda(json!([])), json!({}));
    let phase = |status: Value| look(&object("tool", json!({}), status), &owned(), &target, true).phase;
    assert_eq!(phase(json!({})), Phase::CreateFailed);
    assert_eq!(
        phase(json!({"targetId": ID, "gatewayId": GATEWAY})),
        Phase::CreateFailed
    );
    assert_eq!(
        phase(json!({"targetId": ID, "gatewayId": GATEWAY, "targetName": "tool"})),
        Phase::UpdateFailed
    );
}

#[test]
fn what_cannot_be_sent_is_refused_with_its_place() {
    let refused = |object: &GatewayTarget| {
        let desire = TargetKind::desire(object, &owned(), &identity());
        let Desire::Refused(refusal) = desire else {
            panic!("{desire:?}");
        };
        refusal.message
    };
    for name in ["a.b", "a--b"] {
        let said = refused(&object(name, json!({}), json!({})));
        assert!(
            said.starts_with(&format!("'{name}' is no name of a target")),
            "{said}"
        );
        desired(&object(name, json!({"name": "fine"}), json!({})));
    }
    let deep = json!({"type": "object", "properties": {"list": {"type": "array", "items": {"type": "string", "enum": ["a"]}}}});
    let said = refused(&object(
        "tool",
        json!({"targetConfiguration": lambda(tool(deep))}),
        json!({}),
    ));
    let place = "spec.targetConfiguration.mcp.lambda.toolSchema.inlinePayload[0].inputSchema.properties.list.items.enum ";
    assert!(said.starts_with(place), "{said}");
    // A property may have any name.
    let named =
        json!({"type": "object", "properties": {"enum": {"type": "string"}, "format": {"type": "string"}}});
    desired(&object(
        "tool",
        json!({"targetConfiguration": lambda(tool(named))}),
        json!({}),
    ));
}

#[test]
fn a_target_waits_for_its_gateway_and_is_compared_with_what_is_where_it_was_last_seen() {
    let waiting = TargetReferences {
        gateway: Reference {
            obstacle: Some("Gateway refunds is not READY yet".into()),
            ..Reference::default()
        },
        ..TargetReferences::default()
    };
    let desire = |status| TargetKind::desire(&object("tool", json!({}), status), &waiting, &identity());
    assert!(matches!(desire(json!({})), Desire::Waiting(None, text) if text.contains("not READY")));
    let known = desire(json!({"gatewayId": GATEWAY}));
    assert!(matches!(known, Desire::Waiting(Some(desired), _) if desired.gateway_id == GATEWAY));
}

#[test]
fn a_target_is_made_when_an_attachment_of_its_gateway_is_attached_or_none_is_there() {
    let guard = |stage, name: Option<&str>| Guard {
        stage,
        name: name.map(str::to_owned),
    };
    let desire = |guards: &[Guard]| {
        let references = TargetReferences {
            guards: guards.to_vec(),
            ..owned()
        };
        TargetKind::desire(&object("tool", json!({}), json!({})), &references, &identity())
    };
    let waits = |guards: &[Guard]| {
        let Desire::Unguarded(desired, text) = desire(guards) else {
            panic!("{guards:?}")
        };
        assert_eq!(desired.gateway_id, GATEWAY, "what is there is kept");
        text
    };
    let attached = guard(Stage::Attached, Some("z"));
    let coming = guard(Stage::Coming, Some("refunds"));
    for free in [
        &[][..],
        std::slice::from_ref(&attached),
        &[coming.clone(), attached.clone()],
        &[guard(Stage::Coming, None), guard(Stage::Attached, None)],
    ] {
        assert!(matches!(desire(free), Desire::Known(_)), "{free:?}");
    }
    assert_eq!(
        waits(&[
            guard(Stage::Coming, None),
            coming.clone(),
            guard(Stage::Coming, Some("s"))
        ]),
        "the target is made when its gateway has its policy engine, for until then every call would go through; \
         PolicyEngineAttachment refunds has not attached it yet: see its conditions"
    );
    let text = waits(&[guard(Stage::Suspended, Some("a")), coming]);
    assert!(
        text.contains("refunds has not attached it yet"),
        "who goes on by itself first: {text}"
    );
    let text = waits(&[guard(Stage::Suspended, Some("a"))]);
    assert!(
        text.ends_with("a is suspended and has not attached it: set its spec.suspend to false, or delete it"),
        "{text}"
    );
    let text = waits(&[guard(Stage::Observing, Some("a"))]);
    assert!(
        text.contains("a only observes") && text.contains("attach it in AWS"),
        "{text}"
    );
    let text = waits(&[guard(Stage::Coming, None)]);
    assert!(
        text.contains("a PolicyEngineAttachment of another namespace has not"),
        "{text}"
    );
    // What it refers to comes first.
    let references = TargetReferences {
        gateway: Reference {
            obstacle: Some("Gateway refunds is not READY yet".into()),
            ..owned().gateway
        },
        claims: Vec::new(),
        guards: vec![guard(Stage::Coming, Some("a"))],
    };
    let desire = TargetKind::desire(&object("tool", json!({}), json!({})), &references, &identity());
    assert!(matches!(desire, Desire::Waiting(Some(_), text) if text.contains("not READY")));
}

#[test]
fn a_target_waits_in_the_rooms_of_its_gateway_by_whichever_name_an_attachment_has_for_it() {
    let rooms = |spec| TargetKind::rooms(&object("tool", spec, json!({})), &owned());
    let by_id = format!("attached to {GATEWAY}");
    assert_eq!(rooms(json!({})), ["attached to n/refunds", &by_id]);
    assert_eq!(
        rooms(json!({"gatewayRef": {"name": "refunds", "namespace": "m"}})),
        ["attached to m/refunds", &by_id]
    );
    assert_eq!(
        rooms(json!({"gatewayRef": null, "gatewayId": GATEWAY})),
        [by_id.as_str()]
    );
}

#[test]
fn what_is_known_of_a_target_is_what_the_model_of_the_service_says() {
    let model = include_str!("../../../backend/wire/service-model.json");
    let model: Value = serde_json::from_str(model).unwrap();
    let members = |shape: &str| {
        let members = model["shapes"][shape]["members"].as_object().unwrap();
        members
            .keys()
            .cloned()
            .collect::<std::collections::BTreeSet<String>>()
    };
    let taken = members("UpdateGatewayTargetRequest");
    let shown: std::collections::BTreeSet<String> = members("GetGatewayTargetResponse")
        .into_iter()
        .filter(|member| !taken.contains(member) || member == "targetId")
        .collect();
    assert_eq!(shown, SHOWN.map(str::to_owned).into());
}
