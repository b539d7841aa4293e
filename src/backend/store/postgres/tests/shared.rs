//! Several processes on one database; each store here has sessions of its own, as a process has.

use super::*;
use futures::future::join_all;

async fn due(store: &Postgres, now: i64) -> Vec<String> {
    let due = store.due(now, 10).await.unwrap();
    due.into_iter().map(|record| record.key.id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_begin_at_once_with_an_empty_database_come_up() {
    let url = server::database();
    let stores = join_all((0..6).map(|_| open(&url))).await;
    for (n, store) in stores.iter().enumerate() {
        insert(store, &format!("e{n}"), None).await;
    }
    let page = |store: Postgres| async move { store.count(Kind::Engine, "").await.unwrap() };
    assert_eq!(join_all(stores.into_iter().map(page)).await, [6; 6]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_has_committed_the_other_reads_at_once() {
    let url = server::database();
    let (one, other) = (open(&url).await, open(&url).await);
    for n in 0..50 {
        let id = format!("e{n}");
        insert(&one, &id, None).await;
        assert!(other.get(&key(&id)).await.unwrap().is_some(), "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_batch_requires_holds_however_many_write_at_once() {
    let url = server::database();
    let stores = join_all((0..3).map(|_| open(&url))).await;
    let room = Write::Fewer {
        kind: Kind::Engine,
        parent: String::new(),
        limit: 50,
    };
    let writes = (0..120).map(|n| {
        let batch = vec![room.clone(), Write::Insert(record(&format!("e{n}"), None))];
        stores[n % 3].commit(batch)
    });
    let commits: Vec<_> = join_all(writes).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(
        commits.iter().filter(|commit| **commit == Commit::Done).count(),
        50
    );
    assert_eq!(stores[0].count(Kind::Engine, "").await.unwrap(), 50);

    // Sizes that are added up by everybody.
    let writes = (0..90).map(|n| {
        let sized = Record {
            parent: "p".to_owned(),
            scope: (n % 5 != 0).then(|| "s".to_owned()),
            size: 10,
            ..record(&format!("s{n}"), None)
        };
        let fits = Write::Fits {
            kind: Kind::Engine,
            parent: "p".to_owned(),
            limit: 305,
        };
        stores[n % 3].commit(vec![Write::Insert(sized), fits])
    });
    let commits: Vec<_> = join_all(writes).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(
        commits.iter().filter(|commit| **commit == Commit::Done).count(),
        30
    );

    // One name, from everywhere at once.
    let writes = (0..60).map(|n| {
        let named = Record {
            name: Some("n".to_owned()),
            ..record(&format!("n{n}"), None)
        };
        stores[n % 3].commit(vec![Write::Insert(named)])
    });
    let commits: Vec<_> = join_all(writes).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(
        commits.iter().filter(|commit| **commit == Commit::Done).count(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_changed_by_hand_is_another_version() {
    let url = server::database();
    let store = open(&url).await;
    insert(&store, "e", None).await;
    let before = store.revision().await.unwrap();
    let mut hand = other_hand(&url).await;
    let change = sqlx::query("UPDATE records SET body = '[]'");
    change.execute(&mut hand).await.unwrap();
    assert_ne!(store.revision().await.unwrap(), before);
    let read = store.get(&key("e")).await.unwrap().unwrap();
    assert_eq!((read.version, read.body.as_str()), (2, "[]"));
}

/// The server ends one of two transactions that wait for each other; a write that it ended is made again.
#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_waits_for_a_hand_that_waits_for_it_is_made_in_the_end() {
    let url = server::database();
    let store = open(&url).await;
    insert(&store, "a", None).await;
    insert(&store, "b", None).await;
    let (mut hand, mut eye) = (other_hand(&url).await, other_hand(&url).await);
    for first in [
        "BEGIN",
        "SET LOCAL deadlock_timeout = '1min'",
        "UPDATE records SET body = '[]' WHERE id = 'a'",
    ] {
        sqlx::query(first).execute(&mut hand).await.unwrap();
    }
    let body = "{\"by\": \"the store\"}".to_owned();
    let changed = Record {
        body,
        ..record("b", None)
    };
    let write = async { store.commit(vec![Write::Replace(changed)]).await.unwrap() };
    let wait = async {
        // The write has locked `b` and waits for the revision, which the hand has.
        let waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'";
        while sqlx::query_scalar::<_, i64>(waits)
            .fetch_one(&mut eye)
            .await
            .unwrap()
            == 0
        {
            tokio::task::yield_now().await;
        }
        for last in ["UPDATE records SET body = '[]' WHERE id = 'b'", "COMMIT"] {
            sqlx::query(last).execute(&mut hand).await.unwrap();
        }
    };
    let (commit, ()) = futures::future::join(write, wait).await;
    // The hand was first, so that the write was of a version that is no more.
    assert_ne!(commit, Commit::Done);
    assert_eq!(store.get(&key("b")).await.unwrap().unwrap().body, "[]");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_update_is_lost() {
    let url = server::database();
    let stores = join_all((0..3).map(|_| open(&url))).await;
    insert(&stores[0], "e", None).await;
    let add = |store| async move {
        let store: &Postgres = store;
        for _ in 0..40 {
            loop {
                let read = store.get(&key("e")).await.unwrap().unwrap();
                let body = (read.body.parse::<i64>().unwrap_or(0) + 1).to_string();
                if store
                    .commit(vec![Write::Replace(Record { body, ..read })])
                    .await
                    .unwrap()
                    == Commit::Done
                {
                    break;
                }
            }
        }
    };
    join_all(stores.iter().map(add)).await;
    let read = stores[0].get(&key("e")).await.unwrap().unwrap();
    assert_eq!((read.body.as_str(), read.version), ("120", 121));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_wrote_a_record_last_looks_after_it() {
    let url = server::database();
    let (one, other) = (open(&url).await, open(&url).await);
    insert(&one, "a", Some(10)).await;
    insert(&other, "b", Some(20)).await;
    assert_eq!(due(&one, 30).await, ["a"]);
    assert_eq!(due(&other, 30).await, ["b"]);
    assert_eq!(one.next_due().await.unwrap(), Some(10));
    assert_eq!(other.next_due().await.unwrap(), Some(20));

    let changed = vec![Write::Replace(record("a", Some(15)))];
    assert_eq!(other.commit(changed).await.unwrap(), Commit::Done);
    assert_eq!(due(&one, 30).await, [""; 0]);
    assert_eq!(due(&other, 30).await, ["a", "b"]);
    // What is due for long is anybody's: its keeper may stand still.
    assert_eq!(due(&one, 15 + STALLED).await, ["a"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_process_leaves_behind_is_taken_over_once_it_has_ended() {
    let url = server::database();
    let (one, other) = (open(&url).await, open(&url).await);
    insert(&one, "a", Some(10)).await;
    assert_eq!(due(&other, 30).await, [""; 0]);
    one.close().await;
    let begin = std::time::Instant::now();
    while due(&other, 30).await != ["a"] {
        assert!(begin.elapsed() < Duration::from_secs(10));
        tokio::task::yield_now().await;
    }
    // And after a restart a process finds what it left behind itself.
    other.close().await;
    let again = open(&url).await;
    while due(&again, 30).await != ["a"] {
        assert!(begin.elapsed() < Duration::from_secs(10));
        tokio::task::yield_now().await;
    }
}
