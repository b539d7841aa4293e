//! The plan table, over its whole input space: every combination of facts, not a sample.

mod space;

use super::facts::{Attempt, Dependents, Facts, Hold, Intent, Owner, Phase, Seen, Wanted};
use super::plan::{Plan, Refuse, Rest, Wait, plan};
use space::{WANTED, all, owner};
use std::collections::BTreeMap;

/// Asserts `rule` of every combination, and that `reached` holds of at least one, so that no rule holds of nothing.
fn everywhere(rule: &str, reached: impl Fn(&Facts, Plan) -> bool, holds: impl Fn(&Facts, Plan) -> bool) {
    let mut met = 0;
    for (facts, plan) in all() {
        if reached(&facts, plan) {
            met += 1;
            assert!(holds(&facts, plan), "{rule}: {facts:?} gives {plan:?}");
        }
    }
    assert!(met > 0, "{rule}: no facts reach it");
}

#[test]
fn the_whole_space_is_enumerated() {
    assert_eq!(all().len(), 6 * 2 * 5 * 43 * 5 * 4);
}

#[test]
fn nothing_is_written_remotely_without_the_finalizer() {
    everywhere(
        "I4",
        |_, plan| plan.writes_remotely(),
        |facts, _| facts.hold == Hold::Held,
    );
}

#[test]
fn what_is_not_marked_as_ours_is_never_changed_or_deleted() {
    let changes = |plan| matches!(plan, Plan::Update | Plan::Replace | Plan::Delete);
    everywhere(
        "I2",
        |_, plan| changes(plan),
        |facts, _| owner(facts.seen) == Some(Owner::Mine),
    );
    everywhere(
        "I2",
        |_, plan| plan == Plan::Adopt,
        |facts, _| owner(facts.seen) == Some(Owner::Adoptable),
    );
}

#[test]
fn a_create_is_sent_only_for_what_is_absent_or_must_be_proved() {
    everywhere(
        "I1",
        |_, plan| plan == Plan::Create,
        |facts, _| facts.seen == Seen::Absent || owner(facts.seen) == Some(Owner::Unproven),
    );
}

#[test]
fn an_object_that_goes_with_its_kind_waits_and_its_resource_is_left_alone() {
    everywhere(
        "F30",
        |facts, _| facts.intent == Intent::Spare,
        |facts, plan| match facts.hold {
            Hold::Held => plan == Plan::Refuse(Refuse::KindRemoved),
            Hold::Free => plan == Plan::Rest(Rest::Gone),
        },
    );
}

#[test]
fn the_finalizer_leaves_only_when_absence_was_seen_or_nothing_was_ours_or_another_s_or_the_user_retains() {
    everywhere(
        "I4",
        |_, plan| plan == Plan::Release,
        |facts, _| match facts.intent {
            Intent::Retain => true,
            Intent::Delete => {
                facts.seen == Seen::Absent
                    || facts.dependents == Dependents::Heir
                    || matches!(owner(facts.seen), Some(Owner::Foreign | Owner::Adoptable))
            }
            Intent::Keep | Intent::Observe | Intent::Suspend | Intent::Spare => false,
        },
    );
}

#[test]
fn observing_and_suspending_write_nothing_anywhere() {
    everywhere(
        "managementPolicy: Observe, suspend",
        |facts, _| matches!(facts.intent, Intent::Observe | Intent::Suspend),
        |_, plan| !plan.writes_remotely() && !matches!(plan, Plan::Hold | Plan::Release | Plan::Note),
    );
}

#[test]
fn in_sync_is_said_only_of_an_active_resource_that_agrees() {
    everywhere(
        "I3",
        |_, plan| plan == Plan::Rest(Rest::InSync),
        |facts, _| match facts.seen {
            Seen::There {
                owner,
                phase: Phase::Active,
                differs: false,
            } => owner == Owner::Mine || facts.intent == Intent::Observe,
            Seen::There { .. } | Seen::Unseen | Seen::Unlocated | Seen::Absent => false,
        },
    );
}

