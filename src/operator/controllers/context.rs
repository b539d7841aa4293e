//! What every pass needs, and what is remembered from pass to pass.

use super::clock::Clock;
use super::lanes::Busy;
use super::lead::Lead;
use super::notices::Notices;
use super::rooms::Rooms;
use super::waiting::{KUBERNETES, Waiters};
use crate::api::{FINALIZER, Timestamp};
use crate::operator::agentcore::{AgentCore, Freshness, Turn};
use crate::operator::breaker::{Breakers, Permit};
use crate::operator::cluster::{Cluster, ClusterError, Following, requests};
use crate::operator::decide::{Memory, Next, Subject, ready};
use crate::telemetry::Metrics;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// The share of the resync interval after which what nobody has touched is listed anew.
const LISTED: f64 = 0.7;

/// How long discovery may take to tell that a kind is being removed.
const DISCOVERY_LAG: Duration = Duration::from_secs(3);

/// What every pass needs.
#[derive(Debug)]
pub(super) struct Context {
    pub cluster: Cluster,
    pub agentcore: AgentCore,
    pub cluster_id: String,
    pub resync: Duration,
    pub metrics: Metrics,
    pub lead: Arc<Lead>,
    pub busy: Busy,
    pub rooms: Rooms,
    pub notices: Notices,
    /// Whether passes are made at all: not while the API server is away.
    pub kubernetes: Breakers<()>,
    pub waiters: Waiters,
    /// What patience is counted by.
    pub clock: Clock,
    stopping: CancellationToken,
    remembered: Mutex<HashMap<String, Remembered>>,
    failures: Mutex<HashMap<String, u32>>,
}

/// What is remembered of one object.
#[derive(Clone, Debug)]
pub(super) struct Remembered {
    pub memory: Memory,
    /// The next look must be at a listing that begins after this moment: an own write, or the look that showed the
    /// service at work.
    pub not_before: Option<Instant>,
    /// While the service is at work: when to look next, and on whose behalf.
    rest: Option<(Instant, Cause)>,
    /// The reconcile-now requests that were answered.
    pub answered: Vec<String>,
    /// When the object was first seen as deleted while nothing but discovery tells why.
    deleted: Option<Instant>,
    /// Whether the object was Ready at some time.
    pub was_ready: bool,
}

/// What of an object starts a pass; once it has our finalizer, our own writes do not change it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Cause {
    generation: i64,
    deleting: bool,
    held: bool,
    requests: Vec<String>,
}

impl Cause {
    fn of(meta: &ObjectMeta) -> Self {
        let mut finalizers = meta.finalizers.iter().flatten();
        Self {
            generation: meta.generation.unwrap_or_default(),
            deleting: meta.deletion_timestamp.is_some(),
            held: finalizers.any(|finalizer| finalizer == FINALIZER),
            requests: requests(meta),
        }
    }
}

impl Context {
    pub(super) fn new(
        cluster: Cluster,
        agentcore: AgentCore,
        cluster_id: String,
        resync: Duration,
        metrics: Metrics,
        lead: Lead,
        kubernetes: Breakers<()>,
    ) -> Self {
        Self {
            stopping: agentcore.stopping(),
            cluster,
            agentcore,
            cluster_id,
            resync,
            metrics,
            lead: Arc::new(lead),
            busy: Busy::default(),
            rooms: Rooms::default(),
            notices: Notices::default(),
            kubernetes,
            waiters: Waiters::default(),
            remembered: Mutex::default(),
            failures: Mutex::default(),
            clock: Clock::start(),
        }
    }

    /// Whether a pass may begin to change something: this process leads, and was not told to stop.
    pub(super) fn may_begin(&self) -> bool {
        self.lead.holds() && !self.stopping.is_cancelled()
    }

    /// The turn of the writes of one pass over an object.
    pub(super) fn turn(&self, following: Following) -> Turn {
        let (lead, stopping) = (Arc::clone(&self.lead), self.stopping.clone());
        let ends = Arc::clone(&self.lead);
        Turn::new(
            move || lead.holds() && !stopping.is_cancelled() && !following.is_overtaken(),
            move || ends.writes_end(),
        )
    }

