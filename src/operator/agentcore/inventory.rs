//! Observation by listing: one shared, single-flight listing a collection instead of a Get an object.
//!
//! `ListPolicies` returns definition, status and reasons, so it serves activation, drift and crash recovery alike
//! (performance.md section 2). Callers say how fresh a listing must be; those that wait for one share it.

use super::AgentCore;
use super::gateways::{Turns, Whole};
use super::policies::Policies;
use super::strays::strays;
use crate::model::Fault;
use crate::operator::decide::{Asset, Resource, Tags};
use std::collections::HashMap;
use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex as SyncMutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// The largest page that AWS gives.
pub(super) const PAGE: i32 = 100;
/// Two listings of one collection begin at least this far apart, so that a crowd of callers shares one.
const GAP: Duration = Duration::from_millis(100);
/// How many times as long as it took, a collection need not be listed again for those who poll,
const LOOKS: u32 = 10;
/// up to this.
const LONGEST_REST: Duration = Duration::from_secs(5);
/// Listings of collections that nobody asked for in this long are dropped.
const FORGET: Duration = Duration::from_hours(1);

/// How fresh what is seen must be.
#[derive(Clone, Copy, Debug)]
pub struct Freshness {
    /// The listing must have begun at or after this moment.
    pub listing: Instant,
    /// What changes only by our own hand (tags) must have been read at or after this one.
    pub marks: Instant,
}

/// One collection.
#[derive(Debug)]
pub(super) struct Shelf<T> {
    kept: SyncMutex<Kept<T>>,
    /// Held by whoever lists, and by nobody who finds what is fresh enough.
    listing: Mutex<()>,
    /// How many that are urgent wait: whoever lists, lists for them.
    pub(super) pressing: Arc<AtomicUsize>,
}

#[derive(Debug)]
struct Kept<T> {
    /// The last listing that succeeded, and when it began.
    listing: Option<(Instant, Arc<T>)>,
    /// The last one that failed since, and when it began.
    failure: Option<(Instant, Fault)>,
    /// How long the last one took.
    took: Duration,
}

impl<T> Kept<T> {
    /// What the last listing that began since then brought, if there was one.
    fn since(&self, since: Instant) -> Option<Result<Arc<T>, Fault>> {
        match (&self.listing, &self.failure) {
            (Some((begun, items)), _) if *begun >= since => Some(Ok(Arc::clone(items))),
            (_, Some((begun, fault))) if *begun >= since => Some(Err(fault.clone())),
            (Some(_) | None, Some(_) | None) => None,
        }
    }

    /// When the last one began.
    fn last(&self) -> Option<Instant> {
        let listing = self.listing.as_ref().map(|(begun, _)| *begun);
        listing.max(self.failure.as_ref().map(|(begun, _)| *begun))
    }
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self {
            kept: SyncMutex::new(Kept {
                listing: None,
                failure: None,
                took: Duration::ZERO,
            }),
            listing: Mutex::default(),
            pressing: Arc::default(),
        }
    }
}

/// Presses whoever lists, until it is dropped.
#[derive(Debug)]
pub(super) struct Press<'a>(&'a AtomicUsize);

impl Drop for Press<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl<T> Shelf<T> {
    /// Presses whoever lists, on behalf of this one, if that is urgent.
    pub(super) fn press(&self, agentcore: &AgentCore) -> Option<Press<'_>> {
        agentcore.caller.is_urgent().then(|| {
            self.pressing.fetch_add(1, Ordering::Relaxed);
            Press(&self.pressing)
        })
    }

    /// What is on the shelf, if it is fresh enough, else what `fetch` brings. Callers who need it queue, and each finds
    /// what the one before it brought, a failure too: a service that hangs is not asked once a caller.
    pub(super) async fn get<F>(&self, since: Instant, fetch: impl FnOnce() -> F) -> Result<Arc<T>, Fault>
    where
        F: Future<Output = Result<T, Fault>>,
    {
        self.get_and_compare(since, fetch, |_, _| {}).await
    }

    /// The same; what is fetched is compared with what was there before.
    pub(super) async fn get_and_compare<F>(
        &self,
        since: Instant,
        fetch: impl FnOnce() -> F,
        compare: impl FnOnce(&T, &T),
    ) -> Result<Arc<T>, Fault>
    where
        F: Future<Output = Result<T, Fault>>,
    {
        if let Some(found) = self.kept().since(since) {
            return found;
        }
        let _listing = self.listing.lock().await;
        let last = {
            let kept = self.kept();
            if let Some(found) = kept.since(since) {
                return found;
            }
            kept.last()
        };
        if let Some(last) = last {
            tokio::time::sleep_until(last + GAP).await;
        }
        let begun = Instant::now();
        let fetched = fetch().await.map(Arc::new);
        let before = self.kept().listing.clone();
        if let (Some((_, before)), Ok(items)) = (&before, &fetched) {
            compare(before, items);
        }
        let (listing, failure) = match &fetched {
            Ok(items) => (Some((begun, Arc::clone(items))), None),
            Err(fault) => (before, Some((begun, fault.clone()))),
        };
        *self.kept() = Kept {
            listing,
            failure,
            took: begun.elapsed(),
        };
        fetched
    }

    fn kept(&self) -> MutexGuard<'_, Kept<T>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long those who poll may still do without another listing. Listing a large collection takes long, and many wait for
    /// what happens in it: so they have it listed for a tenth of the time, and who comes then finds what another one has brought.
    pub(super) fn rest(&self) -> Duration {
        let kept = self.kept();
        let again = kept
            .last()
            .map(|begun| begun + (kept.took * LOOKS).min(LONGEST_REST));
        again.map_or(Duration::ZERO, |again| {
            again.saturating_duration_since(Instant::now())
        })
    }

    /// What is on the shelf, however old.
    pub(super) fn peek(&self) -> Option<Arc<T>> {
        self.kept().listing.as_ref().map(|(_, items)| Arc::clone(items))
    }

    /// Whether what is on the shelf is older than anybody will ask for again.
    fn is_dusty(&self) -> bool {
        let kept = self.kept();
        let listing = kept.listing.as_ref();
        listing.is_none_or(|(begun, _)| begun.elapsed() > FORGET)
    }
}

