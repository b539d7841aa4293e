//! What a batch requires, does, and sees of itself.

use super::*;

pub async fn a_batch_happens_whole_or_not_at_all(store: &impl Store) {
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

pub async fn versions_guard_every_change(store: &impl Store) {
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

pub async fn names_are_unique_in_a_kind_until_their_record_goes(store: &impl Store) {
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

pub async fn counts_are_bounded_where_a_batch_says_so(store: &impl Store) {
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

pub async fn a_batch_sees_what_it_has_done_itself(store: &impl Store) {
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
