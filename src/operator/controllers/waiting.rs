//! Who waits for an operation that fails, and who is woken when it works again (reliability.md section 3, R7).
//!
//! Without this, objects would sit in pauses of up to a minute after a long outage has ended; and nobody would be there
//! to find that out, for a breaker makes no calls of its own: it lets one of those through that are waiting.

use super::backoff::{APART, action};
use super::context::Context;
use super::lanes::Of;
use crate::operator::breaker::{Turn, Turned};
use crate::operator::cluster::Glimpse;
use crate::operator::decide::{Backoff, Next};
use futures::StreamExt as _;
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender};
use kube::runtime::controller::Action;
use kube::runtime::reflector::ObjectRef;
use kube::{Resource, ResourceExt as _};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

/// The one operation that is Kubernetes' and not AWS's: whatever a pass asks of the API server.
pub(super) const KUBERNETES: &str = "Kubernetes";

/// How often those who wait are looked at for one who tries.
const TICK: Duration = Duration::from_millis(250);
/// Those who wait are woken over this time for each of them, so that not all come at once.
const EACH: Duration = Duration::from_millis(10);
/// And over this time altogether.
const ALL: Duration = Duration::from_secs(2);

/// Starts a pass over an object.
pub(super) type Wake = Arc<dyn Fn() + Send + Sync>;

/// Both ends of what wakes objects of a kind.
pub(super) type Woken<O> = (
    UnboundedSender<ObjectRef<Glimpse<O>>>,
    UnboundedReceiver<ObjectRef<Glimpse<O>>>,
);

/// Who waits for what.
#[derive(Default)]
pub(super) struct Waiters {
    waiting: Mutex<HashMap<String, Waiter>>,
    closed: Mutex<HashMap<&'static str, Instant>>,
}

struct Waiter {
    operation: Option<&'static str>,
    /// When its pass failed.
    failed: Instant,
    /// When it was last asked to try, or failed: who waits longest is asked first.
    since: Instant,
    wake: Wake,
}

impl std::fmt::Debug for Waiters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Waiters").finish_non_exhaustive()
    }
}

impl Waiters {
    /// Notes that an object's pass, which began then, has failed at an operation. If that has begun to work again in the
    /// meantime, the object is not waiting.
    pub(super) fn wait(&self, uid: &str, operation: Option<&'static str>, began: Instant, wake: Wake) {
        let now = Instant::now();
        let again = self.has_missed(operation, began).then(|| Arc::clone(&wake));
        let waiter = Waiter {
            operation,
            failed: now,
            since: now,
            wake,
        };
        self.all().insert(uid.to_owned(), waiter);
        if let Some(wake) = again {
            later(vec![(now + APART, wake)]);
        }
    }

    /// Whether an operation has begun to work again since then: who was woken did not include who is about to wait.
    fn has_missed(&self, operation: Option<&'static str>, since: Instant) -> bool {
        let closed = self.closed.lock().unwrap_or_else(PoisonError::into_inner);
        operation
            .and_then(|operation| closed.get(operation))
            .is_some_and(|closed| *closed >= since)
    }

    /// Notes that an object waits for nothing any more.
    pub(super) fn done(&self, uid: &str) {
        self.all().remove(uid);
    }

    /// How long an object must rest yet: after a failure calls of one object are at least a second apart, whatever
    /// starts its passes.
    pub(super) fn rest(&self, uid: &str) -> Option<Duration> {
        let failed = self.all().get(uid)?.failed;
        APART.checked_sub(failed.elapsed()).filter(|rest| !rest.is_zero())
    }

    /// Asks the one who waits longest for this operation to try.
    fn one(&self, operation: &str) {
        let mut all = self.all();
        let waiting = all
            .values_mut()
            .filter(|waiter| waiter.operation == Some(operation));
        if let Some(waiter) = waiting.min_by_key(|waiter| waiter.since) {
            // One that rests still is let be; another one would be asked in vain as well.
            if waiter.since.elapsed() >= APART {
                waiter.since = Instant::now();
                (waiter.wake)();
            }
        }
    }

    /// Who waits for this operation, and when each is to be woken.
    fn all_of(&self, operation: &'static str, now: Instant) -> Vec<(String, Instant, Wake)> {
        self.closed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(operation, now);
        let all = self.all();
        let waiting: Vec<_> = all
            .iter()
            .filter(|(_, waiter)| waiter.operation == Some(operation))
            .collect();
        let crowd = u32::try_from(waiting.len()).unwrap_or(u32::MAX);
        let spread = EACH.saturating_mul(crowd).min(ALL);
        let when = |waiter: &Waiter| {
            let turn = now + spread.mul_f64(rand::random());
            turn.max(waiter.failed + APART)
        };
        waiting
            .into_iter()
            .map(|(uid, waiter)| (uid.clone(), when(waiter), Arc::clone(&waiter.wake)))
            .collect()
    }

