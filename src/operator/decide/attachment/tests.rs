//! Whose an attachment is, what follows from that in every case, and what is sent.

mod removal;

use super::*;
use crate::api::{AttachedEngine, Timestamp};
use crate::model::{FaultClass, Lifecycle};
use crate::operator::decide::{
    Claim, Found, Members, Memory, Owner, Pace, Plan, Reference, Refuse, Resource, Rest, Sight, Subject,
    Wait, plan,
};
use serde_json::{Value, json};

const GATEWAY: &str = "refunds-abcdef0123";
const OURS: &str = "arn:aws:bedrock-agentcore:us-east-1:123456789012:policy-engine/ours-abcdef0123";
const BEFORE: &str = "arn:aws:bedrock-agentcore:us-east-1:123456789012:policy-engine/before-abcdef0123";
const THEIRS: &str = "arn:aws:bedrock-agentcore:us-east-1:123456789012:policy-engine/theirs-abcdef0123";

fn identity() -> Identity {
    Identity {
        cluster_id: "c".into(),
        namespace: "n".into(),
        name: "a".into(),
        uid: "u".into(),
    }
}

/// An attachment that enforces, with this status.
fn object(status: &Value, deleting: bool) -> PolicyEngineAttachment {
    let mut object = json!({
        "apiVersion": "agentcore.dev/v1alpha1", "kind": "PolicyEngineAttachment",
        "metadata": {"name": "a", "namespace": "n", "uid": "u", "generation": 1},
        "spec": {"policyEngineRef": {"name": "e"}, "gatewayRef": {"name": "g"}, "mode": "ENFORCE"},
        "status": status,
    });
    if deleting {
        object["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    }
    serde_json::from_value(object).unwrap()
}

fn references(claims: &[Claim]) -> AttachmentReferences {
    AttachmentReferences {
        engine: Reference {
            id: Some("ours-abcdef0123".into()),
            arn: Some(OURS.into()),
            ..Reference::default()
        },
        gateway: Reference::by_id(GATEWAY),
        claims: claims.to_vec(),
        ..AttachmentReferences::default()
    }
}

fn engine(arn: &str, mode: &str) -> AttachedEngine {
    AttachedEngine {
        arn: arn.into(),
        mode: mode.into(),
    }
}

fn members(engine: Option<&AttachedEngine>) -> Members {
    let mut members = json!({
        "gatewayId": GATEWAY, "gatewayArn": "arn", "gatewayUrl": "u", "status": "READY", "createdAt": "t", "updatedAt": "t",
        "name": "refunds", "roleArn": "r", "authorizerType": "AWS_IAM", "tomorrow": {"x": [1]}, "description": null,
    });
    if let Some(engine) = engine {
        members[MEMBER] = json!(engine);
    }
    serde_json::from_value(members).unwrap()
}

fn observed(status: &Lifecycle, engine: Option<&AttachedEngine>) -> ObservedAttachment {
    let gateway = Resource {
        id: GATEWAY.into(),
        arn: "arn".into(),
        name: "refunds".into(),
        status: status.clone(),
        word: Some("WORD".into()),
        status_reasons: Vec::new(),
        description: None,
        created_at: "t".into(),
        updated_at: "t".into(),
    };
    ObservedAttachment::of(&gateway, &members(engine))
}

/// All that tells whose an attachment is, and how far it is.
#[derive(Clone, Debug)]
struct Case {
    status: Lifecycle,
    engine: Option<AttachedEngine>,
    claims: Vec<Claim>,
    /// What the object's status says it has attached, and where.
    known: Value,
    held: bool,
    deleting: bool,
}

fn cases() -> Vec<Case> {
    let mut all = Vec::new();
    let engines = [
        None,
        Some(engine(OURS, "ENFORCE")),
        Some(engine(OURS, "LOG_ONLY")),
        Some(engine(BEFORE, "ENFORCE")),
        Some(engine(THEIRS, "ENFORCE")),
    ];
    let claim = |id: &str, older| Claim {
        id: id.into(),
        older,
        ..Claim::default()
    };
    let claims = [
        vec![],
        vec![claim(GATEWAY, false)],
        vec![claim(GATEWAY, true)],
        vec![claim("other-abcdef0123", true)],
    ];
    let knowns = [
        json!({}),
        json!({"gatewayId": GATEWAY, "policyEngineArn": OURS}),
        json!({"gatewayId": GATEWAY, "policyEngineArn": BEFORE}),
        json!({"gatewayId": "other-abcdef0123", "policyEngineArn": OURS}),
    ];
    let statuses = [
        Lifecycle::Active,
        Lifecycle::Updating,
        Lifecycle::UpdateFailed,
        Lifecycle::CreateFailed,
    ];
    for status in &statuses {
        for engine in &engines {
            for claims in &claims {
                for known in &knowns {
                    for (held, deleting) in [(false, false), (true, false), (true, true)] {
                        all.push(Case {
                            status: status.clone(),
                            engine: engine.clone(),
                            claims: claims.clone(),
                            known: known.clone(),
                            held,
                            deleting,
                        });
                    }
                }
            }
        }
    }
    all
}

/// Whose the gateway's engine is and what is planned, by the functions that a pass goes by.
fn thought(case: &Case) -> (Option<Owner>, Plan) {
    let object = object(&case.known, case.deleting);
    let references = references(&case.claims);
    let found = Found::There(observed(&case.status, case.engine.as_ref()));
    judged(&object, &references, found, case.held)
}

/// The same of an object with these references, given what was found.
fn judged(
    object: &PolicyEngineAttachment,
    references: &AttachmentReferences,
    found: Found<ObservedAttachment>,
    held: bool,
) -> (Option<Owner>, Plan) {
    let deleting = object.metadata.deletion_timestamp.is_some();
    let subject = Subject {
        identity: identity(),
        generation: 1,
        deleting,
        kind_removed: false,
        held,
        management: AttachmentKind::management(object),
        requests: Vec::new(),
        asked: None,
        spec_json: Value::Null,
        mirror: AttachmentKind::mirror(object),
    };
    let desire = AttachmentKind::desire(object, references, &subject.identity);
    let found = Ok(found);
    let now = Timestamp::UNIX_EPOCH;
    let memory = Memory::new(now, false);
    let pace = Pace {
        now,
        date: now,
        resync: None,
        deleting,
        beside: None,
    };
    let sight = Sight::<AttachmentKind>::new(&subject, object, references, &desire, &found, &memory, pace);
    (sight.look.as_ref().map(|look| look.owner), plan(sight.facts))
}

#[test]
fn what_another_has_attached_is_never_touched_whatever_else_is() {
    for case in cases() {
        let (owner, plan) = thought(&case);
        let claims = case.known["gatewayId"] == GATEWAY && case.held;
        let rival = case
            .claims
            .iter()
            .any(|claim| claim.id == GATEWAY && (claim.older || !claims));
        let own = case.engine.as_ref().is_none_or(|engine| {
            engine.arn == OURS || case.held && case.known["policyEngineArn"] == engine.arn.as_str()
        });
        let foreign = rival || !own;
        assert_eq!(owner == Some(Owner::Foreign), foreign, "{case:?}");
        let left = if case.deleting {
            Plan::Release
        } else {
            Plan::Refuse(Refuse::Conflict)
        };
        if foreign {
            assert_eq!(plan, left, "{case:?}");
        } else {
            assert_ne!(plan, Plan::Refuse(Refuse::Conflict), "{case:?}");
        }
    }
}

#[test]
fn a_plan_follows_from_what_the_gateway_asks_and_how_far_it_is() {
    for case in cases() {
        let (owner, plan) = thought(&case);
        if owner == Some(Owner::Foreign) {
            continue;
        }
        let as_wanted = case.engine == Some(engine(OURS, "ENFORCE"));
        let at_work = case.status == Lifecycle::Updating;
        let failed = !at_work && case.status != Lifecycle::Active;
        let wanted = match (case.deleting, case.held) {
            (_, true) if at_work => Plan::Wait(Wait::InFlight),
            // Nothing of this object's is there any more.
            (true, _) if case.engine.is_none() => Plan::Release,
            (true, _) => Plan::Delete,
            (false, false) => Plan::Hold,
            (false, true) if failed => Plan::Update,
            (false, true) if as_wanted => Plan::Rest(Rest::InSync),
            (false, true) if case.engine.is_none() => Plan::Create,
            (false, true) => Plan::Update,
        };
        assert_eq!(plan, wanted, "{case:?}");
    }
}

#[test]
fn one_member_is_changed_and_all_others_go_back_as_they_came() {
    let desired = DesiredAttachment {
        gateway_id: GATEWAY.into(),
        engine: engine(OURS, "ENFORCE"),
    };
    let others =
        json!({"name": "refunds", "roleArn": "r", "authorizerType": "AWS_IAM", "tomorrow": {"x": [1]}});
    let with = |engine: Value| {
        let mut all = others.clone();
        all[MEMBER] = engine;
        all
    };
    let log_only = engine(OURS, "LOG_ONLY");
    let theirs = engine(THEIRS, "ENFORCE");
    for before in [None, Some(&log_only), Some(&desired.engine)] {
        let sent = desired.over(before, &members(before)).unwrap();
        assert_eq!(Value::Object(sent), with(json!(desired.engine)), "{before:?}");
        // The write before was carried out, and its answer lost.
        desired.over(before, &members(Some(&desired.engine))).unwrap();
        // Somebody was there since the look.
        assert_eq!(desired.over(before, &members(Some(&theirs))), None);
    }
    assert_eq!(desired.over(None, &members(Some(&log_only))), None);
    // Nor is what this version does not know of the member itself.
    let mut found = members(Some(&log_only));
    found[MEMBER]["tomorrow"] = json!({"y": 2});
    let sent = desired.over(Some(&log_only), &found).unwrap();
    assert_eq!(
        sent[MEMBER],
        json!({"arn": OURS, "mode": "ENFORCE", "tomorrow": {"y": 2}})
    );
    assert_eq!(desired.over(Some(&log_only), &members(None)), None);

    let there = observed(&Lifecycle::Active, Some(&log_only));
    for now in [&log_only, &desired.engine] {
        let sent = there.without(&members(Some(now))).unwrap();
        assert_eq!(Value::Object(sent), others);
    }
    assert_eq!(
        there.without(&members(Some(&theirs))),
        None,
        "it is another's by now"
    );
    assert_eq!(there.without(&members(None)), None, "it is off");
}

fn view<'a>(
    object: &'a PolicyEngineAttachment,
    references: &'a AttachmentReferences,
    identity: &'a Identity,
    observed: &'a ObservedAttachment,
) -> View<'a, AttachmentKind> {
    View {
        object,
        references,
        identity,
        held: true,
        desired: None,
        observed: Some(observed),
        applied: false,
        superseded: false,
        created: None,
    }
}

