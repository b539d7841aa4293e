//! What becomes of an engine that is attached when the attachment's object is deleted: it is taken off where it is the object's,
//! also when no status tells that any more, and nobody else's is.

use super::*;

/// What the spec names, and nothing of it is known: its objects are there and tell no id, or they are not there.
fn without_ids(absent: bool) -> AttachmentReferences {
    let away = Reference {
        absent,
        obstacle: Some("away".into()),
        ..Reference::default()
    };
    AttachmentReferences {
        engine: away.clone(),
        gateway: away,
        ..AttachmentReferences::default()
    }
}

/// What is planned for an object with this status that is held and being deleted, when the gateway of its spec has this engine.
fn removal(status: &Value, references: &AttachmentReferences, engine: &str, marked: bool) -> Plan {
    let attached = AttachedEngine {
        arn: engine.into(),
        mode: "ENFORCE".into(),
    };
    let found = Found::There(ObservedAttachment {
        marked,
        gateway_marked: true,
        ..observed(&Lifecycle::Active, Some(&attached))
    });
    judged(&object(status, true), references, found, true).1
}

#[test]
fn without_ids_gateway_and_engine_are_looked_for_by_the_marks_of_their_objects() {
    let sought = |status: &Value, deleting, references: &AttachmentReferences| {
        AttachmentKind::sought(&object(status, deleting), references, &identity())
    };
    let tags = |name: &str| mark_of("c", &("n".to_owned(), name.to_owned()));
    for absent in [false, true] {
        let lost = sought(&json!({}), true, &without_ids(absent));
        let mark = lost.mark.unwrap();
        assert_eq!((lost.parents, lost.engine_mark), (vec![], Some(tags("e"))));
        assert_eq!((mark.tags, mark.is_last), (tags("g"), absent));
        let kept = sought(&json!({}), false, &without_ids(absent));
        assert_eq!((kept.parents, kept.mark, kept.engine_mark), (vec![], None, None));
    }
    let known = sought(&json!({"gatewayId": GATEWAY}), true, &without_ids(true));
    assert_eq!(
        (known.parents, known.mark.is_some()),
        (vec![GATEWAY.to_owned()], true)
    );
    // What is not for it to know is not looked for.
    let withheld = AttachmentReferences {
        gateway: Reference::withheld("not yours".into()),
        ..references(&[])
    };
    let withheld = sought(&json!({}), true, &withheld);
    assert_eq!((withheld.parents, withheld.mark), (vec![], None));
}

#[test]
fn an_engine_is_taken_off_by_its_mark_when_no_status_tells_its_arn() {
    let refuse = Plan::Refuse(Refuse::Unproven);
    for (absent, marked, wanted) in [
        (false, true, Plan::Delete),
        (true, true, Plan::Delete),
        // Its object may tell yet.
        (false, false, refuse),
        (true, false, Plan::Release),
    ] {
        let planned = removal(&json!({}), &without_ids(absent), OURS, marked);
        assert_eq!(planned, wanted, "absent: {absent}, marked: {marked}");
    }
    // What is known to be another's is.
    assert_eq!(
        removal(&json!({}), &references(&[]), THEIRS, false),
        Plan::Release
    );
}

#[test]
fn an_object_that_waits_does_not_take_an_engine_for_another_s_before_its_own_is_known() {
    let attached = engine(OURS, "ENFORCE");
    let found = Found::There(observed(&Lifecycle::Active, Some(&attached)));
    let known = json!({"gatewayId": GATEWAY});
    let (owner, plan) = judged(&object(&known, false), &without_ids(false), found, true);
    assert_eq!(
        (owner, plan),
        (Some(Owner::Unproven), Plan::Wait(Wait::Dependency))
    );
}

#[test]
fn a_status_counts_only_for_a_gateway_and_an_engine_that_the_spec_leads_to() {
    let elsewhere = "elsewhere-abcdef0123";
    let spec_elsewhere = || AttachmentReferences {
        gateway: Reference::by_id(elsewhere),
        ..references(&[])
    };
    let attached = engine(THEIRS, "ENFORCE");
    let planned = |status: &Value, references: &AttachmentReferences, gateway_marked| {
        let found = Found::There(ObservedAttachment {
            gateway_marked,
            ..observed(&Lifecycle::Active, Some(&attached))
        });
        judged(&object(status, true), references, found, true).1
    };
    let forged = json!({"gatewayId": GATEWAY, "policyEngineArn": THEIRS});
    let refuse = Plan::Refuse(Refuse::Unproven);
    assert_eq!(planned(&forged, &spec_elsewhere(), false), refuse);
    // The gateway's object stands for another gateway by now.
    assert_eq!(planned(&forged, &spec_elsewhere(), true), Plan::Delete);
    assert_eq!(planned(&forged, &references(&[]), false), Plan::Delete);
    let withheld = AttachmentReferences {
        known_withheld: true,
        ..references(&[])
    };
    assert_eq!(planned(&forged, &withheld, false), refuse);
    let other = json!({"gatewayId": GATEWAY, "policyEngineArn": OURS});
    assert_eq!(planned(&other, &references(&[]), false), Plan::Release);
}

#[test]
fn what_may_not_be_referred_to_any_more_is_taken_off_where_the_status_tells_of_it() {
    let withheld = AttachmentReferences {
        engine: Reference::withheld("not yours".into()),
        known_withheld: true,
        ..references(&[])
    };
    let known = json!({"gatewayId": GATEWAY, "policyEngineArn": OURS});
    assert_eq!(removal(&known, &withheld, OURS, true), Plan::Delete);
    assert_ne!(removal(&json!({}), &withheld, OURS, true), Plan::Delete);
}

#[test]
fn an_engine_that_another_object_wants_there_as_well_stays_attached() {
    let known = json!({"gatewayId": GATEWAY, "policyEngineArn": OURS});
    let heirs = |ids: &[&str], gateway: &str| AttachmentReferences {
        heirs: ids.iter().map(|id| (*id).to_owned()).collect(),
        gateway: Reference::by_id(gateway),
        ..references(&[])
    };
    for (ids, gateway, wanted) in [
        (&["ours-abcdef0123"][..], GATEWAY, Plan::Release),
        (&["other-abcdef0123", "ours-abcdef0123"], GATEWAY, Plan::Release),
        (&["other-abcdef0123"], GATEWAY, Plan::Delete),
        (&[], GATEWAY, Plan::Delete),
    ] {
        assert_eq!(
            removal(&known, &heirs(ids, gateway), OURS, false),
            wanted,
            "{ids:?}"
        );
    }
    // Nor does it wait for a gateway that fails.
    let attached = engine(OURS, "ENFORCE");
    let failed = Found::There(observed(&Lifecycle::UpdateFailed, Some(&attached)));
    let references = heirs(&["ours-abcdef0123"], GATEWAY);
    assert_eq!(
        judged(&object(&known, true), &references, failed, true).1,
        Plan::Release
    );
}
