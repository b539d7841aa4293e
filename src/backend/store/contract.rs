//! What every store promises, as tests over the trait: each implementation runs all of them.

use super::{Commit, Key, Kind, Listing, Record, Refused, Store, Write};
use futures::future::join_all;

/// Runs every test of the contract; `empty` makes a store that holds nothing.
pub async fn holds<S, F>(mut empty: impl FnMut() -> F)
where
    S: Store,
    F: Future<Output = S>,
{
    a_record_is_read_as_it_was_written(&empty().await).await;
    a_batch_happens_whole_or_not_at_all(&empty().await).await;
    versions_guard_every_change(&empty().await).await;
    names_are_unique_in_a_kind_until_their_record_goes(&empty().await).await;
    counts_are_bounded_where_a_batch_says_so(&empty().await).await;
    a_batch_sees_what_it_has_done_itself(&empty().await).await;
    what_no_database_can_hold_is_not_found(&empty().await).await;
    pages_follow_the_order_of_creation(&empty().await).await;
    due_records_come_in_the_order_they_are_due(&empty().await).await;
    of_many_at_once_exactly_one_wins(&empty().await).await;
    of_many_at_once_as_many_win_as_there_is_room_for(&empty().await).await;
    deleting_a_parent_and_adding_a_child_exclude_each_other(&empty().await).await;
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

async fn a_record_is_read_as_it_was_written(store: &impl Store) {
    let written = Record {
        name: Some("é\"'; DROP TABLE records; --".to_owned()),
        scope: Some("s".to_owned()),
        due: Some(-3),
        body: "x".repeat(100_000),
        ..child("a", "p")
    };
    done(store, vec![Write::Insert(written.clone())]).await;
    assert_eq!(store.get(&written.key).await.unwrap(), Some(written.clone()));
    let name = written.name.as_deref().unwrap();
    assert_eq!(
        store.find_by_name(Kind::Policy, name).await.unwrap(),
        Some(written.clone())
    );
    assert_eq!(store.find_by_name(Kind::Engine, name).await.unwrap(), None);
    assert_eq!(store.get(&key(Kind::Engine, "a")).await.unwrap(), None);

    let changed = Record {
        scope: None,
        due: None,
        status: "ACTIVE".to_owned(),
        body: "[]".to_owned(),
        ..written.clone()
    };
    done(store, vec![Write::Replace(changed.clone())]).await;
    let read = store.get(&written.key).await.unwrap();
    assert_eq!(
        read,
        Some(Record {
            version: 2,
            ..changed
        })
    );
}

async fn a_batch_happens_whole_or_not_at_all(store: &impl Store) {
    done(store, vec![Write::Insert(record(Kind::Engine, "a"))]).await;
    let batch = vec![
        Write::Insert(record(Kind::Engine, "b")),
        Write::Remove(key(Kind::Engine, "a"), 1),
        Write::Insert(record(Kind::Token, "t")),
        Write::Unchanged(key(Kind::Engine, "nothing"), 1),
    ];
    assert_eq!(
        refused(store, batch).await,
        Refused::Changed(key(Kind::Engine, "nothing"))
    );
    assert!(store.get(&key(Kind::Engine, "a")).await.unwrap().is_some());
    assert!(store.get(&key(Kind::Engine, "b")).await.unwrap().is_none());
    assert!(store.get(&key(Kind::Token, "t")).await.unwrap().is_none());
    done(store, Vec::new()).await;
}

async fn versions_guard_every_change(store: &impl Store) {
    let one = record(Kind::Engine, "a");
    done(store, vec![Write::Insert(one.clone())]).await;
    assert_eq!(
        refused(store, vec![Write::Insert(one.clone())]).await,
        Refused::Exists(one.key.clone())
    );
    done(
        store,
        vec![Write::Unchanged(one.key.clone(), 1), Write::Replace(one.clone())],
    )
    .await;
    for stale in [
        Write::Unchanged(one.key.clone(), 1),
        Write::Replace(one.clone()),
        Write::Remove(one.key.clone(), 1),
    ] {
        assert_eq!(
            refused(store, vec![stale]).await,
            Refused::Changed(one.key.clone())
        );
    }
    done(store, vec![Write::Remove(one.key.clone(), 2)]).await;
    assert_eq!(store.get(&one.key).await.unwrap(), None);
    let gone = refused(store, vec![Write::Remove(one.key.clone(), 2)]).await;
    assert_eq!(gone, Refused::Changed(one.key.clone()));
}

async fn names_are_unique_in_a_kind_until_their_record_goes(store: &impl Store) {
    done(store, vec![Write::Insert(named(Kind::Policy, "a", "n"))]).await;
    let taken = refused(store, vec![Write::Insert(named(Kind::Policy, "b", "n"))]).await;
    assert_eq!(taken, Refused::NameTaken(Kind::Policy, "n".to_owned()));
    let others = [
        named(Kind::Engine, "b", "n"),
        named(Kind::Policy, "c", "N"),
        record(Kind::Policy, "d"),
    ];
    done(store, others.into_iter().map(Write::Insert).collect()).await;
    done(store, vec![Write::Insert(record(Kind::Policy, "e"))]).await;
    let swapped = vec![
        Write::Remove(key(Kind::Policy, "a"), 1),
        Write::Insert(named(Kind::Policy, "b", "n")),
    ];
    done(store, swapped).await;
    assert_eq!(
        store
            .find_by_name(Kind::Policy, "n")
            .await
            .unwrap()
            .unwrap()
            .key
            .id,
        "b"
    );
}

async fn counts_are_bounded_where_a_batch_says_so(store: &impl Store) {
    let fewer = |limit| Write::Fewer {
        kind: Kind::Policy,
        parent: "p".to_owned(),
        limit,
    };
    done(store, vec![fewer(1), Write::Insert(child("a", "p"))]).await;
    done(
        store,
        vec![
            fewer(2),
            Write::Insert(child("b", "p")),
            Write::Insert(child("c", "q")),
        ],
    )
    .await;
    assert_eq!(store.count(Kind::Policy, "p").await.unwrap(), 2);
    assert_eq!(store.count(Kind::Engine, "p").await.unwrap(), 0);
    for limit in [1, 2] {
        let batch = vec![fewer(limit), Write::Insert(child("d", "p"))];
        assert_eq!(
            refused(store, batch).await,
            Refused::TooMany(Kind::Policy, "p".to_owned())
        );
    }
}

async fn a_batch_sees_what_it_has_done_itself(store: &impl Store) {
    let fewer = |limit| Write::Fewer {
        kind: Kind::Policy,
        parent: "p".to_owned(),
        limit,
    };
    let one = Record {
        name: Some("n".to_owned()),
        ..child("a", "p")
    };
    let changed = Record {
        status: "ACTIVE".to_owned(),
        created: 99,
        ..one.clone()
    };
    let batch = vec![
        fewer(1),
        Write::Insert(one.clone()),
        fewer(2),
        Write::Replace(changed),
        Write::Unchanged(one.key.clone(), 2),
    ];
    done(store, batch).await;
    let read = store.get(&one.key).await.unwrap().unwrap();
    assert_eq!(
        (read.version, read.status.as_str(), read.created),
        (2, "ACTIVE", 7)
    );

    // Gone and made anew, under the same key and name; the count falls and rises.
    let batch = vec![
        Write::Remove(one.key.clone(), 2),
        fewer(1),
        Write::Insert(one.clone()),
        Write::Unchanged(one.key.clone(), 1),
    ];
    done(store, batch).await;
    assert_eq!(store.get(&one.key).await.unwrap(), Some(one.clone()));

    // Nothing of a batch stays when its last part does not hold, not even for the next batch.
    let batch = vec![
        Write::Remove(one.key.clone(), 1),
        fewer(1),
        Write::Unchanged(key(Kind::Engine, "x"), 1),
    ];
    let refusals = futures::join!(
        store.commit(batch.clone()),
        store.commit(batch),
        store.commit(vec![fewer(1)])
    );
    for refusal in <[_; 3]>::from(refusals) {
        assert!(matches!(refusal.unwrap(), Commit::Refused(_)));
    }
    assert_eq!(store.get(&one.key).await.unwrap(), Some(one));

    // Made and gone again.
    let other = child("b", "p");
    done(
        store,
        vec![
            Write::Insert(other.clone()),
            Write::Remove(other.key.clone(), 1),
            fewer(2),
        ],
    )
    .await;
    assert_eq!(store.get(&other.key).await.unwrap(), None);
}

async fn what_no_database_can_hold_is_not_found(store: &impl Store) {
    done(store, vec![Write::Insert(named(Kind::Policy, "a", "n"))]).await;
    for word in ["a\0", "n\0", "\0", ""] {
        assert_eq!(store.get(&key(Kind::Policy, word)).await.unwrap(), None);
        assert_eq!(store.find_by_name(Kind::Policy, word).await.unwrap(), None);
    }
    let listing = Listing {
        kind: Kind::Policy,
        parent: "\0",
        scope: Some("\0"),
        after: Some((0, "\0")),
        limit: 10,
    };
    assert_eq!(store.page(&listing).await.unwrap(), []);
    assert_eq!(store.count(Kind::Policy, "\0").await.unwrap(), 0);
}

async fn pages_follow_the_order_of_creation(store: &impl Store) {
    let made = |id: &str, created, scope: Option<&str>| Record {
        created,
        scope: scope.map(str::to_owned),
        ..child(id, "p")
    };
    let records = [
        made("z", 1, None),
        made("a", 2, Some("s")),
        made("b", 2, Some("t")),
        made("m", 3, None),
        child("other", "q"),
        Record {
            parent: "p".to_owned(),
            ..record(Kind::Token, "t")
        },
    ];
    done(store, records.into_iter().map(Write::Insert).collect()).await;
    let ids = async |scope: Option<&str>, after: Option<(i64, &str)>, limit| {
        let listing = Listing {
            kind: Kind::Policy,
            parent: "p",
            scope,
            after,
            limit,
        };
        let page = store.page(&listing).await.unwrap();
        page.into_iter().map(|record| record.key.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(None, None, 10).await, ["z", "a", "b", "m"]);
    assert_eq!(ids(None, None, 2).await, ["z", "a"]);
    assert_eq!(ids(None, Some((2, "a")), 10).await, ["b", "m"]);
    assert_eq!(ids(Some("s"), None, 10).await, ["z", "a", "m"]);
    // A position stays good when its record is gone.
    done(store, vec![Write::Remove(key(Kind::Policy, "a"), 1)]).await;
    assert_eq!(ids(None, Some((2, "a")), 10).await, ["b", "m"]);
    assert_eq!(ids(None, Some((3, "m")), 10).await, [""; 0]);
}

async fn due_records_come_in_the_order_they_are_due(store: &impl Store) {
    assert_eq!(store.next_due().await.unwrap(), None);
    let due = |id: &str, due| Record {
        due,
        ..record(Kind::Engine, id)
    };
    let records = [
        due("a", Some(30)),
        due("b", Some(10)),
        due("c", None),
        due("d", Some(20)),
    ];
    done(store, records.into_iter().map(Write::Insert).collect()).await;
    let ids = async |now, limit| {
        let due = store.due(now, limit).await.unwrap();
        due.into_iter().map(|record| record.key.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(9, 10).await, [""; 0]);
    assert_eq!(ids(20, 10).await, ["b", "d"]);
    assert_eq!(ids(99, 2).await, ["b", "d"]);
    assert_eq!(store.next_due().await.unwrap(), Some(10));
    done(
        store,
        vec![Write::Replace(due("b", None)), Write::Replace(due("d", Some(40)))],
    )
    .await;
    assert_eq!(store.next_due().await.unwrap(), Some(30));
}

async fn of_many_at_once_exactly_one_wins(store: &impl Store) {
    let writes =
        (0..40).map(|n| store.commit(vec![Write::Insert(named(Kind::Policy, &format!("i{n}"), "n"))]));
    let commits: Vec<_> = join_all(writes).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(
        commits.iter().filter(|commit| **commit == Commit::Done).count(),
        1
    );

    let winner = store.find_by_name(Kind::Policy, "n").await.unwrap().unwrap();
    let writes = (0..40).map(|_| store.commit(vec![Write::Replace(winner.clone())]));
    let commits: Vec<_> = join_all(writes).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(
        commits.iter().filter(|commit| **commit == Commit::Done).count(),
        1
    );
    assert_eq!(store.get(&winner.key).await.unwrap().unwrap().version, 2);
}

async fn of_many_at_once_as_many_win_as_there_is_room_for(store: &impl Store) {
    let writes = (0..40).map(|n| {
        let room = Write::Fewer {
            kind: Kind::Policy,
            parent: "p".to_owned(),
            limit: 10,
        };
        store.commit(vec![room, Write::Insert(child(&format!("i{n}"), "p"))])
    });
    let commits: Vec<_> = join_all(writes).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(
        commits.iter().filter(|commit| **commit == Commit::Done).count(),
        10
    );
    assert_eq!(store.count(Kind::Policy, "p").await.unwrap(), 10);
}

async fn deleting_a_parent_and_adding_a_child_exclude_each_other(store: &impl Store) {
    for round in 0..10 {
        let engine = format!("e{round}");
        done(store, vec![Write::Insert(record(Kind::Engine, &engine))]).await;
        let add = store.commit(vec![
            Write::Unchanged(key(Kind::Engine, &engine), 1),
            Write::Insert(child(&format!("p{round}"), &engine)),
        ]);
        let delete = store.commit(vec![
            Write::Fewer {
                kind: Kind::Policy,
                parent: engine.clone(),
                limit: 1,
            },
            Write::Replace(Record {
                status: "DELETING".to_owned(),
                ..record(Kind::Engine, &engine)
            }),
        ]);
        let (add, delete) = if round % 2 == 0 {
            futures::join!(add, delete)
        } else {
            let (delete, add) = futures::join!(delete, add);
            (add, delete)
        };
        let won = [add.unwrap(), delete.unwrap()]
            .iter()
            .filter(|c| **c == Commit::Done)
            .count();
        assert_eq!(won, 1, "round {round}");
    }
}
