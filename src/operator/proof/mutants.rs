//! Each of the ten seeded mutants of reliability.md 6, and one more, is caught: by the invariant that it breaks, in a
//! small world.

use super::model::{HELD, I2, I3, I4, I6, I8, Operator, TOKEN};
use super::mutant::Mutant;
use super::setting::{Setting, named, policy, taken};
use super::world::Budget;
use stateright::{Checker, HasDiscoveries, Model as _};

/// Asserts that the model without the mutant holds, and with it breaks this.
#[track_caller]
fn caught(mutant: Mutant, setting: Setting, broken: &str) {
    let broken_by = |mutant| {
        let checker = Operator::new(setting, mutant)
            .checker()
            .finish_when(HasDiscoveries::Any)
            .spawn_bfs()
            .join();
        let mut names: Vec<&str> = checker.discoveries().into_keys().collect();
        names.sort_unstable();
        names
    };
    assert_eq!(broken_by(None), [""; 0], "without the mutant");
    let found = broken_by(Some(mutant));
    assert!(
        found.contains(&broken),
        "{mutant:?} breaks {found:?} and not {broken}"
    );
}

#[test]
fn mutant_1_random_token_is_caught() {
    let lost = Budget {
        lost: 1,
        ..Budget::default()
    };
    caught(Mutant::RandomToken, named(lost), I6);
}

#[test]
fn mutant_2_token_without_payload_is_caught() {
    let edited = Budget {
        lost: 1,
        edits: 1,
        ..Budget::default()
    };
    caught(Mutant::TokenWithoutPayload, policy(edited), TOKEN);
}

#[test]
fn mutant_3_no_epoch_is_caught() {
    let removed = Budget {
        removals: 1,
        ..Budget::default()
    };
    caught(Mutant::NoEpoch, policy(removed), I6);
}

#[test]
fn mutant_4_finalizer_removed_on_409_is_caught() {
    let rivalled = Budget {
        removals: 1,
        deletions: 1,
        ..Budget::default()
    };
    caught(Mutant::ReleasedOnConflict, policy(rivalled), I4);
}

#[test]
fn mutant_5_finalizer_removed_on_an_accepted_delete_is_caught() {
    let deleted = Budget {
        deletions: 1,
        ..Budget::default()
    };
    caught(Mutant::ReleasedOnAcceptedDelete, policy(deleted), I4);
}

#[test]
fn mutant_6_finalizer_removed_when_the_id_is_missing_is_caught() {
    let deleted = Budget {
        deletions: 1,
        ..Budget::default()
    };
    caught(Mutant::ReleasedWithoutId, policy(deleted), I4);
}

#[test]
fn mutant_7_ready_on_a_failed_state_is_caught() {
    let failed = Budget {
        failures: 1,
        ..Budget::default()
    };
    caught(Mutant::ReadyThoughFailed, policy(failed), I3);
}

#[test]
fn mutant_8_create_before_the_finalizer_is_caught() {
    caught(Mutant::CreatedBeforeHeld, policy(Budget::default()), HELD);
}

#[test]
fn mutant_9_ownership_unchecked_on_update_is_caught() {
    caught(Mutant::OwnerUnchecked, taken(Budget::default()), I2);
}

#[test]
fn mutant_10_deleted_before_its_replacement_exists_is_caught() {
    let edited = Budget {
        edits: 1,
        ..Budget::default()
    };
    caught(Mutant::DeletedBeforeReplaced, policy(edited), I8);
}

#[test]
fn mutant_11_status_written_over_one_that_was_not_read_is_caught() {
    let overtaken = Budget {
        elections: 1,
        refusals: 1,
        alterations: 1,
        ..Budget::default()
    };
    caught(Mutant::StatusUnguarded, policy(overtaken), I3);
}
