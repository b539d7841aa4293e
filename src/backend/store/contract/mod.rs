//! What every store promises, as tests over the trait: each implementation runs all of them.

mod batches;
mod races;
mod reads;
mod sizes;

use super::{Commit, Key, Kind, Listing, Record, Refused, Store, Versioned, Write};

/// Runs every test of the contract; `empty` makes a store that holds nothing.
pub async fn holds<S, F>(mut empty: impl FnMut() -> F)
where
    S: Store,
    F: Future<Output = S>,
{
    reads::a_record_is_read_as_it_was_written(&empty().await).await;
    batches::a_batch_happens_whole_or_not_at_all(&empty().await).await;
    batches::versions_guard_every_change(&empty().await).await;
    batches::names_are_unique_in_a_kind_until_their_record_goes(&empty().await).await;
    batches::counts_are_bounded_where_a_batch_says_so(&empty().await).await;
    batches::a_batch_sees_what_it_has_done_itself(&empty().await).await;
    reads::what_no_database_can_hold_is_not_found(&empty().await).await;
    reads::pages_follow_the_order_of_creation(&empty().await).await;
    reads::due_records_come_in_the_order_they_are_due(&empty().await).await;
    reads::the_revision_moves_with_every_change_and_tells_of_all_versions(&empty().await).await;
    races::of_many_at_once_exactly_one_wins(&empty().await).await;
    races::of_many_at_once_as_many_win_as_there_is_room_for(&empty().await).await;
    races::deleting_a_parent_and_adding_a_child_exclude_each_other(&empty().await).await;
    sizes::sizes_are_bounded_in_each_scope_where_a_batch_says_so(&empty().await).await;
    sizes::what_has_no_scope_is_in_every_one(&empty().await).await;
    sizes::what_is_too_large_can_be_made_smaller(&empty().await).await;
    sizes::of_many_at_once_as_much_is_kept_as_there_is_room_for(&empty().await).await;
    sizes::sizes_are_those_of_the_records_whatever_was_done(&empty().await).await;
}

fn key(kind: Kind, id: &str) -> Key {
    Key {
        kind,
        id: id.to_owned(),
    }
}

fn record(kind: Kind, id: &str) -> Record {
    Record {
        key: key(kind, id),
        parent: String::new(),
        name: None,
        scope: None,
        size: 0,
        version: 1,
        status: "CREATING".to_owned(),
        due: None,
        created: 7,
        body: "{}".to_owned(),
    }
}

fn named(kind: Kind, id: &str, name: &str) -> Record {
    Record {
        name: Some(name.to_owned()),
        ..record(kind, id)
    }
}

fn child(id: &str, parent: &str) -> Record {
    Record {
        parent: parent.to_owned(),
        ..record(Kind::Policy, id)
    }
}

async fn done(store: &impl Store, batch: Vec<Write>) {
    assert_eq!(store.commit(batch).await.unwrap(), Commit::Done);
}

async fn refused(store: &impl Store, batch: Vec<Write>) -> Refused {
    match store.commit(batch).await.unwrap() {
        Commit::Refused(refused) => refused,
        Commit::Done => panic!("the batch was not refused"),
    }
}