#[test]
fn calls_that_are_denied_are_told_when_an_engine_begins_to_be_enforced() {
    let (references, identity) = (references(&[]), identity());
    let told = |before: Value, engine: Option<&AttachedEngine>, in_force| {
        let object = object(&before, false);
        let there = ObservedAttachment {
            in_force,
            ..observed(&Lifecycle::Active, engine)
        };
        AttachmentKind::caution(&view(&object, &references, &identity, &there)).is_some()
    };
    let (enforce, log_only) = (engine(OURS, "ENFORCE"), engine(OURS, "LOG_ONLY"));
    for before in [json!({}), json!({"mode": "LOG_ONLY"})] {
        for (in_force, is_told) in [
            (AnyInForce::No, true),
            (AnyInForce::NotSeen, true),
            (AnyInForce::Yes, false),
            (AnyInForce::NotAsked, false),
        ] {
            assert_eq!(
                told(before.clone(), Some(&enforce), in_force),
                is_told,
                "{in_force:?}"
            );
        }
        assert!(!told(before.clone(), Some(&log_only), AnyInForce::No));
        assert!(!told(before, None, AnyInForce::No));
    }
    assert!(!told(json!({"mode": "ENFORCE"}), Some(&enforce), AnyInForce::No));
}

#[test]
fn a_gateway_whose_members_aws_does_not_take_back_is_told_of_with_those_that_are_not_known() {
    let (references, identity, object) = (references(&[]), identity(), object(&json!({}), false));
    let there = observed(&Lifecycle::Active, None);
    let fault = Fault {
        class: FaultClass::Invalid,
        operation: "UpdateGateway",
        code: "ValidationException".into(),
        message: "no".into(),
    };
    let refusal = AttachmentKind::invalid(&view(&object, &references, &identity, &there), &fault).unwrap();
    assert_eq!(refusal.reason, Reason::UnsupportedGatewayFields);
    assert!(refusal.message.contains("(tomorrow)"), "{}", refusal.message);
}

type Part = fn(&mut AttachmentReferences) -> &mut Reference;

#[test]
fn it_waits_for_engine_and_gateway_and_is_barred_without_consent() {
    let object = object(&json!({}), false);
    let desire = |change: &dyn Fn(&mut AttachmentReferences)| {
        let mut references = references(&[]);
        change(&mut references);
        AttachmentKind::desire(&object, &references, &identity())
    };
    assert!(matches!(desire(&|_| ()), Desire::Known(desired) if desired.engine == engine(OURS, "ENFORCE")));
    let away = Reference {
        obstacle: Some("it is away".into()),
        ..Reference::default()
    };
    let barred = Reference::withheld("not yours".into());
    let parts: [Part; 2] = [
        |references| &mut references.engine,
        |references| &mut references.gateway,
    ];
    for of in parts {
        let waiting = desire(&|references| *of(references) = away.clone());
        assert_eq!(waiting, Desire::Waiting(None, "it is away".into()));
        let held = desire(&|references| *of(references) = barred.clone());
        assert_eq!(held, Desire::Barred("not yours".into()));
    }
}
