//! AWS's rates (performance.md 1.1): one token bucket an operation, so that no call is made only to be throttled. Those that
//! wait for one are served in the order of order.rs, which is decided when the call can be made and not before.

use super::order::{Order, Waiting};
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// Operations that AWS allows once a second; all others of the policy service, five times.
const ONCE_A_SECOND: [&str; 4] = [
    "CreatePolicyEngine",
    "UpdatePolicyEngine",
    "DeletePolicyEngine",
    "StartPolicyGeneration",
];

/// For whom a call is made.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    /// The namespace of the object.
    namespace: Arc<str>,
    /// Whether the object is being deleted, or somebody asked for a look at it.
    urgent: bool,
    /// How many that are urgent wait for what this call brings.
    pressing: Option<Arc<AtomicUsize>>,
}

impl Caller {
    /// For an object of this namespace.
    pub(super) fn new(namespace: &str, urgent: bool) -> Self {
        Self {
            namespace: namespace.into(),
            urgent,
            pressing: None,
        }
    }

    /// The same, urgent as soon as somebody waits who is.
    pub(super) fn pressed_by(&self, pressing: &Arc<AtomicUsize>) -> Self {
        Self {
            pressing: Some(Arc::clone(pressing)),
            ..self.clone()
        }
    }

    pub(super) fn is_urgent(&self) -> bool {
        let pressing = self.pressing.as_ref();
        self.urgent || pressing.is_some_and(|pressing| pressing.load(Ordering::Relaxed) > 0)
    }
}

/// How many calls may still be made.
#[derive(Debug, Default)]
pub(super) struct Budget {
    /// By operation; none: no limit.
    lines: Option<Mutex<HashMap<&'static str, Line>>>,
}

/// What is left of one operation, and who waits for it.
#[derive(Debug, Default)]
struct Line {
    /// When the next call may be made, if calls came as fast as allowed.
    due: Option<Instant>,
    waiting: Vec<Waiter>,
    order: Order,
    /// Whether a task serves those that wait.
    served: bool,
}

#[derive(Debug)]
struct Waiter {
    caller: Caller,
    go: oneshot::Sender<()>,
}

impl Budget {
    /// AWS's published quotas, shared by every client of the account.
    pub(super) fn of_aws() -> Self {
        Self {
            lines: Some(Mutex::default()),
        }
    }

    /// No limit: the local backend.
    pub(super) fn unlimited() -> Self {
        Self::default()
    }

    /// Waits until the operation may be called.
    pub(super) async fn take(self: &Arc<Self>, operation: &'static str, caller: &Caller) {
        if let Some(gone) = self.join(operation, caller) {
            // The task that serves ends only when nobody waits.
            gone.await.ok();
        }
    }

    /// Takes a call that is left, or joins those that wait.
    fn join(self: &Arc<Self>, operation: &'static str, caller: &Caller) -> Option<oneshot::Receiver<()>> {
        let mut lines = self.lines()?;
        let line = lines.entry(operation).or_default();
        let now = Instant::now();
        let (at, following) = turn(operation, line.due, now);
        if at <= now && line.waiting.is_empty() {
            line.due = Some(following);
            return None;
        }
        let (go, gone) = oneshot::channel();
        let caller = caller.clone();
        line.waiting.push(Waiter { caller, go });
        if !line.served {
            line.served = true;
            tokio::spawn(Arc::clone(self).serve(operation));
        }
        Some(gone)
    }