#[test]
fn an_unseen_resource_is_never_acted_upon() {
    everywhere(
        "403 and 500 are no absence",
        |facts, _| facts.seen == Seen::Unseen && facts.intent != Intent::Retain,
        |_, plan| !plan.writes_remotely() && !matches!(plan, Plan::Release | Plan::Hold),
    );
}

#[test]
fn a_spec_that_no_longer_holds_blocks_no_deletion() {
    everywhere(
        "deletion is looked at before the spec",
        |facts, _| facts.intent == Intent::Delete,
        |facts, planned| {
            WANTED
                .into_iter()
                .all(|wanted| plan(Facts { wanted, ..*facts }) == planned)
        },
    );
}

#[test]
fn a_refused_or_settled_write_is_not_repeated() {
    everywhere(
        "no hot loop",
        |facts, _| matches!(facts.attempt, Attempt::Refused | Attempt::Settled),
        |_, plan| !plan.writes_remotely(),
    );
}

#[test]
fn what_the_status_must_name_is_noted_before_it_is_sent() {
    everywhere(
        "what is adopted outlives a crash",
        |facts, _| facts.attempt == Attempt::Unnoted && facts.intent == Intent::Keep,
        |facts, planned| {
            let noted = plan(Facts {
                attempt: Attempt::Fresh,
                ..*facts
            });
            let sends = matches!(noted, Plan::Create | Plan::Adopt | Plan::Update);
            planned == if sends { Plan::Note } else { noted }
        },
    );
    everywhere(
        "what is adopted outlives a crash",
        |_, plan| plan == Plan::Note,
        |facts, _| facts.attempt == Attempt::Unnoted && facts.hold == Hold::Held,
    );
}

#[test]
fn an_edit_repairs_what_failed_without_a_person_deleting_anything() {
    everywhere(
        "2.6.5",
        |facts, _| {
            let failed = matches!(
                facts.seen,
                Seen::There {
                    owner: Owner::Mine,
                    phase: Phase::CreateFailed | Phase::UpdateFailed,
                    ..
                }
            );
            let edited = matches!(facts.attempt, Attempt::Fresh | Attempt::Due);
            failed
                && edited
                && facts.intent == Intent::Keep
                && facts.hold == Hold::Held
                && facts.wanted == Wanted::Known
        },
        |_, plan| matches!(plan, Plan::Replace | Plan::Update),
    );
}

#[test]
fn only_what_was_never_in_force_is_deleted_to_be_made_anew() {
    everywhere(
        "I8",
        |_, plan| plan == Plan::Replace,
        |facts, _| {
            matches!(
                facts.seen,
                Seen::There {
                    phase: Phase::CreateFailed,
                    ..
                }
            )
        },
    );
}

#[test]
fn dependents_block_a_deletion_and_nothing_else() {
    everywhere(
        "2.6.3",
        |facts, _| facts.dependents == Dependents::Some,
        |facts, planned| {
            planned != Plan::Delete
                && (planned == Plan::Refuse(Refuse::Dependents)
                    || planned
                        == plan(Facts {
                            dependents: Dependents::None,
                            ..*facts
                        }))
        },
    );
}

#[test]
fn what_is_in_force_is_not_deleted_before_what_takes_its_place() {
    everywhere(
        "2.6.4, I8",
        |facts, _| facts.dependents == Dependents::Successor,
        |facts, planned| {
            let never_in_force = matches!(
                facts.seen,
                Seen::There {
                    phase: Phase::CreateFailed,
                    ..
                }
            );
            let without = plan(Facts {
                dependents: Dependents::None,
                ..*facts
            });
            planned == without && (planned != Plan::Delete || never_in_force)
                || planned == Plan::Wait(Wait::Successor) && facts.intent == Intent::Delete
        },
    );
}

