//! What every pass needs.

use super::clock::Clock;
use super::lanes::Busy;
use super::lead::Lead;
use super::notices::Notices;
use super::remembered::Remembered;
use super::rooms::Rooms;
use super::waiting::{KUBERNETES, Waiters};
use crate::operator::agentcore::{AgentCore, Turn};
use crate::operator::breaker::{Breakers, Permit};
use crate::operator::cluster::{Cluster, ClusterError, Following};
use crate::operator::decide::{Next, Subject};
use crate::telemetry::Metrics;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

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

    /// Notes that what was concluded is published, and with a status of it that a reconcile-now request was answered, as far
    /// as requests still stand.
    pub(super) fn published(&self, subject: &Subject, with_status: bool) {
        let mut all = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(remembered) = all.get_mut(&subject.identity.uid) {
            remembered.published(subject, with_status);
        }
    }

    /// When to look at an object again that had changed since it was read: at once, and when that read shows no more, later and
    /// later. What has changed it starts a pass of its own when a watch tells of it; reads may lag for long (F32).
    pub(super) fn overtaken(&self, uid: &str) -> Next {
        let mut all = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        all.get_mut(uid).map_or(Next::Now, Remembered::overtaken)
    }

    /// Lets an object rest until its next look.
    pub(super) fn rest(&self, meta: &ObjectMeta, until: Instant) {
        let mut all = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(remembered) = meta.uid.as_ref().and_then(|uid| all.get_mut(uid)) {
            remembered.rest_until(until, meta);
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