    fn lines(&self) -> Option<MutexGuard<'_, HashMap<&'static str, Line>>> {
        let lines = self.lines.as_ref()?;
        Some(lines.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Lets those that wait go, one by one, until nobody waits.
    async fn serve(self: Arc<Self>, operation: &'static str) {
        while let Some(at) = self.next(operation) {
            tokio::time::sleep_until(at).await;
            if let Some(line) = self.lines().as_mut().and_then(|lines| lines.get_mut(operation)) {
                line.admit(operation, Instant::now());
            }
        }
    }

    /// When the next call may be made, if somebody waits for it.
    fn next(&self, operation: &'static str) -> Option<Instant> {
        let mut lines = self.lines()?;
        let line = lines.get_mut(operation)?;
        line.waiting.retain(|waiter| !waiter.go.is_closed());
        line.served = !line.waiting.is_empty();
        line.served.then(|| turn(operation, line.due, Instant::now()).0)
    }
}

impl Line {
    /// Lets the next one go.
    fn admit(&mut self, operation: &'static str, now: Instant) {
        // Who gave up takes no turn.
        self.waiting.retain(|waiter| !waiter.go.is_closed());
        let waiting: Vec<Waiting<'_>> = self
            .waiting
            .iter()
            .map(|waiter| Waiting {
                namespace: &waiter.caller.namespace,
                urgent: waiter.caller.is_urgent(),
            })
            .collect();
        if let Some(next) = self.order.next(&waiting)
            && self.waiting.remove(next).go.send(()).is_ok()
        {
            self.due = Some(turn(operation, self.due, now).1);
        }
    }
}

/// When the operation may be called, and when the call after it, if calls came as fast as allowed. Four calls may come
/// at once where five a second are allowed: a call that arrives sooner after a late one must find room.
fn turn(operation: &str, due: Option<Instant>, now: Instant) -> (Instant, Instant) {
    let (gap, burst) = if ONCE_A_SECOND.contains(&operation) {
        (Duration::from_millis(1050), Duration::ZERO)
    } else {
        (Duration::from_millis(200), Duration::from_millis(600))
    };
    let earliest = now.checked_sub(burst).unwrap_or(now);
    let turn = due.map_or(earliest, |due| due.max(earliest));
    (turn.max(now), turn + gap)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The moments, in milliseconds after the first, at which this many calls may be made that all come at once.
    fn turns(operation: &'static str, calls: usize) -> Vec<u128> {
        let now = Instant::now();
        let mut due = None;
        (0..calls)
            .map(|_| {
                let (at, following) = turn(operation, due, now);
                due = Some(following);
                at.duration_since(now).as_millis()
            })
            .collect()
    }

    #[test]
    fn calls_come_no_faster_than_aws_allows() {
        assert_eq!(turns("CreatePolicy", 7), [0, 0, 0, 0, 200, 400, 600]);
        // service.md 13.
        for operation in [
            "CreatePolicyEngine",
            "UpdatePolicyEngine",
            "DeletePolicyEngine",
            "StartPolicyGeneration",
        ] {
            assert_eq!(turns(operation, 3), [0, 1050, 2100], "{operation}");
        }
    }

    #[tokio::test]
    async fn the_local_backend_is_not_limited() {
        let budget = Arc::new(Budget::unlimited());
        let start = Instant::now();
        for _ in 0..1000 {
            budget.take("CreatePolicyEngine", &Caller::new("n", false)).await;
        }
        assert!(start.elapsed() < Duration::from_secs(1));
    }

    /// Callers that wait for one operation, each with its name; the names as they are let go.
    async fn let_go(budget: &Arc<Budget>, callers: Vec<(&'static str, Caller)>) -> Vec<&'static str> {
        let (told, mut heard) = tokio::sync::mpsc::unbounded_channel();
        for (name, caller) in callers {
            let (budget, told) = (Arc::clone(budget), told.clone());
            let mut call = Box::pin(async move {
                budget.take("ListPolicies", &caller).await;
                told.send(name).unwrap();
            });
            // They come in this order: each is in line before the next one.
            assert!(futures::poll!(&mut call).is_pending(), "{name} does not wait");
            tokio::spawn(call);
        }
        drop(told);
        let mut order = Vec::new();
        while let Some(name) = heard.recv().await {
            order.push(name);
        }
        order
    }

    async fn emptied() -> Arc<Budget> {
        let budget = Arc::new(Budget::of_aws());
        for _ in 0..4 {
            budget.take("ListPolicies", &Caller::new("a", false)).await;
        }
        budget
    }

    #[tokio::test]
    async fn an_object_that_is_deleted_and_another_namespace_do_not_wait_for_all_that_came_before() {
        let budget = emptied().await;
        let start = Instant::now();
        let order = let_go(
            &budget,
            vec![
                ("a1", Caller::new("a", false)),
                ("a2", Caller::new("a", false)),
                ("b", Caller::new("b", false)),
                ("deleted", Caller::new("a", true)),
            ],
        )
        .await;
        assert_eq!(order, ["deleted", "b", "a1", "a2"]);
        assert!(
            start.elapsed() >= Duration::from_millis(790),
            "{:?}",
            start.elapsed()
        );
    }

    #[tokio::test]
    async fn a_call_becomes_urgent_when_somebody_waits_for_it_who_is_and_who_gives_up_takes_no_turn() {
        let budget = emptied().await;
        let pressing = Arc::new(AtomicUsize::new(0));
        let gives_up = Caller::new("c", true);
        {
            let mut call = Box::pin(budget.take("ListPolicies", &gives_up));
            assert!(futures::poll!(&mut call).is_pending());
        }
        let shared = Caller::new("a", false).pressed_by(&pressing);
        let callers = vec![("b", Caller::new("b", false)), ("shared", shared)];
        pressing.fetch_add(1, Ordering::Relaxed);
        assert_eq!(let_go(&budget, callers).await, ["shared", "b"]);
    }
}
