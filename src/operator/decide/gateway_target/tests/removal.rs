//! What becomes of a target whose object is deleted and has forgotten where it is: it is looked for by all that the spec names,
//! and what may be somebody else's is left alone.

use super::*;
use crate::api::Timestamp;
use crate::operator::decide::{Found, Mark, Memory, Pace, Plan, Refuse, Sight, Subject, Wait, plan};

/// The object, when it is being deleted.
fn deleted(spec: Value, status: Value) -> GatewayTarget {
    let mut object = serde_json::to_value(object("tool", spec, status)).unwrap();
    object["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    serde_json::from_value(object).unwrap()
}

/// One that names its gateway by the AWS id.
fn deleted_by_id(spec: Value, status: Value) -> GatewayTarget {
    let mut object = deleted(spec, status);
    object.spec.gateway_ref = None;
    object.spec.gateway_id = Some(GATEWAY.into());
    object
}

/// What is planned for an object that is held and being deleted, by the functions that a pass goes by.
fn removal(object: &GatewayTarget, references: &TargetReferences, found: Found<ObservedTarget>) -> Plan {
    let subject = Subject {
        identity: identity(),
        generation: 1,
        deleting: true,
        kind_removed: false,
        held: true,
        management: TargetKind::management(object),
        requests: Vec::new(),
        asked: None,
        spec_json: Value::Null,
        mirror: TargetKind::mirror(object),
    };
    let desire = TargetKind::desire(object, references, &subject.identity);
    let now = Timestamp::UNIX_EPOCH;
    let pace = Pace {
        now,
        date: now,
        resync: None,
        deleting: true,
        beside: None,
    };
    let (found, memory) = (Ok(found), Memory::new(now, false));
    let sight = Sight::<TargetKind>::new(&subject, object, references, &desire, &found, &memory, pace);
    plan(sight.facts)
}

fn there() -> ObservedTarget {
    observed(READY, lambda(tool(json!({"type": "object"}))), json!({}))
}

/// A gateway whose object is there and tells no id, or is not there.
fn without_id(absent: bool) -> TargetReferences {
    TargetReferences {
        gateway: Reference {
            absent,
            obstacle: Some("away".into()),
            ..Reference::default()
        },
        ..TargetReferences::default()
    }
}

#[test]
fn nothing_is_sent_for_what_nothing_proves_to_be_the_object_s() {
    let deep = json!({"type": "object", "properties": {"list": {"type": "array", "minimum": 1}}});
    let refused = deleted_by_id(json!({"targetConfiguration": lambda(tool(deep))}), json!({}));
    let told = removal(&refused, &foreign(), Found::There(there()));
    assert_eq!(told, Plan::Refuse(Refuse::Unproven));
    // As little as for what is another by now than the spec says: what is wanted is not made for it.
    let edited = deleted_by_id(json!({"description": "edited"}), json!({}));
    let told = removal(&edited, &foreign(), Found::There(there()));
    assert_eq!(told, Plan::Refuse(Refuse::Unproven));
    let same = deleted_by_id(json!({}), json!({}));
    let told = removal(&same, &foreign(), Found::There(there()));
    assert_eq!(told, Plan::Create, "the same create proves it");
}

#[test]
fn without_an_id_a_target_is_looked_for_by_the_mark_of_its_gateway_s_object() {
    let sought = |object: &GatewayTarget, references: &TargetReferences| {
        let sought = TargetKind::sought(object, references, &identity());
        (sought.parents, sought.mark)
    };
    let marked = |is_last| {
        let tags = [
            ("agentcore.dev/cluster", "c"),
            ("agentcore.dev/object", "n/refunds"),
        ];
        let tags = tags.map(|(key, value)| (key.to_owned(), value.to_owned()));
        Some(Mark {
            tags: tags.into(),
            is_last,
        })
    };
    let lost = deleted(json!({}), json!({}));
    for absent in [false, true] {
        let found = sought(&lost, &without_id(absent));
        assert_eq!(found, (vec![], marked(absent)), "absent: {absent}");
    }
    let known = deleted(json!({}), json!({"gatewayId": GATEWAY}));
    assert_eq!(sought(&known, &without_id(true)).0, [GATEWAY]);
    assert_eq!(sought(&lost, &owned()), (vec![GATEWAY.into()], None));
    // What is not for it to know is not looked for, and nothing is taken for gone.
    let withheld = TargetReferences {
        gateway: Reference::withheld("not yours".into()),
        ..TargetReferences::default()
    };
    assert_eq!(sought(&lost, &withheld), (vec![], None));
    assert_eq!(
        removal(&lost, &withheld, Found::Unlocated),
        Plan::Wait(Wait::Dependency)
    );
    let kept = object("tool", json!({}), json!({}));
    assert_eq!(sought(&kept, &without_id(true)), (vec![], None));
}

#[test]
fn a_target_that_is_found_by_the_mark_of_its_gateway_s_object_is_deleted() {
    let lost = deleted(json!({}), json!({}));
    let found = |marked| Found::There(ObservedTarget { marked, ..there() });
    assert_eq!(removal(&lost, &without_id(true), found(true)), Plan::Delete);
    assert_eq!(
        removal(&lost, &without_id(true), found(false)),
        Plan::Refuse(Refuse::Unproven)
    );
    assert_eq!(removal(&lost, &without_id(true), Found::Absent), Plan::Release);
}

#[test]
fn a_status_counts_only_for_a_gateway_that_the_spec_leads_to() {
    let elsewhere = || TargetReferences {
        gateway: Reference {
            id: Some("elsewhere-abcdef0123".into()),
            ..owned().gateway
        },
        ..TargetReferences::default()
    };
    let known = json!({"targetId": ID, "gatewayId": GATEWAY});
    let found = |marked| Found::There(ObservedTarget { marked, ..there() });
    for spec in [json!({}), json!({"adoptionPolicy": "IfUnowned"})] {
        let object = deleted(spec, known.clone());
        let planned = |references: &TargetReferences, marked| removal(&object, references, found(marked));
        assert_eq!(
            planned(&elsewhere(), false),
            Plan::Refuse(Refuse::Unproven),
            "forged, or no more than forged could be"
        );
        assert_eq!(planned(&elsewhere(), true), Plan::Delete);
        assert_eq!(planned(&foreign(), false), Plan::Delete);
    }
    let sought = TargetKind::sought(&deleted(json!({}), known), &elsewhere(), &identity());
    assert_eq!(sought.parents, [GATEWAY, "elsewhere-abcdef0123"]);
    assert!(sought.mark.is_some(), "the mark tells whether the first is one");
}