#[test]
fn what_has_an_heir_is_let_go_as_it_is() {
    everywhere(
        "2.6.4, I8",
        |facts, _| facts.dependents == Dependents::Heir,
        |facts, planned| {
            let without = plan(Facts {
                dependents: Dependents::None,
                ..*facts
            });
            let is_ours = owner(facts.seen) == Some(Owner::Mine) && facts.intent == Intent::Delete;
            planned != Plan::Delete && (planned == without || planned == Plan::Release && is_ours)
        },
    );
}

#[test]
fn nothing_is_done_for_who_refers_to_what_is_not_for_it_but_to_let_it_go() {
    everywhere(
        "I9",
        |facts, _| facts.wanted == Wanted::Barred && matches!(facts.intent, Intent::Keep | Intent::Observe),
        |_, plan| plan == Plan::Wait(Wait::Dependency),
    );
}

#[test]
fn what_has_no_guard_is_not_made_and_is_kept_like_any_other() {
    everywhere(
        "2.6.2",
        |facts, _| facts.wanted == Wanted::Unguarded,
        |facts, planned| {
            let guarded = plan(Facts {
                wanted: Wanted::Known,
                ..*facts
            });
            let is_to_be_made = facts.intent == Intent::Keep
                && (facts.seen == Seen::Absent
                    || owner(facts.seen) == Some(Owner::Unproven) && facts.hold == Hold::Held);
            if is_to_be_made {
                planned == Plan::Wait(Wait::Guard)
            } else {
                planned == guarded && (planned != Plan::Create || facts.intent == Intent::Delete)
            }
        },
    );
    everywhere(
        "2.6.2",
        |_, plan| plan == Plan::Wait(Wait::Guard),
        |facts, _| facts.wanted == Wanted::Unguarded,
    );
}

#[test]
fn work_in_flight_is_waited_for() {
    everywhere(
        "busy",
        |facts, _| {
            let busy = matches!(
                facts.seen,
                Seen::There {
                    owner: Owner::Mine,
                    phase: Phase::InFlight,
                    ..
                }
            );
            busy && facts.hold == Hold::Held
                && matches!(facts.intent, Intent::Keep | Intent::Delete)
                && (!matches!(facts.wanted, Wanted::Barred | Wanted::Refused)
                    || facts.intent == Intent::Delete)
        },
        |_, plan| plan == Plan::Wait(Wait::InFlight),
    );
}

/// The rows that matter most, as a person would check them: an object that is held and to be kept.
#[test]
fn the_table_is_as_recorded() {
    let mut rows: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (facts, plan) in all() {
        // How far the service is with what is not ours makes no difference.
        let ours = match facts.seen {
            Seen::There {
                owner,
                phase,
                differs,
            } => owner == Owner::Mine || (phase == Phase::Active && !differs),
            Seen::Unseen | Seen::Unlocated | Seen::Absent => true,
        };
        let relevant = ours && facts.dependents == Dependents::None && facts.hold == Hold::Held;
        if relevant && matches!(facts.intent, Intent::Keep | Intent::Delete) {
            let seen = match facts.seen {
                Seen::There {
                    owner,
                    phase,
                    differs,
                } => {
                    format!("{owner:?} {phase:?}{}", if differs { " differs" } else { "" })
                }
                Seen::Unseen | Seen::Unlocated | Seen::Absent => format!("{:?}", facts.seen),
            };
            rows.entry(format!("{:?} | {seen} | {:?}", facts.intent, facts.wanted))
                .or_default()
                .push(format!("{:?}: {plan:?}", facts.attempt));
        }
    }
    let text: Vec<String> = rows
        .into_iter()
        .map(|(row, mut cells)| {
            let plans: Vec<&str> = cells
                .iter()
                .filter_map(|cell| cell.split_once(": ").map(|(_, plan)| plan))
                .collect();
            if plans.windows(2).all(|pair| pair[0] == pair[1]) {
                let one = plans[0].to_owned();
                cells = vec![one];
            }
            format!("{row} -> {}", cells.join(", "))
        })
        .collect();
    insta::assert_snapshot!(text.join("\n"));
}