/// A set of collections, by the id or ARN of what they are of.
pub(super) type Shelves<T> = SyncMutex<HashMap<String, Arc<Shelf<T>>>>;

pub(super) fn shelf<T>(shelves: &Shelves<T>, key: &str) -> Arc<Shelf<T>> {
    let mut shelves = shelves.lock().unwrap_or_else(PoisonError::into_inner);
    if !shelves.contains_key(key) {
        shelves.retain(|_, shelf| Arc::strong_count(shelf) > 1 || !shelf.is_dusty());
    }
    Arc::clone(shelves.entry(key.to_owned()).or_default())
}

/// The listings that all objects share.
#[derive(Debug, Default)]
pub(super) struct Inventory {
    engines: Shelf<Vec<Resource>>,
    policies: Shelves<Policies>,
    pub(super) gateways: Shelf<Vec<Resource>>,
    pub(super) targets: Shelves<Vec<Resource>>,
    pub(super) wholes: Shelves<Whole>,
    /// Ids by name, of an engine.
    pub(super) generations: Shelves<HashMap<String, String>>,
    /// Of a generation.
    pub(super) assets: Shelves<Vec<Asset>>,
    pub(super) turns: Turns,
    tags: Shelves<Tags>,
}

impl AgentCore {
    /// All policy engines of the account.
    pub(super) async fn engines(&self, since: Instant) -> Result<Arc<Vec<Resource>>, Fault> {
        let engines = &self.inventory.engines;
        let _press = engines.press(self);
        let lists = || async { self.pressed_by(&engines.pressing).list_engines().await };
        engines
            .get_and_compare(since, lists, |before, now| self.compared(before, now))
            .await
    }

    /// Tells which of these have strayed.
    pub(super) fn compared(&self, before: &[Resource], now: &[Resource]) {
        let same = |old: usize, new: usize| before.get(old) == now.get(new);
        self.strayed(strays(before, now, |one| one, same));
    }

    /// All policies of an engine.
    pub(super) async fn policies(&self, engine_id: &str, since: Instant) -> Result<Arc<Policies>, Fault> {
        let policies = shelf(&self.inventory.policies, engine_id);
        let _press = policies.press(self);
        let lists = || async {
            let lister = self.pressed_by(&policies.pressing);
            lister.list_policies(engine_id).await
        };
        let compare = |before: &Policies, now: &Policies| self.strayed(now.strays_since(before));
        policies.get_and_compare(since, lists, compare).await
    }

    /// The policies of an engine as last listed, at no call.
    pub(super) fn policies_at_hand(&self, engine_id: &str) -> Option<Arc<Policies>> {
        shelf(&self.inventory.policies, engine_id).peek()
    }

    /// How long those who poll may still do without another listing of all policy engines.
    pub(super) fn engines_rest(&self) -> Duration {
        self.inventory.engines.rest()
    }

    /// How long those who poll may still do without another listing of an engine's policies.
    pub(super) fn policies_rest(&self, engine_id: &str) -> Duration {
        shelf(&self.inventory.policies, engine_id).rest()
    }

