//! How large the records of a scope may be together.

use super::*;
use futures::future::join_all;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use std::collections::BTreeMap;

const LIMIT: u32 = 100;

fn fits() -> Write {
    Write::Fits {
        kind: Kind::Policy,
        parent: "p".to_owned(),
        limit: LIMIT,
    }
}

fn sized(id: &str, scope: impl Into<Option<&'static str>>, size: i64) -> Record {
    Record {
        scope: scope.into().map(str::to_owned),
        size,
        ..child(id, "p")
    }
}

fn too_large() -> Refused {
    Refused::TooLarge(Kind::Policy, "p".to_owned())
}

async fn added(store: &impl Store, record: Record) {
    done(store, vec![Write::Insert(record), fits()]).await;
}

async fn not_added(store: &impl Store, record: Record) {
    let key = record.key.clone();
    let batch = vec![Write::Insert(record), fits()];
    assert_eq!(refused(store, batch).await, too_large());
    assert_eq!(store.get(&key).await.unwrap(), None);
}

pub async fn sizes_are_bounded_in_each_scope_where_a_batch_says_so(store: &impl Store) {
    added(store, sized("a", "s", 60)).await;
    added(store, sized("b", "s", 40)).await;
    not_added(store, sized("c", "s", 1)).await;
    added(store, sized("c", "s", 0)).await;
    // Another scope has room of its own, and so have another parent and another kind; without a word there is no bound.
    added(store, sized("t", "t", 100)).await;
    let elsewhere = Record {
        size: 1_000,
        scope: Some("s".to_owned()),
        ..child("q", "q")
    };
    let of_a_kind = Record {
        key: key(Kind::Asset, "a"),
        parent: "p".to_owned(),
        ..elsewhere.clone()
    };
    done(
        store,
        vec![Write::Insert(elsewhere), Write::Insert(of_a_kind), fits()],
    )
    .await;
    done(store, vec![Write::Insert(sized("u", "u", 300))]).await;
    // Only what grows is looked at.
    added(store, sized("v", "v", 100)).await;
    // What goes makes room.
    done(store, vec![Write::Remove(key(Kind::Policy, "b"), 1)]).await;
    not_added(store, sized("b", "s", 41)).await;
    added(store, sized("b", "s", 40)).await;
}

pub async fn what_has_no_scope_is_in_every_one(store: &impl Store) {
    added(store, sized("everywhere", None, 30)).await;
    added(store, sized("a", "s", 70)).await;
    not_added(store, sized("b", "s", 1)).await;
    added(store, sized("t", "t", 50)).await;
    // `t` has room for it, `s` has not.
    not_added(store, sized("more", None, 1)).await;
    done(store, vec![Write::Remove(key(Kind::Policy, "a"), 1)]).await;
    not_added(store, sized("more", None, 21)).await;
    added(store, sized("more", None, 20)).await;
    // Also where no scope is at all.
    done(store, vec![Write::Remove(key(Kind::Policy, "t"), 1)]).await;
    not_added(store, sized("most", None, 51)).await;
    added(store, sized("most", None, 50)).await;
    not_added(store, sized("fresh", "u", 1)).await;
}

pub async fn what_is_too_large_can_be_made_smaller(store: &impl Store) {
    let change = async |id: &str, scope: Option<&'static str>, size| {
        let now = store.get(&key(Kind::Policy, id)).await.unwrap().unwrap();
        let changed = Record {
            version: now.version,
            ..sized(id, scope, size)
        };
        store.commit(vec![Write::Replace(changed), fits()]).await.unwrap()
    };
    let over = Commit::Refused(too_large());
    let there = [sized("a", "s", 90), sized("b", "s", 90), sized("t", "t", 20)];
    done(store, there.into_iter().map(Write::Insert).collect()).await;
    assert_eq!(change("a", Some("s"), 91).await, over);
    assert_eq!(change("a", Some("s"), 90).await, Commit::Done);
    assert_eq!(change("a", Some("s"), 60).await, Commit::Done);
    assert_eq!(change("a", Some("s"), 61).await, over);
    // From one scope to another one, and to all of them.
    assert_eq!(change("t", Some("s"), 1).await, over);
    assert_eq!(change("a", Some("t"), 81).await, over);
    assert_eq!(change("a", Some("t"), 80).await, Commit::Done);
    assert_eq!(change("t", None, 11).await, over);
    assert_eq!(change("b", Some("u"), 100).await, Commit::Done);
    assert_eq!(change("b", Some("u"), 80).await, Commit::Done);
    assert_eq!(change("t", None, 20).await, Commit::Done);
    assert_eq!(change("b", None, 80).await, over);
    assert_eq!(change("a", Some("t"), 0).await, Commit::Done);
    assert_eq!(change("b", None, 80).await, Commit::Done);
}

