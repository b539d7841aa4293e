//! Batches that are handed in at once.

use super::*;
use futures::future::join_all;

pub async fn of_many_at_once_exactly_one_wins(store: &impl Store) {
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

pub async fn of_many_at_once_as_many_win_as_there_is_room_for(store: &impl Store) {
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

pub async fn deleting_a_parent_and_adding_a_child_exclude_each_other(store: &impl Store) {
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