    /// The tags of a resource.
    pub(super) async fn tags(&self, arn: &str, since: Instant) -> Result<Arc<Tags>, Fault> {
        shelf(&self.inventory.tags, arn)
            .get(since, || self.list_tags(arn))
            .await
    }

    /// Forgets the tags of a resource, after they were changed.
    pub(super) fn forget_tags(&self, arn: &str) {
        self.inventory
            .tags
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(arn);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt as _;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[tokio::test]
    async fn a_crowd_of_callers_shares_one_listing() {
        let shelf = Arc::new(Shelf::<u32>::default());
        let fetched = Arc::new(AtomicU32::new(0));
        let since = Instant::now();
        let ask = || {
            let (shelf, fetched) = (Arc::clone(&shelf), Arc::clone(&fetched));
            async move {
                let fetch = || async {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                    Ok(fetched.fetch_add(1, Ordering::SeqCst))
                };
                shelf.get(since, fetch).await.map(|items| *items)
            }
        };
        let answers = futures::future::join_all((0..200).map(|_| ask())).await;
        assert!(
            answers.iter().all(|answer| *answer == Ok(0)),
            "one fetch serves all"
        );
        assert_eq!(fetched.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_listing_that_began_before_the_write_is_not_taken() {
        let shelf = Shelf::<u32>::default();
        let start = Instant::now();
        assert_eq!(shelf.get(start, || async { Ok(1) }).await.map(|i| *i), Ok(1));
        let written = Instant::now();
        assert_eq!(
            shelf.get(start, || async { Ok(2) }).await.map(|i| *i),
            Ok(1),
            "still fresh enough"
        );
        assert_eq!(shelf.get(written, || async { Ok(2) }).await.map(|i| *i), Ok(2));
        assert!(start.elapsed() >= GAP, "two listings begin a gap apart");
    }

    #[tokio::test]
    async fn a_failed_listing_leaves_the_last_one_in_place() {
        let shelf = Shelf::<u32>::default();
        let start = Instant::now();
        assert!(shelf.get(start, || async { Ok(1) }).await.is_ok());
        let fault = Fault {
            class: crate::model::FaultClass::Unavailable,
            operation: "ListPolicies",
            code: String::new(),
            message: "down".into(),
        };
        assert!(shelf.get(Instant::now(), || async { Err(fault) }).await.is_err());
        assert_eq!(shelf.peek().as_deref(), Some(&1));
    }

    #[tokio::test]
    async fn what_is_fresh_enough_is_had_while_somebody_lists_anew() {
        let shelf = Shelf::<u32>::default();
        let start = Instant::now();
        assert_eq!(shelf.get(start, || async { Ok(1) }).await.as_deref(), Ok(&1));
        let never = || std::future::pending::<Result<u32, Fault>>();
        let anew = shelf.get(Instant::now(), never);
        let mut anew = std::pin::pin!(anew);
        assert!(futures::poll!(&mut anew).is_pending());
        let fresh = shelf.get(start, || async { Ok(2) }).now_or_never();
        assert_eq!(fresh.expect("nobody waits").as_deref(), Ok(&1));
    }

    #[tokio::test]
    async fn those_who_poll_rest_after_a_listing_that_took_long() {
        let shelf = Shelf::<u32>::default();
        assert_eq!(shelf.rest(), Duration::ZERO, "nothing was listed yet");
        let long = Duration::from_millis(40);
        let slow = || async {
            tokio::time::sleep(long).await;
            Ok(1)
        };
        assert!(shelf.get(Instant::now(), slow).await.is_ok());
        let rest = shelf.rest();
        assert!(rest > long && rest < LONGEST_REST, "{rest:?}");
        shelf.kept().took = Duration::from_mins(1);
        assert!(shelf.rest() <= LONGEST_REST);
        shelf.kept().took = Duration::ZERO;
        assert_eq!(shelf.rest(), Duration::ZERO, "it took no time");
    }

    #[tokio::test]
    async fn a_failure_is_shared_by_those_who_waited_for_it() {
        let shelf = Shelf::<u32>::default();
        let fault = Fault {
            class: crate::model::FaultClass::Throttled,
            operation: "ListPolicies",
            code: "ThrottlingException".into(),
            message: "slower".into(),
        };
        let since = Instant::now();
        let failing = || async { Err(fault.clone()) };
        assert_eq!(shelf.get(since, failing).await, Err(fault.clone()));
        assert_eq!(
            shelf.get(since, || async { Ok(1) }).await,
            Err(fault.clone()),
            "no second call"
        );
        assert_eq!(
            shelf.get(Instant::now(), || async { Ok(1) }).await.as_deref(),
            Ok(&1)
        );
        assert_eq!(
            shelf.get(since, failing).await.as_deref(),
            Ok(&1),
            "what came since is better"
        );
    }
}