pub async fn of_many_at_once_as_much_is_kept_as_there_is_room_for(store: &impl Store) {
    let scopes = [Some("s"), Some("t"), None];
    let writes = (0..60).map(|n| {
        store.commit(vec![
            Write::Insert(sized(&format!("i{n}"), scopes[n % 3], 10)),
            fits(),
        ])
    });
    let commits: Vec<_> = join_all(writes).await.into_iter().map(Result::unwrap).collect();
    let kept = |scope| {
        commits
            .iter()
            .skip(scope)
            .step_by(3)
            .filter(|c| **c == Commit::Done)
            .count()
    };
    assert_eq!([kept(0) + kept(2), kept(1) + kept(2)], [10, 10]);
}

/// What is there: scope, size and version by id.
type There = BTreeMap<String, (Option<String>, i64, i64)>;

const SCOPES: usize = 12;

/// How much the records of a scope have together, those of none included.
fn together(there: &There, scope: Option<&str>) -> i64 {
    let of_scope = |(of, size, _): &(Option<String>, i64, i64)| {
        let counts = of.is_none() || of.as_deref() == scope;
        counts.then_some(*size)
    };
    there.values().filter_map(of_scope).sum()
}

/// Whether no scope became too large, added up anew.
fn fit(before: &There, after: &There) -> bool {
    let scopes: Vec<_> = (0..SCOPES).map(|scope| format!("s{scope}")).collect();
    let mut scopes = scopes.iter().map(|scope| Some(scope.as_str())).chain([None]);
    scopes.all(|scope| {
        let (before, after) = (together(before, scope), together(after, scope));
        after <= i64::from(LIMIT) || after <= before
    })
}

/// A part of a batch, and what is there after it; more comes than goes.
fn anything(random: &mut StdRng, there: &mut There, fresh: usize) -> Write {
    let chosen = random.random_range(0..=2 * there.len());
    let known = there
        .iter()
        .nth(chosen)
        .map(|(id, (.., version))| (id.clone(), *version));
    if let Some((id, version)) = &known
        && random.random_bool(0.3)
    {
        there.remove(id);
        return Write::Remove(key(Kind::Policy, id), *version);
    }
    let scope = random.random_range(0..=SCOPES);
    let scope = (scope < SCOPES).then(|| format!("s{scope}"));
    let size = random.random_range(0..=40);
    let id = known
        .as_ref()
        .map_or_else(|| format!("i{fresh}"), |(id, _)| id.clone());
    let record = Record {
        scope: scope.clone(),
        version: known.as_ref().map_or(1, |(_, version)| *version),
        ..sized(&id, None, size)
    };
    let version = known.as_ref().map_or(1, |(_, version)| version + 1);
    there.insert(id, (scope, size, version));
    match known {
        Some(_) => Write::Replace(record),
        None => Write::Insert(record),
    }
}

/// Batches of anything, one by one and many at once.
pub async fn sizes_are_those_of_the_records_whatever_was_done(store: &impl Store) {
    let mut random = StdRng::seed_from_u64(7);
    let (mut there, mut refusals, mut fresh) = (There::new(), 0, 0..);
    for _ in 0..120 {
        let (mut commits, mut expected) = (Vec::new(), Vec::new());
        for _ in 0..random.random_range(1..=6) {
            let mut after = there.clone();
            let parts = random.random_range(1..=3);
            let parts = fresh.by_ref().take(parts);
            let mut batch: Vec<_> = parts
                .map(|fresh| anything(&mut random, &mut after, fresh))
                .collect();
            // Without the bound now and then, so that there is too much at times.
            let bounded = random.random_bool(0.9);
            batch.extend(bounded.then(fits));
            if !bounded || fit(&there, &after) {
                there = after;
                expected.push(Commit::Done);
            } else {
                refusals += 1;
                expected.push(Commit::Refused(too_large()));
            }
            commits.push(store.commit(batch));
        }
        let commits: Vec<_> = join_all(commits).await.into_iter().map(Result::unwrap).collect();
        assert_eq!(commits, expected);
    }
    assert!(refusals > 20 && there.len() > 20, "{refusals} {}", there.len());
    for (id, (scope, size, version)) in there {
        let read = store.get(&key(Kind::Policy, &id)).await.unwrap().unwrap();
        assert_eq!((read.scope, read.size, read.version), (scope, size, version));
    }
}