    pub(super) fn recall(&self, uid: &str) -> Option<Remembered> {
        self.remembered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(uid)
            .cloned()
    }

    pub(super) fn remember(&self, subject: &Subject, remembered: Remembered) {
        let uid = subject.identity.uid.clone();
        self.remembered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(uid, remembered);
    }

    /// Whether one of these requests was not answered yet, as far as is remembered.
    pub(super) fn is_unanswered(&self, uid: &str, requests: &[String]) -> bool {
        let all = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        !requests.is_empty()
            && all
                .get(uid)
                .is_some_and(|remembered| remembered.unanswered(requests).is_some())
    }

    /// Notes that a reconcile-now request was answered in the status, as far as requests still stand.
    pub(super) fn answered(&self, subject: &Subject) {
        let mut all = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(remembered) = all.get_mut(&subject.identity.uid) {
            remembered
                .answered
                .retain(|answered| subject.requests.contains(answered));
            remembered.answered.extend(subject.asked.clone());
        }
    }

    /// Lets an object rest until its next look.
    pub(super) fn rest(&self, meta: &ObjectMeta, until: Instant) {
        let mut all = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(remembered) = meta.uid.as_ref().and_then(|uid| all.get_mut(uid)) {
            remembered.rest = Some((until, Cause::of(meta)));
        }
    }

    /// How long an object is left alone whose resource the service is at work on. The watch tells of our own finalizer, which starts
    /// a pass right behind the one that created: to look at once, it would have all listed anew for it.
    pub(super) fn resting(&self, meta: &ObjectMeta, now: Instant) -> Option<Duration> {
        let all = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(meta.uid.as_ref()?)?.resting(meta, now)
    }

    /// Whether the object was Ready at some time, as far as this process knows.
    pub(super) fn was_ready(&self, uid: &str) -> bool {
        let all = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(uid).is_some_and(|remembered| remembered.was_ready)
    }

    /// Notes that the object was Ready.
    pub(super) fn note_ready(&self, uid: &str) {
        let mut all = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(remembered) = all.get_mut(uid) {
            remembered.was_ready = true;
        }
    }

    /// Counts one more pass over this object that failed at the API server, and says how many did in a row.
    pub(super) fn count_failure(&self, uid: &str) -> u32 {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let count = failures.entry(uid.to_owned()).or_default();
        *count = count.saturating_add(1);
        *count
    }

    /// Forgets the failures of an object whose pass came to its end.
    pub(super) fn clear_failures(&self, uid: &str) {
        self.failures
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(uid);
    }

    /// Lets the pauses of an object begin anew: what it failed at works again.
    pub(super) fn begin_anew(&self, uid: &str) {
        self.clear_failures(uid);
        let mut all = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(remembered) = all.get_mut(uid) {
            remembered.memory.failures = 0;
        }
    }

    /// Leave to make a pass; none while the API server is away and another object tries.
    pub(super) fn permit(&self) -> Option<Permit<'_, ()>> {
        self.kubernetes.admit(KUBERNETES).ok()
    }

    pub(super) fn forget(&self, uid: &str) {
        self.remembered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(uid);
        self.clear_failures(uid);
        self.waiters.done(uid);
    }
}

/// Tells the breaker how a pass ended.
pub(super) fn settle<T>(permit: Permit<'_, ()>, ended: Result<&T, &ClusterError>) {
    match ended {
        Err(error) if error.is_outage() => permit.failed(()),
        Ok(_) | Err(_) => permit.answered(),
    }
}

impl Remembered {
    /// Nothing remembered yet. The status tells the request that was answered last; of two, the other was answered before.
    pub(super) fn new(subject: &Subject, now: Timestamp) -> Self {
        let answered = match &subject.mirror.last_handled_reconcile_at {
            Some(last) if subject.requests.len() > 1 || subject.requests.contains(last) => {
                subject.requests.clone()
            }
            Some(_) | None => Vec::new(),
        };
        Self {
            memory: Memory::new(now, subject.held),
            not_before: None,
            rest: None,
            answered,
            deleted: None,
            was_ready: ready(&subject.mirror.conditions).is_some_and(|condition| condition.status == "True"),
        }
    }

