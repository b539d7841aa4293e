//! What is read: one record, pages, and what is due.

use super::*;

pub async fn a_record_is_read_as_it_was_written(store: &impl Store) {
    let written = Record {
        name: Some("é\"'; DROP TABLE records; --".to_owned()),
        scope: Some("s".to_owned()),
        size: 1 << 40,
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
        size: 0,
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

pub async fn what_no_database_can_hold_is_not_found(store: &impl Store) {
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

pub async fn pages_follow_the_order_of_creation(store: &impl Store) {
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

pub async fn due_records_come_in_the_order_they_are_due(store: &impl Store) {
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

pub async fn the_revision_moves_with_every_change_and_tells_of_all_versions(store: &impl Store) {
    let mut seen = vec![store.revision().await.unwrap()];
    let kinds = [Kind::Policy, Kind::Gateway];
    for (batch, expected) in [
        (vec![Write::Insert(child("a", "e"))], vec![("a", 1)]),
        (
            vec![
                Write::Insert(child("b", "e")),
                Write::Insert(record(Kind::Token, "t")),
            ],
            vec![("a", 1), ("b", 1)],
        ),
        (vec![Write::Replace(child("a", "e"))], vec![("a", 2), ("b", 1)]),
        (vec![Write::Remove(key(Kind::Policy, "b"), 1)], vec![("a", 2)]),
    ] {
        done(store, batch).await;
        let revision = store.revision().await.unwrap();
        assert!(!seen.contains(&revision), "{revision} of {seen:?}");
        seen.push(revision);
        let mut versions = store.versions(&kinds).await.unwrap();
        versions.sort_by(|one, other| one.key.id.cmp(&other.key.id));
        let expected = expected.into_iter().map(|(id, version)| Versioned {
            key: key(Kind::Policy, id),
            parent: "e".to_owned(),
            version,
        });
        assert_eq!(versions, expected.collect::<Vec<_>>());
    }
    // What is refused changes nothing.
    refused(store, vec![Write::Remove(key(Kind::Policy, "a"), 1)]).await;
    assert_eq!(Some(&store.revision().await.unwrap()), seen.last());
    assert_eq!(store.versions(&[]).await.unwrap(), []);
}
