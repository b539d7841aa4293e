//! What every pass needs, and what is remembered from pass to pass.

use super::lanes::Busy;
use super::lead::Lead;
use super::rooms::Rooms;
use super::waiting::{KUBERNETES, Waiters};
use crate::api::Timestamp;
use crate::operator::agentcore::{AgentCore, Freshness};
use crate::operator::breaker::{Breakers, Permit};
use crate::operator::cluster::{Cluster, ClusterError};
use crate::operator::decide::{Memory, Next, Subject, ready};
use crate::telemetry::Metrics;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

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
    pub lead: Lead,
    pub busy: Busy,
    pub rooms: Rooms,
    /// Whether passes are made at all: not while the API server is away.
    pub kubernetes: Breakers<()>,
    pub waiters: Waiters,
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
    /// The reconcile-now requests that were answered.
    pub answered: Vec<String>,
    /// When the object was first seen as deleted while nothing but discovery tells why.
    deleted: Option<Instant>,
    /// Whether the object was Ready at some time.
    pub was_ready: bool,
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
            cluster,
            agentcore,
            cluster_id,
            resync,
            metrics,
            lead,
            busy: Busy::default(),
            rooms: Rooms::default(),
            kubernetes,
            waiters: Waiters::default(),
            remembered: Mutex::default(),
            failures: Mutex::default(),
        }
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
        if wrote || matches!(next, Next::Poll(_) | Next::Backoff(_)) {
            self.not_before = Some(ended);
        }
        self
    }
}