    /// How long nothing may be deleted yet, since discovery may not tell by now why the object was.
    pub(super) fn too_early(&mut self, now: Instant) -> Option<Duration> {
        let since = *self.deleted.get_or_insert(now);
        let rest = DISCOVERY_LAG.saturating_sub(now.saturating_duration_since(since));
        Some(rest).filter(|rest| !rest.is_zero())
    }

    fn resting(&self, meta: &ObjectMeta, now: Instant) -> Option<Duration> {
        let (until, cause) = self.rest.as_ref()?;
        let rest = until.saturating_duration_since(now);
        (!rest.is_zero() && *cause == Cause::of(meta)).then_some(rest)
    }

    /// The request that was not answered yet.
    pub(super) fn unanswered(&self, requests: &[String]) -> Option<String> {
        requests
            .iter()
            .find(|request| !self.answered.contains(request))
            .cloned()
    }

    /// How fresh the next look must be. What nobody has touched is looked at anew in a listing that all objects of the collection
    /// share, and that is made when the last one is this old: whoever is another in it is woken, so a drift is found within
    /// that time where there are many objects, and at the object's own resync where there is one. For a thousand policies
    /// every five minutes that is less than a hundredth of AWS's rate (performance.md P4).
    pub(super) fn freshness(&self, now: Instant, resync: Option<Duration>, asked: bool) -> Freshness {
        let calm = now
            .checked_sub(resync.unwrap_or(Duration::MAX).mul_f64(LISTED))
            .or(self.not_before);
        let listing = if asked {
            Some(now)
        } else {
            self.not_before.max(calm)
        };
        // A process that has just started has nothing on its shelves, so any moment will do.
        let long_ago = now.checked_sub(Duration::from_hours(1)).unwrap_or(now);
        Freshness {
            listing: listing.unwrap_or(long_ago),
            marks: if asked { now } else { calm.unwrap_or(long_ago) },
        }
    }

    /// What is remembered when the pass has ended, and what that says about the next look.
    pub(super) fn after(mut self, memory: Memory, next: Next, wrote: bool, ended: Instant) -> Self {
        self.memory = memory;
        self.rest = None;
        if wrote || matches!(next, Next::Poll(_) | Next::Backoff(_)) {
            self.not_before = Some(ended);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn meta(change: impl FnOnce(&mut Value)) -> ObjectMeta {
        let mut whole =
            json!({"name": "p", "namespace": "n", "uid": "u", "generation": 1, "finalizers": [FINALIZER]});
        change(&mut whole);
        serde_json::from_value(whole).expect("metadata")
    }

    #[test]
    fn an_object_rests_until_its_look_unless_something_starts_a_pass() {
        let same = meta(|_| ());
        let (now, second) = (Instant::now(), Duration::from_secs(1));
        let mut remembered = Remembered {
            memory: Memory::new(Timestamp::now(), true),
            not_before: None,
            rest: None,
            answered: Vec::new(),
            deleted: None,
            was_ready: false,
        };
        assert_eq!(remembered.resting(&same, now), None);
        remembered.rest = Some((now + second, Cause::of(&same)));
        assert_eq!(remembered.resting(&same, now), Some(second));
        assert_eq!(remembered.resting(&same, now + second), None, "it is time");
        let labelled = meta(|whole| whole["labels"] = json!({"a": "b"}));
        assert_eq!(
            remembered.resting(&labelled, now),
            Some(second),
            "a label starts none"
        );
        let gone = |whole: &mut Value| whole["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
        let asked =
            |whole: &mut Value| whole["annotations"] = json!({"agentcore.dev/reconcile-requested-at": "1"});
        for (what, other) in [
            ("an edit", meta(|whole| whole["generation"] = json!(2))),
            ("a deletion", meta(gone)),
            ("a lost finalizer", meta(|whole| whole["finalizers"] = json!([]))),
            ("a request", meta(asked)),
        ] {
            assert_eq!(remembered.resting(&other, now), None, "{what}");
        }
        let memory = Memory::new(Timestamp::now(), true);
        let after = remembered.after(memory, Next::Idle, false, now);
        assert_eq!(after.resting(&same, now), None, "a pass that ends otherwise");
    }
}
