//! What is remembered of one object from pass to pass.

use crate::api::{FINALIZER, Timestamp};
use crate::operator::agentcore::Freshness;
use crate::operator::cluster::requests;
use crate::operator::decide::{Backoff, Memory, Next, Subject, ready};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use std::time::Duration;
use tokio::time::Instant;

/// The share of the resync interval after which what nobody has touched is listed anew.
const LISTED: f64 = 0.7;

/// How long discovery may take to tell that a kind is being removed.
const DISCOVERY_LAG: Duration = Duration::from_secs(3);

/// What is remembered of one object.
#[derive(Clone, Debug)]
pub(super) struct Remembered {
    pub memory: Memory,
    /// The next look must be at a listing that begins after this moment: an own write, or the look that showed the
    /// service at work.
    not_before: Option<Instant>,
    /// While the service is at work: when to look next, and on whose behalf.
    rest: Option<(Instant, Cause)>,
    /// The reconcile-now requests that were answered.
    answered: Vec<String>,
    /// When the object was first seen as deleted while nothing but discovery tells why.
    deleted: Option<Instant>,
    /// Whether the object was Ready at some time.
    pub was_ready: bool,
    /// How often in a row it had changed since it was read when something was to be written to it.
    overtaken: u32,
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
            overtaken: 0,
        }
    }

    /// Notes that what was concluded is published, and maybe with a status, which answers a request.
    pub(super) fn published(&mut self, subject: &Subject, with_status: bool) {
        self.overtaken = 0;
        if with_status {
            self.answered
                .retain(|answered| subject.requests.contains(answered));
            self.answered.extend(subject.asked.clone());
        }
    }

    /// When to look again after one more write to an object that had changed since it was read.
    pub(super) fn overtaken(&mut self) -> Next {
        let failures = self.overtaken;
        self.overtaken = failures.saturating_add(1);
        match failures {
            0 => Next::Now,
            failures => Next::Backoff(Backoff {
                failures,
                operation: None,
            }),
        }
    }

    /// How long nothing may be deleted yet, since discovery may not tell by now why the object was.
    pub(super) fn too_early(&mut self, now: Instant) -> Option<Duration> {
        let since = *self.deleted.get_or_insert(now);
        let rest = DISCOVERY_LAG.saturating_sub(now.saturating_duration_since(since));
        Some(rest).filter(|rest| !rest.is_zero())
    }

    /// Lets the object rest.
    pub(super) fn rest_until(&mut self, until: Instant, meta: &ObjectMeta) {
        self.rest = Some((until, Cause::of(meta)));
    }

    pub(super) fn resting(&self, meta: &ObjectMeta, now: Instant) -> Option<Duration> {
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
    use crate::api::PolicyEngine;
    use crate::operator::cluster::Cluster;
    use crate::operator::decide::EngineKind;
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
            overtaken: 0,
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

    #[test]
    fn who_is_overtaken_again_and_again_looks_later_and_later() {
        let mut object = json!({"apiVersion": "agentcore.dev/v1alpha1", "kind": "PolicyEngine", "spec": {}});
        object["metadata"] = json!({"name": "p", "namespace": "n", "uid": "u"});
        let object: PolicyEngine = serde_json::from_value(object).expect("an engine");
        let subject = Cluster::subject::<EngineKind>(&object, "c");
        let mut remembered = Remembered::new(&subject, Timestamp::now());
        let looks: Vec<Next> = (0..4).map(|_| remembered.overtaken()).collect();
        let later = |failures| {
            Next::Backoff(Backoff {
                failures,
                operation: None,
            })
        };
        assert_eq!(looks, [Next::Now, later(1), later(2), later(3)]);
        remembered.published(&subject, false);
        assert_eq!(remembered.overtaken(), Next::Now);
    }
}