    fn all(&self) -> MutexGuard<'_, HashMap<String, Waiter>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The API server is away or refuses: later and later again.
pub(super) fn failed<O: Resource<DynamicType = ()>>(object: &Glimpse<O>, of: &Of<O>) -> Action {
    let failures = of.context.count_failure(&object.uid().unwrap_or_default());
    action(Next::Backoff(Backoff {
        failures,
        operation: Some(KUBERNETES),
    }))
}

/// Wakes each at its time.
fn later(mut turns: Vec<(Instant, Wake)>) {
    turns.sort_by_key(|(at, _)| *at);
    tokio::spawn(async move {
        for (at, wake) in turns {
            sleep_until(at).await;
            wake();
        }
    });
}

/// Attends to those who wait, until the operator stops.
pub(super) async fn attend(
    context: &Context,
    mut turned: UnboundedReceiver<Turned>,
    shutdown: &CancellationToken,
) {
    let waiters = &context.waiters;
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            turn = turned.next() => match turn {
                None => return,
                Some(Turned { operation, turn: Turn::Opened }) => {
                    context.metrics.breaker(operation, true);
                    tracing::warn!(operation, "it keeps failing: one call at a time until it answers");
                }
                Some(Turned { operation, turn: Turn::Closed }) => {
                    context.metrics.breaker(operation, false);
                    let woken = waiters.all_of(operation, Instant::now());
                    tracing::info!(operation, objects = woken.len(), "it answers again; who waits for it goes on");
                    for (uid, ..) in &woken {
                        context.begin_anew(uid);
                    }
                    later(woken.into_iter().map(|(_, at, wake)| (at, wake)).collect());
                }
            },
            () = sleep(TICK) => {
                let due = context.agentcore.breakers().due();
                for operation in due.into_iter().chain(context.kubernetes.due()) {
                    waiters.one(operation);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    fn counter() -> (Arc<AtomicU32>, Wake) {
        let count = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&count);
        let wake: Wake = Arc::new(move || {
            counted.fetch_add(1, Ordering::SeqCst);
        });
        (count, wake)
    }

    fn ago(seconds: u64) -> Instant {
        let past = Instant::now().checked_sub(Duration::from_secs(seconds));
        past.expect("the machine is up for longer")
    }

    /// An object that failed so many seconds ago.
    fn failed(waiters: &Waiters, uid: &str, operation: &'static str, seconds: u64) -> Arc<AtomicU32> {
        let (count, wake) = counter();
        waiters.wait(uid, Some(operation), Instant::now(), wake);
        if let Some(waiter) = waiters.all().get_mut(uid) {
            (waiter.failed, waiter.since) = (ago(seconds), ago(seconds));
        }
        count
    }

    #[tokio::test]
    async fn who_waits_longest_is_asked_to_try_and_then_the_next() {
        let waiters = Waiters::default();
        let first = failed(&waiters, "a", "Create", 9);
        let second = failed(&waiters, "b", "Create", 5);
        let other = failed(&waiters, "c", "List", 20);
        let counts = || [&first, &second, &other].map(|count| count.load(Ordering::SeqCst));
        waiters.one("Create");
        assert_eq!(counts(), [1, 0, 0]);
        waiters.one("Create");
        assert_eq!(counts(), [1, 1, 0]);
        waiters.one("Create");
        assert_eq!(counts(), [1, 1, 0], "both were asked within the second");
        waiters.done("c");
        waiters.one("List");
        assert_eq!(counts(), [1, 1, 0]);
    }

    #[tokio::test]
    async fn who_has_failed_rests_for_a_second_whatever_happens() {
        let waiters = Waiters::default();
        failed(&waiters, "a", "Create", 0);
        failed(&waiters, "b", "Create", 2);
        assert!(waiters.rest("a").is_some_and(|rest| rest <= APART));
        assert_eq!((waiters.rest("b"), waiters.rest("c")), (None, None));
        waiters.done("a");
        assert_eq!(waiters.rest("a"), None);
    }

    #[tokio::test]
    async fn all_who_wait_for_what_works_again_are_woken_apart_and_none_too_early() {
        let waiters = Waiters::default();
        for number in 0..1000 {
            failed(&waiters, &format!("old {number}"), "Create", 9);
        }
        failed(&waiters, "new", "Create", 0);
        failed(&waiters, "other", "List", 9);
        let now = Instant::now();
        let woken = waiters.all_of("Create", now);
        assert_eq!(woken.len(), 1001);
        for (uid, at, _) in &woken {
            let wait = at.duration_since(now);
            assert!(wait <= ALL, "{uid}: {wait:?}");
            assert!(uid != "new" || wait > APART / 2, "{wait:?}");
        }
        let early = woken.iter().filter(|(_, at, _)| at.duration_since(now) < ALL / 2);
        assert!((300..700).contains(&early.count()), "spread over the whole time");
    }

    #[tokio::test]
    async fn who_failed_before_it_worked_and_says_so_afterwards_has_missed_it() {
        let waiters = Waiters::default();
        assert_eq!(waiters.all_of("Create", ago(2)).len(), 0);
        for (operation, seconds, missed) in [
            (Some("Create"), 3, true),
            (Some("Create"), 1, false),
            (Some("List"), 3, false),
            (None, 3, false),
        ] {
            assert_eq!(
                waiters.has_missed(operation, ago(seconds)),
                missed,
                "{operation:?} {seconds}"
            );
        }
        let woken = Arc::new(tokio::sync::Notify::new());
        let wakes = Arc::clone(&woken);
        waiters.wait(
            "late",
            Some("Create"),
            ago(3),
            Arc::new(move || wakes.notify_one()),
        );
        woken.notified().await;
    }
}
